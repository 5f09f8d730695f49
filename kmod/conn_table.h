/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash table of a namespace's connections: between conn.c, conn_table.c and conn_walk.c only. */
#ifndef BATON_CONN_TABLE_H
#define BATON_CONN_TABLE_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "conn.h"

/*
 * Alignment of connections: a node's address then tells which of the two nodes it is. With IPv6
 * a connection is two and a half cache lines, of which half need not be padding.
 */
#define BATON_CONN_ALIGN_V4 64
#define BATON_CONN_ALIGN_V6 32

#define BATON_TABLE_LOCKS 256U
/* So many neighbours share a lock, about a cache line of them: a resize takes them all at once. */
#define BATON_TABLE_GROUP_BITS 3
#define BATON_TABLE_GROUP (1U << BATON_TABLE_GROUP_BITS)

/**
 * struct baton_table - one size of the table; @future: the next size, while nodes move there
 *
 * The buckets are by themselves: a power of two of bytes, of which no allocator takes more, and in whose lines
 * lie whole groups.
 */
struct baton_table {
	struct baton_table __rcu *future;
	struct hlist_head	*bucket;	/* constant */
	u32			mask;		/* constant */
};

/** struct baton_conn_table - see conn_table.c */
struct baton_conn_table {
	struct baton_table __rcu *table;
	atomic64_t		load;		/* connections and nodes: conn_link.h */
	u32			buckets_min;	/* config_mutex, READ_ONCE */
	struct work_struct	resize;
	spinlock_t		lock[BATON_TABLE_LOCKS] ____cacheline_aligned_in_smp;
};

static inline enum baton_dir baton_node_dir(const struct hlist_node *node)
{
	BUILD_BUG_ON(offsetof(struct baton_conn, node) != 0);
	return (unsigned long)node & sizeof(*node) ? BATON_TO_CLIENT : BATON_TO_SERVER;
}

static inline struct baton_conn *baton_node_conn(const struct hlist_node *node)
{
	return (struct baton_conn *)((unsigned long)node & ~(unsigned long)sizeof(*node));
}

/** conn->lock held, BH off, BATON_CONN_DEAD set by the caller. */
void baton_table_del(struct baton_net *bn, struct baton_conn *conn);
int baton_table_net_init(struct baton_net *bn);
void baton_table_net_exit(struct baton_net *bn);
void baton_table_module_init(void);

#endif /* BATON_CONN_TABLE_H */
