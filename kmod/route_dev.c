// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that go.
 *
 * The route of an IPv6 server behind direct routing belongs to no table, so nothing but
 * its holder can let it go, and it keeps its device from going: hence servers get new, empty
 * caches when a device leaves, after all others have forgotten it.
 */
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include "net.h"
#include "path.h"
#include "service.h"

/* Called for each server that a packet could use. */
static void each_server(struct baton_net *bn, void (*fn)(struct baton_server *server))
{
	struct baton_service *svc;
	struct baton_server *server;
	int i;

	lockdep_assert_held(&bn->config_mutex);
	for (i = 0; i < ARRAY_SIZE(bn->services); i++)
		hlist_for_each_entry(svc, &bn->services[i], node)
			list_for_each_entry(server, &svc->servers, list)
				if (server->family == AF_INET6)
					fn(server);
}

/*
 * A packet that runs now reads the pointer more than once, and gets old or new. Without
 * memory the old one stays, until the next packet finds its route obsolete.
 */
static void exchange(struct baton_server *server)
{
	unsigned int i;

	baton_fast_forget(server);
	for (i = 0; i < ARRAY_SIZE(server->dst); i++)
		if (!dst_cache_init(&server->spare[i], GFP_KERNEL))
			server->spare[i].cache = xchg(&server->dst[i].cache, server->spare[i].cache);
}

static void let_go(struct baton_server *server)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(server->spare); i++) {
		dst_cache_destroy(&server->spare[i]);
		server->spare[i].cache = NULL;
	}
}

static void drop(struct baton_server *server)
{
	unsigned int i;

	baton_fast_forget(server);
	for (i = 0; i < ARRAY_SIZE(server->dst); i++)
		dst_cache_reset_now(&server->dst[i]);
}

/* Devices go before services do, and nobody is left who could use a route. */
void baton_route_net_exit(struct baton_net *bn)
{
	each_server(bn, drop);
}

static int on_event(struct notifier_block *block, unsigned long event, void *info)
{
	struct baton_net *bn = baton_net(dev_net(netdev_notifier_info_to_dev(info)));

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&bn->config_mutex);
	if (bn->hooked_v6) {
		baton_fast_forget_ways(bn);
		each_server(bn, exchange);
		synchronize_rcu_expedited();
		each_server(bn, let_go);
	}
	mutex_unlock(&bn->config_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call	= on_event,
	.priority	= INT_MIN,	/* the routing tables first */
};

int __init baton_route_module_init(void)
{
	return register_netdevice_notifier(&notifier);
}

void baton_route_module_exit(void)
{
	unregister_netdevice_notifier(&notifier);
}
