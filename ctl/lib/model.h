/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel module knows, as plain structures: the vocabulary that the
 * tool and the daemons share. Ports and addresses are big-endian as in the
 * kernel's contract (<linux/baton.h>), the rest is host byte order.
 */
#ifndef BATON_LIB_MODEL_H
#define BATON_LIB_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/baton.h>

/** struct baton_service_key - which virtual service */
struct baton_service_key {
	uint8_t family;			/* AF_INET or AF_INET6 */
	uint8_t protocol;		/* IPPROTO_TCP, _UDP or _SCTP; by mark: 0, as all that follows */
	__be16 port;			/* 0: any port; of a range the first */
	__be16 port_last;		/* of a range; 0 or port: none. It does not tell services apart. */
	union baton_addr addr;
	uint32_t mark;			/* not 0: the service is known by it and its family */
};

/** struct baton_stats - counters since creation */
struct baton_stats {
	uint64_t conns;
	uint64_t in_packets;
	uint64_t in_bytes;
	uint64_t out_packets;
	uint64_t out_bytes;
};

/** struct baton_service - a virtual service */
struct baton_service {
	struct baton_service_key key;
	char sched[BATON_SCHED_NAME_MAX];
	uint32_t sched_flags;		/* BATON_SCHED_F_* */
	uint32_t flags;			/* BATON_SERVICE_F_* */
	uint32_t timeouts[BATON_STATE_MAX + 1];	/* seconds; 0: the namespace's */
	uint8_t persist_prefix;		/* bits of a client's address; 0: not persistent */
	uint32_t sync_after;		/* milliseconds; 0: at once */
	uint32_t servers;		/* read-only */
	struct baton_stats stats;	/* read-only */
};

/** struct baton_server - a real server of a service */
struct baton_server {
	uint8_t family;
	uint8_t method;			/* enum baton_method */
	uint8_t tunnel;			/* enum baton_tunnel_kind; of method tunnel, as the next two */
	uint8_t tunnel_checksum;	/* enum baton_tunnel_checksum */
	__be16 tunnel_port;		/* of gue */
	__be16 port;			/* 0: the port the client asked for */
	uint32_t weight;
	uint32_t upper;			/* connections that are too many; 0: no number is */
	uint32_t lower;			/* overloaded until fewer; 0: three quarters of upper */
	union baton_addr addr;
	uint32_t active;		/* read-only */
	uint32_t inactive;		/* read-only */
	bool overloaded;		/* read-only */
	uint32_t drain;			/* read-only: seconds until it is gone; 0: it stays */
	struct baton_stats stats;	/* read-only */
};

/** baton_conn_server_family - AF_INET or AF_INET6, of the address in @r->daddr */
static inline uint8_t baton_conn_server_family(const struct baton_conn_record *r)
{
	bool v6 = (r->family == AF_INET6) != !!(r->flags & BATON_CONN_F_MIXED);

	return v6 ? AF_INET6 : AF_INET;
}

/** struct baton_gate - the kernel's gate */
struct baton_gate {
	uint8_t role;			/* enum baton_role */
	uint8_t state;			/* enum baton_gate_state, read-only */
	uint32_t epoch;
	uint32_t lease_ms;		/* 0: unlimited */
	uint32_t lease_left_ms;		/* read-only */
	uint32_t relay_ms;		/* standby: pass on what comes to the next active for so long */
	uint64_t relayed;		/* packets that were, read-only */
	uint64_t rivals;		/* frames in which another machine claimed an address, read-only */
	uint64_t probes;		/* questions to the LAN who has an address, read-only */
	uint64_t answers;		/* frames in which another machine said that it has, read-only */
	uint64_t opened_ns;		/* CLOCK_MONOTONIC; it opened anew last; 0: never; read-only */
	uint64_t announced_ns;		/* ... and the LAN had been told; 0: not yet */
	uint64_t first_ns;		/* ... and the first packet was passed on; 0: none yet */
};

/** struct baton_info - the module */
struct baton_info {
	uint32_t abi;			/* BATON_ABI_VERSION of the module */
	char version[32];
	uint64_t features;
	uint32_t conn_count;
	uint32_t conn_buckets;
	uint32_t conn_size;
	uint32_t service_count;
	uint32_t generation;
	uint32_t digest_buckets;
	uint64_t adopted;		/* connections that went on although nobody told of them */
	uint64_t evicted;		/* connections that ended while they were opening, for others */
	uint64_t revived;		/* connections whose end was said and not true */
	bool thinning;			/* new connections are thinned out now */
	struct baton_gate gate;
};

/**
 * struct baton_sync_batch - what SYNC_DRAIN or SYNC_READ gave
 * @likes, @like_count: what the records have in common, at most BATON_SYNC_RECORDS_MAX
 * @briefs: @count of them, one behind the other; whole, aligned to 4 bytes and each of a like that is
 *	there and of a known family: brief.h
 *
 * Pointers are valid until the next call on the handle.
 */
struct baton_sync_batch {
	const struct baton_conn_record *likes;
	const uint8_t *briefs;
	uint32_t like_count;
	uint32_t count;
	uint64_t seq;
	uint64_t cursor;		/* SYNC_READ: where to go on; 0: done */
	uint32_t pending;
	uint32_t flags;			/* BATON_SYNC_F_* */
};

/** struct baton_sync_result - what became of applied records */
struct baton_sync_result {
	uint32_t applied;
	uint32_t stale;
	uint32_t rejected;		/* number of valid entries in reject[] */
	struct {
		uint32_t index;
		uint32_t reason;	/* enum baton_reject */
	} reject[BATON_SYNC_RECORDS_MAX];
};

/** struct baton_sync_digest - the synced table, summed up */
struct baton_sync_digest {
	uint64_t bucket[BATON_DIGEST_BUCKETS];
	uint64_t seq;
	uint32_t synced;
	uint32_t unsynced;
	uint32_t pending;
	uint32_t flags;
};

#endif /* BATON_LIB_MODEL_H */
