// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expected data connections: a small table under one lock, by client. Few packets come here: what
 * announces one, and, while anybody waits, what opens a connection.
 */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include "conn.h"
#include "expect.h"
#include "net.h"
#include "range.h"
#include "service.h"

#define WAIT	(60 * HZ)	/* for whoever was told to connect */
#define MOST	65536U		/* expectations of a namespace; a control connection has few */
#define TRIES	64		/* ports of the virtual address */

struct expect {
	struct hlist_node	node;
	struct baton_expected	is;
	struct baton_tuple	data;	/* client -> virtual address, once it was taken */
	bool			taken;
	u32			until;	/* jiffies; before */
};

static struct hlist_head *bucket_of(struct baton_net *bn, const union baton_addr *client)
{
	u32 hash = jhash2((const u32 *)client, sizeof(*client) / sizeof(u32), 0);

	return &bn->expects.bucket[hash >> (32 - BATON_EXPECT_HASH_BITS)];
}

static bool same_end(const union baton_addr *a, __be16 a_port, const union baton_addr *b,
		     __be16 b_port, u8 family)
{
	return a_port == b_port && baton_addr_equal(a, b, family);
}

static bool same_tuple(const struct baton_tuple *a, const struct baton_tuple *b)
{
	return a->family == b->family &&
	       same_end(&a->saddr, a->sport, &b->saddr, b->sport, a->family) &&
	       same_end(&a->daddr, a->dport, &b->daddr, b->dport, a->family);
}

static void drop(struct baton_net *bn, struct expect *e)
{
	lockdep_assert_held(&bn->expects.lock);
	bn->expects.count--;
	if (!e->taken)
		WRITE_ONCE(bn->expects.waiting, bn->expects.waiting - 1);
	hlist_del(&e->node);
	kfree(e);
}

/* The client may not be told the same port for two servers, nor that of a service. */
static bool is_free(struct baton_net *bn, const struct baton_expected *new, __be16 port)
{
	const struct baton_tuple *control = &new->control;
	struct baton_service_key key = {
		.addr = control->daddr, .port = port,
		.family = control->family, .protocol = control->protocol,
	};
	const struct expect *e;

	hlist_for_each_entry(e, bucket_of(bn, &control->saddr), node)
		if (!e->taken && !e->is.active && e->is.control.family == control->family &&
		    baton_addr_equal(&e->is.control.saddr, &control->saddr, control->family) &&
		    same_end(&e->is.control.daddr, e->is.vport, &control->daddr, port,
			     control->family))
			return false;
	return !baton_service_find_rcu(bn, &key) && !baton_range_service_rcu(bn, &key);
}

/* One after the other, of the same number of digits; unprivileged ones have four or five. */
static __be16 choose_port(struct baton_net *bn, const struct baton_expected *new)
{
	u32 wish = ntohs(new->vport), low = wish < 10000 ? 1024 : 10000;
	u32 many = wish < 10000 ? 10000 - 1024 : 65536 - 10000;
	__be16 port;
	u32 i;

	for (i = 0; i < TRIES; i++) {
		port = htons(low + (wish - low + i) % many);
		if (is_free(bn, new, port))
			return port;
	}
	return 0;
}

/* A reply that is sent again has to say what it said; anything else is a change of mind. */
static struct expect *find_same(struct baton_net *bn, const struct baton_expected *new)
{
	struct expect *e, *same = NULL;
	struct hlist_node *next;

	hlist_for_each_entry_safe(e, next, bucket_of(bn, &new->control.saddr), node) {
		if (e->taken || !same_tuple(&e->is.control, &new->control))
			continue;
		if (e->is.active == new->active && e->is.port == new->port)
			same = e;
		else
			drop(bn, e);
	}
	return same;
}

static struct expect *make(struct baton_net *bn, const struct baton_expected *new)
{
	struct expect *e;
	__be16 port = new->vport;

	if (bn->expects.count >= MOST)
		return NULL;
	if (!new->active)
		port = choose_port(bn, new);
	e = port ? kzalloc(sizeof(*e), GFP_ATOMIC | __GFP_NOWARN) : NULL;
	if (!e)
		return NULL;
	e->is = *new;
	e->is.vport = port;
	hlist_add_head(&e->node, bucket_of(bn, &new->control.saddr));
	bn->expects.count++;
	WRITE_ONCE(bn->expects.waiting, bn->expects.waiting + 1);
	return e;
}

__be16 baton_expect_add(struct baton_net *bn, const struct baton_expected *new)
{
	struct baton_expects *x = &bn->expects;
	struct expect *e;
	__be16 port = 0;

	spin_lock_bh(&x->lock);
	e = find_same(bn, new) ?: make(bn, new);
	if (e) {
		e->until = (u32)jiffies + WAIT;
		port = e->is.vport;
	}
	spin_unlock_bh(&x->lock);
	if (port)
		queue_delayed_work(system_unbound_wq, &x->work, HZ);
	return port;
}

static bool is_it(const struct expect *e, const struct baton_tuple *tuple, bool active)
{
	const struct baton_tuple *control = &e->is.control;
	u8 family = tuple->family;

	if (e->taken || e->is.active != active || control->family != family)
		return false;
	if (active)
		return same_end(&control->saddr, e->is.port, &tuple->daddr, tuple->dport, family) &&
		       baton_addr_equal(&e->is.server, &tuple->saddr, family);
	return baton_addr_equal(&control->saddr, &tuple->saddr, family) &&
	       same_end(&control->daddr, e->is.vport, &tuple->daddr, tuple->dport, family);
}

/* Active: a server that uses another port than the usual one is seen with that. */
static void take(struct expect *e, const struct baton_tuple *tuple)
{
	e->taken = true;
	e->data = e->is.control;
	if (!e->is.active) {
		e->data.sport = tuple->sport;
	} else {
		e->data.sport = e->is.port;
		if (tuple->sport != e->is.from)
			e->is.vport = tuple->sport;
	}
	e->data.dport = e->is.vport;
}

bool baton_expect_take(struct baton_net *bn, const struct baton_tuple *tuple, bool active,
		       struct baton_expected *ret)
{
	const union baton_addr *client = active ? &tuple->daddr : &tuple->saddr;
	struct baton_expects *x = &bn->expects;
	struct expect *e;
	bool found = false;

	spin_lock_bh(&x->lock);
	hlist_for_each_entry(e, bucket_of(bn, client), node) {
		if (!is_it(e, tuple, active))
			continue;
		take(e, tuple);
		WRITE_ONCE(x->waiting, x->waiting - 1);
		*ret = e->is;
		found = true;
		break;
	}
	spin_unlock_bh(&x->lock);
	return found;
}

static struct baton_conn *find_conn(struct baton_net *bn, const struct baton_tuple *tuple)
{
	struct baton_conn *conn;
	enum baton_dir dir;

	conn = baton_conn_lookup(bn, tuple, &dir);
	return conn && dir == BATON_TO_SERVER ? conn : NULL;
}

/* While data flows nothing is said on the control connection: it is as young as its data. RCU. */
static bool is_over(struct baton_net *bn, const struct expect *e)
{
	struct baton_conn *data, *control;
	u32 used;

	if (!e->taken)
		return (s32)((u32)jiffies - e->until) > 0;
	data = find_conn(bn, &e->data);
	control = find_conn(bn, &e->is.control);
	if (!data || !control)
		return true;
	used = READ_ONCE(data->used);
	if ((s32)(used - READ_ONCE(control->used)) > 0)
		WRITE_ONCE(control->used, used);
	return false;
}

static void look_after(struct work_struct *work)
{
	struct baton_expects *x = container_of(to_delayed_work(work), struct baton_expects, work);
	struct baton_net *bn = container_of(x, struct baton_net, expects);
	struct hlist_node *next;
	struct expect *e;
	bool more;
	int i;

	for (i = 0; i < ARRAY_SIZE(x->bucket); i++) {
		rcu_read_lock();
		spin_lock_bh(&x->lock);
		hlist_for_each_entry_safe(e, next, &x->bucket[i], node)
			if (is_over(bn, e))
				drop(bn, e);
		more = x->count;
		spin_unlock_bh(&x->lock);
		rcu_read_unlock();
		cond_resched();
	}
	if (more)
		queue_delayed_work(system_unbound_wq, &x->work, HZ);
}

void baton_expect_net_init(struct baton_net *bn)
{
	spin_lock_init(&bn->expects.lock);
	INIT_DELAYED_WORK(&bn->expects.work, look_after);
}

void baton_expect_net_exit(struct baton_net *bn)
{
	struct hlist_node *next;
	struct expect *e;
	int i;

	cancel_delayed_work_sync(&bn->expects.work);
	spin_lock_bh(&bn->expects.lock);
	for (i = 0; i < ARRAY_SIZE(bn->expects.bucket); i++)
		hlist_for_each_entry_safe(e, next, &bn->expects.bucket[i], node)
			drop(bn, e);
	spin_unlock_bh(&bn->expects.lock);
}
