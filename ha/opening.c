// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What came of a gate that was opened: when the LAN had been told, and when the first packet went through. The module
 * notes both moments, so it is enough to ask for them afterwards, each time after twice as long: a failover is no time
 * to wake up often.
 */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include "agent.h"

#define LOOK_MS		100	/* the first time */
#define LOOKS		7	/* the last one 12.7 s after it opened */

struct baton_ha_opening {
	struct baton_ha_agent *agent;
	sd_event_source *timer;
	unsigned int looks;
	uint64_t opened;		/* usec; the opening that is being told of */
	bool told_lan, told_packet;
};

static void look_in(struct baton_ha_opening *o, uint64_t ms)
{
	sd_event_source_set_time_relative(o->timer, ms * 1000);
	sd_event_source_set_enabled(o->timer, SD_EVENT_ONESHOT);
}

static void tell(struct baton_ha_opening *o, const char *event, uint64_t when)
{
	baton_ha_report_at(o->agent, LOG_INFO, when, event, "%.3f ms after the gate opened",
			   (double)(int64_t)(when - o->opened) / 1000);
}

/* True: there is more to come. */
static bool look(struct baton_ha_opening *o)
{
	struct baton_ha_moments m;

	if (baton_ha_kernel_moments(o->agent->kernel, &m) || !m.opened)
		return false;
	/* the same opening may be asked for twice */
	if (m.opened != o->opened)
		o->told_lan = o->told_packet = false;
	o->opened = m.opened;
	if (m.announced && !o->told_lan)
		tell(o, "lan_told", m.announced);
	o->told_lan = m.announced;
	if (m.first && !o->told_packet)
		tell(o, "first_packet", m.first);
	o->told_packet = m.first;
	return !o->told_packet;
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_opening *o = arg;

	(void)source;
	(void)usec;
	if (look(o) && ++o->looks < LOOKS)
		look_in(o, LOOK_MS << o->looks);
	return 0;
}

void baton_ha_opening_watch(struct baton_ha_opening *o)
{
	o->looks = 0;
	look_in(o, LOOK_MS);
}

int baton_ha_opening_new(struct baton_ha_opening **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_opening *o = calloc(1, sizeof(*o));
	int error;

	if (!o)
		return -ENOMEM;
	o->agent = agent;
	error = sd_event_add_time(agent->event, &o->timer, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_time, o);
	if (error < 0) {
		free(o);
		return error;
	}
	sd_event_source_set_priority(o->timer, BATON_HA_PRIORITY_TIMER);
	sd_event_source_set_enabled(o->timer, SD_EVENT_OFF);
	*ret = o;
	return 0;
}

void baton_ha_opening_free(struct baton_ha_opening *o)
{
	if (!o)
		return;
	sd_event_source_disable_unref(o->timer);
	free(o);
}
