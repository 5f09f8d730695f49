// SPDX-License-Identifier: GPL-2.0-only
/*
 * Weighted round robin, exact and smooth.
 *
 * A server with weight w is due w times in each unit of virtual time: its k-th
 * pick, counted from 0, at (2k + 1) / 2w, that is in the middle of the k-th part. The next pick
 * is whoever is due first. So each unit gives every server exactly its weight, spread as evenly
 * as the others allow, and no server has to be scanned. Fractions are compared crosswise: below 2^46
 * picks nothing overflows.
 */
#include "env.h"
#include "sched.h"
#include "tourney.h"

struct due {
	u64	taken;		/* k */
	u32	weight;
	u32	server;
};

struct wrr {
	struct baton_tourney	tourney;
	struct due		due[];		/* then the matches */
};

static bool sooner(const void *state, u32 a, u32 b)
{
	const struct due *x = &((const struct wrr *)state)->due[a];
	const struct due *y = &((const struct wrr *)state)->due[b];

	return (2 * x->taken + 1) * y->weight < (2 * y->taken + 1) * x->weight;
}

static size_t wrr_size(u32 n)
{
	return sizeof(struct wrr) + n * sizeof(struct due) +
	       2 * baton_tourney_leaves(n) * sizeof(u32);
}

static void wrr_build(void *state, const struct baton_sched_server *servers, u32 n)
{
	struct wrr *wrr = state;
	u32 count = 0;
	u32 i;

	for (i = 0; i < n; i++)
		if (servers[i].weight)
			wrr->due[count++] = (struct due) {
				.weight = servers[i].weight,
				.server = i,
			};
	wrr->tourney.size = baton_tourney_leaves(count);
	wrr->tourney.winner = (u32 *)&wrr->due[n];
	baton_tourney_build(&wrr->tourney, count, wrr, sooner);
}

static u32 wrr_pick(void *state, const struct baton_sched_flow *flow)
{
	struct wrr *wrr = state;
	u32 best = baton_tourney_best(&wrr->tourney);

	if (best == BATON_NOBODY)
		return BATON_SCHED_NONE;
	wrr->due[best].taken++;
	baton_tourney_replay(&wrr->tourney, best, wrr, sooner);
	return wrr->due[best].server;
}

const struct baton_sched baton_sched_wrr = {
	.name	= "wrr",
	.size	= wrr_size,
	.build	= wrr_build,
	.pick	= wrr_pick,
};
