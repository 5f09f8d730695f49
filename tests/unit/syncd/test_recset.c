// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/recset.c */
/* libs: libsodium */
/* The bounded set of records, against an array. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "records.h"
#include "syncd/recset.h"

static struct baton_recset s;

static int fresh(void **state)
{
	static const uint8_t key[BATON_HASH_KEY] = "test";

	(void)state;
	memset(&s, 0, sizeof(s));
	baton_recset_init(&s, key);
	return 0;
}

static void newest_wins(void **state)
{
	struct baton_conn_record r = record4(1, 10);

	(void)state;
	assert_null(baton_recset_find(&s, &r));
	baton_recset_put(&s, &r, 1);
	r.version = 9;
	r.idle = 5;
	baton_recset_put(&s, &r, 2);
	assert_true(baton_recset_find(&s, &r)->version == 10);
	assert_int_equal(s.tag[0], 1);
	r.version = 11;
	baton_recset_put(&s, &r, 3);
	assert_int_equal(baton_recset_find(&s, &r)->idle, 5);
	assert_int_equal(s.count, 1);
	r.version = 10;
	baton_recset_remove(&s, &r);
	assert_int_equal(s.count, 1);
	r.version = 11;
	baton_recset_remove(&s, &r);
	assert_int_equal(s.count, 0);
	assert_null(baton_recset_find(&s, &r));
}

static void bound(void **state)
{
	struct baton_conn_record r;

	(void)state;
	for (uint32_t i = 0; i < BATON_RECSET_MAX; i++) {
		r = record6(i, 1 + i);
		assert_int_equal(baton_recset_put(&s, &r, 0), 0);
	}
	r = record6(BATON_RECSET_MAX, 1);
	assert_int_equal(baton_recset_put(&s, &r, 0), -ENOSPC);
	r = record6(7, 1u << 30);
	assert_int_equal(baton_recset_put(&s, &r, 0), 0);
	baton_recset_clear(&s);
	assert_int_equal(s.count, 0);
	assert_null(baton_recset_find(&s, &r));
}

static void shuffled(void **state)
{
	enum { N = 3000 };
	static uint8_t has[N];
	uint32_t count = 0;

	(void)state;
	srand(6);
	for (int i = 0; i < 100000; i++) {
		uint32_t n = rand() % N;
		struct baton_conn_record r = record4(n, 5 + i);

		if (rand() % 2) {
			baton_recset_put(&s, &r, 0);
			count += !has[n];
			has[n] = 1;
		} else {
			baton_recset_remove(&s, &r);
			count -= has[n];
			has[n] = 0;
		}
		assert_int_equal(s.count, count);
		n = rand() % N;
		r = record4(n, 0);
		assert_int_equal(baton_recset_find(&s, &r) != NULL, has[n]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(newest_wins, fresh),
		cmocka_unit_test_setup(bound, fresh),
		cmocka_unit_test_setup(shuffled, fresh),
	};

	return cmocka_run_group_tests_name("syncd/recset", tests, NULL, NULL);
}
