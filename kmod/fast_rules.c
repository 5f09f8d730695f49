// SPDX-License-Identifier: GPL-2.0-only
/*
 * What voids the proofs of the fast path.
 *
 * Changes of routes, addresses and links, and of our own services and servers, are numbers
 * that packets compare. Of nftables (and iptables on top of it) we hear by its own announcements,
 * synchronously with the commit. What nobody announces, such as legacy iptables, sets of ipset, or
 * rules that depend on the time, holds at most TICK.
 */
#include <linux/net.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "fast.h"
#include "net.h"
#include "opening.h"

#define TICK (60 * HZ)

/*
 * The generation goes first, then what packets compare: who finds the new numbers finds the new
 * generation, too.
 */
static void begin(struct baton_net *bn)
{
	struct baton_fast *fast = &bn->fast;
	int routes_v4 = rt_genid_ipv4(bn->net);
	int routes_v6 = rt_genid_ipv6(bn->net);
	u32 config = READ_ONCE(bn->generation);

	lockdep_assert_held(&fast->lock);
	/* 0 is a stop: at the end of the numbers the worker begins anew */
	if (fast->gen)
		WRITE_ONCE(fast->gen, fast->gen < BATON_FAST_GEN_MAX ? fast->gen + 1 : 0);
	if (!fast->gen && fast->ways)
		mod_delayed_work(system_unbound_wq, &fast->tick, 0);
	smp_wmb();	/* pairs with the reader in fast.c */
	WRITE_ONCE(fast->routes_v4, routes_v4);
	WRITE_ONCE(fast->routes_v6, routes_v6);
	WRITE_ONCE(fast->config, config);
}

void baton_fast_flush(struct baton_net *bn)
{
	spin_lock_bh(&bn->fast.lock);
	begin(bn);
	spin_unlock_bh(&bn->fast.lock);
}

u32 baton_fast_refresh(struct baton_net *bn, u8 family)
{
	struct baton_fast *fast = &bn->fast;

	if (!baton_fast_current(fast, bn->net, family, READ_ONCE(bn->generation)))
		baton_fast_flush(bn);
	smp_rmb();	/* pairs with begin() */
	return READ_ONCE(fast->gen);
}

void baton_fast_switch(struct baton_net *bn, bool on)
{
	WRITE_ONCE(bn->fast.on, on);
	baton_fast_flush(bn);
}

/* One that is opening keeps its place there, and loses it with its state, as it would its proof. */
static bool unprove(struct baton_conn *conn, void *arg)
{
	spin_lock_bh(&conn->lock);
	if (!baton_opening_possible(conn->state))
		WRITE_ONCE(conn->proof[BATON_TO_SERVER], 0);
	WRITE_ONCE(conn->proof[BATON_TO_CLIENT], 0);
	spin_unlock_bh(&conn->lock);
	return true;
}

/* All numbers were used: no connection may keep one of them. */
static void renumber(struct baton_net *bn)
{
	u64 cursor = 0;

	synchronize_rcu();	/* packets that prove something with the last number */
	do {
		cursor = baton_conn_walk(bn, cursor, unprove, NULL);
		cond_resched();
	} while (cursor);
	spin_lock_bh(&bn->fast.lock);
	WRITE_ONCE(bn->fast.gen, 1);
	spin_unlock_bh(&bn->fast.lock);
}

static void tick(struct work_struct *work)
{
	struct baton_fast *fast = container_of(to_delayed_work(work), struct baton_fast, tick);
	struct baton_net *bn = container_of(fast, struct baton_net, fast);

	if (READ_ONCE(fast->gen))
		baton_fast_flush(bn);
	if (!READ_ONCE(fast->gen))
		renumber(bn);
	queue_delayed_work(system_unbound_wq, &fast->tick, TICK);
}

/* Softirq or process context, from whoever announces. The words do not matter. */
static void rules_changed(struct sock *sk)
{
	skb_queue_purge(&sk->sk_receive_queue);
	baton_fast_flush(baton_net(sock_net(sk)));
}

static int listen(struct baton_net *bn)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1U << (NFNLGRP_NFTABLES - 1),
	};
	struct socket *sock;
	int err;

	err = sock_create_kern(bn->net, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, &sock);
	if (err == -EPROTONOSUPPORT)
		return 0;	/* a kernel without nftables */
	if (err)
		return err;
	sock->sk->sk_data_ready = rules_changed;
	sock->sk->sk_error_report = rules_changed;
	err = kernel_bind(sock, (struct sockaddr *)&addr, sizeof(addr));
	if (err) {
		sock_release(sock);
		return err;
	}
	bn->fast.rules = sock;
	return 0;
}

void baton_fast_net_init(struct baton_net *bn)
{
	struct baton_fast *fast = &bn->fast;

	fast->on = true;
	fast->gen = 1;
	spin_lock_init(&fast->lock);
	INIT_DELAYED_WORK(&fast->tick, tick);
}

int baton_fast_start(struct baton_net *bn)
{
	struct baton_fast *fast = &bn->fast;
	int err;

	fast->ways = kcalloc(BATON_FAST_WAYS, sizeof(*fast->ways), GFP_KERNEL);
	if (!fast->ways)
		return -ENOMEM;
	err = listen(bn);
	if (err) {
		kfree(fast->ways);
		fast->ways = NULL;
		return err;
	}
	baton_fast_flush(bn);	/* what was proven with the last hooks is not any more */
	queue_delayed_work(system_unbound_wq, &fast->tick, TICK);
	return 0;
}

/*
 * The barrier is for routes of IPv6, which have to be let go before their namespace is gone:
 * ways that were replaced lately wait for their grace period.
 */
void baton_fast_stop(struct baton_net *bn)
{
	struct baton_fast *fast = &bn->fast;
	struct baton_fast_way __rcu **ways;

	if (fast->rules)
		sock_release(fast->rules);
	fast->rules = NULL;
	baton_fast_forget_ways(bn);
	spin_lock_bh(&fast->lock);
	ways = fast->ways;
	fast->ways = NULL;	/* the worker is not called any more */
	spin_unlock_bh(&fast->lock);
	cancel_delayed_work_sync(&fast->tick);
	if (!fast->gen)
		renumber(bn);
	rcu_barrier();
	kfree(ways);
}
