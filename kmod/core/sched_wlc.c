// SPDX-License-Identifier: GPL-2.0-only
/*
 * Weighted least connections: the server with the least load per weight, where
 * an active connection counts as much as 256 inactive ones.
 *
 * Loads are compared crosswise: a load is below 2^40 and a weight below 2^16.
 */
#include "env.h"
#include "sched.h"
#include "tourney.h"

#define ACTIVE_SHIFT 8

struct score {
	u64	load;
	u32	weight;
	u32	server;
};

struct wlc {
	u32			n;
	struct baton_tourney	tourney;
	struct score		score[];	/* then n places of servers, then the matches */
};

/* Where a server plays: servers without a weight do not. */
static u32 *places(struct wlc *wlc)
{
	return (u32 *)&wlc->score[wlc->n];
}

static bool lighter(const void *state, u32 a, u32 b)
{
	const struct score *x = &((const struct wlc *)state)->score[a];
	const struct score *y = &((const struct wlc *)state)->score[b];

	return x->load * y->weight < y->load * x->weight;
}

static u64 load_of(const struct baton_sched_server *server)
{
	return ((u64)server->active << ACTIVE_SHIFT) + server->inactive;
}

static size_t wlc_size(u32 n)
{
	return sizeof(struct wlc) + n * (sizeof(struct score) + sizeof(u32)) +
	       2 * baton_tourney_leaves(n) * sizeof(u32);
}

static void wlc_build(void *state, const struct baton_sched_server *servers, u32 n)
{
	struct wlc *wlc = state;
	u32 count = 0;
	u32 i;

	wlc->n = n;
	for (i = 0; i < n; i++) {
		places(wlc)[i] = BATON_NOBODY;
		if (!servers[i].weight)
			continue;
		places(wlc)[i] = count;
		wlc->score[count++] = (struct score) {
			.load = load_of(&servers[i]),
			.weight = servers[i].weight,
			.server = i,
		};
	}
	wlc->tourney.size = baton_tourney_leaves(count);
	wlc->tourney.winner = places(wlc) + n;
	baton_tourney_build(&wlc->tourney, count, wlc, lighter);
}

static u32 wlc_pick(void *state, u32 ticket)
{
	struct wlc *wlc = state;
	u32 best = baton_tourney_best(&wlc->tourney);

	return best == BATON_NOBODY ? BATON_SCHED_NONE : wlc->score[best].server;
}

static void wlc_update(void *state, u32 index, const struct baton_sched_server *server)
{
	struct wlc *wlc = state;
	u32 place = places(wlc)[index];

	if (place == BATON_NOBODY)
		return;
	wlc->score[place].load = load_of(server);
	baton_tourney_replay(&wlc->tourney, place, wlc, lighter);
}

const struct baton_sched baton_sched_wlc = {
	.name	= "wlc",
	.size	= wlc_size,
	.build	= wlc_build,
	.pick	= wlc_pick,
	.update	= wlc_update,
};
