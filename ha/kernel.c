// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's gate. Requests are synchronous: the kernel answers in microseconds, and nothing may
 * happen between a gate and the addresses behind it. The module may be taken away and come back.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include "addr.h"
#include "agent.h"
#include "device.h"
#include "nl.h"

struct baton_ha_kernel {
	struct baton_ha_agent *agent;
	struct baton_nl *nl;		/* NULL: the module is not there */
	struct baton_nl_events *events;
	sd_event_source *io;
	bool changed;			/* a change of the gate was announced */
	bool guarded;			/* the module took the list of addresses */
	uint64_t rivals;		/* of the module: what is known of them was told */
	int probe_error;		/* of the last question: told */
	uint32_t asked;			/* number of the last question */
	bool asked_active;		/* ... to which an active node's announcements led */
	uint32_t owner_told;		/* number of the question whose answer was */
	uint32_t owner;			/* ... that was answered */
	bool owned;			/* just now: the decision has to know */
};

const char *baton_ha_kernel_error(const struct baton_ha_kernel *k)
{
	return k->nl ? baton_nl_error(k->nl) : "the kernel module is not loaded";
}

int baton_ha_kernel_gate(struct baton_ha_kernel *k, struct baton_ha_gate *ret)
{
	struct baton_gate gate;
	int error;

	if (!k->nl)
		return -ENOENT;
	error = baton_nl_gate_get(k->nl, &gate);
	if (error)
		return error;
	*ret = (struct baton_ha_gate){
		.active = gate.role == BATON_ROLE_ACTIVE,
		.open = gate.state == BATON_GATE_OPEN,
		.epoch = gate.epoch,
		.lease_ms = gate.lease_ms,
		.left_ms = gate.lease_left_ms,
	};
	return 0;
}

int baton_ha_kernel_moments(struct baton_ha_kernel *k, struct baton_ha_moments *ret)
{
	struct baton_gate gate;
	int error = k->nl ? baton_nl_gate_get(k->nl, &gate) : -ENOENT;

	if (error)
		return error;
	*ret = (struct baton_ha_moments){
		.opened = gate.opened_ns / 1000,
		.announced = gate.announced_ns / 1000,
		.first = gate.first_ns / 1000,
	};
	return 0;
}

int baton_ha_kernel_open(struct baton_ha_kernel *k, uint32_t epoch, uint32_t lease_ms)
{
	struct baton_gate gate = {
		.role = BATON_ROLE_ACTIVE, .epoch = epoch, .lease_ms = lease_ms,
	};

	return k->nl ? baton_nl_gate_set(k->nl, &gate) : -ENOENT;
}

int baton_ha_kernel_shut(struct baton_ha_kernel *k, uint32_t epoch, uint32_t relay_ms)
{
	struct baton_gate gate = { .role = BATON_ROLE_STANDBY, .epoch = epoch, .relay_ms = relay_ms };
	struct baton_gate now;
	int error;

	if (!k->nl)
		return -ENOENT;
	error = baton_nl_gate_set(k->nl, &gate);
	gate.relay_ms = 0;
	/* A module of an older release passes nothing on, and has to be shut all the same. */
	if (error == -EINVAL && relay_ms)
		error = baton_nl_gate_set(k->nl, &gate);
	if (error != -ESTALE)
		return error;
	/* Somebody raised the epoch behind our back: all the more must it be shut. */
	error = baton_nl_gate_get(k->nl, &now);
	gate.epoch = now.epoch;
	return error ? error : baton_nl_gate_set(k->nl, &gate);
}

int baton_ha_kernel_lease(struct baton_ha_kernel *k, uint32_t epoch, uint32_t lease_ms)
{
	return k->nl ? baton_nl_lease_renew(k->nl, epoch, lease_ms) : -ENOENT;
}

int baton_ha_kernel_will(struct baton_ha_kernel *k, uint32_t epoch, const void *word, uint32_t size,
			 const struct baton_will_path *path, uint32_t count)
{
	return k->nl ? baton_nl_will_set(k->nl, epoch, word, size, path, count) : -ENOENT;
}

int baton_ha_kernel_sample(struct baton_ha_kernel *k, uint64_t *cursor, struct baton_conn_record *records,
			   uint32_t *ret_count)
{
	return k->nl ? baton_nl_conn_sample(k->nl, cursor, records, ret_count) : -ENOENT;
}

int baton_ha_kernel_match(struct baton_ha_kernel *k, const struct baton_conn_record *records, uint32_t count,
			  uint8_t *matches)
{
	return k->nl ? baton_nl_conn_match(k->nl, records, count, matches) : -ENOENT;
}

int baton_ha_kernel_announce(struct baton_ha_kernel *k, const struct baton_vip *vip)
{
	unsigned int index = if_nametoindex(vip->device);

	if (!k->nl)
		return -ENOENT;
	if (!index)
		return -ENODEV;
	return baton_nl_announce(k->nl, index, vip->family, &vip->addr);
}

int baton_ha_kernel_probe(struct baton_ha_kernel *k, uint32_t number, bool active)
{
	const struct baton_config *config = &k->agent->config;
	struct baton_probe_target list[BATON_VIP_MAX] = { 0 };
	unsigned int count = 0;
	int error;

	for (unsigned int i = 0; i < config->vips; i++) {
		list[count].ifindex = if_nametoindex(config->vip[i].interface);
		list[count].family = config->vip[i].family;
		list[count].addr = config->vip[i].addr;
		count += list[count].ifindex != 0;
	}
	k->asked = number;
	k->asked_active = active;
	error = !k->nl ? -ENOENT : count ? baton_nl_probe(k->nl, number, list, count) : -ENODEV;
	if (error && error != k->probe_error)
		baton_ha_report(k->agent, LOG_WARNING, "probe_failed", "%s", baton_ha_kernel_error(k));
	k->probe_error = error;
	return error;
}

/* Once each. Return: how many there are now. */
static unsigned int add_mac(uint8_t (*list)[BATON_VMAC_LEN], unsigned int count, const uint8_t *mac)
{
	for (unsigned int i = 0; i < count; i++)
		if (!memcmp(list[i], mac, BATON_VMAC_LEN))
			return count;
	memcpy(list[count], mac, BATON_VMAC_LEN);
	return count + 1;
}

/* From now on these are in use only while the gate is open, whatever the interfaces have. */
static int list_addresses(struct baton_ha_kernel *k)
{
	const struct baton_config *config = &k->agent->config;
	struct baton_vip_addr list[BATON_VIP_MAX] = { 0 };
	uint8_t vmac[BATON_VIP_MAX][BATON_VMAC_LEN];
	unsigned int vmacs = 0;

	baton_ha_device_sweep(config);
	for (unsigned int i = 0; i < config->vips; i++) {
		list[i].family = config->vip[i].family;
		list[i].addr = config->vip[i].addr;
		if (baton_vip_has_mac(&config->vip[i]))
			vmacs = add_mac(vmac, vmacs, config->vip[i].mac);
	}
	return baton_nl_vip_set(k->nl, list, config->vips, vmac, vmacs);
}

/*
 * Somebody who is not of the pair is contradicted. A peer that is out of sight may be the one who claims: it has its
 * reasons, and clients that are drawn to and fro are worse off than those who follow the last that spoke.
 */
static void hear_rivals(struct baton_ha_kernel *k, const struct baton_gate *gate)
{
	const struct baton_ha *ha = &k->agent->ha;
	bool stranger = ha->peer.in_ring && ha->peer.state != BATON_HA_ACTIVE;

	if (gate->rivals > k->rivals && gate->state == BATON_GATE_OPEN) {
		baton_ha_report(k->agent, LOG_WARNING, "rival",
				"%s claims a virtual address (%" PRIu64 " times): the kernel's log has its link address",
				stranger ? "another machine" : "the peer, or another machine,",
				gate->rivals - k->rivals);
		if (stranger)
			baton_ha_announcer_start(k->agent->announcer);
	}
	k->rivals = gate->rivals;
}

/*
 * An heir takes that for a reason to wait, an active one for a reason to say again who has them. To a node that
 * has given the role away since it asked, the new active's announcement looks like an answer, and is none.
 */
static void hear_owner(struct baton_ha_kernel *k, const struct baton_nl_answer *a)
{
	char text[BATON_ADDR_TEXT], interface[IF_NAMESIZE] = "?", who[128];

	if (a->number != k->asked || k->asked_active != baton_ha_holds(&k->agent->ha))
		return;
	if_indextoname(a->ifindex, interface);
	snprintf(who, sizeof(who), "%s on %s: %02x:%02x:%02x:%02x:%02x:%02x has it, by its own word, %u.%u ms after it was asked",
		 baton_addr_format(a->family, &a->addr, text, sizeof(text)), interface, a->mac[0],
		 a->mac[1], a->mac[2], a->mac[3], a->mac[4], a->mac[5], a->after_us / 1000,
		 a->after_us / 100 % 10);
	if (k->asked_active) {
		baton_ha_announcer_hear(k->agent->announcer, a->number, who);
		return;
	}
	if (k->owner_told != a->number)
		baton_ha_report(k->agent, LOG_WARNING, "owner_answers", "%s", who);
	k->owner_told = a->number;
	k->owner = a->number;
	k->owned = true;
}

static void on_event(const struct baton_nl_event *event, void *arg)
{
	struct baton_ha_kernel *k = arg;

	if (event->type == BATON_NL_EVENT_GATE)
		hear_rivals(k, &event->gate);
	if (event->type == BATON_NL_EVENT_PROBE)
		hear_owner(k, &event->answer);
	if (event->type == BATON_NL_EVENT_GATE || event->type == BATON_NL_EVENT_LOST)
		k->changed = true;
}

/* What the kernel announced may be old by now: ask what is. */
static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_kernel *k = arg;
	struct baton_ha_event ev = { .type = BATON_HA_EV_GATE };
	struct baton_ha_event owner = { .type = BATON_HA_EV_OWNER };

	(void)source;
	(void)fd;
	(void)revents;
	baton_nl_events_dispatch(k->events);
	if (k->changed && !baton_ha_kernel_gate(k, &ev.gate))
		baton_ha_feed(k->agent, &ev);
	k->changed = false;
	owner.probe = k->owner;
	if (k->owned)
		baton_ha_feed(k->agent, &owner);
	k->owned = false;
	return 0;
}

static void disconnect(struct baton_ha_kernel *k)
{
	k->io = sd_event_source_disable_unref(k->io);
	baton_nl_events_close(k->events);
	baton_nl_close(k->nl);
	k->events = NULL;
	k->nl = NULL;
	k->guarded = false;
}

bool baton_ha_kernel_guards(const struct baton_ha_kernel *k)
{
	return k->guarded;
}

void baton_ha_kernel_unguard(struct baton_ha_kernel *k)
{
	if (k->nl && !baton_nl_vip_set(k->nl, NULL, 0, NULL, 0))
		k->guarded = false;
}

static int connect_module(struct baton_ha_kernel *k, char *err, size_t err_size)
{
	int error = baton_nl_open(&k->nl, err, err_size);
	struct baton_gate gate;

	if (error) {
		k->nl = NULL;
		return error;
	}
	error = baton_nl_events_open(&k->events, BATON_MCGRP_SYNC, on_event, k, err, err_size);
	if (!error)
		error = sd_event_add_io(k->agent->event, &k->io, baton_nl_events_fd(k->events),
					EPOLLIN, on_readable, k);
	if (error >= 0) {
		k->rivals = baton_nl_gate_get(k->nl, &gate) ? 0 : gate.rivals;
		sd_event_source_set_priority(k->io, BATON_HA_PRIORITY_KERNEL);
		error = list_addresses(k);
		k->guarded = !error;
		if (error)
			baton_ha_report(k->agent, LOG_WARNING, "module",
					"does not guard the addresses, so a standby goes without: %s",
					baton_nl_error(k->nl));
		return 0;
	}
	disconnect(k);
	return error;
}

bool baton_ha_kernel_check(struct baton_ha_kernel *k)
{
	struct baton_ha_gate gate;
	char err[256];

	if (k->nl && baton_ha_kernel_gate(k, &gate) == -ENOENT)
		disconnect(k);
	if (!k->nl)
		connect_module(k, err, sizeof(err));
	return k->nl;
}

int baton_ha_kernel_new(struct baton_ha_kernel **ret, struct baton_ha_agent *agent,
			char *err, size_t err_size)
{
	struct baton_ha_kernel *k = calloc(1, sizeof(*k));
	int error;

	if (!k)
		return -ENOMEM;
	k->agent = agent;
	error = connect_module(k, err, err_size);
	/* Without the module there is nothing to be active with, but a peer to be told so. */
	if (error && error != -ENOENT) {
		free(k);
		return error;
	}
	*ret = k;
	return 0;
}

void baton_ha_kernel_free(struct baton_ha_kernel *k)
{
	if (!k)
		return;
	disconnect(k);
	free(k);
}
