// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: changing, killing and freeing them. How they begin: conn_make.c; where they are found:
 * conn_table.c.
 */
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "conn.h"
#include "conn_find.h"
#include "conn_make.h"
#include "conn_table.h"
#include "conn_wheel.h"
#include "core/tcp_state.h"
#include "net.h"
#include "nl.h"
#include "opening.h"
#include "service.h"
#include "sync.h"

void baton_conn_tuple(const struct baton_conn *conn, enum baton_dir dir, struct baton_tuple *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (likely(conn->family == AF_INET))
		baton_conn_key(ret, conn, AF_INET, dir);
	else
		baton_conn_key(ret, conn, AF_INET6, dir);
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
		baton_conn_recount(conn, active ? 1 : -1, active ? -1 : 1);
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
	baton_conn_recount(conn, -active, -!active);
	spin_unlock_bh(&conn->lock);

	if (unlikely(test_bit(BATON_CONN_TRACKED, &conn->flags)) && baton_track_on(&bn->track))
		baton_track_forget(bn, conn);
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

/*
 * What is dead waits in its CPU's list, and a worker for one grace period for all that it found there.
 * Callbacks of RCU would run in softirq, one after the other: when a million connections
 * end in the same second packets would stand still for as long.
 */
struct grave {
	struct llist_head	dead;
	struct llist_node	*taken;		/* worker only */
};
static DEFINE_PER_CPU(struct grave, graves);

static void free_taken(struct llist_node *list)
{
	struct baton_conn *conn, *next;

	llist_for_each_entry_safe(conn, next, list, dead) {
		baton_server_put(conn->server);
		baton_conn_release(conn);
		cond_resched();
	}
}

static void free_work_fn(struct work_struct *work)
{
	struct grave *grave;
	int cpu;

	for_each_possible_cpu(cpu) {
		grave = per_cpu_ptr(&graves, cpu);
		grave->taken = llist_del_all(&grave->dead);
	}
	synchronize_rcu();
	for_each_possible_cpu(cpu)
		free_taken(per_cpu_ptr(&graves, cpu)->taken);
}
static DECLARE_WORK(free_work, free_work_fn);

void baton_conn_free(struct baton_conn *conn)
{
	/* only the first after the worker took the list wakes it */
	if (llist_add(&conn->dead, &raw_cpu_ptr(&graves)->dead))
		queue_work(system_unbound_wq, &free_work);
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

int __init baton_conn_module_init(void)
{
	int err = baton_conn_make_init();

	if (!err)
		baton_table_module_init();
	return err;
}

/* A connection may have had the last reference to its server, whose callback then is still to come. */
void baton_conn_module_exit(void)
{
	flush_work(&free_work);
	rcu_barrier();
	baton_conn_make_exit();
}
