// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include "control.h"
#include "show.h"
#include "tool.h"

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

/*
 * Reads the gate and moves it to @role; a gate that is there already is left alone, and with
 * @initial one that ever had a role is, too.
 */
static int move_gate(uint8_t role, bool initial, const char *what)
{
	struct baton_gate gate, wanted = { .role = role };
	struct baton_nl *nl;
	int status, error;

	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_gate_get(nl, &gate);
	/* A lapsed or shut gate opens with a higher epoch only, see <linux/baton.h>. */
	wanted.epoch = gate.epoch + (role == BATON_ROLE_ACTIVE ? 1 : 0);
	if (!error && !(initial && gate.epoch) &&
	    gate.state != (role == BATON_ROLE_ACTIVE ? BATON_GATE_OPEN : BATON_GATE_SHUT))
		error = baton_nl_gate_set(nl, &wanted);
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
	return move_gate(BATON_ROLE_STANDBY, initial, "close the gate");
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
	return move_gate(BATON_ROLE_ACTIVE, false, "open the gate");
}
