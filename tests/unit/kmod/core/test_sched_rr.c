// SPDX-License-Identifier: GPL-2.0-or-later
#include "sched_unit.h"
#include "kmod/core/sched_rr.c"

static void test_none(void **state)
{
	sched_check_none(&baton_sched_rr);
}

static void test_turns(void **state)
{
	struct baton_sched_server servers[] = {
		{ .weight = 1 }, { .weight = 0 }, { .weight = 9 }, { .weight = 1 },
	};
	const u32 want[] = { 0, 2, 3 };
	struct sched_unit rr = sched_unit(&baton_sched_rr, servers, 4);
	u32 i;

	for (i = 0; i < 30; i++)
		assert_int_equal(sched_pick(&rr), want[i % 3]);
	free(rr.state);
}

/* The ticket wraps: a server more or less at that moment, but always a server. */
static void test_wrap(void **state)
{
	struct baton_sched_server servers[3] = { { .weight = 1 }, { .weight = 1 }, { .weight = 1 } };
	struct sched_unit rr = sched_unit(&baton_sched_rr, servers, 3);
	int i;

	rr.ticket = UINT32_MAX - 5;
	for (i = 0; i < 12; i++)
		assert_true(sched_pick(&rr) < 3);
	free(rr.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
