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
 * Where the peer is fenced none of this is so.
 */
static bool two_actives_allowed(const struct world *w)
{
	uint64_t can_hear = w->woke_at > w->healed_at ? w->woke_at : w->healed_at;

	if (w->fenced)
		return false;
	if (w->woke_at && w->now < can_hear + WAKE_MS)
		return true;
	return w->cut || (w->was_cut && w->now < w->healed_at + HEAL_MS);
}

/* A machine that is paused forwards nothing. */
static bool forwards(const struct world *w, int i)
{
	return node_runs(w, i) && gate_is_open(w, &w->node[i].gate);
}

void check_opening(struct world *w, int i, uint32_t epoch)
{
	const struct node *n = &w->node[i], *peer = &w->node[1 - i];
	const struct baton_ha *ha = &n->ha;

	if (forwards(w, 1 - i) && !two_actives_allowed(w))
		w->broken = "I1: a gate is opened while the other one is open";
	for (int k = 0; k < 4; k++) {
		if (n->opened[k] && epoch <= n->opened[k])
			w->broken = "I2: an epoch does not rise";
		if (peer->opened[k] == epoch)
			w->broken = "I2: both nodes used the same epoch";
	}
	if (ha->reason == BATON_HA_WHY_PEER_LOST &&
	    !(ha->quorate && !ha->peer.in_ring && ha->verdict_ring.seq == ha->ring.seq))
		w->broken = "I3: promoted without a verdict of the present ring";
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
	if (w->settled && w->fault_count == 1 && w->faults == 1u << FAULT_AGENT_RESTART &&
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
	       !n->corosync.waits;
}

void check_rest(struct world *w)
{
	const struct node *a = &w->node[0], *b = &w->node[1];
	int open = gate_is_open(w, &a->gate) + gate_is_open(w, &b->gate);
	bool together = a->on && b->on && !w->cut;

	for (int i = 0; i < NODES; i++) {
		const struct node *n = &w->node[i];

		if (n->agent && !n->vips)
			w->broken = "the addresses are not in place";
		if (n->agent && n->ha.answer_due)
			w->broken = "O1: an operator waits for an answer for ever";
		if (n->agent && n->ha.state == BATON_HA_ACTIVE && !gate_is_open(w, &n->gate))
			w->broken = "an agent believes to be active behind a shut gate";
	}
	if (open == 2 && !w->cut)
		w->broken = "I10: two actives for ever";
	/* An agent that is gone for good may leave a gate of which nobody knows anything. */
	if (a->gone || b->gone)
		return;
	if (together && (usable(w, 0) || usable(w, 1)) && open != 1)
		w->broken = "L1: a usable node, and nobody is active";
	for (int i = 0; i < NODES; i++)
		if (!together && usable(w, i) && !gate_is_open(w, &w->node[i].gate))
			w->broken = "L1: a usable node is alone and not active";
	if (w->faults && !(w->faults & ~RESTARTS(w)) && w->first_active < NODES &&
	    !gate_is_open(w, &w->node[w->first_active].gate))
		w->broken = "I12: a restart of an agent alone has moved the role";
}
