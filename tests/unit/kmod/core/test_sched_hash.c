// SPDX-License-Identifier: GPL-2.0-or-later
/* dh, sh and mh: fair, the same on every director, and moving as few clients as they promise. */
#include "sched_unit.h"
#include "kmod/core/turns.c"
#include "kmod/core/sched_hash.c"

#define MANY	1000
#define FLOWS	200000U

static const struct baton_sched *const all[] = {
	&baton_sched_dh, &baton_sched_sh, &baton_sched_mh,
};

/* The server at 10.0.0.0 + @i, port 80. */
static struct baton_sched_server server(u32 i, u32 weight)
{
	union baton_addr addr = { .v4 = cpu_to_be32(0x0a000000 + i) };

	return (struct baton_sched_server) {
		.id = baton_mix_addr(&addr, AF_INET, 80), .weight = weight,
	};
}

static u32 make(struct baton_sched_server *servers, u32 n, u32 (*weight)(u32 i))
{
	u32 i;

	for (i = 0; i < n; i++)
		servers[i] = server(i, weight(i));
	return n;
}

static u32 one(u32 i) { return 1; }
static u32 one_to_five(u32 i) { return 1 + i % 5; }
static u32 zero_to_six(u32 i) { return i % 7; }

/* The pick of flow @i; flows differ in both addresses, as clients of one network do. */
static u32 pick_flow(struct sched_unit *u, u32 i)
{
	u->tuple = (struct baton_tuple) {
		.saddr.v4 = cpu_to_be32(0xc0000200 + i),
		.daddr.v4 = cpu_to_be32(0xac100000 + i),
		.sport = cpu_to_be16(40000),
		.dport = cpu_to_be16(80),
		.family = AF_INET,
		.protocol = IPPROTO_TCP,
	};
	return sched_pick(u);
}

static void test_none(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		sched_check_none(all[i]);
}

/* A thousand servers of all weights; a pick looks at one of them. */
static void test_fair(void **state)
{
	static struct baton_sched_server servers[MANY];
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(all); s++) {
		u32 got[MANY] = { 0 };
		struct sched_unit u;

		make(servers, MANY, all[s] == &baton_sched_mh ? zero_to_six : one_to_five);
		u = sched_unit(all[s], servers, MANY);
		for (i = 0; i < FLOWS; i++) {
			u32 pick = pick_flow(&u, i);

			assert_true(pick < MANY && servers[pick].weight);
			got[pick]++;
		}
		print_message("%s: ", all[s]->name);
		check_fair(servers, got, MANY);
		assert_int_equal(u.looked, FLOWS);
		free(u.state);
	}
}

/* Two directors that heard of the same servers in another order agree on every flow. */
static void test_agree(void **state)
{
	static struct baton_sched_server servers[MANY], shuffled[MANY];
	u64 seed = 1;
	size_t s;
	u32 i, n;

	for (n = 1; n <= MANY; n = n * 3 + 1)
		for (s = 0; s < ARRAY_SIZE(all); s++) {
			struct sched_unit a, b;

			make(servers, n, zero_to_six);
			memcpy(shuffled, servers, sizeof(servers));
			for (i = n - 1; i; i--) {
				u32 k = unit_random(&seed) % (i + 1);
				struct baton_sched_server t = shuffled[i];

				shuffled[i] = shuffled[k];
				shuffled[k] = t;
			}
			a = sched_unit_flags(all[s], servers, n, all[s]->flags);
			b = sched_unit_flags(all[s], shuffled, n, all[s]->flags);
			for (i = 0; i < 1500; i++) {
				u32 x = pick_flow(&a, i), y = pick_flow(&b, i);

				assert_int_equal(x == BATON_SCHED_NONE, y == BATON_SCHED_NONE);
				if (x != BATON_SCHED_NONE)
					assert_true(servers[x].id == shuffled[y].id);
			}
			free(a.state);
			free(b.state);
		}
}

/*
 * What moves when @more has one server that @fewer has not, its last: as parts of a thousand of the flows, those
 * of that server, which have to, and others, which do not.
 */
static void count_moves(struct sched_unit *more, struct sched_unit *fewer, u32 gone, u32 *must, u32 *other)
{
	u32 i;

	*must = *other = 0;
	for (i = 0; i < FLOWS; i++) {
		u32 before = pick_flow(more, i), after = pick_flow(fewer, i);

		if (before == gone)
			++*must;
		else if (before != after)
			++*other;
	}
}

/*
 * A server that goes, or comes, moves its own flows and few others. All that is random is fixed, so these
 * are numbers to compare with: a modulus, or a table dealt out in turns, moves most.
 */
static void test_mh_moves_few(void **state)
{
	static const u32 sizes[] = { 2, 3, 10, 100, MANY };
	static struct baton_sched_server servers[MANY];
	u32 (*const weights[])(u32) = { one, one_to_five };
	u32 must, other;
	size_t s, w;

	for (w = 0; w < 2; w++)
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			u32 n = make(servers, sizes[s], weights[w]);
			struct sched_unit more = sched_unit(&baton_sched_mh, servers, n);
			struct sched_unit fewer = sched_unit(&baton_sched_mh, servers, n - 1);

			count_moves(&more, &fewer, n - 1, &must, &other);
			print_message("mh, %u servers, weights %s: %.2f %% have to move, %.2f %% do besides\n",
				      n, w ? "1 to 5" : "1", must * 100.0 / FLOWS,
				      other * 100.0 / FLOWS);
			assert_true(must > 0 && other < FLOWS / 20);
			free(more.state);
			free(fewer.state);
		}
}

/* A weight of 0 moves the flows of that server, and with sh no other at all. */
static void test_quiesce(void **state)
{
	static struct baton_sched_server servers[50];
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(all); s++) {
		u32 n = make(servers, 50, one), must = 0, other = 0;
		struct sched_unit before = sched_unit_flags(all[s], servers, n, BATON_SCHED_F_FALLBACK);
		u32 *was = calloc(FLOWS, sizeof(*was));
		struct sched_unit after;

		assert_non_null(was);
		for (i = 0; i < FLOWS; i++)
			was[i] = pick_flow(&before, i);
		servers[7].weight = 0;
		after = sched_unit_flags(all[s], servers, n, BATON_SCHED_F_FALLBACK);
		for (i = 0; i < FLOWS; i++) {
			u32 is = pick_flow(&after, i);

			assert_true(is < n && is != 7);
			if (was[i] == 7)
				must++;
			else if (was[i] != is)
				other++;
		}
		assert_true(must > 0 && other <= (all[s] == &baton_sched_mh ? FLOWS / 20 : 0));
		free(before.state);
		free(after.state);
		free(was);
	}
}

/* Without fallback the flows of such a server are refused, and those of all others stay. */
static void test_no_fallback(void **state)
{
	static struct baton_sched_server servers[50];
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(all); s++) {
		u32 n = make(servers, 50, one), refused = 0;
		struct sched_unit u = sched_unit_flags(all[s], servers, n, 0);
		u32 *was = calloc(FLOWS, sizeof(*was));

		assert_non_null(was);
		for (i = 0; i < FLOWS; i++)
			was[i] = pick_flow(&u, i);
		free(u.state);
		servers[7].weight = 0;
		u = sched_unit_flags(all[s], servers, n, 0);
		for (i = 0; i < FLOWS; i++) {
			refused += was[i] == 7;
			assert_int_equal(pick_flow(&u, i), was[i] == 7 ? BATON_SCHED_NONE : was[i]);
		}
		assert_true(refused > 0);
		free(u.state);
		free(was);
	}
}

/* Servers that take nothing at the moment, after the table was made: few are looked at, and one is found. */
static void test_not_now(void **state)
{
	static struct baton_sched_server servers[MANY];
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(all); s++) {
		struct sched_unit u;

		make(servers, MANY, one);
		u = sched_unit_flags(all[s], servers, MANY, BATON_SCHED_F_FALLBACK);
		for (i = 0; i < MANY; i++)
			servers[i].weight = i % 2;
		for (i = 0; i < 10000; i++) {
			u32 pick;

			u.looked = 0;
			pick = pick_flow(&u, i);
			assert_true(pick < MANY && servers[pick].weight);
			assert_true(u.looked <= 1 + TRIES);
		}
		for (i = 0; i < MANY; i++)
			servers[i].weight = 0;
		u.looked = 0;
		assert_int_equal(pick_flow(&u, 0), BATON_SCHED_NONE);
		assert_int_equal(u.looked, 1 + TRIES);
		free(u.state);
	}
}

/* The port counts when it is asked for, and only then. */
static void test_port(void **state)
{
	static struct baton_sched_server servers[10];
	size_t s;
	u32 i;

	for (s = 1; s < ARRAY_SIZE(all); s++) {
		u32 n = make(servers, 10, one);
		struct sched_unit plain = sched_unit(all[s], servers, n);
		struct sched_unit ports = sched_unit_flags(all[s], servers, n, BATON_SCHED_F_PORT);
		u32 got[10] = { 0 };
		u32 first = pick_flow(&plain, 0);

		for (i = 0; i < 60000; i++) {
			pick_flow(&plain, 0);
			plain.tuple.sport = ports.tuple.sport = cpu_to_be16(i);
			assert_int_equal(sched_pick(&plain), first);
			ports.tuple = plain.tuple;
			got[sched_pick(&ports)]++;
		}
		check_fair(servers, got, n);
		free(plain.state);
		free(ports.state);
	}
}

/* IPv6: each word of the address counts. */
static void test_ipv6(void **state)
{
	static struct baton_sched_server servers[10];
	u32 n = make(servers, 10, one), got[10] = { 0 };
	struct sched_unit u = sched_unit(&baton_sched_mh, servers, n);
	u64 seed = 3;
	u32 i;

	u.tuple.family = AF_INET6;
	for (i = 0; i < 100000; i++) {
		u.tuple.saddr.v6[i % 4] = (u32)unit_random(&seed);
		got[sched_pick(&u)]++;
	}
	check_fair(servers, got, n);
	free(u.state);
}

/* Directors of different versions agree, too: these numbers are not to change. */
static void test_for_ever(void **state)
{
	static const u32 want[3][8] = {
		{ 1, 2, 4, 0, 2, 4, 2, 1 },
		{ 2, 4, 2, 3, 4, 2, 0, 4 },
		{ 3, 4, 3, 4, 4, 1, 1, 4 },
	};
	static struct baton_sched_server servers[5];
	u32 n = make(servers, 5, one_to_five);
	size_t s;
	u32 i;

	for (s = 0; s < ARRAY_SIZE(all); s++) {
		struct sched_unit u = sched_unit(all[s], servers, n);

		for (i = 0; i < 8; i++)
			assert_int_equal(pick_flow(&u, i), want[s][i]);
		free(u.state);
	}
}

/* As many servers as there may be, with the greatest weights: each gets a part. */
static void test_most(void **state)
{
	struct baton_sched_server *servers = calloc(SERVERS_MAX, sizeof(*servers));
	bool *seen = calloc(SERVERS_MAX, sizeof(*seen));
	size_t s;
	u32 i;

	assert_true(servers && seen);
	for (s = 0; s < ARRAY_SIZE(all); s++) {
		struct sched_unit u;

		for (i = 0; i < SERVERS_MAX; i++) {
			servers[i] = server(i, BATON_WEIGHT_MAX);
			seen[i] = false;
		}
		u = sched_unit(all[s], servers, SERVERS_MAX);
		for (i = 0; i < 200 * SERVERS_MAX; i++)
			seen[pick_flow(&u, i)] = true;
		for (i = 0; i < SERVERS_MAX; i++)
			assert_true(seen[i]);
		free(u.state);
	}
	free(servers);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_fair),
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_mh_moves_few),
		cmocka_unit_test(test_quiesce),
		cmocka_unit_test(test_no_fallback),
		cmocka_unit_test(test_not_now),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_for_ever),
		cmocka_unit_test(test_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
