// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expiry without timers. A connection hangs in the slot of a wheel for the
 * second in which it is to be looked at; a packet only notes its time in
 * conn->used. The worker takes what is due, and either kills it or hangs it up again for when it
 * would be due after its last packet: about one visit per timeout.
 *
 * While the gate is shut, connections that came from the peer or that the peer
 * knows do not age: only the active can tell when they end. They are hung up for a whole timeout.
 * Promotion sets @age_base and that is all: idleness counts from there at the
 * earliest, and whatever hangs in the wheel is visited within one timeout from then.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "challenge.h"
#include "conn.h"
#include "core/doubt.h"
#include "net.h"
#include "service.h"
#include "sync.h"

#define SLOTS		1024U		/* seconds; longer timeouts take more visits */
#define SHARDS_MAX	16U		/* wheels, so that CPUs do not fight for one lock */
#define NO_SLOT		U16_MAX

struct shard {
	spinlock_t		lock;		/* inside conn->lock; protects conn->slot, ->wheel */
	u32			first;		/* conn->slot of its slot 0; constant */
	struct hlist_head	due;		/* taken from its slot, not yet looked at */
	struct hlist_head	slot[SLOTS];
} ____cacheline_aligned_in_smp;

struct baton_wheel {
	struct baton_net	*bn;
	struct delayed_work	work;
	unsigned long		armed;		/* bit 0: the worker is queued or runs */
	u32			done;		/* last second visited; worker only */
	u32			age_base;	/* jiffies; READ_ONCE */
	u32			shards;		/* a power of two */
	struct shard		shard[];
};

u32 baton_conn_timeout(const struct baton_net *bn, const struct baton_conn *conn)
{
	u8 state = READ_ONCE(conn->state);
	u32 own = READ_ONCE(conn->server->service->timeout[state]);

	return own ?: READ_ONCE(bn->timeout[state]);
}

static u32 second(u64 jiffies_now)
{
	return div_u64(jiffies_now, HZ);
}

/*
 * The shard that @conn hangs in, or NULL. Only the holder of conn->lock hangs it up
 * elsewhere; a worker may take it down meanwhile, so ask again under the shard's lock.
 */
static struct shard *shard_of(struct baton_wheel *wheel, const struct baton_conn *conn)
{
	u16 slot = READ_ONCE(conn->slot);

	lockdep_assert_held(&conn->lock);
	return slot == NO_SLOT ? NULL : &wheel->shard[slot / SLOTS];
}

/* The slot of the first whole second in which @delay jiffies will have passed. */
static u32 slot_for(u32 delay)
{
	/* the next second at the earliest; at the latest the last one that has a slot of its own */
	delay = clamp(delay, 1U, (SLOTS - 2) * HZ + 1);
	return second(get_jiffies_64() + delay + HZ - 1) % SLOTS;
}

static void hang(struct shard *shard, struct baton_conn *conn, u32 slot)
{
	lockdep_assert_held(&shard->lock);
	hlist_add_head(&conn->wheel, &shard->slot[slot]);
	WRITE_ONCE(conn->slot, shard->first + slot);
}

static void take_down(struct shard *shard, struct baton_conn *conn)
{
	lockdep_assert_held(&shard->lock);
	hlist_del(&conn->wheel);
	WRITE_ONCE(conn->slot, NO_SLOT);
}

static noinline void start(struct baton_wheel *wheel)
{
	if (!test_and_set_bit(0, &wheel->armed))
		queue_delayed_work(system_unbound_wq, &wheel->work, HZ);
}

static __always_inline void wake(struct baton_wheel *wheel)
{
	if (unlikely(!test_bit(0, &wheel->armed)))
		start(wheel);
}

/*
 * The present second is read under the lock, as the worker does: so no slot that the
 * worker has passed can be chosen.
 */
static __always_inline void add(struct baton_wheel *wheel, struct baton_conn *conn, u32 delay)
{
	struct shard *shard = &wheel->shard[raw_smp_processor_id() & (wheel->shards - 1)];

	lockdep_assert_held(&conn->lock);
	spin_lock(&shard->lock);
	hang(shard, conn, slot_for(delay));
	spin_unlock(&shard->lock);
	wake(wheel);
}

/* A connection in doubt is looked at every second until it has settled. */
static u32 delay_in_doubt(const struct baton_conn *conn, u32 delay)
{
	if (likely(!test_bit(BATON_CONN_DOUBTED, &conn->flags)) ||
	    test_bit(BATON_CONN_SETTLED, &conn->flags))
		return delay;
	return min_t(u32, delay, HZ);
}

void baton_wheel_add(struct baton_net *bn, struct baton_conn *conn)
{
	u32 delay = baton_conn_timeout(bn, conn);

	if (unlikely(READ_ONCE(conn->server->service->persist_prefix)))
		delay = baton_persist_visit(bn, conn, delay);
	if (unlikely(test_bit(BATON_CONN_YOUNG, &conn->flags)))
		delay = baton_sync_young(conn, delay);
	add(bn->wheel, conn, delay);
}

/* What is not in a slot is either in a worker's hands, or on its list of what is due. */
void baton_wheel_del(struct baton_net *bn, struct baton_conn *conn)
{
	struct shard *shard = shard_of(bn->wheel, conn);

	if (!shard)
		return;
	spin_lock(&shard->lock);
	if (conn->slot != NO_SLOT)
		take_down(shard, conn);
	spin_unlock(&shard->lock);
}

/* Only ever to an earlier second; the visit takes care of a later one. */
void baton_conn_rearm(struct baton_net *bn, struct baton_conn *conn)
{
	u32 delay = delay_in_doubt(conn, baton_conn_timeout(bn, conn));
	struct baton_wheel *wheel = bn->wheel;
	struct shard *shard = shard_of(wheel, conn);
	u32 slot, present, earlier;

	if (!shard)
		return;			/* the worker looks at it right now */
	spin_lock(&shard->lock);
	if (conn->slot != NO_SLOT) {
		present = second(get_jiffies_64());
		slot = slot_for(delay);
		earlier = (conn->slot - present) % SLOTS - (slot - present) % SLOTS;
		if ((s32)earlier > 0) {
			take_down(shard, conn);
			hang(shard, conn, slot);
			if (unlikely(test_bit(BATON_CONN_YOUNG, &conn->flags)))
				conn->young += earlier;
		}
	}
	spin_unlock(&shard->lock);
}

/* Jiffies that @conn has left, 0: none. */
static u32 time_left(const struct baton_net *bn, const struct baton_conn *conn, bool open)
{
	u32 timeout = baton_conn_timeout(bn, conn);
	u32 now = (u32)jiffies;
	u32 idle;

	if (!open && (test_bit(BATON_CONN_LEARNED, &conn->flags) ||
		      test_bit(BATON_CONN_SYNCED, &conn->flags)))
		return timeout;
	idle = min(now - READ_ONCE(conn->used), now - READ_ONCE(bn->wheel->age_base));
	return idle < timeout ? timeout - idle : 0;
}

/* The first look may come at once, the second a second later. */
static void settle(struct baton_conn *conn)
{
	if (test_and_set_bit(BATON_CONN_WAITED, &conn->flags))
		set_bit(BATON_CONN_SETTLED, &conn->flags);
}

/* Its time is over, but that it ended is no more than hearsay. */
static bool has_to_be_asked(struct baton_net *bn, struct baton_conn *conn)
{
	if (!baton_doubt_lasts(READ_ONCE(conn->state)) || !baton_challenge_may(bn))
		return false;
	set_bit(BATON_CONN_SETTLED, &conn->flags);
	return !test_and_set_bit(BATON_CONN_ASKED, &conn->flags);
}

/*
 * The connection is in nobody's slot, and rcu_read_lock() keeps its memory. A packet may
 * come between the look and the kill: it was then too late by as little.
 */
static void visit(struct baton_net *bn, struct baton_conn *conn, bool open)
{
	bool doubted, ask = false;
	u32 left, delay;

	spin_lock_bh(&conn->lock);
	left = time_left(bn, conn, open);
	doubted = test_bit(BATON_CONN_DOUBTED, &conn->flags);
	if (unlikely(doubted && !left && open && !test_bit(BATON_CONN_ASKED, &conn->flags)))
		ask = has_to_be_asked(bn, conn);
	if (unlikely(ask))
		left = BATON_CHALLENGE_WAIT;
	else if (unlikely(doubted))
		settle(conn);
	delay = delay_in_doubt(conn, baton_persist_visit(bn, conn, left));
	if (left && !test_bit(BATON_CONN_DEAD, &conn->flags))
		add(bn->wheel, conn, baton_sync_visit(bn, conn, delay));
	spin_unlock_bh(&conn->lock);
	if (!left)
		baton_conn_kill(bn, conn);
	if (unlikely(ask))
		baton_challenge_send(bn, conn);
}

static struct baton_conn *pop(struct shard *shard)
{
	struct baton_conn *conn = NULL;

	spin_lock_bh(&shard->lock);
	if (!hlist_empty(&shard->due)) {
		conn = hlist_entry(shard->due.first, struct baton_conn, wheel);
		take_down(shard, conn);
	}
	spin_unlock_bh(&shard->lock);
	return conn;
}

/* A kill takes its connection off @due like off a slot: slot still names this shard. */
static void visit_slot(struct baton_net *bn, struct shard *shard, u32 slot, bool open)
{
	struct baton_conn *conn;

	spin_lock_bh(&shard->lock);
	hlist_move_list(&shard->slot[slot], &shard->due);
	spin_unlock_bh(&shard->lock);
	do {
		rcu_read_lock();
		conn = pop(shard);
		if (conn)
			visit(bn, conn, open);
		rcu_read_unlock();
		cond_resched();
	} while (conn);
}

static void expire_work(struct work_struct *work)
{
	struct baton_wheel *wheel = container_of(to_delayed_work(work), struct baton_wheel, work);
	struct baton_net *bn = wheel->bn;
	bool open = baton_gate_open(&bn->gate);
	u32 now = second(get_jiffies_64());
	u32 i;

	if (now - wheel->done > SLOTS)
		wheel->done = now - SLOTS;
	while (wheel->done != now) {
		wheel->done++;
		for (i = 0; i < wheel->shards; i++)
			visit_slot(bn, &wheel->shard[i], wheel->done % SLOTS, open);
	}
	baton_conn_resize(bn);
	baton_defence_look(&bn->defence);

	if (!baton_conn_count(bn)) {
		clear_bit(0, &wheel->armed);
		/* pairs with wake(): whoever added a connection before sees the bit, or we its count */
		smp_mb__after_atomic();
		if (!baton_conn_count(bn) || test_and_set_bit(0, &wheel->armed))
			return;
	}
	queue_delayed_work(system_unbound_wq, &wheel->work, HZ - (u32)(get_jiffies_64() % HZ));
}

void baton_conn_start_ageing(struct baton_net *bn)
{
	WRITE_ONCE(bn->wheel->age_base, (u32)jiffies);
}

int baton_wheel_net_init(struct baton_net *bn)
{
	u32 shards = min_t(u32, roundup_pow_of_two(nr_cpu_ids), SHARDS_MAX);
	struct baton_wheel *wheel;
	u32 i;

	wheel = kvzalloc(struct_size(wheel, shard, shards), GFP_KERNEL);
	if (!wheel)
		return -ENOMEM;
	wheel->bn = bn;
	wheel->shards = shards;
	wheel->done = second(get_jiffies_64());
	wheel->age_base = (u32)jiffies;
	for (i = 0; i < shards; i++) {
		spin_lock_init(&wheel->shard[i].lock);
		wheel->shard[i].first = i * SLOTS;
	}
	INIT_DELAYED_WORK(&wheel->work, expire_work);
	bn->wheel = wheel;
	return 0;
}

void baton_wheel_net_exit(struct baton_net *bn)
{
	/* a connection that is still there would start it again: the bit stays set */
	set_bit(0, &bn->wheel->armed);
	cancel_delayed_work_sync(&bn->wheel->work);
}

void baton_wheel_net_free(struct baton_net *bn)
{
	kvfree(bn->wheel);
	bn->wheel = NULL;
}
