// SPDX-License-Identifier: GPL-2.0-only
/*
 * Marking, burying and reading out connections. See sync.h for the model.
 *
 * Orderings:
 *
 * mark / drain: a marker stores the new state, then sets DIRTY; a drain clears
 *	DIRTY, then reads the state. Both with a full barrier between, so when the
 *	marker finds DIRTY still set the drain reads its state, and when not it links
 *	the connection again.
 * bury / drain: bury sets BURIED, then DIRTY; a drain clears DIRTY, then reads BURIED.
 *	When bury finds DIRTY set, the drain sees BURIED. Whoever of the two
 *	(or of late markers) sets DIRTY after that drain owns the connection: a drain
 *	that wins frees it, a loser leaves it to the list that it is on again.
 * bury / commit: see __baton_sync_commit().
 * mark / young: both change under conn->lock, the state before a marker looks at YOUNG, YOUNG before
 *	the visit marks. A marker that finds it set has stored its state before that mark.
 */
#include <linux/delay.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include "core/sync_rule.h"
#include "net.h"
#include "nl.h"
#include "service.h"

bool baton_sync_wants(const struct baton_conn *conn)
{
	unsigned long flags = READ_ONCE(conn->flags);

	if (flags & BIT(BATON_CONN_SYNCED))
		return true;
	if (flags & (BIT(BATON_CONN_NOSYNC) | BIT(BATON_CONN_YOUNG)))
		return false;
	return baton_sync_policy(conn->protocol, READ_ONCE(conn->state));
}

static void link_dirty(struct baton_sync *sync, struct baton_conn *conn)
{
	llist_add(&conn->dirty, raw_cpu_ptr(sync->dirty));
	/*
	 * Counted after it is linked, so that the wake-up cannot come too early; a drain
	 * in between makes the count negative for a moment, and then nobody needs waking.
	 */
	if (atomic_inc_return(&sync->pending) == 1)
		schedule_work(&sync->wake);
}

void baton_sync_mark(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_sync *sync = &bn->sync;

	if (!baton_sync_on(sync) || !baton_sync_wants(conn))
		return;
	/* a full barrier, also when the bit is set already: see above */
	if (!test_and_set_bit(BATON_CONN_DIRTY, &conn->flags))
		link_dirty(sync, conn);
}

u32 baton_sync_young(struct baton_conn *conn, u32 delay)
{
	u32 after;

	if (likely(!test_bit(BATON_CONN_YOUNG, &conn->flags)))
		return delay;
	after = msecs_to_jiffies(READ_ONCE(conn->server->service->sync_after));
	if (after <= delay)
		return after;
	conn->young = DIV_ROUND_UP(after - delay, HZ);
	return delay;
}

u32 baton_sync_visit(struct baton_net *bn, struct baton_conn *conn, u32 delay)
{
	u32 wait;

	if (likely(!test_bit(BATON_CONN_YOUNG, &conn->flags)))
		return delay;
	wait = min_t(u32, conn->young, DIV_ROUND_UP(delay, HZ));
	if (wait) {
		conn->young -= wait;
		return min(delay, wait * HZ);
	}
	clear_bit(BATON_CONN_YOUNG, &conn->flags);
	smp_mb__after_atomic();	/* see the top */
	baton_sync_mark(bn, conn);
	return delay;
}

bool baton_sync_bury(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_sync *sync = &bn->sync;
	bool known;

	smp_mb();	/* DEAD before SYNCED: pairs with __baton_sync_commit() */
	known = test_bit(BATON_CONN_SYNCED, &conn->flags);
	if (known) {
		atomic_inc(&sync->tombstones);
		set_bit(BATON_CONN_TOMBSTONE, &conn->flags);
	}
	smp_mb__before_atomic();	/* whoever sees BURIED sees all that the kill did */
	set_bit(BATON_CONN_BURIED, &conn->flags);
	if (!test_and_set_bit(BATON_CONN_DIRTY, &conn->flags)) {
		/* DIRTY stays set: nobody can link it any more */
		if (!known)
			return false;
		link_dirty(sync, conn);
	}
	/* from here on a drain may free @conn */
	if (atomic_inc_return(&sync->dead) > (int)READ_ONCE(sync->tombstone_max))
		schedule_work(&sync->reap);
	return true;
}

static bool mark_one(struct baton_conn *conn, void *arg)
{
	baton_sync_mark(arg, conn);
	return true;
}

/*
 * The first question of a daemon. What was opened before is marked now; after the grace period
 * nobody is left who changed a connection and still saw sync disabled.
 */
void __baton_sync_enable(struct baton_net *bn)
{
	struct baton_sync *sync = &bn->sync;
	u64 cursor = 0;

	lockdep_assert_held(&sync->mutex);
	if (likely(sync->enabled))
		return;
	WRITE_ONCE(sync->enabled, true);
	synchronize_rcu();
	do {
		cursor = baton_conn_walk(bn, cursor, mark_one, bn);
		cond_resched();
	} while (cursor);
}

static void append(struct baton_sync *sync, struct llist_node *node)
{
	node->next = NULL;
	*sync->backlog_tail = node;
	sync->backlog_tail = &node->next;
}

static void prepend(struct baton_sync *sync, struct llist_node *node)
{
	if (!sync->backlog)
		sync->backlog_tail = &node->next;
	node->next = sync->backlog;
	sync->backlog = node;
}

#define TAKE_TURN 256	/* connections before somebody else may run */

/*
 * The dead go to the front. When a client used its port again, the new
 * connection may be on another CPU's list than the tombstone of the old one, and
 * the peer should hear of the deletion first. What slips through (a kill between
 * here and the drain) is told apart by replaced() in sync_out.c.
 *
 * The list has the newest in front: those that live are turned round on the way.
 */
static void take_list(struct baton_sync *sync, struct llist_node *node)
{
	struct llist_node *oldest = NULL, *newest = NULL, *next;
	u32 turn = 0;

	for (; node; node = next) {
		struct baton_conn *conn = llist_entry(node, struct baton_conn, dirty);

		next = node->next;
		if (unlikely(test_bit(BATON_CONN_DEAD, &conn->flags))) {
			prepend(sync, node);
		} else {
			if (!oldest)
				newest = node;
			node->next = oldest;
			oldest = node;
		}
		if (unlikely(++turn % TAKE_TURN == 0))
			cond_resched();
	}
	if (oldest) {
		*sync->backlog_tail = oldest;
		sync->backlog_tail = &newest->next;
	}
}

void __baton_sync_take(struct baton_sync *sync)
{
	int cpu;

	lockdep_assert_held(&sync->mutex);
	for_each_possible_cpu(cpu)
		take_list(sync, llist_del_all(per_cpu_ptr(sync->dirty, cpu)));
}

void __baton_sync_release(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_sync *sync = &bn->sync;

	__baton_sync_forget(bn, conn);
	if (test_bit(BATON_CONN_TOMBSTONE, &conn->flags))
		atomic_dec(&sync->tombstones);
	atomic_dec(&sync->dead);
	baton_conn_free(conn);
}

u32 __baton_sync_sweep(struct baton_net *bn)
{
	struct baton_sync *sync = &bn->sync;
	struct llist_node *node, *next;
	u32 owed = 0;

	__baton_sync_take(sync);
	node = sync->backlog;
	sync->backlog = NULL;
	sync->backlog_tail = &sync->backlog;
	for (; node; node = next) {
		struct baton_conn *conn = llist_entry(node, struct baton_conn, dirty);

		next = node->next;
		/* DIRTY is set, so the list owns what is buried, even if bury is not through yet */
		if (test_bit(BATON_CONN_BURIED, &conn->flags)) {
			smp_rmb();	/* pairs with the barrier before BURIED */
			owed += test_bit(BATON_CONN_TOMBSTONE, &conn->flags);
			atomic_dec(&sync->pending);
			__baton_sync_release(bn, conn);
		} else {
			append(sync, node);
		}
		cond_resched();
	}
	return owed;
}

struct read_walk {
	struct baton_net	*bn;
	struct baton_sync_out	*out;
	const u8		*bucket_map;
	u32			soft_max;
	u32			visited;
	u32			crowded;	/* tries of a bucket that is longer than the answer */
	bool			full;
};

/* False always: the walk then returns at the end of the hash bucket, which is what can be repeated. */
static bool read_one(struct baton_conn *conn, void *arg)
{
	struct read_walk *walk = arg;

	walk->visited++;
	if (test_bit(BATON_CONN_DEAD, &conn->flags) || !baton_sync_wants(conn) ||
	    (walk->bucket_map &&
	     !baton_bucket_selected(walk->bucket_map, baton_sync_bucket(conn))))
		return false;
	if (!__baton_sync_has_room(walk->out))
		walk->full = true;
	else
		__baton_sync_hand_out(walk->bn, conn, walk->out);
	return false;
}

/* One call looks at no more than this many connections, also when it finds nothing to return. */
#define READ_VISITS_MAX 65536
#define READ_RETRIES 1000
#define READ_TURN 32	/* hash buckets before somebody else may run */

/* One more hash bucket, or a few. Return: false when the answer is done, or @crowded. */
static bool read_next(struct read_walk *walk)
{
	struct baton_sync_out *out = walk->out;
	u32 count = out->count, used = out->used, likes = out->likes;
	u64 next = baton_conn_walk(walk->bn, out->cursor, read_one, walk);

	if (walk->full) {
		/* all of it again next time: what it gave now gets newer versions then */
		__baton_sync_take_back(walk->bn, out, count, used, likes);
		walk->full = false;
		walk->crowded = count ? 0 : walk->crowded + 1;
		return false;
	}
	walk->crowded = 0;
	out->cursor = next;
	return next && out->count < walk->soft_max && walk->visited < READ_VISITS_MAX;
}

/* Until the answer is done. */
static int read_all(struct read_walk *walk, struct netlink_ext_ack *extack)
{
	bool more = true;
	u32 turn;

	while (more) {
		rcu_read_lock();
		walk->bn->sync.turn++;
		for (turn = 0; turn < READ_TURN && more; turn++)
			more = read_next(walk);
		rcu_read_unlock();
		cond_resched();
		/* only a table that is growing has so many in one place: let it finish */
		if (walk->crowded > READ_RETRIES) {
			NL_SET_ERR_MSG(extack,
				       "more connections share a hash bucket than a reply can hold");
			return -EOVERFLOW;
		}
		if (walk->crowded) {
			usleep_range(1000, 2000);
			more = true;
		}
	}
	return 0;
}

int baton_sync_read(struct baton_net *bn, const u8 *bucket_map, u32 soft_max,
		    struct baton_sync_out *out, struct netlink_ext_ack *extack)
{
	struct baton_sync *sync = &bn->sync;
	struct read_walk walk = {
		.bn = bn, .out = out, .bucket_map = bucket_map, .soft_max = soft_max,
	};
	int err;

	/* a late standby wants all of them: no hash to find that out for each connection */
	if (bucket_map && !memchr_inv(bucket_map, 0xff, BATON_DIGEST_BUCKETS / BITS_PER_BYTE))
		walk.bucket_map = NULL;
	mutex_lock(&sync->mutex);
	if (sync->follows) {
		NL_SET_ERR_MSG(extack, "this node follows its peer: read from the active one");
		mutex_unlock(&sync->mutex);
		return -EBUSY;
	}
	__baton_sync_enable(bn);
	err = read_all(&walk, extack);
	out->seq = sync->seq;
	out->pending = baton_sync_pending(sync);
	out->flags = baton_sync_flags(sync);
	mutex_unlock(&sync->mutex);
	return err;
}

void baton_sync_lost(struct baton_net *bn)
{
	atomic_set(&bn->sync.overrun, 1);
}

void baton_sync_new_epoch(struct baton_net *bn, u32 epoch)
{
	struct baton_sync *sync = &bn->sync;

	mutex_lock(&sync->mutex);
	sync->seq = max(sync->seq, BATON_VERSION(epoch, 0));
	sync->follows = false;
	mutex_unlock(&sync->mutex);
}

static void wake(struct work_struct *work)
{
	baton_nl_sync_wake(container_of(work, struct baton_net, sync.wake));
}

/*
 * The daemon has not drained for long: keep memory bounded by the connections
 * that are alive plus tombstone_max. What is dropped here its peer will learn from the
 * resync that OVERRUN asks for.
 */
static void reap(struct work_struct *work)
{
	struct baton_net *bn = container_of(work, struct baton_net, sync.reap);
	struct baton_sync *sync = &bn->sync;

	mutex_lock(&sync->mutex);
	if (atomic_read(&sync->dead) > (int)READ_ONCE(sync->tombstone_max) &&
	    __baton_sync_sweep(bn)) {
		atomic_set(&sync->overrun, 1);
		schedule_work(&sync->wake);
	}
	mutex_unlock(&sync->mutex);
}

int baton_sync_net_init(struct baton_net *bn)
{
	struct baton_sync *sync = &bn->sync;
	int cpu;

	mutex_init(&sync->mutex);
	INIT_WORK(&sync->wake, wake);
	INIT_WORK(&sync->reap, reap);
	sync->backlog_tail = &sync->backlog;
	sync->tombstone_max = BATON_TOMBSTONE_MAX_DEFAULT;
	sync->digest = kcalloc(BATON_DIGEST_BUCKETS, sizeof(*sync->digest), GFP_KERNEL);
	if (!sync->digest)
		return -ENOMEM;
	sync->dirty = alloc_percpu(struct llist_head);
	if (!sync->dirty) {
		kfree(sync->digest);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu)
		init_llist_head(per_cpu_ptr(sync->dirty, cpu));
	return 0;
}

void baton_sync_net_exit(struct baton_net *bn)
{
	struct baton_sync *sync = &bn->sync;

	cancel_work_sync(&sync->reap);	/* first: it may schedule the other */
	cancel_work_sync(&sync->wake);
	mutex_lock(&sync->mutex);
	__baton_sync_sweep(bn);
	mutex_unlock(&sync->mutex);
	WARN_ON_ONCE(sync->backlog);
	free_percpu(sync->dirty);
	kfree(sync->digest);
	consume_skb(sync->reply);
}
