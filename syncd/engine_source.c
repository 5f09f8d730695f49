// SPDX-License-Identifier: GPL-2.0-or-later
/* The side that reads its kernel's changes and sends them. */
#include <errno.h>

#include "engine_priv.h"

#define CALM_DRAIN	8	/* records, at most, that show a calm: 4,000 changes a second */
#define FULL_DRAIN	96	/* records that are worth waiting for more, to fill a datagram */
#define BACKLOG		32	/* batches that wait for the window; more is left to the kernel */
#define RESENDS_AN_ACK	24

void baton_source_start(struct baton_engine *e)
{
	struct source *s = &e->source;

	s->on = true;
	s->epoch = e->epoch;
	s->want_drain = true;
	s->drain_at = 0;
	s->cwnd = WINDOW_BEGIN;
	s->want_digest = true;
	s->snap.valid = false;
	baton_window_clear(&s->window);
	baton_dict_tx_forget(&s->window.dict);
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		e->peer[i].joined = false;
	baton_engine_note(e, BATON_NOTE_SOURCE, NULL, e->epoch, 0);
}

void baton_source_stop(struct baton_engine *e)
{
	struct source *s = &e->source;

	s->on = false;
	baton_window_clear(&s->window);
	s->snap.valid = false;
	s->release.epoch = s->flush.release = 0;
	memset(&s->bulk.map_pending, 0, sizeof(s->bulk.map_pending));
	s->bulk.pending = s->bulk.running = false;
	if (s->flush.wanted)
		baton_engine_act(e, BATON_ACT_FLUSHED);
	s->flush.wanted = false;
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		e->peer[i].joined = false;
}

uint32_t baton_source_joined(const struct baton_engine *e)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		n += e->peer[i].joined;
	return n;
}

uint64_t baton_source_acked(const struct baton_engine *e)
{
	uint64_t low = UINT64_MAX;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		const struct peer *p = &e->peer[i];

		if (!p->joined)
			continue;
		if (low == UINT64_MAX || (MUTATION(7) ? p->acked > low : p->acked < low))
			low = p->acked;
	}
	return low == UINT64_MAX ? e->source.window.first - 1 : low;
}

void baton_source_recut(struct baton_engine *e)
{
	struct source *s = &e->source;
	uint64_t start;

	baton_bulk_abort(e);
	baton_dict_tx_forget(&s->window.dict);
	start = baton_window_restart(&s->window);
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *q = &e->peer[i];

		if (!q->joined)
			continue;
		q->start = start;
		q->acked = start - 1;
		q->has_ack = false;
	}
	s->snap.valid = false;
	s->want_digest = true;
	s->want_drain = true;
	s->cwnd = WINDOW_BEGIN;
	s->progress_at = e->now;
	e->hello_at = 0;
}

/*
 * Somebody new listens. One position can be given to all from which everything counts; who was
 * there before just sees it again.
 */
void baton_source_join(struct baton_engine *e, struct peer *p)
{
	p->joined = true;
	baton_source_recut(e);
}

static void write_failed(struct baton_engine *e, long err)
{
	baton_engine_note(e, BATON_NOTE_KERNEL, NULL, OP_NONE, (int)err);
	baton_engine_act(e, BATON_ACT_RESTART);
}

void baton_source_send_fresh(struct baton_engine *e)
{
	struct source *s = &e->source;
	struct baton_window *w = &s->window;
	uint64_t limit = baton_source_acked(e) + 1 + s->cwnd;

	while (w->unsent < w->next && w->unsent < limit) {
		struct baton_window_batch *b = baton_window_find(w, w->unsent);
		uint8_t *buf = baton_engine_payload(e);
		long n;

		if (!buf)
			return;
		n = baton_window_write(w, w->unsent, UINT64_MAX, buf, e->payload);
		if (n < 0) {
			write_failed(e, n);
			return;
		}
		baton_engine_send(e, buf, n);
		e->stats.tx_records += b->end - b->begin;
		b->sent_at = e->now;
		b->tries = 1;
		w->unsent++;
	}
}

static bool resend(struct baton_engine *e, uint64_t id)
{
	struct baton_window *w = &e->source.window;
	struct baton_window_batch *b = baton_window_find(w, id);
	unsigned int patience;
	uint8_t *buf;
	long n;

	if (!b || id >= w->unsent)
		return true;
	patience = b->tries < 4 ? b->tries - 1 : 3;
	if (e->now - b->sent_at < RESEND_AFTER << patience)
		return true;
	buf = baton_engine_payload(e);
	if (!buf)
		return false;
	n = baton_window_write(w, id, baton_source_acked(e), buf, e->payload);
	if (n < 0) {
		write_failed(e, n);
		return false;
	}
	if (MUTATION(6))
		e->seq--;
	baton_engine_send(e, buf, n);
	e->stats.tx_resends++;
	b->sent_at = e->now;
	b->tries++;
	return true;
}

static void resend_missing(struct baton_engine *e, const struct baton_msg_ack *ack)
{
	struct source *s = &e->source;
	unsigned int budget = RESENDS_AN_ACK;
	uint64_t resends = e->stats.tx_resends;

	for (unsigned int i = 0; i < ack->ranges; i++)
		for (uint64_t j = 0; j < ack->missing[i].count && budget; j++, budget--)
			if (!resend(e, ack->missing[i].first + j))
				return;
	/* Loss means that we are faster than the network or the peer: half as fast, for a while. */
	if (e->stats.tx_resends != resends && e->now - s->cwnd_cut_at > MS(20)) {
		s->cwnd_cut_at = e->now;
		s->cwnd = s->cwnd / 2 < WINDOW_MIN ? WINDOW_MIN : s->cwnd / 2;
	}
}

static void tell_unknown(struct baton_engine *e, struct peer *p, const struct baton_msg_ack *ack)
{
	uint8_t *buf;
	long n;

	if (!ack->unknowns || e->now - p->dict_at < MS(10))
		return;
	buf = baton_engine_payload(e);
	if (!buf)
		return;
	n = baton_dict_write(&e->source.window.dict, ack->unknown, ack->unknowns, buf,
			     PAYLOAD_MIN);
	if (n <= 0)
		return;
	p->dict_at = e->now;
	baton_engine_send(e, buf, n);
}

static void grow(struct source *s, uint64_t acked)
{
	s->cwnd_acks += acked;
	while (s->cwnd_acks >= s->cwnd && s->cwnd < WINDOW_MAX) {
		s->cwnd_acks -= s->cwnd;
		s->cwnd += 1 + s->cwnd / 8;
	}
	if (s->cwnd > WINDOW_MAX)
		s->cwnd = WINDOW_MAX;
}

void baton_source_ack(struct baton_engine *e, struct peer *p, const struct baton_msg_ack *ack)
{
	struct source *s = &e->source;
	uint64_t low;

	if (memcmp(&ack->session, &e->params.session, sizeof(ack->session)) != 0 || !p->joined ||
	    ack->start != p->start || ack->position >= s->window.unsent)
		return;
	if (ack->position < p->acked) {
		/* It was the active one for a moment and forgot what it had: begin anew. */
		p->joined = false;
		return;
	}
	p->ack = *ack;
	p->has_ack = true;
	p->ack_at = e->now;
	if (ack->position > p->acked) {
		grow(s, ack->position - p->acked);
		p->acked = ack->position;
		s->progress_at = e->now;
	}
	low = baton_source_acked(e);
	baton_window_ack(&s->window, low);
	resend_missing(e, ack);
	tell_unknown(e, p, ack);
	baton_config_answer(e, ack);
	if (ack->want_marks)
		s->want_digest = s->want_marks = true;
	if (ack->resync_id && ack->resync_id > p->resync_seen) {
		p->resync_seen = ack->resync_id;
		p->resync_bulk = s->bulk.id + 1;
		baton_bulk_want(e, ack->resync_buckets);
		e->hello_now = true;
	}
}

static bool can_drain(const struct baton_engine *e)
{
	const struct source *s = &e->source;

	return s->on && baton_source_joined(e) && s->drains < DRAINS_A_TURN &&
	       baton_window_room(&s->window) >= BATON_SYNC_RECORDS_MAX &&
	       s->window.next - s->window.unsent < BACKLOG;
}

bool baton_source_add_all(struct baton_engine *e, const struct baton_sync_batch *b, uint32_t bulk)
{
	/* Only a new session can number services and servers afresh. */
	if (!baton_window_put(&e->source.window, b->likes, b->like_count, b->briefs, b->count, bulk))
		return true;
	baton_engine_act(e, BATON_ACT_RESTART);
	return false;
}

/*
 * The end of a batch. Few records go out at once; when there are many, a batch that is not
 * full may wait one interval for the rest of its datagram.
 */
static void settle(struct baton_engine *e)
{
	struct source *s = &e->source;

	if (!baton_window_collecting(&s->window)) {
		s->drained = 0;
		return;
	}
	if (!s->open_since)
		s->open_since = e->now;
	if (s->drained >= FULL_DRAIN && e->now - s->open_since < DRAIN_INTERVAL &&
	    !s->flush.wanted) {
		s->want_drain = true;
	} else {
		baton_window_close(&s->window);
		s->open_since = 0;
	}
	s->drained = 0;
}

/*
 * The kernel forgot deletions. What we hold may be dead, and sent again it would come back: the
 * walk that follows brings what is alive.
 */
static void overrun(struct baton_engine *e)
{
	uint8_t all[BATON_MAP_SIZE];

	memset(all, 0xff, sizeof(all));
	e->stats.overruns++;
	baton_engine_note(e, BATON_NOTE_OVERRUN, NULL, 0, 0);
	baton_window_forget(&e->source.window, UINT64_MAX);
	baton_bulk_want(e, all);
}

void baton_source_drained(struct baton_engine *e, const struct baton_input *in)
{
	struct source *s = &e->source;
	const struct baton_sync_batch *b = in->batch;

	s->drained_at = e->now;
	if (in->error) {
		s->drain_at = e->now + MS(50);
		return;
	}
	e->stats.drains++;
	s->pending = b->pending;
	if (b->seq > s->version)
		s->version = b->seq;
	if (!s->on)
		return;
	if (b->flags & BATON_SYNC_F_OVERRUN)
		overrun(e);
	if (!baton_source_add_all(e, b, 0))
		return;
	s->drained += b->count;
	s->draining_more = b->flags & BATON_SYNC_F_MORE;
	if (s->draining_more)
		return;
	s->drain_at = e->now + (s->drained <= CALM_DRAIN ? DRAIN_INTERVAL_CALM : DRAIN_INTERVAL);
	s->want_drain = false;
	settle(e);
	baton_bulk_drained(e);
	if (s->flush.wanted && !s->flush.drained && !b->pending) {
		s->flush.drained = true;
		s->flush.position = s->window.next - 1;
		if (s->flush.release) {
			s->release.epoch = s->flush.release;
			s->release.position = s->flush.position;
			e->hello_at = 0;
		}
	} else if (s->flush.wanted && !s->flush.drained) {
		s->want_drain = true;
	}
}

static void joins(struct baton_engine *e)
{
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *p = &e->peer[i];

		if (p->joined && p->role != BATON_ROLE_STANDBY)
			p->joined = false;
		if (p->present && !p->joined && p->role == BATON_ROLE_STANDBY &&
		    baton_fair_may_join(e, p))
			baton_source_join(e, p);
	}
}

/*
 * A kernel that was never drained keeps no list of changes yet: what is open already will
 * not be in any drain. It shows in a table of which the digests cover nothing.
 */
static void first_look(struct baton_engine *e)
{
	if (e->now < e->source.digest_not_before)
		return;
	e->op = OP_DIGEST_SOURCE;
	baton_engine_act(e, BATON_ACT_DIGEST);
}

void baton_source_run(struct baton_engine *e)
{
	struct source *s = &e->source;

	if (!s->on)
		return;
	joins(e);
	if (!baton_source_joined(e)) {
		baton_bulk_abort(e);
		return;
	}
	baton_fair_run(e);
	baton_source_send_fresh(e);
	baton_flush_run(e);
	if (e->op != OP_NONE)
		return;
	if (e->now - s->drained_at >= DRAIN_SAFETY)
		s->want_drain = true;
	if (!s->looked) {
		first_look(e);
		return;
	}
	if (s->want_drain && s->drain_at <= e->now && can_drain(e)) {
		e->op = OP_DRAIN;
		s->drains++;
		baton_engine_act(e, BATON_ACT_DRAIN)->max_records = BATON_SYNC_RECORDS_MAX;
		return;
	}
	if (baton_snapshot_run(e))
		return;
	baton_bulk_run(e);
}

uint64_t baton_source_deadline(const struct baton_engine *e)
{
	const struct source *s = &e->source;
	uint64_t safety = s->drained_at + DRAIN_SAFETY;

	if (!s->on || !baton_source_joined(e))
		return UINT64_MAX;
	/* Without room only an acknowledgement helps, and that is an input of its own. */
	if (s->drains < DRAINS_A_TURN && !can_drain(e))
		return UINT64_MAX;
	if (!s->want_drain)
		return safety;
	return s->drain_at;
}
