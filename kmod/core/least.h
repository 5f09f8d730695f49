/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The servers of a service by what the next connection would cost them: the one
 * with the least is known at once, and a server whose connections changed costs
 * log2(n) comparisons.
 */
#ifndef BATON_CORE_LEAST_H
#define BATON_CORE_LEAST_H

#include "sched.h"
#include "tourney.h"

/**
 * struct baton_cost - a fraction: @over / @under
 *
 * Costs are compared crosswise: @over is at most BATON_COST_NEVER, @under is
 * 1 .. BATON_WEIGHT_MAX.
 */
struct baton_cost {
	u64	over;
	u32	under;
};

/** Of a server that is not to be chosen: more than any cost, and no product overflows. */
#define BATON_COST_NEVER (1ULL << 46)

/** What the next connection would cost a server that has a weight. */
typedef struct baton_cost (*baton_cost_t)(const struct baton_sched_server *server);

/** struct baton_least - the costs are followed by the matches */
struct baton_least {
	baton_cost_t		cost_of;
	u32			n;
	struct baton_tourney	tourney;
	struct baton_cost	cost[];
};

/** Bytes for @n servers. */
size_t baton_least_size(u32 n);
/** In memory of baton_least_size(@n) bytes. */
void baton_least_build(struct baton_least *least, const struct baton_sched_server *servers, u32 n,
		       baton_cost_t cost_of);
/**
 * baton_least_best - the server with the least cost; ties go to the lower number
 *
 * May run while another CPU updates. Return: BATON_SCHED_NONE when none is to be chosen.
 */
u32 baton_least_best(const struct baton_least *least);
/** A server changed; with weight 0 it is not to be chosen. */
void baton_least_update(struct baton_least *least, u32 index,
			const struct baton_sched_server *server);

#endif /* BATON_CORE_LEAST_H */
