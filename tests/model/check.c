// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The invariants, in the numbering of the design notes. Those about what happens at an instant are
 * checked in every state; those about what must come about, in states that would last for ever.
 */
#include "world.h"

/*
 * two_node: a cut leaves both halves quorate. This is the price, and it ends with the cut. And a machine
 * that was paused between reading that it may open its gate and opening it, without any clock that went
 * on, cannot know, nor can one that was paused while its lease was unlimited, while its corosync was
 * giving the other one up, or with a verdict unread: they stop as soon as they hear of the other one.
 * Where the peer is fenced none of this is so. With a witness the lease of a machine whose clock stood still may be
 * what is left open, and as long as it takes to read that the vote is gone.
 */
#define RESIDUE_MS	LEASE_MS

#define STANDS_STILL	(BIT(FAULT_AGENT_GONE) | BIT(FAULT_AGENT_KILL) | BIT(FAULT_DIE_OPENING) | \
			 BIT(FAULT_STALL) | BIT(FAULT_HANG) | BIT(FAULT_LAG) | BIT(FAULT_PAUSE) | \
			 BIT(FAULT_PAUSE_STOPPED) | BIT(FAULT_BLINK))

/* The corosyncs are apart, and whoever would have to stop, by its lower epoch, hears nothing of the other one, or its agent cannot. */
static bool world_deaf(const struct world *w)
{
	int low = w->node[0].gate.epoch > w->node[1].gate.epoch;

	return ((w->lost[0] | w->lost[1]) & PATH_RING) &&
	       ((w->lost[1 - low] & PATH_SYNC) || (w->faults & STANDS_STILL));
}

/* A machine goes on, and cannot know that it stood still. */
static bool woke_just_now(const struct world *w)
{
	uint64_t can_hear = w->woke_at > w->healed_at ? w->woke_at : w->healed_at;

	return w->woke_at && w->now < can_hear + WAKE_MS;
}

static bool two_actives_allowed(const struct world *w)
{
	if (w->node[0].gate.forced || w->node[1].gate.forced)
		return true;
	if (w->fenced)
		return false;
	if (w->witness)
		return w->woke_at && w->now < w->woke_at + RESIDUE_MS;
	if (woke_just_now(w))
		return true;
	if (world_cut(w) && w->now < w->opened_at + WAKE_MS)
		return true;
	return world_deaf(w) || (w->was_cut && w->now < w->healed_at + HEAL_MS);
}

/* A machine that is paused forwards nothing. */
static bool forwards(const struct world *w, int i)
{
	return node_runs(w, i) && gate_is_open(w, &w->node[i].gate);
}

static uint32_t newest(const struct world *w)
{
	uint32_t a = w->node[0].opened[0], b = w->node[1].opened[0];

	return a > b ? a : b;
}

/* A node whose disk is empty cannot know what it used before, until it hears of it. */
static void check_epoch(struct world *w, int i, uint32_t epoch)
{
	const struct node *n = &w->node[i], *peer = &w->node[1 - i];

	for (int k = 0; k < 4; k++) {
		if (n->opened[k] && epoch <= n->opened[k] && !n->empty)
			w->broken = "I2: an epoch does not rise";
		if (peer->opened[k] == epoch)
			w->broken = "I2: both nodes used the same epoch";
	}
}

/*
 * Without an operator nobody takes a role without the cluster's word, whatever the reason; and where no third party has
 * a say, not before it has met the other node. What was agreed about a role is void with the next one.
 */
static void check_right(struct world *w, int i)
{
	const struct node *n = &w->node[i];
	const struct baton_ha *ha = &n->ha;
	bool valid = ha->connected && ha->verdict_seen && ha->verdict_ring.seq == ha->ring.seq &&
		     ha->quorate;

	if (ha->reason == BATON_HA_WHY_OPERATOR)
		return;
	if (ha->reason == BATON_HA_WHY_SUCCEEDED && n->owned && n->owned == n->silence)
		w->broken = "S1: an heir takes over on silence from an owner who answers on the LAN";
	if (ha->reason == BATON_HA_WHY_PEER_LOST && !(valid && !ha->peer.in_ring))
		w->broken = "I3: promoted without a verdict of the present ring";
	if (!valid && ha->reason != BATON_HA_WHY_RELEASED && ha->reason != BATON_HA_WHY_TAKEN_BACK)
		w->broken = "I3: promoted without the cluster's word";
	if (!n->met && !w->witness)
		w->broken = "I3: a lone node takes the role at boot";
	if (woke_just_now(w))
		return;
	if (ha->reason == BATON_HA_WHY_RELEASED && ha->handover.epoch < newest(w))
		w->broken = "I6: what was released is an earlier role";
	if (ha->reason == BATON_HA_WHY_SUCCEEDED && ha->succession.epoch < newest(w))
		w->broken = "I6: succeeds to an earlier role";
}

/* One that the cluster sees, that works and whose table is proven. */
static bool fit(const struct world *w, int i)
{
	const struct node *n = &w->node[i];

	return agent_runs(w, i) && n->connected && n->carrier && n->proven && !n->ha.held &&
	       !n->ha.stopping && !n->fail_open && n->corosync.joint && n->corosync.lost_at == NEVER &&
	       n->ha.peer.in_group && n->ha.peer.heard;
}

static void check_change(struct world *w, int i)
{
	const struct node *n = &w->node[i], *peer = &w->node[1 - i];
	bool gave_up_hope = n->ha.elect_at && node_now(w, i) >= n->ha.elect_at;

	if (n->ha.reason == BATON_HA_WHY_OPERATOR)
		return;
	/* One that should go first and does not for long is not waited for. Nor is cold whoever had the role last and did not lose its table, or got all of it with the role. */
	if (!n->proven && n->ha.reason != BATON_HA_WHY_RELEASED && !gave_up_hope && !(w->last_opened == i && n->gate.epoch == newest(w)) && fit(w, 1 - i) &&
	    nodes_hear(w))
		w->broken = "C1: a cold node takes over from a warm one";
	if (w->last_opened == 1 - i && !peer->touched && !woke_just_now(w))
		w->broken = "I11: the role moves although nothing befell the node that had it";
	if (w->settled && w->faults && !(w->faults & ~LINKS) && w->moved_at &&
	    w->now < w->moved_at + BATON_HA_HOLDDOWN_MS)
		w->broken = "L2: a link moves the role twice within the hold-down";
}

void check_opening(struct world *w, int i, uint32_t epoch)
{
	/* Without a third party a ring that is cut is two rings; if one hears the other all the same it stops soon. */
	bool cut = !w->fenced && !w->witness && ((w->lost[0] | w->lost[1]) & PATH_RING);

	if (forwards(w, 1 - i) && !cut && !two_actives_allowed(w))
		w->broken = "I1: a gate is opened while the other one is open";
	check_epoch(w, i, epoch);
	check_right(w, i);
	check_change(w, i);
}

void check_shutting(struct world *w, int i)
{
	const struct node *n = &w->node[i];

	if (w->settled && gate_is_open(w, &n->gate) && !n->touched && !woke_just_now(w))
		w->broken = "I11: the role is given up although nothing befell the node that has it";
}

void check_fault(struct world *w, enum fault fault, int i)
{
	uint64_t both = LINKS | BIT(FAULT_HANDOVER) | BIT(FAULT_PROMOTE) | BIT(FAULT_FORCED) | BIT(FAULT_ISOLATED) |
			BIT(FAULT_WITNESS);
	/* With a witness who is left alone needs its vote, which may come late. */
	uint64_t machines = BIT(FAULT_POWER_OFF) | BIT(FAULT_SHUTDOWN) | BIT(FAULT_RENEWED) | BIT(FAULT_COROSYNC_KILL) |
			    BIT(FAULT_PAUSE) | BIT(FAULT_PAUSE_STOPPED) | BIT(FAULT_BLINK) | BIT(FAULT_WITNESS_CUT);

	w->node[i].touched = true;
	if ((both | (w->witness ? machines : 0)) & BIT(fault))
		w->node[1 - i].touched = true;
}

/* A standby is silent about changes: nobody takes what it says, or does, for an active node's. */
void check_said(struct world *w, int i, const struct baton_ha_action *a)
{
	const struct gate *g = &w->node[i].gate;

	if (a->type == BATON_HA_ACT_SEND && a->message.epoch && !g->active &&
	    w->node[i].ha.state != BATON_HA_PROMOTING)
		w->broken = "I5: a node without the role speaks as if it had it";
	if (a->type == BATON_HA_ACT_BEAT && a->beat.lease_ms &&
	    !(gate_is_open(w, g) && g->epoch == a->beat.epoch))
		w->broken = "I5: beats for a role whose gate is shut";
}

/* Who lets packets wait for the other node was promised by it, for this very role, that it will take them. */
void check_relay(struct world *w, int i, uint32_t epoch)
{
	if (w->node[i].promised != epoch)
		w->broken = "R1: packets wait for a node that has not promised to take them";
}

/* What waits in the kernel is served in time, whatever the last flush comes to. */
static void check_waiting(struct world *w)
{
	if (gate_is_open(w, &w->node[0].gate) || gate_is_open(w, &w->node[1].gate))
		w->waits_since = 0;
	if (w->settled && w->waits_since && !(w->faults & ~HANDOVERS) &&
	    w->now > w->waits_since + HOLD_MS)
		w->broken = "R2: packets waited in vain, in a handover that nothing else disturbed";
}

/* An active that puts back what somebody took may have slept over its lease: they are mute then. */
void check_addresses(struct world *w, int i, enum baton_ha_action_type type)
{
	bool open = gate_is_open(w, &w->node[i].gate);

	if (type == BATON_HA_ACT_VIP_ADD && !open && w->node[i].ha.state == BATON_HA_PROMOTING)
		w->broken = "I7: all addresses before the gate";
	if (type == BATON_HA_ACT_VIP_ARM && open)
		w->broken = "I7: a standby's addresses while its gate is open";
}

/* Gate, answer, announce. A lone node goes on with the addresses that can be set. */
void check_announcement(struct world *w, int i)
{
	const struct node *n = &w->node[i];

	if (n->ha.state != BATON_HA_PROMOTING)
		return;
	if (!gate_is_open(w, &n->gate))
		w->broken = "I7: announced before the gate is open";
	else if (!n->vips && !n->ha.vips_failed)
		w->broken = "I7: announced without having the addresses";
}

/* An agent that runs finds out that its gate has shut. */
static void check_stray(struct world *w, int i)
{
	struct node *n = &w->node[i];

	if (!node_runs(w, i) || !n->agent || w->now < n->stalled_until || !baton_ha_holds(&n->ha) ||
	    gate_is_open(w, &n->gate))
		n->stray_since = 0;
	else if (!n->stray_since)
		n->stray_since = w->now;
	else if (w->now > n->stray_since + STRAY_MS)
		w->broken = "I4: an agent believes to be active behind a shut gate";
}

void check_now(struct world *w)
{
	if (w->settled && w->fault_count == 1 && w->faults == BIT(FAULT_AGENT_RESTART) &&
	    !gate_is_open(w, &w->node[w->first_active].gate))
		w->broken = "I12: the restart of an agent has shut the gate";
	check_waiting(w);
	check_stray(w, 0);
	check_stray(w, 1);
	if (forwards(w, 0) && forwards(w, 1) && !two_actives_allowed(w))
		w->broken = "I1: two gates are open";
}

static bool usable(const struct world *w, int i)
{
	const struct node *n = &w->node[i];

	return n->on && n->agent && n->carrier && !n->ha.held && n->corosync.alive &&
	       !n->corosync.waits && (n->corosync.joint || n->corosync.vote);
}

/* Or would, once it had the table. */
static bool follows(const struct node *n)
{
	return n->ha.state == BATON_HA_STANDBY || n->ha.state == BATON_HA_SYNCING;
}

void check_rest(struct world *w)
{
	const struct node *a = &w->node[0], *b = &w->node[1];
	int open = gate_is_open(w, &a->gate) + gate_is_open(w, &b->gate);
	bool together = a->on && b->on && !((w->lost[0] | w->lost[1]) & PATH_RING);

	for (int i = 0; i < NODES; i++) {
		const struct node *n = &w->node[i];

		if (n->agent && !n->vips)
			w->broken = "the addresses are not in place";
		if (n->agent && n->ha.answer_due)
			w->broken = "O1: an operator waits for an answer for ever";
		if (n->agent && n->ha.state == BATON_HA_ACTIVE && !gate_is_open(w, &n->gate))
			w->broken = "an agent believes to be active behind a shut gate";
	}
	if (open == 2 && !world_deaf(w))
		w->broken = "I10: two actives for ever";
	/* An agent that is gone for good may leave a gate of which nobody knows anything. */
	if (a->gone || b->gone)
		return;
	if (together && (usable(w, 0) || usable(w, 1)) && open != 1)
		w->broken = "L1: a usable node, and nobody is active";
	if (together && usable(w, 0) && usable(w, 1) && !(follows(a) || follows(b)))
		w->broken = "L1: two usable nodes, and none is the other one's standby";
	/* What is told in the name of an epoch is not taken by whoever knows a higher one. */
	for (int i = 0; i < NODES; i++)
		if (together && usable(w, 0) && usable(w, 1) && !((w->lost[0] | w->lost[1]) & PATH_SYNC) &&
		    gate_is_open(w, &w->node[i].gate) && w->node[1 - i].gate.epoch > w->node[i].gate.epoch)
			w->broken = "L3: a standby that cannot follow, since its epoch is above the active's";
	for (int i = 0; i < NODES; i++)
		if (!together && usable(w, i) && !gate_is_open(w, &w->node[i].gate) &&
		    !(path_open(w, 1 - i, PATH_SYNC) && gate_is_open(w, &w->node[1 - i].gate)))
			w->broken = "L1: a usable node is alone and not active";
	if (w->faults && !(w->faults & ~RESTARTS(w)) && w->first_active < NODES &&
	    !gate_is_open(w, &w->node[w->first_active].gate))
		w->broken = "I12: a restart of an agent alone has moved the role";
}
