// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What corosync tells: who is in the ring, whose agent is in the group, what the quorum says, and
 * messages. These are callbacks of its libraries; all they do is feed.
 */
#include <corosync/cmap.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>
#include "beat.h"
#include "corosync_private.h"
#include "message.h"
#include "pulse.h"
#include "record.h"

#define NODES_MAX 16	/* of the node list; it may have gaps */

static bool is_peer(struct baton_ha_corosync *c, uint32_t nodeid)
{
	if (nodeid == c->nodeid)
		return false;
	if (!c->peer)
		c->peer = nodeid;
	return nodeid == c->peer;
}

static struct baton_ha_event view(struct baton_ha_corosync *c, enum baton_ha_event_type type,
				  uint32_t ring_node, uint64_t ring_seq, const uint32_t *members,
				  uint32_t count)
{
	struct baton_ha_event ev = { .type = type,
		.view = { .ring = { ring_node, ring_seq } } };

	for (uint32_t i = 0; i < count; i++)
		if (is_peer(c, members[i]))
			ev.view.peer = true;
	ev.view.peer_nodeid = ev.view.peer ? c->peer : 0;
	return ev;
}

void baton_ha_on_totem(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t count,
		       const uint32_t *members)
{
	struct baton_ha_corosync *c;

	if (cpg_context_get(handle, (void **)&c) != CS_OK)
		return;
	c->ring = view(c, BATON_HA_EV_RING, ring.nodeid, ring.seq, members, count);
	if (!c->joined)
		return;
	baton_ha_report(c->agent, LOG_INFO, "membership", "ring %u.%llu, peer %s", ring.nodeid,
			(unsigned long long)ring.seq, c->ring.view.peer ? "in" : "out");
	baton_ha_feed(c->agent, &c->ring);
}

void baton_ha_on_verdict(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring,
		       uint32_t count, const uint32_t *members)
{
	struct baton_ha_corosync *c;

	if (quorum_context_get(handle, (const void **)&c) != CS_OK)
		return;
	c->verdict = view(c, BATON_HA_EV_VERDICT, ring.nodeid, ring.seq, members, count);
	c->verdict.view.quorate = quorate;
	if (!c->joined)
		return;
	baton_ha_report(c->agent, LOG_INFO, "verdict", "ring %u.%llu, %s, peer %s", ring.nodeid,
			(unsigned long long)ring.seq, quorate ? "quorate" : "not quorate",
			c->verdict.view.peer ? "in" : "out");
	baton_ha_feed(c->agent, &c->verdict);
}

static uint32_t number(cmap_handle_t map, const char *key)
{
	uint32_t value = 0;

	return cmap_get_uint32(map, key, &value) == CS_OK ? value : 0;
}

/* The node list has a gap where a node was taken out: look a little further. */
static uint32_t other_node(cmap_handle_t map, uint32_t self)
{
	char key[64];
	uint32_t id;

	for (int i = 0; i < NODES_MAX; i++) {
		snprintf(key, sizeof(key), "nodelist.node.%d.nodeid", i);
		id = number(map, key);
		if (id && id != self)
			return id;
	}
	return 0;
}

static bool text(cmap_handle_t map, int node, int link, char ret[BATON_HA_PATH_TEXT])
{
	char key[64], *value;
	bool fits;

	snprintf(key, sizeof(key), "nodelist.node.%d.ring%d_addr", node, link);
	if (cmap_get_string(map, key, &value) != CS_OK)
		return false;
	fits = snprintf(ret, BATON_HA_PATH_TEXT, "%s", value) < BATON_HA_PATH_TEXT;
	free(value);
	return fits;
}

/* The links that both nodes have: beats take the same ways as the cluster's own traffic. */
static void read_paths(struct baton_ha_corosync *c, cmap_handle_t map, uint32_t peer)
{
	struct baton_ha_path path[BATON_HA_PATH_MAX];
	int own = -1, other = -1;
	unsigned int count = 0;
	char key[64];

	for (int i = 0; i < NODES_MAX; i++) {
		uint32_t id;

		snprintf(key, sizeof(key), "nodelist.node.%d.nodeid", i);
		id = number(map, key);
		if (id && id == c->nodeid)
			own = i;
		else if (id && id == peer)
			other = i;
	}
	for (int link = 0; own >= 0 && other >= 0 && link < BATON_HA_PATH_MAX; link++)
		if (text(map, own, link, path[count].own) && text(map, other, link, path[count].peer))
			count++;
	baton_ha_pulse_paths(c->agent->pulse, c->nodeid, peer, path, count);
}

static void read_map(struct baton_ha_corosync *c, struct baton_ha_cluster *ret)
{
	uint8_t two_node = 0;
	cmap_handle_t map;

	*ret = (struct baton_ha_cluster){ .nodeid = c->nodeid };
	if (cmap_initialize(&map) != CS_OK)
		return;
	ret->token_ms = number(map, "runtime.config.totem.token");
	ret->consensus_ms = number(map, "runtime.config.totem.consensus");
	if (cmap_get_uint8(map, "runtime.votequorum.two_node", &two_node) != CS_OK)
		cmap_get_uint8(map, "quorum.two_node", &two_node);
	ret->two_node = two_node;
	ret->peer = other_node(map, c->nodeid);
	read_paths(c, map, ret->peer);
	cmap_finalize(map);
}

/* We are a member: from here on views and messages have an order. */
static void joined(struct baton_ha_corosync *c)
{
	struct baton_ha_agent *agent = c->agent;
	struct baton_ha_event ev = { .type = BATON_HA_EV_CLUSTER_UP };

	read_map(c, &ev.cluster);
	c->joined = true;
	c->peer = ev.cluster.peer;
	c->backoff_ms = 0;
	baton_ha_report(agent, LOG_NOTICE, "cluster_up", "node %u, peer %u, token %u, consensus %u%s",
			c->nodeid, c->peer, ev.cluster.token_ms, ev.cluster.consensus_ms,
			ev.cluster.two_node ? ", two_node" : "");
	baton_ha_feed(agent, &ev);
	if (agent->ha.lease_ms < agent->config.ha.lease_ms)
		baton_ha_report(agent, LOG_WARNING, "lease",
				"%u ms is too long for token %u and consensus %u: using %u ms",
				agent->config.ha.lease_ms, ev.cluster.token_ms,
				ev.cluster.consensus_ms, agent->ha.lease_ms);
	if (c->ring.type == BATON_HA_EV_RING)
		baton_ha_feed(agent, &c->ring);
	if (c->verdict.type == BATON_HA_EV_VERDICT)
		baton_ha_feed(agent, &c->verdict);
}

static const struct cpg_address *find(struct baton_ha_corosync *c, bool self,
				      const struct cpg_address *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (self ? list[i].nodeid == c->nodeid && list[i].pid == (uint32_t)getpid() :
			   is_peer(c, list[i].nodeid))
			return &list[i];
	return NULL;
}

void baton_ha_on_group(cpg_handle_t handle, const struct cpg_name *name,
		     const struct cpg_address *members, size_t count,
		     const struct cpg_address *left, size_t left_count,
		     const struct cpg_address *arrived, size_t arrived_count)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_GROUP };
	const struct cpg_address *gone;
	struct baton_ha_corosync *c;

	(void)name;
	(void)arrived;
	(void)arrived_count;
	if (cpg_context_get(handle, (void **)&c) != CS_OK)
		return;
	if (!c->joined && find(c, true, members, count))
		joined(c);
	if (!c->joined)
		return;
	gone = find(c, false, left, left_count);
	if (gone) {
		if (c->agent->ha.peer.heard)
			baton_ha_report_past(c->agent, LOG_INFO,
					     baton_ha_now() - c->agent->ha.peer.heard_at,
					     "last_heard", "the last word of the peer's agent");
		baton_ha_report(c->agent, LOG_NOTICE, "peer_agent", "left: %s",
				gone->reason == CPG_REASON_PROCDOWN ? "its process died" :
				gone->reason == CPG_REASON_NODEDOWN ? "its node is down" :
				gone->reason == CPG_REASON_LEAVE ? "it was stopped" : "unknown");
		ev.view.died = gone->reason == CPG_REASON_PROCDOWN;
		baton_ha_feed(c->agent, &ev);
		ev.view.died = false;
	}
	ev.view.peer = find(c, false, members, count);
	ev.view.peer_nodeid = c->peer;
	if (ev.view.peer && !c->agent->ha.peer.in_group)
		baton_ha_report(c->agent, LOG_INFO, "peer_agent", "joined");
	baton_ha_feed(c->agent, &ev);
}

void baton_ha_on_message(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid,
		       uint32_t pid, void *data, size_t size)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_MESSAGE };
	struct baton_ha_corosync *c;
	int error;

	(void)name;
	if (cpg_context_get(handle, (void **)&c) != CS_OK || !c->joined)
		return;
	if (nodeid == c->nodeid ? pid != (uint32_t)getpid() : !is_peer(c, nodeid))
		return;
	if (baton_ha_record_is(data, size)) {
		if (nodeid == c->nodeid)
			return;
		/* each takes what it knows */
		baton_ha_recorder_hear(c->agent->recorder, data, size);
		baton_ha_enquirer_hear(c->agent->enquirer, data, size);
		return;
	}
	error = baton_ha_message_decode(data, size, &ev.from.message);
	if (!error && ev.from.message.type == BATON_HA_MSG_OFFER &&
	    size < BATON_HA_MESSAGE_SIZE + BATON_HA_BEAT_KEY)
		error = -EPROTO;
	if (error) {
		baton_ha_report(c->agent, LOG_WARNING, "message", "from node %u: %s", nodeid,
				error == -EPROTONOSUPPORT ? "of a newer version" : "malformed");
		return;
	}
	ev.from.self = nodeid == c->nodeid;
	if (ev.from.message.type == BATON_HA_MSG_OFFER && !ev.from.self)
		baton_ha_pulse_learn(c->agent->pulse, (uint8_t *)data + BATON_HA_MESSAGE_SIZE);
	baton_ha_feed(c->agent, &ev);
}
