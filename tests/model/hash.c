// SPDX-License-Identifier: GPL-2.0-or-later
/* What two worlds have to have in common to be the same one. */
#include "world.h"
#include <ha/decide_private.h>

#define AGE_MAX		5000

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
	h = mix(h, s->heir && s->probes ? moment(s->probed_at, now) << 3 | s->probes << 1 | s->owned : 0);
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
		   (uint64_t)ha->fenced << 36 | (uint64_t)p->member << 37);
	h = mix(h, (uint64_t)epoch(n, ha->epoch) << 32 | epoch(n, ha->epoch_seen));
	h = mix(h, (uint64_t)epoch(n, ha->epoch_stored) << 32 | epoch(n, ha->history));
	h = mix(h, ring(n, &ha->ring) << 32 | ring(n, &ha->verdict_ring));
	h = mix(h, p->state | o->phase << 8 | (uint64_t)epoch(n, p->epoch) << 16);
	h = mix(h, (uint64_t)epoch(n, p->history) << 32 | (p->lease_ms > 600 ? 600 : p->lease_ms));
	h = mix(h, (uint64_t)epoch(n, o->epoch) << 32 | epoch(n, o->refuse));
	h = mix(h, epoch(n, ha->syncd.peer_epoch));
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
	h = mix(h, deadline(baton_ha_lapsed_at(ha), now));
	h = mix(h, ha->cluster.two_node ? 0 : moment(ha->parted_at, now));
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
		   c->late << 22 | c->token << 23 | c->peer_agent << 24 | node->gate.active << 25 | node->gate.forced << 26);
	h = mix(h, node->fail_fence | node->deaf << 8 | node->twice << 9 | node->met << 10 | node->empty << 11 |
		   node->touched << 12 |
		   (node->owned && node->owned == (uint32_t)node->ha.succession.beat_at) << 13 | c->pending << 20 | c->vote << 21);
	h = mix(h, c->pending ? moment(c->asked_at, now) : 0);
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
				   e->event.syncd.peer_active << 2 | epoch(n, e->event.syncd.peer_epoch) << 3);
		else if (e->event.type == BATON_HA_EV_GIVEN)
			h = mix(h, epoch(n, e->event.epoch));
		else if (e->event.type == BATON_HA_EV_FLUSHED)
			h = mix(h, e->event.error);
		else if (e->event.type == BATON_HA_EV_BEAT)
			h = mix(h, (uint64_t)epoch(n, e->event.beat.epoch) << 34 |
				   (uint64_t)e->event.beat.last << 33 | (uint64_t)e->event.beat.lease_ms << 1 |
				   (e->event.beat.number == node->ha.succession.number));
		else if (e->event.type == BATON_HA_EV_OWNER)
			h = mix(h, e->event.probe == (uint32_t)node->ha.succession.beat_at);
		else if (e->event.type == BATON_HA_EV_FENCED)
			h = mix(h, e->event.fenced.error << 1 |
				   (e->event.fenced.number == node->ha.fence_number));
	}
	return h;
}

static bool only_links(const struct world *w)
{
	return !(w->faults & ~LINKS);
}

static uint64_t mix_witness(uint64_t h, const struct world *w)
{
	h = mix(h, w->witness_on);
	for (int i = 0; i < NODES; i++) {
		const struct session *s = &w->session[i];

		h = mix(h, s->there | s->granted << 1 | s->answer << 2);
		h = mix(h, deadline(s->answer_at, w->now));
		h = mix(h, deadline(w->node[i].corosync.device_at, w->now));
		h = mix(h, s->there || w->node[i].corosync.vote || w->node[i].corosync.pending ?
			   moment(s->silent_at, w->now) : 0);
	}
	return h;
}

uint64_t world_hash(const struct world *w, int faults_left)
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
	h = mix(h, w->lost[0] | w->lost[1] << 8 | w->was_cut << 16 | w->first_active << 17 |
		   w->flaps_fast << 19 | w->last_opened << 20 | (uint64_t)w->flaps << 24);
	h = mix(h, deadline(w->flap_at, w->now));
	h = mix(h, only_links(w) ? moment(w->moved_at, w->now) : 0);
	h = mix(h, w->lost[0] | w->lost[1] ? moment(w->opened_at, w->now) : 0);
	if (w->witness)
		h = mix_witness(h, w);
	h = mix(h, w->was_cut || !w->node[0].corosync.joint || !w->node[1].corosync.joint ?
		   moment(w->healed_at, w->now) : 0);
	h = mix(h, w->woke_at ? moment(w->woke_at > w->healed_at ? w->woke_at : w->healed_at,
				       w->now) : 0);
	/* Which faults there were matters only to I12 and R2, which ask for one thing each. */
	h = mix(h, !!(w->faults & ~RESTARTS(w)) << 1 | !!w->faults |
		   (w->settled && w->fault_count == 1 &&
		    w->faults == BIT(FAULT_AGENT_RESTART)) << 2 |
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
