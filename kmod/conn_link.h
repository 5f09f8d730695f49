/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a connection comes into the table; conn_table.c says what holds there. Inline: between
 * conn_table.c and conn_make.h only.
 */
#ifndef BATON_CONN_LINK_H
#define BATON_CONN_LINK_H

#include <linux/lockdep.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include "conn_find.h"
#include "conn_table.h"
#include "net.h"

static inline spinlock_t *baton_table_lock(struct baton_conn_table *ht, u32 hash)
{
	return &ht->lock[hash >> BATON_TABLE_GROUP_BITS & (BATON_TABLE_LOCKS - 1)];
}

/*
 * One or two locks, always in the same order; the caller has BH off. Sparse, which cannot
 * follow the condition, is told of one.
 */
static __always_inline void baton_table_lock_both(spinlock_t *a, spinlock_t *b)
	__acquires(a)
{
	spin_lock(a < b ? a : b);
	if (a != b) {
		spin_lock_nested(a < b ? b : a, SINGLE_DEPTH_NESTING);
		__release(b);
	}
}

static __always_inline void baton_table_unlock_both(spinlock_t *a, spinlock_t *b)
	__releases(a)
{
	if (a != b) {
		__acquire(b);
		spin_unlock(b);
	}
	spin_unlock(a);
}

/** baton_table_alike - would the same packets be of @node's connection and, in direction @dir, of @conn? */
static __always_inline bool baton_table_alike(const struct hlist_node *node,
					      const struct baton_conn *conn, u8 family,
					      enum baton_dir dir)
{
	const struct baton_conn *other = baton_node_conn(node);
	enum baton_dir other_dir = baton_node_dir(node);
	unsigned int len = baton_addr_len(family);
	bool same_sport = baton_conn_sport(other, other_dir) == baton_conn_sport(conn, dir);
	bool same_dport = baton_conn_dport(other, other_dir) == baton_conn_dport(conn, dir);

	/* first the client's port, which tells most of them apart */
	if (!(dir == BATON_TO_SERVER ? same_sport && same_dport : same_dport && same_sport))
		return false;
	return other->protocol == conn->protocol && other->family == family &&
	       baton_conn_has_addr(other, family, baton_conn_from(other_dir),
				   (const void *)(conn->addr + len * baton_conn_from(dir))) &&
	       baton_conn_has_addr(other, family, baton_conn_to(other_dir),
				   (const void *)(conn->addr + len * baton_conn_to(dir)));
}

/**
 * baton_table_place - the bucket that direction @dir of @conn belongs into, which is one of the newest table; NULL: a living
 * connection has its place. Under the bucket's lock nothing moves, so one look at each table is enough.
 */
static __always_inline struct hlist_head *
baton_table_place(struct baton_conn_table *ht, u32 hash, const struct baton_conn *conn, u8 family,
		  enum baton_dir dir)
{
	struct baton_table *table = rcu_dereference(ht->table);
	struct hlist_head *bucket;
	struct hlist_node *node;

	lockdep_assert_held(baton_table_lock(ht, hash));
	do {
		bucket = &table->bucket[hash & table->mask];
		__hlist_for_each_rcu(node, bucket)
			if (baton_table_alike(node, conn, family, dir) &&
			    likely(!test_bit(BATON_CONN_DEAD, &baton_node_conn(node)->flags)))
				return NULL;
		table = rcu_dereference(table->future);
	} while (unlikely(table));
	return bucket;
}

/* baton_conn_table.load: connections above, nodes below, since both change together */
#define BATON_ONE_CONN	(1ULL << 32)

static inline u32 baton_load_conns(u64 load)
{
	return load >> 32;
}

static inline u32 baton_load_nodes(u64 load)
{
	return (u32)load;
}

/* Between 1/8 and 3/2 nodes per bucket nothing is done: no resize follows another at once. */
static inline bool baton_table_crowded(u32 nodes, u32 buckets)
{
	return nodes > buckets + buckets / 2;
}

static __always_inline int baton_link_both(struct baton_conn_table *ht, struct baton_conn *conn,
					   u8 family, u32 hash_in, u32 hash_out)
{
	spinlock_t *lock_in = baton_table_lock(ht, hash_in), *lock_out = baton_table_lock(ht, hash_out);
	struct hlist_head *in, *out;
	int err = 0;

	baton_table_lock_both(lock_in, lock_out);
	in = baton_table_place(ht, hash_in, conn, family, BATON_TO_SERVER);
	out = likely(in) ? baton_table_place(ht, hash_out, conn, family, BATON_TO_CLIENT) : NULL;
	if (likely(out)) {
		hlist_add_head_rcu(&conn->node[BATON_TO_SERVER], in);
		hlist_add_head_rcu(&conn->node[BATON_TO_CLIENT], out);
	} else {
		err = in ? -EADDRINUSE : -EEXIST;
	}
	baton_table_unlock_both(lock_in, lock_out);
	return err;
}

static __always_inline int baton_link_one(struct baton_conn_table *ht, struct baton_conn *conn,
					  u8 family, u32 hash)
{
	spinlock_t *lock = baton_table_lock(ht, hash);
	struct hlist_head *in;

	spin_lock(lock);
	in = baton_table_place(ht, hash, conn, family, BATON_TO_SERVER);
	if (likely(in))
		hlist_add_head_rcu(&conn->node[BATON_TO_SERVER], in);
	spin_unlock(lock);
	return in ? 0 : -EEXIST;
}

/** baton_load_of - what a connection adds to baton_conn_table.load */
static inline u64 baton_load_of(const struct baton_conn *conn)
{
	return BATON_ONE_CONN + (conn->method == BATON_METHOD_NAT ? 2 : 1);
}

/** baton_table_link_v6 - of IPv6: apart, since its hash needs room on the stack, which most do without */
int baton_table_link_v6(struct baton_conn_table *ht, struct baton_conn *conn, u32 hash);

/**
 * baton_table_add - make a connection visible
 * @hash: baton_conn_hash() of its tuple in direction BATON_TO_SERVER
 * @hash_out: the same of the other direction; IPv4 by NAT only
 *
 * conn->lock held, BH off. Return: 0, -EEXIST, -EADDRINUSE (the reply tuple), -ENOSPC.
 */
static __always_inline int baton_table_add(struct baton_net *bn, struct baton_conn *conn, u32 hash,
					   u32 hash_out)
{
	struct baton_conn_table *ht = bn->conns;
	u32 max = READ_ONCE(bn->conn_max);
	u64 load;
	int err;

	load = atomic64_add_return(baton_load_of(conn), &ht->load);
	if (unlikely(baton_load_conns(load) > max && max))
		err = -ENOSPC;
	else if (unlikely(conn->family != AF_INET))
		err = baton_table_link_v6(ht, conn, hash);
	else if (conn->method == BATON_METHOD_NAT)
		err = baton_link_both(ht, conn, AF_INET, hash, hash_out);
	else
		err = baton_link_one(ht, conn, AF_INET, hash);
	if (unlikely(err)) {
		atomic64_sub(baton_load_of(conn), &ht->load);
		return err;
	}
	if (unlikely(baton_table_crowded(baton_load_nodes(load),
					 rcu_dereference(ht->table)->mask + 1)) &&
	    !work_pending(&ht->resize))
		baton_conn_resize(bn);
	return 0;
}

#endif /* BATON_CONN_LINK_H */
