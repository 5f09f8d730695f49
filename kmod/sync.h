/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sync: which connections the peer has to hear of.
 *
 * The packet path only marks: baton_sync_mark() sets a bit and, the first time,
 * links the connection into this CPU's dirty list. Everything else, versions, digests, records, runs
 * in process context under bn->sync.mutex when a daemon asks. So the synced
 * table is by definition what was read out, and a digest describes exactly that.
 */
#ifndef BATON_SYNC_H
#define BATON_SYNC_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>
#include <uapi/linux/baton.h>
#include "conn.h"

struct baton_net;

struct baton_sync {
	struct mutex		mutex;
	bool			enabled;	/* READ_ONCE: a daemon has drained once */
	struct llist_head __percpu *dirty;
	struct llist_node	*backlog;	/* taken from the lists, not yet read; mutex */
	atomic_t		pending;	/* connections on all dirty lists and the backlog */
	atomic_t		tombstones;	/* dead ones among them */
	atomic_t		overrun;	/* a deletion was lost */
	u32			tombstone_max;	/* READ_ONCE */
	u64			seq;		/* newest version handed out; mutex */
	atomic_t		synced;		/* connections covered by the digests */
	atomic64_t		*digest;	/* BATON_DIGEST_BUCKETS */
	struct work_struct	wake;		/* sends SYNC_WAKE: never from softirq */
};

/**
 * baton_sync_mark - the connection changed in a way that the peer should know
 *
 * Context: any; the caller is in an RCU read section or owns @conn. Costs one bit test
 * when sync is off or the connection is already marked.
 */
void baton_sync_mark(struct baton_net *bn, struct baton_conn *conn);
/**
 * baton_sync_bury - a killed connection asks who frees it
 *
 * Return: true when sync keeps it (as a tombstone, or because a dirty list still links it)
 * and frees it after the next drain; false: the caller frees it.
 */
bool baton_sync_bury(struct baton_net *bn, struct baton_conn *conn);
/** Whether policy puts a connection in this state on the wire. */
bool baton_sync_wants(const struct baton_conn *conn);

/* process context; take bn->sync.mutex themselves */
struct baton_sync_out {
	struct baton_conn_record *records;	/* room for max */
	u32			max;
	u32			count;
	u64			seq;
	u64			cursor;
	u32			pending;
	u32			flags;		/* BATON_SYNC_F_* */
};
int baton_sync_drain(struct baton_net *bn, struct baton_sync_out *out);
int baton_sync_read(struct baton_net *bn, const u8 *bucket_map, struct baton_sync_out *out);
/* sync_apply.c */
struct baton_sync_applied {
	u32	applied, stale, rejects;
	u32	(*reject)[2];			/* room for count pairs { index, reason } */
};
int baton_sync_apply(struct baton_net *bn, u32 epoch, const struct baton_conn_record *records,
		     u32 count, struct baton_sync_applied *ret, struct netlink_ext_ack *extack);
int baton_sync_prune(struct baton_net *bn, u32 epoch, const u8 *bucket_map, u64 version_before,
		     u32 *ret_removed, struct netlink_ext_ack *extack);
void baton_sync_digest_read(struct baton_net *bn, u64 *digest /* BATON_DIGEST_BUCKETS */, u64 *ret_seq,
			    u32 *ret_synced, u32 *ret_unsynced, u32 *ret_pending, u32 *ret_flags);
/** A new epoch begins here: versions continue above all of the old ones. */
void baton_sync_new_epoch(struct baton_net *bn, u32 epoch);

int baton_sync_net_init(struct baton_net *bn);
void baton_sync_net_exit(struct baton_net *bn);	/* after the connections are gone */

#endif /* BATON_SYNC_H */
