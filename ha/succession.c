// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who takes over when the active falls silent, agreed beforehand.
 *
 * Corosync knows that a node is gone after token and consensus have run out. Where both agents are
 * configured for it, a warm standby need not wait for that:
 *
 * The contract. The active offers it, the standby accepts, through the group and in one ring. From then on
 * the active's lease is short, and with each renewal goes a beat, to the heir, on every path that corosync
 * has, and past corosync.
 *
 * The right. An heir that has heard no beat for a time takes over. The lease that came with the last beat is
 * surely over by then; that of a machine that stands still, too, for it is the kernel that keeps it.
 *
 * The doubt. Beats can be lost on their way while the active goes on. So the heir asks corosync first: a
 * message of its own that was sent into the silence and comes round has been passed on by the peer's corosync.
 * That machine lives, and its agent's end, or the ring's, will be told by those who know. It waits for the answer for as
 * long as a lease may last: should that corosync have died just now, its agent has renewed nothing since.
 *
 * The LAN. What is lost are beats, and corosync's messages with them, when the cluster's own networks fail while clients still
 * reach both nodes. So the LAN is asked who has the addresses, once the lease that came with the last beat is surely
 * over: a machine that has ended, or stands still, or whose lease was not renewed since is silent. Whoever answers has
 * the addresses now, be it the active or a stranger, and then nobody takes over before the cluster's verdict. It is asked
 * three times within the time that is waited for anyway, so one lost answer is not taken for silence.
 *
 * The last word. An active whose kernel panics says so with its last breath, in a beat that was sealed with the contract
 * and lies ready in the kernel, which shuts the gate before it sends it. There is nothing left to doubt or to wait for. One
 * of another contract is not listened to, so it cannot be kept and sent again.
 *
 * The end. For the heir anything ends it: another ring or group, a handover, a restart of the peer's agent, a
 * beat that says so. The active must not stretch its lease before the heir knows: it keeps the short one until
 * the heir has said that it is none, or the cluster has given it up. An heir that is given up may have stood
 * still, with its clock, and believe that nothing has happened: therefore an active without an heir beats, too, and
 * each of these beats says that there is none.
 *
 * What is left is the pair that is cut off from each other on every path: both are active then, as with two_node
 * alone they are a moment later. Where a third party or a fencing hook rules that out there are no heirs.
 */
#include "decide_private.h"

#define BEATS	7	/* to a patience */
#define PROBES	3	/* of the LAN, in one silence */

/* The silence after which the heir asks, and the time from there to the takeover. */
static uint32_t ask_after(const struct baton_ha *ha)
{
	return ha->succession.ms / 4;
}

static uint32_t answer_time(const struct baton_ha *ha)
{
	return ha->succession.ms - ask_after(ha);
}

/* The silence after which whoever has the addresses has renewed his right since. */
static uint32_t probe_after(const struct baton_ha *ha)
{
	return answer_time(ha) - ha->succession.ms / 20;
}

/* Between two questions, and the least that an answer has. */
static uint32_t probe_time(const struct baton_ha *ha)
{
	return ha->succession.ms / 10;
}

/* What was asked about a silence is over with it. */
static void end_silence(struct baton_ha_succession *s)
{
	s->asked_at = 0;
	s->probes = 0;
	s->owned = false;
}

uint32_t baton_ha_succession_lease(const struct baton_ha *ha)
{
	return (answer_time(ha) - ha->succession.ms / 20) * 4 / 5;
}

uint32_t baton_ha_lease(const struct baton_ha *ha)
{
	return ha->succession.agreed ? baton_ha_succession_lease(ha) : ha->lease_ms;
}

uint32_t baton_ha_beat_ms(const struct baton_ha *ha)
{
	return ha->succession.ms / BEATS;
}

/* Is there to be an heir in this cluster? */
static bool possible(const struct baton_ha *ha)
{
	return ha->succession.ms && ha->connected && ha->cluster.two_node && !ha->fences &&
	       baton_ha_verdict_valid(ha) && ha->quorate;
}

void baton_ha_disinherit(struct baton_ha *ha)
{
	ha->succession.heir = false;
	ha->succession.beating = false;
	ha->succession.over = false;
	end_silence(&ha->succession);
}

void baton_ha_succession_promote(struct baton_ha *ha, enum baton_ha_reason reason, uint64_t now)
{
	baton_ha_disinherit(ha);
	ha->succession.agreed = false;
	ha->succession.offered_at = 0;
	ha->succession.beat_at = now;
	/* The ring's end will show that it was right. If the peer is heard again instead, no heirs for a while. */
	if (reason == BATON_HA_WHY_SUCCEEDED)
		ha->succession.offer_after = now + BATON_HA_MISTAKE_MS;
}

static void from_peer(struct baton_ha *ha, const struct baton_ha_message *m)
{
	struct baton_ha_succession *s = &ha->succession;

	if ((!m->heir && baton_ha_ring_equal(&m->ring, &ha->ring)) || MUTANT(31))
		s->agreed = false;
	if (m->state != BATON_HA_ACTIVE || m->epoch != s->epoch || m->type == BATON_HA_MSG_BRIDGE)
		baton_ha_disinherit(ha);
}

static void beat_heard(struct baton_ha *ha, const struct baton_ha_beat *beat, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;
	bool ours = beat->epoch == s->epoch && beat->number == s->number;

	if (!s->heir)
		return;
	if (beat->last) {
		if (ours)
			s->beating = s->over = true;
	} else if (ours && beat->lease_ms) {
		if (s->beating && now - s->beat_at > s->longest)
			s->longest = (uint32_t)(now - s->beat_at);
		s->beating = true;
		s->beat_at = now;
		end_silence(s);
	} else if (s->beating) {
		baton_ha_disinherit(ha);	/* what came before the first one was sent before we accepted */
	}
}

void baton_ha_succession_view(struct baton_ha *ha, const struct baton_ha_event *ev, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;

	/* We did not run, so we were not there to hear: patience begins anew. */
	if (s->heir && ha->ran_at && now - ha->ran_at > s->ms / 3) {
		s->beat_at = now;
		end_silence(s);
	}
	if (ev->type == BATON_HA_EV_MESSAGE && !ev->from.self)
		from_peer(ha, &ev->from.message);
	else if (ev->type == BATON_HA_EV_BEAT)
		beat_heard(ha, &ev->beat, now);
	else if (ev->type == BATON_HA_EV_OWNER)
		s->owned = s->owned || (s->probes && ev->probe == (uint32_t)s->beat_at);
	else if (ev->type == BATON_HA_EV_CLUSTER_UP || ev->type == BATON_HA_EV_CLUSTER_DOWN ||
		 (ev->type == BATON_HA_EV_RING && !baton_ha_ring_equal(&ev->view.ring, &ha->ring)) ||
		 (ev->type == BATON_HA_EV_GROUP && ev->view.peer != ha->peer.in_group)) {
		baton_ha_disinherit(ha);
		s->offered_at = 0;
	}
	if (ev->type == BATON_HA_EV_RING && !ev->view.peer)
		s->offer_after = 0;
}

static void offered(struct baton_ha *ha, const struct baton_ha_message *m,
		    struct baton_ha_actions *out, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;

	if (!possible(ha) || ha->state != BATON_HA_STANDBY || !baton_ha_healthy(ha) || ha->held ||
	    ha->stopping || m->state != BATON_HA_ACTIVE ||
	    !baton_ha_ring_equal(&m->ring, &ha->ring) || !m->ref ||
	    baton_ha_surely(m->ref) + s->ms / 20 > answer_time(ha))
		return;
	if (s->epoch != m->epoch)
		s->longest = 0;
	s->heir = true;
	s->beating = false;
	s->over = false;
	end_silence(s);
	s->epoch = m->epoch;
	s->number = m->value;
	baton_ha_say(ha, out, BATON_HA_MSG_ACCEPT, m->epoch, m->value, now);
	baton_ha_note(ha, out, "heir");
}

void baton_ha_succession_event(struct baton_ha *ha, const struct baton_ha_message *m,
			       struct baton_ha_actions *out, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;

	if (m->type == BATON_HA_MSG_OFFER) {
		offered(ha, m, out, now);
	} else if (ha->state == BATON_HA_ACTIVE && s->offered_at && m->ref == ha->epoch &&
		   m->value == s->number && m->heir && baton_ha_ring_equal(&m->ring, &ha->ring)) {
		s->agreed = true;
		s->offered_at = 0;
		ha->renew_at = now;
		baton_ha_note(ha, out, "heir_agreed");
	}
}

void baton_ha_beat(struct baton_ha *ha, struct baton_ha_actions *out, uint32_t lease_ms,
		   uint64_t now)
{
	ha->succession.beat_at = now + baton_ha_beat_ms(ha);
	baton_ha_act(out, BATON_HA_ACT_BEAT)->beat = (struct baton_ha_beat){
		.epoch = ha->epoch, .number = ha->succession.number, .lease_ms = lease_ms };
}

void baton_ha_succession_keep(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;
	const struct baton_ha_peer *peer = &ha->peer;

	if (!s->ms || s->agreed)
		return;
	if (now >= s->beat_at)
		baton_ha_beat(ha, out, 0, now);
	if (!possible(ha) || ha->state != BATON_HA_ACTIVE || ha->stopping || ha->alone ||
	    !peer->in_group || !peer->heard || peer->state != BATON_HA_STANDBY || !peer->warm ||
	    !peer->healthy || now < s->offer_after ||
	    (s->offered_at && now < s->offered_at + BATON_HA_OFFER_MS))
		return;
	/* The time is its number: no contract of an earlier agent is this one. */
	s->number = (uint32_t)now;
	s->offered_at = now;
	baton_ha_say(ha, out, BATON_HA_MSG_OFFER, baton_ha_succession_lease(ha), s->number,
		     now);
}

/* The silence has a name, the time of the last beat, so that an answer in an earlier one says nothing. */
static void probe(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;

	if (!s->probe || s->probes == PROBES ||
	    now < s->beat_at + probe_after(ha) + s->probes * probe_time(ha))
		return;
	if (!s->probes++)
		s->probed_at = now;
	baton_ha_act(out, BATON_HA_ACT_PROBE)->value = (uint32_t)s->beat_at;
}

bool baton_ha_succeeds(struct baton_ha *ha, struct baton_ha_actions *out, uint64_t now)
{
	struct baton_ha_succession *s = &ha->succession;
	uint64_t silence = now - s->beat_at;

	if (!s->heir || !s->beating || ha->state != BATON_HA_STANDBY || !ha->warm || !possible(ha) ||
	    !ha->peer.heard || ha->unread || now < ha->holddown_until || now < ha->stalled_until)
		return false;
	if (s->over) {
		baton_ha_note(ha, out, "last_word");
		return true;
	}
	if (silence < ask_after(ha))
		return false;
	if (!s->asked_at) {
		s->asked_at = now;
		s->told = false;
		baton_ha_say(ha, out, BATON_HA_MSG_HELLO, 0, (uint32_t)now, now);
		return false;
	}
	if (ha->self_at >= s->asked_at && !MUTANT(30)) {
		s->beating = false;
		if (s->told)
			baton_ha_note(ha, out, "peer_lives");
		return false;
	}
	if (s->owned && !MUTANT(47)) {
		s->beating = false;
		baton_ha_note(ha, out, "not_on_silence");
		return false;
	}
	probe(ha, out, now);
	/* A busy machine is silent for a while now and then: that is no news. */
	if (silence >= s->ms - s->ms / 4 && !s->told) {
		s->told = true;
		baton_ha_note(ha, out, "silence");
	}
	return silence >= s->ms && now - s->asked_at >= answer_time(ha) &&
	       (!s->probe || now - s->probed_at >= probe_time(ha));
}

uint64_t baton_ha_succession_deadline(const struct baton_ha *ha, uint64_t now)
{
	const struct baton_ha_succession *s = &ha->succession;
	uint64_t due, probe;

	if (!s->ms)
		return UINT64_MAX;
	if (baton_ha_holds(ha) && !s->agreed)
		return s->beat_at > now ? s->beat_at : now + 1;
	if (ha->state != BATON_HA_STANDBY || !s->heir || !s->beating)
		return UINT64_MAX;
	due = s->asked_at ? s->asked_at + answer_time(ha) : s->beat_at + ask_after(ha);
	probe = s->beat_at + probe_after(ha) + s->probes * probe_time(ha);
	if (s->asked_at && s->probe && s->probes < PROBES && probe < due)
		due = probe;
	/* More often than a stall that counts: else waiting would look like one. */
	return due > now && due < now + s->ms / BEATS ? due : now + s->ms / BEATS;
}
