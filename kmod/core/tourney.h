/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tournament among numbered players: who is best is known at once, and a
 * player whose score changed plays only the log2(n) matches on its way up.
 *
 * Node 1 is the final, node k is won between nodes 2k and 2k+1, and the leaves
 * are the players. An empty place is BATON_NOBODY and loses every match.
 */
#ifndef BATON_CORE_TOURNEY_H
#define BATON_CORE_TOURNEY_H

#include "env.h"

#define BATON_NOBODY 0xffffffffU

/** struct baton_tourney - @winner has 2 * @size nodes */
struct baton_tourney {
	u32	size;		/* leaves, a power of two */
	u32	*winner;
};

/** baton_tourney_leaves - leaves for @n players */
static inline u32 baton_tourney_leaves(u32 n)
{
	u32 size = 1;

	while (size < n)
		size *= 2;
	return size;
}

/** Whether player @a beats player @b; both exist. Ties go to the lower number. */
typedef bool (*baton_beats_t)(const void *state, u32 a, u32 b);

static inline u32 baton_match(const void *state, baton_beats_t beats, u32 a, u32 b)
{
	if (a == BATON_NOBODY || b == BATON_NOBODY)
		return a == BATON_NOBODY ? b : a;
	return beats(state, b, a) ? b : a;
}

/** baton_tourney_build - play all matches; players @n and above stay empty */
static inline void baton_tourney_build(struct baton_tourney *t, u32 n, const void *state,
				       baton_beats_t beats)
{
	u32 i;

	for (i = 0; i < t->size; i++)
		t->winner[t->size + i] = i < n ? i : BATON_NOBODY;
	for (i = t->size - 1; i >= 1; i--)
		t->winner[i] = baton_match(state, beats, t->winner[2 * i], t->winner[2 * i + 1]);
}

/** baton_tourney_replay - the score of @player changed; others may ask for the best meanwhile */
static inline void baton_tourney_replay(struct baton_tourney *t, u32 player, const void *state,
					baton_beats_t beats)
{
	u32 *winner = t->winner;
	u32 best = player;
	u32 at, rival;
	bool loses;

	for (at = t->size + player; at > 1; at /= 2) {
		rival = winner[at ^ 1];
		if (rival != BATON_NOBODY) {
			/* who is on the left has the lower number */
			loses = at & 1 ? !beats(state, best, rival) : beats(state, rival, best);
			best = loses ? rival : best;
		}
		WRITE_ONCE(winner[at / 2], best);
	}
}

/** baton_tourney_best - the winner, BATON_NOBODY when nobody plays */
static inline u32 baton_tourney_best(const struct baton_tourney *t)
{
	return READ_ONCE(t->winner[1]);
}

#endif /* BATON_CORE_TOURNEY_H */
