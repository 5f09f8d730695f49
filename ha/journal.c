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

static void tell_systemd(struct baton_ha_agent *agent)
{
	char why[96];

	agent->told_state = agent->ha.state;
	agent->told_reason = agent->ha.reason;
	sd_notifyf(0, "STATUS=%s: %s", baton_ha_state_name(agent->ha.state),
		   baton_ha_why(agent, agent->ha.reason, why, sizeof(why)));
}

static bool is_told(const struct baton_ha_agent *agent)
{
	return agent->told_state == agent->ha.state && agent->told_reason == agent->ha.reason;
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	tell_systemd(arg);
	return 0;
}

void baton_ha_journal_status(struct baton_ha_agent *agent)
{
	int on = SD_EVENT_OFF;

	if (is_told(agent) || !agent->status)
		return;
	sd_event_source_get_enabled(agent->status, &on);
	if (on != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(agent->status, BATON_LOG_LATER_USEC);
	sd_event_source_set_enabled(agent->status, SD_EVENT_ONESHOT);
}

int baton_ha_journal_open(struct baton_ha_agent *agent)
{
	int error = baton_log_later(agent->event, -1);

	if (error >= 0)
		error = sd_event_add_time(agent->event, &agent->status, CLOCK_MONOTONIC, UINT64_MAX, 1000,
					  on_time, agent);
	if (error >= 0)
		error = sd_event_source_set_priority(agent->status, BATON_LOG_LATER_PRIORITY);
	if (error >= 0)
		error = sd_event_source_set_enabled(agent->status, SD_EVENT_OFF);
	return error < 0 ? error : 0;
}

void baton_ha_journal_close(struct baton_ha_agent *agent)
{
	baton_log_later(NULL, 0);
	agent->status = sd_event_source_disable_unref(agent->status);
}

static void __attribute__((format(printf, 5, 0)))
report(struct baton_ha_agent *agent, int priority, uint64_t mono, const char *event,
       const char *fmt, va_list ap)
{
	uint64_t usec = baton_ha_usec(CLOCK_REALTIME) - (baton_ha_usec(CLOCK_MONOTONIC) - mono);
	char detail[sizeof(((struct baton_ha_moment *)NULL)->detail)], field[4][48];
	const char *fields[] = { field[0], field[1], field[2], field[3], NULL };

	vsnprintf(detail, sizeof(detail), fmt, ap);
	baton_ha_timeline_add(agent->timeline, usec, mono, event, detail);
	baton_ha_timeline_keep(agent->keeper, agent->timeline);
	snprintf(field[0], sizeof(field[0]), "BATON_EVENT=%s", event);
	snprintf(field[1], sizeof(field[1]), "BATON_EPOCH=%u", agent->ha.epoch);
	snprintf(field[2], sizeof(field[2]), "BATON_STATE=%s", baton_ha_state_name(agent->ha.state));
	snprintf(field[3], sizeof(field[3]), "BATON_USEC=%llu", (unsigned long long)usec);
	baton_log_fields(priority, fields, "%s: %s", event, detail);
}

void baton_ha_report(struct baton_ha_agent *agent, int priority, const char *event,
		     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(agent, priority, baton_ha_usec(CLOCK_MONOTONIC), event, fmt, ap);
	va_end(ap);
}

void baton_ha_report_at(struct baton_ha_agent *agent, int priority, uint64_t mono, const char *event,
			const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(agent, priority, mono, event, fmt, ap);
	va_end(ap);
}

void baton_ha_report_past(struct baton_ha_agent *agent, int priority, uint64_t ago_ms,
			  const char *event, const char *detail)
{
	baton_ha_report_at(agent, priority, baton_ha_usec(CLOCK_MONOTONIC) - ago_ms * 1000, event, "%s",
			   detail);
}
