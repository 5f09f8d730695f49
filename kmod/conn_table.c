// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash table of connections, which grows and shrinks under load.
 *
 * A NAT connection hangs in it twice, by what its packets look like in either
 * direction, any other once. Readers take no lock. Writers take the lock of some low bits of the
 * hash, which both tables of a resize have in common: so a node's lock does not depend on the table.
 *
 * A resize links the new table to the old one (@future), then moves one group of
 * buckets at a time, of each the last node first, and at the end makes the new one current. A
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
#include "conn_link.h"
#include "conn_table.h"
#include "net.h"

#define BUCKETS_MIN	(BATON_TABLE_LOCKS * BATON_TABLE_GROUP)	/* see above: each lock has a group */
/* While there is a service: small enough for any director, and the first clients wait for no resize. */
#define BUCKETS_SERVED	(1U << 15)
#define BUCKETS_MAX	(1U << 26)

/* Secret, so that nobody outside can aim at one bucket. */
struct baton_hash_key baton_hash_key __ro_after_init;

/* The hash of what is in the table already; a growing one asks it of every node. */
static __always_inline u32 hash_of_node(const struct hlist_node *node)
{
	const struct baton_conn *conn = baton_node_conn(node);
	enum baton_dir dir = baton_node_dir(node);

	return likely(conn->family == AF_INET) ? baton_conn_hash_of(conn, AF_INET, dir) :
						 baton_conn_hash_of(conn, AF_INET6, dir);
}

struct baton_conn *baton_conn_lookup(struct baton_net *bn, const struct baton_tuple *tuple,
				     enum baton_dir *ret_dir)
{
	return baton_conn_find(bn->conns, tuple, baton_conn_hash(tuple), ret_dir);
}

static u32 wanted(const struct baton_conn_table *ht, u32 buckets)
{
	u32 min = READ_ONCE(ht->buckets_min);
	u32 nodes = baton_load_nodes(atomic64_read(&ht->load));

	if (nodes < buckets / 8)
		while (buckets > min && nodes < buckets / 2)
			buckets /= 2;
	while (buckets < BUCKETS_MAX && (buckets < min || baton_table_crowded(nodes, buckets)))
		buckets *= 2;
	return buckets;
}

int baton_table_link_v6(struct baton_conn_table *ht, struct baton_conn *conn, u32 hash)
{
	if (conn->method != BATON_METHOD_NAT)
		return baton_link_one(ht, conn, AF_INET6, hash);
	return baton_link_both(ht, conn, AF_INET6, hash,
			       baton_conn_hash_of(conn, AF_INET6, BATON_TO_CLIENT));
}

static void unlink_node(struct baton_conn_table *ht, struct hlist_node *node)
{
	spinlock_t *lock = baton_table_lock(ht, hash_of_node(node));

	spin_lock(lock);
	hlist_del_rcu(node);
	spin_unlock(lock);
}

void baton_table_del(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_conn_table *ht = bn->conns;

	lockdep_assert_held(&conn->lock);
	unlink_node(ht, &conn->node[BATON_TO_SERVER]);
	if (conn->method == BATON_METHOD_NAT)
		unlink_node(ht, &conn->node[BATON_TO_CLIENT]);
	atomic64_sub(baton_load_of(conn), &ht->load);
}

u32 baton_conn_count(const struct baton_net *bn)
{
	return baton_load_conns(atomic64_read(&bn->conns->load));
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

	if (wanted(ht, buckets) != buckets && !work_pending(&ht->resize))
		queue_work(system_unbound_wq, &ht->resize);
}

void baton_conn_expect(struct baton_net *bn, bool any)
{
	lockdep_assert_held(&bn->config_mutex);
	WRITE_ONCE(bn->conns->buckets_min, any ? BUCKETS_SERVED : BUCKETS_MIN);
	baton_conn_resize(bn);
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
	u32 first, i;

	for (first = 0; first <= from->mask; first += BATON_TABLE_GROUP) {
		spin_lock_bh(baton_table_lock(ht, first));
		for (i = first; i < first + BATON_TABLE_GROUP; i++)
			while (!hlist_empty(&from->bucket[i]))
				move_last(&from->bucket[i], to);
		spin_unlock_bh(baton_table_lock(ht, first));
		cond_resched();
	}
}

static struct baton_table *make_table(u32 buckets)
{
	struct baton_table *table = kzalloc(sizeof(*table), GFP_KERNEL);

	if (!table)
		return NULL;
	table->mask = buckets - 1;
	table->bucket = kvcalloc(buckets, sizeof(*table->bucket), GFP_KERNEL | __GFP_NOWARN);
	if (table->bucket)
		return table;
	kfree(table);
	return NULL;
}

static void free_table(struct baton_table *table)
{
	kvfree(table->bucket);
	kfree(table);
}

/* Only one of these runs at a time, so the current table has no future here. */
static void resize_work(struct work_struct *work)
{
	struct baton_conn_table *ht = container_of(work, struct baton_conn_table, resize);
	struct baton_table *old = rcu_dereference_protected(ht->table, true);
	struct baton_table *new;
	u32 buckets;

	buckets = wanted(ht, old->mask + 1);
	if (buckets == old->mask + 1)
		return;
	new = make_table(buckets);
	if (!new)
		return;		/* chains get longer; the next insertion tries again */
	rcu_assign_pointer(old->future, new);
	move_all(ht, old, new);
	rcu_assign_pointer(ht->table, new);
	synchronize_rcu();
	free_table(old);
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
	ht->buckets_min = BUCKETS_MIN;
	RCU_INIT_POINTER(ht->table, table);
	bn->conns = ht;
	return 0;
}

void baton_table_net_exit(struct baton_net *bn)
{
	struct baton_conn_table *ht = bn->conns;

	cancel_work_sync(&ht->resize);
	WARN_ON_ONCE(atomic64_read(&ht->load));
	free_table(rcu_dereference_protected(ht->table, true));
	kvfree(ht);
	bn->conns = NULL;
}

void __init baton_table_module_init(void)
{
	get_random_bytes(&baton_hash_key, sizeof(baton_hash_key));
	baton_hash_key.odd |= 1;
}
