/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a connection begins: memory, what stands in it, publication. Inline, so that the
 * compiler sees all of it where a packet begins one: every new client waits for that. Between
 * conn_make.c, conn_open.c and conn.c only.
 *
 * Each processor has memory for some connections at hand, which it fetches several at a time: that
 * costs less than one by one.
 */
#ifndef BATON_CONN_MAKE_H
#define BATON_CONN_MAKE_H

#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "conn.h"
#include "conn_link.h"
#include "conn_wheel.h"
#include "core/tcp_state.h"
#include "destset.h"
#include "net.h"
#include "nl.h"
#include "opening.h"
#include "service.h"

#define BATON_CONN_FETCH 16U

/** struct baton_conn_spare - what a processor has at hand; BH off */
struct baton_conn_spare {
	u32	count;
	void	*conn[BATON_CONN_FETCH];
};

DECLARE_PER_CPU(struct baton_conn_spare, baton_spare_v4);
DECLARE_PER_CPU(struct baton_conn_spare, baton_spare_v6);

/** Zeroed memory for some connections. False: there is none. */
bool baton_conn_fetch(u8 family, struct baton_conn_spare *spare);
/** Give its memory back: nobody sees it any more. Any context. */
void baton_conn_release(struct baton_conn *conn);
int baton_conn_make_init(void);
void baton_conn_make_exit(void);	/* after the last connection */

/** baton_conn_recount - as baton_server_recount(); but a template does not load its server */
static __always_inline void baton_conn_recount(struct baton_conn *conn, int active, int inactive)
{
	if (likely(!baton_conn_is_template(conn)))
		baton_server_recount(conn->server, active, inactive);
}

static __always_inline struct baton_conn *baton_conn_alloc(u8 family)
{
	bool v4 = likely(family == AF_INET);
	struct baton_conn_spare *spare = v4 ? this_cpu_ptr(&baton_spare_v4) :
					      this_cpu_ptr(&baton_spare_v6);

	lockdep_assert(in_softirq());	/* or BH off */
	if (unlikely(!spare->count) && !baton_conn_fetch(family, spare))
		return NULL;
	return spare->conn[--spare->count];
}

static __always_inline void baton_conn_put_addrs(struct baton_conn *conn,
						 const struct baton_tuple *client,
						 const union baton_addr *daddr)
{
	__be32 *v4 = (__be32 *)conn->addr;

	if (likely(client->family == AF_INET)) {
		v4[BATON_ADDR_CLIENT] = client->saddr.v4;
		v4[BATON_ADDR_VIRTUAL] = client->daddr.v4;
		v4[BATON_ADDR_SERVER] = daddr->v4;
	} else {
		memcpy(conn->addr, client->saddr.bytes, 16);
		memcpy(conn->addr + 16, client->daddr.bytes, 16);
		memcpy(conn->addr + 32, daddr->bytes, 16);
	}
}

static __always_inline unsigned long baton_conn_flags(const struct baton_conn_new *args,
						      bool template)
{
	const struct baton_service *svc = args->server->service;
	unsigned long flags = baton_state_active(args->state) ? BIT(BATON_CONN_ACTIVE) : 0;

	if (args->learned)
		flags |= BIT(BATON_CONN_LEARNED);
	if (args->unsynced || READ_ONCE(svc->flags) & BATON_SERVICE_F_NOSYNC)
		flags |= BIT(BATON_CONN_NOSYNC);
	if (likely(!READ_ONCE(svc->sync_after)))
		return flags;
	/* a template is there to outlive connections, however short they are */
	if (!args->learned && !template)
		flags |= BIT(BATON_CONN_YOUNG);
	return flags;
}

/** baton_conn_fill - what does not change; @conn is zeroed and has room for its addresses. */
static __always_inline void baton_conn_fill(struct baton_conn *conn,
					    const struct baton_conn_new *args)
{
	const struct baton_tuple *client = args->client;
	struct baton_server *server = args->server;
	u8 protocol = client->protocol;
	bool template = protocol & BATON_PROTOCOL_TEMPLATE;

	conn->cport = client->sport;
	conn->vport = client->dport;
	conn->dport = args->dport;
	conn->family = client->family;
	conn->protocol = protocol;
	conn->state = args->state;
	/* found from one side only, as a direct one is */
	if (unlikely(template))
		conn->method = BATON_METHOD_DR;
	else
		conn->method = args->learned ? args->method : READ_ONCE(server->method);
	conn->used = (u32)jiffies;
	conn->server = server;
	conn->flags = baton_conn_flags(args, template);
	baton_conn_put_addrs(conn, client, args->daddr);
}

/** baton_conn_publish - the lock is held until the connection is on the wheel: a kill has to wait for that. */
static __always_inline int baton_conn_publish(struct baton_net *bn, struct baton_conn *conn, u32 hash)
{
	bool two = likely(conn->family == AF_INET) && conn->method == BATON_METHOD_NAT;
	u32 hash_out = two ? baton_conn_hash_of(conn, AF_INET, BATON_TO_CLIENT) : 0;
	bool active = test_bit(BATON_CONN_ACTIVE, &conn->flags);
	struct baton_conn *victim = NULL;
	int err;

	spin_lock(&conn->lock);
	err = baton_table_add(bn, conn, hash, hash_out);
	if (!err) {
		baton_wheel_add(bn, conn);
		baton_conn_recount(conn, active, !active);
		if (baton_state_opening(conn->state))
			victim = baton_opening_enter(bn, conn);
	}
	spin_unlock(&conn->lock);
	if (unlikely(victim))
		baton_conn_kill_opening(bn, victim);
	return err;
}

/** baton_conn_begin - baton_conn_insert(), in place */
static __always_inline struct baton_conn *
baton_conn_begin(struct baton_net *bn, const struct baton_conn_new *args, u32 hash)
{
	struct baton_server *server = args->server;
	struct baton_conn *conn;
	int err;

	lockdep_assert(in_softirq());	/* or BH off */
	if (READ_ONCE(server->dead) || !refcount_inc_not_zero(&server->refs))
		return ERR_PTR(-ENOENT);
	conn = baton_conn_alloc(args->client->family);
	if (unlikely(!conn)) {
		err = -ENOMEM;
		goto err_alloc;
	}
	spin_lock_init(&conn->lock);
	baton_conn_fill(conn, args);
	err = baton_conn_publish(bn, conn, hash);
	if (unlikely(err))
		goto err_publish;
	if (!args->untold)
		baton_nl_conn_event(bn, BATON_EVENT_NEW, conn);
	return conn;

err_publish:
	baton_conn_release(conn);
err_alloc:
	baton_server_put(server);
	return ERR_PTR(err);
}

#endif /* BATON_CONN_MAKE_H */
