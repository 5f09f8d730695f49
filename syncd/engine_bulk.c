// SPDX-License-Identifier: GPL-2.0-or-later
/* The source's walks over its table, its snapshots of the digests, and the handover barrier. */
#include <errno.h>

#include "engine_priv.h"

static void map_or(uint8_t *to, const uint8_t *from)
{
	for (unsigned int i = 0; i < BATON_MAP_SIZE; i++)
		to[i] |= from[i];
}

static unsigned int map_count(const uint8_t *map)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < BATON_MAP_SIZE; i++)
		n += (unsigned int)__builtin_popcount(map[i]);
	return n;
}

void baton_bulk_want(struct baton_engine *e, const uint8_t *map)
{
	struct source *s = &e->source;

	map_or(s->bulk.map_pending, map);
	s->bulk.pending = true;
	s->want_digest = true;
}

/* Whoever was in it starts over: what was walked so far is worth nothing to a newcomer. */
void baton_bulk_abort(struct baton_engine *e)
{
	struct source *s = &e->source;

	if (!s->bulk.running)
		return;
	s->bulk.running = false;
	baton_bulk_want(e, s->bulk.map);
}

static void bulk_begin(struct baton_engine *e)
{
	struct source *s = &e->source;

	s->bulk.id++;
	s->bulk.running = true;
	s->bulk.pending = false;
	s->bulk.read = s->bulk.walked = false;
	s->bulk.cursor = 0;
	s->bulk.total = 0;
	s->bulk.begin_version = s->version;
	s->bulk.first = s->window.next;
	s->bulk.final = 0;
	memcpy(s->bulk.map, s->bulk.map_pending, BATON_MAP_SIZE);
	memset(s->bulk.map_pending, 0, BATON_MAP_SIZE);
	s->bulk.announced = (uint64_t)s->snap.synced * map_count(s->bulk.map) /
			    BATON_DIGEST_BUCKETS;
	s->bulk.tick_at = e->now;
	s->bulk.reads = 0;
	e->stats.bulks++;
	e->hello_now = true;
	baton_engine_note(e, BATON_NOTE_BULK_BEGIN, NULL, s->bulk.announced, 0);
}

/* Over when every standby says that it has finished with it, not when we think we have sent it. */
static void bulk_finish(struct baton_engine *e)
{
	struct source *s = &e->source;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		const struct peer *p = &e->peer[i];

		if (p->joined && (!p->has_ack || p->ack.bulk_done < s->bulk.id))
			return;
	}
	s->bulk.running = false;
	baton_engine_note(e, BATON_NOTE_BULK_END, NULL, s->bulk.total, 0);
}

static bool bulk_has_room(const struct baton_engine *e)
{
	const struct baton_window *w = &e->source.window;

	/* Changes go first: a walk only adds when nothing waits to be sent. */
	return w->unsent == w->next && baton_window_room(w) >= 2 * BATON_SYNC_RECORDS_MAX &&
	       w->unsent - w->first < e->source.cwnd;
}

bool baton_bulk_run(struct baton_engine *e)
{
	struct source *s = &e->source;
	struct baton_action *a;

	if (s->bulk.running && s->bulk.walked)
		bulk_finish(e);
	if (s->bulk.pending && !s->bulk.running)
		s->want_digest = true;
	if (!s->bulk.running || s->bulk.read)
		return false;
	if (e->now >= s->bulk.tick_at) {
		s->bulk.tick_at = e->now + BULK_TICK;
		s->bulk.reads = 0;
	}
	if (s->bulk.reads >= BULK_READS_A_TICK || !bulk_has_room(e))
		return false;
	s->bulk.reads++;
	e->op = OP_READ;
	a = baton_engine_act(e, BATON_ACT_READ);
	a->read.cursor = s->bulk.cursor;
	a->read.max_records = BULK_READ_RECORDS;
	a->read.map = s->bulk.map;
	return true;
}

void baton_bulk_read(struct baton_engine *e, const struct baton_input *in)
{
	struct source *s = &e->source;
	const struct baton_sync_batch *b = in->batch;

	if (in->error) {
		s->bulk.tick_at = e->now + MS(50);
		s->bulk.reads = BULK_READS_A_TICK;
		return;
	}
	if (b->seq > s->version)
		s->version = b->seq;
	if (!s->bulk.running)
		return;
	if (!baton_source_add_all(e, b, s->bulk.id))
		return;
	s->bulk.total += b->count;
	s->bulk.cursor = b->cursor;
	if (!b->cursor) {
		baton_window_close(&s->window);
		s->bulk.read = true;
		s->want_drain = true;
		s->drain_at = e->now;
	}
	baton_source_send_fresh(e);
}

/*
 * The dirty list is empty for the first time after the walk. What died before the walk came to it
 * is still in our digests until its deletion is handed out; a standby that prunes it earlier
 * would be right, and would seem to differ.
 */
void baton_bulk_drained(struct baton_engine *e)
{
	struct source *s = &e->source;

	if (!s->bulk.running || !s->bulk.read || s->bulk.walked)
		return;
	baton_window_close(&s->window);
	s->open_since = 0;
	s->bulk.walked = true;
	s->bulk.final = s->window.next - 1;
	s->want_digest = true;
	e->hello_now = true;
	baton_source_send_fresh(e);
}

bool baton_snapshot_run(struct baton_engine *e)
{
	struct source *s = &e->source;
	uint64_t due = s->digest_at + (s->want_digest ? DIGEST_HASTE : DIGEST_INTERVAL);

	if ((e->now < due && s->snap.valid) || e->now < s->digest_not_before)
		return false;
	/* Under load a batch is always being collected: a proof now and then is worth its end. */
	baton_window_close(&s->window);
	s->open_since = 0;
	baton_source_send_fresh(e);
	if (s->window.unsent != s->window.next)
		return false;
	e->op = OP_DIGEST_SOURCE;
	baton_engine_act(e, BATON_ACT_DIGEST);
	return true;
}

static void looked(struct baton_engine *e, const struct baton_sync_digest *d)
{
	struct source *s = &e->source;
	uint8_t all[BATON_MAP_SIZE];

	s->looked = true;
	if (d->synced || !d->unsynced)
		return;
	memset(all, 0xff, sizeof(all));
	baton_bulk_want(e, all);
	s->snap.synced = d->unsynced;
	bulk_begin(e);
}

void baton_snapshot_taken(struct baton_engine *e, const struct baton_input *in)
{
	const struct baton_sync_digest *d = in->digest;
	struct source *s = &e->source;
	uint8_t marks[BATON_DIGEST_BUCKETS];

	s->digest_at = e->now;
	if (in->error)
		s->digest_not_before = e->now + MS(50);
	if (in->error || !s->on)
		return;
	if (d->seq > s->version)
		s->version = d->seq;
	if (!s->looked) {
		/* No proof for anybody: nothing has been handed out yet. */
		looked(e, d);
		return;
	}
	s->want_digest = false;
	s->snap.valid = true;
	s->snap.position = s->window.next - 1;
	s->snap.synced = d->synced;
	s->snap.unsynced = d->unsynced;
	s->pending = d->pending;
	baton_proof_sum(d->bucket, s->snap.sum);
	for (unsigned int i = 0; s->want_marks && i < BATON_DIGEST_BUCKETS; i++)
		marks[i] = baton_proof_mark(d->bucket[i], s->snap.position);
	/*
	 * Now, before any other batch can be sent: a standby can compare only while its own
	 * table stands at this very position.
	 */
	baton_snapshot_send(e, s->want_marks ? marks : NULL);
	s->want_marks = false;
	if (s->bulk.pending && !s->bulk.running && baton_source_joined(e))
		bulk_begin(e);
}

void baton_source_fill(const struct baton_engine *e, struct baton_msg_source *m)
{
	const struct source *s = &e->source;

	memset(m, 0, sizeof(*m));
	m->last = s->window.unsent - 1;
	m->connections = s->snap.synced + s->snap.unsynced;
	m->unsynced = s->snap.unsynced;
	m->pending = s->pending;
	m->config_hash = e->config.hash;
	m->config_size = e->config.size;
	m->release.epoch = s->release.epoch;
	m->release.position = s->release.position;
	if (s->snap.valid) {
		m->digest.present = true;
		m->digest.position = s->snap.position;
		memcpy(m->digest.sum, s->snap.sum, BATON_SUM_SIZE);
	}
	if (!s->bulk.running)
		return;
	m->bulk.id = s->bulk.id;
	m->bulk.begin_version = s->bulk.begin_version;
	m->bulk.first = s->bulk.first;
	m->bulk.announced = s->bulk.announced;
	m->bulk.walked = s->bulk.walked;
	m->bulk.total = s->bulk.walked ? s->bulk.total : 0;
	m->bulk.final = s->bulk.final;
	memcpy(m->bulk.buckets, s->bulk.map, BATON_MAP_SIZE);
}

/* The smallest message that carries a digest: with all the marks it fits into 1280 bytes. */
void baton_snapshot_send(struct baton_engine *e, const uint8_t *marks)
{
	struct baton_msg_source m;
	uint8_t *buf = baton_engine_payload(e);
	long n;

	if (!buf)
		return;
	baton_source_fill(e, &m);
	m.digest.marks = marks;
	if (marks)
		m.bulk.id = 0;
	n = baton_msg_write(NULL, &m, NULL, buf, PAYLOAD_MIN);
	if (n > 0)
		baton_engine_send(e, buf, n);
}

uint64_t baton_bulk_deadline(const struct baton_engine *e)
{
	const struct source *s = &e->source;
	uint64_t due;

	if (!s->on || !baton_source_joined(e))
		return UINT64_MAX;
	due = s->digest_at + (s->want_digest ? DIGEST_HASTE : DIGEST_INTERVAL);
	if (!s->snap.valid && due > e->now + MS(5))
		due = e->now + MS(5);
	/* What holds a digest or a walk back ends with an acknowledgement; look again anyway. */
	if (due <= e->now)
		due = e->now + MS(5);
	if (s->bulk.running && !s->bulk.read && bulk_has_room(e) && s->bulk.tick_at < due)
		due = s->bulk.tick_at > e->now ? s->bulk.tick_at : e->now + 1;
	return due;
}

/* Everything changed before the flush is sent, acknowledged and, if asked for, proven by equal digests. */
void baton_flush_run(struct baton_engine *e)
{
	struct source *s = &e->source;

	if (!s->flush.wanted || !s->flush.drained)
		return;
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		const struct peer *p = &e->peer[i];

		if (!p->joined)
			continue;
		if (p->acked < s->flush.position)
			return;
		if (!s->flush.prove)
			continue;
		if (!p->has_ack || !p->ack.warm || p->ack.equal_at < s->flush.position) {
			if (!s->snap.valid || s->snap.position < s->flush.position)
				s->want_digest = true;
			return;
		}
	}
	s->flush.wanted = false;
	baton_engine_act(e, BATON_ACT_FLUSHED);
}
