// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of each state. This is the only place that elects.
 *
 * Who may open a gate:
 *  - a verdict of the present ring says that the peer is not there (and where there is a fencing hook,
 *    that has seen to it); or
 *  - the peer released the role to us (handover.c); or
 *  - both are there, nobody is active, our claim came through the group before any of the peer's (the
 *    group delivers in one order everywhere, so both nodes see the same winner), and the peer granted
 *    it: a node that woke up in a ring that is gone hears no such word; or
 *  - the peer's agent died under a limited lease and stayed away until that is surely over, or it hangs, and
 *    has for so long that its lease is; or
 *  - the peer has fallen silent on every path, and it was agreed that we go on then (succession.c); or
 *  - an operator says so.
 * Every opening has an epoch of its own. The two nodes mint from disjoint sets (by rank), so not even
 * two that cannot talk make the same one.
 */
#include "decide_private.h"

/*
 * Not fit any more: is the peer, and warm? An interface without carrier serves nobody, so there a peer that fails a
 * check is better. Where both fail one nobody moves, and who has just got the role keeps it for a while: a fault that
 * goes to and fro moves the role seldom.
 */
static bool leave(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	bool check = ha->health.check_fails && !ha->peer.failing &&
		     now >= ha->since + BATON_HA_KEEP_MS;

	if ((ha->health.carrier && !check) || now < ha->holddown_until || !ha->peer.warm ||
	    baton_ha_handover_obstacle(ha, false))
		return false;
	baton_ha_handover_unfit(ha, out, ha->health.carrier ? BATON_HA_WHY_CHECK : BATON_HA_WHY_CARRIER,
				now);
	return true;
}

/*
 * The peer stands by, but its kernel has a higher epoch than ours: it was active, or somebody opened its gate, when we
 * heard nothing of it. It follows nobody with a lower one. So the role is given up, and both elect anew, where the node with the
 * living table goes first, with an epoch above all that is known. Not, if that could not be.
 */
static bool outranked(const struct baton_ha *ha, uint64_t now)
{
	return !MUTANT(48) && ha->syncd.connected && ha->syncd.peer_present && !ha->syncd.peer_active &&
	       ha->syncd.peer_epoch > ha->epoch && ha->peer.in_group && ha->peer.heard &&
	       !baton_ha_peer_busy(ha) && baton_ha_unfit(ha) == BATON_HA_REASONS &&
	       now >= ha->holddown_until && baton_ha_mint(ha);
}

static void rule_active(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (!baton_ha_keep(ha, out, now))
		return;
	if (ha->stopping) {
		baton_ha_rule_stopping(ha, out, now);
	} else if (outranked(ha, now)) {
		baton_ha_demote(ha, out, BATON_HA_WHY_OUTRANKED, now);
	} else if (!leave(ha, out, now) && (ha->vips_failed || !ha->health.vips_all) && now >= ha->retry_at) {
		ha->vips_failed = false;
		ha->retry_at = now + 10 * BATON_HA_RETRY_MS;
		baton_ha_addresses_add(ha, out);
		baton_ha_act(out, BATON_HA_ACT_ANNOUNCE);
	}
}

/*
 * The addresses of a node that is not active. A module that has just been loaded begins with an open gate:
 * it is shut first, whatever it was.
 */
static void keep_addresses(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	bool guarded = ha->health.module && ha->health.guarded;

	if ((guarded ? ha->health.vips_armed : !ha->health.vips_any) || now < ha->arm_at)
		return;
	ha->arm_at = now + BATON_HA_ARM_MS;
	if (guarded)
		baton_ha_act(out, BATON_HA_ACT_GATE_SHUT)->epoch = ha->epoch;
	baton_ha_addresses_rest(ha, out);
}

/* Nobody is active: is the role ours? Living tables first, then a proven one, then checks that pass, then the lower id. */
static bool preferred(const struct baton_ha *ha)
{
	if (!ha->peer.healthy || MUTANT(37))
		return true;
	if (ha->history != ha->peer.history)
		return ha->history > ha->peer.history;
	if (ha->warm != ha->peer.warm)
		return ha->warm;
	if (baton_ha_failing(ha) != ha->peer.failing)
		return ha->peer.failing;
	return ha->cluster.nodeid < ha->peer.nodeid;
}

/* The time is its number: an echo or a grant of an earlier one is none of this one. */
static void claim(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	ha->reason = BATON_HA_WHY_CLAIMING;
	if (ha->claimed && now < ha->claimed_at + BATON_HA_CLAIM_MS)
		return;
	ha->claimed = true;
	ha->claim_first = false;
	ha->claimed_at = now;
	baton_ha_say(ha, out, BATON_HA_MSG_CLAIM, 0, (uint32_t)now, now);
	baton_ha_note(ha, out, "claim");
}

/* Both nodes are in the ring, and so is the peer's agent. */
static void with_peer(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	enum baton_ha_state rest = ha->warm ? BATON_HA_STANDBY : BATON_HA_SYNCING;

	if (!ha->peer.heard) {
		ha->reason = BATON_HA_WHY_PEER_SILENT;
		return;
	}
	if (baton_ha_peer_busy(ha) && !MUTANT(9)) {
		ha->elect_at = 0;
		if (MUTANT(36) && ha->warm && ha->peer.state == BATON_HA_ACTIVE && !ha->fetch_until)
			baton_ha_fetch(ha, out, 0, now);
		if (baton_ha_succeeds(ha, out, now))
			baton_ha_promote(ha, out, BATON_HA_WHY_SUCCEEDED, now);
		else if (baton_ha_peer_hangs(ha, now))
			claim(ha, out, now);
		else if (ha->state != BATON_HA_HANDOVER_IN)
			baton_ha_enter(ha, out, rest, BATON_HA_WHY_PEER_ACTIVE, now);
		return;
	}
	if (now < ha->holddown_until) {
		ha->reason = BATON_HA_WHY_HOLDDOWN;
		return;
	}
	if (!ha->elect_at)
		ha->elect_at = now + BATON_HA_ELECT_MS;
	if (preferred(ha) || now >= ha->elect_at || MUTANT(10)) {
		claim(ha, out, now);
		return;
	}
	/* It was not yet warm when we claimed: what it grants us now is not taken. */
	ha->claimed = ha->claimed && MUTANT(43);
	baton_ha_enter(ha, out, rest, BATON_HA_WHY_PEER_PREFERRED, now);
}

static void without_agent(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	ha->reason = now < ha->peer.bridge_until ? BATON_HA_WHY_BRIDGE : BATON_HA_WHY_AGENT_GONE;
	if (baton_ha_peer_orphaned(ha, now))
		claim(ha, out, now);
}

/*
 * The peer's sync daemon is heard as active although the cluster gave the peer up. That is as it should
 * be for a moment, when the peer was active under a lease a moment ago; else the peer goes on without us.
 */
static bool goes_on_alone(const struct baton_ha *ha, uint64_t now)
{
	return ha->syncd.connected && ha->syncd.peer_active && !MUTANT(16) &&
	       !(ha->peer.bounded && now - ha->peer.heard_at <= ha->evidence_ms);
}

static void fence(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	ha->reason = BATON_HA_WHY_FENCING;
	if (ha->fence_runs || now < ha->fence_at)
		return;
	ha->fence_runs = true;
	baton_ha_act(out, BATON_HA_ACT_FENCE)->value = ha->fence_number;
}

enum baton_ha_reason baton_ha_unfit(const struct baton_ha *ha)
{
	if (ha->held)
		return BATON_HA_WHY_HELD;
	if (!ha->health.module)
		return BATON_HA_WHY_MODULE;
	if (!ha->health.carrier)
		return BATON_HA_WHY_CARRIER;
	if (!ha->connected)
		return BATON_HA_WHY_NO_CLUSTER;
	if (!baton_ha_verdict_valid(ha))
		return BATON_HA_WHY_NO_VERDICT;
	if (!ha->quorate)
		return BATON_HA_WHY_NO_QUORUM;
	return BATON_HA_REASONS;
}

enum baton_ha_reason baton_ha_obstacle(const struct baton_ha *ha, uint64_t now)
{
	if (now < ha->peer.bridge_until && !MUTANT(11))
		return BATON_HA_WHY_BRIDGE;
	if (now < ha->holddown_until)
		return BATON_HA_WHY_HOLDDOWN;
	if (!ha->warm && ha->syncd.connected && ha->syncd.peer_active)
		return BATON_HA_WHY_COLD;
	if (goes_on_alone(ha, now))
		return BATON_HA_WHY_UNBOUNDED;
	if (ha->unread || now < ha->stalled_until ||
	    (!ha->warm && now < ha->connected_at + BATON_HA_SETTLE_MS))
		return BATON_HA_WHY_SETTLING;
	return baton_ha_mint(ha) ? BATON_HA_REASONS : BATON_HA_WHY_EPOCHS_USED_UP;
}

static void take_over(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	enum baton_ha_reason obstacle = baton_ha_obstacle(ha, now);

	if (obstacle != BATON_HA_REASONS)
		ha->reason = obstacle;
	else if (baton_ha_fence_due(ha))
		fence(ha, out, now);
	else if (now < baton_ha_lapsed_at(ha))
		ha->reason = BATON_HA_WHY_LAPSE;
	else
		baton_ha_promote(ha, out, BATON_HA_WHY_PEER_LOST, now);
}

static void rule_standby(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	enum baton_ha_reason unfit = baton_ha_unfit(ha);

	keep_addresses(ha, out, now);
	baton_ha_rule_fetch(ha, out, now);
	if (ha->stopping)
		baton_ha_rule_stopping(ha, out, now);
	else if (unfit == BATON_HA_WHY_HELD)
		baton_ha_enter(ha, out, BATON_HA_HELD, unfit, now);
	else if (unfit == BATON_HA_WHY_MODULE || unfit == BATON_HA_WHY_CARRIER)
		baton_ha_enter(ha, out, BATON_HA_FAULT, unfit, now);
	else if (unfit == BATON_HA_WHY_NO_CLUSTER)
		baton_ha_enter(ha, out, BATON_HA_NO_CLUSTER, unfit, now);
	else if (ha->state == BATON_HA_FAULT || ha->state == BATON_HA_HELD ||
		 ha->state == BATON_HA_NO_CLUSTER)
		baton_ha_enter(ha, out, BATON_HA_WAIT_QUORUM, BATON_HA_WHY_NO_VERDICT, now);
	else if (unfit == BATON_HA_WHY_NO_VERDICT)
		ha->reason = unfit;
	else if (unfit == BATON_HA_WHY_NO_QUORUM && !MUTANT(25))
		baton_ha_enter(ha, out, BATON_HA_WAIT_QUORUM, unfit, now);
	else if (baton_ha_peer_excluded(ha))
		take_over(ha, out, now);
	else if (ha->peer.in_group)
		with_peer(ha, out, now);
	else
		without_agent(ha, out, now);
}

static void rule_demoting(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (ha->retry_at && now >= ha->retry_at)
		baton_ha_switch_off(ha, out);
}

static void rule_none(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	(void)ha;
	(void)out;
	(void)now;
}

static void (*const rules[BATON_HA_STATES])(struct baton_ha *, struct baton_ha_actions *,
					    uint64_t) = {
	[BATON_HA_BOOT]		= rule_none,
	[BATON_HA_NO_CLUSTER]	= rule_standby,
	[BATON_HA_WAIT_QUORUM]	= rule_standby,
	[BATON_HA_SYNCING]	= rule_standby,
	[BATON_HA_STANDBY]	= rule_standby,
	[BATON_HA_PROMOTING]	= rule_none,
	[BATON_HA_ACTIVE]	= rule_active,
	[BATON_HA_HANDOVER_OUT]	= baton_ha_rule_handover_out,
	[BATON_HA_HANDOVER_IN]	= baton_ha_rule_handover_in,
	[BATON_HA_DEMOTING]	= rule_demoting,
	[BATON_HA_FAULT]	= rule_standby,
	[BATON_HA_HELD]		= rule_standby,
};

/* May the role be ours, now that the answer to our claim is in? An old answer is none: we stalled. */
static void take_claimed(struct baton_ha *ha, enum baton_ha_reason reason,
			 struct baton_ha_actions *out, uint64_t now)
{
	ha->claimed = false;
	if (now >= ha->claimed_at + BATON_HA_CLAIM_MS)
		return;
	if (baton_ha_verdict_valid(ha) && ha->quorate && !ha->held && !ha->stopping &&
	    baton_ha_healthy(ha))
		baton_ha_promote(ha, out, reason, now);
}

/* Is @m about the claim that we have out now? */
static bool is_claimed(const struct baton_ha *ha, const struct baton_ha_message *m)
{
	return baton_ha_waiting(ha) && ha->claimed &&
	       (m->value == (uint32_t)ha->claimed_at || MUTANT(17)) &&
	       baton_ha_ring_equal(&m->ring, &ha->ring);
}

/*
 * Our own claim came round. With the peer's agent there, it has to grant it. With that agent dead or hanging,
 * its node has to pass a second one on: the first may have been delivered by a ring that is no more.
 */
static void claim_came_round(struct baton_ha *ha, const struct baton_ha_message *m,
			     struct baton_ha_actions *out, uint64_t now)
{
	bool nobody = baton_ha_peer_hangs(ha, now) || baton_ha_peer_orphaned(ha, now);

	if (!is_claimed(ha, m))
		return;
	if (!ha->claim_first) {
		ha->claim_first = true;
		if (nobody)
			baton_ha_say(ha, out, BATON_HA_MSG_CLAIM, 0, m->value, now);
	} else if (nobody) {
		take_claimed(ha, BATON_HA_WHY_AGENT_LOST, out, now);
	}
}

static void claim_granted(struct baton_ha *ha, const struct baton_ha_message *m,
			  struct baton_ha_actions *out, uint64_t now)
{
	if (is_claimed(ha, m) && ha->claim_first)
		take_claimed(ha, BATON_HA_WHY_ELECTED, out, now);
}

/* Who may have a gate open, or may open one on another ground, grants nothing. */
static void claim_of_peer(struct baton_ha *ha, const struct baton_ha_message *m,
			  struct baton_ha_actions *out, uint64_t now)
{
	bool can = baton_ha_waiting(ha) || ha->state == BATON_HA_FAULT || ha->state == BATON_HA_HELD;

	if (!(can && !ha->claimed && baton_ha_ring_equal(&m->ring, &ha->ring)) && !MUTANT(3))
		return;
	baton_ha_disinherit(ha);
	baton_ha_say(ha, out, BATON_HA_MSG_GRANT, 0, m->value, now);
}

static void on_message(struct baton_ha *ha, const struct baton_ha_event *ev, bool was_silent,
		       struct baton_ha_actions *out, uint64_t now)
{
	const struct baton_ha_message *m = &ev->from.message;

	if (ev->from.self) {
		if (m->type == BATON_HA_MSG_CLAIM)
			claim_came_round(ha, m, out, now);
		return;
	}
	/* The LAN may have learned from the peer meanwhile: say again who answers. */
	if (ha->state == BATON_HA_ACTIVE && (was_silent || m->state == BATON_HA_ACTIVE) &&
	    m->epoch < ha->epoch)
		baton_ha_act(out, BATON_HA_ACT_ANNOUNCE);
	if (m->type == BATON_HA_MSG_BRIDGE)
		baton_ha_say(ha, out, BATON_HA_MSG_BRIDGE_OK, m->ref, 0, now);
	if (m->type == BATON_HA_MSG_BRIDGE_OK)
		baton_ha_stop(ha, ev, out, now);
	else if (m->type == BATON_HA_MSG_CLAIM)
		claim_of_peer(ha, m, out, now);
	else if (m->type == BATON_HA_MSG_GRANT)
		claim_granted(ha, m, out, now);
	else if (m->type == BATON_HA_MSG_OFFER || m->type == BATON_HA_MSG_ACCEPT)
		baton_ha_succession_event(ha, m, out, now);
	else
		baton_ha_handover_event(ha, ev, out, now);
}

/* The kernel's word is final: whoever shut the gate, or the lease, the role is over. */
static void on_gate(struct baton_ha *ha, const struct baton_ha_gate *g,
		    struct baton_ha_actions *out, uint64_t now)
{
	if (baton_ha_holds(ha) && !(g->active && g->open && g->epoch == ha->epoch))
		baton_ha_demote(ha, out, BATON_HA_WHY_LEASE_ENDED, now);
	else if (!baton_ha_holds(ha) && ha->state != BATON_HA_BOOT &&
		 ha->state != BATON_HA_PROMOTING && g->active)
		baton_ha_act(out, BATON_HA_ACT_GATE_SHUT)->epoch = g->epoch;
}

void baton_ha_init(struct baton_ha *ha, uint32_t lease_ms)
{
	*ha = (struct baton_ha){
		.state = BATON_HA_BOOT,
		.lease_cfg_ms = lease_ms,
		.lease_ms = lease_ms,
		.health = { .module = true, .carrier = true },
	};
}

/*
 * The sync daemons hear each other again sooner than corosync has found both nodes. So does the peer, and where both were active
 * it has stopped at this: whoever learned from it last must not wait for corosync.
 */
static void on_syncd(struct baton_ha *ha, bool was_away, struct baton_ha_actions *out)
{
	if (ha->state == BATON_HA_ACTIVE && was_away && ha->syncd.peer_present &&
	    ha->syncd.peer_epoch < ha->epoch)
		baton_ha_act(out, BATON_HA_ACT_ANNOUNCE);
}

/* @was_silent, @was_away: before this event the peer's agent, its sync daemon was not heard. */
static void react(struct baton_ha *ha, const struct baton_ha_event *ev, bool was_silent, bool was_away,
		  struct baton_ha_actions *out, uint64_t now)
{
	switch (ev->type) {
	case BATON_HA_EV_START:
		baton_ha_start(ha, ev, out, now);
		break;
	case BATON_HA_EV_CONFIRM:
		baton_ha_confirm(ha, out, now);
		break;
	case BATON_HA_EV_FAILED:
		baton_ha_failed(ha, ev, out, now);
		break;
	case BATON_HA_EV_MESSAGE:
		on_message(ha, ev, was_silent, out, now);
		break;
	case BATON_HA_EV_FLUSHED:
	case BATON_HA_EV_GIVEN:
		baton_ha_handover_event(ha, ev, out, now);
		break;
	case BATON_HA_EV_GATE:
		on_gate(ha, &ev->gate, out, now);
		break;
	case BATON_HA_EV_COMMAND:
		baton_ha_command(ha, ev, out, now);
		break;
	case BATON_HA_EV_STOP:
		baton_ha_stop(ha, ev, out, now);
		break;
	case BATON_HA_EV_TICK:
	case BATON_HA_EV_CLUSTER_UP:
	case BATON_HA_EV_CLUSTER_DOWN:
	case BATON_HA_EV_RING:
	case BATON_HA_EV_GROUP:
	case BATON_HA_EV_VERDICT:
	case BATON_HA_EV_HEALTH:
	case BATON_HA_EV_FENCED:
	case BATON_HA_EV_BEAT:
	case BATON_HA_EV_OWNER:
		break;
	case BATON_HA_EV_SYNCD:
		on_syncd(ha, was_away, out);
		break;
	}
}

/* Not while the role moves, nor right after: whoever waits for that need not wait for our disk. */
static bool rests(const struct baton_ha *ha, uint64_t now)
{
	return !baton_ha_holds(ha) && ha->state != BATON_HA_PROMOTING && ha->state != BATON_HA_BOOT &&
	       ha->state != BATON_HA_HANDOVER_OUT && ha->state != BATON_HA_HANDOVER_IN &&
	       now >= ha->since + BATON_HA_REST_MS;
}

void baton_ha_step(struct baton_ha *ha, const struct baton_ha_event *event, uint64_t now,
		   struct baton_ha_actions *out)
{
	bool was_silent = !ha->peer.heard, was_away = !ha->syncd.peer_present;
	enum baton_ha_state before;
	int rounds = 0;

	out->count = 0;
	baton_ha_absorb(ha, event, now);
	react(ha, event, was_silent, was_away, out, now);
	do {
		before = ha->state;
		rules[ha->state](ha, out, now);
	} while (ha->state != before && ++rounds < 4);
	if (rests(ha, now))
		baton_ha_reserve(ha, out);
	baton_ha_hello(ha, out, now);
}
