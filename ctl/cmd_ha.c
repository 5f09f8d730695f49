// SPDX-License-Identifier: GPL-2.0-or-later
/* What the failover agent is asked to do; it decides, and its answer is printed. */
#include <stdio.h>
#include <string.h>
#include "json_field.h"
#include "status.h"
#include "tool.h"

#define HANDOVER_MS	10000
#define ANSWER_MS	2000		/* on top of what the agent takes for the work itself */

/* [timeout MS] */
static int parse_timeout(struct baton_args *args, unsigned long *ms)
{
	if (baton_args_is(args, "timeout") &&
	    baton_args_number(args, "timeout", 1, 600000, ms))
		return -1;
	return baton_args_end(args);
}

int baton_cmd_ha_status(struct baton_tool *t)
{
	json_object *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-ha", baton_tool_request("status"), ANSWER_MS, &reply);
	if (status)
		return status;
	if (t->json)
		baton_tool_print(reply);
	else
		baton_show_ha(&t->out, reply);
	json_object_put(reply);
	return BATON_EXIT_OK;
}

int baton_cmd_handover(struct baton_tool *t)
{
	json_object *request, *reply;
	unsigned long ms = HANDOVER_MS;
	char text[96] = "the peer is active now";
	int status;

	if (parse_timeout(&t->args, &ms))
		return baton_tool_usage(t);
	request = baton_tool_request("handover");
	json_object_object_add(request, "timeout_ms", json_object_new_int64((int64_t)ms));
	status = baton_tool_ask("baton-ha", request, (int)ms + ANSWER_MS, &reply);
	if (status)
		return status;
	if (!strcmp(baton_json_string(reply, "state", ""), "ACTIVE"))
		snprintf(text, sizeof(text), "this node is active now");
	else if (baton_json_get(reply, "gap_hint_ms"))
		snprintf(text, sizeof(text),
			 "the peer is active now; nobody forwarded for about %.0f ms",
			 baton_json_real(reply, "gap_hint_ms"));
	baton_tool_done(t, reply, text);
	return BATON_EXIT_OK;
}

int baton_cmd_promote(struct baton_tool *t)
{
	bool force = baton_args_is(&t->args, "force");
	json_object *request = baton_tool_request("promote");

	json_object_object_add(request, "force", json_object_new_boolean(force));
	return baton_tool_tell(t, "baton-ha", request, HANDOVER_MS, "this node is active");
}

int baton_cmd_demote(struct baton_tool *t)
{
	return baton_tool_tell(t, "baton-ha", baton_tool_request("demote"), HANDOVER_MS,
			       "this node is held as standby; 'batonctl resume' lets it take part again");
}

int baton_cmd_resume(struct baton_tool *t)
{
	return baton_tool_tell(t, "baton-ha", baton_tool_request("resume"), HANDOVER_MS,
			       "this node takes part again");
}

int baton_cmd_timeline(struct baton_tool *t)
{
	bool all = baton_args_is(&t->args, "all");
	json_object *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-ha", baton_tool_request("timeline"), ANSWER_MS, &reply);
	if (status)
		return status;
	baton_show_timeline(&t->out, reply, all);
	json_object_put(reply);
	return BATON_EXIT_OK;
}
