// SPDX-License-Identifier: GPL-2.0-or-later
/* What the events say about the world, and when time alone will say more. Nothing is decided here. */
#include "decide_private.h"

#define EVIDENCE_MIN_MS	1000

static void forget_peer(struct baton_ha *ha)
{
	ha->peer.in_ring = false;
	ha->peer.in_group = false;
	ha->peer.heard = false;
	ha->peer.orphan = false;
}

/* Whatever fencing under way comes to, it says nothing about what the peer does from now on. */
static void fence_anew(struct baton_ha *ha)
{
	ha->fenced = false;
	ha->fence_number++;
	ha->fence_at = 0;
}

static void cluster_up(struct baton_ha *ha, const struct baton_ha_cluster *c, uint64_t now)
{
	uint32_t detect = c->token_ms + c->consensus_ms;

	ha->cluster = *c;
	ha->connected = true;
	ha->connected_at = now;
	ha->fresh = true;
	ha->verdict_seen = false;
	ha->claimed = false;
	ha->self_at = 0;
	ha->ring = (struct baton_ha_ring){ 0 };
	ha->parted_at = 0;
	fence_anew(ha);
	forget_peer(ha);
	ha->peer.member = false;
	ha->peer.bounded = false;
	if (c->peer && c->peer != ha->peer.nodeid) {
		ha->peer = (struct baton_ha_peer){ .nodeid = c->peer };
	}

	/*
	 * An active that loses sight of the cluster must have stopped before corosync lets
	 * anybody take over: the lease has to be the shorter of the two.
	 */
	ha->lease_ms = ha->lease_cfg_ms;
	if (detect && ha->lease_ms > detect * 2 / 3)
		ha->lease_ms = detect * 2 / 3;
	ha->evidence_ms = 2 * detect + 160;
	if (ha->evidence_ms < EVIDENCE_MIN_MS)
		ha->evidence_ms = EVIDENCE_MIN_MS;
}

static void cluster_down(struct baton_ha *ha)
{
	ha->connected = false;
	ha->verdict_seen = false;
	ha->claimed = false;
	ha->ring = (struct baton_ha_ring){ 0 };
	forget_peer(ha);
	ha->peer.member = false;
}

static void group(struct baton_ha *ha, bool member, bool died, uint64_t now)
{
	if (member && !ha->peer.in_group) {
		ha->peer.heard = false;
		ha->peer.orphan = false;
		ha->peer.rejoined = true;
		ha->claimed = false;
	} else if (!member && ha->peer.in_group) {
		ha->peer.left_at = now;
		ha->peer.died = died;
		/* What was said in an earlier ring may have been overtaken. */
		ha->peer.orphan = (ha->peer.heard || MUTANT(2)) && baton_ha_peer_busy(ha) &&
				  ha->peer.lease_ms;
		ha->peer.heard = false;
	}
	ha->peer.in_group = member;
	ha->peer.member = member;
}

static void ring(struct baton_ha *ha, const struct baton_ha_event *ev, uint64_t now)
{
	if (ev->view.peer && ev->view.peer_nodeid)
		ha->peer.nodeid = ev->view.peer_nodeid;
	if (!baton_ha_ring_equal(&ha->ring, &ev->view.ring)) {
		ha->peer.heard = false;
		ha->claimed = false;
		/* It may have been alone in between, without a limit to its lease. */
		ha->peer.orphan = false;
		if (ev->view.peer)
			ha->peer.bounded = false;
	}
	if (ev->view.peer)
		fence_anew(ha);
	else if (!ha->parted_at || ha->peer.in_ring)
		ha->parted_at = now;
	ha->ring = ev->view.ring;
	ha->peer.in_ring = ev->view.peer;
	/*
	 * Who joins while the ring changes hears of the group as it will be, then of the ring as it was; of the
	 * group nothing more is said when the ring follows.
	 */
	if (!ev->view.peer)
		forget_peer(ha);	/* but not what was promised about a restart */
	else if (ha->peer.member && !MUTANT(46))
		group(ha, true, false, now);
}

static void from_peer(struct baton_ha *ha, const struct baton_ha_message *m, uint64_t now)
{
	struct baton_ha_peer *peer = &ha->peer;

	if (!baton_ha_ring_equal(&m->ring, &ha->ring) && m->type == BATON_HA_MSG_CLAIM)
		return;
	peer->heard = true;
	peer->heard_at = now;
	peer->warm = m->warm;
	peer->healthy = m->healthy;
	peer->failing = m->failing;
	peer->state = m->state;
	peer->epoch = m->epoch;
	peer->history = m->history;
	peer->lease_ms = m->lease_ms;
	peer->bounded = baton_ha_peer_busy(ha) && m->lease_ms && ha->self_at >= ha->woke_at;
	/* In sight again: what we said after we had stood still came round before this. */
	if (ha->stalled_until && ha->self_at + BATON_HA_SETTLE_MS >= ha->stalled_until)
		ha->stalled_until = 0;
	if (m->epoch_seen > ha->epoch_seen && m->epoch_seen <= BATON_HA_EPOCH_MAX && !MUTANT(24))
		ha->epoch_seen = m->epoch_seen;
	if (m->epoch > ha->history)
		ha->history = 0;

	if (m->type == BATON_HA_MSG_CLAIM && !baton_ha_insists(ha, now)) {
		ha->claimed = false;
		peer->state = BATON_HA_PROMOTING;
		peer->bounded = ha->self_at >= ha->woke_at;
	}
	if (m->type == BATON_HA_MSG_BRIDGE) {
		peer->bridge_until = now + baton_ha_surely(m->value);
		peer->rejoined = false;
	} else if (peer->rejoined && m->lease_ms && m->lease_ms < BATON_HA_BRIDGE_MS / 2) {
		peer->bridge_until = 0;		/* back, and on its usual lease again */
	}
}

static void message(struct baton_ha *ha, const struct baton_ha_event *ev, uint64_t now)
{
	const struct baton_ha_message *m = &ev->from.message;

	if (!ev->from.self)
		from_peer(ha, m, now);
	else if (m->type == BATON_HA_MSG_HELLO)
		ha->self_at = now - (uint32_t)((uint32_t)now - m->value);
}

static void syncd(struct baton_ha *ha, const struct baton_ha_syncd *s)
{
	/*
	 * With the active gone nobody can prove anything any more; what counts is what was
	 * proven last.
	 */
	if (!s->connected)
		ha->warm = false;
	else if (s->peer_present || s->warm)
		ha->warm = s->warm;
	ha->syncd = *s;
	if (s->peer_epoch > ha->epoch_seen && s->peer_epoch <= BATON_HA_EPOCH_MAX && !MUTANT(24))
		ha->epoch_seen = s->peer_epoch;
}

/*
 * We did not run for longer than a lease. What lies unread may be as old as that, until a message of our
 * own that is sent from now on has come round.
 */
static void notice_stall(struct baton_ha *ha, uint64_t now)
{
	if (ha->ran_at && now - ha->ran_at > ha->lease_cfg_ms)
		ha->unread = true;
	if (ha->ran_at && now - ha->ran_at > 2 * ha->lease_cfg_ms + BATON_HA_MARGIN_MS) {
		ha->woke_at = now;
		ha->peer.bounded = false;
	}
	/* Corosync may have stood still as well, and not have found the peer again yet. */
	if (ha->ran_at && now - ha->ran_at > EVIDENCE_MIN_MS)
		ha->stalled_until = now + BATON_HA_SETTLE_MS;
	ha->ran_at = now;
}

void baton_ha_absorb(struct baton_ha *ha, const struct baton_ha_event *ev, uint64_t now)
{
	baton_ha_succession_view(ha, ev, now);
	notice_stall(ha, now);
	switch (ev->type) {
	case BATON_HA_EV_CLUSTER_UP:
		cluster_up(ha, &ev->cluster, now);
		break;
	case BATON_HA_EV_CLUSTER_DOWN:
		cluster_down(ha);
		break;
	case BATON_HA_EV_RING:
		ring(ha, ev, now);
		break;
	case BATON_HA_EV_GROUP:
		group(ha, ev->view.peer, ev->view.died, now);
		break;
	case BATON_HA_EV_VERDICT:
		/* One that was overtaken by that of a later ring says nothing any more. */
		if (ha->verdict_seen && ev->view.ring.seq < ha->verdict_ring.seq)
			break;
		if (ev->view.quorate && !ev->view.peer &&
		    !(ha->verdict_seen && ha->quorate && !ha->verdict_peer))
			ha->granted_at = now;
		ha->verdict_seen = true;
		ha->verdict_ring = ev->view.ring;
		ha->verdict_peer = ev->view.peer;
		ha->quorate = ev->view.quorate;
		if (ha->quorate)
			ha->fresh = false;
		break;
	case BATON_HA_EV_MESSAGE:
		message(ha, ev, now);
		break;
	case BATON_HA_EV_SYNCD:
		syncd(ha, &ev->syncd);
		break;
	case BATON_HA_EV_GATE:
		if (ev->gate.epoch > ha->epoch_seen)
			ha->epoch_seen = ev->gate.epoch;
		break;
	case BATON_HA_EV_HEALTH:
		ha->health = ev->health;
		break;
	case BATON_HA_EV_TICK:
		ha->unread = false;	/* ticks come last */
		break;
	case BATON_HA_EV_FENCED:
		ha->fence_runs = false;
		if (ev->fenced.number != ha->fence_number)
			break;
		ha->fenced = !ev->fenced.error;
		ha->fence_at = now + BATON_HA_FENCE_MS;
		break;
	case BATON_HA_EV_START:
	case BATON_HA_EV_BEAT:
	case BATON_HA_EV_OWNER:
	case BATON_HA_EV_FLUSHED:
	case BATON_HA_EV_GIVEN:
	case BATON_HA_EV_COMMAND:
	case BATON_HA_EV_CONFIRM:
	case BATON_HA_EV_FAILED:
	case BATON_HA_EV_STOP:
		break;
	}
}

static void earlier(uint64_t *ret, uint64_t now, uint64_t when)
{
	if (when > now && when < *ret)
		*ret = when;
}

uint64_t baton_ha_deadline(const struct baton_ha *ha, uint64_t now)
{
	uint64_t ret = UINT64_MAX;

	if (ha->connected)
		earlier(&ret, now, ha->said_at + ha->lease_ms / 3);
	if (baton_ha_holds(ha) && ha->lease_end) {
		earlier(&ret, now, ha->renew_at);
		earlier(&ret, now, ha->lease_end);
	}
	if (baton_ha_waiting(ha)) {
		earlier(&ret, now, ha->elect_at);
		earlier(&ret, now, ha->holddown_until);
		earlier(&ret, now, ha->connected_at + BATON_HA_SETTLE_MS);
		earlier(&ret, now, ha->stalled_until);
		earlier(&ret, now, ha->peer.bridge_until);
		earlier(&ret, now, ha->fence_at);
		earlier(&ret, now, baton_ha_lapsed_at(ha));
		if (ha->peer.orphan)
			earlier(&ret, now, baton_ha_agent_given_up(ha));
		if (ha->peer.in_group && ha->peer.bounded)
			earlier(&ret, now, baton_ha_hangs_at(ha));
		if (ha->claimed)
			earlier(&ret, now, ha->claimed_at + BATON_HA_CLAIM_MS);
	}
	if (ha->state == BATON_HA_HANDOVER_OUT || ha->state == BATON_HA_HANDOVER_IN) {
		earlier(&ret, now, ha->handover.deadline);
		earlier(&ret, now, ha->handover.flush_until);
		earlier(&ret, now, ha->peer.left_at + baton_ha_surely(ha->lease_ms) +
				   BATON_HA_MARGIN_MS);
		earlier(&ret, now, baton_ha_lapsed_at(ha));
	}
	if (ha->state == BATON_HA_DEMOTING || ha->vips_failed ||
	    (ha->state == BATON_HA_ACTIVE && !ha->health.vips_all))
		earlier(&ret, now, ha->retry_at);
	earlier(&ret, now, ha->fetch_until);
	if (!baton_ha_holds(ha) && !ha->health.vips_armed)
		earlier(&ret, now, ha->arm_at);
	earlier(&ret, now, baton_ha_succession_deadline(ha, now));
	if (ha->stopping)
		earlier(&ret, now, ha->stop_at);
	return ret;
}
