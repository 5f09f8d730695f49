// SPDX-License-Identifier: GPL-2.0-only
/*
 * While there is little memory, or while an administrator says so, some new connections are dropped
 * before anything is spent on them, and those that are opening get an eighth of their room
 * (opening.c). What is established is not touched.
 */
#include <linux/mm.h>
#include "defence.h"

void baton_defence_init(struct baton_defence *defence)
{
	defence->mode = BATON_DROP_MODE_AUTO;
	defence->rate = BATON_DROP_RATE;
	defence->memory_min = BATON_MEMORY_MIN;
}

bool baton_defence_drops(struct baton_defence *defence)
{
	return !((u32)atomic_inc_return(&defence->count) % READ_ONCE(defence->rate));
}

void baton_defence_look(struct baton_defence *defence)
{
	u64 available = (u64)max(si_mem_available(), 0L) * PAGE_SIZE;
	bool low = available >> 20 < READ_ONCE(defence->memory_min);

	if (READ_ONCE(defence->low) != low)
		WRITE_ONCE(defence->low, low);
}
