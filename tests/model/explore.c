// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every way in which up to N faults can fall into the life of a pair: at each step every fault that is
 * possible is tried, on either node, and everything goes on from there. Worlds that differ in nothing
 * that can matter are explored once.
 *
 *	explore [--faults N] [--settled | --unsettled] [--fenced] [--heirs MS] [--mutation M] [--budget SECONDS]
 *
 * The life begins when both are switched on; with --settled, when one is active and one warm. The budget
 * is CPU time.
 *
 * Exit status: 0 every invariant held, 1 one did not (its story is printed), 3 the time was not enough.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "world.h"

#define PATH_MAX_STEPS	4000
#define AGE_MAX		5000
#define SETTLE_STEPS	100
#define ROUNDS_MAX	2048

extern int baton_ha_mutation;
int baton_ha_mutation;

/* --- the set of worlds that were seen --- */

static uint64_t *seen;
static size_t seen_size, seen_count;

static bool seen_insert(uint64_t h)
{
	size_t at;

	if (!h)
		h = 1;
	if (seen_count * 4 >= seen_size * 3) {
		uint64_t *old = seen;
		size_t old_size = seen_size;

		seen_size = old_size ? old_size * 2 : 1 << 20;
		seen = calloc(seen_size, sizeof(*seen));
		if (!seen) {
			fputs("explore: out of memory\n", stderr);
			exit(2);
		}
		for (size_t i = 0; i < old_size; i++) {
			if (!old[i])
				continue;
			for (at = old[i] & (seen_size - 1); seen[at]; at = (at + 1) & (seen_size - 1))
				;
			seen[at] = old[i];
		}
		free(old);
	}
	for (at = h & (seen_size - 1); seen[at]; at = (at + 1) & (seen_size - 1))
		if (seen[at] == h)
			return false;
	seen[at] = h;
	seen_count++;
	return true;
}

/* --- what two worlds have to have in common to be the same --- */

/* A weak one made different worlds look the same here, and hid what follows from one of them. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdull;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ull;
	return h ^ (h >> 33);
}

/* A moment, as a distance: ages beyond any timer are all the same. */
static uint64_t moment(uint64_t t, uint64_t now)
{
	if (!t || t == NEVER)
		return t;
	if (t > now)
		return (t - now) << 1;
	return (now - t > AGE_MAX ? AGE_MAX : now - t) << 1 | 1;
}

/* A deadline that has passed is a deadline that has passed. */
static uint64_t deadline(uint64_t t, uint64_t now)
{
	return t == NEVER ? t : t > now ? t - now : 0;
}

struct names {
	uint32_t epoch_base;
	uint32_t ring_base;
};

/* Epochs and rings matter by order and parity: count them from where this world is. */
static uint32_t epoch(const struct names *n, uint32_t e)
{
	return !e ? 0 : e < n->epoch_base ? 1 + (e & 1) : e - n->epoch_base + 4;
}

static uint64_t ring(const struct names *n, const struct baton_ha_ring *r)
{
	return !r->seq ? 0 : r->seq < n->ring_base ? 1 : r->seq - n->ring_base + 2;
}

static uint64_t mix_message(uint64_t h, const struct names *n, const struct baton_ha_message *m,
			    uint64_t local)
{
	h = mix(h, m->type | m->state << 8 | m->warm << 16 | m->healthy << 17 | m->heir << 18);
	h = mix(h, (uint64_t)epoch(n, m->epoch) << 32 | epoch(n, m->epoch_seen));
	h = mix(h, (uint64_t)epoch(n, m->history) << 32 |
		   (m->type == BATON_HA_MSG_OFFER ? m->ref : epoch(n, m->ref)));
	h = mix(h, m->lease_ms > 600 ? 600 : m->lease_ms);
	if (m->type == BATON_HA_MSG_HELLO || m->type == BATON_HA_MSG_CLAIM ||
	    m->type == BATON_HA_MSG_GRANT || m->type == BATON_HA_MSG_OFFER ||
	    m->type == BATON_HA_MSG_ACCEPT)
		h = mix(h, (uint32_t)((uint32_t)local - m->value) > AGE_MAX ? AGE_MAX :
			   (uint32_t)((uint32_t)local - m->value));
	else
		h = mix(h, m->value);
	return mix(h, ring(n, &m->ring));
}

static uint32_t age(uint32_t number, uint64_t now)
{
	uint32_t ms = (uint32_t)now - number;

	return ms > AGE_MAX ? AGE_MAX : ms;
}

static uint64_t mix_succession(uint64_t h, const struct names *n, const struct baton_ha *ha,
			       uint64_t now)
{
	const struct baton_ha_succession *s = &ha->succession;

	if (!s->ms)
		return h;
	h = mix(h, s->agreed | s->heir << 1 | s->beating << 2 | s->over << 3 | (uint64_t)epoch(n, s->epoch) << 8);
	h = mix(h, age(s->number, now));
	h = mix(h, moment(s->offered_at, now));
	h = mix(h, deadline(s->offer_after, now));
	h = mix(h, baton_ha_holds(ha) ? deadline(s->beat_at, now) : s->heir ? moment(s->beat_at, now) : 0);
	return mix(h, s->heir ? moment(s->asked_at, now) : 0);
}

static uint64_t mix_ha(uint64_t h, const struct names *n, const struct baton_ha *ha, uint64_t now)
{
	const struct baton_ha_peer *p = &ha->peer;
	const struct baton_ha_handover *o = &ha->handover;

	h = mix(h, ha->state | ha->next_reason << 8 | (uint64_t)ha->reason << 16);
	h = mix(h, ha->connected | ha->fresh << 1 | ha->verdict_seen << 2 | ha->quorate << 3 |
		   ha->verdict_peer << 4 | ha->alone << 5 | ha->held << 6 | ha->claimed << 7 |
		   ha->claim_first << 8 | ha->cold << 9 | ha->warm << 10 | ha->override << 11 |
		   ha->stopping << 12 | ha->shutdown << 13 | ha->vips_failed << 14 |
		   ha->answer_due << 15 | p->in_ring << 16 | p->in_group << 17 | p->heard << 18 |
		   p->rejoined << 19 | p->orphan << 20 | p->warm << 21 | p->healthy << 22 |
		   ha->syncd.connected << 23 | ha->syncd.peer_present << 24 |
		   ha->syncd.peer_active << 25 | ha->health.carrier << 26 | o->flushed << 27 |
		   o->force << 28 | o->operator << 29 | p->bounded << 30 | (uint64_t)ha->unread << 31 |
		   (uint64_t)p->died << 32 | (uint64_t)ha->health.vips_all << 33 |
		   (uint64_t)ha->health.vips_armed << 34 | (uint64_t)ha->fence_runs << 35 |
		   (uint64_t)ha->fenced << 36);
	h = mix(h, (uint64_t)epoch(n, ha->epoch) << 32 | epoch(n, ha->epoch_seen));
	h = mix(h, (uint64_t)epoch(n, ha->epoch_stored) << 32 | epoch(n, ha->history));
	h = mix(h, ring(n, &ha->ring) << 32 | ring(n, &ha->verdict_ring));
	h = mix(h, p->state | o->phase << 8 | (uint64_t)epoch(n, p->epoch) << 16);
	h = mix(h, (uint64_t)epoch(n, p->history) << 32 | (p->lease_ms > 600 ? 600 : p->lease_ms));
	h = mix(h, (uint64_t)epoch(n, o->epoch) << 32 | epoch(n, o->refuse));
	h = mix(h, moment(p->orphan || o->phase ? p->left_at : 0, now));
	h = mix(h, p->bounded ? moment(p->heard_at, now) : 0);
	h = mix(h, deadline(p->bridge_until, now));
	h = mix(h, o->phase || ha->state == BATON_HA_HANDOVER_IN ? deadline(o->deadline, now) : 0);
	h = mix(h, o->phase ? moment(o->ready_at, now) : 0);
	h = mix(h, o->phase == BATON_HA_PHASE_BARRIER ? deadline(o->flush_until, now) : 0);
	h = mix(h, ha->connected && now - ha->connected_at < BATON_HA_SETTLE_MS ?
		   now - ha->connected_at : 0);
	h = mix(h, deadline(ha->since + BATON_HA_REST_MS, now));
	h = mix(h, moment(ha->self_at, now));
	h = mix(h, ha->self_at < ha->woke_at ? moment(ha->woke_at, now) : 0);
	h = mix(h, moment(ha->ran_at, now));
	h = mix(h, moment(ha->said_at, now));
	h = mix(h, baton_ha_holds(ha) ? deadline(ha->renew_at, now) : 0);
	h = mix(h, baton_ha_holds(ha) ? moment(ha->lease_end, now) : 0);
	h = mix(h, ha->claimed ? moment(ha->claimed_at, now) : 0);
	h = mix(h, ha->elect_at ? deadline(ha->elect_at, now) + 1 : 0);
	h = mix(h, deadline(ha->holddown_until, now));
	h = mix(h, deadline(ha->stalled_until, now));
	h = mix(h, ha->retry_at ? deadline(ha->retry_at, now) + 1 : 0);
	h = mix(h, deadline(ha->fence_at, now));
	h = mix(h, ha->health.vips_armed ? 0 : deadline(ha->arm_at, now));
	h = mix(h, ha->stopping ? deadline(ha->stop_at, now) : 0);
	h = mix(h, ha->fetch_until ? deadline(ha->fetch_until, now) + 1 : 0);
	h = mix_succession(h, n, ha, now);
	return mix_message(h, n, &ha->said, now);
}

static uint64_t mix_node(uint64_t h, const struct names *n, const struct node *node, uint64_t now)
{
	const struct corosync *c = &node->corosync;
	uint64_t local = now - node->behind;

	h = mix(h, node->on | node->agent << 1 | node->connected << 2 | node->gone << 3 |
		   node->vips << 4 | node->announcing << 5 | node->carrier << 6 |
		   node->proven << 7 | node->off_when_left << 8 | node->fail_open << 9 |
		   node->fail_vip << 11 | node->fail_lease << 13 | node->fail_flush << 15 |
		   node->die_opening << 17 | (uint64_t)node->clock_stopped << 26 | c->alive << 19 | c->waits << 20 | c->joint << 21 |
		   c->late << 22 | c->token << 23 | c->peer_agent << 24 | node->gate.active << 25);
	h = mix(h, node->fail_fence | node->deaf << 8);
	h = mix(h, epoch(n, node->promised));
	h = mix(h, node->will.last ? (uint64_t)epoch(n, node->will.epoch) << 32 | age(node->will.number, local) : 0);
	h = mix(h, deadline(node->start_at, now));
	h = mix(h, deadline(node->stalled_until, now));
	h = mix(h, deadline(node->paused_until, now));
	h = mix(h, deadline(node->prove_at, now));
	h = mix(h, moment(node->stray_since, now));
	h = mix(h, (uint64_t)epoch(n, node->stored) << 32 | epoch(n, node->gate.epoch));
	h = mix(h, node->gate.active && node->gate.lease_ms ?
		   deadline(node->gate.until, now) << 32 | node->gate.lease_ms : 0);
	h = mix(h, ring(n, &c->ring));
	h = mix(h, moment(c->lost_at, now));
	h = mix(h, deadline(c->start_at, now));
	for (unsigned int i = 0; i < c->held; i++)
		h = mix_message(h, n, &c->hold[i], local);
	if (node->agent)
		h = mix_ha(h, n, &node->ha, local);
	for (unsigned int i = 0; i < node->queued; i++) {
		const struct entry *e = &node->queue[i];

		h = mix(h, e->event.type);
		h = mix(h, deadline(e->due, now));
		if (e->event.type == BATON_HA_EV_MESSAGE)
			h = mix_message(mix(h, e->event.from.self), n, &e->event.from.message,
					local);
		else if (e->event.type == BATON_HA_EV_RING ||
			 e->event.type == BATON_HA_EV_GROUP ||
			 e->event.type == BATON_HA_EV_VERDICT)
			h = mix(h, ring(n, &e->event.view.ring) << 2 | e->event.view.peer << 1 |
				   e->event.view.quorate);
		else if (e->event.type == BATON_HA_EV_SYNCD)
			h = mix(h, e->event.syncd.warm | e->event.syncd.peer_present << 1 |
				   e->event.syncd.peer_active << 2);
		else if (e->event.type == BATON_HA_EV_GIVEN)
			h = mix(h, epoch(n, e->event.epoch));
		else if (e->event.type == BATON_HA_EV_FLUSHED)
			h = mix(h, e->event.error);
		else if (e->event.type == BATON_HA_EV_BEAT)
			h = mix(h, (uint64_t)epoch(n, e->event.beat.epoch) << 34 |
				   (uint64_t)e->event.beat.last << 33 | (uint64_t)e->event.beat.lease_ms << 1 |
				   (e->event.beat.number == node->ha.succession.number));
		else if (e->event.type == BATON_HA_EV_FENCED)
			h = mix(h, e->event.fenced.error << 1 |
				   (e->event.fenced.number == node->ha.fence_number));
	}
	return h;
}

static uint64_t world_hash(const struct world *w, int faults_left)
{
	struct names n = { 0, w->ring_seq > 60 ? w->ring_seq - 60 : 1 };
	uint32_t top = 0;
	uint64_t h = faults_left + 17;

	for (int i = 0; i < NODES; i++) {
		if (w->node[i].ha.epoch_seen > top)
			top = w->node[i].ha.epoch_seen;
		if (w->node[i].stored > top)
			top = w->node[i].stored;
	}
	n.epoch_base = top > 24 ? (top - 24) & ~1u : 1;
	h = mix(h, w->cut | w->was_cut << 1 | w->first_active << 2);
	h = mix(h, w->was_cut || !w->node[0].corosync.joint || !w->node[1].corosync.joint ?
		   moment(w->healed_at, w->now) : 0);
	h = mix(h, w->woke_at ? moment(w->woke_at > w->healed_at ? w->woke_at : w->healed_at,
				       w->now) : 0);
	/* Which faults there were matters only to I12 and R2, which ask for one thing each. */
	h = mix(h, !!(w->faults & ~RESTARTS(w)) << 1 | !!w->faults |
		   (w->settled && w->fault_count == 1 &&
		    w->faults == 1u << FAULT_AGENT_RESTART) << 2 |
		   !(w->faults & ~HANDOVERS) << 3);
	if (!(w->faults & ~HANDOVERS))
		h = mix(h, moment(w->waits_since, w->now));
	for (int i = 0; i < NODES; i++)
		h = mix_node(h, &n, &w->node[i], w->now);
	/* the order in which the two queues are read */
	for (int i = 0; i < NODES; i++)
		for (unsigned int k = 0; k < w->node[i].queued; k++) {
			unsigned int before = 0;

			for (unsigned int j = 0; j < w->node[1 - i].queued; j++)
				before += w->node[1 - i].queue[j].order < w->node[i].queue[k].order;
			h = mix(h, before);
		}
	return h;
}

/* --- the search --- */

struct choice {
	uint8_t fault;
	uint8_t node;
};

static struct choice path[PATH_MAX_STEPS];
static int path_length, deepest;
static uint64_t steps;
static clock_t end_at;
static bool settled, fenced;
static uint32_t heirs;
static struct world root;

static void tell_story(const struct world *last)
{
	struct world w;

	world_verbose = true;
	printf("\nThe story that breaks it:\n\n");
	world_boot(&w, fenced, heirs);
	for (int i = 0; i < path_length; i++) {
		if (settled && i == SETTLE_STEPS)
			w.settled = true;
		if (path[i].fault)
			world_fault(&w, path[i].fault, path[i].node);
		else
			world_step(&w);
		if (w.broken)
			break;
	}
	if (!w.broken)
		check_rest(&w);
	putchar('\n');
	for (int i = 0; i < NODES; i++)
		say(&w, i, "in the end: %s: %s; gate %s", baton_ha_state_name(w.node[i].ha.state),
		    baton_ha_reason_text(w.node[i].ha.reason),
		    gate_is_open(&w, &w.node[i].gate) ? "open" : "shut");
	printf("\n%s\n", w.broken ? w.broken : last->broken);
	world_verbose = false;
}

/* From @w without a fault until it repeats itself, branching on the way. 0, or what exit() is given. */
static int explore(struct world w, int faults_left)
{
	int mark = path_length, result = 0;
	uint64_t mine[ROUNDS_MAX];
	int rounds = 0;

	for (;;) {
		/* On a way that branches no more it is enough to look where nothing is under way. */
		bool look = faults_left || (!w.node[0].queued && !w.node[1].queued);
		uint64_t h = look ? world_hash(&w, faults_left) : 0;

		if (look && !seen_insert(h)) {
			/* Seen on this very way: from here on everything repeats. */
			for (int i = 0; i < rounds; i++)
				if (mine[i] == h)
					check_rest(&w);
			break;
		}
		if (rounds == ROUNDS_MAX) {
			w.broken = "L2: the pair does not come to rest";
			break;
		}
		if (look)
			mine[rounds++] = h;
		for (int f = 1; f < FAULTS && faults_left; f++) {
			for (int i = 0; i < NODES && !result; i++) {
				struct world next;

				if (!world_can(&w, f, i))
					continue;
				next = w;
				path[path_length++] = (struct choice){ f, i };
				world_fault(&next, f, i);
				if (next.broken) {
					tell_story(&next);
					return 1;
				}
				result = explore(next, faults_left - 1);
				if (result)
					return result;
				path_length--;
			}
		}
		if (!(++steps & 0xfff) && end_at && clock() > end_at)
			return 3;
		path[path_length++] = (struct choice){ FAULT_NONE, 0 };
		if (path_length > deepest)
			deepest = path_length;
		world_step(&w);
		if (w.broken)
			break;
	}
	if (w.broken) {
		tell_story(&w);
		return 1;
	}
	path_length = mark;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "faults", required_argument, NULL, 'f' },
		{ "settled", no_argument, NULL, 's' },
		{ "unsettled", no_argument, NULL, 'u' },
		{ "fenced", no_argument, NULL, 'e' },
		{ "heirs", required_argument, NULL, 'h' },
		{ "mutation", required_argument, NULL, 'm' },
		{ "budget", required_argument, NULL, 'b' },
		{ 0 },
	};
	int faults = 2, c, result;
	long budget = 0;
	clock_t began = clock();

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f': faults = atoi(optarg); break;
		case 's': settled = true; break;
		case 'u': settled = false; break;
		case 'e': fenced = true; break;
		case 'h': heirs = atoi(optarg); break;
		case 'm': baton_ha_mutation = atoi(optarg); break;
		case 'b': budget = atol(optarg); break;
		default: return 2;
		}
	}
	end_at = budget ? began + budget * CLOCKS_PER_SEC : 0;
	world_boot(&root, fenced, heirs);
	for (int i = 0; settled && i < SETTLE_STEPS; i++) {
		path[path_length++] = (struct choice){ FAULT_NONE, 0 };
		world_step(&root);
	}
	root.settled = settled;
	result = explore(root, faults);
	printf("%zu states, %llu steps, depth %d, up to %d faults, %.1f s%s\n", seen_count,
	       (unsigned long long)steps, deepest, faults,
	       (double)(clock() - began) / CLOCKS_PER_SEC,
	       result == 3 ? ": not finished" : result ? "" : ": every invariant held");
	return result;
}
