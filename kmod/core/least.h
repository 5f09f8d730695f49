/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The servers of a service by what the next connection would cost them: the one
 * with the least is known at once, and a server whose connections changed plays
 * at most log2(n) matches.
 *
 * A tournament as in tourney.h, but each place has its winner's cost beside its
 * number, both in one word: a match is one comparison.
 */
#ifndef BATON_CORE_LEAST_H
#define BATON_CORE_LEAST_H

#include "sched.h"

/**
 * struct baton_cost - a fraction: @over / @under
 *
 * Fractions are compared by their first 39 significant bits: exactly as long as one's
 * @over times the other's @under stays below 2^38, and nearly so beyond.
 * @over is at most BATON_COST_NEVER, @under is 1 .. BATON_WEIGHT_MAX.
 */
struct baton_cost {
	u64	over;
	u32	under;
};

/** Of a server that is not to be chosen: more than any cost. */
#define BATON_COST_NEVER (1ULL << 46)

/** What the next connection would cost a server that has a weight. */
typedef struct baton_cost (*baton_cost_t)(const struct baton_sched_server *server);

/** struct baton_least - @key[1] is the final; the leaves begin at @size; @key[0] is nobody's */
struct baton_least {
	u32	size;		/* leaves, a power of two */
	u64	key[];
};

/* A key, from above: exponent and mantissa of the cost, the server's number. */
#define BATON_LEAST_INDEX_BITS		20
#define BATON_LEAST_MANTISSA_BITS	38
/* the least exponent is -16, and 0 is for what costs nothing */
#define BATON_LEAST_BIAS		17

#define BATON_LEAST_INDEX	((1ULL << BATON_LEAST_INDEX_BITS) - 1)
#define BATON_LEAST_NEVER	(U64_MAX & ~BATON_LEAST_INDEX)

/* The fraction as a number whose order is that of the fractions. */
static __always_inline u64 baton_least_number(const struct baton_cost *cost)
{
	unsigned int shift, bits;
	u64 quotient;

	if (!cost->over)
		return 0;
	/* 64 significant bits by 16 leave 48 at least */
	shift = 64 - fls64(cost->over);
	quotient = div_u64(cost->over << shift, cost->under);
	bits = fls64(quotient);
	quotient <<= 64 - bits;
	return (u64)(bits - 1 - shift + BATON_LEAST_BIAS) << BATON_LEAST_MANTISSA_BITS |
	       quotient << 1 >> (64 - BATON_LEAST_MANTISSA_BITS);
}

/** baton_least_key - what a server plays with */
static __always_inline u64 baton_least_key(u32 index, const struct baton_sched_server *server,
					   baton_cost_t cost_of)
{
	struct baton_cost cost = { BATON_COST_NEVER, 1 };

	if (server->weight)
		cost = cost_of(server);
	if (cost.over >= BATON_COST_NEVER)
		return BATON_LEAST_NEVER | index;
	return baton_least_number(&cost) << BATON_LEAST_INDEX_BITS | index;
}

/** Bytes for @n servers, at most 2^20. */
size_t baton_least_size(u32 n);
/** In memory of baton_least_size(@n) bytes. */
void baton_least_build(struct baton_least *least, const struct baton_sched_server *servers, u32 n,
		       baton_cost_t cost_of);

/**
 * baton_least_best - the server with the least cost; ties go to the lower number
 *
 * May run while another CPU updates. Return: BATON_SCHED_NONE when none is to be chosen.
 */
static inline u32 baton_least_best(const struct baton_least *least)
{
	u64 best = READ_ONCE(least->key[1]);

	return best >= BATON_LEAST_NEVER ? BATON_SCHED_NONE : best & BATON_LEAST_INDEX;
}

/* Whoever won its matches up to *@at, with @best, plays its neighbour. Return: the key of the winner, who stands at *@at then. */
static __always_inline u64 baton_least_match(struct baton_least *least, size_t *at, u64 best)
{
	*at ^= 1;
	best = min_t(u64, best, least->key[*at]);
	*at /= 2;
	WRITE_ONCE(least->key[*at], best);
	return best;
}

/**
 * baton_least_update - a server changed; with weight 0 it is not to be chosen
 * @cost_of: as when it was built. Inline, since each connection asks it as it comes and goes.
 *
 * Where the winner stays the same, with the same cost, nothing changes further up. But who gets a connection was
 * the best of all and plays all of its matches anew: so that is asked of every fifth only.
 */
static __always_inline void baton_least_update(struct baton_least *least, u32 index,
					       const struct baton_sched_server *server,
					       baton_cost_t cost_of)
{
	u64 best = baton_least_key(index, server, cost_of), was;
	size_t at = least->size + index;

	WRITE_ONCE(least->key[at], best);
	while (at >= 32) {
		best = baton_least_match(least, &at, best);
		best = baton_least_match(least, &at, best);
		best = baton_least_match(least, &at, best);
		best = baton_least_match(least, &at, best);
		was = least->key[at / 2];
		best = baton_least_match(least, &at, best);
		if (was == best)
			return;
	}
	while (at > 1)
		best = baton_least_match(least, &at, best);
}

#endif /* BATON_CORE_LEAST_H */
