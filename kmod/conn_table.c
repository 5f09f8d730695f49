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
#include "conn_table.h"
#include "net.h"

#define GROUP		(1U << BATON_TABLE_GROUP_BITS)
#define BUCKETS_MIN	(BATON_TABLE_LOCKS * GROUP)	/* see above: each lock has a group */
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

static spinlock_t *lock_of(struct baton_conn_table *ht, u32 hash)
{
	return &ht->lock[hash >> BATON_TABLE_GROUP_BITS & (BATON_TABLE_LOCKS - 1)];
}

/*
 * One or two locks, always in the same order; the caller has BH off. Sparse, which cannot
 * follow the condition, is told of one.
 */
static void lock_both(spinlock_t *a, spinlock_t *b)
	__acquires(a)
{
	spin_lock(a < b ? a : b);
	if (a != b) {
		spin_lock_nested(a < b ? b : a, SINGLE_DEPTH_NESTING);
		__release(b);
	}
}

static void unlock_both(spinlock_t *a, spinlock_t *b)
	__releases(a)
{
	if (a != b) {
		__acquire(b);
		spin_unlock(b);
	}
	spin_unlock(a);
}

/* Would the same packets be of @node's connection and, in direction @dir, of @conn? */
static __always_inline bool is_alike(const struct hlist_node *node, const struct baton_conn *conn,
				     u8 family, enum baton_dir dir)
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

/*
 * The bucket that direction @dir of @conn belongs into, which is one of the newest table; NULL: a living
 * connection has its place. Under the bucket's lock nothing moves, so one look at each table is enough.
 */
static __always_inline struct hlist_head *place_for(struct baton_conn_table *ht, u32 hash,
						    const struct baton_conn *conn, u8 family,
						    enum baton_dir dir)
{
	struct baton_table *table = rcu_dereference(ht->table);
	struct hlist_head *bucket;
	struct hlist_node *node;

	lockdep_assert_held(lock_of(ht, hash));
	do {
		bucket = &table->bucket[hash & table->mask];
		__hlist_for_each_rcu(node, bucket)
			if (is_alike(node, conn, family, dir) &&
			    likely(!test_bit(BATON_CONN_DEAD, &baton_node_conn(node)->flags)))
				return NULL;
		table = rcu_dereference(table->future);
	} while (unlikely(table));
	return bucket;
}

/* baton_conn_table.load: connections above, nodes below, since both change together */
#define ONE_CONN	(1ULL << 32)

static u32 conns_of(u64 load)
{
	return load >> 32;
}

static u32 nodes_of(u64 load)
{
	return (u32)load;
}

/* Between 1/8 and 3/2 nodes per bucket nothing is done: no resize follows another at once. */
static bool is_crowded(u32 nodes, u32 buckets)
{
	return nodes > buckets + buckets / 2;
}

static u32 wanted(const struct baton_conn_table *ht, u32 buckets)
{
	u32 min = READ_ONCE(ht->buckets_min);
	u32 nodes = nodes_of(atomic64_read(&ht->load));

	if (nodes < buckets / 8)
		while (buckets > min && nodes < buckets / 2)
			buckets /= 2;
	while (buckets < BUCKETS_MAX && (buckets < min || is_crowded(nodes, buckets)))
		buckets *= 2;
	return buckets;
}

static __always_inline int link_both(struct baton_conn_table *ht, struct baton_conn *conn,
				     u8 family, u32 hash_in)
{
	u32 hash_out = baton_conn_hash_of(conn, family, BATON_TO_CLIENT);
	spinlock_t *lock_in = lock_of(ht, hash_in), *lock_out = lock_of(ht, hash_out);
	struct hlist_head *in, *out;
	int err = 0;

	lock_both(lock_in, lock_out);
	in = place_for(ht, hash_in, conn, family, BATON_TO_SERVER);
	out = likely(in) ? place_for(ht, hash_out, conn, family, BATON_TO_CLIENT) : NULL;
	if (likely(out)) {
		hlist_add_head_rcu(&conn->node[BATON_TO_SERVER], in);
		hlist_add_head_rcu(&conn->node[BATON_TO_CLIENT], out);
	} else {
		err = in ? -EADDRINUSE : -EEXIST;
	}
	unlock_both(lock_in, lock_out);
	return err;
}

static __always_inline int link_one(struct baton_conn_table *ht, struct baton_conn *conn,
				    u8 family, u32 hash)
{
	spinlock_t *lock = lock_of(ht, hash);
	struct hlist_head *in;

	spin_lock(lock);
	in = place_for(ht, hash, conn, family, BATON_TO_SERVER);
	if (likely(in))
		hlist_add_head_rcu(&conn->node[BATON_TO_SERVER], in);
	spin_unlock(lock);
	return in ? 0 : -EEXIST;
}

static __always_inline int link(struct baton_conn_table *ht, struct baton_conn *conn, u8 family,
				u32 hash)
{
	return conn->method == BATON_METHOD_NAT ? link_both(ht, conn, family, hash) :
						  link_one(ht, conn, family, hash);
}

/* Apart: its hash needs room on the stack, which most connections do without. */
static noinline int link_v6(struct baton_conn_table *ht, struct baton_conn *conn, u32 hash)
{
	return link(ht, conn, AF_INET6, hash);
}

/* What a connection adds to baton_conn_table.load */
static u64 load_of(const struct baton_conn *conn)
{
	return ONE_CONN + (conn->method == BATON_METHOD_NAT ? 2 : 1);
}

int baton_table_add(struct baton_net *bn, struct baton_conn *conn, u32 hash)
{
	struct baton_conn_table *ht = bn->conns;
	u32 max = READ_ONCE(bn->conn_max);
	u64 load;
	int err;

	load = atomic64_add_return(load_of(conn), &ht->load);
	if (unlikely(conns_of(load) > max && max))
		err = -ENOSPC;
	else
		err = likely(conn->family == AF_INET) ? link(ht, conn, AF_INET, hash) :
							link_v6(ht, conn, hash);
	if (unlikely(err)) {
		atomic64_sub(load_of(conn), &ht->load);
		return err;
	}
	if (unlikely(is_crowded(nodes_of(load), rcu_dereference(ht->table)->mask + 1)) &&
	    !work_pending(&ht->resize))
		baton_conn_resize(bn);
	return 0;
}

static void unlink_node(struct baton_conn_table *ht, struct hlist_node *node)
{
	spinlock_t *lock = lock_of(ht, hash_of_node(node));

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
	atomic64_sub(load_of(conn), &ht->load);
}

u32 baton_conn_count(const struct baton_net *bn)
{
	return conns_of(atomic64_read(&bn->conns->load));
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

	for (first = 0; first <= from->mask; first += GROUP) {
		spin_lock_bh(lock_of(ht, first));
		for (i = first; i < first + GROUP; i++)
			while (!hlist_empty(&from->bucket[i]))
				move_last(&from->bucket[i], to);
		spin_unlock_bh(lock_of(ht, first));
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
	kvfree(rcu_dereference_protected(ht->table, true));
	kvfree(ht);
	bn->conns = NULL;
}

void __init baton_table_module_init(void)
{
	get_random_bytes(&baton_hash_key, sizeof(baton_hash_key));
	baton_hash_key.odd |= 1;
}
