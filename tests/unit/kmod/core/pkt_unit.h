/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the parser share: packets are built byte by byte into buffers of exactly their
 * length, so that the address sanitizer sees every read behind the end.
 */
#ifndef BATON_TEST_PKT_UNIT_H
#define BATON_TEST_PKT_UNIT_H

#include "unit.h"
#include "kmod/core/pkt.c"

struct bytes {
	u8	*data;
	size_t	len;
};

static inline struct bytes make(size_t len)
{
	struct bytes b = { .data = calloc(1, len), .len = len };

	assert_non_null(b.data);
	return b;
}

static inline void put16(u8 *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put_ports(struct bytes b, size_t at)
{
	put16(b.data + at, 1234);
	put16(b.data + at + 2, 80);
}

/* What is wanted is more than there is, and what is taken for a header is there. */
static inline void check_promise(int need, size_t have, const struct baton_pkt *pkt)
{
	if (need > 0)
		assert_true((size_t)need > have);
	else if (!need)
		assert_true(pkt->header_len <= have);
}

/* Every prefix: what is not there yet is asked for, what is not there at all is refused. */
static inline void check_prefixes(u8 family, struct bytes b)
{
	struct baton_pkt pkt;
	size_t have, total;
	u8 *copy;
	int need;

	for (total = 0; total <= b.len; total++) {
		for (have = 0; have <= total; have++) {
			copy = malloc(have ?: 1);
			assert_non_null(copy);
			memcpy(copy, b.data, have);
			need = baton_pkt_parse(family, copy, have, total, &pkt);
			check_promise(need, have, &pkt);
			if (need > 0) {
				assert_true((size_t)need <= total);
			} else if (need) {
				assert_int_equal(need, -EINVAL);
				assert_true(total < b.len);
			}
			free(copy);
		}
	}
}

/* Anything at all, once @dress made it look a little like a packet: no read behind the end, promises kept. */
static inline void check_noise(u8 family, unsigned int seed, size_t most,
			       void (*dress)(struct bytes b, unsigned int *seed))
{
	struct baton_pkt pkt;
	struct bytes b;
	int round;
	size_t i;

	for (round = 0; round < 200000; round++) {
		b.len = rand_r(&seed) % most;
		b.data = malloc(b.len ?: 1);
		assert_non_null(b.data);
		for (i = 0; i < b.len; i++)
			b.data[i] = rand_r(&seed);
		dress(b, &seed);
		check_promise(baton_pkt_parse(family, b.data, b.len, b.len + rand_r(&seed) % 40, &pkt), b.len, &pkt);
		free(b.data);
	}
}

#endif /* BATON_TEST_PKT_UNIT_H */
