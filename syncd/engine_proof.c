// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The standby's proof: my table is the active's at this position. And what follows when it is
 * not: find the buckets that differ, have them walked, count what comes, prune the rest.
 */
#include <endian.h>
#include <errno.h>

#include "engine_priv.h"

#define BLIND_MAX	3	/* comparisons in a row that show no bucket */
#define MANY_BUCKETS	(BATON_DIGEST_BUCKETS / 4 * 3)

void baton_proof_sum(const uint64_t *bucket, uint8_t sum[BATON_SUM_SIZE])
{
	uint64_t le[BATON_DIGEST_BUCKETS];

	for (unsigned int i = 0; i < BATON_DIGEST_BUCKETS; i++)
		le[i] = htole64(bucket[i]);
	crypto_generichash(sum, BATON_SUM_SIZE, (const uint8_t *)le, sizeof(le), NULL, 0);
}

/* One byte of a bucket; another one at each position, so no difference stays hidden for long. */
uint8_t baton_proof_mark(uint64_t digest, uint64_t position)
{
	uint64_t x = digest ^ position * 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ull;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ull;
	return (uint8_t)(x >> 56);
}

void baton_proof_source(struct baton_engine *e, const struct baton_msg_source *m)
{
	struct sink *s = &e->sink;

	if (m->bulk.id > s->bulk.id) {
		s->bulk.id = m->bulk.id;
		s->bulk.counted = 0;
		s->bulk.wait = 0;
		s->bulk.progress_at = e->now;
		baton_engine_note(e, BATON_NOTE_BULK_BEGIN, s->from, m->bulk.announced, 0);
	}
}

/* Walks that change nothing, because records are refused here, are asked for ever less often. */
static uint64_t backoff(unsigned int failures)
{
	static const uint64_t ms[] = { 0, 200, 1000, 5000, 30000 };

	return MS(ms[failures < 5 ? failures : 4]);
}

static void bulk_over(struct baton_engine *e)
{
	struct sink *s = &e->sink;

	s->bulk.done = s->source.bulk.id;
	if (s->resync_waiting && s->resync_bulk && s->bulk.done >= s->resync_bulk)
		s->resync_waiting = false;
	s->resync_not_before = e->now + backoff(s->resync_failures++);
	s->compared_at = 0;
	baton_sink_ack_soon(e, 0);
}

void baton_proof_resync(struct baton_engine *e, const uint8_t *map)
{
	struct sink *s = &e->sink;

	if (!s->start || s->resync_waiting || e->now < s->resync_not_before)
		return;
	s->resync_id++;
	s->resync_bulk = 0;
	s->resync_waiting = true;
	s->resync_at = e->now;
	s->bulk.progress_at = e->now;
	memcpy(s->resync_map, map, BATON_MAP_SIZE);
	baton_sink_ack_soon(e, 0);
}

/*
 * A walk ends by counting. Every record of it is accounted for, and so is every batch that
 * replaced one: only then is what was not mentioned surely gone on the active.
 */
static bool bulk_check(struct baton_engine *e)
{
	struct sink *s = &e->sink;
	const struct baton_msg_source *m = &s->source;
	struct baton_action *a;

	if (!m->bulk.id || m->bulk.id != s->bulk.id || !m->bulk.walked ||
	    s->bulk.done >= m->bulk.id)
		return false;
	if (s->start > m->bulk.first) {
		/* We came in the middle. */
		s->bulk.done = m->bulk.id;
		baton_sink_ack_soon(e, 0);
		return false;
	}
	if (!MUTATION(3) && (s->gaps.base < m->bulk.final || s->gaps.base < s->bulk.wait))
		return false;
	if (!MUTATION(3) && s->bulk.counted != m->bulk.total) {
		baton_engine_note(e, BATON_NOTE_BULK_MISSED, s->from,
				  m->bulk.total - s->bulk.counted, 0);
		e->stats.bulk_reruns++;
		bulk_over(e);
		s->resync_not_before = 0;
		baton_proof_resync(e, m->bulk.buckets);
		return false;
	}
	e->op = OP_PRUNE;
	a = baton_engine_act(e, BATON_ACT_PRUNE);
	a->prune.epoch = s->epoch;
	a->prune.map = s->source.bulk.buckets;
	a->prune.version_before = m->bulk.begin_version + 1;
	return true;
}

void baton_proof_pruned(struct baton_engine *e, const struct baton_input *in)
{
	struct sink *s = &e->sink;

	if (in->error) {
		s->error_until = e->now + MS(50);
		return;
	}
	baton_engine_note(e, BATON_NOTE_BULK_END, s->from, s->source.bulk.total, 0);
	baton_parked_forget(e, s->source.bulk.buckets, s->source.bulk.begin_version + 1);
	s->refused = 0;
	bulk_over(e);
}

/*
 * Comparing is possible only when nothing is in but exactly what the digest covers. The same digest is compared again only when the
 * source has told it again: of a source that is silent it says what was, not what is.
 */
static bool compare_due(const struct baton_engine *e)
{
	const struct sink *s = &e->sink;
	const struct baton_msg_source *m = &s->source;

	if (!s->start || !s->has_source || !m->digest.present ||
	    m->digest.position != s->gaps.base || s->gaps.top != s->gaps.base ||
	    s->gaps.base < s->replaced_in ||
	    m->digest.position + 1 < s->start)
		return false;
	if (s->compare_marks && s->compare_position == m->digest.position)
		return true;
	return m->digest.position != s->compared_position || !s->compared_at ||
	       (e->now - s->compared_at >= DIGEST_INTERVAL && s->told_at > s->compared_at);
}

void baton_proof_run(struct baton_engine *e)
{
	struct sink *s = &e->sink;

	if (!s->from || !s->has_source || e->now < s->error_until)
		return;
	if (s->from->present && s->warm && e->now - s->proof_at > PROOF_MAX_AGE) {
		s->warm = false;
		baton_sink_ack_soon(e, 0);
	}
	/* A source that forgot our request, or a walk that stands still: ask anew. */
	if (s->resync_waiting && e->now - s->bulk.progress_at > RESYNC_PATIENCE)
		s->resync_waiting = false;
	if (s->source.bulk.id && bulk_check(e))
		return;
	/* It was over for the others before the source knew of us. */
	if (s->bulk.none && s->bulk.id > s->bulk.done &&
	    e->now - s->bulk.progress_at > BULK_GONE)
		s->bulk.done = s->bulk.id;
	if (!compare_due(e))
		return;
	e->op = OP_DIGEST_SINK;
	s->compare_told = s->told_at;
	memcpy(s->compare_sum, s->source.digest.sum, BATON_SUM_SIZE);
	baton_engine_act(e, BATON_ACT_DIGEST);
}

static void equal(struct baton_engine *e)
{
	struct sink *s = &e->sink;

	/* Equal in the middle of a walk: of what the source has not handed out yet it says nothing. */
	if (!s->warm && s->bulk.id > s->bulk.done)
		return;
	if (!s->warm)
		baton_engine_note(e, BATON_NOTE_WARM, s->from, s->gaps.base, 0);
	s->warm = s->proven = true;
	s->differs = false;
	s->differing = 0;
	s->blind = 0;
	s->want_marks = false;
	s->resync_failures = 0;
	s->resync_not_before = 0;
	s->equal_at = s->gaps.base;
	s->proof_at = s->compare_told;
	baton_sink_ack_soon(e, 0);
}

static void differs(struct baton_engine *e, const struct baton_sync_digest *d, bool has_marks)
{
	struct sink *s = &e->sink;
	uint8_t map[BATON_MAP_SIZE] = { 0 };
	uint32_t n = 0;

	s->warm = false;
	s->differs = true;
	s->want_marks = true;
	baton_sink_ack_soon(e, MS(10));
	if (!has_marks)
		return;
	for (unsigned int i = 0; i < BATON_DIGEST_BUCKETS; i++) {
		if (s->marks[i] == baton_proof_mark(d->bucket[i], s->gaps.base))
			continue;
		map[i / 8] |= 1 << (i % 8);
		n++;
	}
	if (n && n != s->differing)
		baton_engine_note(e, BATON_NOTE_DIFFERS, s->from, n, 0);
	s->differing = n;
	/* The marks hide it at this position; where nothing moves that does not pass by itself. */
	if (!n && ++s->blind < BLIND_MAX)
		return;
	if (!n)
		n = BATON_DIGEST_BUCKETS;
	s->blind = 0;
	s->want_marks = false;
	/* One byte a bucket misses one difference in 256; with so many, walk over everything at once. */
	if (n >= MANY_BUCKETS)
		memset(map, 0xff, sizeof(map));
	if (s->bulk.id <= s->bulk.done)
		baton_proof_resync(e, map);
}

void baton_proof_compared(struct baton_engine *e, const struct baton_input *in)
{
	struct sink *s = &e->sink;
	uint8_t sum[BATON_SUM_SIZE];
	bool has_marks = s->compare_marks && s->compare_position == s->gaps.base;

	s->compared_at = e->now;
	s->compared_position = s->gaps.base;
	s->compare_marks = false;
	if (in->error) {
		s->error_until = e->now + MS(50);
		return;
	}
	s->synced = in->digest->synced;
	baton_proof_sum(in->digest->bucket, sum);
	if (!memcmp(sum, s->compare_sum, BATON_SUM_SIZE))
		equal(e);
	else
		differs(e, in->digest, has_marks);
}
