// SPDX-License-Identifier: GPL-2.0-or-later
#include "sched_unit.h"
#include "kmod/core/sched_twos.c"

#define MANY 1000

static void test_none(void **state)
{
	sched_check_none(&baton_sched_twos);
}

/*
 * With connections that end at once nobody has a load, and picks follow the weights. The first of two equal
 * ones is taken, so a pick is one draw.
 */
static void test_fair(void **state)
{
	struct baton_sched_server servers[MANY];
	u32 got[MANY] = { 0 };
	struct sched_unit u;
	u32 i;

	for (i = 0; i < MANY; i++)
		servers[i] = (struct baton_sched_server) { .weight = i % 7 };
	u = sched_unit(&baton_sched_twos, servers, MANY);
	for (i = 0; i < 1000000; i++)
		got[sched_pick(&u)]++;
	for (i = 0; i < MANY; i += 7)
		assert_int_equal(got[i], 0);
	check_fair(servers, got, MANY);
	assert_int_equal(u.looked, 2 * 1000000);
	free(u.state);
}

/* Connections that stay: two choices keep every server near its share, where one would not. */
static void test_balance(void **state)
{
	struct baton_sched_server servers[MANY];
	struct sched_unit u;
	u32 i, most = 0;

	for (i = 0; i < MANY; i++)
		servers[i] = (struct baton_sched_server) { .weight = 1 };
	u = sched_unit(&baton_sched_twos, servers, MANY);
	for (i = 0; i < 100 * MANY; i++)
		sched_open(&u);
	for (i = 0; i < MANY; i++)
		most = max_t(u32, most, servers[i].active);
	print_message("100 connections a server: the most that one has is %u\n", most);
	assert_true(most < 110);
	free(u.state);
}

/* Who takes none at the moment is passed over, also when both draws meet one. */
static void test_not_now(void **state)
{
	struct baton_sched_server servers[8];
	struct sched_unit u;
	u32 i;

	for (i = 0; i < 8; i++)
		servers[i] = (struct baton_sched_server) { .weight = 1 + i };
	u = sched_unit(&baton_sched_twos, servers, 8);
	for (i = 0; i < 8; i++)
		servers[i].weight = i == 2;
	for (i = 0; i < 1000; i++)
		assert_int_equal(sched_pick(&u), 2);
	free(u.state);
}

/* The greatest weights there can be: the sum has more than 32 bits. */
static void test_great_numbers(void **state)
{
	const u32 n = 80000;
	struct baton_sched_server *servers = calloc(n, sizeof(*servers));
	u32 half = 0, i;
	struct sched_unit u;

	assert_non_null(servers);
	for (i = 0; i < n; i++)
		servers[i].weight = 65535;
	u = sched_unit(&baton_sched_twos, servers, n);
	for (i = 0; i < 100000; i++)
		half += sched_pick(&u) < n / 2;
	assert_true(half > 48000 && half < 52000);
	free(u.state);
	free(servers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_fair),
		cmocka_unit_test(test_balance),
		cmocka_unit_test(test_not_now),
		cmocka_unit_test(test_great_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
