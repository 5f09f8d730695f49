/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by corosync.c (the connection) and membership.c (what comes over it). */
#ifndef BATON_HA_COROSYNC_PRIVATE_H
#define BATON_HA_COROSYNC_PRIVATE_H

#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include "agent.h"

#define BATON_HA_QUEUE_MAX 16

struct baton_ha_corosync {
	struct baton_ha_agent *agent;
	sd_event_source *retry;		/* connect, or send again */
	sd_event_source *io[2];
	cpg_handle_t cpg;
	quorum_handle_t quorum;
	bool connected;			/* both handles are good */
	bool joined;			/* our own membership was delivered */
	bool broken;			/* seen inside a callback: dropped after it */
	uint64_t backoff_ms;
	uint32_t nodeid;
	uint32_t peer;			/* as configured, or as seen; 0: unknown */

	/* What came before our own membership: told right after it. */
	struct baton_ha_event ring, verdict;

	struct baton_ha_message queue[BATON_HA_QUEUE_MAX];
	unsigned int queued;
};

/* Callbacks; the context of both handles is the struct. */
void baton_ha_on_totem(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t count,
		       const uint32_t *members);
void baton_ha_on_group(cpg_handle_t handle, const struct cpg_name *name,
		       const struct cpg_address *members, size_t count,
		       const struct cpg_address *left, size_t left_count,
		       const struct cpg_address *arrived, size_t arrived_count);
void baton_ha_on_message(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid,
			 uint32_t pid, void *data, size_t size);
void baton_ha_on_verdict(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring,
			 uint32_t count, const uint32_t *members);

#endif /* BATON_HA_COROSYNC_PRIVATE_H */
