// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "replay.h"

#define WORDS	(BATON_REPLAY_WINDOW / 64)

void baton_replay_reset(struct baton_replay *r)
{
	memset(r, 0, sizeof(*r));
}

static uint64_t *word_of(struct baton_replay *r, uint64_t seq)
{
	return &r->seen[(seq / 64) % WORDS];
}

/* Words that the window moves into hold bits of numbers that fell out of it. */
static void advance(struct baton_replay *r, uint64_t seq)
{
	uint64_t from = r->top / 64 + 1;
	uint64_t to = seq / 64;

	if (to >= from + WORDS)
		memset(r->seen, 0, sizeof(r->seen));
	else
		for (uint64_t w = from; w <= to; w++)
			r->seen[w % WORDS] = 0;
	r->top = seq;
}

bool baton_replay_accept(struct baton_replay *r, uint64_t seq)
{
	uint64_t bit = 1ULL << (seq % 64);

	if (!seq)
		return false;
	/* One word less than the ring: the word being filled must not hold old numbers too. */
	if (r->top >= BATON_REPLAY_WINDOW - 64 && seq <= r->top - (BATON_REPLAY_WINDOW - 64))
		return false;
	if (seq > r->top)
		advance(r, seq);
	else if (*word_of(r, seq) & bit)
		return false;
	*word_of(r, seq) |= bit;
	return true;
}
