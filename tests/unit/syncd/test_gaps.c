// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/gaps.c */
/* Which batches are in, against a model that remembers each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "syncd/gaps.h"

static struct baton_gaps g;

static void in_order(void **state)
{
	(void)state;
	baton_gaps_reset(&g, 5);
	assert_true(g.base == 4);
	assert_int_equal(baton_gaps_state(&g, 4), BATON_GAPS_SEEN);
	for (uint64_t i = 5; i < 3 * BATON_GAPS_WINDOW; i++) {
		assert_int_equal(baton_gaps_state(&g, i), BATON_GAPS_NEW);
		baton_gaps_mark(&g, i);
		assert_int_equal(baton_gaps_state(&g, i), BATON_GAPS_SEEN);
		assert_true(g.base == i && g.top == i);
		assert_false(baton_gaps_open(&g));
	}
}

static void runs(void **state)
{
	uint64_t first, count;

	(void)state;
	baton_gaps_reset(&g, 1);
	baton_gaps_mark(&g, 3);
	baton_gaps_mark(&g, 4);
	baton_gaps_mark(&g, 8);
	assert_true(baton_gaps_open(&g));
	assert_true(baton_gaps_next(&g, 1, 10, &first, &count) && first == 1 && count == 2);
	assert_true(baton_gaps_next(&g, 3, 10, &first, &count) && first == 5 && count == 3);
	assert_true(baton_gaps_next(&g, 8, 10, &first, &count) && first == 9 && count == 2);
	assert_false(baton_gaps_next(&g, 11, 10, &first, &count));
	assert_false(baton_gaps_next(&g, 8, 8, &first, &count));
	/* Far more than can be remembered is cut off. */
	assert_true(baton_gaps_next(&g, 9, UINT64_MAX, &first, &count));
	assert_true(first + count == BATON_GAPS_WINDOW);
	assert_int_equal(baton_gaps_state(&g, BATON_GAPS_WINDOW), BATON_GAPS_FAR);
}

static void advanced(void **state)
{
	(void)state;
	baton_gaps_reset(&g, 1);
	baton_gaps_mark(&g, 3);
	baton_gaps_mark(&g, 10);
	baton_gaps_mark(&g, 11);
	baton_gaps_mark(&g, 13);
	baton_gaps_advance(&g, 10);
	assert_true(g.base == 11 && g.top == 13);
	assert_int_equal(baton_gaps_state(&g, 12), BATON_GAPS_NEW);
	assert_int_equal(baton_gaps_state(&g, 13), BATON_GAPS_SEEN);
	baton_gaps_advance(&g, 2);
	assert_true(g.base == 11);
	baton_gaps_advance(&g, 100);
	assert_true(g.base == 99 && g.top == 99);
	assert_int_equal(baton_gaps_state(&g, 100 + 13), BATON_GAPS_NEW);
}

static void shuffled(void **state)
{
	enum { N = 60000 };
	uint8_t *in = calloc(1, N + 2);

	(void)state;
	srand(5);
	baton_gaps_reset(&g, 1);
	for (int i = 0; i < 6 * N; i++) {
		uint64_t id = g.base + 1 + rand() % 300;
		bool open;

		if (id > N)
			continue;
		assert_int_equal(baton_gaps_state(&g, id), in[id] ? BATON_GAPS_SEEN : BATON_GAPS_NEW);
		if (in[id])
			continue;
		baton_gaps_mark(&g, id);
		in[id] = 1;
		assert_true(in[g.base] || !g.base);
		assert_false(in[g.base + 1]);
		open = g.top > g.base;
		assert_true(baton_gaps_open(&g) == open);
	}
	assert_true(g.base > N / 2);
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(runs),
		cmocka_unit_test(advanced),
		cmocka_unit_test(shuffled),
	};

	return cmocka_run_group_tests_name("syncd/gaps", tests, NULL, NULL);
}
