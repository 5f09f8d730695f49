// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How far the agent's own deeds have come: it has started, a promotion or demotion is complete, or an action
 * has failed. None of this elects anybody; what is undone here is elected anew by decide.c.
 */
#include "decide_private.h"

/* A restart alone never changes the role: the kernel's gate says what we were. */
void baton_ha_start(struct baton_ha *ha, const struct baton_ha_event *ev,
		    struct baton_ha_actions *out, uint64_t now)
{
	const struct baton_ha_gate *g = &ev->start.gate;

	ha->epoch_stored = ev->start.epoch;
	ha->epoch_seen = g->epoch > ev->start.epoch ? g->epoch : ev->start.epoch;
	ha->epoch = g->epoch;
	if (g->active && g->open && g->epoch && !MUTANT(12)) {
		ha->alone = !g->lease_ms;
		ha->fresh = true;
		ha->lease_end = g->lease_ms ? now + g->left_ms : 0;
		ha->renew_at = now;
		baton_ha_enter(ha, out, BATON_HA_ACTIVE, BATON_HA_WHY_RESUMED, now);
		baton_ha_addresses_add(ha, out);
		return;
	}
	/* Epoch 0 is a module that nobody has told its role yet: it has no history. */
	baton_ha_demote(ha, out, BATON_HA_WHY_START, now);
	ha->history = g->active ? g->epoch : 0;
}

void baton_ha_confirm(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	if (ha->state == BATON_HA_PROMOTING) {
		baton_ha_enter(ha, out, BATON_HA_ACTIVE, ha->reason, now);
		baton_ha_note(ha, out, "promote");
		if (ha->answer_due)
			baton_ha_answer(out, 0, NULL);
		ha->answer_due = false;
	} else if (ha->state == BATON_HA_DEMOTING) {
		baton_ha_note(ha, out, "demote");
		if (ha->handover.refuse)
			baton_ha_say(ha, out, BATON_HA_MSG_REFUSE, ha->handover.refuse, 0, now);
		ha->handover.refuse = 0;
		baton_ha_enter(ha, out, BATON_HA_WAIT_QUORUM, ha->next_reason, now);
	}
}

void baton_ha_failed(struct baton_ha *ha, const struct baton_ha_event *ev,
		     struct baton_ha_actions *out, uint64_t now)
{
	bool addresses = ev->failed.action == BATON_HA_ACT_VIP_ADD;

	if (addresses)
		ha->health.vips_all = false;
	if (ev->failed.action == BATON_HA_ACT_VIP_ARM) {
		ha->health.vips_armed = false;
		ha->arm_at = now + BATON_HA_ARM_MS;
		/* The gate is shut, which is what counts; the next promotion adds what is missing. */
		if (ha->state == BATON_HA_DEMOTING)
			baton_ha_act(out, BATON_HA_ACT_CONFIRM);
	} else if (ha->state == BATON_HA_DEMOTING) {
		ha->retry_at = now + BATON_HA_RETRY_MS;
	} else if (addresses && (ha->alone || ha->state == BATON_HA_ACTIVE)) {
		/* Nobody else can serve what is left: go on with the addresses that there are. */
		ha->vips_failed = true;
		ha->retry_at = now + 10 * BATON_HA_RETRY_MS;
		baton_ha_act(out, BATON_HA_ACT_ANNOUNCE);
		baton_ha_act(out, BATON_HA_ACT_CONFIRM);
	} else if (ha->state == BATON_HA_PROMOTING) {
		if (ha->reason == BATON_HA_WHY_RELEASED)
			ha->handover.refuse = ha->handover.epoch;
		ha->holddown_until = now + BATON_HA_HOLDDOWN_MS;
		baton_ha_demote(ha, out, BATON_HA_WHY_PROMOTE_FAILED, now);
	} else if (ev->failed.action == BATON_HA_ACT_LEASE) {
		if (baton_ha_holds(ha))
			baton_ha_demote(ha, out, BATON_HA_WHY_LEASE_ENDED, now);
	} else if (ha->state == BATON_HA_HANDOVER_OUT) {
		baton_ha_handover_event(ha, ev, out, now);
	}
}
