/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn it is, by weight, exactly and smoothly.
 *
 * A server with weight w is due w times in each unit of virtual time: its k-th turn, counted from 0,
 * at (2k + 1) / 2w, that is in the middle of the k-th part. The next turn is whoever's is due first. So
 * each unit gives every server exactly its weight, spread as evenly as the others allow, and no server
 * has to be scanned. Fractions are compared crosswise: below 2^46 turns nothing overflows.
 */
#ifndef BATON_CORE_TURNS_H
#define BATON_CORE_TURNS_H

#include "sched.h"
#include "tourney.h"

struct baton_turn {
	u64	id;
	u64	taken;		/* k */
	u32	weight;
	u32	server;
};

/** struct baton_turns - the turns are followed by the matches */
struct baton_turns {
	struct baton_tourney	tourney;
	struct baton_turn	turn[];
};

/** Bytes for @n servers, a multiple of 8. */
size_t baton_turns_size(u32 n);
/**
 * baton_turns_start - turn 0
 * @least: what a weight counts as at least; 0: servers without a weight get no turn
 *
 * The sequence does not depend on the order of @servers: turns that are due at the same time go
 * by the servers' ids.
 */
void baton_turns_start(struct baton_turns *turns, const struct baton_sched_server *servers, u32 n,
		       u32 least);
/** The server of the next turn, or BATON_SCHED_NONE. */
u32 baton_turns_next(struct baton_turns *turns);

#endif /* BATON_CORE_TURNS_H */
