// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gatectl: the gate's commands as the failover agent gives them, epoch and lease included; the
 * tool leaves those to the agent.
 *
 *	gatectl set active|standby EPOCH [LEASE_MS]
 *	gatectl give EPOCH RELAY_MS	standby, and pass on what comes
 *	gatectl renew EPOCH LEASE_MS
 *	gatectl show			"active open epoch=3 lease=250"
 *	gatectl since			"announced=0.3 first=-": milliseconds from its last opening
 *	gatectl relayed			packets passed on
 *	gatectl rivals			frames in which somebody else claimed a guarded address
 *	gatectl guard [ADDRESS...]	in use only while the gate is open; among them link addresses, whose devices are
 *	gatectl announce INTERFACE ADDRESS
 *	gatectl probes			questions, and frames that answered one: "2 1"
 *	gatectl probe NUMBER MS INTERFACE ADDRESS...	asks; then, for so long, "ADDRESS LINK-ADDRESS" for each answer
 *	gatectl will EPOCH WORD OWN PEER PORT	what the kernel says to the peer when the node ends
 *	gatectl will
 *
 * Exit status: 0; 1 refused, and "ERRNO: the kernel's sentence"; 2 usage.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include "addr.h"
#include "nl.h"

static int show(struct baton_nl *nl)
{
	static const char *const states[] = {
		[BATON_GATE_SHUT] = "shut", [BATON_GATE_OPEN] = "open", [BATON_GATE_EXPIRED] = "expired",
	};
	struct baton_gate g;
	int ret = baton_nl_gate_get(nl, &g);

	if (!ret)
		printf("%s %s epoch=%u lease=%u\n", g.role == BATON_ROLE_ACTIVE ? "active" : "standby",
		       g.state < __BATON_GATE_STATE_MAX ? states[g.state] : "?", g.epoch, g.lease_ms);
	return ret;
}

static int count(struct baton_nl *nl, bool rivals)
{
	struct baton_gate g;
	int ret = baton_nl_gate_get(nl, &g);

	if (!ret)
		printf("%llu\n", (unsigned long long)(rivals ? g.rivals : g.relayed));
	return ret;
}

static void show_since(const char *name, uint64_t opened, uint64_t then, char end)
{
	if (then)
		printf("%s=%.6f%c", name, ((double)then - (double)opened) / 1e6, end);
	else
		printf("%s=-%c", name, end);
}

static int since(struct baton_nl *nl)
{
	struct baton_gate g;
	int ret = baton_nl_gate_get(nl, &g);

	if (ret)
		return ret;
	show_since("announced", g.opened_ns, g.announced_ns, ' ');
	show_since("first", g.opened_ns, g.first_ns, '\n');
	return 0;
}

static int guard(struct baton_nl *nl, char **text, int count)
{
	struct baton_vip_addr list[BATON_VIP_MAX] = { 0 };
	uint8_t vmac[BATON_VIP_MAX][BATON_VMAC_LEN];
	uint32_t vips = 0, vmacs = 0;
	char err[128];

	for (int i = 0; i < count && i < BATON_VIP_MAX; i++) {
		const struct ether_addr *mac = ether_aton(text[i]);

		if (mac)
			memcpy(vmac[vmacs++], mac, BATON_VMAC_LEN);
		else if (baton_addr_parse(text[i], &list[vips].family, &list[vips].addr, err, sizeof(err)))
			return -EINVAL;
		else
			vips++;
	}
	return baton_nl_vip_set(nl, list, vips, vmac, vmacs);
}

static int announce(struct baton_nl *nl, const char *interface, const char *text)
{
	union baton_addr addr;
	uint8_t family;
	char err[128];

	if (baton_addr_parse(text, &family, &addr, err, sizeof(err)))
		return -EINVAL;
	return baton_nl_announce(nl, if_nametoindex(interface), family, &addr);
}

static int probes(struct baton_nl *nl)
{
	struct baton_gate g;
	int ret = baton_nl_gate_get(nl, &g);

	if (!ret)
		printf("%llu %llu\n", (unsigned long long)g.probes, (unsigned long long)g.answers);
	return ret;
}

static void print_answer(const struct baton_nl_event *event, void *arg)
{
	const struct baton_nl_answer *a = &event->answer;
	char text[BATON_ADDR_TEXT];

	if (event->type != BATON_NL_EVENT_PROBE || a->number != *(const uint32_t *)arg)
		return;
	printf("%s %02x:%02x:%02x:%02x:%02x:%02x\n", baton_addr_format(a->family, &a->addr, text, sizeof(text)),
	       a->mac[0], a->mac[1], a->mac[2], a->mac[3], a->mac[4], a->mac[5]);
}

static int probe(struct baton_nl *nl, char **arg, int count)
{
	struct baton_probe_target list[BATON_VIP_MAX] = { 0 };
	uint32_t number = (uint32_t)strtoul(arg[0], NULL, 0);
	struct baton_nl_events *events;
	struct pollfd fd;
	char err[512];
	int ret;

	for (int i = 3; i < count; i++) {
		list[i - 3].ifindex = if_nametoindex(arg[2]);
		if (i - 3 == BATON_VIP_MAX || baton_addr_parse(arg[i], &list[i - 3].family, &list[i - 3].addr,
							       err, sizeof(err)))
			return -EINVAL;
	}
	ret = baton_nl_events_open(&events, BATON_MCGRP_SYNC, print_answer, &number, err, sizeof(err));
	if (ret)
		return ret;
	ret = baton_nl_probe(nl, number, list, (uint32_t)count - 3);
	fd = (struct pollfd){ .fd = baton_nl_events_fd(events), .events = POLLIN };
	while (!ret && poll(&fd, 1, atoi(arg[1])) > 0)
		ret = baton_nl_events_dispatch(events);
	baton_nl_events_close(events);
	return ret;
}

static int will(struct baton_nl *nl, char **arg)
{
	struct baton_will_path path = { 0 };
	uint8_t family;
	char err[128];

	if (!arg[0])
		return baton_nl_will_set(nl, 0, NULL, 0, NULL, 0);
	if (baton_addr_parse(arg[2], &path.family, &path.own, err, sizeof(err)) ||
	    baton_addr_parse(arg[3], &family, &path.peer, err, sizeof(err)) || family != path.family)
		return -EINVAL;
	path.own_port = path.peer_port = htons((uint16_t)strtoul(arg[4], NULL, 0));
	return baton_nl_will_set(nl, (uint32_t)strtoul(arg[0], NULL, 0), arg[1], (uint32_t)strlen(arg[1]), &path, 1);
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";
	struct baton_gate gate = { 0 };
	struct baton_nl *nl;
	char err[512];
	int ret;

	if (baton_nl_open(&nl, err, sizeof(err)) < 0) {
		printf("%s\n", err);
		return 1;
	}
	if (!strcmp(cmd, "show")) {
		ret = show(nl);
	} else if (!strcmp(cmd, "set") && argc >= 4) {
		gate.role = strcmp(argv[2], "active") ? BATON_ROLE_STANDBY : BATON_ROLE_ACTIVE;
		gate.epoch = (uint32_t)strtoul(argv[3], NULL, 0);
		gate.lease_ms = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 0) : 0;
		ret = baton_nl_gate_set(nl, &gate);
	} else if (!strcmp(cmd, "relayed") || !strcmp(cmd, "rivals")) {
		ret = count(nl, !strcmp(cmd, "rivals"));
	} else if (!strcmp(cmd, "since")) {
		ret = since(nl);
	} else if (!strcmp(cmd, "give") && argc == 4) {
		gate.role = BATON_ROLE_STANDBY;
		gate.epoch = (uint32_t)strtoul(argv[2], NULL, 0);
		gate.relay_ms = (uint32_t)strtoul(argv[3], NULL, 0);
		ret = baton_nl_gate_set(nl, &gate);
	} else if (!strcmp(cmd, "renew") && argc == 4) {
		ret = baton_nl_lease_renew(nl, (uint32_t)strtoul(argv[2], NULL, 0),
					   (uint32_t)strtoul(argv[3], NULL, 0));
	} else if (!strcmp(cmd, "guard")) {
		ret = guard(nl, argv + 2, argc - 2);
	} else if (!strcmp(cmd, "announce") && argc == 4) {
		ret = announce(nl, argv[2], argv[3]);
	} else if (!strcmp(cmd, "probes")) {
		ret = probes(nl);
	} else if (!strcmp(cmd, "probe") && argc > 5) {
		ret = probe(nl, argv + 2, argc - 2);
	} else if (!strcmp(cmd, "will") && (argc == 2 || argc == 7)) {
		ret = will(nl, argv + 2);
	} else {
		fprintf(stderr, "usage: gatectl set active|standby EPOCH [LEASE_MS] | give EPOCH RELAY_MS |\n"
			"\trenew EPOCH LEASE_MS | show | since | relayed | rivals | guard [ADDRESS...] | announce INTERFACE ADDRESS |\n"
			"\tprobes | probe NUMBER MS INTERFACE ADDRESS... | will [EPOCH WORD OWN PEER PORT]\n");
		return 2;
	}
	if (ret)
		printf("%s: %s\n", strerrorname_np(-ret), baton_nl_error(nl));
	baton_nl_close(nl);
	return ret ? 1 : 0;
}
