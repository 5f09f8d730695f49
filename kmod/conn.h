/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection: one client's flow through one virtual service to one server.
 *
 * Lookup runs under RCU, takes no reference and no lock. Memory is freed a
 * grace period later, so whoever found a connection inside a read section may use it to its end.
 *
 * Life: opened by a packet (conn_open.c) or learned from the peer
 * (sync_apply.c) -> in the hash, on the expiry wheel -> killed (unhashed,
 * BATON_CONN_DEAD) -> if the peer knows it, it stays as its own tombstone on the
 * dirty list until a drain has told the peer -> freed after a grace period.
 */
#ifndef BATON_CONN_H
#define BATON_CONN_H

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <uapi/linux/baton.h>
#include "core/addr.h"

struct baton_net;
struct baton_server;
struct baton_service;

/** enum baton_dir - direction of a packet within a connection */
enum baton_dir {
	BATON_TO_SERVER,	/* matches client -> virtual address */
	BATON_TO_CLIENT,	/* matches server -> client (NAT only) */
};

/* bits of baton_conn.flags, changed by atomic bit operations only */
enum baton_conn_bit {
	BATON_CONN_DEAD,	/* unhashed; a lookup that still sees it must not use it */
	BATON_CONN_DIRTY,	/* linked into a dirty list */
	BATON_CONN_LEARNED,	/* came from the peer and no packet was seen here since */
	BATON_CONN_SYNCED,	/* covered by the digests: version != 0 */
	BATON_CONN_NOSYNC,	/* its service leaves it out of the sync */
	BATON_CONN_IN_SEEN,	/* a packet from the client passed */
	BATON_CONN_OUT_SEEN,	/* a packet from the server passed */
	BATON_CONN_ACTIVE,	/* counted as active at its server, else as inactive */
	BATON_CONN_BURIED,	/* handed to sync by its killer: whoever holds DIRTY frees it */
	BATON_CONN_TOMBSTONE,	/* buried, and the peer is owed its deletion */
	BATON_CONN_YOUNG,	/* too young for the peer to hear of; cleared by the wheel */
	BATON_CONN_DOUBTED,	/* somebody said that it ended, and nobody has confirmed it: conn_doubt.c */
	BATON_CONN_WAITED,	/* the wheel has looked at it once since */
	BATON_CONN_SETTLED,	/* twice: what was on its way then has arrived */
	BATON_CONN_ASKED,	/* challenge.c has asked about it, or need not */
	BATON_CONN_TRACKED,	/* connection tracking had an entry for it here: track.c */
};

/**
 * struct baton_conn - see above
 *
 * First cache line: what every packet reads, and @used, the only thing that an
 * established packet writes, at most once per jiffy. The addresses end the
 * object so that an IPv4 connection is allocated without room for IPv6:
 * client, virtual, server, each 4 or 16 bytes.
 */
struct baton_conn {
	/* protected by the bucket locks of conn.c, read under RCU */
	struct hlist_node	node[2];	/* index: enum baton_dir; the second: NAT only */
	/* constant after insertion */
	__be16			cport;
	__be16			vport;
	__be16			dport;
	u8			family;
	u8			protocol;
	/* written by any CPU, racy on purpose: the newest value wins */
	u32			used;		/* jiffies, low 32 bits */
	/* protected by @lock, read without */
	u8			state;		/* enum baton_state */
	u8			method;		/* enum baton_method; constant */
	/* protected by sync's mutex */
	u8			sync_state;	/* state in the last record handed out */
	u8			young;		/* BATON_CONN_YOUNG: for so many seconds after the next
						 * visit; @lock
						 */
	unsigned long		flags;		/* enum baton_conn_bit */
	struct baton_server	*server;	/* counted reference, constant */

	/* second line */
	u64			version;	/* protected by sync's mutex; 0: never handed out */
	struct llist_node	dirty;		/* valid while BATON_CONN_DIRTY */
	spinlock_t		lock;
	u16			slot;		/* wheel slot, protected by the wheel's lock */
	u16			fin;		/* lower half of the sequence number behind the FIN that is
						 * in doubt, before that behind what the server answered;
						 * racy on purpose
						 */
	union {
		struct hlist_node	wheel;	/* protected by the wheel's lock */
		struct llist_node	dead;	/* conn.c: after the last use of wheel */
	};
	union {
		u32		proof[2];	/* index: enum baton_dir; fast.h, READ_ONCE */
		u32		place;		/* opening.c: until it is established, protected by
						 * @lock
						 */
	};
	u8			addr[];		/* see baton_conn_addr() */
};

/** baton_conn_is_template - it remembers a client's server and sees no packets itself */
static inline bool baton_conn_is_template(const struct baton_conn *conn)
{
	return conn->protocol & BATON_PROTOCOL_TEMPLATE;
}

/** baton_conn_is_call - a template of a call: its client is a hash of the Call-ID */
static inline bool baton_conn_is_call(const struct baton_conn *conn)
{
	return baton_conn_is_template(conn) && conn->cport;
}

/** baton_conn_state - its state, for whoever then reads or writes a proof: a place is none */
static inline u8 baton_conn_state(const struct baton_conn *conn)
{
	return smp_load_acquire(&conn->state);	/* pairs with change_state() */
}

/* which of the addresses at the end of a connection */
enum baton_conn_addr {
	BATON_ADDR_CLIENT,
	BATON_ADDR_VIRTUAL,
	BATON_ADDR_SERVER,
};

/** baton_conn_addr - pointer to one address, 4 or 16 bytes, big-endian */
static inline const void *baton_conn_addr(const struct baton_conn *conn, enum baton_conn_addr which)
{
	return conn->addr + which * baton_addr_len(conn->family);
}

/** baton_conn_tuple - the tuple of packets that go in direction @dir */
void baton_conn_tuple(const struct baton_conn *conn, enum baton_dir dir, struct baton_tuple *ret);

/* conn.c: the table. Context: any, inside rcu_read_lock() unless it says otherwise */

/**
 * baton_conn_lookup - find the connection of a packet
 * @tuple: source and destination as in the packet
 * @ret_dir: gets the direction of the packet
 *
 * Return: the connection, without a reference, valid to the end of the RCU
 * read section; NULL when there is none.
 */
struct baton_conn *baton_conn_lookup(struct baton_net *bn, const struct baton_tuple *tuple,
				     enum baton_dir *ret_dir);

/** struct baton_conn_new - what a new connection is made of */
struct baton_conn_new {
	const struct baton_tuple *client;	/* client -> virtual address */
	const union baton_addr	*daddr;		/* at the server */
	__be16			dport;
	u8			state;		/* enum baton_state */
	bool			learned;	/* from the peer */
	bool			unsynced;	/* whatever its service says */
	bool			untold;		/* nobody listens to what is new */
	struct baton_server	*server;	/* a reference is taken */
	u8			method;		/* enum baton_method; only if learned: the server may
						 * have another one by now, the connection keeps its own
						 */
};

/** struct baton_once - a connection for one datagram, on the stack, in no table */
struct baton_once {
	struct baton_conn	conn;
	union baton_addr	room[3];	/* for its addresses */
};

/** Fill what transmission needs to know of it. */
void baton_conn_once(struct baton_once *once, const struct baton_conn_new *args);

/**
 * baton_conn_insert - make a connection and put it into the table
 * @hash: baton_conn_hash() of its client's tuple (conn_find.h)
 *
 * BH off, also in process context: packets take the same locks, and memory from the same place of this CPU.
 * Asserted. Starts its expiry (learned connections age only while the gate is open).
 *
 * Inside rcu_read_lock(), which also makes sure that a server that is being removed
 * gets no connection after its connections were killed.
 *
 * Return: the connection (valid under RCU), or ERR_PTR: -EEXIST another CPU was faster,
 * -EADDRINUSE the reply tuple belongs to another connection, -ENOENT the server is gone,
 * -ENOMEM, -ENOSPC the table is at its limit.
 */
struct baton_conn *baton_conn_insert(struct baton_net *bn, const struct baton_conn_new *args, u32 hash);

/**
 * baton_conn_kill - take a connection out of the table
 *
 * Idempotent; any context, inside an RCU read section, after which the caller does not use
 * @conn. The kill that sets BATON_CONN_DEAD does everything else (hash, wheel, counters) and,
 * as its last step, asks baton_sync_bury() who frees it.
 */
void baton_conn_kill(struct baton_net *bn, struct baton_conn *conn);
/** The same if @conn, which has a place, has not been established: for another's sake. False: it has. */
bool baton_conn_kill_opening(struct baton_net *bn, struct baton_conn *conn);
/** Free after a grace period: only conn.c and the drain of tombstones may call it. */
void baton_conn_free(struct baton_conn *conn);

/**
 * baton_conn_walk - visit every connection
 * @cursor: 0 to begin; the return value continues; 0 means the end
 * @fn: called under rcu_read_lock(), must not sleep; false stops after the current
 *	bucket (buckets are never split, so a caller reserves room for long chains or
 *	gets some connections twice)
 *
 * Every connection that is there from begin to end is visited at least once, also
 * when the table is resized in between (the cursor counts in bit-reversed bucket order).
 * Process context; one call visits a bounded number of buckets.
 */
u64 baton_conn_walk(struct baton_net *bn, u64 cursor,
		    bool (*fn)(struct baton_conn *conn, void *arg), void *arg);
/** Kill everything that @match says yes to (NULL: everything). Process context, may sleep. */
u32 baton_conn_kill_if(struct baton_net *bn, bool (*match)(struct baton_conn *conn, void *arg),
		       void *arg);
/** Grow or shrink the table when it is due: a compare, the rest is left to a worker. */
void baton_conn_resize(struct baton_net *bn);
/** The first service is about to come, or the last one has gone: a table of a size for it. config_mutex. */
void baton_conn_expect(struct baton_net *bn, bool any);
u32 baton_conn_count(const struct baton_net *bn);
u32 baton_conn_buckets(const struct baton_net *bn);
/** Fill a record but for version, flags DELETED and the like, which sync owns. */
void baton_conn_record(struct baton_net *bn, const struct baton_conn *conn,
		       struct baton_conn_record *rec);

/**
 * baton_conn_change - the same for the packet path, which decided without the lock
 *
 * Any context. Return: false when the state was not @from any more, or the connection is dead.
 */
bool baton_conn_change(struct baton_net *bn, struct baton_conn *conn, u8 from, u8 to);
/**
 * baton_conn_set_state - move a connection to @state outside of the packet path
 *
 * What conn_step.c does after its table said so: state, activity counters of the server
 * and the expiry follow. No sync mark: the caller is sync, which learned it from the peer.
 * Process context or softirq, takes conn->lock.
 */
void baton_conn_set_state(struct baton_net *bn, struct baton_conn *conn, u8 state);

/* conn_expire.c */
/** Note a packet: at most one write per jiffy. */
static inline void baton_conn_touch(struct baton_conn *conn)
{
	u32 now = (u32)jiffies;

	if (READ_ONCE(conn->used) != now)
		WRITE_ONCE(conn->used, now);
}
/**
 * baton_persist_visit - the wheel looks at @conn, which is alive or ends now: renew its template
 *
 * Inside rcu_read_lock(). Return: @delay, or less when the template has to be renewed before.
 */
u32 baton_persist_visit(struct baton_net *bn, const struct baton_conn *conn, u32 delay);
/* the wheel's side of insertion, state changes and kill; conn->lock held, BH off */
void baton_wheel_del(struct baton_net *bn, struct baton_conn *conn);
/** The state changed to one with another timeout: visit the connection in time. */
void baton_conn_rearm(struct baton_net *bn, struct baton_conn *conn);
int baton_wheel_net_init(struct baton_net *bn);
void baton_wheel_net_exit(struct baton_net *bn);	/* stops the worker for good */
void baton_wheel_net_free(struct baton_net *bn);	/* after the last connection */
/** Timers of learned connections start now: called once when the gate opens. */
void baton_conn_start_ageing(struct baton_net *bn);

/* per-namespace set-up, process context; no packet and no command can come any more at the exit */
int baton_conn_net_init(struct baton_net *bn);
void baton_conn_net_exit(struct baton_net *bn);
int baton_conn_module_init(void);
void baton_conn_module_exit(void);	/* waits until what is dead is freed */

#endif /* BATON_CONN_H */
