// SPDX-License-Identifier: GPL-2.0-or-later
/* What picks of most schedulers cost: matches, counted. */
#include "unit.h"
#include "kmod/core/tourney.h"

#define MANY 1000

struct game {
	struct baton_tourney tourney;
	u32 score[MANY];
	u32 winner[2048];
	u32 matches;
};

static bool beats(const void *state, u32 a, u32 b)
{
	struct game *g = (struct game *)state;

	g->matches++;
	return g->score[a] < g->score[b];
}

/* A thousand players: a replay is ten matches, and its winner the one that a scan finds. */
static void test_few_matches(void **state)
{
	static struct game g;
	unsigned int seed = 5;
	u32 i, k, best;

	g.tourney.size = baton_tourney_leaves(MANY);
	g.tourney.winner = g.winner;
	for (i = 0; i < MANY; i++)
		g.score[i] = rand_r(&seed) % 5000;
	baton_tourney_build(&g.tourney, MANY, &g, beats);
	assert_int_equal(g.matches, MANY - 1);
	for (i = 0; i < 3000; i++) {
		k = rand_r(&seed) % MANY;
		g.score[k] = rand_r(&seed) % 5000;
		g.matches = 0;
		baton_tourney_replay(&g.tourney, k, &g, beats);
		assert_true(g.matches <= 10);
		for (best = 0, k = 1; k < MANY; k++)
			if (g.score[k] < g.score[best])
				best = k;
		assert_int_equal(baton_tourney_best(&g.tourney), best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
