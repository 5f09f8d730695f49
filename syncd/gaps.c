// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gaps.h"

static bool bit_get(const struct baton_gaps *g, uint64_t id)
{
	id &= BATON_GAPS_WINDOW - 1;
	return g->bits[id / 64] >> (id % 64) & 1;
}

static void bit_flip(struct baton_gaps *g, uint64_t id)
{
	id &= BATON_GAPS_WINDOW - 1;
	g->bits[id / 64] ^= 1ULL << (id % 64);
}

void baton_gaps_reset(struct baton_gaps *g, uint64_t start)
{
	memset(g, 0, sizeof(*g));
	g->base = g->top = start ? start - 1 : 0;
}

enum baton_gaps_state baton_gaps_state(const struct baton_gaps *g, uint64_t id)
{
	if (id <= g->base)
		return BATON_GAPS_SEEN;
	if (id - g->base >= BATON_GAPS_WINDOW)
		return BATON_GAPS_FAR;
	return bit_get(g, id) ? BATON_GAPS_SEEN : BATON_GAPS_NEW;
}

static void absorb(struct baton_gaps *g)
{
	while (bit_get(g, g->base + 1)) {
		g->base++;
		bit_flip(g, g->base);
	}
	if (g->top < g->base)
		g->top = g->base;
}

void baton_gaps_advance(struct baton_gaps *g, uint64_t start)
{
	if (start <= g->base + 1)
		return;
	if (start > g->top) {
		baton_gaps_reset(g, start);
		return;
	}
	for (; g->base + 1 < start; g->base++)
		if (bit_get(g, g->base + 1))
			bit_flip(g, g->base + 1);
	absorb(g);
}

void baton_gaps_mark(struct baton_gaps *g, uint64_t id)
{
	bit_flip(g, id);
	if (id > g->top)
		g->top = id;
	absorb(g);
}

bool baton_gaps_open(const struct baton_gaps *g)
{
	return g->top > g->base;
}

bool baton_gaps_next(const struct baton_gaps *g, uint64_t from, uint64_t last, uint64_t *first,
		     uint64_t *count)
{
	uint64_t end;

	if (from <= g->base)
		from = g->base + 1;
	if (last - g->base >= BATON_GAPS_WINDOW && last > g->base)
		last = g->base + BATON_GAPS_WINDOW - 1;
	while (from <= last && bit_get(g, from))
		from++;
	if (from > last)
		return false;
	for (end = from; end <= last && !bit_get(g, end); end++)
		;
	*first = from;
	*count = end - from;
	return true;
}
