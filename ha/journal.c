// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal, written when there is nothing else to do: handing it one line may take as long as
 * opening the gate, and in a handover every client waits for all of them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include "agent.h"
#include "log.h"

static void write_line(const struct baton_ha_line *line)
{
	char field[4][48];
	const char *fields[] = { field[0], field[1], field[2], field[3], NULL };

	snprintf(field[0], sizeof(field[0]), "BATON_EVENT=%s", line->moment.event);
	snprintf(field[1], sizeof(field[1]), "BATON_EPOCH=%u", line->epoch);
	snprintf(field[2], sizeof(field[2]), "BATON_STATE=%s", baton_ha_state_name(line->state));
	snprintf(field[3], sizeof(field[3]), "BATON_USEC=%llu",
		 (unsigned long long)line->moment.usec);
	baton_log_fields(line->priority, fields, "%s: %s", line->moment.event, line->moment.detail);
}

static void write_first(struct baton_ha_journal *j)
{
	const struct baton_ha_line *line = &j->line[j->first];

	j->first = (j->first + 1) % BATON_HA_LINES;
	j->count--;
	write_line(line);
}

/* One line a turn: what arrives meanwhile goes first. */
static int on_idle(sd_event_source *source, void *arg)
{
	struct baton_ha_journal *j = arg;

	if (j->count)
		write_first(j);
	if (j->count)
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

int baton_ha_journal_open(struct baton_ha_journal *j, sd_event *event)
{
	int error = sd_event_add_defer(event, &j->idle, on_idle, j);

	if (error >= 0)
		error = sd_event_source_set_priority(j->idle, BATON_HA_PRIORITY_JOURNAL);
	if (error >= 0)
		error = sd_event_source_set_enabled(j->idle, SD_EVENT_OFF);
	return error < 0 ? error : 0;
}

void baton_ha_journal_close(struct baton_ha_journal *j)
{
	while (j->count)
		write_first(j);
	j->idle = sd_event_source_disable_unref(j->idle);
}

static uint64_t clock_usec(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

static void __attribute__((format(printf, 5, 0)))
report(struct baton_ha_agent *agent, int priority, uint64_t ago_ms, const char *event,
       const char *fmt, va_list ap)
{
	struct baton_ha_journal *j = &agent->journal;
	struct baton_ha_line *line;

	if (j->count == BATON_HA_LINES)
		write_first(j);
	line = &j->line[(j->first + j->count++) % BATON_HA_LINES];
	line->moment.usec = clock_usec(CLOCK_REALTIME) - ago_ms * 1000;
	line->moment.mono = clock_usec(CLOCK_MONOTONIC) - ago_ms * 1000;
	snprintf(line->moment.event, sizeof(line->moment.event), "%s", event);
	vsnprintf(line->moment.detail, sizeof(line->moment.detail), fmt, ap);
	line->priority = priority;
	line->epoch = agent->ha.epoch;
	line->state = agent->ha.state;
	baton_ha_timeline_add(agent->timeline, line->moment.usec, line->moment.mono,
			      line->moment.event, line->moment.detail);
	if (!j->idle || sd_event_source_set_enabled(j->idle, SD_EVENT_ONESHOT) < 0)
		while (j->count)
			write_first(j);
}

void baton_ha_report(struct baton_ha_agent *agent, int priority, const char *event,
		     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(agent, priority, 0, event, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 5, 6)))
report_ago(struct baton_ha_agent *agent, int priority, uint64_t ago_ms, const char *event,
	   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(agent, priority, ago_ms, event, fmt, ap);
	va_end(ap);
}

void baton_ha_report_past(struct baton_ha_agent *agent, int priority, uint64_t ago_ms,
			  const char *event, const char *detail)
{
	report_ago(agent, priority, ago_ms, event, "%s", detail);
}
