// SPDX-License-Identifier: GPL-2.0-or-later
/* What an operator asks for, SIGTERM, and the answer to "would this node take over?", which is the rules' own. */
#include <errno.h>
#include "decide_private.h"

static void command_handover(struct baton_ha *ha, uint32_t timeout_ms,
			     struct baton_ha_actions *out, uint64_t now)
{
	const char *obstacle;

	if (ha->state == BATON_HA_HANDOVER_OUT) {
		baton_ha_answer(out, EALREADY, "a handover is under way");
		return;
	}
	if (ha->state == BATON_HA_STANDBY && baton_ha_failing(ha) && !ha->peer.failing) {
		baton_ha_answer(out, EAGAIN, "a health check fails here, and none on the active node: see the status");
		return;
	}
	if (ha->state == BATON_HA_STANDBY) {
		baton_ha_fetch(ha, out, timeout_ms, now);
		return;
	}
	if (ha->state != BATON_HA_ACTIVE) {
		baton_ha_answer(out, EINVAL, "this node is neither active nor a warm standby: see its status");
		return;
	}
	obstacle = baton_ha_handover_obstacle(ha, false);
	if (!obstacle)
		obstacle = baton_ha_handover_worse(ha);
	if (obstacle) {
		baton_ha_answer(out, EAGAIN, obstacle);
		return;
	}
	ha->handover.operator = true;
	baton_ha_handover_begin(ha, out, false, timeout_ms, now);
}

static const char *promote_obstacle(const struct baton_ha *ha, bool force, uint64_t now)
{
	if (!ha->health.module)
		return "the kernel module is missing: load it with modprobe baton";
	if (ha->held)
		return "this node is held: resume it first";
	if (force)
		return NULL;
	if (!ha->connected)
		return "corosync is not reachable, so the peer may be active: start corosync, or force it";
	if (!baton_ha_verdict_valid(ha) || now < ha->connected_at + BATON_HA_SETTLE_MS)
		return "the cluster has not settled yet: try again in a few seconds, or force it";
	if (ha->syncd.connected && ha->syncd.peer_active)
		return "the peer is not in the cluster, but its baton-syncd is heard as active: look there, or force it";
	if (ha->peer.in_ring && baton_ha_peer_busy(ha))
		return "the peer is active: run a handover there";
	if (ha->peer.in_ring)
		return "the peer's node is there: the election decides, or force it";
	return NULL;
}

static void command_promote(struct baton_ha *ha, bool force, struct baton_ha_actions *out,
			    uint64_t now)
{
	const char *obstacle;

	switch (ha->state) {
	case BATON_HA_ACTIVE:
		baton_ha_answer(out, EALREADY, "this node is active already");
		return;
	case BATON_HA_BOOT:
	case BATON_HA_PROMOTING:
	case BATON_HA_DEMOTING:
	case BATON_HA_HANDOVER_OUT:
	case BATON_HA_HANDOVER_IN:
		baton_ha_answer(out, EBUSY, "the role is changing: try again");
		return;
	case BATON_HA_NO_CLUSTER:
	case BATON_HA_WAIT_QUORUM:
	case BATON_HA_SYNCING:
	case BATON_HA_STANDBY:
	case BATON_HA_FAULT:
	case BATON_HA_HELD:
	case BATON_HA_STATES:
		break;
	}
	obstacle = promote_obstacle(ha, force, now);
	if (obstacle) {
		baton_ha_answer(out, EAGAIN, obstacle);
		return;
	}
	ha->answer_due = true;
	baton_ha_promote(ha, out, BATON_HA_WHY_OPERATOR, now);
}

static void command_demote(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (ha->state == BATON_HA_BOOT || ha->state == BATON_HA_PROMOTING ||
	    ha->state == BATON_HA_HANDOVER_OUT) {
		baton_ha_answer(out, EBUSY, "the role is changing: try again");
		return;
	}
	if (ha->state != BATON_HA_ACTIVE) {
		ha->held = true;
		baton_ha_answer(out, 0, NULL);
	} else if (!baton_ha_handover_obstacle(ha, false)) {
		ha->handover.operator = true;
		baton_ha_handover_begin(ha, out, false, 0, now);
		ha->held = true;
	} else {
		ha->held = true;
		baton_ha_answer(out, 0, NULL);
		baton_ha_demote(ha, out, BATON_HA_WHY_HELD, now);
	}
}

void baton_ha_command(struct baton_ha *ha, const struct baton_ha_event *ev,
		      struct baton_ha_actions *out, uint64_t now)
{
	switch (ev->command.command) {
	case BATON_HA_CMD_HANDOVER:
		command_handover(ha, ev->command.timeout_ms, out, now);
		break;
	case BATON_HA_CMD_PROMOTE:
		command_promote(ha, ev->command.force, out, now);
		break;
	case BATON_HA_CMD_DEMOTE:
		command_demote(ha, out, now);
		break;
	case BATON_HA_CMD_RESUME:
		ha->held = false;
		baton_ha_answer(out, 0, NULL);
		break;
	}
}

/*
 * SIGTERM. When the machine goes down the role moves to the peer, warm or not, for the alternative is
 * nothing at all. A stop for a restart moves nothing: the gate and the addresses stay as they are; the
 * peer is asked to be patient, and only when it has agreed the lease is stretched over the restart.
 */
void baton_ha_stop(struct baton_ha *ha, const struct baton_ha_event *ev,
		   struct baton_ha_actions *out, uint64_t now)
{
	struct baton_ha_action *a;

	if (ev->type == BATON_HA_EV_MESSAGE) {		/* BRIDGE_OK */
		if (!ha->stopping || ha->shutdown || ha->state != BATON_HA_ACTIVE || ha->alone ||
		    ev->from.message.ref != ha->epoch)
			return;
		a = baton_ha_act(out, BATON_HA_ACT_LEASE);
		a->epoch = ha->epoch;
		a->value = BATON_HA_BRIDGE_MS;
		ha->lease_end = now + BATON_HA_BRIDGE_MS;
		ha->renew_at = ha->lease_end;
		ha->stop_at = now;
		return;
	}
	ha->stopping = true;
	ha->shutdown = ev->shutdown;
	ha->stop_at = now;
	if (ha->state != BATON_HA_ACTIVE)
		return;
	if (ha->shutdown) {
		if (!baton_ha_handover_obstacle(ha, true))
			baton_ha_handover_begin(ha, out, true, BATON_HA_HANDOVER_MS / 2, now);
	} else if (ha->alone && ha->lease_end) {
		/* Nobody is there to be asked for patience: the third party is not fast. */
		a = baton_ha_act(out, BATON_HA_ACT_LEASE);
		a->epoch = ha->epoch;
		a->value = BATON_HA_LONE_MS;
		ha->lease_end = now + BATON_HA_LONE_MS;
		ha->renew_at = ha->lease_end;
	} else if (!ha->alone && ha->connected && ha->peer.in_group) {
		ha->stop_at = now + BATON_HA_STOP_MS;
		baton_ha_say(ha, out, BATON_HA_MSG_BRIDGE, ha->epoch, BATON_HA_BRIDGE_MS, now);
	}
}

void baton_ha_rule_stopping(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (ha->state != BATON_HA_ACTIVE || now >= ha->stop_at)
		baton_ha_act(out, BATON_HA_ACT_EXIT);
}

/* The world in which the peer has died: no more than that, and all that the cluster says of it. */
static struct baton_ha bereaved(const struct baton_ha *ha, uint64_t now)
{
	struct baton_ha after = *ha;

	after.verdict_peer = false;
	after.peer.in_ring = false;
	after.peer.in_group = false;
	after.peer.heard = false;
	after.syncd.peer_present = false;
	after.syncd.peer_active = false;
	/* the next step will notice that we have stood still, if we have */
	after.unread = ha->unread || now - ha->ran_at > ha->lease_cfg_ms;
	return after;
}

/* The states from which the rules of a standby go on; elsewhere another rule has to end first. */
static bool is_moving(const struct baton_ha *ha)
{
	return ha->stopping || ha->state == BATON_HA_BOOT || ha->state == BATON_HA_PROMOTING ||
	       ha->state == BATON_HA_DEMOTING || ha->state == BATON_HA_HANDOVER_OUT ||
	       ha->state == BATON_HA_HANDOVER_IN;
}

enum baton_ha_takeover baton_ha_takeover(const struct baton_ha *ha, uint64_t now, const char **why)
{
	struct baton_ha after = bereaved(ha, now);
	enum baton_ha_reason reason = baton_ha_unfit(&after);

	if (reason == BATON_HA_REASONS)
		reason = baton_ha_obstacle(&after, now);
	if (reason == BATON_HA_REASONS && baton_ha_fence_due(&after) && now < after.fence_at)
		reason = BATON_HA_WHY_FENCING;
	*why = NULL;
	if (baton_ha_holds(ha))
		*why = "this node is active";
	else if (is_moving(ha))
		*why = "the role is changing";
	else if (reason != BATON_HA_REASONS)
		*why = baton_ha_reason_text(reason);
	if (*why)
		return BATON_HA_TAKEOVER_NONE;
	if (!ha->syncd.connected)
		*why = "baton-syncd is not running here, so the table is not known to be warm";
	else if (!ha->warm)
		*why = "the table is not proven equal to the active node's";
	return *why ? BATON_HA_TAKEOVER_COLD : BATON_HA_TAKEOVER_WARM;
}
