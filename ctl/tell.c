// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool.h"

int baton_tool_tell(struct baton_tool *t, const char *daemon, json_object *request, int timeout_ms,
		    const char *sentence)
{
	json_object *reply;
	int status;

	if (baton_args_end(&t->args)) {
		json_object_put(request);
		return baton_tool_usage(t);
	}
	status = baton_tool_ask(daemon, request, timeout_ms, &reply);
	if (!status)
		baton_tool_done(t, reply, sentence);
	return status;
}
