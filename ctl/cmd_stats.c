// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"
#include "tool.h"

int baton_cmd_stats(struct baton_tool *t)
{
	bool explain = baton_args_is(&t->args, "--explain");
	uint64_t drops[BATON_DROP_COUNT];
	struct baton_stats total;
	struct baton_nl *nl;
	int status, error;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_stats(nl, &total, drops);
	if (error)
		status = baton_tool_refused(nl, error, "read the counters", NULL);
	else
		baton_show_counters(&t->out, &total, drops, explain);
	baton_nl_close(nl);
	return status;
}
