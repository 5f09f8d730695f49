// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Telling the LAN who answers for the addresses now, several times: a neighbour that was updated less
 * than a second ago ignores the first one, and any of them can be lost. The module sends the frames,
 * and only while its gate is open.
 */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include "addr.h"
#include "agent.h"
#include "err.h"

struct baton_ha_announcer {
	struct baton_ha_agent *agent;
	sd_event_source *timer;
	uint64_t began;			/* ms */
	unsigned int next;		/* index into the schedule */
};

static void announce_all(struct baton_ha_announcer *a)
{
	const struct baton_config *config = &a->agent->config;
	char text[BATON_ADDR_TEXT];
	unsigned int sent = 0;

	for (unsigned int i = 0; i < config->vips; i++) {
		const struct baton_vip *vip = &config->vip[i];
		int error;

		error = baton_ha_kernel_announce(a->agent->kernel, vip);
		if (error)
			baton_ha_report(a->agent, LOG_WARNING, "announce_failed", "%s on %s: %s",
					baton_addr_format(vip->family, &vip->addr, text,
							  sizeof(text)),
					vip->interface, baton_err_text(error));
		else
			sent++;
	}
	if (sent)
		baton_ha_report(a->agent, LOG_INFO, "announced", "%u addresses, round %u of %u",
				sent, a->next + 1, config->ha.announces);
}

static void advance(struct baton_ha_announcer *a)
{
	const struct baton_config *config = &a->agent->config;
	uint64_t now = baton_ha_now();

	while (a->next < config->ha.announces &&
	       now >= a->began + config->ha.announce_ms[a->next]) {
		announce_all(a);
		a->next++;
	}
	if (a->next == config->ha.announces) {
		sd_event_source_set_enabled(a->timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(a->timer,
				 (a->began + config->ha.announce_ms[a->next]) * 1000);
	sd_event_source_set_enabled(a->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	advance(arg);
	return 0;
}

void baton_ha_announcer_start(struct baton_ha_announcer *a)
{
	a->began = baton_ha_now();
	a->next = 0;
	advance(a);
}

void baton_ha_announcer_stop(struct baton_ha_announcer *a)
{
	a->next = a->agent->config.ha.announces;
	sd_event_source_set_enabled(a->timer, SD_EVENT_OFF);
}

int baton_ha_announcer_new(struct baton_ha_announcer **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_announcer *a = calloc(1, sizeof(*a));
	int error;

	if (!a)
		return -ENOMEM;
	a->agent = agent;
	error = sd_event_add_time(agent->event, &a->timer, CLOCK_MONOTONIC, UINT64_MAX, 1000,
				  on_time, a);
	if (error < 0) {
		free(a);
		return error;
	}
	sd_event_source_set_priority(a->timer, BATON_HA_PRIORITY_TIMER);
	baton_ha_announcer_stop(a);
	*ret = a;
	return 0;
}

void baton_ha_announcer_free(struct baton_ha_announcer *a)
{
	if (!a)
		return;
	sd_event_source_disable_unref(a->timer);
	free(a);
}
