// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a connection begins: memory, what stands in it, publication. In one piece, since every new client
 * waits for all of it.
 *
 * Each processor has memory for some connections at hand, which it fetches several at a time: that
 * costs less than one by one.
 */
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "conn.h"
#include "conn_make.h"
#include "conn_table.h"
#include "core/tcp_state.h"
#include "net.h"
#include "nl.h"
#include "opening.h"
#include "service.h"

#define FETCH 16U

/* What a processor has at hand; BH off. */
struct spare {
	u32	count;
	void	*conn[FETCH];
};

static struct kmem_cache *cache_v4 __ro_after_init;
static struct kmem_cache *cache_v6 __ro_after_init;
static DEFINE_PER_CPU(struct spare, spare_v4);
static DEFINE_PER_CPU(struct spare, spare_v6);

/* A lock with a debugger's notes in it is larger than the kernel's own. */
#define NOTED_LOCKS (sizeof(spinlock_t) > sizeof(u32))
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 4 <= 128);
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 16 <= 192);

static noinline bool fetch(struct kmem_cache *cache, struct spare *spare)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN | __GFP_ZERO;

	spare->count = kmem_cache_alloc_bulk(cache, gfp, FETCH, spare->conn);
	if (unlikely(!spare->count)) {
		/* all or nothing: for one there may be room */
		spare->conn[0] = kmem_cache_alloc(cache, gfp);
		spare->count = !!spare->conn[0];
	}
	return spare->count;
}

static __always_inline struct baton_conn *alloc(u8 family)
{
	bool v4 = likely(family == AF_INET);
	struct spare *spare = v4 ? this_cpu_ptr(&spare_v4) : this_cpu_ptr(&spare_v6);

	lockdep_assert(in_softirq());	/* or BH off */
	if (unlikely(!spare->count) && !fetch(v4 ? cache_v4 : cache_v6, spare))
		return NULL;
	return spare->conn[--spare->count];
}

void baton_conn_release(struct baton_conn *conn)
{
	kmem_cache_free(conn->family == AF_INET ? cache_v4 : cache_v6, conn);
}

static __always_inline void put_addrs(struct baton_conn *conn, const struct baton_tuple *client,
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

static __always_inline unsigned long first_flags(const struct baton_conn_new *args, bool template)
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

/* What does not change; @conn is zeroed and has room for its addresses. */
static __always_inline void fill(struct baton_conn *conn, const struct baton_conn_new *args)
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
	conn->flags = first_flags(args, template);
	put_addrs(conn, client, args->daddr);
}

void baton_conn_once(struct baton_once *once, const struct baton_conn_new *args)
{
	struct baton_conn *conn = &once->conn;

	/* its addresses lie behind it, in the room; who checks the sizes of copies must not know better */
	OPTIMIZER_HIDE_VAR(conn);
	memset(once, 0, sizeof(*once));
	fill(conn, args);
}

static __always_inline struct baton_conn *make(const struct baton_conn_new *args)
{
	struct baton_conn *conn = alloc(args->client->family);

	if (!conn)
		return NULL;
	spin_lock_init(&conn->lock);
	fill(conn, args);
	return conn;
}

/* The lock is held until the connection is on the wheel: a kill has to wait for that. */
static __always_inline int publish(struct baton_net *bn, struct baton_conn *conn, u32 hash)
{
	bool active = test_bit(BATON_CONN_ACTIVE, &conn->flags);
	struct baton_conn *victim = NULL;
	int err;

	spin_lock(&conn->lock);
	err = baton_table_add(bn, conn, hash);
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

struct baton_conn *baton_conn_insert(struct baton_net *bn, const struct baton_conn_new *args, u32 hash)
{
	struct baton_server *server = args->server;
	struct baton_conn *conn;
	int err;

	lockdep_assert(in_softirq());	/* or BH off */
	if (READ_ONCE(server->dead) || !refcount_inc_not_zero(&server->refs))
		return ERR_PTR(-ENOENT);
	conn = make(args);
	if (!conn) {
		err = -ENOMEM;
		goto err_make;
	}
	err = publish(bn, conn, hash);
	if (unlikely(err))
		goto err_publish;
	if (!args->untold)
		baton_nl_conn_event(bn, BATON_EVENT_NEW, conn);
	return conn;

err_publish:
	baton_conn_release(conn);
err_make:
	baton_server_put(server);
	return ERR_PTR(err);
}

/* Aligned, so that a node's address tells its direction: see conn_table.c. */
static struct kmem_cache *make_cache(const char *name, u8 family)
{
	unsigned int align = family == AF_INET ? BATON_CONN_ALIGN_V4 : BATON_CONN_ALIGN_V6;
	size_t size = sizeof(struct baton_conn) + 3 * baton_addr_len(family);

	/* to the last byte: what is no multiple of words is slower to clear */
	return kmem_cache_create(name, ALIGN(size, align), align, 0, NULL);
}

int __init baton_conn_make_init(void)
{
	cache_v4 = make_cache("baton_conn_v4", AF_INET);
	if (!cache_v4)
		return -ENOMEM;
	cache_v6 = make_cache("baton_conn_v6", AF_INET6);
	if (!cache_v6) {
		kmem_cache_destroy(cache_v4);
		return -ENOMEM;
	}
	return 0;
}

static void give_back(struct kmem_cache *cache, struct spare *spare)
{
	while (spare->count)
		kmem_cache_free(cache, spare->conn[--spare->count]);
}

void baton_conn_make_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		give_back(cache_v4, per_cpu_ptr(&spare_v4, cpu));
		give_back(cache_v6, per_cpu_ptr(&spare_v6, cpu));
	}
	kmem_cache_destroy(cache_v6);
	kmem_cache_destroy(cache_v4);
}
