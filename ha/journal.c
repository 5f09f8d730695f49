// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the journal and systemd are told, a moment later: each of them wakes up for it, and on a small machine
 * then competes with the packets of a handover, for whose end every client waits. The timeline has it at
 * once, with its time; so has the journal's line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include "agent.h"
#include "log.h"

#define LATER_USEC	300000		/* longer than a handover takes */

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

static void tell_systemd(struct baton_ha_agent *agent)
{
	agent->told_state = agent->ha.state;
	agent->told_reason = agent->ha.reason;
	sd_notifyf(0, "STATUS=%s: %s", baton_ha_state_name(agent->ha.state),
		   baton_ha_reason_text(agent->ha.reason));
}

static bool is_told(const struct baton_ha_agent *agent)
{
	return agent->told_state == agent->ha.state && agent->told_reason == agent->ha.reason;
}

/* One line a turn: what arrives meanwhile goes first. */
static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_agent *agent = arg;
	struct baton_ha_journal *j = &agent->journal;

	if (j->count)
		write_first(j);
	else if (!is_told(agent))
		tell_systemd(agent);
	j->due = j->count || !is_told(agent);
	if (j->due) {
		sd_event_source_set_time(source, usec);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	return 0;
}

/* False: there is no loop, or none any more. */
static bool write_later(struct baton_ha_journal *j)
{
	if (!j->later)
		return false;
	if (j->due)
		return true;
	j->due = sd_event_source_set_time_relative(j->later, LATER_USEC) >= 0 &&
		 sd_event_source_set_enabled(j->later, SD_EVENT_ONESHOT) >= 0;
	return j->due;
}

void baton_ha_journal_status(struct baton_ha_agent *agent)
{
	if (!is_told(agent))
		write_later(&agent->journal);
}

int baton_ha_journal_open(struct baton_ha_agent *agent)
{
	struct baton_ha_journal *j = &agent->journal;
	int error = sd_event_add_time(agent->event, &j->later, CLOCK_MONOTONIC, UINT64_MAX, 1000,
				      on_time, agent);

	if (error >= 0)
		error = sd_event_source_set_priority(j->later, BATON_HA_PRIORITY_JOURNAL);
	if (error >= 0)
		error = sd_event_source_set_enabled(j->later, SD_EVENT_OFF);
	return error < 0 ? error : 0;
}

void baton_ha_journal_close(struct baton_ha_journal *j)
{
	while (j->count)
		write_first(j);
	j->later = sd_event_source_disable_unref(j->later);
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
	if (!write_later(j))
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
