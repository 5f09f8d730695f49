// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schedulers that send a connection where it costs least. They differ in nothing but
 * what they take for the cost.
 */
#include "env.h"
#include "least.h"

/* An active connection counts as much as 256 inactive ones. */
#define ACTIVE_SHIFT 8

static u64 load_of(const struct baton_sched_server *server)
{
	return ((u64)server->active << ACTIVE_SHIFT) + server->inactive;
}

static struct baton_cost lc_cost(const struct baton_sched_server *server)
{
	return (struct baton_cost) { load_of(server), 1 };
}

static struct baton_cost wlc_cost(const struct baton_sched_server *server)
{
	return (struct baton_cost) { load_of(server), server->weight };
}

/* The delay to expect: the new connection counts, too. */
static struct baton_cost sed_cost(const struct baton_sched_server *server)
{
	return (struct baton_cost) { (u64)server->active + 1, server->weight };
}

/*
 * As sed, but whoever is idle comes first, the heaviest of them before the others: an idle
 * server costs 1 / weight, which is at most 1, and any other more than 2.
 */
static struct baton_cost nq_cost(const struct baton_sched_server *server)
{
	struct baton_cost cost = sed_cost(server);

	if (server->active)
		cost.over += 2ULL * server->weight;
	return cost;
}

/* The heaviest is the one. */
static struct baton_cost fo_cost(const struct baton_sched_server *server)
{
	return (struct baton_cost) { 1, server->weight };
}

/* As fo, but one with more active connections than its weight is full. */
static struct baton_cost ovf_cost(const struct baton_sched_server *server)
{
	if (server->active > server->weight)
		return (struct baton_cost) { BATON_COST_NEVER, 1 };
	return fo_cost(server);
}

static u32 pick(void *state, const struct baton_sched_flow *flow)
{
	return baton_least_best(state);
}

/* @cost_changes: does the cost depend on connections? */
#define LEAST(scheduler, cost_changes)							\
static void scheduler##_build(void *state, const struct baton_sched_server *servers,	\
			      u32 n, u32 flags)						\
{											\
	baton_least_build(state, servers, n, scheduler##_cost);				\
}											\
											\
static void scheduler##_update(void *state, u32 index, u32 weight, u32 active,		\
			       u32 inactive)						\
{											\
	const struct baton_sched_server server = {					\
		.weight = weight, .active = active, .inactive = inactive,		\
	};										\
											\
	baton_least_update(state, index, &server, scheduler##_cost);			\
}											\
											\
const struct baton_sched baton_sched_##scheduler = {					\
	.name		= #scheduler,							\
	.lockless	= true,								\
	.blind		= true,								\
	.size		= baton_least_size,						\
	.build		= scheduler##_build,						\
	.pick		= pick,								\
	.update		= (cost_changes) ? scheduler##_update : NULL,			\
}

LEAST(lc, true);
LEAST(wlc, true);
LEAST(sed, true);
LEAST(nq, true);
LEAST(fo, false);
LEAST(ovf, true);
