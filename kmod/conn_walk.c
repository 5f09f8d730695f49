// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks through the table of connections that miss nothing, whatever its size becomes meanwhile.
 *
 * A walk counts in bit-reversed order: the highest bit of the bucket number
 * changes fastest. The buckets that a bucket is split into when the table grows, or merged with
 * when it shrinks, have the same low bits, so at any time what the cursor has
 * passed is a set of low bits, whatever the number of buckets is.
 */
#include <linux/rculist.h>
#include <linux/swab.h>
#include "conn.h"
#include "conn_table.h"
#include "net.h"

#define WALK_GROUPS	64		/* in one step of a walk */

static u32 reversed(u32 v)
{
	v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
	v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
	v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
	return swab32(v);
}

static u32 next_group(u32 cursor, u32 mask)
{
	return reversed(reversed(cursor | ~mask) + 1);
}

static bool walk_buckets(const struct baton_table *table, u32 group, u32 step,
			 bool (*fn)(struct baton_conn *conn, void *arg), void *arg)
{
	struct baton_conn *conn;
	struct hlist_node *node;
	bool more = true;
	u32 i;

	for (i = group; i <= table->mask; i += step) {
		__hlist_for_each_rcu(node, &table->bucket[i]) {
			conn = baton_node_conn(node);
			if (baton_node_dir(node) == BATON_TO_SERVER &&
			    !test_bit(BATON_CONN_DEAD, &conn->flags))
				more &= fn(conn, arg);
		}
	}
	return more;
}

u64 baton_conn_walk(struct baton_net *bn, u64 cursor,
		    bool (*fn)(struct baton_conn *conn, void *arg), void *arg)
{
	struct baton_table *old, *new;
	u32 group = cursor;
	bool more = true;
	u32 mask;
	int i;

	rcu_read_lock();
	old = rcu_dereference(bn->conns->table);
	for (i = 0; i < WALK_GROUPS && more; i++) {
		new = rcu_dereference(old->future);
		mask = new ? min(old->mask, new->mask) : old->mask;
		/* old before new: what moves in between is then seen twice, not never */
		more = walk_buckets(old, group & mask, mask + 1, fn, arg);
		smp_rmb();	/* pairs with move_last() */
		if (!new && rcu_dereference(old->future)) {
			more = true;	/* a resize began: this group again, in both */
			continue;
		}
		if (new)
			more &= walk_buckets(new, group & mask, mask + 1, fn, arg);
		group = next_group(group & mask, mask);
		if (!group)
			break;
	}
	rcu_read_unlock();
	return group;
}
