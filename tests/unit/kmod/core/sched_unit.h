/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the schedulers share: the state lives in memory of exactly the size asked for. */
#ifndef BATON_TEST_SCHED_UNIT_H
#define BATON_TEST_SCHED_UNIT_H

#include "unit.h"
#include "kmod/core/sched.h"

static inline void *sched_make(const struct baton_sched *sched,
			       const struct baton_sched_server *servers, u32 n)
{
	void *state = calloc(1, sched->size(n));

	assert_non_null(state);
	sched->build(state, servers, n);
	return state;
}

/* No server, or none with a weight. */
static inline void sched_check_none(const struct baton_sched *sched)
{
	const struct baton_sched_server idle[3] = { { .active = 1 }, { 0 }, { 0 } };
	void *state = sched_make(sched, NULL, 0);

	assert_int_equal(sched->pick(state, 0), BATON_SCHED_NONE);
	free(state);
	state = sched_make(sched, idle, 3);
	assert_int_equal(sched->pick(state, 1), BATON_SCHED_NONE);
	free(state);
}

#endif /* BATON_TEST_SCHED_UNIT_H */
