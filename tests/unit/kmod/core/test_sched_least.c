// SPDX-License-Identifier: GPL-2.0-or-later
/* lc, wlc, sed, nq, fo and ovf, each against a scan that does what its definition says. */
#include "sched_unit.h"
#include "kmod/core/least.c"
#include "kmod/core/sched_least.c"

static const struct baton_sched *const all[] = {
	&baton_sched_lc, &baton_sched_wlc, &baton_sched_sed, &baton_sched_nq, &baton_sched_fo,
	&baton_sched_ovf,
};

static void test_none(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		sched_check_none(all[i]);
}

/* Whether @x comes before @y: the definitions, in words that have nothing of the code's fractions. */
static bool before(const struct baton_sched *sched, const struct baton_sched_server *x,
		   const struct baton_sched_server *y)
{
	double x_load = x->active * 256.0 + x->inactive, y_load = y->active * 256.0 + y->inactive;
	double x_delay = (x->active + 1.0) / x->weight, y_delay = (y->active + 1.0) / y->weight;

	if (sched == &baton_sched_lc)
		return x_load < y_load;
	if (sched == &baton_sched_wlc)
		return x_load * y->weight < y_load * x->weight;
	if (sched == &baton_sched_nq && !x->active != !y->active)
		return !x->active;
	if (sched == &baton_sched_sed || sched == &baton_sched_nq)
		return x_delay < y_delay;
	return x->weight > y->weight;
}

static u32 by_scan(const struct baton_sched *sched, const struct baton_sched_server *servers, u32 n)
{
	u32 i, best = BATON_SCHED_NONE;

	for (i = 0; i < n; i++) {
		if (!servers[i].weight ||
		    (sched == &baton_sched_ovf && servers[i].active > servers[i].weight))
			continue;
		if (best == BATON_SCHED_NONE || before(sched, &servers[i], &servers[best]))
			best = i;
	}
	return best;
}

/*
 * Connections come where the scheduler says and go anywhere; each answer is compared with a scan. Weights
 * are below @weights, active connections at first below @active.
 */
static void like_a_scan(const struct baton_sched *sched, u32 weights, u32 active, unsigned int *seed)
{
	struct baton_sched_server servers[33] = { 0 };
	u32 n = 1 + rand_r(seed) % 33;
	struct sched_unit u;
	u32 i, k;

	for (k = 0; k < n; k++) {
		servers[k].weight = rand_r(seed) % weights;
		servers[k].active = rand_r(seed) % active;
		servers[k].inactive = rand_r(seed) % 1000;
	}
	u = sched_unit(sched, servers, n);
	for (i = 0; i < 300; i++) {
		u32 pick = sched_pick(&u);

		assert_int_equal(pick, by_scan(sched, servers, n));
		k = pick == BATON_SCHED_NONE || rand_r(seed) % 2 ? rand_r(seed) % n : pick;
		if (rand_r(seed) % 3 || !servers[k].active) {
			servers[k].active++;
		} else {
			servers[k].active--;
			servers[k].inactive++;
		}
		if (sched->update)
			sched_update(sched, u.state, k, &servers[k]);
	}
	free(u.state);
}

static void test_like_a_scan(void **state)
{
	unsigned int seed = 3;
	int round;
	size_t i;

	for (round = 0; round < 100; round++)
		for (i = 0; i < ARRAY_SIZE(all); i++)
			like_a_scan(all[i], 6, 4, &seed);
}

/* Costs that differ by little: what is compared are not the fractions themselves. */
static void test_like_a_scan_of_great_ones(void **state)
{
	unsigned int seed = 5;
	int round;
	size_t i;

	for (round = 0; round < 100; round++)
		for (i = 0; i < ARRAY_SIZE(all); i++)
			like_a_scan(all[i], 65536, 4096, &seed);
}

/* Connections that stay are shared by weight, or evenly by lc. */
static void test_weights(void **state)
{
	static const struct {
		const struct baton_sched *sched;
		u32 want[3];
	} cases[] = {
		{ &baton_sched_lc,  { 200, 200, 200 } },
		{ &baton_sched_wlc, { 300, 100, 200 } },
		{ &baton_sched_sed, { 300, 100, 200 } },
		{ &baton_sched_nq,  { 300, 100, 200 } },
		{ &baton_sched_fo,  { 600, 0, 0 } },
	};
	size_t c;
	u32 i;

	for (c = 0; c < ARRAY_SIZE(cases); c++) {
		struct baton_sched_server servers[] = {
			{ .weight = 3 }, { .weight = 1 }, { .weight = 2 },
		};
		struct sched_unit u = sched_unit(cases[c].sched, servers, 3);

		for (i = 0; i < 600; i++)
			sched_open(&u);
		for (i = 0; i < 3; i++)
			assert_int_equal(servers[i].active, cases[c].want[i]);
		free(u.state);
	}
}

/* ovf fills one server after the other, and then there is none. */
static void test_overflow(void **state)
{
	struct baton_sched_server servers[] = { { .weight = 2 }, { .weight = 5 }, { .weight = 3 } };
	struct sched_unit u = sched_unit(&baton_sched_ovf, servers, 3);
	const u32 want[] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(sched_open(&u), want[i]);
	assert_int_equal(sched_pick(&u), BATON_SCHED_NONE);
	servers[1].active--;
	sched_update(u.sched, u.state, 1, &servers[1]);
	assert_int_equal(sched_pick(&u), 1);
	free(u.state);
}

/* A weight of 0 in an update: not now. */
static void test_not_now(void **state)
{
	size_t c;

	for (c = 0; c < ARRAY_SIZE(all); c++) {
		struct baton_sched_server servers[] = { { .weight = 9 }, { .weight = 1 } };
		struct sched_unit u = sched_unit(all[c], servers, 2);

		if (all[c]->update) {
			servers[0].weight = 0;
			sched_update(all[c], u.state, 0, &servers[0]);
			assert_int_equal(sched_pick(&u), 1);
			servers[0].weight = 9;
			sched_update(all[c], u.state, 0, &servers[0]);
		}
		assert_int_equal(sched_pick(&u), 0);
		free(u.state);
	}
}

/* The greatest loads and weights there can be do not overflow. */
static void test_great_numbers(void **state)
{
	size_t c;

	for (c = 0; c < ARRAY_SIZE(all); c++) {
		struct baton_sched_server servers[] = {
			{ .weight = 65535, .active = UINT32_MAX, .inactive = UINT32_MAX },
			{ .weight = 65534, .active = UINT32_MAX, .inactive = UINT32_MAX },
		};
		struct sched_unit u = sched_unit(all[c], servers, 2);
		u32 i;

		assert_int_equal(sched_pick(&u), by_scan(all[c], servers, 2));
		for (i = 0; all[c]->update && i < 2; i++) {
			servers[i].active -= 200000 * (i + 1);
			sched_update(all[c], u.state, i, &servers[i]);
			assert_int_equal(sched_pick(&u), by_scan(all[c], servers, 2));
		}
		free(u.state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_like_a_scan),
		cmocka_unit_test(test_like_a_scan_of_great_ones),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_not_now),
		cmocka_unit_test(test_great_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
