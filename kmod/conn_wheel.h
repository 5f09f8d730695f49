/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a connection comes onto the expiry wheel; conn_expire.c says what holds there. Inline: between
 * conn_expire.c and conn_make.h only.
 */
#ifndef BATON_CONN_WHEEL_H
#define BATON_CONN_WHEEL_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "conn.h"
#include "net.h"
#include "service.h"
#include "sync.h"

#define BATON_WHEEL_SLOTS	1024U	/* seconds; longer timeouts take more visits */

/** struct baton_wheel_shard - one of some wheels, so that CPUs do not fight for one lock */
struct baton_wheel_shard {
	spinlock_t		lock;		/* inside conn->lock; protects conn->slot, ->wheel */
	u32			first;		/* conn->slot of its slot 0; constant */
	struct hlist_head	due;		/* taken from its slot, not yet looked at */
	struct hlist_head	slot[BATON_WHEEL_SLOTS];
} ____cacheline_aligned_in_smp;

/** struct baton_wheel - of one namespace */
struct baton_wheel {
	struct baton_net	*bn;
	struct delayed_work	work;
	unsigned long		armed;		/* bit 0: the worker is queued or runs */
	u32			done;		/* last second visited; worker only */
	u32			age_base;	/* jiffies; READ_ONCE */
	u32			shards;		/* a power of two */
	struct baton_wheel_shard shard[];
};

/** baton_conn_timeout - jiffies that its present state lasts without a packet: its service's, or the namespace's */
static inline u32 baton_conn_timeout(const struct baton_net *bn, const struct baton_conn *conn)
{
	u8 state = READ_ONCE(conn->state);
	u32 own = READ_ONCE(conn->server->service->timeout[state]);

	return own ?: READ_ONCE(bn->timeout[state]);
}

static inline u32 baton_wheel_second(u64 jiffies_now)
{
	return div_u64(jiffies_now, HZ);
}

/** baton_wheel_slot - of the first whole second in which @delay jiffies will have passed */
static inline u32 baton_wheel_slot(u32 delay)
{
	/* the next second at the earliest; at the latest the last one that has a slot of its own */
	delay = clamp(delay, 1U, (BATON_WHEEL_SLOTS - 2) * HZ + 1);
	return baton_wheel_second(get_jiffies_64() + delay + HZ - 1) % BATON_WHEEL_SLOTS;
}

static inline void baton_wheel_hang(struct baton_wheel_shard *shard, struct baton_conn *conn, u32 slot)
{
	lockdep_assert_held(&shard->lock);
	hlist_add_head(&conn->wheel, &shard->slot[slot]);
	WRITE_ONCE(conn->slot, shard->first + slot);
}

/** baton_wheel_start - the first connection has come. Any context. */
void baton_wheel_start(struct baton_wheel *wheel);

/**
 * baton_wheel_put - conn->lock held, BH off
 *
 * The present second is read under the lock, as the worker does: so no slot that the
 * worker has passed can be chosen.
 */
static __always_inline void baton_wheel_put(struct baton_wheel *wheel, struct baton_conn *conn,
					    u32 delay)
{
	struct baton_wheel_shard *shard;

	lockdep_assert_held(&conn->lock);
	shard = &wheel->shard[raw_smp_processor_id() & (wheel->shards - 1)];
	spin_lock(&shard->lock);
	baton_wheel_hang(shard, conn, baton_wheel_slot(delay));
	spin_unlock(&shard->lock);
	if (unlikely(!test_bit(0, &wheel->armed)))
		baton_wheel_start(wheel);
}

/** baton_wheel_add - a new one. conn->lock held, BH off. */
static __always_inline void baton_wheel_add(struct baton_net *bn, struct baton_conn *conn)
{
	u32 delay = baton_conn_timeout(bn, conn);

	if (unlikely(READ_ONCE(conn->server->service->persist_prefix)))
		delay = baton_persist_visit(bn, conn, delay);
	if (unlikely(test_bit(BATON_CONN_YOUNG, &conn->flags)))
		delay = baton_sync_young(conn, delay);
	baton_wheel_put(bn->wheel, conn, delay);
}

#endif /* BATON_CONN_WHEEL_H */
