// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include "control.h"
#include "json_field.h"
#include "show.h"
#include "tool.h"

#define ANSWER_MS	2000

int baton_cmd_gate_show(struct baton_tool *t)
{
	struct baton_gate gate;
	struct baton_nl *nl;
	int status, error;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_gate_get(nl, &gate);
	if (error) {
		status = baton_tool_refused(nl, error, "read the gate", NULL);
	} else {
		baton_write_object(&t->out, NULL);
		baton_show_gate(&t->out, &gate);
		baton_write_end(&t->out);
	}
	baton_nl_close(nl);
	return status;
}

static uint32_t higher(uint32_t epoch, json_object *from, const char *name)
{
	uint64_t value = baton_json_number(from, name);

	return value > epoch && value <= BATON_EPOCH_MAX ? (uint32_t)value : epoch;
}

/*
 * The highest epoch that this node has heard of. The kernel of a node that was standby knows only
 * those that it had itself, and a standby follows nobody whose epoch is lower than one that it has
 * heard. A daemon that does not run has no peer; one that does not answer must not keep a director
 * from its work.
 */
static uint32_t ask_heard(void)
{
	json_object *reply;
	uint32_t heard = 0;
	char err[512];
	int status;

	status = baton_tool_try("baton-syncd", baton_tool_request("status"), ANSWER_MS, &reply, err,
				sizeof(err));
	if (status == BATON_EXIT_NO_DAEMON)
		return 0;
	if (status) {
		baton_tool_fail(status, "baton-syncd did not say which epochs it has heard, so a standby may not follow this one until 'batonctl gate open' is run again: %s",
				err);
		return 0;
	}
	heard = higher(heard, reply, "epoch_heard");
	/* a daemon of an older release */
	heard = higher(heard, reply, "epoch");
	heard = higher(heard, baton_json_get(reply, "peer"), "epoch");
	json_object_put(reply);
	return heard;
}

/*
 * Reads the gate and moves it to @role; a gate that is there already is left alone, unless it is
 * open with an epoch below @heard, and with @initial one that ever had a role is, too.
 */
static int move_gate(uint8_t role, bool initial, uint32_t heard, const char *what)
{
	struct baton_gate gate, wanted = { .role = role };
	bool active = role == BATON_ROLE_ACTIVE, there;
	struct baton_nl *nl;
	int status, error;

	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_gate_get(nl, &gate);
	if (!error) {
		there = active ? gate.state == BATON_GATE_OPEN && gate.epoch >= heard :
				 gate.state == BATON_GATE_SHUT;
		/* A lapsed or shut gate opens with a higher epoch only, see <linux/baton.h>. */
		wanted.epoch = !active ? gate.epoch : 1 + (gate.epoch > heard ? gate.epoch : heard);
		if (!there && !(initial && gate.epoch))
			error = baton_nl_gate_set(nl, &wanted);
	}
	if (error)
		status = baton_tool_refused(nl, error, what,
					    error == -ESTALE ? "somebody else set it just now, see 'batonctl gate'" :
					    NULL);
	baton_nl_close(nl);
	return status;
}

/* "initial" is for the boot: run again on a node that has a role by now, it changes nothing. */
int baton_cmd_gate_close(struct baton_tool *t)
{
	bool initial = baton_args_is(&t->args, "initial");

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	return move_gate(BATON_ROLE_STANDBY, initial, 0, "close the gate");
}

/* With an agent the role is its to give: two open gates are what it exists to prevent. */
int baton_cmd_gate_open(struct baton_tool *t)
{
	bool force = baton_args_is(&t->args, "force");

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	if (!force && baton_control_running(BATON_CONTROL_HA))
		return baton_tool_fail(BATON_EXIT_REFUSED,
				       "baton-ha decides here who is active; use 'batonctl promote' or 'batonctl handover', or 'batonctl gate open force' if you know that the peer is shut");
	return move_gate(BATON_ROLE_ACTIVE, false, ask_heard(), "open the gate");
}
