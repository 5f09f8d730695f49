// SPDX-License-Identifier: GPL-2.0-or-later
/* Records that the standby's kernel cannot take yet: no such service or server here. */
#include "engine_priv.h"

static void parked_count(struct sink *s)
{
	s->parked_state.service = s->parked_state.server = 0;
	for (uint32_t i = 0; i < s->parked.count; i++) {
		if (s->parked.tag[i] == BATON_REJECT_NO_SERVICE)
			s->parked_state.service++;
		else
			s->parked_state.server++;
	}
}

/*
 * A walk over the buckets of @map is over. What waits here from before it and lies in one of them is gone
 * on the active; of the other buckets it said nothing.
 */
void baton_parked_forget(struct baton_engine *e, const uint8_t *map, uint64_t version)
{
	struct sink *s = &e->sink;

	for (uint32_t i = s->parked.count; i > 0; i--) {
		const struct baton_conn_record r = s->parked.record[i - 1];
		uint32_t bucket;

		if (r.version >= version)
			continue;
		bucket = baton_tuple_bucket(&r);
		if (map[bucket / 8] >> (bucket % 8) & 1)
			baton_recset_remove(&s->parked, &r);
	}
	parked_count(s);
}

static void park(struct sink *s, const struct baton_conn_record *r, uint32_t reason)
{
	if (r->flags & BATON_CONN_F_DELETED) {
		baton_recset_remove(&s->parked, r);
		return;
	}
	if ((reason != BATON_REJECT_NO_SERVICE && reason != BATON_REJECT_NO_SERVER) ||
	    baton_recset_put(&s->parked, r, reason))
		s->refused++;
}

void baton_parked_sort_out(struct sink *s, const struct baton_sync_result *result)
{
	uint32_t j = 0;

	if (!s->parked.count && !result->rejected)
		return;
	for (uint32_t i = 0; i < s->apply.count; i++) {
		if (j < result->rejected && result->reject[j].index == i)
			park(s, &s->records[i], result->reject[j++].reason);
		else
			baton_recset_remove(&s->parked, &s->records[i]);
	}
	parked_count(s);
}

void baton_parked_retried(struct baton_engine *e, const struct baton_sync_result *result)
{
	struct sink *s = &e->sink;

	if (!s->parked_state.next) {
		s->parked_state.retry = false;
		s->parked_state.retry_at = e->now + PARK_RETRY;
	}
	if (result->applied)
		s->compared_at = 0;
}

/* From the end down: what is applied leaves, and the last entry takes its place. */
void baton_parked_retry(struct baton_engine *e)
{
	struct sink *s = &e->sink;
	uint32_t end = s->parked_state.next, begin;

	if (end > s->parked.count || !s->parked_state.retry)
		end = s->parked.count;
	s->parked_state.retry = true;
	begin = end > BATON_BATCH_RECORDS ? end - BATON_BATCH_RECORDS : 0;
	memcpy(s->records, &s->parked.record[begin], (end - begin) * sizeof(s->records[0]));
	s->parked_state.next = begin;
	s->apply.retry = true;
	s->apply.id = 0;
	baton_sink_apply(e, end - begin);
}
