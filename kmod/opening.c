// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that clients are opening, of which there are only so many.
 *
 * A flood of SYNs from forged addresses makes connections that never get further. Each that begins
 * takes a place in a ring; it leaves the place when it gets further, or ends. The next one takes the
 * next place; if that and some behind it are taken, the connection there, one of the oldest
 * that are still opening, ends. So a flood only shortens the time in which a handshake has to be
 * finished, and established connections do not notice it. When the whole table is full, the
 * oldest make room, too. Templates of clients that have not finished a handshake take places like
 * connections.
 *
 * A place is written by cmpxchg() and xchg(): whoever takes a connection out of it, or finds it gone, is
 * the only one. A connection leaves its place before it is freed, so that what is read from a place is
 * valid to the end of the read section. Which place it has is written where a proof of the fast path
 * would be: those are written only after the connection was seen established, when it has left.
 */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "conn.h"
#include "net.h"
#include "opening.h"

#define TRIES	8U	/* places that are asked before somebody has to go */
#define LOOK	64U	/* places that are looked at for one that can go */

struct baton_openings {
	struct rcu_head		rcu;
	u32			max;
	atomic_t		next;
	struct baton_conn	*place[];	/* cmpxchg(), xchg() */
};

/* Places that new connections get: those behind them empty with time. */
static u32 room(const struct baton_net *bn, const struct baton_openings *ring)
{
	return unlikely(baton_defence_lasts(&bn->defence)) ? max(ring->max / 8, 1U) : ring->max;
}

struct baton_conn *baton_opening_enter(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_openings *ring = rcu_dereference(bn->openings);
	u32 first, max, at, i;

	lockdep_assert_held(&conn->lock);
	if (!ring)
		return NULL;
	max = room(bn, ring);
	first = (u32)atomic_inc_return(&ring->next);
	for (i = 0; i < min(TRIES, max); i++) {
		at = (first + i) % max;
		if (!cmpxchg(&ring->place[at], NULL, conn)) {
			conn->place = at + 1;
			return NULL;
		}
	}
	at = first % max;
	conn->place = at + 1;
	return xchg(&ring->place[at], conn);
}

/*
 * After a change of the ring's size the place is one of the old ring, or another's. A connection
 * that was established and begins anew has no place, but a proof where it would be: not its own either.
 */
void baton_opening_leave(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_openings *ring = rcu_dereference(bn->openings);
	u32 place = READ_ONCE(conn->place);

	lockdep_assert_held(&conn->lock);
	if (ring && place && place <= ring->max)
		cmpxchg(&ring->place[place - 1], conn, NULL);
	WRITE_ONCE(conn->place, 0);
}

bool baton_opening_reclaim(struct baton_net *bn)
{
	struct baton_openings *ring = rcu_dereference(bn->openings);
	struct baton_conn *conn;
	u32 first, i;

	if (!ring)
		return false;
	first = (u32)atomic_read(&ring->next) + 1;
	for (i = 0; i < min(LOOK, ring->max); i++) {
		conn = READ_ONCE(ring->place[(first + i) % ring->max]);
		if (conn && baton_conn_kill_opening(bn, conn))
			return true;
	}
	atomic_add(i, &ring->next);	/* the next one looks further */
	return false;
}

int baton_opening_set(struct baton_net *bn, u32 max, struct netlink_ext_ack *extack)
{
	struct baton_openings *ring = NULL, *old;

	old = rcu_dereference_protected(bn->openings, lockdep_is_held(&bn->config_mutex));
	if (max == (old ? old->max : 0)) {
		bn->opening_max = max;
		return 0;
	}
	if (max) {
		ring = kvzalloc(struct_size(ring, place, max), GFP_KERNEL);
		if (!ring) {
			NL_SET_ERR_MSG(extack, "there is no memory for so many opening connections");
			return -ENOMEM;
		}
		ring->max = max;
	}
	bn->opening_max = max;
	rcu_assign_pointer(bn->openings, ring);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

int baton_opening_start(struct baton_net *bn)
{
	return baton_opening_set(bn, bn->opening_max, NULL);
}

void baton_opening_net_exit(struct baton_net *bn)
{
	kvfree(rcu_dereference_protected(bn->openings, true));
}
