// SPDX-License-Identifier: GPL-2.0-only
#include "env.h"
#include "turns.h"

static bool sooner(const void *state, u32 a, u32 b)
{
	const struct baton_turn *x = &((const struct baton_turns *)state)->turn[a];
	const struct baton_turn *y = &((const struct baton_turns *)state)->turn[b];
	u64 x_due = (2 * x->taken + 1) * y->weight, y_due = (2 * y->taken + 1) * x->weight;

	return x_due != y_due ? x_due < y_due : x->id < y->id;
}

size_t baton_turns_size(u32 n)
{
	return sizeof(struct baton_turns) + n * sizeof(struct baton_turn) +
	       2 * baton_tourney_leaves(n) * sizeof(u32);
}

void baton_turns_start(struct baton_turns *turns, const struct baton_sched_server *servers, u32 n,
		       u32 least)
{
	u32 count = 0;
	u32 i, weight;

	for (i = 0; i < n; i++) {
		weight = max_t(u32, servers[i].weight, least);
		if (weight)
			turns->turn[count++] = (struct baton_turn) {
				.id = servers[i].id,
				.weight = weight,
				.server = i,
			};
	}
	turns->tourney.size = baton_tourney_leaves(count);
	turns->tourney.winner = (u32 *)&turns->turn[n];
	baton_tourney_build(&turns->tourney, count, turns, sooner);
}

u32 baton_turns_next(struct baton_turns *turns)
{
	u32 best = baton_tourney_best(&turns->tourney);

	if (best == BATON_NOBODY)
		return BATON_SCHED_NONE;
	turns->turn[best].taken++;
	baton_tourney_replay(&turns->tourney, best, turns, sooner);
	return turns->turn[best].server;
}
