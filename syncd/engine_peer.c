// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is there. A session is listened to only after it has echoed a challenge of ours: old
 * datagrams, however authentic, cannot do that.
 */
#include <errno.h>

#include "engine_priv.h"

#define HELLO_HANDSHAKE	MS(5)	/* between two hellos while somebody is unproven */

static struct peer *find(struct baton_engine *e, const struct baton_session *s)
{
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		if (e->peer[i].used && !memcmp(&e->peer[i].session, s, sizeof(*s)))
			return &e->peer[i];
	return NULL;
}

static void forget(struct baton_engine *e, struct peer *p)
{
	if (e->sink.from == p)
		e->sink.from = NULL;
	memset(p, 0, sizeof(*p));
}

/* How easily a slot is given to somebody new; a peer that is present is never thrown out. */
static int slot_value(const struct peer *p)
{
	return !p->used ? 0 : !p->accepted ? 1 : !p->present ? 2 : 3;
}

static struct peer *make_room(struct baton_engine *e)
{
	struct peer *best = &e->peer[0];

	for (unsigned int i = 1; i < BATON_ENGINE_PEERS; i++) {
		struct peer *p = &e->peer[i];
		int a = slot_value(p), b = slot_value(best);

		if (a < b || (a == b && p->heard < best->heard))
			best = p;
	}
	if (slot_value(best) == 3)
		return NULL;
	forget(e, best);
	return best;
}

static struct peer *meet(struct baton_engine *e, const struct baton_session *s)
{
	struct peer *p = make_room(e);
	struct {
		uint64_t seed, count;
	} in = { e->params.seed, ++e->challenges };

	if (!p)
		return NULL;
	p->used = true;
	p->session = *s;
	p->heard = e->now;
	_Static_assert(sizeof(in) == 16, "no padding");
	crypto_shorthash((uint8_t *)&p->challenge, (const uint8_t *)&in, sizeof(in),
			 e->params.hash_key);
	p->challenge |= 1;	/* 0 means none */
	return p;
}

static void accept_peer(struct baton_engine *e, struct peer *p)
{
	bool restarted = false;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *q = &e->peer[i];

		if (q == p || !q->used || !q->accepted || q->node != p->node)
			continue;
		restarted = true;
		forget(e, q);
	}
	p->accepted = true;
	baton_size_new_peer(e);
	if (restarted)
		baton_engine_note(e, BATON_NOTE_PEER_RESTARTED, p, 0, 0);
}

static void hear_hello(struct baton_engine *e, struct peer *p, const struct baton_msg_hello *h)
{
	bool knows_us = false;

	p->node = h->node;
	p->role = h->role;
	for (unsigned int i = 0; i < h->peers; i++) {
		const struct baton_msg_peer *q = &h->peer[i];

		if (memcmp(&q->session, &e->params.session, sizeof(q->session)) != 0)
			continue;
		p->echo = q->challenge;
		knows_us = q->echo == p->challenge;
		p->reaches = q->largest;
		p->given_start = q->start;
		p->given_resync_seen = q->resync_seen;
		p->given_resync_bulk = q->resync_bulk;
	}
	if (knows_us && !p->accepted)
		accept_peer(e, p);
	/* It has not heard us yet, or not our answer: answer soon. */
	if (!knows_us || !p->accepted)
		e->hello_now = true;
}

/* One line when the first of the peers differs, and one when none does any more. */
static void check_config(struct baton_engine *e, const struct peer *p)
{
	bool differs = false;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		const struct peer *q = &e->peer[i];

		differs |= q->present && q->fingerprint != e->fingerprint;
	}
	if (differs == e->config_differs)
		return;
	e->config_differs = differs;
	baton_engine_note(e, BATON_NOTE_CONFIG, p, differs, 0);
}

static void hear_accepted(struct baton_engine *e, struct peer *p, const struct baton_frame *head,
			  const struct baton_msg *msg)
{
	p->heard = e->now;
	if (!p->present) {
		p->present = true;
		baton_engine_note(e, BATON_NOTE_PEER_UP, p, 0, 0);
	}
	if (head->epoch > e->epoch_heard)
		e->epoch_heard = head->epoch;
	if (head->seq >= p->state_seq) {
		p->epoch = head->epoch;
		p->fingerprint = head->fingerprint;
		check_config(e, p);
	}
	if (msg->has_ack && e->source.on && head->seq >= p->state_seq)
		baton_source_ack(e, p, &msg->ack);
	baton_sink_hear(e, p, head, msg);
	if (head->seq > p->state_seq && (msg->has_hello || msg->has_source || msg->has_ack))
		p->state_seq = head->seq;
}

/* The second copy, over another link, is what links are for; twice over the same one is a replay. */
static bool is_fresh(struct baton_engine *e, struct peer *p, const struct baton_frame *head,
		     size_t size)
{
	if (!baton_replay_accept(&p->link[head->link % BATON_LINKS], head->seq)) {
		baton_engine_refused(e, BATON_REFUSAL_REPLAY);
		return false;
	}
	baton_size_heard(e, p, head->link, size);
	if (!baton_replay_accept(&p->replay, head->seq)) {
		e->stats.rx_duplicates++;
		return false;
	}
	return true;
}

void baton_peer_frame(struct baton_engine *e, const struct baton_frame *head,
		      const uint8_t *payload, size_t size)
{
	const struct baton_msg *msg = &e->reader.msg;
	struct peer *p = find(e, &head->session);

	if (p && !is_fresh(e, p, head, size))
		return;
	if (baton_msg_read(&e->reader, payload, size)) {
		baton_engine_refused(e, BATON_REFUSAL_MALFORMED);
		return;
	}
	if (!p && msg->has_hello) {
		p = meet(e, &head->session);
		if (p)
			is_fresh(e, p, head, size);
	}
	if (!p) {
		baton_engine_refused(e, BATON_REFUSAL_FOREIGN);
		return;
	}
	if (msg->has_hello && head->seq >= p->state_seq)
		hear_hello(e, p, &msg->hello);
	if (p->accepted)
		hear_accepted(e, p, head, msg);
	else if (!msg->has_hello)
		baton_engine_refused(e, BATON_REFUSAL_FOREIGN);
}

void baton_peer_expire(struct baton_engine *e)
{
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *p = &e->peer[i];

		if (!p->used || e->now - p->heard < PEER_TIMEOUT)
			continue;
		if (!p->accepted) {
			forget(e, p);
		} else if (p->present) {
			p->present = false;
			p->joined = false;
			baton_engine_note(e, BATON_NOTE_PEER_DOWN, p, 0, 0);
		}
	}
}

void baton_peer_fill_hello(struct baton_engine *e, struct baton_msg_hello *h)
{
	h->pad_to = 0;
	h->node = e->params.node;
	h->role = e->role;
	h->peers = 0;
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *p = &e->peer[i];

		if (!p->used)
			continue;
		h->peer[h->peers++] = (struct baton_msg_peer){
			.session = p->session, .challenge = p->challenge, .echo = p->echo,
			.start = e->source.on && p->joined ? p->start : 0,
			.resync_seen = p->resync_seen, .resync_bulk = p->resync_bulk,
			.largest = baton_size_tell(e, p),
		};
	}
}

static bool send_parts(struct baton_engine *e, const struct baton_msg_hello *h,
		       const struct baton_msg_source *s, const struct baton_msg_ack *a)
{
	uint8_t *buf = baton_engine_payload(e);
	long n;

	if (!buf || (!h && !s && !a))
		return true;
	/* small enough for every path: it is by these that one is found */
	n = baton_msg_write(h, s, a, buf, PAYLOAD_MIN);
	if (n < 0)
		return false;
	baton_engine_send(e, buf, n);
	return true;
}

void baton_peer_hello(struct baton_engine *e)
{
	struct baton_msg_hello h;
	struct baton_msg_source s;
	struct baton_msg_ack a;
	bool has_ack = baton_sink_ack_fill(e, &a);
	bool has_source = e->source.on;

	baton_peer_fill_hello(e, &h);
	if (has_source)
		baton_source_fill(e, &s);
	if (!send_parts(e, &h, has_source ? &s : NULL, has_ack ? &a : NULL)) {
		send_parts(e, &h, NULL, NULL);
		send_parts(e, NULL, has_source ? &s : NULL, NULL);
		send_parts(e, NULL, NULL, has_ack ? &a : NULL);
	}
	e->hello_at = e->now;
	e->hello_now = false;
}

uint64_t baton_peer_hello_due(const struct baton_engine *e)
{
	const struct baton_window *w = &e->source.window;

	if (!e->hello_at)
		return 0;
	if (e->hello_now)
		return e->hello_at + HELLO_HANDSHAKE;
	/* The newest batch may have been lost with nothing behind it to tell: say again. */
	if (e->source.on && baton_source_joined(e) && w->unsent > baton_source_acked(e) + 1)
		return e->hello_at + HELLO_BUSY;
	return e->hello_at + HELLO_INTERVAL;
}
