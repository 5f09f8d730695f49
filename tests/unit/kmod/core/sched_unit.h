/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the schedulers share: the state lives in memory of exactly the size asked for. */
#ifndef BATON_TEST_SCHED_UNIT_H
#define BATON_TEST_SCHED_UNIT_H

#include "unit.h"
#include "kmod/core/sched.h"

/** struct sched_unit - a service with its servers; @looked counts the servers that picks looked at */
struct sched_unit {
	const struct baton_sched *sched;
	struct baton_sched_server *server;
	u32 n;
	void *state;
	u64 seed;
	u32 ticket;
	u32 now;
	u32 looked;
	struct baton_tuple tuple;
};

/* The same numbers on every machine: each step of this sequence is as good as random. */
static inline u64 unit_random(u64 *seed)
{
	u64 x = *seed += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static inline struct sched_unit sched_unit_flags(const struct baton_sched *sched,
						 struct baton_sched_server *servers, u32 n, u32 flags)
{
	struct sched_unit u = { .sched = sched, .server = servers, .n = n };

	assert_int_equal(flags & ~sched->flags, 0);
	u.state = calloc(1, sched->size(n));
	assert_non_null(u.state);
	sched->build(u.state, servers, n, flags);
	return u;
}

static inline struct sched_unit sched_unit(const struct baton_sched *sched,
					   struct baton_sched_server *servers, u32 n)
{
	return sched_unit_flags(sched, servers, n, sched->defaults);
}

static inline struct baton_sched_server sched_unit_look(const void *arg, u32 index)
{
	struct sched_unit *u = (struct sched_unit *)arg;

	assert_true(index < u->n);
	u->looked++;
	return u->server[index];
}

static inline u32 sched_unit_weigh(const void *arg, u32 index)
{
	return sched_unit_look(arg, index).weight;
}

static inline u32 sched_pick(struct sched_unit *u)
{
	struct baton_sched_flow flow = {
		.tuple = &u->tuple,
		.ticket = u->ticket++,
		.now = u->now,
		.random = unit_random(&u->seed),
		.look = sched_unit_look,
		.weigh = sched_unit_weigh,
		.arg = u,
	};

	/* who says that it looks at no flow gets none */
	return u->sched->pick(u->state, u->sched->blind ? NULL : &flow);
}

static inline void sched_update(const struct baton_sched *sched, void *state, u32 index,
				const struct baton_sched_server *server)
{
	sched->update(state, index, server->weight, server->active, server->inactive);
}

/* A connection goes where the scheduler says. */
static inline u32 sched_open(struct sched_unit *u)
{
	u32 pick = sched_pick(u);

	assert_true(pick < u->n);
	u->server[pick].active++;
	if (u->sched->update)
		sched_update(u->sched, u->state, pick, &u->server[pick]);
	return pick;
}

/* No server, or none with a weight. */
static inline void sched_check_none(const struct baton_sched *sched)
{
	struct baton_sched_server idle[3] = { { .active = 1 }, { 0 }, { 0 } };
	struct sched_unit u = sched_unit(sched, NULL, 0);

	assert_int_equal(sched_pick(&u), BATON_SCHED_NONE);
	free(u.state);
	u = sched_unit(sched, idle, 3);
	assert_int_equal(sched_pick(&u), BATON_SCHED_NONE);
	free(u.state);
}

/*
 * Whether what servers got is what their weights say, by Pearson's chi-square: its mean is the number of
 * degrees of freedom f, its standard deviation sqrt(2f). Ten of those above the mean: no seed gets
 * there, only a defect does.
 */
static inline void check_fair(const struct baton_sched_server *servers, const u32 *got, u32 n)
{
	double weights = 0, picks = 0, chi = 0, freedom = -1;
	u32 i;

	for (i = 0; i < n; i++) {
		weights += servers[i].weight;
		picks += got[i];
	}
	for (i = 0; i < n; i++) {
		double want = picks * servers[i].weight / weights;

		if (want > 0) {
			chi += (got[i] - want) * (got[i] - want) / want;
			freedom++;
		}
	}
	print_message("chi-square %.1f with %.0f degrees of freedom\n", chi, freedom);
	if (chi > freedom)
		assert_true((chi - freedom) * (chi - freedom) < 100 * 2 * freedom);
}

#endif /* BATON_TEST_SCHED_UNIT_H */
