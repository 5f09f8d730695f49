// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: making, changing, killing and freeing them. Where they are found: conn_table.c.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "conn.h"
#include "conn_find.h"
#include "conn_table.h"
#include "core/tcp_state.h"
#include "net.h"
#include "nl.h"
#include "opening.h"
#include "service.h"
#include "sync.h"

static struct kmem_cache *cache_v4 __ro_after_init;
static struct kmem_cache *cache_v6 __ro_after_init;

/* A lock with a debugger's notes in it is larger than the kernel's own. */
#define NOTED_LOCKS (sizeof(spinlock_t) > sizeof(u32))
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 4 <= 128);
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 16 <= 192);

static struct kmem_cache *cache_of(u8 family)
{
	return family == AF_INET ? cache_v4 : cache_v6;
}

void baton_conn_tuple(const struct baton_conn *conn, enum baton_dir dir, struct baton_tuple *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (likely(conn->family == AF_INET))
		baton_conn_key(ret, conn, AF_INET, dir);
	else
		baton_conn_key(ret, conn, AF_INET6, dir);
}

static void put_addrs(struct baton_conn *conn, const struct baton_conn_new *args)
{
	__be32 *v4 = (__be32 *)conn->addr;

	if (likely(conn->family == AF_INET)) {
		v4[BATON_ADDR_CLIENT] = args->client.saddr.v4;
		v4[BATON_ADDR_VIRTUAL] = args->client.daddr.v4;
		v4[BATON_ADDR_SERVER] = args->daddr.v4;
	} else {
		memcpy(conn->addr, args->client.saddr.bytes, 16);
		memcpy(conn->addr + 16, args->client.daddr.bytes, 16);
		memcpy(conn->addr + 32, args->daddr.bytes, 16);
	}
}

/* What does not change; @conn is zeroed and has room for its addresses. */
static void fill(struct baton_conn *conn, const struct baton_conn_new *args)
{
	conn->cport = args->client.sport;
	conn->vport = args->client.dport;
	conn->dport = args->dport;
	conn->family = args->client.family;
	conn->protocol = args->client.protocol;
	conn->state = args->state;
	/* found from one side only, as a direct one is */
	if (baton_conn_is_template(conn))
		conn->method = BATON_METHOD_DR;
	else
		conn->method = args->learned ? args->method : READ_ONCE(args->server->method);
	conn->used = (u32)jiffies;
	conn->server = args->server;
	if (args->learned)
		__set_bit(BATON_CONN_LEARNED, &conn->flags);
	if (args->unsynced || READ_ONCE(args->server->service->flags) & BATON_SERVICE_F_NOSYNC)
		__set_bit(BATON_CONN_NOSYNC, &conn->flags);
	/* a template is there to outlive connections, however short they are */
	if (READ_ONCE(args->server->service->sync_after) && !args->learned &&
	    !baton_conn_is_template(conn))
		__set_bit(BATON_CONN_YOUNG, &conn->flags);
	if (baton_state_active(args->state))
		__set_bit(BATON_CONN_ACTIVE, &conn->flags);
	put_addrs(conn, args);
}

void baton_conn_once(struct baton_once *once, const struct baton_conn_new *args)
{
	memset(once, 0, sizeof(*once));
	fill(&once->conn, args);
}

static struct baton_conn *make(const struct baton_conn_new *args)
{
	struct baton_conn *conn;

	conn = kmem_cache_zalloc(cache_of(args->client.family), GFP_ATOMIC | __GFP_NOWARN);
	if (!conn)
		return NULL;
	spin_lock_init(&conn->lock);
	fill(conn, args);
	return conn;
}

/* A template does not load its server. */
static void recount(struct baton_conn *conn, int active, int inactive)
{
	if (likely(!baton_conn_is_template(conn)))
		baton_server_recount(conn->server, active, inactive);
}

/* The lock is held until the connection is on the wheel: a kill has to wait for that. */
static int publish(struct baton_net *bn, struct baton_conn *conn)
{
	bool active = test_bit(BATON_CONN_ACTIVE, &conn->flags);
	struct baton_conn *victim = NULL;
	int err;

	spin_lock_bh(&conn->lock);
	err = baton_table_add(bn, conn);
	if (!err) {
		baton_wheel_add(bn, conn);
		recount(conn, active, !active);
		if (baton_state_opening(conn->state))
			victim = baton_opening_enter(bn, conn);
	}
	spin_unlock_bh(&conn->lock);
	if (unlikely(victim))
		baton_conn_kill_opening(bn, victim);
	return err;
}

struct baton_conn *baton_conn_insert(struct baton_net *bn, const struct baton_conn_new *args)
{
	struct baton_server *server = args->server;
	struct baton_conn *conn;
	int err;

	if (READ_ONCE(server->dead) || !refcount_inc_not_zero(&server->refs))
		return ERR_PTR(-ENOENT);
	conn = make(args);
	if (!conn) {
		err = -ENOMEM;
		goto err_make;
	}
	err = publish(bn, conn);
	if (err)
		goto err_publish;
	baton_nl_conn_event(bn, BATON_EVENT_NEW, conn);
	return conn;

err_publish:
	kmem_cache_free(cache_of(conn->family), conn);
err_make:
	baton_server_put(server);
	return ERR_PTR(err);
}

static void change_state(struct baton_net *bn, struct baton_conn *conn, u8 state)
{
	bool active = baton_state_active(state);

	lockdep_assert_held(&conn->lock);
	if (baton_opening_possible(conn->state) && !baton_opening_possible(state))
		baton_opening_leave(bn, conn);
	/* pairs with baton_conn_state(): the place is gone */
	smp_store_release(&conn->state, state);
	if (active != test_bit(BATON_CONN_ACTIVE, &conn->flags)) {
		change_bit(BATON_CONN_ACTIVE, &conn->flags);
		recount(conn, active ? 1 : -1, active ? -1 : 1);
	}
	baton_conn_rearm(bn, conn);
}

bool baton_conn_change(struct baton_net *bn, struct baton_conn *conn, u8 from, u8 to)
{
	bool done;

	spin_lock_bh(&conn->lock);
	done = conn->state == from && !test_bit(BATON_CONN_DEAD, &conn->flags);
	if (done)
		change_state(bn, conn, to);
	spin_unlock_bh(&conn->lock);
	return done;
}

void baton_conn_set_state(struct baton_net *bn, struct baton_conn *conn, u8 state)
{
	spin_lock_bh(&conn->lock);
	if (conn->state != state && !test_bit(BATON_CONN_DEAD, &conn->flags))
		change_state(bn, conn, state);
	spin_unlock_bh(&conn->lock);
}

static bool kill(struct baton_net *bn, struct baton_conn *conn, bool only_opening)
{
	bool active;

	spin_lock_bh(&conn->lock);
	if ((only_opening && !baton_opening_possible(conn->state)) ||
	    test_and_set_bit(BATON_CONN_DEAD, &conn->flags)) {
		spin_unlock_bh(&conn->lock);
		return false;
	}
	if (baton_opening_possible(conn->state))
		baton_opening_leave(bn, conn);
	baton_table_del(bn, conn);
	baton_wheel_del(bn, conn);
	active = test_bit(BATON_CONN_ACTIVE, &conn->flags);
	recount(conn, -active, -!active);
	spin_unlock_bh(&conn->lock);

	baton_nl_conn_event(bn, BATON_EVENT_DELETE, conn);
	if (!baton_sync_bury(bn, conn))
		baton_conn_free(conn);
	return true;
}

void baton_conn_kill(struct baton_net *bn, struct baton_conn *conn)
{
	kill(bn, conn, false);
}

bool baton_conn_kill_opening(struct baton_net *bn, struct baton_conn *conn)
{
	bool killed = kill(bn, conn, true);

	if (killed)
		atomic64_inc(&bn->evicted);
	return killed;
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	struct baton_conn *conn = container_of(rcu, struct baton_conn, rcu);

	baton_server_put(conn->server);
	kmem_cache_free(cache_of(conn->family), conn);
}

void baton_conn_free(struct baton_conn *conn)
{
	call_rcu(&conn->rcu, free_rcu_cb);
}

static __always_inline void record_addr(union baton_addr *to, const struct baton_conn *conn,
					enum baton_conn_addr which)
{
	if (likely(conn->family == AF_INET)) {
		to->v6[0] = ((const __be32 *)conn->addr)[which];
		to->v6[1] = 0;
		to->v6[2] = 0;
		to->v6[3] = 0;
	} else {
		memcpy(to, conn->addr + 16 * which, sizeof(*to));
	}
}

/* Each member is written, once: this is done for every connection that the peer hears of. */
void baton_conn_record(struct baton_net *bn, const struct baton_conn *conn,
		       struct baton_conn_record *rec)
{
	const struct baton_server *server = conn->server;
	const struct baton_service_key *key = &server->service->key;
	unsigned long bits = READ_ONCE(conn->flags);
	u32 flags = 0;

	if (bits & BIT(BATON_CONN_LEARNED))
		flags |= BATON_CONN_F_LEARNED;
	if (bits & BIT(BATON_CONN_SYNCED))
		flags |= BATON_CONN_F_SYNCED;
	if (conn->method != BATON_METHOD_NAT)
		flags |= BATON_CONN_F_INPUT_ONLY;
	if (server->family != conn->family)
		flags |= BATON_CONN_F_MIXED;
	rec->version = 0;
	record_addr(&rec->caddr, conn, BATON_ADDR_CLIENT);
	record_addr(&rec->vaddr, conn, BATON_ADDR_VIRTUAL);
	rec->daddr = server->addr;
	rec->cport = conn->cport;
	rec->vport = conn->vport;
	rec->dport = conn->dport;
	rec->svc_port = key->port;
	rec->family = conn->family;
	rec->protocol = conn->protocol;
	rec->state = READ_ONCE(conn->state);
	rec->method = conn->method;
	rec->flags = flags;
	rec->timeout = baton_conn_timeout(bn, conn) / HZ;
	rec->idle = ((u32)jiffies - READ_ONCE(conn->used)) / HZ;
	rec->mark = key->mark;
	rec->reserved = 0;
}

struct kill_args {
	struct baton_net	*bn;
	bool			(*match)(struct baton_conn *conn, void *arg);
	void			*arg;
	u32			killed;
};

static bool kill_matching(struct baton_conn *conn, void *arg)
{
	struct kill_args *args = arg;

	if (!args->match || args->match(conn, args->arg)) {
		baton_conn_kill(args->bn, conn);
		args->killed++;
	}
	return true;
}

u32 baton_conn_kill_if(struct baton_net *bn, bool (*match)(struct baton_conn *conn, void *arg),
		       void *arg)
{
	struct kill_args args = { .bn = bn, .match = match, .arg = arg };
	u64 cursor = 0;

	might_sleep();
	do {
		cursor = baton_conn_walk(bn, cursor, kill_matching, &args);
		cond_resched();
	} while (cursor);
	return args.killed;
}

int baton_conn_net_init(struct baton_net *bn)
{
	int err;

	err = baton_table_net_init(bn);
	if (err)
		return err;
	err = baton_wheel_net_init(bn);	/* before the first packet: both or none */
	if (err)
		baton_table_net_exit(bn);
	return err;
}

void baton_conn_net_exit(struct baton_net *bn)
{
	baton_wheel_net_exit(bn);
	baton_conn_kill_if(bn, NULL, NULL);
	baton_table_net_exit(bn);
	baton_wheel_net_free(bn);
}

/* Aligned, so that a node's address tells its direction: see conn_table.c. */
static struct kmem_cache *make_cache(const char *name, u8 family)
{
	unsigned int align = family == AF_INET ? BATON_CONN_ALIGN_V4 : BATON_CONN_ALIGN_V6;

	return kmem_cache_create(name, sizeof(struct baton_conn) + 3 * baton_addr_len(family),
				 align, 0, NULL);
}

int __init baton_conn_module_init(void)
{
	cache_v4 = make_cache("baton_conn_v4", AF_INET);
	if (!cache_v4)
		return -ENOMEM;
	cache_v6 = make_cache("baton_conn_v6", AF_INET6);
	if (!cache_v6) {
		kmem_cache_destroy(cache_v4);
		return -ENOMEM;
	}
	baton_table_module_init();
	return 0;
}

/*
 * The callback of a connection may drop the last reference to its server, whose
 * own callback then is still to come: hence two barriers.
 */
void baton_conn_module_exit(void)
{
	rcu_barrier();
	rcu_barrier();
	kmem_cache_destroy(cache_v6);
	kmem_cache_destroy(cache_v4);
}
