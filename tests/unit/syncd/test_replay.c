// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/replay.c */
/* The replay window, against a model that remembers every number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "syncd/replay.h"

static struct baton_replay r;

static void once_each(void **state)
{
	(void)state;
	baton_replay_reset(&r);
	assert_false(baton_replay_accept(&r, 0));
	for (uint64_t i = 1; i < 3 * BATON_REPLAY_WINDOW; i++) {
		assert_true(baton_replay_accept(&r, i));
		assert_false(baton_replay_accept(&r, i));
	}
}

static void far_jumps(void **state)
{
	(void)state;
	baton_replay_reset(&r);
	assert_true(baton_replay_accept(&r, 5));
	assert_true(baton_replay_accept(&r, 1ULL << 40));
	assert_false(baton_replay_accept(&r, 5));
	assert_false(baton_replay_accept(&r, 6));
	assert_true(baton_replay_accept(&r, (1ULL << 40) - 1));
	assert_true(baton_replay_accept(&r, UINT64_MAX));
	assert_false(baton_replay_accept(&r, UINT64_MAX));
	assert_true(baton_replay_accept(&r, UINT64_MAX - 100));
}

/* Never twice; and never refused when new and within the window less one word. */
static void shuffled(void **state)
{
	enum { N = 200000 };
	uint8_t *seen = calloc(1, N + 1);
	uint64_t top = 0;

	(void)state;
	srand(1);
	baton_replay_reset(&r);
	for (int i = 0; i < 4 * N; i++) {
		uint64_t base = (uint64_t)i / 4, seq = 1 + base + rand() % 6000;
		bool got;

		if (seq > N)
			continue;
		got = baton_replay_accept(&r, seq);
		if (seen[seq])
			assert_false(got);
		else if (seq + BATON_REPLAY_WINDOW - 64 > top)
			assert_true(got);
		if (got)
			seen[seq] = 1;
		if (got && seq > top)
			top = seq;
	}
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_each),
		cmocka_unit_test(far_jumps),
		cmocka_unit_test(shuffled),
	};

	return cmocka_run_group_tests_name("syncd/replay", tests, NULL, NULL);
}
