/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that are opening: see opening.c. Inside rcu_read_lock() unless it says otherwise. */
#ifndef BATON_OPENING_H
#define BATON_OPENING_H

#include <linux/types.h>
#include <uapi/linux/baton.h>

struct baton_conn;
struct baton_net;
struct netlink_ext_ack;

#define BATON_OPENING_MAX	65536U		/* unless an administrator says otherwise */
#define BATON_OPENING_LIMIT	(1U << 22)

/**
 * baton_opening_possible - may a connection in this state have a place?
 *
 * A reset takes none out of its place: else a flood of SYNs with resets had no bound.
 */
static inline bool baton_opening_possible(u8 state)
{
	return state == BATON_STATE_TCP_SYN_RECV || state == BATON_STATE_TCP_CLOSE;
}

/**
 * baton_opening_enter - @conn begins; conn->lock held
 *
 * Return: a connection that has to go for it, see baton_conn_kill_opening(), or NULL.
 */
struct baton_conn *baton_opening_enter(struct baton_net *bn, struct baton_conn *conn);
/** @conn is not opening any more, or is being killed; conn->lock held. */
void baton_opening_leave(struct baton_net *bn, struct baton_conn *conn);
/** End one of the oldest that are opening. False: there is none. */
bool baton_opening_reclaim(struct baton_net *bn);
/**
 * baton_opening_set - at most @max may be opening from now on; 0: any number
 *
 * What is opening already is not counted. Process context, config_mutex.
 * Return: 0; -ENOMEM: nothing has changed.
 */
int baton_opening_set(struct baton_net *bn, u32 max, struct netlink_ext_ack *extack);
/** The first service is about to come. As above. */
int baton_opening_start(struct baton_net *bn);
/** After the last connection. */
void baton_opening_net_exit(struct baton_net *bn);

#endif /* BATON_OPENING_H */
