// SPDX-License-Identifier: GPL-2.0-or-later
/* [check] of baton.conf: what besides module and carrier makes a node fit. */
#include <ctype.h>
#include <string.h>
#include "addr.h"
#include "config_priv.h"

#define INTERVAL_MIN_MS	500
#define INTERVAL_MAX_MS	600000
#define TIMEOUT_MIN_MS	50
#define TIMEOUT_MAX_MS	10000	/* shorter than a neighbour stays reachable by an answer to an earlier question */
#define COUNT_MAX	100

/* Names that set a number, in the order of the flags that say which were given. */
enum { INTERVAL, TIMEOUT, RISE, FALL, NUMBERS };

static const struct {
	const char *name;
	unsigned long min, max;
} numbers[NUMBERS] = {
	[INTERVAL] = { "interval_ms", INTERVAL_MIN_MS, INTERVAL_MAX_MS },
	[TIMEOUT] = { "timeout_ms", TIMEOUT_MIN_MS, TIMEOUT_MAX_MS },
	[RISE] = { "rise", 1, COUNT_MAX },
	[FALL] = { "fall", 1, COUNT_MAX },
};

static struct baton_check *last(struct baton_config_load *l)
{
	return &l->config.check[l->config.checks - 1];
}

static int check_name(struct baton_config_load *l, struct baton_check *c, const char *value)
{
	size_t len = strlen(value);

	if (c->name[0])
		return baton_config_refuse(l, l->line, "name is given twice");
	if (!len || len >= sizeof(c->name))
		return baton_config_refuse(l, l->line, "a name of a check has 1 to %zu characters",
					   sizeof(c->name) - 1);
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)value[i]) && !strchr("-_.", value[i]))
			return baton_config_refuse(l, l->line,
						   "the name '%s' has more than letters, digits, '-', '_' and '.'",
						   value);
	memcpy(c->name, value, len + 1);
	return 1;
}

static int check_gateway(struct baton_config_load *l, struct baton_check *c, const char *value)
{
	char clause[256];

	if (c->family || c->program[0])
		return baton_config_refuse(l, l->line, "a [check] has one gateway or one program");
	if (baton_addr_parse(value, &c->family, &c->gateway, clause, sizeof(clause)))
		return baton_config_refuse(l, l->line, "gateway: %s", clause);
	if (baton_addr_is_zero(&c->gateway) || !baton_addr_is_host(c->family, &c->gateway))
		return baton_config_refuse(l, l->line, "gateway '%s' is not a unicast address", value);
	return 1;
}

/* Words, parted by spaces, go to the program as they are: no shell looks at them. */
static int check_program(struct baton_config_load *l, struct baton_check *c, const char *value)
{
	unsigned int words = 0;

	if (c->family || c->program[0])
		return baton_config_refuse(l, l->line, "a [check] has one gateway or one program");
	if (value[0] != '/' || strlen(value) >= sizeof(c->program))
		return baton_config_refuse(l, l->line,
					   "program must be the absolute path of a program with its arguments, %zu characters at most",
					   sizeof(c->program) - 1);
	for (const char *s = value; *s; words++) {
		s += strcspn(s, " \t");
		s += strspn(s, " \t");
	}
	if (words > BATON_CHECK_WORDS)
		return baton_config_refuse(l, l->line, "program has more than %d arguments",
					   BATON_CHECK_WORDS - 1);
	memcpy(c->program, value, strlen(value) + 1);
	return 1;
}

static int check_number(struct baton_config_load *l, struct baton_check *c, unsigned int which,
			const char *value)
{
	uint32_t *const to[NUMBERS] = { [INTERVAL] = &c->interval_ms, [TIMEOUT] = &c->timeout_ms,
		[RISE] = &c->rise, [FALL] = &c->fall };
	unsigned long number;

	if (!baton_config_number(l, numbers[which].name, value, numbers[which].min, numbers[which].max,
				 &number))
		return 0;
	*to[which] = (uint32_t)number;
	return baton_config_once(l, &l->check_seen[which], numbers[which].name);
}

int baton_config_set_check(struct baton_config_load *l, const char *name, const char *value)
{
	struct baton_check *c = last(l);

	if (!strcmp(name, "name"))
		return check_name(l, c, value);
	if (!strcmp(name, "gateway"))
		return check_gateway(l, c, value);
	if (!strcmp(name, "program"))
		return check_program(l, c, value);
	if (!strcmp(name, "interface"))
		return c->interface[0] ? baton_config_refuse(l, l->line, "interface is given twice") :
		       baton_config_interface(l, value, c->interface);
	for (unsigned int i = 0; i < NUMBERS; i++)
		if (!strcmp(name, numbers[i].name))
			return check_number(l, c, i, value);
	return baton_config_refuse(l, l->line,
		"[check] has no '%s'; it knows name, gateway, interface, program, interval_ms, timeout_ms, rise and fall",
		name);
}

/* The sentence is about the section as a whole: its parts may come in any order. */
static const char *missing(const struct baton_check *c)
{
	if (!c->name[0])
		return "this [check] has no name";
	if (!c->family && !c->program[0])
		return "this [check] has neither gateway nor program";
	if (c->family && !c->interface[0])
		return "this [check] has a gateway but no interface to ask on";
	if (!c->family && c->interface[0])
		return "this [check] has an interface but no gateway to ask there";
	if (c->timeout_ms > c->interval_ms)
		return "this [check] has a timeout_ms longer than its interval_ms";
	return NULL;
}

bool baton_config_end_check(struct baton_config_load *l)
{
	struct baton_config *c = &l->config;
	const char *clause;

	if (!c->checks)
		return true;
	if (!last(l)->timeout_ms)
		last(l)->timeout_ms = last(l)->interval_ms < TIMEOUT_MAX_MS ? last(l)->interval_ms :
									       TIMEOUT_MAX_MS;
	clause = missing(last(l));
	if (clause)
		return baton_config_refuse(l, l->check_line, "%s", clause);
	for (unsigned int i = 0; i + 1 < c->checks; i++)
		if (!strcmp(c->check[i].name, last(l)->name))
			return baton_config_refuse(l, l->check_line,
						   "this [check] has a name that an earlier one has");
	return true;
}

void baton_config_begin_check(struct baton_config_load *l)
{
	if (!baton_config_end_check(l))
		return;
	if (l->config.checks == BATON_CHECK_MAX) {
		baton_config_refuse(l, l->line, "more than %d checks", BATON_CHECK_MAX);
		return;
	}
	l->check_line = l->line;
	memset(l->check_seen, 0, sizeof(l->check_seen));
	l->config.checks++;
	last(l)->interval_ms = 1000;
	last(l)->rise = 3;
	last(l)->fall = 3;
}
