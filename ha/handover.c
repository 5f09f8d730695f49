// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A planned move of the role, from A (active) to B (standby, warm):
 *
 *	A: flush while forwarding ----- ASK(e) ---->  B: fit? promise for a short while
 *	A: <--------------------------- READY(e) ---
 *	A: gate shut, packets wait
 *	A: last flush, by baton-syncd -- GIVEN(e) ->  B: gate open with a higher epoch, announce
 *	A: ---------------------------- RELEASED(e) ->   (the same, should the other way have failed)
 *	A: <------------- (on the LAN) the announcement: A's kernel passes on what waited, and what still comes
 *	A: <--------------------------- HELLO(active, e' > e)
 *
 * Clients wait from the shut gate to the open one. So the last flush itself brings B the role: as soon as B's
 * baton-syncd has everything, its agent hears of it, without another round through corosync.
 *
 * Until the last flush begins, A may call it off alone (ABORT). Afterwards only B's word (REFUSE, for which A asks when
 * the flush fails), the certainty that B is gone, or enough time lets A take the role back: B takes it only within
 * a window that it opened itself with READY, and what it opened closes by its lease if it then falls
 * silent. A takes back with a higher epoch. B says REFUSE only while its gate is shut, and keeps no promise after it.
 */
#include <errno.h>
#include "decide_private.h"

static bool peer_fit(const struct baton_ha *ha, bool force)
{
	if (ha->peer.state == BATON_HA_STANDBY)
		return ha->peer.warm || force;
	return force && (ha->peer.state == BATON_HA_SYNCING ||
			 ha->peer.state == BATON_HA_WAIT_QUORUM);
}

const char *baton_ha_handover_obstacle(const struct baton_ha *ha, bool force)
{
	if (!ha->connected)
		return "corosync is not reachable, so the peer cannot be asked";
	if (!ha->peer.in_ring)
		return "the peer's node is not there";
	if (!ha->peer.in_group || !ha->peer.heard)
		return "the peer's agent is not there";
	if (!baton_ha_verdict_valid(ha) || !ha->quorate)
		return "the cluster has not settled yet";
	if (!ha->peer.healthy)
		return "the peer is not fit: see its status";
	if (!peer_fit(ha, force))
		return "the peer is not warm: connections would be lost";
	if (!force && !ha->syncd.connected)
		return "baton-syncd is not running here, so the peer cannot be brought up to date";
	return NULL;
}

const char *baton_ha_handover_worse(const struct baton_ha *ha)
{
	return ha->peer.failing && !baton_ha_failing(ha) ?
	       "a health check fails on the peer, and none here: see its status" : NULL;
}

void baton_ha_handover_begin(struct baton_ha *ha, struct baton_ha_actions *out, bool force,
			     uint32_t timeout_ms, uint64_t now)
{
	bool operator = ha->handover.operator;

	if (!timeout_ms || timeout_ms > BATON_HA_HANDOVER_MS)
		timeout_ms = BATON_HA_HANDOVER_MS;
	ha->handover = (struct baton_ha_handover){
		.phase = BATON_HA_PHASE_FLUSH,
		.operator = operator,
		.force = force,
		.before = ha->reason,
		.epoch = ha->epoch,
		.deadline = now + timeout_ms,
	};
	baton_ha_enter(ha, out, BATON_HA_HANDOVER_OUT, ha->reason, now);
	baton_ha_note(ha, out, "handover_begin");
	if (ha->syncd.connected) {
		struct baton_ha_action *a = baton_ha_act(out, BATON_HA_ACT_FLUSH);

		a->value = timeout_ms;
		a->prove = true;
		return;
	}
	ha->handover.flushed = true;
	baton_ha_say(ha, out, BATON_HA_MSG_ASK, ha->epoch, force, now);
}

void baton_ha_handover_unfit(struct baton_ha *ha, struct baton_ha_actions *out,
			     enum baton_ha_reason reason, uint64_t now)
{
	enum baton_ha_reason before = ha->reason;

	ha->reason = reason;
	baton_ha_handover_begin(ha, out, false, 0, now);
	ha->handover.before = before;
}

/* The gate is open still: nothing has happened. */
static void call_off(struct baton_ha *ha, struct baton_ha_actions *out, const char *why,
		     uint64_t now)
{
	enum baton_ha_reason before = ha->handover.before;

	baton_ha_say(ha, out, BATON_HA_MSG_ABORT, ha->handover.epoch, 0, now);
	if (ha->handover.operator)
		baton_ha_answer(out, ECANCELED, why);
	ha->handover = (struct baton_ha_handover){ 0 };
	ha->holddown_until = now + BATON_HA_HANDOVER_MS;
	baton_ha_enter(ha, out, BATON_HA_ACTIVE, before, now);
	baton_ha_note(ha, out, "handover_abort");
}

static void take_back(struct baton_ha *ha, struct baton_ha_actions *out,
		      enum baton_ha_reason reason, uint64_t now)
{
	baton_ha_say(ha, out, BATON_HA_MSG_ABORT, ha->handover.epoch, 0, now);
	if (ha->handover.operator)
		baton_ha_answer(out, ECANCELED,
				"the handover failed after the gate was shut; the role was taken back");
	ha->handover = (struct baton_ha_handover){ 0 };
	ha->holddown_until = now + BATON_HA_HANDOVER_MS;
	baton_ha_promote(ha, out, reason, now);
}

/* What clients send from here on waits in the kernel for whoever opens next, us included. */
static void give_away(struct baton_ha *ha, struct baton_ha_actions *out)
{
	struct baton_ha_action *a = baton_ha_act(out, BATON_HA_ACT_GATE_SHUT);

	a->epoch = ha->epoch;
	a->value = BATON_HA_RELAY_MS;
}

/* How long B may take the role, and for how long nobody would know that it has: on the safe side. */
static uint64_t promise_end(const struct baton_ha *ha)
{
	if (MUTANT(14))
		return ha->handover.ready_at + BATON_HA_MARGIN_MS;
	return ha->handover.ready_at + BATON_HA_WINDOW_MS + ha->evidence_ms +
	       baton_ha_surely(ha->lease_ms) + BATON_HA_MARGIN_MS;
}

static void barrier(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	uint32_t limit = MUTANT(21) ? BATON_HA_HANDOVER_MS : BATON_HA_BARRIER_MS;
	struct baton_ha_action *a;

	ha->handover.phase = BATON_HA_PHASE_BARRIER;
	ha->handover.ready_at = now;
	ha->handover.shut_at = now;
	ha->handover.deadline = promise_end(ha);
	ha->handover.flush_until = now + limit;
	baton_ha_note(ha, out, "barrier");
	if (!MUTANT(13))
		give_away(ha, out);
	if (!ha->syncd.connected) {
		ha->handover.flush_until = now;
		return;
	}
	a = baton_ha_act(out, BATON_HA_ACT_FLUSH);
	a->value = limit;
	a->epoch = ha->epoch;
}

static void release(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	ha->handover.phase = BATON_HA_PHASE_RELEASED;
	baton_ha_act(out, BATON_HA_ACT_QUIET);
	baton_ha_say(ha, out, BATON_HA_MSG_RELEASED, ha->handover.epoch, 0, now);
	baton_ha_note(ha, out, "released");
}

/* The last flush failed, as far as we know: B may have got everything all the same. */
static void ask_back(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (MUTANT(23)) {
		take_back(ha, out, BATON_HA_WHY_TAKEN_BACK, now);
		return;
	}
	ha->handover.phase = BATON_HA_PHASE_RELEASED;
	baton_ha_say(ha, out, BATON_HA_MSG_ABORT, ha->handover.epoch, 1, now);
	baton_ha_note(ha, out, "asked_back");
}

static void finished(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	uint32_t gap_ms = now - ha->handover.shut_at;

	if (ha->handover.operator) {
		baton_ha_answer(out, 0, NULL);
		out->list[out->count - 1].gap_ms = gap_ms;
	}
	ha->handover = (struct baton_ha_handover){ 0 };
	baton_ha_note(ha, out, "handover_done");
	out->list[out->count - 1].gap_ms = gap_ms;
	baton_ha_demote(ha, out, BATON_HA_WHY_HANDED_OVER, now);
	ha->history = 0;
}

static void flushed(struct baton_ha *ha, int error, struct baton_ha_actions *out, uint64_t now)
{
	bool good = !error || ha->handover.force;

	if (ha->handover.phase == BATON_HA_PHASE_FLUSH && !ha->handover.flushed) {
		if (!good) {
			call_off(ha, out, "the peer's table could not be brought up to date in time",
				 now);
			return;
		}
		ha->handover.flushed = true;
		baton_ha_say(ha, out, BATON_HA_MSG_ASK, ha->epoch, ha->handover.force, now);
	} else if (ha->handover.phase == BATON_HA_PHASE_BARRIER) {
		if (good)
			release(ha, out, now);
		else
			ask_back(ha, out, now);
	}
}

/*
 * B, at its operator's word: asks A to begin. Whether A does is A's to say, and whatever it does, it does by
 * the rules of a handover that its own operator began.
 */
void baton_ha_fetch(struct baton_ha *ha, struct baton_ha_actions *out, uint32_t timeout_ms,
		    uint64_t now)
{
	if (!ha->connected || !ha->peer.in_group || !ha->peer.heard ||
	    ha->peer.state != BATON_HA_ACTIVE) {
		baton_ha_answer(out, EAGAIN, "the peer is not active, or its agent is not there: see its status");
		return;
	}
	if (!timeout_ms || timeout_ms > BATON_HA_HANDOVER_MS)
		timeout_ms = BATON_HA_HANDOVER_MS;
	ha->answer_due = true;
	ha->fetch_until = now + timeout_ms + BATON_HA_WINDOW_MS;
	baton_ha_say(ha, out, BATON_HA_MSG_FETCH, ha->peer.epoch, timeout_ms, now);
	baton_ha_note(ha, out, "handover_asked");
}

static void fetch_fails(struct baton_ha *ha, struct baton_ha_actions *out, int error,
			const char *why)
{
	ha->fetch_until = 0;
	ha->answer_due = false;
	baton_ha_answer(out, error, why);
}

void baton_ha_rule_fetch(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (ha->fetch_until && !ha->unread && now >= ha->fetch_until && !MUTANT(22))
		fetch_fails(ha, out, ETIMEDOUT,
			    "the active node did not hand over in time: see its status");
}

/* A: the peer's operator wants the role. Asked in another ring, or for another role, it is too late. */
static void fetched(struct baton_ha *ha, const struct baton_ha_message *m,
		    struct baton_ha_actions *out, uint64_t now)
{
	bool ours = m->ref == ha->epoch && baton_ha_ring_equal(&m->ring, &ha->ring);

	if (ha->state == BATON_HA_HANDOVER_OUT && ours)
		return;
	if (ha->state == BATON_HA_ACTIVE && ours && !ha->stopping &&
	    !baton_ha_handover_obstacle(ha, false) && !baton_ha_handover_worse(ha))
		baton_ha_handover_begin(ha, out, false, m->value, now);
	else
		baton_ha_say(ha, out, BATON_HA_MSG_REFUSE, m->ref, 0, now);
}

/* B: asked whether it would take the role. */
static void asked(struct baton_ha *ha, const struct baton_ha_message *m,
		  struct baton_ha_actions *out, uint64_t now)
{
	bool state = ha->state == BATON_HA_STANDBY || ha->state == BATON_HA_HANDOVER_IN ||
		     (m->value && ha->state == BATON_HA_SYNCING);

	if (!state || !baton_ha_healthy(ha) || ha->held || ha->stopping || m->ref != m->epoch ||
	    !baton_ha_verdict_valid(ha) || !ha->quorate) {
		baton_ha_say(ha, out, BATON_HA_MSG_REFUSE, m->ref, 0, now);
		return;
	}
	ha->handover = (struct baton_ha_handover){
		.epoch = m->ref,
		.deadline = now + BATON_HA_WINDOW_MS,
	};
	baton_ha_enter(ha, out, BATON_HA_HANDOVER_IN, BATON_HA_WHY_PEER_ACTIVE, now);
	baton_ha_say(ha, out, BATON_HA_MSG_READY, m->ref, 0, now);
}

/* B: the role is ours to take, if we still stand by our promise. */
static bool take_given(struct baton_ha *ha, uint32_t epoch, struct baton_ha_actions *out,
		       uint64_t now)
{
	bool promised = ha->state == BATON_HA_HANDOVER_IN &&
			(now <= ha->handover.deadline || MUTANT(15));

	if (!(promised || MUTANT(39)) || epoch != ha->handover.epoch || !baton_ha_healthy(ha) ||
	    ha->held || ha->stopping)
		return false;
	baton_ha_promote(ha, out, BATON_HA_WHY_RELEASED, now);
	return true;
}

/* B: A may take the role of @epoch back, unless we have taken it. Our promise, if there is one still, is over. */
static void refuse(struct baton_ha *ha, uint32_t epoch, struct baton_ha_actions *out, uint64_t now)
{
	bool ours = (baton_ha_holds(ha) || ha->state == BATON_HA_PROMOTING) && ha->epoch > epoch;

	if (ours)
		return;
	if (ha->state == BATON_HA_HANDOVER_IN)
		ha->handover.deadline = now;
	/* The gate may be open still: A hears of it when it is not. */
	if (ha->state == BATON_HA_DEMOTING)
		ha->handover.refuse = epoch;
	else
		baton_ha_say(ha, out, BATON_HA_MSG_REFUSE, epoch, 0, now);
}

static void refused(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (ha->handover.phase == BATON_HA_PHASE_FLUSH)
		call_off(ha, out, "the peer refused to take the role: see its status", now);
	else
		take_back(ha, out, BATON_HA_WHY_TAKEN_BACK, now);
}

void baton_ha_handover_event(struct baton_ha *ha, const struct baton_ha_event *ev,
			     struct baton_ha_actions *out, uint64_t now)
{
	bool giving = ha->state == BATON_HA_HANDOVER_OUT;
	const struct baton_ha_message *m = &ev->from.message;

	if (ev->type == BATON_HA_EV_FLUSHED) {
		if (giving)
			flushed(ha, ev->error, out, now);
	} else if (ev->type == BATON_HA_EV_GIVEN) {
		take_given(ha, ev->epoch, out, now);
	} else if (ev->type == BATON_HA_EV_FAILED) {
		/* Shutting failed: the flush that gives the role away was not begun. */
		if (giving)
			take_back(ha, out, BATON_HA_WHY_TAKEN_BACK, now);
	} else if (m->type == BATON_HA_MSG_ASK) {
		asked(ha, m, out, now);
	} else if (m->type == BATON_HA_MSG_RELEASED) {
		if (!take_given(ha, m->ref, out, now))
			refuse(ha, m->ref, out, now);
	} else if (m->type == BATON_HA_MSG_FETCH) {
		fetched(ha, m, out, now);
	} else if (m->type == BATON_HA_MSG_REFUSE && ha->fetch_until) {
		fetch_fails(ha, out, EAGAIN,
			    "the active node does not hand over now: see its status");
	} else if (m->type == BATON_HA_MSG_ABORT) {
		if (m->value)
			refuse(ha, m->ref, out, now);
		else if (ha->state == BATON_HA_HANDOVER_IN)
			ha->handover.deadline = now;
	} else if (giving && m->ref == ha->handover.epoch) {
		if (m->type == BATON_HA_MSG_READY && ha->handover.flushed &&
		    ha->handover.phase == BATON_HA_PHASE_FLUSH)
			barrier(ha, out, now);
		else if (m->type == BATON_HA_MSG_REFUSE)
			refused(ha, out, now);
	}
}

/* The gate is shut: has the peer taken it, or is it certain that it has not and will not? */
static void rule_released(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	uint64_t gone = ha->peer.left_at + baton_ha_surely(ha->lease_ms) + BATON_HA_MARGIN_MS;

	if (ha->peer.heard && baton_ha_peer_busy(ha) && ha->peer.epoch > ha->handover.epoch)
		finished(ha, out, now);
	else if (!ha->connected)
		baton_ha_demote(ha, out, BATON_HA_WHY_NO_CLUSTER, now);
	else if (baton_ha_peer_excluded(ha) && baton_ha_fence_due(ha))
		baton_ha_demote(ha, out, BATON_HA_WHY_FENCING, now);	/* it may have taken it */
	else if (baton_ha_peer_excluded(ha) && now < baton_ha_lapsed_at(ha))
		return;
	else if (baton_ha_peer_excluded(ha))
		take_back(ha, out, BATON_HA_WHY_PEER_LOST, now);
	else if (!ha->cluster.two_node && !ha->peer.in_ring && !MUTANT(44)) {
		/* The peer may have taken it, and be given the quorum. */
		if (baton_ha_verdict_valid(ha) && !ha->quorate)
			baton_ha_demote(ha, out, BATON_HA_WHY_QUORUM_LOST, now);
	} else if (ha->unread || (now < ha->stalled_until && !MUTANT(45))) {
		return;		/* what time seems to say may have been answered already, and the ring be gone */
	} else if (!ha->peer.in_group ? now >= gone && now >= ha->handover.ready_at +
							    BATON_HA_WINDOW_MS :
				      now >= ha->handover.deadline) {
		take_back(ha, out, BATON_HA_WHY_TAKEN_BACK, now);
	}
}

void baton_ha_rule_handover_out(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	const char *obstacle;

	if (ha->handover.phase == BATON_HA_PHASE_RELEASED) {
		rule_released(ha, out, now);
		return;
	}
	if (ha->handover.phase == BATON_HA_PHASE_FLUSH) {
		if (!baton_ha_keep(ha, out, now))
			return;
		obstacle = ha->peer.state == BATON_HA_HANDOVER_IN && ha->peer.in_group ? NULL :
			   baton_ha_handover_obstacle(ha, ha->handover.force);
		if (!obstacle && ha->reason == BATON_HA_WHY_CHECK && ha->peer.failing)
			obstacle = "a health check fails on the peer, too";
		if (obstacle)
			call_off(ha, out, obstacle, now);
		else if (now >= ha->handover.deadline)
			call_off(ha, out, "the peer did not answer in time", now);
		return;
	}
	rule_released(ha, out, now);
	if (ha->state != BATON_HA_HANDOVER_OUT || !ha->peer.in_group)
		return;
	if (!ha->syncd.connected && ha->handover.force)
		release(ha, out, now);
	else if (!ha->unread && now >= ha->handover.flush_until)
		ask_back(ha, out, now);
}

/* Any doubt ends the promise; the usual rules of a standby go on from there. */
void baton_ha_rule_handover_in(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	baton_ha_rule_fetch(ha, out, now);
	if (now < ha->handover.deadline && ha->connected && ha->peer.in_group &&
	    baton_ha_healthy(ha) && !ha->held && !ha->stopping)
		return;
	baton_ha_enter(ha, out, ha->warm ? BATON_HA_STANDBY : BATON_HA_SYNCING,
		       BATON_HA_WHY_PEER_ACTIVE, now);
}
