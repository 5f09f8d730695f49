// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include "names.h"
#include "show.h"
#include "tool.h"

int baton_cmd_tunable_list(struct baton_tool *t)
{
	struct baton_tunables tunables = {};
	struct baton_nl *nl;
	int status, error;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_tunables_get(nl, &tunables);
	if (error)
		status = baton_tool_refused(nl, error, "read the tunables", NULL);
	else
		baton_show_tunables(&t->out, &tunables);
	baton_nl_close(nl);
	return status;
}

/* Where @name lives in @t, and its range; NULL for a name that does not exist. */
static uint32_t *find(struct baton_tunables *t, const char *name, unsigned long *min,
		      unsigned long *max)
{
	char timeout[48];

	*min = 0;
	*max = UINT32_MAX;
	if (!strcmp(name, "conn_max"))
		return &t->conn_max;
	if (!strcmp(name, "tombstone_max"))
		return &t->tombstone_max;
	if (!strcmp(name, "fastpath"))
		return &t->fastpath;
	if (!strcmp(name, "opening_max"))
		return &t->opening_max;
	if (!strcmp(name, "challenge_max"))
		return &t->challenge_max;
	*min = 1;
	*max = BATON_TIMEOUT_MAX;
	for (unsigned int i = BATON_STATE_NONE + 1; i <= BATON_STATE_MAX; i++) {
		snprintf(timeout, sizeof(timeout), "timeout_%s", baton_state_name(i));
		if (i != BATON_STATE_TEMPLATE && !strcmp(name, timeout))
			return &t->timeouts[i];
	}
	return NULL;
}

/* NAME VALUE, any number of times; run twice, the first time only to check the words. */
static int parse(struct baton_args *args, struct baton_tunables *t)
{
	unsigned long min, max, value;
	const char *name;
	uint32_t *where;

	do {
		name = baton_args_word(args, "the tunable's NAME");
		if (!name)
			return -1;
		where = find(t, name, &min, &max);
		if (!where)
			return baton_args_fail(args, "there is no tunable '%s', 'batonctl tunable list' shows them",
					       name);
		if (where == &t->fastpath) {
			value = baton_args_is(args, "on");
			if (!value && !baton_args_is(args, "off"))
				return baton_args_fail(args, "fastpath must be on or off");
			t->set_fastpath = true;
		} else if (baton_args_number(args, name, min, max, &value)) {
			return -1;
		}
		*where = (uint32_t)value;
	} while (baton_args_left(args));
	return 0;
}

int baton_cmd_tunable_set(struct baton_tool *t)
{
	struct baton_tunables tunables = {};
	struct baton_nl *nl;
	int status, error;

	if (parse(&t->args, &tunables))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_tunables_get(nl, &tunables);
	if (!error) {
		t->args.next = 0;
		parse(&t->args, &tunables);
		error = baton_nl_tunables_set(nl, &tunables);
	}
	if (error)
		status = baton_tool_refused(nl, error, "set the tunables", NULL);
	baton_nl_close(nl);
	return status;
}
