// SPDX-License-Identifier: GPL-2.0-only
#include "env.h"
#include "least.h"
#include "tourney.h"

size_t baton_least_size(u32 n)
{
	return sizeof(struct baton_least) + 2 * (size_t)baton_tourney_leaves(n) * sizeof(u64);
}

void baton_least_build(struct baton_least *least, const struct baton_sched_server *servers, u32 n,
		       baton_cost_t cost_of)
{
	u32 i;

	least->size = baton_tourney_leaves(n);
	for (i = 0; i < least->size; i++)
		least->key[least->size + i] = i < n ? baton_least_key(i, &servers[i], cost_of) :
						      U64_MAX;
	least->key[0] = U64_MAX;
	for (i = least->size - 1; i >= 1; i--)
		least->key[i] = min_t(u64, least->key[2 * i], least->key[2 * i + 1]);
}
