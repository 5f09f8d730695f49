/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay window: each sequence number of a session is accepted once, and reordering within
 * the last BATON_REPLAY_WINDOW numbers is harmless. Also what merges two paths into one: the
 * second copy of a datagram is a replay.
 */
#ifndef BATON_SYNCD_REPLAY_H
#define BATON_SYNCD_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define BATON_REPLAY_WINDOW	4096	/* a power of two, multiple of 64 */

struct baton_replay {
	uint64_t top;			/* highest number accepted; 0: none */
	uint64_t seen[BATON_REPLAY_WINDOW / 64];
};

void baton_replay_reset(struct baton_replay *r);
/** True when @seq is new; it is then marked as seen. Only for authenticated numbers. */
bool baton_replay_accept(struct baton_replay *r, uint64_t seq);

#endif /* BATON_SYNCD_REPLAY_H */
