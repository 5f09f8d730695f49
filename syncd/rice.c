// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "rice.h"

/* Longest run of ones that a reader follows: bounds the work that few bytes can cause. */
#define UNARY_MAX	65536

unsigned int baton_rice_shift(uint64_t sum, size_t count)
{
	unsigned int shift = 0;

	/* floor(log2(mean)): then the unary parts add up to at most two bits a number. */
	while (shift < BATON_RICE_SHIFT_MAX && count && (sum >> (shift + 1)) >= count)
		shift++;
	return shift;
}

size_t baton_rice_bound(uint64_t sum, size_t count)
{
	unsigned int shift = baton_rice_shift(sum, count);

	return (count * (shift + 1) + (sum >> shift) + 7) / 8;
}

int baton_rice_put(struct baton_rice *r, uint64_t value)
{
	uint64_t ones = value >> r->shift;
	size_t need = ones + 1 + r->shift;

	if (ones > UNARY_MAX || r->bit + need > r->size * 8)
		return -ENOSPC;
	for (; ones; ones--, r->bit++)
		r->out[r->bit / 8] |= 0x80 >> (r->bit % 8);
	r->bit++;
	for (unsigned int i = r->shift; i > 0; i--, r->bit++)
		if (value >> (i - 1) & 1)
			r->out[r->bit / 8] |= 0x80 >> (r->bit % 8);
	return 0;
}

static int get_bit(struct baton_rice *r, unsigned int *bit)
{
	if (r->bit >= r->size * 8)
		return -EBADMSG;
	*bit = r->in[r->bit / 8] >> (7 - r->bit % 8) & 1;
	r->bit++;
	return 0;
}

int baton_rice_get(struct baton_rice *r, uint64_t *value)
{
	uint64_t v = 0;
	unsigned int bit;

	for (;;) {
		if (get_bit(r, &bit))
			return -EBADMSG;
		if (!bit)
			break;
		if (++v > UNARY_MAX)
			return -EBADMSG;
	}
	if (r->shift && v >> (64 - r->shift))
		return -EBADMSG;
	for (unsigned int i = 0; i < r->shift; i++) {
		if (get_bit(r, &bit))
			return -EBADMSG;
		v = v << 1 | bit;
	}
	*value = v;
	return 0;
}
