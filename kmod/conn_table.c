// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash table of connections, which grows and shrinks under load.
 *
 * A NAT connection hangs in it twice, by what its packets look like in either
 * direction, any other once. Readers take no lock. Writers take the lock of the low bits of the
 * hash, which both tables of a resize have in common: so a node's lock does not depend on the table.
 *
 * A resize links the new table to the old one (@future), then moves one
 * bucket at a time, last node first, and at the end makes the new one current. A
 * node enters its new chain before it leaves the old one, so it is
 * always in at least one of them, and a reader that looks into the old chain first
 * and into the new one second cannot miss it. A reader that stands on
 * a node while it moves goes on in the new chain; it was the last of the old one, so
 * nothing is skipped. Writers add to the newest table only, which
 * they find under the lock that the mover holds for their bucket.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "conn.h"
#include "conn_find.h"
#include "conn_table.h"
#include "net.h"

#define LOCK_MASK	(BATON_TABLE_LOCKS - 1)
#define BUCKETS_MIN	BATON_TABLE_LOCKS	/* see above: never fewer than locks */
#define BUCKETS_MAX	(1U << 26)

/* Secret, so that nobody outside can aim at one bucket. */
struct baton_hash_key baton_hash_key __ro_after_init;

static u32 hash_of(const struct baton_tuple *tuple)
{
	return likely(tuple->family == AF_INET) ? baton_tuple_hash(AF_INET, tuple) :
						  baton_tuple_hash(AF_INET6, tuple);
}

/* The same of what is in the table already; a growing one asks it of every node. */
static u32 hash_of_node(const struct hlist_node *node)
{
	const struct baton_conn *conn = baton_node_conn(node);
	enum baton_dir dir = baton_node_dir(node);
	struct baton_tuple key;

	if (likely(conn->family == AF_INET)) {
		baton_conn_key(&key, conn, AF_INET, dir);
		return baton_tuple_hash(AF_INET, &key);
	}
	baton_conn_key(&key, conn, AF_INET6, dir);
	return baton_tuple_hash(AF_INET6, &key);
}

static struct hlist_node *find(const struct baton_conn_table *ht, u32 hash,
			       const struct baton_tuple *tuple)
{
	return likely(tuple->family == AF_INET) ? baton_table_find(ht, hash, AF_INET, tuple) :
						  baton_table_find(ht, hash, AF_INET6, tuple);
}

struct baton_conn *baton_conn_lookup(struct baton_net *bn, const struct baton_tuple *tuple,
				     enum baton_dir *ret_dir)
{
	struct hlist_node *node = find(bn->conns, hash_of(tuple), tuple);

	if (!node)
		return NULL;
	*ret_dir = baton_node_dir(node);
	return baton_node_conn(node);
}

/*
 * One or two locks, always in the same order; the caller has BH off. Sparse, which cannot
 * follow the condition, is told of one.
 */
static void lock_both(struct baton_conn_table *ht, u32 a, u32 b)
	__acquires(ht)
{
	u32 first = min(a & LOCK_MASK, b & LOCK_MASK);
	u32 second = max(a & LOCK_MASK, b & LOCK_MASK);

	spin_lock(&ht->lock[first]);
	if (first != second) {
		spin_lock_nested(&ht->lock[second], SINGLE_DEPTH_NESTING);
		__release(&ht->lock[second]);
	}
}

static void unlock_both(struct baton_conn_table *ht, u32 a, u32 b)
	__releases(ht)
{
	if ((a & LOCK_MASK) != (b & LOCK_MASK)) {
		__acquire(&ht->lock[b & LOCK_MASK]);
		spin_unlock(&ht->lock[b & LOCK_MASK]);
	}
	spin_unlock(&ht->lock[a & LOCK_MASK]);
}

/* The newest table: under a bucket lock this is where that bucket's new nodes belong. */
static struct baton_table *newest(const struct baton_conn_table *ht)
{
	struct baton_table *table = rcu_dereference(ht->table);
	struct baton_table *future;

	while ((future = rcu_dereference(table->future)))
		table = future;
	return table;
}

static void link_node(struct baton_conn_table *ht, struct hlist_node *node, u32 hash)
{
	struct baton_table *table = newest(ht);

	lockdep_assert_held(&ht->lock[hash & LOCK_MASK]);
	hlist_add_head_rcu(node, &table->bucket[hash & table->mask]);
}

/* Between 1/8 and 3/2 nodes per bucket nothing is done: no resize follows another at once. */
static bool is_crowded(u32 nodes, u32 buckets)
{
	return nodes > buckets + buckets / 2;
}

static u32 wanted(u32 nodes, u32 buckets)
{
	if (nodes < buckets / 8)
		while (buckets > BUCKETS_MIN && nodes < buckets / 2)
			buckets /= 2;
	else
		while (buckets < BUCKETS_MAX && is_crowded(nodes, buckets))
			buckets *= 2;
	return buckets;
}

static __always_inline int link_both(struct baton_conn_table *ht, struct baton_conn *conn, u8 family)
{
	bool nat = conn->method == BATON_METHOD_NAT;
	struct baton_tuple in, out;
	u32 hash_in, hash_out;
	int err = 0;

	baton_conn_key(&in, conn, family, BATON_TO_SERVER);
	hash_in = hash_out = baton_tuple_hash(family, &in);
	if (nat) {
		baton_conn_key(&out, conn, family, BATON_TO_CLIENT);
		hash_out = baton_tuple_hash(family, &out);
	}
	lock_both(ht, hash_in, hash_out);
	if (baton_table_find(ht, hash_in, family, &in))
		err = -EEXIST;
	else if (nat && baton_table_find(ht, hash_out, family, &out))
		err = -EADDRINUSE;
	if (!err) {
		link_node(ht, &conn->node[BATON_TO_SERVER], hash_in);
		if (nat)
			link_node(ht, &conn->node[BATON_TO_CLIENT], hash_out);
	}
	unlock_both(ht, hash_in, hash_out);
	return err;
}

int baton_table_add(struct baton_net *bn, struct baton_conn *conn)
{
	int err, nodes = conn->method == BATON_METHOD_NAT ? 2 : 1;
	struct baton_conn_table *ht = bn->conns;
	u32 max = READ_ONCE(bn->conn_max);

	if (atomic_inc_return(&ht->count) > max && max) {
		atomic_dec(&ht->count);
		return -ENOSPC;
	}
	err = likely(conn->family == AF_INET) ? link_both(ht, conn, AF_INET) :
						link_both(ht, conn, AF_INET6);
	if (err) {
		atomic_dec(&ht->count);
		return err;
	}
	nodes = atomic_add_return(nodes, &ht->nodes);
	if (unlikely(is_crowded(nodes, rcu_dereference(ht->table)->mask + 1)))
		baton_conn_resize(bn);
	return 0;
}

static void unlink_node(struct baton_conn_table *ht, struct hlist_node *node)
{
	u32 hash = hash_of_node(node);

	spin_lock(&ht->lock[hash & LOCK_MASK]);
	hlist_del_rcu(node);
	spin_unlock(&ht->lock[hash & LOCK_MASK]);
}

void baton_table_del(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_conn_table *ht = bn->conns;
	bool nat = conn->method == BATON_METHOD_NAT;

	lockdep_assert_held(&conn->lock);
	unlink_node(ht, &conn->node[BATON_TO_SERVER]);
	if (nat)
		unlink_node(ht, &conn->node[BATON_TO_CLIENT]);
	atomic_sub(1 + nat, &ht->nodes);
	atomic_dec(&ht->count);
}

u32 baton_conn_count(const struct baton_net *bn)
{
	return atomic_read(&bn->conns->count);
}

u32 baton_conn_buckets(const struct baton_net *bn)
{
	u32 buckets;

	rcu_read_lock();
	buckets = rcu_dereference(bn->conns->table)->mask + 1;
	rcu_read_unlock();
	return buckets;
}

void baton_conn_resize(struct baton_net *bn)
{
	struct baton_conn_table *ht = bn->conns;
	u32 buckets = baton_conn_buckets(bn);

	if (wanted(atomic_read(&ht->nodes), buckets) != buckets && !work_pending(&ht->resize))
		queue_work(system_unbound_wq, &ht->resize);
}

/* Under the bucket's lock: the last node of @from goes to the head of its chain in @to. */
static void move_last(struct hlist_head *from, struct baton_table *to)
{
	struct hlist_node *node = from->first;
	struct hlist_node **prev, *first;
	struct hlist_head *head;

	while (node->next)
		node = node->next;
	head = &to->bucket[hash_of_node(node) & to->mask];
	prev = node->pprev;
	first = head->first;
	WRITE_ONCE(node->next, first);
	WRITE_ONCE(node->pprev, &head->first);
	rcu_assign_pointer(hlist_first_rcu(head), node);
	if (first)
		WRITE_ONCE(first->pprev, &node->next);
	/* pairs with the barriers in baton_table_find() and in a walk */
	smp_store_release(prev, NULL);
}

static void move_all(struct baton_conn_table *ht, struct baton_table *from, struct baton_table *to)
{
	struct hlist_head *bucket;
	u32 i;

	for (i = 0; i <= from->mask; i++) {
		bucket = &from->bucket[i];
		spin_lock_bh(&ht->lock[i & LOCK_MASK]);
		while (!hlist_empty(bucket))
			move_last(bucket, to);
		spin_unlock_bh(&ht->lock[i & LOCK_MASK]);
		cond_resched();
	}
}

static struct baton_table *make_table(u32 buckets)
{
	struct baton_table *table;

	table = kvzalloc(struct_size(table, bucket, buckets), GFP_KERNEL | __GFP_NOWARN);
	if (table)
		table->mask = buckets - 1;
	return table;
}

/* Only one of these runs at a time, so the current table has no future here. */
static void resize_work(struct work_struct *work)
{
	struct baton_conn_table *ht = container_of(work, struct baton_conn_table, resize);
	struct baton_table *old = rcu_dereference_protected(ht->table, true);
	struct baton_table *new;
	u32 buckets;

	buckets = wanted(atomic_read(&ht->nodes), old->mask + 1);
	if (buckets == old->mask + 1)
		return;
	new = make_table(buckets);
	if (!new)
		return;		/* chains get longer; the next insertion tries again */
	rcu_assign_pointer(old->future, new);
	move_all(ht, old, new);
	rcu_assign_pointer(ht->table, new);
	synchronize_rcu();
	kvfree(old);
}

int baton_table_net_init(struct baton_net *bn)
{
	struct baton_conn_table *ht;
	struct baton_table *table;
	int i;

	ht = kvzalloc(sizeof(*ht), GFP_KERNEL);
	if (!ht)
		return -ENOMEM;
	table = make_table(BUCKETS_MIN);
	if (!table) {
		kvfree(ht);
		return -ENOMEM;
	}
	for (i = 0; i < BATON_TABLE_LOCKS; i++)
		spin_lock_init(&ht->lock[i]);
	INIT_WORK(&ht->resize, resize_work);
	RCU_INIT_POINTER(ht->table, table);
	bn->conns = ht;
	return 0;
}

void baton_table_net_exit(struct baton_net *bn)
{
	struct baton_conn_table *ht = bn->conns;

	cancel_work_sync(&ht->resize);
	WARN_ON_ONCE(atomic_read(&ht->nodes));
	kvfree(rcu_dereference_protected(ht->table, true));
	kvfree(ht);
	bn->conns = NULL;
}

void __init baton_table_module_init(void)
{
	get_random_bytes(&baton_hash_key, sizeof(baton_hash_key));
	baton_hash_key.odd |= 1;
}
