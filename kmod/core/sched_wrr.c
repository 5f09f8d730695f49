// SPDX-License-Identifier: GPL-2.0-only
/* Weighted round robin: every pick is a turn. */
#include "env.h"
#include "turns.h"

static void wrr_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	baton_turns_start(state, servers, n, 0);
}

static u32 wrr_pick(void *state, const struct baton_sched_flow *flow)
{
	return baton_turns_next(state);
}

const struct baton_sched baton_sched_wrr = {
	.name	= "wrr",
	.size	= baton_turns_size,
	.build	= wrr_build,
	.pick	= wrr_pick,
};
