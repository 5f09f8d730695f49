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

/* The words that @name is one of; NULL: it is a timeout, or nothing. */
static const struct baton_tunable_words *find(const char *name)
{
	const struct baton_tunable_words *words;

	for (size_t i = 0; (words = baton_tunable_nth(i)); i++)
		if (!strcmp(words->name, name))
			break;
	return words;
}

/* Its timeout; NULL for a name that does not exist. */
static uint32_t *find_timeout(struct baton_tunables *t, const char *name)
{
	char timeout[48];

	for (unsigned int i = BATON_STATE_NONE + 1; i <= BATON_STATE_MAX; i++) {
		snprintf(timeout, sizeof(timeout), "timeout_%s", baton_state_name(i));
		if (i != BATON_STATE_TEMPLATE && !strcmp(name, timeout))
			return &t->timeouts[i];
	}
	return NULL;
}

static int parse_number(struct baton_args *args, const char *name, uint32_t min, uint32_t max,
			uint32_t *ret)
{
	unsigned long value;

	if (baton_args_number(args, name, min, max, &value))
		return -1;
	*ret = (uint32_t)value;
	return 0;
}

static int parse_word(struct baton_args *args, const struct baton_tunable_words *words, uint32_t *ret)
{
	bool mode = words->kind == BATON_TUNABLE_MODE;

	if (baton_args_is(args, "off"))
		*ret = 0;
	else if (baton_args_is(args, "on"))
		*ret = mode ? BATON_DROP_MODE_ON : 1;
	else if (mode && baton_args_is(args, "auto"))
		*ret = BATON_DROP_MODE_AUTO;
	else
		return baton_args_fail(args, "%s must be %son or off", words->name, mode ? "auto, " : "");
	return 0;
}

static int parse_one(struct baton_args *args, const char *name, struct baton_tunables *t)
{
	const struct baton_tunable_words *words = find(name);
	uint32_t *timeout = find_timeout(t, name);

	if (timeout)
		return parse_number(args, name, 1, BATON_TIMEOUT_MAX, timeout);
	if (!words)
		return baton_args_fail(args, "there is no tunable '%s', 'batonctl tunable list' shows them", name);
	t->set |= 1u << words->attr;
	if (words->kind == BATON_TUNABLE_NUMBER)
		return parse_number(args, name, words->min, words->max, &t->value[words->attr]);
	return parse_word(args, words, &t->value[words->attr]);
}

/* NAME VALUE, any number of times */
static int parse(struct baton_args *args, struct baton_tunables *t)
{
	const char *name;

	do {
		name = baton_args_word(args, "the tunable's NAME");
		if (!name || parse_one(args, name, t))
			return -1;
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
	error = baton_nl_tunables_set(nl, &tunables);
	if (error)
		status = baton_tool_refused(nl, error, "set the tunables", NULL);
	baton_nl_close(nl);
	return status;
}
