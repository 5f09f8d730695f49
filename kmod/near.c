// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours of a standby: see near.h. */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/neighbour.h>
#include "conn.h"
#include "near.h"
#include "net.h"
#include "path.h"
#include "service.h"
#include "vip.h"

/* Shorter than the time after which neighbours that nobody uses may be forgotten (a minute). */
#define ROUND	(10 * HZ)

/* Clients in a round: what of them remains in a neighbour table is far from its limits. */
#define CLIENTS	64

/* Steps of the walk in a round: a quarter of a million buckets, should most of them hold nothing that matters. */
#define STEPS	4096

/*
 * Would the question leave? One that does not, for want of an address to ask with, is not only in vain: the first
 * packets would wait for its answer.
 */
static bool may_ask(struct baton_net *bn, const struct dst_entry *dst, const struct neighbour *neigh)
{
	union baton_addr own = {};
	struct in6_addr source;
	bool guarded;
	__be32 target;

	if (dst->dev->flags & (IFF_NOARP | IFF_LOOPBACK) || baton_route_is_local(dst))
		return false;
	/* what ndisc_solicit() takes: the link-local one, once nobody else is known to have it */
	if (neigh->tbl->family == AF_INET6)
		return !ipv6_dev_get_saddr(bn->net, dst->dev, &in6addr_linklocal_allnodes, 0, &source) &&
		       ipv6_addr_type(&source) & IPV6_ADDR_LINKLOCAL;
	/* what arp_solicit() takes */
	memcpy(&target, neigh->primary_key, sizeof(target));
	own.v4 = inet_select_addr(dst->dev, target, RT_SCOPE_LINK);
	rcu_read_lock();
	guarded = baton_vip_guarded(bn, AF_INET, &own);
	rcu_read_unlock();
	return own.v4 && !guarded;
}

/*
 * A question is sent only about who is not known, or has not been heard of lately. Who does not
 * answer is asked again in the next round.
 */
static void look_up(struct baton_net *bn, u8 family, const void *addr)
{
	struct dst_entry *dst = baton_route_to(bn->net, family, NULL, addr);
	struct neighbour *neigh;

	if (!dst)
		return;
	neigh = dst_neigh_lookup(dst, addr);
	if (neigh) {
		if (may_ask(bn, dst, neigh))
			neigh_event_send(neigh, NULL);
		neigh_release(neigh);
	}
	dst_release(dst);
}

static void look_up_servers(struct baton_net *bn)
{
	struct baton_server *server;
	struct baton_service *svc;
	int i;

	mutex_lock(&bn->config_mutex);
	for (i = 0; i < ARRAY_SIZE(bn->services); i++) {
		hlist_for_each_entry(svc, &bn->services[i], node) {
			list_for_each_entry(server, &svc->servers, list) {
				look_up(bn, server->family, &server->addr);
				cond_resched();
			}
		}
	}
	mutex_unlock(&bn->config_mutex);
}

struct clients {
	struct baton_net	*bn;
	unsigned int		left;
};

/* Servers that answer directly find their clients themselves. */
static bool look_up_client(struct baton_conn *conn, void *arg)
{
	struct clients *clients = arg;

	if (conn->method != BATON_METHOD_NAT || baton_conn_is_template(conn))
		return true;
	look_up(clients->bn, conn->family, baton_conn_addr(conn, BATON_ADDR_CLIENT));
	if (clients->left)
		clients->left--;
	return clients->left;
}

static void look_up_clients(struct baton_net *bn)
{
	struct clients clients = { .bn = bn, .left = CLIENTS };
	int i;

	for (i = 0; i < STEPS && clients.left; i++) {
		bn->near.cursor = baton_conn_walk(bn, bn->near.cursor, look_up_client, &clients);
		if (!bn->near.cursor)
			break;
		cond_resched();
	}
}

static void work(struct work_struct *w)
{
	struct baton_near *near = container_of(to_delayed_work(w), struct baton_near, work);
	struct baton_net *bn = container_of(near, struct baton_net, near);

	if (baton_gate_open(&bn->gate))
		return;
	look_up_servers(bn);
	look_up_clients(bn);
	queue_delayed_work(system_power_efficient_wq, &near->work, ROUND);
}

/* Not at once: a handover has better things to do, and its servers are known. */
void baton_near_begin(struct baton_net *bn)
{
	queue_delayed_work(system_power_efficient_wq, &bn->near.work, HZ);
}

void baton_near_net_init(struct baton_net *bn)
{
	INIT_DELAYED_WORK(&bn->near.work, work);
}

void baton_near_net_exit(struct baton_net *bn)
{
	cancel_delayed_work_sync(&bn->near.work);
}
