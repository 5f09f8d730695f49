// SPDX-License-Identifier: GPL-2.0-only
#include "env.h"
#include "least.h"

static u32 *matches(struct baton_least *least)
{
	return (u32 *)&least->cost[least->n];
}

static bool cheaper(const void *state, u32 a, u32 b)
{
	const struct baton_cost *x = &((const struct baton_least *)state)->cost[a];
	const struct baton_cost *y = &((const struct baton_least *)state)->cost[b];

	return x->over * y->under < y->over * x->under;
}

static struct baton_cost cost_of(const struct baton_least *least,
				 const struct baton_sched_server *server)
{
	if (!server->weight)
		return (struct baton_cost) { BATON_COST_NEVER, 1 };
	return least->cost_of(server);
}

size_t baton_least_size(u32 n)
{
	return sizeof(struct baton_least) + n * sizeof(struct baton_cost) +
	       2 * baton_tourney_leaves(n) * sizeof(u32);
}

void baton_least_build(struct baton_least *least, const struct baton_sched_server *servers, u32 n,
		       baton_cost_t cost)
{
	u32 i;

	least->cost_of = cost;
	least->n = n;
	for (i = 0; i < n; i++)
		least->cost[i] = cost_of(least, &servers[i]);
	least->tourney.size = baton_tourney_leaves(n);
	least->tourney.winner = matches(least);
	baton_tourney_build(&least->tourney, n, least, cheaper);
}

u32 baton_least_best(const struct baton_least *least)
{
	u32 best = baton_tourney_best(&least->tourney);

	if (best == BATON_NOBODY || READ_ONCE(least->cost[best].over) == BATON_COST_NEVER)
		return BATON_SCHED_NONE;
	return best;
}

void baton_least_update(struct baton_least *least, u32 index,
			const struct baton_sched_server *server)
{
	struct baton_cost cost = cost_of(least, server);

	WRITE_ONCE(least->cost[index].over, cost.over);
	least->cost[index].under = cost.under;
	baton_tourney_replay(&least->tourney, index, least, cheaper);
}
