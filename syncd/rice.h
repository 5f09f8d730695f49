/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rice code of a list of numbers: each is its upper part in unary (that many ones, then a
 * zero) and its lower @shift bits, most significant bit first. Differences of a sorted set
 * of n values below u cost about log2(u / n) + 2 bits each, which nothing beats by much.
 */
#ifndef BATON_SYNCD_RICE_H
#define BATON_SYNCD_RICE_H

#include <stddef.h>
#include <stdint.h>

#define BATON_RICE_SHIFT_MAX	56

/** The shift for @count numbers that add up to @sum, and an upper bound of the bytes. */
unsigned int baton_rice_shift(uint64_t sum, size_t count);
size_t baton_rice_bound(uint64_t sum, size_t count);

/** struct baton_rice - a bit string being written or read; zero padded */
struct baton_rice {
	uint8_t *out;			/* writing */
	const uint8_t *in;		/* reading */
	size_t size;			/* bytes that there are */
	size_t bit;			/* next one */
	unsigned int shift;
};

/** Return: 0, or -ENOSPC. */
int baton_rice_put(struct baton_rice *r, uint64_t value);
/** Return: 0, or -EBADMSG when the bits end or a number does not fit into 64 bits. */
int baton_rice_get(struct baton_rice *r, uint64_t *value);

#endif /* BATON_SYNCD_RICE_H */
