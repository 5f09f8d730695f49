/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BATON_FUZZ_HA_WORLD_H
#define BATON_FUZZ_HA_WORLD_H

#include "ha/beat.h"
#include "ha/corosync_private.h"

#define SELF	1	/* nodeid of the agent that is fuzzed */
#define PEER	2

/* What is around the agent, and what it was seen to do. */
struct ha_world {
	struct baton_ha_agent agent;
	struct baton_ha_corosync corosync;
	struct baton_ha_gate gate;		/* the kernel's */
	uint8_t peer_key[BATON_HA_BEAT_KEY];	/* as the agent learned it */
	uint64_t usec;				/* the clock */
	uint32_t opened;			/* the last epoch that the gate opened for */
	uint32_t seen;				/* the highest that the agent knew of */
};

extern struct ha_world world;

#endif
