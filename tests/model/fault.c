// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

void world_heals(struct world *w, uint64_t when)
{
	if (when > w->healed_at)
		w->healed_at = when;
}

static void command(struct world *w, int i, enum baton_ha_command c)
{
	node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_COMMAND,
		.command = { .command = c } });
}

bool world_can(const struct world *w, enum fault fault, int i)
{
	const struct node *n = &w->node[i];
	bool runs = agent_runs(w, i);

	switch (fault) {
	case FAULT_POWER_OFF:
		return n->on;
	case FAULT_PANIC:
		return node_runs(w, i) && w->heirs;
	case FAULT_BOOT:
		return !n->on;
	case FAULT_AGENT_KILL:
	case FAULT_AGENT_GONE:
		return node_runs(w, i) && n->agent;
	case FAULT_AGENT_RESTART:
	case FAULT_SHUTDOWN:
		return runs && !n->ha.stopping;
	case FAULT_COROSYNC_KILL:
		return node_runs(w, i) && n->corosync.alive;
	case FAULT_STALL:
	case FAULT_HANG:
	case FAULT_LAG:
	case FAULT_FLUSH_FAILS:
		return runs;
	case FAULT_PAUSE:
	case FAULT_PAUSE_STOPPED:
	case FAULT_BLINK:
	case FAULT_LATE_VERDICT:
		return node_runs(w, i);
	case FAULT_OPEN_FAILS:
	case FAULT_DIE_OPENING:
		return runs && !baton_ha_holds(&n->ha);
	case FAULT_VIP_FAILS:
		return runs;
	case FAULT_VIP_LOST:
		return runs && n->vips;
	case FAULT_FORCED:
		return node_runs(w, i) && !gate_is_open(w, &n->gate) && n->ha.state != BATON_HA_PROMOTING;
	case FAULT_DEAF:
		return n->on && w->heirs && !n->deaf;
	case FAULT_FENCE_FAILS:
		return runs && w->fenced;
	case FAULT_LEASE_FAILS:
		return runs && baton_ha_holds(&n->ha);
	case FAULT_CARRIER:
		return runs;
	case FAULT_COLD:
		return runs && n->proven;
	case FAULT_HANDOVER:
		return runs && (n->ha.state == BATON_HA_ACTIVE || n->ha.state == BATON_HA_STANDBY);
	case FAULT_DEMOTE:
		return runs && !n->ha.held;
	case FAULT_RESUME:
		return runs && n->ha.held;
	case FAULT_PROMOTE:
		return runs && n->ha.state == BATON_HA_WAIT_QUORUM && !n->ha.peer.in_ring;
	case FAULT_CUT:
		return !i && !world_parted(w);
	case FAULT_HEAL:
		return !i && (world_cut(w) || w->lost[0] || w->lost[1]);
	case FAULT_ONE_WAY:
		return !world_cut(w);
	case FAULT_SYNC_CUT:
		return !(w->lost[i] & PATH_SYNC);
	case FAULT_RING_CUT:
		return !i && !world_cut(w);
	case FAULT_FLAP:
		return !world_cut(w) && w->flap_at == NEVER;
	case FAULT_TWICE:
		return n->on && !n->twice;
	case FAULT_RENEWED:
		return n->on;
	case FAULT_WITNESS:
		return !i && w->witness;
	case FAULT_WITNESS_CUT:
		return w->witness;
	case FAULT_ISOLATED:
		return w->witness && !w->lost[0] && !w->lost[1] && w->node[0].corosync.joint &&
		       w->node[1].corosync.joint;
	case FAULT_NONE:
	case FAULTS:
		break;
	}
	return false;
}

static void stop_machine(struct world *w, int i, uint64_t ms, bool clock_stops)
{
	struct node *n = &w->node[i];

	n->paused_until = w->now + ms;
	n->clock_stopped = clock_stops || (!w->witness && n->gate.active && !n->gate.lease_ms);
	if (clock_stops)
		n->behind += ms;
}

static void kill_agent(struct world *w, int i, bool again)
{
	agent_goes(w, i, true);
	w->node[i].gone = !again;
	w->node[i].start_at = again ? w->now + REBORN_MS : NEVER;
}

/* Things that are going to fail, and things that the operator wants. */
static void arm(struct world *w, enum fault fault, int i)
{
	struct node *n = &w->node[i];

	switch ((int)fault) {
	case FAULT_DIE_OPENING:
		n->die_opening = 1;
		break;
	case FAULT_OPEN_FAILS:
		n->fail_open = 1;
		break;
	case FAULT_VIP_FAILS:
		n->fail_vip = 1;
		break;
	case FAULT_DEAF:
		n->deaf = true;
		break;
	case FAULT_FENCE_FAILS:
		n->fail_fence = 1;
		break;
	case FAULT_LEASE_FAILS:
		n->fail_lease = 1;
		break;
	case FAULT_FLUSH_FAILS:
		n->fail_flush = 1;
		break;
	case FAULT_COLD:
		n->proven = false;
		break;
	case FAULT_LATE_VERDICT:
		n->corosync.late = true;
		break;
	case FAULT_TWICE:
		n->twice = true;
		break;
	case FAULT_HANDOVER:
		command(w, i, BATON_HA_CMD_HANDOVER);
		break;
	case FAULT_DEMOTE:
		command(w, i, BATON_HA_CMD_DEMOTE);
		break;
	case FAULT_RESUME:
		command(w, i, BATON_HA_CMD_RESUME);
		break;
	case FAULT_PROMOTE:
		command(w, i, BATON_HA_CMD_PROMOTE);
		break;
	}
}

static void look(struct world *w, int i)
{
	node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_HEALTH,
		.health = node_health(&w->node[i]) });
}

/* As "batonctl gate open force" does: an epoch above all that this node's kernel and sync daemon know, no lease, nobody asked. */
static void force(struct world *w, int i)
{
	struct gate *g = &w->node[i].gate;
	uint32_t heard = w->node[i].told.peer_epoch;

	*g = (struct gate){ .active = true, .forced = true, .epoch = 1 + (g->epoch > heard ? g->epoch : heard) };
	node_push(w, i, w->now, &(struct baton_ha_event){ .type = BATON_HA_EV_GATE, .gate = gate_read(w, i) });
}

/* What happens to an agent, a daemon, a machine or the network. */
static void strike(struct world *w, enum fault fault, int i)
{
	struct node *n = &w->node[i];

	switch ((int)fault) {
	case FAULT_PANIC:
		kernel_last_word(w, i);
		node_power_off(w, i);
		break;
	case FAULT_POWER_OFF:
		node_power_off(w, i);
		break;
	case FAULT_BOOT:
		world_heals(w, w->now);
		node_power_on(w, i);
		break;
	case FAULT_AGENT_KILL:
	case FAULT_AGENT_GONE:
		kill_agent(w, i, fault == FAULT_AGENT_KILL);
		break;
	case FAULT_AGENT_RESTART:
	case FAULT_SHUTDOWN:
		n->off_when_left = fault == FAULT_SHUTDOWN;
		node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_STOP,
			.shutdown = fault == FAULT_SHUTDOWN });
		break;
	case FAULT_COROSYNC_KILL:
		cluster_stop(w, i);
		n->corosync.start_at = w->now + COROSYNC_MS;
		world_heals(w, w->now + COROSYNC_MS);
		break;
	case FAULT_STALL:
	case FAULT_HANG:
	case FAULT_LAG:
		n->stalled_until = w->now + (fault == FAULT_STALL ? STALL_MS :
					     fault == FAULT_HANG ? HANG_MS : LAG_MS);
		break;
	case FAULT_PAUSE:
	case FAULT_PAUSE_STOPPED:
		stop_machine(w, i, w->witness ? LONG_MS : PAUSE_MS, fault == FAULT_PAUSE_STOPPED);
		break;
	case FAULT_BLINK:
		stop_machine(w, i, BLINK_MS, true);
		break;
	case FAULT_CARRIER:
		n->carrier = !n->carrier;
		look(w, i);
		break;
	case FAULT_VIP_LOST:
		n->vips = false;
		look(w, i);
		break;
	case FAULT_FORCED:
		force(w, i);
		break;
	case FAULT_RENEWED:
		node_power_off(w, i);
		n->stored = 0;
		n->empty = true;
		node_power_on(w, i);
		world_heals(w, w->now);
		break;
	}
}

/* A slow one lasts until the other node is given up, and until both are one ring again. */
void world_flap(struct world *w)
{
	bool down = world_parted(w);
	uint64_t lasts = w->flaps_fast ? MERGE_MS : down ? MERGE_MS + 20 : DETECT_MS + 20;

	w->lost[0] ^= PATH_PEER;
	w->lost[1] ^= PATH_PEER;
	say(w, -1, "the link is %s", down ? "back" : "cut");
	if (down)
		world_heals(w, w->now);
	else
		w->was_cut = true;
	w->flap_at = --w->flaps ? w->now + lasts : NEVER;
}

static void lose(struct world *w, int from, uint8_t paths)
{
	w->lost[from] |= paths;
	if (world_parted(w) || (w->lost[from] & PATH_RING))
		w->was_cut = true;
}

/* What happens to links, and to the witness. */
static void part(struct world *w, enum fault fault, int i)
{
	switch ((int)fault) {
	case FAULT_CUT:
		lose(w, 0, PATH_PEER);
		lose(w, 1, PATH_PEER);
		break;
	case FAULT_ONE_WAY:
		lose(w, i, PATH_PEER);
		break;
	case FAULT_SYNC_CUT:
		lose(w, i, PATH_SYNC);
		break;
	case FAULT_RING_CUT:
		lose(w, 0, PATH_RING);
		lose(w, 1, PATH_RING);
		break;
	case FAULT_ISOLATED:
		lose(w, 0, PATH_PEER);
		lose(w, 1, PATH_PEER);
		lose(w, i, PATH_WITNESS | PATH_REFUSED);
		break;
	case FAULT_WITNESS_CUT:
		w->lost[i] ^= PATH_WITNESS;
		w->lost[i] &= ~PATH_REFUSED;
		break;
	case FAULT_WITNESS:
		w->witness_on = !w->witness_on;
		break;
	case FAULT_FLAP:
		w->flaps = 2 * FLAPS;
		w->flaps_fast = i;
		world_flap(w);
		break;
	case FAULT_HEAL:
		w->lost[0] = 0;
		w->lost[1] = 0;
		world_heals(w, w->now);
		break;
	}
}

void world_fault(struct world *w, enum fault fault, int i)
{
	bool network = fault == FAULT_CUT || fault == FAULT_HEAL || fault == FAULT_RING_CUT ||
		       fault == FAULT_FLAP || fault == FAULT_WITNESS;

	say(w, network ? -1 : i, "*** %s", fault_name(fault));
	w->faults |= BIT(fault);
	w->fault_count++;
	check_fault(w, fault, i);
	arm(w, fault, i);
	strike(w, fault, i);
	part(w, fault, i);
	witness_run(w);
	check_now(w);
}

const char *fault_name(enum fault fault)
{
	static const char *const names[FAULTS] = {
		[FAULT_NONE] = "nothing", [FAULT_POWER_OFF] = "power off", [FAULT_PANIC] = "panic",
		[FAULT_BOOT] = "boot",
		[FAULT_AGENT_KILL] = "the agent is killed, and started again",
		[FAULT_AGENT_GONE] = "the agent is killed for good",
		[FAULT_AGENT_RESTART] = "the agent is restarted",
		[FAULT_SHUTDOWN] = "shutdown",
		[FAULT_DIE_OPENING] = "(the agent is going to die when it opens the gate)",
		[FAULT_COROSYNC_KILL] = "corosync is killed, and started again",
		[FAULT_STALL] = "the agent stalls", [FAULT_HANG] = "the agent hangs",
		[FAULT_LAG] = "the agent lags",
		[FAULT_PAUSE] = "the machine is paused, its clock goes on",
		[FAULT_PAUSE_STOPPED] = "the machine is paused, its clock stands still",
		[FAULT_BLINK] = "the machine is paused for a moment",
		[FAULT_OPEN_FAILS] = "(opening the gate is going to fail)",
		[FAULT_VIP_FAILS] = "(changing the addresses is going to fail)",
		[FAULT_VIP_LOST] = "the addresses are taken off",
		[FAULT_FORCED] = "the gate is opened by hand",
		[FAULT_DEAF] = "beats do not arrive any more",
		[FAULT_FENCE_FAILS] = "(fencing is going to fail)",
		[FAULT_LEASE_FAILS] = "(renewing the lease is going to fail)",
		[FAULT_FLUSH_FAILS] = "(the next flush is going to fail)",
		[FAULT_CARRIER] = "carrier lost, or back", [FAULT_COLD] = "the table is cold",
		[FAULT_LATE_VERDICT] = "(the next verdict is going to be late)",
		[FAULT_HANDOVER] = "the operator hands over",
		[FAULT_DEMOTE] = "the operator demotes", [FAULT_RESUME] = "the operator resumes",
		[FAULT_PROMOTE] = "the operator promotes", [FAULT_CUT] = "the network is cut",
		[FAULT_HEAL] = "the network is healed",
		[FAULT_ONE_WAY] = "what it says is heard no more",
		[FAULT_SYNC_CUT] = "what its sync daemon says is heard no more",
		[FAULT_RING_CUT] = "corosync alone is cut",
		[FAULT_FLAP] = "the link between them flaps",
		[FAULT_TWICE] = "(something that it hears is going to come twice)",
		[FAULT_RENEWED] = "power off and on, with an empty disk",
		[FAULT_WITNESS] = "the witness goes, or comes back",
		[FAULT_WITNESS_CUT] = "it and the witness do not hear each other, or do again",
		[FAULT_ISOLATED] = "cut off from everybody",
	};

	return names[fault];
}
