// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Telling the LAN who answers for the addresses now, several times: a neighbour that was updated less
 * than a second ago ignores the first one, and any of them can be lost. The module sends the frames,
 * and only while its gate is open. After each round the LAN is asked whether anybody else still claims
 * them (lan.c); who does is contradicted at once, once in a round, so that two of this kind do not
 * shout each other down for ever.
 *
 * What leaves for clients has the interface's link address as its source. A virtual one that nobody asks for would be
 * forgotten by the switch, which then sends all that comes for it to every port: so it is heard of again and again.
 */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include "addr.h"
#include "agent.h"
#include "err.h"
#include "lan.h"

/* Switches forget after five minutes, few after less. */
#define REFRESH_MS	60000

struct baton_ha_announcer {
	struct baton_ha_agent *agent;
	sd_event_source *timer;
	uint64_t began;			/* ms */
	unsigned int next;		/* index into the schedule */
	uint64_t refresh_at;		/* ms; of virtual link addresses */
	struct baton_ha_lan lan;
};

/* How many were sent. @macs: only those with a link address of their own. */
static unsigned int announce_all(struct baton_ha_announcer *a, bool macs)
{
	const struct baton_config *config = &a->agent->config;
	char text[BATON_ADDR_TEXT];
	unsigned int sent = 0;

	for (unsigned int i = 0; i < config->vips; i++) {
		const struct baton_vip *vip = &config->vip[i];
		int error;

		if (macs && !baton_vip_has_mac(vip))
			continue;
		error = baton_ha_kernel_announce(a->agent->kernel, vip);
		if (error)
			baton_ha_report(a->agent, LOG_WARNING, "announce_failed", "%s on %s: %s",
					baton_addr_format(vip->family, &vip->addr, text,
							  sizeof(text)),
					vip->device, baton_err_text(error));
		else
			sent++;
	}
	return sent;
}

static void run_round(struct baton_ha_announcer *a, uint64_t now)
{
	const struct baton_config *config = &a->agent->config;
	unsigned int sent = announce_all(a, false);

	a->next++;
	if (!sent)
		return;
	baton_ha_report(a->agent, LOG_INFO, "announced", "%u addresses, round %u of %u", sent, a->next,
			config->ha.announces);
	/* A question that cannot be asked has no answer. */
	if (config->ha.probe && baton_ha_kernel_probe(a->agent->kernel, baton_ha_lan_ask(&a->lan, now), true))
		a->lan.asked_at = 0;
}

static void listen_on(struct baton_ha_announcer *a, uint64_t now)
{
	if (baton_ha_lan_tick(&a->lan, now))
		baton_ha_report(a->agent, LOG_NOTICE, "lan_agrees",
				"nobody else claims an address, %u ms after the announcements began",
				a->lan.after_ms);
}

static void advance(struct baton_ha_announcer *a)
{
	const struct baton_config *config = &a->agent->config;
	uint64_t now = baton_ha_now(), due;

	listen_on(a, now);
	while (a->next < config->ha.announces &&
	       now >= a->began + config->ha.announce_ms[a->next])
		run_round(a, now);
	due = baton_ha_lan_deadline(&a->lan);
	if (a->next < config->ha.announces && a->began + config->ha.announce_ms[a->next] < due)
		due = a->began + config->ha.announce_ms[a->next];
	if (due == UINT64_MAX) {
		sd_event_source_set_enabled(a->timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(a->timer, due * 1000);
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
	a->refresh_at = a->began + REFRESH_MS;
	baton_ha_lan_begin(&a->lan, a->began);
	advance(a);
}

void baton_ha_announcer_stop(struct baton_ha_announcer *a)
{
	a->next = a->agent->config.ha.announces;
	baton_ha_lan_begin(&a->lan, baton_ha_now());
	sd_event_source_set_enabled(a->timer, SD_EVENT_OFF);
}

void baton_ha_announcer_refresh(struct baton_ha_announcer *a)
{
	uint64_t now = baton_ha_now();

	if (a->agent->ha.state != BATON_HA_ACTIVE || now < a->refresh_at)
		return;
	a->refresh_at = now + REFRESH_MS;
	announce_all(a, true);
}

void baton_ha_announcer_hear(struct baton_ha_announcer *a, uint32_t number, const char *who)
{
	bool news, again = baton_ha_lan_hear(&a->lan, number, who, baton_ha_now(), &news);

	if (news)
		baton_ha_report(a->agent, LOG_WARNING, "lan_disagrees", "%s", who);
	if (again && announce_all(a, false))
		baton_ha_report(a->agent, LOG_INFO, "announced", "again, against that");
}

const struct baton_ha_lan *baton_ha_announcer_lan(const struct baton_ha_announcer *a)
{
	return &a->lan;
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
