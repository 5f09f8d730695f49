// SPDX-License-Identifier: GPL-2.0-or-later
#include "sched_unit.h"
#include "kmod/core/sched_wlc.c"

static void test_none(void **state)
{
	sched_check_none(&baton_sched_wlc);
}

/* What wlc means, the slow way: the first of those with the least load per weight. */
static u32 by_scan(const struct baton_sched_server *servers, u32 n)
{
	u32 i, best = BATON_SCHED_NONE;

	for (i = 0; i < n; i++) {
		if (!servers[i].weight)
			continue;
		if (best == BATON_SCHED_NONE ||
		    load_of(&servers[i]) * servers[best].weight <
		    load_of(&servers[best]) * servers[i].weight)
			best = i;
	}
	return best;
}

/* Connections come where wlc says and go anywhere; each answer is compared with a scan. */
static void test_like_a_scan(void **state)
{
	unsigned int seed = 3;
	int round, i;

	for (round = 0; round < 100; round++) {
		struct baton_sched_server servers[33] = { 0 };
		u32 n = 1 + rand_r(&seed) % 33;
		void *wlc;
		u32 k;

		for (k = 0; k < n; k++) {
			servers[k].weight = rand_r(&seed) % 6;
			servers[k].active = rand_r(&seed) % 20;
			servers[k].inactive = rand_r(&seed) % 1000;
		}
		wlc = sched_make(&baton_sched_wlc, servers, n);
		for (i = 0; i < 300; i++) {
			u32 pick = baton_sched_wlc.pick(wlc, 0);

			assert_int_equal(pick, by_scan(servers, n));
			k = pick == BATON_SCHED_NONE || rand_r(&seed) % 2 ? rand_r(&seed) % n : pick;
			if (rand_r(&seed) % 3 || !servers[k].active) {
				servers[k].active++;
			} else {
				servers[k].active--;
				servers[k].inactive++;
			}
			baton_sched_wlc.update(wlc, k, &servers[k]);
		}
		free(wlc);
	}
}

static void test_weights(void **state)
{
	struct baton_sched_server servers[] = { { .weight = 3 }, { .weight = 1 }, { .weight = 2 } };
	void *wlc = sched_make(&baton_sched_wlc, servers, 3);
	u32 i, pick;

	for (i = 0; i < 600; i++) {
		pick = baton_sched_wlc.pick(wlc, 0);
		servers[pick].active++;
		baton_sched_wlc.update(wlc, pick, &servers[pick]);
	}
	assert_int_equal(servers[0].active, 300);
	assert_int_equal(servers[1].active, 100);
	assert_int_equal(servers[2].active, 200);
	free(wlc);
}

/* The greatest loads and weights there can be do not overflow. */
static void test_great_numbers(void **state)
{
	struct baton_sched_server servers[] = {
		{ .weight = 65535, .active = UINT32_MAX, .inactive = UINT32_MAX },
		{ .weight = 65534, .active = UINT32_MAX, .inactive = UINT32_MAX },
	};
	void *wlc = sched_make(&baton_sched_wlc, servers, 2);

	assert_int_equal(baton_sched_wlc.pick(wlc, 0), 0);
	servers[1].active -= 200000;
	baton_sched_wlc.update(wlc, 1, &servers[1]);
	assert_int_equal(baton_sched_wlc.pick(wlc, 0), 1);
	free(wlc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_like_a_scan),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_great_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
