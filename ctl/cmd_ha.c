// SPDX-License-Identifier: GPL-2.0-or-later
/* What the failover agent is asked to do; it decides, and its answer is printed. */
#include <stdio.h>
#include <time.h>
#include "json.h"
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
	if (baton_json_get(reply, "gap_hint_ms"))
		snprintf(text, sizeof(text),
			 "the peer is active now; nobody forwarded for about %.0f ms",
			 baton_json_real(reply, "gap_hint_ms"));
	baton_tool_done(t, reply, text);
	return BATON_EXIT_OK;
}

int baton_cmd_promote(struct baton_tool *t)
{
	bool force = baton_args_is(&t->args, "force");
	json_object *request, *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	request = baton_tool_request("promote");
	json_object_object_add(request, "force", json_object_new_boolean(force));
	status = baton_tool_ask("baton-ha", request, HANDOVER_MS, &reply);
	if (status)
		return status;
	baton_tool_done(t, reply,
			"this node is active");
	return BATON_EXIT_OK;
}

int baton_cmd_demote(struct baton_tool *t)
{
	json_object *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-ha", baton_tool_request("demote"), HANDOVER_MS, &reply);
	if (status)
		return status;
	baton_tool_done(t, reply,
			"this node is held as standby; 'batonctl resume' lets it take part again");
	return BATON_EXIT_OK;
}

int baton_cmd_resume(struct baton_tool *t)
{
	json_object *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-ha", baton_tool_request("resume"), HANDOVER_MS, &reply);
	if (status)
		return status;
	baton_tool_done(t, reply,
			"this node takes part again");
	return BATON_EXIT_OK;
}

/* One line: the time, the distance from the line above, what happened. */
static void show_moment(struct baton_writer *w, json_object *moment, double before)
{
	double t = baton_json_real(moment, "t");
	time_t seconds = (time_t)t;
	struct tm tm;
	char text[32], apart[24] = "";

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%F %H:%M:%S", &tm);
	if (before > 0)
		snprintf(apart, sizeof(apart), "%+.3f s", t - before);
	baton_write_object(w, NULL);
	baton_write_words(w, "%s.%06u %14s  %-16s %s", text,
			  (unsigned int)((t - (double)seconds) * 1e6), apart,
			  baton_json_string(moment, "event", "?"),
			  baton_json_string(moment, "detail", ""));
	baton_write_real(w, "time", NULL, t);
	baton_write_string(w, "event", NULL, baton_json_string(moment, "event", ""));
	baton_write_string(w, "detail", NULL, baton_json_string(moment, "detail", ""));
	baton_write_end(w);
}

int baton_cmd_timeline(struct baton_tool *t)
{
	json_object *reply, *list, *moment;
	double before = 0;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-ha", baton_tool_request("status"), ANSWER_MS, &reply);
	if (status)
		return status;
	list = baton_json_list(reply, "timeline");
	baton_write_array(&t->out, NULL);
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		moment = json_object_array_get_idx(list, i);
		show_moment(&t->out, moment, before);
		before = baton_json_real(moment, "t");
	}
	baton_write_end(&t->out);
	json_object_put(reply);
	return BATON_EXIT_OK;
}
