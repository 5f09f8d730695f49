// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool world_verbose;

void say(const struct world *w, int node, const char *fmt, ...)
{
	va_list ap;

	if (!world_verbose)
		return;
	printf("%8llu ms  ", (unsigned long long)w->now);
	if (node >= 0)
		printf("node %d  ", node + 1);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

bool gate_is_open(const struct world *w, const struct gate *g)
{
	return g->active && (!g->lease_ms || w->now < g->until);
}

bool node_runs(const struct world *w, int i)
{
	return w->node[i].on && w->now >= w->node[i].paused_until;
}

bool path_open(const struct world *w, int from, enum path path)
{
	return !(w->lost[from] & path) && node_runs(w, 0) && node_runs(w, 1);
}

bool world_cut(const struct world *w)
{
	return (w->lost[0] | w->lost[1]) & PATH_PEER;
}

bool world_parted(const struct world *w)
{
	return (w->lost[0] & w->lost[1] & PATH_PEER) == PATH_PEER;
}

bool nodes_hear(const struct world *w)
{
	return path_open(w, 0, PATH_RING) && path_open(w, 1, PATH_RING) && w->node[0].corosync.alive &&
	       w->node[1].corosync.alive;
}

bool agent_runs(const struct world *w, int i)
{
	return node_runs(w, i) && w->node[i].agent && w->now >= w->node[i].stalled_until;
}

uint64_t node_now(const struct world *w, int i)
{
	return w->now - w->node[i].behind;
}

static bool is_hello(const struct baton_ha_event *e)
{
	return e->type == BATON_HA_EV_MESSAGE && e->from.message.type == BATON_HA_MSG_HELLO;
}

/* A greeting like one that lies there unread, with nothing but greetings in between, is the same one. */
static bool is_repeated(struct node *n, const struct baton_ha_event *event)
{
	struct baton_ha_message a = event->from.message, b;

	for (unsigned int k = n->queued; k-- && is_hello(&n->queue[k].event);) {
		if (n->queue[k].event.from.self != event->from.self)
			continue;
		b = n->queue[k].event.from.message;
		a.value = b.value;
		if (memcmp(&a, &b, sizeof(a)))
			return false;
		n->queue[k].event = *event;
		return true;
	}
	return false;
}

void node_push(struct world *w, int i, uint64_t due, const struct baton_ha_event *event)
{
	struct node *n = &w->node[i];

	if (is_hello(event) && is_repeated(n, event))
		return;
	if (n->queued == QUEUE_MAX) {
		w->broken = "the model's queue is too short";
		return;
	}
	n->queue[n->queued++] = (struct entry){ due, w->order++, *event };
}

void world_boot(struct world *w, const struct life *life)
{
	memset(w, 0, sizeof(*w));
	w->fenced = life->fenced;
	w->heirs = life->heirs;
	w->unasked = life->unasked;
	w->now = 10000;
	w->flap_at = NEVER;
	w->last_opened = NODES;
	witness_boot(w, life->witness);
	w->healed_at = w->now;
	w->first_active = NODES;
	node_power_on(w, 0);
	node_power_on(w, 1);
}

/* --- time --- */

static void sooner(uint64_t *when, uint64_t now, uint64_t candidate)
{
	if (candidate > now && candidate < *when)
		*when = candidate;
}

static uint64_t next_due(const struct world *w)
{
	uint64_t when = w->now + 1000;

	sooner(&when, w->now, cluster_deadline(w));
	sooner(&when, w->now, witness_deadline(w));
	sooner(&when, w->now, w->flap_at);
	for (int i = 0; i < NODES; i++) {
		const struct node *n = &w->node[i];
		uint64_t d;

		if (!n->on)
			continue;
		sooner(&when, w->now, n->paused_until);
		if (!node_runs(w, i))
			continue;
		sooner(&when, w->now, n->stalled_until);
		sooner(&when, w->now, n->start_at);
		sooner(&when, w->now, n->prove_at);
		if (n->stray_since)
			sooner(&when, w->now, n->stray_since + STRAY_MS + 1);
		for (unsigned int k = 0; k < n->queued; k++)
			sooner(&when, w->now, n->queue[k].due);
		if (!agent_runs(w, i))
			continue;
		d = baton_ha_deadline(&n->ha, node_now(w, i));
		if (d != NEVER)
			sooner(&when, w->now, d + n->behind);
	}
	return when;
}

static bool verdict_unread(const struct node *n)
{
	for (unsigned int k = 0; k < n->queued; k++)
		if (n->queue[k].event.type == BATON_HA_EV_VERDICT)
			return true;
	return false;
}

static void resume(struct world *w, uint64_t was)
{
	for (int i = 0; i < NODES; i++) {
		struct node *n = &w->node[i];

		if (n->on && was < n->paused_until && w->now >= n->paused_until) {
			say(w, i, "the machine goes on");
			n->corosync.token = true;
			if (n->clock_stopped || (!w->witness && (n->corosync.lost_at != NEVER || verdict_unread(n))))
				w->woke_at = w->now;
			world_heals(w, w->now);
		}
	}
}

static bool has_mail(const struct world *w, int i)
{
	const struct node *n = &w->node[i];

	for (unsigned int k = 0; k < n->queued; k++)
		if (n->queue[k].due <= w->now)
			return true;
	return false;
}

static void pass_time(struct world *w)
{
	uint64_t was = w->now;

	w->now = next_due(w);
	resume(w, was);
	for (int i = 0; i < NODES; i++) {
		struct node *n = &w->node[i];

		if (!node_runs(w, i))
			continue;
		if (w->now >= n->corosync.start_at)
			cluster_start(w, i);
		if (w->now >= n->start_at)
			agent_start(w, i);
		if (n->agent && !n->connected && n->corosync.alive)
			cluster_connect(w, i);
	}
	if (w->now >= w->flap_at)
		world_flap(w);
	cluster_run(w);
	witness_run(w);
	for (int i = 0; i < NODES; i++)
		node_ask_syncd(w, i);
	/* What has arrived is read before time counts: an agent with mail gets no tick now. */
	for (int i = 0; i < NODES; i++)
		if (agent_runs(w, i) && !has_mail(w, i))
			node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_TICK });
}

/* The entry that arrived first among those that may be read, or NULL. */
static struct entry *next_entry(struct world *w, int *node)
{
	struct entry *first = NULL;

	for (int i = 0; i < NODES; i++) {
		struct node *n = &w->node[i];

		for (unsigned int k = 0; k < n->queued && agent_runs(w, i); k++) {
			if (n->queue[k].due > w->now)
				continue;
			if (!first || n->queue[k].order < first->order) {
				first = &n->queue[k];
				*node = i;
			}
			break;
		}
	}
	return first;
}

/* The group delivers once, and what comes past it may come twice. */
static bool again(const struct baton_ha_event *e)
{
	return e->type == BATON_HA_EV_GIVEN || (e->type == BATON_HA_EV_BEAT && e->beat.last);
}

static bool deliver_one(struct world *w, bool *dull)
{
	struct entry *e, copy;
	struct node *n;
	int i = 0;

	e = next_entry(w, &i);
	if (!e)
		return false;
	n = &w->node[i];
	copy = *e;
	n->queued--;
	memmove(e, e + 1, (n->queue + n->queued - e) * sizeof(*e));
	if (n->twice && !is_hello(&copy.event) && again(&copy.event)) {
		n->twice = false;
		node_push(w, i, w->now + AGAIN_MS, &copy.event);
	}
	*dull = copy.event.type == BATON_HA_EV_BEAT ||
		(copy.event.type == BATON_HA_EV_MESSAGE &&
		 copy.event.from.message.type == BATON_HA_MSG_HELLO);
	if (copy.event.type == BATON_HA_EV_MESSAGE && !copy.event.from.self &&
	    copy.event.from.message.type == BATON_HA_MSG_READY)
		n->promised = copy.event.from.message.ref;
	/* Who knows of its last role tells it. */
	if ((copy.event.type == BATON_HA_EV_MESSAGE && !copy.event.from.self &&
	     copy.event.from.message.epoch_seen >= n->opened[0]) ||
	    (copy.event.type == BATON_HA_EV_SYNCD && copy.event.syncd.peer_epoch >= n->opened[0]))
		n->empty = false;
	if (copy.event.type == BATON_HA_EV_HEALTH)
		copy.event.health = node_health(n);	/* the monitor looks, it is not told */
	if (!*dull)
		say(w, i, "hears %s%s%s", baton_ha_event_name(copy.event.type),
		    copy.event.type == BATON_HA_EV_MESSAGE ? " " : "",
		    copy.event.type == BATON_HA_EV_MESSAGE ?
		    baton_ha_message_name(copy.event.from.message.type) : "");
	node_feed(w, i, &copy.event);
	return true;
}

void world_step(struct world *w)
{
	bool dull = true, any = false;

	/* Greetings come along with what follows them: faults between them show nothing new. */
	while (dull && deliver_one(w, &dull))
		any = true;
	if (!any)
		pass_time(w);
	for (int i = 0; i < NODES; i++)
		if (w->first_active == NODES && gate_is_open(w, &w->node[i].gate))
			w->first_active = i;
	check_now(w);
}
