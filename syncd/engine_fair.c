// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several standbys and one stream: it goes as fast as the slowest one that is part of it. One
 * that alone holds it back for most of a second is left behind. It goes on hearing the
 * stream; when it may join again, what it has missed is found by its digests and walked. While
 * it is alone it is waited for, however slow.
 */
#include "engine_priv.h"

#define LOOK_MAX	MS(100)		/* a longer time between two looks tells nothing */
#define BEHIND_MAX	5		/* the pause is at most 2 to so many seconds */

/* Nothing more can be sent or read before an acknowledgement comes. */
static bool is_held(const struct baton_engine *e)
{
	const struct source *s = &e->source;
	const struct baton_window *w = &s->window;

	return w->unsent > baton_source_acked(e) + s->cwnd ||
	       baton_window_room(w) < BATON_SYNC_RECORDS_MAX;
}

/* The one that all others are well ahead of, or NULL. */
static struct peer *holder(struct baton_engine *e)
{
	uint64_t second = UINT64_MAX;
	struct peer *last = NULL;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *p = &e->peer[i];

		if (!p->joined)
			continue;
		if (!last || p->acked < last->acked) {
			if (last)
				second = last->acked;
			last = p;
		} else if (p->acked < second) {
			second = p->acked;
		}
	}
	if (!last || second == UINT64_MAX || second - last->acked < e->source.cwnd / 2 + 1)
		return NULL;
	return last;
}

static void leave_behind(struct baton_engine *e, struct peer *p)
{
	p->joined = false;
	p->behind_until = e->now + (FAIR_PERIOD << p->behind);
	if (p->behind < BEHIND_MAX)
		p->behind++;
	e->stats.left_behind++;
	baton_engine_note(e, BATON_NOTE_LEFT_BEHIND, p, (p->behind_until - e->now) / 1000, 0);
}

static void end_period(struct baton_engine *e)
{
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		struct peer *p = &e->peer[i];

		if (!p->joined)
			continue;
		if (p->held > FAIR_HELD && baton_source_joined(e) > 1)
			leave_behind(e, p);
		else if (!p->held && p->behind)
			p->behind--;
		p->held = 0;
	}
	e->source.fair_period = e->now;
}

void baton_fair_run(struct baton_engine *e)
{
	struct source *s = &e->source;
	uint64_t since = e->now - s->fair_at;
	struct peer *p;

	s->fair_at = e->now;
	if (since <= LOOK_MAX && is_held(e)) {
		p = holder(e);
		if (p)
			p->held += since;
	}
	if (e->now - s->fair_period >= FAIR_PERIOD)
		end_period(e);
}

bool baton_fair_may_join(const struct baton_engine *e, const struct peer *p)
{
	return p->behind_until <= e->now || !baton_source_joined(e);
}
