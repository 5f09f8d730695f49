// SPDX-License-Identifier: GPL-2.0-or-later
#include "sched_unit.h"
#include "kmod/core/turns.c"
#include "kmod/core/sched_wrr.c"

static void test_none(void **state)
{
	sched_check_none(&baton_sched_wrr);
}

/* After every full round each server has had exactly its weight, for any weights. */
static void test_exact(void **state)
{
	unsigned int seed = 7;
	int round;

	for (round = 0; round < 200; round++) {
		struct baton_sched_server servers[40] = { 0 };
		u32 n = 1 + rand_r(&seed) % 40;
		u32 got[40] = { 0 };
		u32 i, sum = 0;
		struct sched_unit wrr;

		for (i = 0; i < n; i++) {
			servers[i].weight = rand_r(&seed) % 50;
			sum += servers[i].weight;
		}
		wrr = sched_unit(&baton_sched_wrr, servers, n);
		for (i = 0; sum && i < 3 * sum; i++)
			got[sched_pick(&wrr)]++;
		for (i = 0; i < n; i++)
			assert_int_equal(got[i], 3 * servers[i].weight);
		free(wrr.state);
	}
}

/* At no time is a server more than one pick away from its share. */
static void test_smooth(void **state)
{
	struct baton_sched_server servers[] = {
		{ .weight = 50 }, { .weight = 30 }, { .weight = 15 }, { .weight = 5 },
	};
	struct sched_unit wrr = sched_unit(&baton_sched_wrr, servers, 4);
	double got[4] = { 0 };
	u32 i, k;

	for (i = 1; i <= 1000; i++) {
		got[sched_pick(&wrr)]++;
		for (k = 0; k < 4; k++) {
			double share = i * servers[k].weight / 100.0;

			assert_true(got[k] > share - 1.01 && got[k] < share + 1.01);
		}
	}
	free(wrr.state);
}

static void test_extreme_weights(void **state)
{
	struct baton_sched_server servers[] = { { .weight = 65535 }, { .weight = 1 } };
	struct sched_unit wrr = sched_unit(&baton_sched_wrr, servers, 2);
	u32 got[2] = { 0 };
	u32 i;

	for (i = 0; i < 4 * 65536; i++)
		got[sched_pick(&wrr)]++;
	assert_int_equal(got[0], 4 * 65535);
	assert_int_equal(got[1], 4);
	free(wrr.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_smooth),
		cmocka_unit_test(test_extreme_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
