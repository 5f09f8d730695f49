/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which batches of a stream have been taken in: everything up to @base, and some beyond. */
#ifndef BATON_SYNCD_GAPS_H
#define BATON_SYNCD_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#define BATON_GAPS_WINDOW	8192	/* a power of two, multiple of 64 */

struct baton_gaps {
	uint64_t base;			/* all up to here are in */
	uint64_t top;			/* highest one that is in */
	uint64_t bits[BATON_GAPS_WINDOW / 64];
};

enum baton_gaps_state {
	BATON_GAPS_NEW,
	BATON_GAPS_SEEN,
	BATON_GAPS_FAR,			/* too far ahead to be remembered */
};

/** Nothing is in; @start is the first one that is wanted. */
void baton_gaps_reset(struct baton_gaps *g, uint64_t start);
/** Batches before @start are not wanted any more; what is in from there on stays. */
void baton_gaps_advance(struct baton_gaps *g, uint64_t start);
enum baton_gaps_state baton_gaps_state(const struct baton_gaps *g, uint64_t id);
/** @id must be new. */
void baton_gaps_mark(struct baton_gaps *g, uint64_t id);
/** True when some batch below the highest one is missing. */
bool baton_gaps_open(const struct baton_gaps *g);

/**
 * baton_gaps_next - the next run of missing batches
 * @from: look from here on; begin with base + 1
 * @last: the newest batch that is known to exist
 * @first, @count: the run
 *
 * Return: whether there is one.
 */
bool baton_gaps_next(const struct baton_gaps *g, uint64_t from, uint64_t last, uint64_t *first,
		     uint64_t *count);

#endif /* BATON_SYNCD_GAPS_H */
