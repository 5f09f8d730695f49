/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sync: which connections the peer has to hear of.
 *
 * The packet path only marks: baton_sync_mark() sets a bit and, the first time,
 * links the connection into this CPU's dirty list. Everything else (versions,
 * digests, records) runs in process context under bn->sync.mutex when a daemon
 * asks. So the synced table is by definition what was read out, and a digest
 * describes exactly that.
 *
 * Who owns a connection's dirty link: whoever set BATON_CONN_DIRTY, then the list, until
 * a drain clears the bit. DIRTY is never cleared on a buried connection, so a
 * late marker cannot link what is about to be freed. sync.c says which
 * orderings this rests on.
 *
 * There is no memory of deletions once they are applied. Versions are handed
 * out in order under one mutex, the daemon delivers in order, and what it sends
 * again is newest; should an older record still come after its deletion, the digests
 * differ and the bucket is read again and pruned.
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
struct netlink_ext_ack;

#define BATON_TOMBSTONE_MAX_DEFAULT 65536
#define BATON_SYNC_KNOWN 32U	/* a power of two */

struct baton_sync {
	struct mutex		mutex;
	bool			enabled;	/* READ_ONCE: a daemon has asked once */
	struct llist_head __percpu *dirty;
	atomic_t		pending;	/* linked: on the dirty lists and the backlog */
	atomic_t		dead;		/* buried ones among them */
	atomic_t		tombstones;	/* buried ones whose deletion the peer is owed */
	atomic_t		overrun;	/* a deletion was lost */
	u32			learned;	/* highest epoch of which records were applied; mutex */
	bool			follows;	/* a peer's records were applied since this node was active; mutex */
	u32			tombstone_max;	/* READ_ONCE; of @dead */
	/* taken from the lists, oldest first, not yet read; mutex */
	struct llist_node	*backlog;
	struct llist_node	**backlog_tail;
	/* mutex */
	u64			seq;		/* newest version handed out or applied */
	u32			synced;		/* connections covered by the digests */
	u64			*digest;	/* BATON_DIGEST_BUCKETS */
	u64			turn;		/* counts RCU read sections in which records are handed out */
	struct baton_sync_known {
		const struct baton_server *server;
		u64		tuple;		/* but for the client */
		u64		turn;		/* the one in which all of this holds; the server may go */
		__be32		vaddr;		/* IPv4 only */
		u32		kind;		/* state, method, whether it is a deletion */
		u64		version;	/* the like's */
		u16		like;
		bool		wanted;		/* whether policy wants these */
		bool		v4;		/* client and server are, and the next three are valid: core/digest.h */
		u64		digest_kind, digest_vaddr, digest_place;
	}			known[BATON_SYNC_KNOWN]; /* sync_out.c: likes used lately */
	struct sk_buff		*reply;		/* nl_sync.c, by xchg(): memory for what is handed out next */
	struct work_struct	wake;		/* sends SYNC_WAKE: never from softirq */
	struct work_struct	reap;		/* too many dead: drop them, say overrun */
};

/* sync.c */

/** baton_sync_on - has a daemon ever asked? Else there is nobody to mark for. */
static inline bool baton_sync_on(const struct baton_sync *sync)
{
	return READ_ONCE(sync->enabled);
}

/**
 * baton_sync_mark - the connection changed in a way that the peer should know
 *
 * Context: any; the caller is in an RCU read section and has already stored what
 * changed. Cheap when sync is off or the policy leaves the connection out.
 */
void baton_sync_mark(struct baton_net *bn, struct baton_conn *conn);
/**
 * baton_sync_young - the wheel hangs up a new connection for the first time
 * @delay: jiffies until it would be visited
 *
 * conn->lock held. Return: @delay, or less when the peer is to hear of it before.
 */
u32 baton_sync_young(struct baton_conn *conn, u32 delay);
/** The wheel visits @conn: tell the peer when it is old enough. As baton_sync_young(). */
u32 baton_sync_visit(struct baton_net *bn, struct baton_conn *conn, u32 delay);
/**
 * baton_sync_bury - a killed connection asks who frees it
 *
 * The last thing that a kill does, once, after BATON_CONN_DEAD is set and hash and
 * wheel have let go of @conn. Any context.
 *
 * Return: true when sync keeps it (as a tombstone, or because a dirty list still links it)
 * and frees it after the next drain; false: the caller frees it.
 */
bool baton_sync_bury(struct baton_net *bn, struct baton_conn *conn);
/** Whether the peer is to hear of a connection: it knows it already, or policy wants it. */
bool baton_sync_wants(const struct baton_conn *conn);

/* process context; take bn->sync.mutex themselves */

#define BATON_SYNC_ONE_MORE	(sizeof(struct baton_conn_brief) + sizeof(union baton_addr) + \
				 sizeof(struct baton_conn_record) + 16)

/** struct baton_sync_out - where records are written to: see struct baton_conn_brief */
struct baton_sync_out {
	void			*briefs;	/* aligned to 4; the likes are at the end, the newest first */
	u32			room;		/* bytes, for both */
	u32			used;		/* bytes of briefs */
	u32			likes;
	u32			max;		/* records */
	u32			count;
	u64			seq;
	u64			cursor;		/* in and out, read only */
	u32			pending;
	u32			flags;		/* BATON_SYNC_F_* */
};
/** Newest dirty connections and deletions, at most @max and no more than there is room for. */
void baton_sync_drain(struct baton_net *bn, struct baton_sync_out *out);
/**
 * baton_sync_read - continue a walk over everything
 * @soft_max: no further hash bucket is begun once this many records are there; @out->max is
 *	the hard limit, which gives a long hash chain its room
 *
 * Refused (-EBUSY) on a node that follows a peer: a read gives versions, which are the active's
 * to give.
 *
 * Return: 0, or -EOVERFLOW when one hash chain stays longer than what @out takes for a second.
 */
int baton_sync_read(struct baton_net *bn, const u8 *bucket_map, u32 soft_max,
		    struct baton_sync_out *out, struct netlink_ext_ack *extack);
/** What a drain handed out never reached its reader: it owes its peer a resync. */
void baton_sync_lost(struct baton_net *bn);
/** A new epoch begins here: versions continue above all of the old ones. */
void baton_sync_new_epoch(struct baton_net *bn, u32 epoch);

int baton_sync_net_init(struct baton_net *bn);
void baton_sync_net_exit(struct baton_net *bn);	/* after the connections are gone */

/* sync_apply.c */
struct baton_sync_applied {
	u32	applied, stale, rejects;
	u32	(*reject)[2];			/* room for count pairs { index, reason } */
};
/** struct baton_sync_in - records that are to be applied; lengths, likes and families are checked */
struct baton_sync_in {
	const struct baton_conn_record *likes;
	const void		*briefs;
	u32			like_count;
	u32			count;		/* of briefs */
	struct baton_sync_like	*known;		/* @like_count, zeroed */
};
/** struct baton_sync_like - sync_apply.c: what is known of a like */
struct baton_sync_like {
	struct baton_server	*server;
	u32			turn;		/* in which @server was found */
	bool			checked, bad;
};
/** -EBUSY while the gate is open, -ESTALE for an older epoch than this node's, or than one that was applied before. */
int baton_sync_apply(struct baton_net *bn, u32 epoch, const struct baton_sync_in *in,
		     struct baton_sync_applied *ret, struct netlink_ext_ack *extack);
/** baton_sync_match - what a packet of @rec's connection would meet here; changes nothing. Inside rcu_read_lock() */
enum baton_match baton_sync_match(struct baton_net *bn, const struct baton_conn_record *rec);
int baton_sync_prune(struct baton_net *bn, u32 epoch, const u8 *bucket_map, u64 version_before,
		     u32 *ret_removed, struct netlink_ext_ack *extack);

/* sync_out.c; under bn->sync.mutex */

/** Whether one more connection fits, whatever it is, and what lies between briefs and likes in the end. */
static inline bool __baton_sync_has_room(const struct baton_sync_out *out)
{
	return out->count < out->max &&
	       out->used + out->likes * sizeof(struct baton_conn_record) + BATON_SYNC_ONE_MORE <= out->room;
}

/** Hand out a living connection as it is now, with the next version. There is room; RCU, @turn counted. */
void __baton_sync_hand_out(struct baton_net *bn, struct baton_conn *conn, struct baton_sync_out *out);
/** As if nothing had been handed out since there were so many. */
void __baton_sync_take_back(struct baton_net *bn, struct baton_sync_out *out, u32 count, u32 used,
			    u32 likes);
/** Move the likes, in their order, to @to, at most 16 bytes behind the last brief; no mutex. */
void __baton_sync_out_likes(struct baton_sync_out *out, void *to);

/* sync_digest.c */

/** struct baton_sync_view - what a digest stands for */
struct baton_sync_view {
	u64	seq;
	u32	synced;		/* living connections that the digests cover */
	u32	unsynced;	/* living connections that they do not */
	u32	pending;
	u32	flags;		/* BATON_SYNC_F_* */
};
void baton_sync_digest_read(struct baton_net *bn, u64 *digest /* BATON_DIGEST_BUCKETS */,
			    struct baton_sync_view *ret);
/** Which digest a connection adds to: the same on both nodes. */
u32 baton_sync_bucket(const struct baton_conn *conn);

/*
 * For sync*.c only, under bn->sync.mutex. Connections are alive under RCU or
 * owned by the list.
 */

/**
 * __baton_sync_commit - from now on the peer is said to know @conn as @version and @state
 *
 * Return: false when the connection died before the peer knew it: nothing was done.
 */
bool __baton_sync_commit(struct baton_net *bn, struct baton_conn *conn, u64 version, u8 state);
/** The digests no longer cover @conn; does nothing when they did not. */
void __baton_sync_forget(struct baton_net *bn, struct baton_conn *conn);
/** From now on changes are marked; the first time everything that is there is marked, too. */
void __baton_sync_enable(struct baton_net *bn);
/** Take everything from the dirty lists to the backlog. */
void __baton_sync_take(struct baton_sync *sync);
/** A buried connection that belongs to the caller, who takes it off the books. */
void __baton_sync_release(struct baton_net *bn, struct baton_conn *conn);
/** Free all buried connections. Return: deletions that the peer was owed. */
u32 __baton_sync_sweep(struct baton_net *bn);

static inline u32 baton_sync_pending(const struct baton_sync *sync)
{
	int pending = atomic_read(&sync->pending);

	return pending > 0 ? pending : 0;
}

static inline u32 baton_sync_flags(const struct baton_sync *sync)
{
	return (baton_sync_pending(sync) ? BATON_SYNC_F_MORE : 0) |
	       (atomic_read(&sync->overrun) ? BATON_SYNC_F_OVERRUN : 0);
}

#endif /* BATON_SYNC_H */
