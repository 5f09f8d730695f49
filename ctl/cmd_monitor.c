// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is there, then what changes, one line each. The group is joined before the state is
 * read, so that nothing falls between; a change may be told twice, never not at all.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "err.h"
#include "kernel.h"
#include "names.h"
#include "show.h"
#include "tool.h"

struct monitor {
	struct baton_tool *t;
	bool wanted[BATON_NL_EVENT_LOST + 1];
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void show(struct monitor *m, const struct baton_nl_event *event, const char *what)
{
	if (!m->wanted[event->type])
		return;
	baton_show_event(&m->t->out, now(), event, what);
	fflush(stdout);
}

static void on_event(const struct baton_nl_event *event, void *arg)
{
	const char *what = event->type == BATON_NL_EVENT_GATE ? "change" :
			   baton_event_name(event->event);

	show(arg, event, what);
}

static int show_existing(struct monitor *m, struct baton_nl *nl)
{
	struct baton_nl_event event = { .type = BATON_NL_EVENT_GATE };
	struct baton_rules rules = {};
	int status, error;

	error = baton_nl_gate_get(nl, &event.gate);
	if (error)
		return baton_tool_refused(nl, error, "read the gate", NULL);
	show(m, &event, "exists");
	status = baton_kernel_rules(nl, NULL, &rules);
	for (size_t i = 0; !status && i < rules.services; i++) {
		const struct baton_rule_service *s = &rules.service[i];

		event.type = BATON_NL_EVENT_SERVICE;
		event.service = s->service;
		show(m, &event, "exists");
		event.type = BATON_NL_EVENT_SERVER;
		for (size_t j = 0; j < s->servers; j++) {
			event.server = s->server[j].server;
			show(m, &event, "exists");
		}
	}
	baton_rules_free(&rules);
	return status;
}

static int follow(struct baton_nl_events *ev)
{
	struct pollfd pfd = { .fd = baton_nl_events_fd(ev), .events = POLLIN };
	int error;

	while (!ferror(stdout)) {
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			return baton_tool_fail(BATON_EXIT_REFUSED, "cannot wait for events: %s",
					       baton_err_text(errno));
		error = baton_nl_events_dispatch(ev);
		if (error)
			return baton_tool_fail(BATON_EXIT_REFUSED, "cannot read events: %s",
					       baton_err_text(error));
	}
	return BATON_EXIT_OK;		/* main() reports the lost output */
}

/* No words: everything. */
static int parse(struct baton_args *args, struct monitor *m)
{
	static const struct {
		const char *word;
		enum baton_nl_event_type type;
	} kinds[] = {
		{ "gate",	BATON_NL_EVENT_GATE },
		{ "service",	BATON_NL_EVENT_SERVICE },
		{ "server",	BATON_NL_EVENT_SERVER },
		{ "connection",	BATON_NL_EVENT_CONN },
	};
	bool all = !baton_args_left(args);

	m->wanted[BATON_NL_EVENT_LOST] = true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		m->wanted[kinds[i].type] = all;
	while (baton_args_left(args)) {
		size_t i = 0;

		while (i < sizeof(kinds) / sizeof(kinds[0]) &&
		       !baton_args_is(args, kinds[i].word))
			i++;
		if (i == sizeof(kinds) / sizeof(kinds[0]))
			return baton_args_end(args);
		m->wanted[kinds[i].type] = true;
	}
	return 0;
}

int baton_cmd_monitor(struct baton_tool *t)
{
	struct monitor m = { .t = t };
	struct baton_nl_events *ev;
	struct baton_nl *nl;
	char err[512];
	int status, error;

	if (parse(&t->args, &m))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_events_open(&ev, BATON_MCGRP_MONITOR, on_event, &m, err, sizeof(err));
	if (error) {
		baton_nl_close(nl);
		return baton_tool_fail(error == -EPERM ? BATON_EXIT_PERMISSION :
				       BATON_EXIT_REFUSED, "%s", err);
	}
	status = show_existing(&m, nl);
	baton_nl_close(nl);
	if (!status)
		status = follow(ev);
	baton_nl_events_close(ev);
	return status;
}
