// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges of ports: every port of a few, against a list that is searched from end to end. */
#include "unit.h"
#include "kmod/core/range.c"

#define END 0xffff

static int owner[4];

static void test_find(void **state)
{
	static struct baton_range range[] = {
		{ .first = 1, .last = 1, .owner = &owner[0] },
		{ .first = 100, .last = 199, .owner = &owner[1] },
		{ .first = 200, .last = 200, .owner = NULL },
		{ .first = 300, .last = 400, .owner = &owner[2] },
		{ .first = 65000, .last = END, .owner = &owner[3] },
	};
	u32 count, i, port;

	for (count = 0; count <= ARRAY_SIZE(range); count++)
		for (port = 0; port <= END; port++) {
			void *want = NULL;

			for (i = 0; i < count; i++)
				if (range[i].first <= port && port <= range[i].last)
					want = range[i].owner;
			assert_ptr_equal(baton_range_find(range, count, port), want);
		}
}

static void test_overlap(void **state)
{
	static const struct baton_range range[] = {
		{ .first = 10, .last = 19, .owner = &owner[0] },
		{ .first = 30, .last = 39, .owner = NULL },
		{ .first = 50, .last = 59, .owner = &owner[1] },
	};

	assert_false(baton_range_overlap(range, 3, 1, 9, NULL));
	assert_true(baton_range_overlap(range, 3, 1, 10, NULL));
	assert_true(baton_range_overlap(range, 3, 19, 19, NULL));
	assert_true(baton_range_overlap(range, 3, 1, END, &owner[0]));
	assert_false(baton_range_overlap(range, 3, 20, 49, NULL));
	assert_false(baton_range_overlap(range, 3, 12, 49, &owner[0]));
	assert_true(baton_range_overlap(range, 3, 12, 50, &owner[0]));
	assert_false(baton_range_overlap(range, 3, 60, END, NULL));
	assert_false(baton_range_overlap(NULL, 0, 1, END, NULL));
}

static void test_copy(void **state)
{
	static const struct baton_range from[] = {
		{ .first = 10, .last = 19, .owner = &owner[0] },
		{ .first = 30, .last = 39, .owner = NULL },
		{ .first = 50, .last = 59, .owner = &owner[1] },
	};
	struct baton_range add = { .first = 20, .last = 29, .owner = &owner[2] };
	struct baton_range to[4];

	assert_int_equal(baton_range_copy(to, from, 3, &add), 3);
	assert_ptr_equal(to[0].owner, &owner[0]);
	assert_ptr_equal(to[1].owner, &owner[2]);
	assert_ptr_equal(to[2].owner, &owner[1]);
	/* what an owner had gives way to what it gets, wherever that is */
	add = (struct baton_range) { .first = 60, .last = 70, .owner = &owner[0] };
	assert_int_equal(baton_range_copy(to, from, 3, &add), 2);
	assert_ptr_equal(to[0].owner, &owner[1]);
	assert_int_equal(to[1].last, 70);
	add.first = 1;
	assert_int_equal(baton_range_copy(to, from, 3, &add), 2);
	assert_int_equal(to[0].first, 1);
	assert_int_equal(baton_range_copy(to, NULL, 0, &add), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
