// SPDX-License-Identifier: GPL-2.0-or-later
#include "sched_unit.h"
#include "kmod/core/least.c"
#include "kmod/core/sched_lblc.c"

static const struct baton_sched *const both[] = { &baton_sched_lblc, &baton_sched_lblcr };

/* A connection to 172.16.0.0 + @to. */
static u32 open_to(struct sched_unit *u, u32 to)
{
	u->tuple.family = AF_INET;
	u->tuple.daddr.v4 = cpu_to_be32(0xac100000 + to);
	return sched_open(u);
}

static void set_active(struct sched_unit *u, u32 server, u32 active)
{
	u->server[server].active = active;
	sched_update(u->sched, u->state, server, &u->server[server]);
}

static void test_none(void **state)
{
	sched_check_none(&baton_sched_lblc);
	sched_check_none(&baton_sched_lblcr);
}

/* A thousand servers and addresses: each address keeps its server, and load is shared. */
static void test_locality(void **state)
{
	static struct baton_sched_server servers[1000];
	static u32 first[1000];
	size_t s;
	u32 i, round;

	for (s = 0; s < ARRAY_SIZE(both); s++) {
		struct sched_unit u;

		for (i = 0; i < 1000; i++)
			servers[i] = (struct baton_sched_server) { .weight = 10 };
		u = sched_unit(both[s], servers, 1000);
		for (i = 0; i < 1000; i++)
			first[i] = open_to(&u, i);
		for (i = 0; i < 1000; i++)
			assert_int_equal(servers[i].active, 1);
		for (round = 0; round < 5; round++)
			for (i = 0; i < 1000; i++) {
				u.looked = 0;
				assert_int_equal(open_to(&u, i), first[i]);
				assert_true(u.looked <= 3);
			}
		free(u.state);
	}
}

/* Crowded, and another has room: lblc moves the address, lblcr gives it a second server. */
static void test_crowded(void **state)
{
	struct baton_sched_server servers[3];
	struct sched_unit u;
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(both); s++) {
		for (i = 0; i < 3; i++)
			servers[i] = (struct baton_sched_server) { .weight = 4 };
		u = sched_unit(both[s], servers, 3);
		for (i = 0; i < 5; i++)
			assert_int_equal(open_to(&u, 1), 0);
		assert_int_equal(open_to(&u, 1), 1);
		/* nobody is less than half full: no reason to move */
		set_active(&u, 0, 5);
		set_active(&u, 1, 5);
		set_active(&u, 2, 2);
		assert_int_equal(open_to(&u, 1), both[s] == &baton_sched_lblc ? 1 : 0);
		/* the set has both, the less loaded first */
		set_active(&u, 0, 1);
		set_active(&u, 1, 3);
		assert_int_equal(open_to(&u, 1), both[s] == &baton_sched_lblc ? 1 : 0);
		free(u.state);
	}
}

/* A set that did not change for a day loses its most loaded; an address not asked for is forgotten. */
static void test_a_day_later(void **state)
{
	struct baton_sched_server servers[2] = { { .weight = 4 }, { .weight = 4 } };
	struct sched_unit u = sched_unit(&baton_sched_lblcr, servers, 2);
	u32 i;

	u.now = UINT32_MAX - 1000;	/* seconds wrap, too */
	for (i = 0; i < 6; i++)
		open_to(&u, 1);
	assert_int_equal(servers[1].active, 1);
	u.now += FORGET_S - 10;
	assert_int_equal(open_to(&u, 1), 1);
	u.now += 100;
	set_active(&u, 0, 1);
	assert_int_equal(open_to(&u, 1), 0);	/* the other one went */
	set_active(&u, 0, 4);
	set_active(&u, 1, 0);
	assert_int_equal(open_to(&u, 1), 0);
	u.now += FORGET_S + 1;
	assert_int_equal(open_to(&u, 1), 1);
	free(u.state);
}

/* More addresses than places: the newest are remembered, nothing grows. */
static void test_many_addresses(void **state)
{
	struct baton_sched_server servers[50];
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(both); s++) {
		u32 last[1000], same = 0;
		struct sched_unit u;

		for (i = 0; i < 50; i++)
			servers[i] = (struct baton_sched_server) { .weight = BATON_WEIGHT_MAX };
		u = sched_unit(both[s], servers, 50);
		for (i = 0; i < 200000; i++) {
			u.now = i / 100;
			last[i % 1000] = open_to(&u, i);
		}
		for (i = 199000; i < 200000; i++)
			same += open_to(&u, i) == last[i % 1000];
		assert_true(same > 990);
		free(u.state);
	}
}

/* Who takes nothing is replaced. */
static void test_not_now(void **state)
{
	struct baton_sched_server servers[2] = { { .weight = 4 }, { .weight = 4 } };
	size_t s;

	for (s = 0; s < ARRAY_SIZE(both); s++) {
		struct sched_unit u;

		servers[0] = servers[1] = (struct baton_sched_server) { .weight = 4 };
		u = sched_unit(both[s], servers, 2);
		assert_int_equal(open_to(&u, 1), 0);
		servers[0].weight = 0;
		set_active(&u, 0, 1);
		assert_int_equal(open_to(&u, 1), 1);
		servers[1].weight = 0;
		set_active(&u, 1, 1);
		assert_int_equal(sched_pick(&u), BATON_SCHED_NONE);
		free(u.state);
	}
}

/* Server 0 went, 1 and 2 became 0 and 1. */
static u32 one_less(const void *arg, u32 index)
{
	return index ? index - 1 : BATON_SCHED_NONE;
}

/* A change of the servers does not forget the addresses of those that stay. */
static void test_adopt(void **state)
{
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(both); s++) {
		struct baton_sched_server servers[3] = {
			{ .weight = 100 }, { .weight = 100 }, { .weight = 100 },
		};
		struct sched_unit old = sched_unit(both[s], servers, 3), new;
		u32 was[90];

		for (i = 0; i < 90; i++)
			was[i] = open_to(&old, i);
		new = sched_unit(both[s], servers, 2);
		both[s]->adopt(new.state, old.state, one_less, NULL);
		for (i = 0; i < 90; i++)
			if (was[i])
				assert_int_equal(open_to(&new, i), was[i] - 1);
			else
				assert_true(open_to(&new, i) < 2);
		free(old.state);
		free(new.state);
	}
}

/* lblcr's sets end at eight servers; one that is full loses its most loaded. */
static void test_full_set(void **state)
{
	struct baton_sched_server servers[20];
	struct sched_unit u;
	u32 i;

	for (i = 0; i < 20; i++)
		servers[i] = (struct baton_sched_server) { .weight = 10 };
	u = sched_unit(&baton_sched_lblcr, servers, 20);
	for (i = 0; i < 220; i++)
		open_to(&u, 1);
	for (i = 0; i < 20; i++)
		assert_true(servers[i].active >= 5);
	u.looked = 0;
	open_to(&u, 1);
	assert_true(u.looked <= 2 * LBLCR_SET + 2);
	free(u.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_locality),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_a_day_later),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_not_now),
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_full_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
