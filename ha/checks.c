// SPDX-License-Identifier: GPL-2.0-or-later
/* When each check is tried, and what is told of it. */
#include "checks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include "program.h"

struct try {
	struct baton_ha_agent *agent;
	const struct baton_check *config;
	struct baton_ha_program *program;	/* NULL: a gateway */
	sd_event_source *timer;
	struct baton_ha_check check;
	bool asked;			/* the gateway was, and the answer is due */
	uint64_t began;			/* the last try */
	uint64_t ended;			/* 0: none has */
	uint64_t since;			/* of the state */
	char why[80];
};

struct baton_ha_checks {
	unsigned int count;
	struct try list[BATON_CHECK_MAX];
};

static void again(struct try *t, uint64_t when)
{
	sd_event_source_set_time(t->timer, when * 1000);
	sd_event_source_set_enabled(t->timer, SD_EVENT_ONESHOT);
}

/* @why: NULL when the try was good. The next one is due an interval after this one began. */
static void result(struct try *t, const char *why)
{
	bool changed = baton_ha_check_result(&t->check, !why, t->config->rise, t->config->fall);

	snprintf(t->why, sizeof(t->why), "%s", why ? why : "");
	t->ended = baton_ha_now();
	if (changed) {
		t->since = t->ended;
		baton_ha_report(t->agent, why ? LOG_ERR : LOG_NOTICE, "check", "%s %s%s%s", t->config->name,
				baton_ha_check_name(t->check.state), why ? ": " : "", why ? why : "");
		baton_ha_monitor_hurry(t->agent->monitor);
	}
	again(t, t->began + t->config->interval_ms);
}

static void on_end(void *arg, const char *why)
{
	result(arg, why);
}

static void run_program(struct try *t)
{
	char text[sizeof(t->config->program)], variable[48], *save = NULL, *word;
	const char *argv[BATON_CHECK_WORDS + 1] = { NULL };
	unsigned int n = 0;

	memcpy(text, t->config->program, sizeof(text));
	for (word = strtok_r(text, " \t", &save); word && n < BATON_CHECK_WORDS;
	     word = strtok_r(NULL, " \t", &save))
		argv[n++] = word;
	snprintf(variable, sizeof(variable), "BATON_CHECK=%s", t->config->name);
	baton_ha_program_run(t->program, argv, variable, t->config->timeout_ms);
}

static void ask_gateway(struct try *t)
{
	char why[80];

	if (baton_ha_gateway_ask(t->config, why, sizeof(why))) {
		result(t, why);
		return;
	}
	t->asked = true;
	again(t, t->began + t->config->timeout_ms);
}

static void look_at_gateway(struct try *t)
{
	char why[80];

	t->asked = false;
	result(t, baton_ha_gateway_look(t->config, why, sizeof(why)) ? why : NULL);
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	struct try *t = arg;

	(void)source;
	(void)usec;
	if (t->asked) {
		look_at_gateway(t);
		return 0;
	}
	t->began = baton_ha_now();
	if (t->program)
		run_program(t);
	else
		ask_gateway(t);
	return 0;
}

static int begin(struct try *t, struct baton_ha_agent *agent, const struct baton_check *config)
{
	int error = 0;

	t->agent = agent;
	t->config = config;
	t->since = baton_ha_now();
	if (!config->family)
		error = baton_ha_program_new(&t->program, agent->event, on_end, t);
	if (error >= 0)
		error = sd_event_add_time_relative(agent->event, &t->timer, CLOCK_MONOTONIC, 0, 10000,
						   on_time, t);
	return error;
}

int baton_ha_checks_new(struct baton_ha_checks **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_checks *c = calloc(1, sizeof(*c));
	int error = 0;

	if (!c)
		return -ENOMEM;
	while (error >= 0 && c->count < agent->config.checks) {
		error = begin(&c->list[c->count], agent, &agent->config.check[c->count]);
		c->count++;
	}
	if (error < 0) {
		baton_ha_checks_free(c);
		return error;
	}
	*ret = c;
	return 0;
}

void baton_ha_checks_free(struct baton_ha_checks *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < c->count; i++) {
		baton_ha_program_free(c->list[i].program);
		sd_event_source_disable_unref(c->list[i].timer);
	}
	free(c);
}

void baton_ha_checks_health(const struct baton_ha_checks *c, struct baton_ha_health *health)
{
	health->check_fails = false;
	health->check_due = false;
	for (unsigned int i = 0; i < c->count; i++) {
		health->check_fails |= c->list[i].check.state == BATON_HA_CHECK_FAILS;
		health->check_due |= c->list[i].check.state == BATON_HA_CHECK_DUE;
	}
}

bool baton_ha_checks_get(const struct baton_ha_checks *c, unsigned int i,
			 struct baton_ha_check_view *ret)
{
	uint64_t now = baton_ha_now();
	const struct try *t;

	if (i >= c->count)
		return false;
	t = &c->list[i];
	*ret = (struct baton_ha_check_view){
		.config = t->config,
		.state = t->check.state,
		.since_ms = now - t->since,
		.tried_ms = t->ended ? (int64_t)(now - t->ended) : -1,
		.why = t->why,
	};
	return true;
}

const char *baton_ha_why(const struct baton_ha_agent *agent, enum baton_ha_reason reason, char *buf,
			 size_t size)
{
	struct baton_ha_check_view v;

	if (reason != BATON_HA_WHY_CHECK || !agent->checks)
		return baton_ha_reason_text(reason);
	for (unsigned int i = 0; baton_ha_checks_get(agent->checks, i, &v); i++) {
		if (v.state != BATON_HA_CHECK_FAILS)
			continue;
		snprintf(buf, size, "%s: %s", baton_ha_reason_text(reason), v.config->name);
		return buf;
	}
	return baton_ha_reason_text(reason);
}
