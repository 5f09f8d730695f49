/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the pure files (view.c, decide.c, handover.c); nobody else includes this. */
#ifndef BATON_HA_DECIDE_PRIVATE_H
#define BATON_HA_DECIDE_PRIVATE_H

#include "decide.h"

/*
 * Broken on purpose: the state explorer proves with these that it would notice. They exist only in
 * its build; in the daemon every one of them is the constant 0.
 */
#ifdef BATON_HA_MUTATION
extern int baton_ha_mutation;
#define MUTANT(n) (baton_ha_mutation == (n))
#else
#define MUTANT(n) 0
#endif

/** Longest time that a lease of @ms may last on a clock that runs a quarter slower. */
static inline uint64_t baton_ha_surely(uint32_t ms)
{
	return ms + ms / 4;
}

static inline bool baton_ha_ring_equal(const struct baton_ha_ring *a,
				       const struct baton_ha_ring *b)
{
	return a->nodeid == b->nodeid && a->seq == b->seq;
}

/** A verdict counts only for the ring that the group saw last. */
static inline bool baton_ha_verdict_valid(const struct baton_ha *ha)
{
	return ha->connected && ha->verdict_seen &&
	       (baton_ha_ring_equal(&ha->ring, &ha->verdict_ring) || MUTANT(1));
}

/**
 * When the role of a peer whose agent is gone may be claimed. One that was stopped is about to be back.
 * Nobody renews the lease of one that died, so a warm node waits until that is surely over and no longer:
 * clients wait, too. A cold node would lose their connections, and hopes for the other agent.
 */
static inline uint64_t baton_ha_agent_given_up(const struct baton_ha *ha)
{
	bool hope = !ha->peer.died || !ha->warm;

	return ha->peer.left_at +
	       (hope ? BATON_HA_AGENT_MS : baton_ha_surely(ha->peer.lease_ms) + BATON_HA_MARGIN_MS);
}

/** The peer's agent is gone, it was active under a limited lease, and that is over. */
static inline bool baton_ha_peer_orphaned(const struct baton_ha *ha, uint64_t now)
{
	return !ha->peer.in_group && ha->peer.orphan && !ha->unread &&
	       now >= baton_ha_agent_given_up(ha) && now >= ha->peer.bridge_until;
}

/**
 * From when on the lease of a peer that is in the group but has said nothing is over. An agent that runs says
 * something several times in a lease, and one whose own words do not come round renews for the time of the evidence.
 */
static inline uint64_t baton_ha_hangs_at(const struct baton_ha *ha)
{
	return ha->peer.heard_at + BATON_HA_MARGIN_MS +
	       (MUTANT(32) ? 0 : ha->evidence_ms + baton_ha_surely(ha->peer.lease_ms));
}

/** A warm standby's peer is active, under a lease, and hangs: the group works, and it takes no part in it. */
static inline bool baton_ha_peer_hangs(const struct baton_ha *ha, uint64_t now)
{
	return ha->state == BATON_HA_STANDBY && ha->peer.in_group && ha->peer.heard &&
	       ha->peer.state == BATON_HA_ACTIVE && ha->peer.bounded && now >= baton_ha_hangs_at(ha) &&
	       now >= ha->peer.bridge_until && now >= ha->stalled_until && !ha->unread &&
	       ha->self_at > ha->peer.heard_at + ha->lease_ms;
}

/** The cluster says with authority that the peer is not there. */
static inline bool baton_ha_peer_excluded(const struct baton_ha *ha)
{
	return baton_ha_verdict_valid(ha) && (ha->quorate || MUTANT(25)) && !ha->verdict_peer &&
	       (!ha->peer.in_ring || MUTANT(1));
}

/**
 * When a peer that the cluster says is not there has surely stopped. With a third party it has, by its lease, once it reads
 * that the quorum is gone, or hears nothing of the cluster any more: both may take a while after our verdict.
 */
static inline uint64_t baton_ha_lapsed_at(const struct baton_ha *ha)
{
	uint32_t lease = ha->peer.lease_ms > ha->lease_ms ? ha->peer.lease_ms : ha->lease_ms;
	uint64_t deaf = ha->parted_at + ha->evidence_ms;
	uint64_t last = deaf > ha->granted_at && !MUTANT(41) ? deaf : ha->granted_at;

	return ha->cluster.two_node || ha->fences || MUTANT(34) ? 0 : last + baton_ha_surely(lease) + BATON_HA_MARGIN_MS;
}

/**
 * A lone node keeps its role whatever becomes of its agent, where nobody gives it to the other one. A role that
 * has no end is found at a start, too, before the cluster is known.
 */
static inline bool baton_ha_endless(const struct baton_ha *ha)
{
	return ha->alone && (ha->cluster.two_node || !ha->cluster.nodeid ||
			     (ha->override && ha->connected) || MUTANT(33));
}

/** The peer's gate may be open, or may open without asking us. */
static inline bool baton_ha_peer_busy(const struct baton_ha *ha)
{
	return ha->peer.state == BATON_HA_ACTIVE || ha->peer.state == BATON_HA_PROMOTING ||
	       ha->peer.state == BATON_HA_HANDOVER_OUT || ha->peer.state == BATON_HA_DEMOTING;
}

/** Nobody opens a gate because the peer is out of sight before it is off for certain, where that can be had. */
static inline bool baton_ha_fence_due(const struct baton_ha *ha)
{
	return ha->fences && !ha->fenced && !MUTANT(19);
}

/** Standing by, without a promise to anybody. */
static inline bool baton_ha_waiting(const struct baton_ha *ha)
{
	return ha->state == BATON_HA_WAIT_QUORUM || ha->state == BATON_HA_SYNCING ||
	       ha->state == BATON_HA_STANDBY;
}

/**
 * A claim of ours stands, came round first, and need not give way. Where two claims cross for any reason
 * the lower node id goes on; the other one grants.
 */
static inline bool baton_ha_insists(const struct baton_ha *ha, uint64_t now)
{
	return ha->claimed && ha->claim_first && now < ha->claimed_at + BATON_HA_CLAIM_MS &&
	       ha->cluster.nodeid < ha->peer.nodeid;
}

/** May be active. */
static inline bool baton_ha_healthy(const struct baton_ha *ha)
{
	return ha->health.module && ha->health.carrier;
}

/** May be active, but is not the one to hand the role to: better than nothing. */
static inline bool baton_ha_failing(const struct baton_ha *ha)
{
	return ha->health.check_fails || ha->health.check_due;
}

/* view.c */
void baton_ha_absorb(struct baton_ha *ha, const struct baton_ha_event *ev, uint64_t now);

/* role.c */
/** The next epoch of our own half: even ones belong to the lower node id. 0: none left. */
uint32_t baton_ha_mint(const struct baton_ha *ha);
struct baton_ha_action *baton_ha_act(struct baton_ha_actions *out, enum baton_ha_action_type type);
void baton_ha_note(const struct baton_ha *ha, struct baton_ha_actions *out, const char *event);
void baton_ha_say(struct baton_ha *ha, struct baton_ha_actions *out,
		  enum baton_ha_message_type type, uint32_t ref, uint32_t value, uint64_t now);
void baton_ha_enter(struct baton_ha *ha, struct baton_ha_actions *out, enum baton_ha_state state,
		    enum baton_ha_reason reason, uint64_t now);
void baton_ha_promote(struct baton_ha *ha, struct baton_ha_actions *out,
		      enum baton_ha_reason reason, uint64_t now);
void baton_ha_demote(struct baton_ha *ha, struct baton_ha_actions *out,
		     enum baton_ha_reason reason, uint64_t now);
void baton_ha_answer(struct baton_ha_actions *out, int error, const char *text);
void baton_ha_hello(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);
/** Every address is to be there; what is missing is added. */
void baton_ha_addresses_add(struct baton_ha *ha, struct baton_ha_actions *out);
/** Behind a shut gate: those that the module guards stay or come, others go. */
void baton_ha_addresses_rest(struct baton_ha *ha, struct baton_ha_actions *out);
/** Puts the epoch of the next promotion on disk while there is time. */
void baton_ha_reserve(struct baton_ha *ha, struct baton_ha_actions *out);
void baton_ha_switch_off(struct baton_ha *ha, struct baton_ha_actions *out);
/** Keeps the lease of a held role as the view demands; false: the role was given up. */
bool baton_ha_keep(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);

/* handover.c */
/** Why a handover cannot begin now, or NULL. @force: a cold peer will do (the machine goes down). */
const char *baton_ha_handover_obstacle(const struct baton_ha *ha, bool force);
/** Why the peer is no better place than this one by what the site checks, or NULL. */
const char *baton_ha_handover_worse(const struct baton_ha *ha);
void baton_ha_handover_begin(struct baton_ha *ha, struct baton_ha_actions *out, bool force,
			     uint32_t timeout_ms, uint64_t now);
/** The same by an active's own decision: it is not fit any more, @reason says why. */
void baton_ha_handover_unfit(struct baton_ha *ha, struct baton_ha_actions *out,
			     enum baton_ha_reason reason, uint64_t now);
void baton_ha_handover_event(struct baton_ha *ha, const struct baton_ha_event *ev,
			     struct baton_ha_actions *out, uint64_t now);
/** A standby whose operator wants the role asks the active node for it. */
void baton_ha_fetch(struct baton_ha *ha, struct baton_ha_actions *out, uint32_t timeout_ms,
		    uint64_t now);
/** When the time for that is over, the operator is told. */
void baton_ha_rule_fetch(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);
void baton_ha_rule_handover_out(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);
void baton_ha_rule_handover_in(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);

/* succession.c */
/** The lease under a contract, ms: over with certainty when the heir's patience is. */
uint32_t baton_ha_succession_lease(const struct baton_ha *ha);
/** The time between two beats, ms. */
uint32_t baton_ha_beat_ms(const struct baton_ha *ha);
/** A standby takes over by contract no more, until there is a new one. */
void baton_ha_disinherit(struct baton_ha *ha);
/** A role begins: what was agreed about another one is void. */
void baton_ha_succession_promote(struct baton_ha *ha, enum baton_ha_reason reason, uint64_t now);
/** What an event says about contracts; part of baton_ha_absorb(). */
void baton_ha_succession_view(struct baton_ha *ha, const struct baton_ha_event *ev, uint64_t now);
/** OFFER and ACCEPT. */
void baton_ha_succession_event(struct baton_ha *ha, const struct baton_ha_message *m,
			       struct baton_ha_actions *out, uint64_t now);
/** Active: offers, and beats where no renewal does. */
void baton_ha_succession_keep(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);
/** Active: a beat. @lease_ms: just renewed, or 0 */
void baton_ha_beat(struct baton_ha *ha, struct baton_ha_actions *out, uint32_t lease_ms,
		   uint64_t now);
/** Standby: the peer is silent, and by contract the role is ours. Asks corosync before. */
bool baton_ha_succeeds(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);
/** When the next of all this is due; UINT64_MAX: never. */
uint64_t baton_ha_succession_deadline(const struct baton_ha *ha, uint64_t now);

/* decide.c: what stands in the way, first things first; BATON_HA_REASONS: nothing does */
/** Of standing for the role at all. */
enum baton_ha_reason baton_ha_unfit(const struct baton_ha *ha);
/** Of taking over from a peer that the cluster says is gone (but for fencing it). */
enum baton_ha_reason baton_ha_obstacle(const struct baton_ha *ha, uint64_t now);

/* outcome.c: how far the agent's own deeds have come */
/** BATON_HA_EV_START: what the kernel's gate and the disk say that this node was. */
void baton_ha_start(struct baton_ha *ha, const struct baton_ha_event *ev,
		    struct baton_ha_actions *out, uint64_t now);
/** BATON_HA_EV_CONFIRM: all actions of a promotion or demotion were carried out. */
void baton_ha_confirm(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);
/** BATON_HA_EV_FAILED: one was not, and those behind it were not tried. */
void baton_ha_failed(struct baton_ha *ha, const struct baton_ha_event *ev,
		     struct baton_ha_actions *out, uint64_t now);

/* operator.c: commands and SIGTERM */
void baton_ha_command(struct baton_ha *ha, const struct baton_ha_event *ev,
		      struct baton_ha_actions *out, uint64_t now);
void baton_ha_stop(struct baton_ha *ha, const struct baton_ha_event *ev,
		   struct baton_ha_actions *out, uint64_t now);
void baton_ha_rule_stopping(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now);

#endif /* BATON_HA_DECIDE_PRIVATE_H */
