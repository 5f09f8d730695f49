// SPDX-License-Identifier: GPL-2.0-or-later
/* What goes on now: the counters are read again and again. */
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "err.h"
#include "kernel.h"
#include "rates.h"
#include "tool.h"

#define INTERVAL_S	2	/* as customary for rates of directors */
#define INTERVAL_MAX_S	3600

struct top {
	unsigned long interval;		/* seconds */
	unsigned long count;		/* readings; 0: no end */
	bool screen;			/* a terminal, where one overwrites the other */
};

/* A reading, and when it was made. */
struct reading {
	struct baton_rules rules;
	double at;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int parse(struct baton_args *args, struct top *top)
{
	int error = 0;

	while (!error && baton_args_left(args)) {
		if (baton_args_is(args, "interval"))
			error = baton_args_number(args, "interval", 1, INTERVAL_MAX_S,
						  &top->interval);
		else if (baton_args_is(args, "count"))
			error = baton_args_number(args, "count", 1, 1000000, &top->count);
		else
			return baton_args_end(args);
	}
	return error;
}

static int read_now(struct baton_nl *nl, struct reading *ret)
{
	*ret = (struct reading) { .at = now() };
	return baton_kernel_rules(nl, NULL, &ret->rules);
}

/* Sleeps until @until, whatever signal is handled meanwhile. */
static void wait_until(double until)
{
	struct timespec ts = { .tv_sec = (time_t)until };

	ts.tv_nsec = (long)((until - (double)ts.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int follow(struct baton_tool *t, struct baton_nl *nl, const struct top *top)
{
	struct reading was, is;
	int status = read_now(nl, &was);

	for (unsigned long i = 0; !status && (!top->count || i < top->count) && !ferror(stdout);
	     i++) {
		wait_until(was.at + (double)top->interval);
		status = read_now(nl, &is);
		if (status)
			break;
		if (top->screen)
			fputs("\033[H\033[J", stdout);
		baton_show_rates(&t->out, &was.rules, &is.rules, is.at - was.at);
		fflush(stdout);
		baton_rules_free(&was.rules);
		was = is;
	}
	baton_rules_free(&was.rules);
	return status;
}

int baton_cmd_top(struct baton_tool *t)
{
	struct top top = { .interval = INTERVAL_S };
	struct baton_nl *nl;
	int status;

	if (parse(&t->args, &top))
		return baton_tool_usage(t);
	top.screen = !t->json && isatty(STDOUT_FILENO);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	status = follow(t, nl, &top);
	baton_nl_close(nl);
	return status;
}
