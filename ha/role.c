// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holding the role: taking it, keeping its lease, giving it up, and telling the peer. What is done
 * here was decided in decide.c or handover.c, but for one thing: a role that has lost its right ends.
 */
#include <errno.h>
#include <string.h>
#include "decide_private.h"

struct baton_ha_action *baton_ha_act(struct baton_ha_actions *out, enum baton_ha_action_type type)
{
	struct baton_ha_action *a;

	if (out->count == BATON_HA_ACTIONS_MAX)
		out->count--;		/* the explorer asserts that this is never reached */
	a = &out->list[out->count++];
	memset(a, 0, sizeof(*a));
	a->type = type;
	return a;
}

void baton_ha_note(const struct baton_ha *ha, struct baton_ha_actions *out, const char *event)
{
	struct baton_ha_action *a = baton_ha_act(out, BATON_HA_ACT_EVENT);

	a->text = event;
	a->reason = ha->reason;
	a->epoch = ha->epoch;
	a->value = ha->state;
}

void baton_ha_answer(struct baton_ha_actions *out, int error, const char *text)
{
	struct baton_ha_action *a = baton_ha_act(out, BATON_HA_ACT_ANSWER);

	a->value = error;
	a->text = text;
}

/* The lease that the peer has to reckon with; 0 when there is none or it is unlimited. */
static uint32_t lease_told(const struct baton_ha *ha, enum baton_ha_message_type type, uint64_t now)
{
	if (type == BATON_HA_MSG_CLAIM)
		return ha->lease_ms;
	if (baton_ha_endless(ha) || !(baton_ha_holds(ha) || ha->state == BATON_HA_PROMOTING ||
			   ha->state == BATON_HA_HANDOVER_OUT))
		return 0;
	return ha->lease_end > now + baton_ha_lease(ha) ? ha->lease_end - now : baton_ha_lease(ha);
}

void baton_ha_say(struct baton_ha *ha, struct baton_ha_actions *out,
		  enum baton_ha_message_type type, uint32_t ref, uint32_t value, uint64_t now)
{
	struct baton_ha_message *m;
	bool role = baton_ha_holds(ha) || ha->state == BATON_HA_PROMOTING;

	if (!ha->connected)
		return;
	m = &baton_ha_act(out, BATON_HA_ACT_SEND)->message;
	*m = (struct baton_ha_message){
		.type = type,
		.state = ha->state,
		.warm = ha->warm,
		.healthy = baton_ha_healthy(ha) && !ha->held && !ha->stopping,
		.failing = baton_ha_failing(ha),
		.heir = ha->succession.heir,
		.epoch = role || MUTANT(38) ? ha->epoch : 0,
		.epoch_seen = ha->epoch_seen,
		.history = ha->history,
		.lease_ms = lease_told(ha, type, now),
		.ref = ref,
		.value = value,
		.ring = ha->ring,
	};
	ha->said = *m;
	ha->said_at = now;
}

/* Says what is news at once, and that we are alive a few times within a lease. */
void baton_ha_hello(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	const struct baton_ha_message *s = &ha->said;
	bool healthy = baton_ha_healthy(ha) && !ha->held && !ha->stopping;

	if (!ha->connected)
		return;
	if (s->type && now < ha->said_at + ha->lease_ms / 3 && s->state == ha->state &&
	    s->warm == ha->warm && s->healthy == healthy && s->failing == baton_ha_failing(ha) && s->history == ha->history &&
	    s->heir == ha->succession.heir &&
	    !s->lease_ms == !lease_told(ha, BATON_HA_MSG_HELLO, now) &&
	    baton_ha_ring_equal(&s->ring, &ha->ring))
		return;
	baton_ha_say(ha, out, BATON_HA_MSG_HELLO, 0, (uint32_t)now, now);
}

void baton_ha_enter(struct baton_ha *ha, struct baton_ha_actions *out, enum baton_ha_state state,
		    enum baton_ha_reason reason, uint64_t now)
{
	bool changed = ha->state != state;

	ha->state = state;
	ha->reason = reason;
	if (!baton_ha_waiting(ha))
		ha->claimed = false;	/* and what may still be granted is not wanted any more */
	if (changed) {
		ha->since = now;
		baton_ha_note(ha, out, "state");
	}
}

uint32_t baton_ha_mint(const struct baton_ha *ha)
{
	uint32_t peer = ha->cluster.peer ? ha->cluster.peer : ha->peer.nodeid;
	uint32_t rank = peer ? ha->cluster.nodeid > peer : ha->cluster.nodeid & 1;
	uint32_t e = (ha->epoch > ha->epoch_seen ? ha->epoch : ha->epoch_seen) + 1;

	if (MUTANT(4))
		return e;
	e += (e & 1) != rank;
	return e > BATON_HA_EPOCH_MAX ? 0 : e;
}

/*
 * The epoch of the next promotion goes to disk while there is time, so that no promotion waits for a
 * disk. A promise that is not used costs a number.
 */
void baton_ha_reserve(struct baton_ha *ha, struct baton_ha_actions *out)
{
	uint32_t e = baton_ha_mint(ha);

	if (!e || e <= ha->epoch_stored)
		return;
	ha->epoch_stored = e;
	baton_ha_act(out, BATON_HA_ACT_STORE)->epoch = e;
}

void baton_ha_promote(struct baton_ha *ha, struct baton_ha_actions *out,
		      enum baton_ha_reason reason, uint64_t now)
{
	uint32_t epoch = baton_ha_mint(ha);
	struct baton_ha_action *a;

	if (!epoch) {
		ha->reason = BATON_HA_WHY_EPOCHS_USED_UP;
		return;
	}
	ha->claimed = false;
	ha->fetch_until = 0;
	ha->alone = !ha->peer.in_ring;
	ha->cold = !ha->warm && reason != BATON_HA_WHY_TAKEN_BACK;
	ha->epoch = epoch;
	ha->epoch_seen = epoch;
	ha->history = 0;
	ha->override = reason == BATON_HA_WHY_OPERATOR;
	ha->lease_end = baton_ha_endless(ha) ? 0 : now + ha->lease_ms;
	ha->renew_at = now + ha->lease_ms / 3;
	ha->vips_failed = false;
	baton_ha_succession_promote(ha, reason, now);
	ha->handover.phase = BATON_HA_PHASE_NONE;
	baton_ha_enter(ha, out, BATON_HA_PROMOTING, reason, now);
	if (epoch > ha->epoch_stored) {
		ha->epoch_stored = epoch;
		baton_ha_act(out, BATON_HA_ACT_STORE)->epoch = epoch;
	}
	if (MUTANT(5))
		baton_ha_act(out, BATON_HA_ACT_ANNOUNCE);
	a = baton_ha_act(out, BATON_HA_ACT_GATE_OPEN);
	a->epoch = epoch;
	a->value = baton_ha_endless(ha) ? 0 : ha->lease_ms;
	if (!ha->health.vips_all && !MUTANT(18))
		baton_ha_addresses_add(ha, out);
	baton_ha_act(out, BATON_HA_ACT_ANNOUNCE);
	baton_ha_act(out, BATON_HA_ACT_CONFIRM);
}

/* What was asked for counts as done until it fails or the kernel says otherwise. */
void baton_ha_addresses_add(struct baton_ha *ha, struct baton_ha_actions *out)
{
	baton_ha_act(out, BATON_HA_ACT_VIP_ADD);
	ha->health.vips_all = true;
	ha->health.vips_armed = true;
	ha->health.vips_any = true;
}

/* With them in place already the next promotion is the gate, and nothing else. */
void baton_ha_addresses_rest(struct baton_ha *ha, struct baton_ha_actions *out)
{
	bool guarded = ha->health.module && ha->health.guarded;

	baton_ha_act(out, guarded ? BATON_HA_ACT_VIP_ARM : BATON_HA_ACT_VIP_DEL);
	ha->health.vips_all = ha->health.vips_all && guarded;
	ha->health.vips_armed = guarded;
	ha->health.vips_any = guarded;
}

void baton_ha_switch_off(struct baton_ha *ha, struct baton_ha_actions *out)
{
	baton_ha_act(out, BATON_HA_ACT_QUIET);
	if (ha->health.module) {
		struct baton_ha_action *a = baton_ha_act(out, BATON_HA_ACT_GATE_SHUT);

		a->epoch = ha->epoch;
		a->value = MUTANT(20) ? BATON_HA_RELAY_MS : 0;
	}
	baton_ha_addresses_rest(ha, out);
	baton_ha_act(out, BATON_HA_ACT_CONFIRM);
	ha->retry_at = 0;
}

void baton_ha_demote(struct baton_ha *ha, struct baton_ha_actions *out,
		     enum baton_ha_reason reason, uint64_t now)
{
	if (ha->answer_due || ha->handover.operator) {
		baton_ha_answer(out, ECANCELED, baton_ha_reason_text(reason));
		ha->answer_due = false;
		ha->handover.operator = false;
	}
	ha->handover.phase = BATON_HA_PHASE_NONE;
	ha->history = reason == BATON_HA_WHY_HIGHER_EPOCH ? 0 : ha->epoch;
	ha->alone = false;
	/* We stood still. That the peer is not in the ring may be our doing, and it active. */
	if (reason == BATON_HA_WHY_LEASE_ENDED)
		ha->stalled_until = now + BATON_HA_SETTLE_MS;
	/* A link that comes and goes must not move the role each time. */
	if (reason == BATON_HA_WHY_HIGHER_EPOCH && !MUTANT(35))
		ha->holddown_until = now + BATON_HA_HOLDDOWN_MS;
	ha->next_reason = reason;
	baton_ha_enter(ha, out, BATON_HA_DEMOTING, reason, now);
	baton_ha_switch_off(ha, out);
}

static void set_lease(struct baton_ha *ha, struct baton_ha_actions *out, bool alone, uint64_t now)
{
	struct baton_ha_action *a;
	bool endless;

	ha->alone = alone;
	endless = baton_ha_endless(ha);
	/*
	 * Whoever the cluster gave up inherits nothing. It may have stood still, and think that it does: it is
	 * told before the lease has no end, so that it reads this first when it goes on, whatever becomes of us.
	 */
	if (endless) {
		ha->succession.agreed = false;
		if (ha->succession.ms)
			baton_ha_beat(ha, out, 0, now);
	}
	a = baton_ha_act(out, BATON_HA_ACT_LEASE);
	a->epoch = ha->epoch;
	a->value = endless ? 0 : baton_ha_lease(ha);
	ha->lease_end = endless ? 0 : now + baton_ha_lease(ha);
	ha->renew_at = now + (ha->succession.agreed ? baton_ha_beat_ms(ha) : ha->lease_ms / 3);
	if (ha->succession.agreed)
		baton_ha_beat(ha, out, baton_ha_lease(ha), now);
}

/*
 * Renewing needs the cluster's word: a connection, a verdict that we may, and a message of our own
 * that has lately come round. A corosync that hangs, or a group stuck in a membership change, ends it.
 */
static bool may_renew(const struct baton_ha *ha, uint64_t now)
{
	return ha->connected && ha->verdict_seen && ha->quorate && ha->self_at &&
	       now - ha->self_at <= ha->evidence_ms;
}

bool baton_ha_keep(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	bool excluded = baton_ha_peer_excluded(ha);
	/* A lone node whose corosync starts anew waits for a peer before it is quorate again. */
	bool waits_for_all = ha->alone && ha->fresh && (ha->cluster.two_node || ha->override);
	enum baton_ha_reason lost = 0;

	if (!ha->health.module)
		lost = BATON_HA_WHY_MODULE;
	else if (ha->peer.heard && baton_ha_peer_busy(ha) && ha->peer.epoch > ha->epoch && !MUTANT(6))
		lost = BATON_HA_WHY_HIGHER_EPOCH;
	else if (ha->syncd.connected && ha->syncd.peer_active &&
		 ha->syncd.peer_epoch > ha->epoch && !MUTANT(40) && !MUTANT(6))
		lost = BATON_HA_WHY_HIGHER_EPOCH;
	else if (ha->lease_end && now >= ha->lease_end && !MUTANT(7))
		lost = ha->connected ? BATON_HA_WHY_LEASE_ENDED : BATON_HA_WHY_NO_CLUSTER;
	else if (baton_ha_verdict_valid(ha) && !ha->quorate && !waits_for_all)
		lost = BATON_HA_WHY_QUORUM_LOST;
	if (lost) {
		baton_ha_demote(ha, out, lost, now);
		return false;
	}

	/*
	 * Without a third party the peer, if it lives behind a cut, is active already: stopping here
	 * protects nothing. With one, it may be given the quorum that we cannot see any more.
	 */
	if (excluded && !ha->alone)
		set_lease(ha, out, true, now);
	else if (ha->peer.in_ring && (ha->alone || !ha->lease_end))
		set_lease(ha, out, false, now);
	else if (!ha->lease_end && !baton_ha_endless(ha))
		set_lease(ha, out, ha->alone, now);
	else if (ha->lease_end && now >= ha->renew_at && (may_renew(ha, now) || MUTANT(8)))
		set_lease(ha, out, ha->alone, now);
	baton_ha_succession_keep(ha, out, now);
	return true;
}

