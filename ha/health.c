// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is this node fit to be active: is the module there, have the interfaces of the virtual addresses a
 * carrier, are the addresses where they should be, what do the checks say? Links and addresses are watched by their events and
 * looked at once a second all the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"
#include "checks.h"
#include "vip.h"

#define LOOK_MS		1000
#define CARRIER_MS	300	/* a carrier has to be away this long to count */

struct baton_ha_monitor {
	struct baton_ha_agent *agent;
	sd_event_source *timer;
	sd_event_source *io;
	int fd;
	uint64_t carrier_lost_at;	/* 0: it is there */
	struct baton_ha_health told;
};

static bool has_carrier(const char *interface)
{
	char path[64], c = '0';
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", interface);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* Refused while the interface is down, which is no carrier either. */
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c == '1';
}

static const char *missing_carrier(const struct baton_config *config)
{
	for (unsigned int i = 0; i < config->vips; i++)
		if (!has_carrier(config->vip[i].interface))
			return config->vip[i].interface;
	return NULL;
}

static void look_at_addresses(const struct baton_config *config, struct baton_ha_health *health)
{
	bool present[BATON_VIP_MAX], armable[BATON_VIP_MAX];

	if (baton_ha_vip_look(config, present, armable))
		return;			/* unknown: what is asked for then is harmless */
	health->vips_all = true;
	health->vips_armed = true;
	for (unsigned int i = 0; i < config->vips; i++) {
		health->vips_all = health->vips_all && present[i];
		health->vips_armed = health->vips_armed && (present[i] || !armable[i]);
		health->vips_any = health->vips_any || present[i];
	}
}

static void look(struct baton_ha_monitor *m)
{
	struct baton_ha_agent *agent = m->agent;
	const char *missing = missing_carrier(&agent->config);
	struct baton_ha_event ev = { .type = BATON_HA_EV_HEALTH };
	uint64_t now = baton_ha_now(), next = LOOK_MS;

	ev.health.module = baton_ha_kernel_check(agent->kernel);
	ev.health.carrier = true;
	ev.health.guarded = baton_ha_kernel_guards(agent->kernel);
	baton_ha_checks_health(agent->checks, &ev.health);
	look_at_addresses(&agent->config, &ev.health);
	if (!missing)
		m->carrier_lost_at = 0;
	else if (!m->carrier_lost_at)
		m->carrier_lost_at = now;
	if (missing && now >= m->carrier_lost_at + CARRIER_MS)
		ev.health.carrier = false;
	else if (missing)
		next = CARRIER_MS;
	if (ev.health.module != m->told.module)
		baton_ha_report(agent, ev.health.module ? LOG_NOTICE : LOG_ERR, "module", "%s",
				ev.health.module ? "the kernel module is there" :
				"the kernel module is missing: load it with modprobe baton");
	if (ev.health.carrier != m->told.carrier)
		baton_ha_report(agent, ev.health.carrier ? LOG_NOTICE : LOG_ERR, "carrier", "%s%s",
				ev.health.carrier ? "every interface has one" : "none on ",
				ev.health.carrier ? "" : missing);
	m->told = ev.health;
	sd_event_source_set_time_relative(m->timer, next * 1000);
	sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
	baton_ha_feed(agent, &ev);
}

/* A gate that changed without an event, or a module that was replaced, shows here at the latest. */
static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_monitor *m = arg;
	struct baton_ha_event ev = { .type = BATON_HA_EV_GATE };

	(void)source;
	(void)usec;
	look(m);
	if (!baton_ha_kernel_gate(m->agent->kernel, &ev.gate))
		baton_ha_feed(m->agent, &ev);
	baton_ha_announcer_refresh(m->agent->announcer);
	return 0;
}

static int on_link(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	char buf[16384];

	(void)source;
	(void)revents;
	/* What changed is read from where it is true; losing messages does not matter. */
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		;
	look(arg);
	return 0;
}

static int watch_links(struct baton_ha_monitor *m)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};

	m->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (m->fd < 0)
		return -errno;
	if (bind(m->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return sd_event_add_io(m->agent->event, &m->io, m->fd, EPOLLIN, on_link, m);
}

int baton_ha_monitor_new(struct baton_ha_monitor **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_monitor *m = calloc(1, sizeof(*m));
	int error;

	if (!m)
		return -ENOMEM;
	m->agent = agent;
	m->told = (struct baton_ha_health){ .module = true, .carrier = true };
	m->fd = -1;
	error = watch_links(m);
	if (error >= 0)
		error = sd_event_add_time_relative(agent->event, &m->timer, CLOCK_MONOTONIC,
						   LOOK_MS * 1000, 10000, on_time, m);
	if (error < 0) {
		baton_ha_monitor_free(m);
		return error;
	}
	look(m);
	*ret = m;
	return 0;
}

void baton_ha_monitor_hurry(struct baton_ha_monitor *m)
{
	sd_event_source_set_time_relative(m->timer, 0);
	sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
}

void baton_ha_monitor_free(struct baton_ha_monitor *m)
{
	if (!m)
		return;
	sd_event_source_disable_unref(m->timer);
	sd_event_source_disable_unref(m->io);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}
