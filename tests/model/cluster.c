// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Corosync as far as an agent can tell: rings of one or two nodes, two_node quorum with wait_for_all or the
 * vote of a witness, and a group whose messages arrive in the same order on both nodes. What is sent while a ring is breaking
 * waits for the next one, but for a message of the node that had the token, which comes back to itself.
 */
#include <string.h>
#include "world.h"

static int other(int i)
{
	return 1 - i;
}

static bool in_group(const struct world *w, int i)
{
	return w->node[i].agent && w->node[i].connected;
}

static struct baton_ha_event view(enum baton_ha_event_type type, const struct corosync *c, int i,
				  bool peer)
{
	return (struct baton_ha_event){ .type = type,
		.view = { .ring = c->ring, .peer = peer, .peer_nodeid = other(i) + 1,
			  .quorate = !c->waits && (c->joint || c->vote) } };
}

void cluster_verdict(struct world *w, int i)
{
	struct corosync *c = &w->node[i].corosync;
	struct baton_ha_event ev = view(BATON_HA_EV_VERDICT, c, i, c->joint);

	if (in_group(w, i) && !c->pending)
		node_push(w, i, w->now + (c->late ? 300 : 0), &ev);
	c->late = false;
}

static void tell_view(struct world *w, int i, enum baton_ha_event_type type, bool peer)
{
	struct baton_ha_event ev = view(type, &w->node[i].corosync, i, peer);

	node_push(w, i, w->now, &ev);
}

/*
 * The agent is told in corosync's order: who left, ring, verdict. Who joined is told before or after the
 * ring; the second node has it before, and when it connects there is the ring as it was in between.
 */
static void tell(struct world *w, int i, bool connects)
{
	struct corosync *c = &w->node[i].corosync;
	bool peer_agent = c->joint && in_group(w, other(i)), joins = !c->peer_agent && peer_agent;
	bool before = i == 1;

	if (!in_group(w, i))
		return;
	if (c->peer_agent && !peer_agent)
		tell_view(w, i, BATON_HA_EV_GROUP, false);
	if (joins && before)
		tell_view(w, i, BATON_HA_EV_GROUP, true);
	if (joins && before && connects)
		tell_view(w, i, BATON_HA_EV_RING, false);
	tell_view(w, i, BATON_HA_EV_RING, c->joint);
	if (joins && !before)
		tell_view(w, i, BATON_HA_EV_GROUP, true);
	c->peer_agent = peer_agent;
	cluster_verdict(w, i);
}

static void deliver(struct world *w, int from, int to, const struct baton_ha_message *m)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_MESSAGE,
		.from = { .self = from == to, .message = *m } };

	if (in_group(w, to))
		node_push(w, to, w->now, &ev);
}

/* What was sent before the ring was whole, or before it had a verdict. */
void cluster_release(struct world *w, int i)
{
	struct corosync *c = &w->node[i].corosync;

	for (unsigned int n = 0; n < c->held; n++) {
		deliver(w, i, i, &c->hold[n]);
		if (c->joint)
			deliver(w, i, other(i), &c->hold[n]);
	}
	c->held = 0;
}

static void new_ring(struct world *w, bool first, bool second)
{
	bool member[NODES] = { first, second };

	w->ring_seq += 4;
	for (int i = 0; i < NODES; i++) {
		struct corosync *c = &w->node[i].corosync;

		if (!member[i])
			continue;
		c->ring = (struct baton_ha_ring){ first ? 1 : 2, w->ring_seq };
		c->joint = first && second;
		c->lost_at = NEVER;
		c->token = false;
		if (c->joint) {
			c->waits = false;
			w->node[0].met = true;
			w->node[1].met = true;
		}
		c->vote = !w->witness;
		c->pending = w->witness && !c->joint;
		if (c->pending)
			witness_ask(w, i);
		say(w, i, "corosync: ring %u, %s, %s", w->ring_seq,
		    c->joint ? "both nodes" : "alone",
		    c->pending ? "the witness is asked" : c->waits ? "not quorate" : "quorate");
	}
	for (int i = 0; i < NODES; i++)
		if (member[i])
			tell(w, i, false);
	for (int i = 0; i < NODES; i++)
		if (member[i] && !w->node[i].corosync.pending)
			cluster_release(w, i);
}

void cluster_send(struct world *w, int i, const struct baton_ha_message *m)
{
	struct corosync *c = &w->node[i].corosync;

	if (!c->alive)
		return;
	if (!c->joint && !c->pending) {
		deliver(w, i, i, m);
	} else if (c->lost_at == NEVER && nodes_hear(w) && w->node[other(i)].corosync.joint) {
		deliver(w, i, i, m);
		deliver(w, i, other(i), m);
	} else if (c->token) {
		c->token = false;
		deliver(w, i, i, m);
	} else if (c->held < HELD_MAX) {
		c->hold[c->held++] = *m;
	}
}

void cluster_connect(struct world *w, int i)
{
	struct node *n = &w->node[i];
	struct baton_ha_event up = { .type = BATON_HA_EV_CLUSTER_UP,
		.cluster = { .nodeid = i + 1, .peer = other(i) + 1, .token_ms = 300,
			     .consensus_ms = 120, .two_node = !w->witness } };
	struct corosync *pc = &w->node[other(i)].corosync;

	n->connected = true;
	n->corosync.peer_agent = false;
	node_push(w, i, w->now, &up);
	tell(w, i, true);
	if (n->corosync.joint && pc->joint && in_group(w, other(i)) && !pc->peer_agent) {
		struct baton_ha_event ev = view(BATON_HA_EV_GROUP, pc, other(i), true);

		pc->peer_agent = true;
		node_push(w, other(i), w->now, &ev);
	}
}

/* Its process is gone: where the ring is whole, the peer is told at once. */
void cluster_agent_gone(struct world *w, int i, bool died)
{
	struct corosync *pc = &w->node[other(i)].corosync;
	struct baton_ha_event ev;

	w->node[i].connected = false;
	w->node[i].corosync.held = 0;
	if (!w->node[i].corosync.alive || !w->node[i].corosync.joint || !pc->alive || !pc->joint ||
	    !pc->peer_agent || !nodes_hear(w))
		return;
	pc->peer_agent = false;
	ev = view(BATON_HA_EV_GROUP, pc, other(i), false);
	ev.view.died = died;
	if (in_group(w, other(i)))
		node_push(w, other(i), w->now, &ev);
}

void cluster_start(struct world *w, int i)
{
	struct corosync *c = &w->node[i].corosync;

	memset(c, 0, sizeof(*c));
	c->alive = true;
	c->waits = !w->witness;
	c->device_at = w->now + DEVICE_START_MS;
	c->lost_at = NEVER;
	c->start_at = NEVER;
	new_ring(w, i == 0, i == 1);
}

static bool of_group(enum baton_ha_event_type type)
{
	return type == BATON_HA_EV_CLUSTER_UP || type == BATON_HA_EV_RING || type == BATON_HA_EV_GROUP ||
	       type == BATON_HA_EV_VERDICT || type == BATON_HA_EV_MESSAGE;
}

/* What lies unread in a connection to corosync goes with it; what the kernel and the sync daemon said stays. */
static void forget_group(struct node *n)
{
	unsigned int kept = 0;

	for (unsigned int k = 0; k < n->queued; k++)
		if (!of_group(n->queue[k].event.type))
			n->queue[kept++] = n->queue[k];
	n->queued = kept;
}

void cluster_stop(struct world *w, int i)
{
	struct node *n = &w->node[i];

	n->corosync.alive = false;
	n->corosync.held = 0;
	if (n->agent && n->connected) {
		struct baton_ha_event down = { .type = BATON_HA_EV_CLUSTER_DOWN };

		forget_group(n);
		node_push(w, i, w->now, &down);
	}
	n->connected = false;
}

/* Both nodes notice at once, and only whether the other is heard counts. */
void cluster_run(struct world *w)
{
	bool hear = nodes_hear(w);
	struct corosync *a = &w->node[0].corosync, *b = &w->node[1].corosync;

	for (int i = 0; i < NODES; i++) {
		struct corosync *c = &w->node[i].corosync;
		bool whole = hear && w->node[other(i)].corosync.joint &&
			     w->node[other(i)].corosync.ring.seq == c->ring.seq;

		if (!c->alive || !node_runs(w, i))
			continue;
		if (c->joint && whole) {
			c->lost_at = NEVER;
		} else if (c->joint && c->lost_at == NEVER) {
			c->lost_at = w->now;
		} else if (c->joint && w->now >= c->lost_at + DETECT_MS) {
			new_ring(w, i == 0, i == 1);
		}
	}
	if (hear && (!a->joint || !b->joint) && w->now >= w->healed_at + MERGE_MS)
		new_ring(w, true, true);
}

uint64_t cluster_deadline(const struct world *w)
{
	bool hear = nodes_hear(w);
	uint64_t when = NEVER;

	for (int i = 0; i < NODES; i++) {
		const struct corosync *c = &w->node[i].corosync;

		if (c->start_at < when && w->node[i].on)
			when = c->start_at;
		if (c->alive && node_runs(w, i) && c->joint && c->lost_at != NEVER &&
		    c->lost_at + DETECT_MS < when)
			when = c->lost_at + DETECT_MS;
	}
	if (hear && (!w->node[0].corosync.joint || !w->node[1].corosync.joint) &&
	    w->healed_at + MERGE_MS < when)
		when = w->healed_at + MERGE_MS;
	return when;
}
