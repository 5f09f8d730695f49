// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round robin: every server with a weight in turn. The ticket is all the state
 * that changes, so picks need no lock.
 */
#include "env.h"
#include "sched.h"

struct rr {
	u32	count;
	u32	server[];
};

static size_t rr_size(u32 n)
{
	return sizeof(struct rr) + n * sizeof(u32);
}

static void rr_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	struct rr *rr = state;
	u32 i;

	rr->count = 0;
	for (i = 0; i < n; i++)
		if (servers[i].weight)
			rr->server[rr->count++] = i;
}

static u32 rr_pick(void *state, const struct baton_sched_flow *flow)
{
	const struct rr *rr = state;

	return rr->count ? rr->server[flow->ticket % rr->count] : BATON_SCHED_NONE;
}

const struct baton_sched baton_sched_rr = {
	.name		= "rr",
	.lockless	= true,
	.wants		= BATON_SCHED_WANTS_TICKET,
	.size		= rr_size,
	.build		= rr_build,
	.pick		= rr_pick,
};
