// SPDX-License-Identifier: GPL-2.0-or-later
/* One stream of numbers for a whole run, so that a seed is a run. */
#include "sim.h"

static uint64_t state;

uint64_t sim_random(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void sim_seed(uint64_t s)
{
	state = s * 0x2545f4914f6cdd1dull + 1;
}

uint32_t sim_below(uint32_t n)
{
	return n ? sim_random() % n : 0;
}

bool sim_chance(unsigned int percent)
{
	return percent && sim_below(100) < percent;
}
