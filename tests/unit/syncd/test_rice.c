// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/rice.c */
/* The bit code: what is put is got, its length is as promised, and damaged bits end in an error. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "syncd/rice.h"

static uint64_t random64(void)
{
	return (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
}

static void round_trips(void **state)
{
	(void)state;
	srand(2);
	for (int run = 0; run < 300; run++) {
		uint64_t v[600], sum = 0, got;
		size_t n = 1 + rand() % 600;
		unsigned int bits = rand() % 49;
		uint8_t buf[8192] = { 0 };
		struct baton_rice w = { .out = buf, .size = sizeof(buf) };
		struct baton_rice r = { .in = buf };

		for (size_t i = 0; i < n; i++)
			sum += v[i] = random64() & ((1ULL << bits) - 1);
		w.shift = r.shift = baton_rice_shift(sum, n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(baton_rice_put(&w, v[i]), 0);
		assert_true((w.bit + 7) / 8 <= baton_rice_bound(sum, n));
		r.size = (w.bit + 7) / 8;
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(baton_rice_get(&r, &got), 0);
			assert_true(got == v[i]);
		}
		/* Only padding is left. */
		assert_true(r.size * 8 - r.bit < 8);
	}
}

static void small_room(void **state)
{
	uint8_t buf[2] = { 0 };
	struct baton_rice w = { .out = buf, .size = sizeof(buf), .shift = 4 };

	(void)state;
	assert_int_equal(baton_rice_put(&w, 15), 0);
	assert_int_equal(baton_rice_put(&w, 16 * 12), -ENOSPC);
	assert_int_equal(w.bit, 5);
	assert_int_equal(baton_rice_put(&w, 16 * 6), 0);
	assert_int_equal(baton_rice_put(&w, 0), -ENOSPC);
}

static void damage(void **state)
{
	uint8_t ones[9000];
	struct baton_rice r = { .in = ones, .size = sizeof(ones) };
	uint64_t v;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(baton_rice_get(&r, &v), -EBADMSG);
	r = (struct baton_rice){ .in = ones, .size = 0 };
	assert_int_equal(baton_rice_get(&r, &v), -EBADMSG);
	/* 300 ones and 56 bits more do not fit into 64. */
	ones[40] = 0;
	r = (struct baton_rice){ .in = ones, .size = sizeof(ones), .shift = 56 };
	assert_int_equal(baton_rice_get(&r, &v), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(small_room),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests_name("syncd/rice", tests, NULL, NULL);
}
