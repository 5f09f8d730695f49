// SPDX-License-Identifier: GPL-2.0-only
/*
 * The better of two: two servers are drawn by weight, and the one with less load for its
 * weight gets the connection. Nothing is written, so picks need no lock, and connections
 * that come and go cost nothing.
 */
#include "env.h"
#include "sched.h"

#define ACTIVE_SHIFT 8

/* How many others are looked at when neither of the two takes connections at the moment. */
#define NEAR 16U

struct twos {
	u32	count;
	u32	*server;
	u64	until[];	/* sums of the weights up to and with each; then the servers */
};

static size_t twos_size(u32 n)
{
	return sizeof(struct twos) + n * (sizeof(u64) + sizeof(u32));
}

static void twos_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	struct twos *twos = state;
	u64 sum = 0;
	u32 i;

	twos->count = 0;
	twos->server = (u32 *)&twos->until[n];
	for (i = 0; i < n; i++) {
		if (!servers[i].weight)
			continue;
		sum += servers[i].weight;
		twos->until[twos->count] = sum;
		twos->server[twos->count++] = i;
	}
}

/* The place in whose part of the sum of all weights @random, 0 .. 2^32-1, falls. */
static u32 draw(const struct twos *twos, u32 random)
{
	u64 sum = twos->until[twos->count - 1];
	u64 at = (u64)((u32)sum) * random >> 32;
	u32 low = 0, high = twos->count - 1;

	/* a sum has at most 36 bits */
	at += (sum >> 32) * random;
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (at < twos->until[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool lighter(const struct baton_sched_server *x, const struct baton_sched_server *y)
{
	u64 x_load = ((u64)x->active << ACTIVE_SHIFT) + x->inactive;
	u64 y_load = ((u64)y->active << ACTIVE_SHIFT) + y->inactive;

	return x_load * y->weight < y_load * x->weight;
}

static u32 near(const struct twos *twos, const struct baton_sched_flow *flow, u32 place)
{
	u32 i, server;

	for (i = 0; i < min_t(u32, twos->count, NEAR); i++) {
		server = twos->server[(place + i) % twos->count];
		if (flow->look(flow->arg, server).weight)
			return server;
	}
	return BATON_SCHED_NONE;
}

static u32 twos_pick(void *state, const struct baton_sched_flow *flow)
{
	const struct twos *twos = state;
	struct baton_sched_server x, y;
	u32 a, b;

	if (!twos->count)
		return BATON_SCHED_NONE;
	a = draw(twos, (u32)flow->random);
	b = draw(twos, (u32)(flow->random >> 32));
	x = flow->look(flow->arg, twos->server[a]);
	y = flow->look(flow->arg, twos->server[b]);
	if (!x.weight && !y.weight)
		return near(twos, flow, a);
	return twos->server[!x.weight || (y.weight && lighter(&y, &x)) ? b : a];
}

const struct baton_sched baton_sched_twos = {
	.name		= "twos",
	.lockless	= true,
	.wants		= BATON_SCHED_WANTS_RANDOM,
	.size		= twos_size,
	.build		= twos_build,
	.pick		= twos_pick,
};
