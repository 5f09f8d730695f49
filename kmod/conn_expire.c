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
#include "conn_wheel.h"
#include "core/doubt.h"
#include "net.h"
#include "service.h"
#include "sync.h"

#define SHARDS_MAX	16U
#define NO_SLOT		U16_MAX

/*
 * The shard that @conn hangs in, or NULL. Only the holder of conn->lock hangs it up
 * elsewhere; a worker may take it down meanwhile, so ask again under the shard's lock.
 */
static struct baton_wheel_shard *shard_of(struct baton_wheel *wheel, const struct baton_conn *conn)
{
	u16 slot = READ_ONCE(conn->slot);

	lockdep_assert_held(&conn->lock);
	return slot == NO_SLOT ? NULL : &wheel->shard[slot / BATON_WHEEL_SLOTS];
}

static void take_down(struct baton_wheel_shard *shard, struct baton_conn *conn)
{
	lockdep_assert_held(&shard->lock);
	hlist_del(&conn->wheel);
	WRITE_ONCE(conn->slot, NO_SLOT);
}

void baton_wheel_start(struct baton_wheel *wheel)
{
	if (!test_and_set_bit(0, &wheel->armed))
		queue_delayed_work(system_unbound_wq, &wheel->work, HZ);
}

/* A connection in doubt is looked at every second until it has settled. */
static u32 delay_in_doubt(const struct baton_conn *conn, u32 delay)
{
	if (likely(!test_bit(BATON_CONN_DOUBTED, &conn->flags)) ||
	    test_bit(BATON_CONN_SETTLED, &conn->flags))
		return delay;
	return min_t(u32, delay, HZ);
}

/* What is not in a slot is either in a worker's hands, or on its list of what is due. */
void baton_wheel_del(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_wheel_shard *shard = shard_of(bn->wheel, conn);

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
	struct baton_wheel_shard *shard = shard_of(wheel, conn);
	u32 slot, present, earlier;

	if (!shard)
		return;			/* the worker looks at it right now */
	spin_lock(&shard->lock);
	if (conn->slot != NO_SLOT) {
		present = baton_wheel_second(get_jiffies_64());
		slot = baton_wheel_slot(delay);
		earlier = (conn->slot - present) % BATON_WHEEL_SLOTS - (slot - present) % BATON_WHEEL_SLOTS;
		if ((s32)earlier > 0) {
			take_down(shard, conn);
			baton_wheel_hang(shard, conn, slot);
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
		baton_wheel_put(bn->wheel, conn, baton_sync_visit(bn, conn, delay));
	spin_unlock_bh(&conn->lock);
	if (!left)
		baton_conn_kill(bn, conn);
	if (unlikely(ask))
		baton_challenge_send(bn, conn);
}

static struct baton_conn *pop(struct baton_wheel_shard *shard)
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
static void visit_slot(struct baton_net *bn, struct baton_wheel_shard *shard, u32 slot, bool open)
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
	u32 now = baton_wheel_second(get_jiffies_64());
	u32 i;

	if (now - wheel->done > BATON_WHEEL_SLOTS)
		wheel->done = now - BATON_WHEEL_SLOTS;
	while (wheel->done != now) {
		wheel->done++;
		for (i = 0; i < wheel->shards; i++)
			visit_slot(bn, &wheel->shard[i], wheel->done % BATON_WHEEL_SLOTS, open);
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
	wheel->done = baton_wheel_second(get_jiffies_64());
	wheel->age_base = (u32)jiffies;
	for (i = 0; i < shards; i++) {
		spin_lock_init(&wheel->shard[i].lock);
		wheel->shard[i].first = i * BATON_WHEEL_SLOTS;
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
