// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real servers of a service.
 *
 * References: the service's list (present or gone) and each connection hold one. A server
 * that is removed while connections hold it moves to the list of gone servers; when the list's reference is
 * the last, the next change of the service folds its counters into the service's and lets go.
 */
#include <linux/ipv6.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/dst_cache.h>
#include "conn.h"
#include "destset.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "sip.h"
#include "service.h"

static bool is(const struct baton_server *server, u8 family, const union baton_addr *addr,
	       __be16 port)
{
	return server->port == port && server->family == family &&
	       baton_addr_equal(&server->addr, addr, family);
}

struct baton_server *baton_server_find(struct baton_service *svc, u8 family,
				       const union baton_addr *addr, __be16 port)
{
	struct baton_server *server;

	lockdep_assert_held(&svc->bn->config_mutex);
	list_for_each_entry(server, &svc->servers, list)
		if (is(server, family, addr, port))
			return server;
	return NULL;
}

struct baton_server *baton_server_get_rcu(struct baton_service *svc, u8 family,
					  const union baton_addr *addr, __be16 port)
{
	const struct baton_destset *set = rcu_dereference(svc->destset);
	struct baton_server *server;
	u32 i;

	for (i = 0; i < set->count; i++) {
		server = set->server[i];
		if (is(server, family, addr, port) && !READ_ONCE(server->dead) &&
		    refcount_inc_not_zero(&server->refs))
			return server;
	}
	return NULL;
}

struct baton_server *baton_server_get_any_rcu(struct baton_service *svc, u8 family,
					      const union baton_addr *addr)
{
	const struct baton_destset *set = rcu_dereference(svc->destset);
	struct baton_server *server;
	u32 i;

	for (i = 0; i < set->count; i++) {
		server = set->server[i];
		if (is(server, family, addr, server->port) && !READ_ONCE(server->dead) &&
		    refcount_inc_not_zero(&server->refs))
			return server;
	}
	return NULL;
}

static void free_routes(struct baton_server *server)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(server->dst); i++)
		dst_cache_destroy(&server->dst[i]);
}

/*
 * No packet uses the server any more. It may stay for long, for the sake of its dead connections,
 * and must not keep a device (see route_dev.c).
 */
static void drop_routes(struct baton_server *server)
{
	unsigned int i;

	baton_fast_forget(server);
	for (i = 0; i < ARRAY_SIZE(server->dst); i++)
		dst_cache_reset_now(&server->dst[i]);
}

static int make_routes(struct baton_server *server)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(server->dst) && !err; i++)
		err = dst_cache_init(&server->dst[i], GFP_KERNEL);
	if (err)
		free_routes(server);
	return err;
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	struct baton_server *server = container_of(rcu, struct baton_server, rcu);

	free_routes(server);
	baton_fast_forget(server);
	free_percpu(server->stats);
	baton_service_put(server->service);
	kfree(server);
}

void baton_server_put(struct baton_server *server)
{
	if (refcount_dec_and_test(&server->refs))
		call_rcu(&server->rcu, free_rcu_cb);
}

static struct baton_server *make(struct baton_service *svc, u8 family,
				 const union baton_addr *addr, __be16 port)
{
	struct baton_server *server = kzalloc(sizeof(*server), GFP_KERNEL);

	if (!server)
		return NULL;
	server->stats = baton_stats_alloc();
	if (!server->stats)
		goto err_stats;
	if (make_routes(server))
		goto err_routes;
	server->addr = *addr;
	server->port = port;
	server->family = family;
	server->index = U32_MAX;
	refcount_set(&server->refs, 1);
	server->service = svc;
	refcount_inc(&svc->refs);
	return server;

err_routes:
	free_percpu(server->stats);
err_stats:
	kfree(server);
	return NULL;
}

/* Nobody but the list knows it: its counters will not change any more. */
static void let_go(struct baton_service *svc, struct baton_server *server)
{
	struct baton_stats_sum sum = {};

	list_del(&server->list);
	baton_stats_add(&sum, server->stats);
	baton_stats_sum_add(&svc->past, &sum);
	baton_server_put(server);
}

void baton_server_reap(struct baton_service *svc)
{
	struct baton_server *server, *next;

	lockdep_assert_held(&svc->bn->config_mutex);
	list_for_each_entry_safe(server, next, &svc->gone, list)
		if (refcount_read(&server->refs) == 1)
			let_go(svc, server);
}

void baton_server_drop_all(struct baton_service *svc)
{
	struct baton_server *server, *next;

	lockdep_assert_held(&svc->bn->config_mutex);
	list_splice_init(&svc->servers, &svc->gone);
	svc->server_count = 0;
	list_for_each_entry_safe(server, next, &svc->gone, list) {
		drop_routes(server);
		let_go(svc, server);
	}
}

/* A server that comes back keeps its counters; its connections were killed when it went. */
static struct baton_server *revive(struct baton_service *svc, u8 family,
				   const union baton_addr *addr, __be16 port)
{
	struct baton_server *server;

	list_for_each_entry(server, &svc->gone, list)
		if (is(server, family, addr, port)) {
			list_del(&server->list);
			return server;
		}
	return NULL;
}

static int check(const struct baton_server_settings *settings, struct netlink_ext_ack *extack)
{
	if (settings->method > BATON_METHOD_MAX) {
		NL_SET_ERR_MSG(extack, "there is no such forwarding method");
		return -EINVAL;
	}
	if (settings->weight > BATON_WEIGHT_MAX) {
		NL_SET_ERR_MSG(extack, "the weight is above 65535");
		return -ERANGE;
	}
	if (settings->lower > settings->upper) {
		NL_SET_ERR_MSG(extack, "the lower limit of connections is above the upper one");
		return -EINVAL;
	}
	return 0;
}

static int check_tunnel(const struct baton_tunnel *tunnel, struct netlink_ext_ack *extack)
{
	if (tunnel->kind > BATON_TUNNEL_MAX || tunnel->checksum > BATON_TUNNEL_CHECKSUM_MAX) {
		NL_SET_ERR_MSG(extack, "there is no such tunnel");
		return -EINVAL;
	}
	if (tunnel->kind == BATON_TUNNEL_IPIP && tunnel->checksum) {
		NL_SET_ERR_MSG(extack, "an ipip tunnel has no checksum of its own");
		return -EINVAL;
	}
	if (tunnel->kind == BATON_TUNNEL_GRE && tunnel->checksum == BATON_TUNNEL_CHECKSUM_REMOTE) {
		NL_SET_ERR_MSG(extack, "only gue leaves checksums to the server");
		return -EINVAL;
	}
	if (!tunnel->port) {
		NL_SET_ERR_MSG(extack, "the tunnel's port is 0");
		return -EINVAL;
	}
	return 0;
}

/* What a method asks of a server, old or new */
static int check_method(const struct baton_service *svc, u8 family, __be16 port,
			const struct baton_server_settings *settings,
			struct netlink_ext_ack *extack)
{
	if (settings->method != BATON_METHOD_TUNNEL && family != svc->key.family) {
		NL_SET_ERR_MSG(extack, "server and service are of different address families: only tunnels can do that");
		return -EAFNOSUPPORT;
	}
	if (settings->method != BATON_METHOD_NAT && port && port != svc->key.port) {
		NL_SET_ERR_MSG(extack, "only nat can change the port: use the service's");
		return -EINVAL;
	}
	return settings->method == BATON_METHOD_TUNNEL ? check_tunnel(&settings->tunnel, extack) : 0;
}

static int check_new(struct baton_service *svc, u8 family, const union baton_addr *addr,
		     __be16 port, struct netlink_ext_ack *extack)
{
	if (family == AF_INET6 && !ipv6_mod_enabled()) {
		NL_SET_ERR_MSG(extack, "IPv6 is switched off in this kernel");
		return -EAFNOSUPPORT;
	}
	if (family == AF_INET &&
	    (ipv4_is_zeronet(addr->v4) || ipv4_is_multicast(addr->v4) || ipv4_is_lbcast(addr->v4))) {
		NL_SET_ERR_MSG(extack, "the server's address is not that of a host");
		return -EINVAL;
	}
	if (family == AF_INET6 && !baton_addr_is_host_v6(addr)) {
		NL_SET_ERR_MSG(extack, "the server's address is not one that a host has on all links");
		return -EINVAL;
	}
	if (!svc->key.mark && (!svc->key.port || svc->key.port_last) && port) {
		NL_SET_ERR_MSG(extack, "a server of a service with more than one port takes port 0");
		return -EINVAL;
	}
	return 0;
}

static void assign(struct baton_service *svc, struct baton_server *server,
		   const struct baton_server_settings *settings)
{
	/* connections keep the method that they began with */
	WRITE_ONCE(server->method, settings->method);
	WRITE_ONCE(server->tunnel, settings->tunnel);
	WRITE_ONCE(server->weight, settings->weight);
	WRITE_ONCE(server->upper, settings->upper);
	WRITE_ONCE(server->lower, settings->lower);
	spin_lock_bh(&svc->sched_lock);
	baton_server_judge(server);
	spin_unlock_bh(&svc->sched_lock);
}

static struct baton_server_settings settings_of(const struct baton_server *server)
{
	return (struct baton_server_settings) {
		.method = server->method, .tunnel = server->tunnel, .weight = server->weight,
		.upper = server->upper, .lower = server->lower,
	};
}

/* New settings, and the array that they ask for; or neither. */
static int change(struct baton_service *svc, struct baton_server *server,
		  const struct baton_server_settings *settings)
{
	struct baton_server_settings old = settings_of(server);
	int err = 0;

	assign(svc, server, settings);
	if (old.weight != settings->weight || svc->outdated)
		err = baton_destset_publish(svc, GFP_KERNEL);
	if (err)
		assign(svc, server, &old);
	return err;
}

/* It was to go when its connections have ended: it stays, with them. */
static int take_back(struct baton_service *svc, struct baton_server *server,
		     const struct baton_server_settings *settings)
{
	int err = change(svc, server, settings);

	if (err)
		return err;
	WRITE_ONCE(server->draining, false);
	svc->bn->generation++;
	baton_nl_server_event(svc->bn, BATON_EVENT_CHANGE, server);
	return 0;
}

int baton_server_add(struct baton_service *svc, u8 family, const union baton_addr *addr, __be16 port,
		     const struct baton_server_settings *settings, struct netlink_ext_ack *extack)
{
	struct baton_server *server;
	int err;

	err = check(settings, extack);
	if (!err)
		err = check_method(svc, family, port, settings, extack);
	if (!err)
		err = check_new(svc, family, addr, port, extack);
	/* errors from within tunnels come by the server's family */
	if (!err)
		err = baton_hook_register(svc->bn, family);
	if (err)
		return err;
	server = baton_server_find(svc, family, addr, port);
	if (server && server->draining)
		return take_back(svc, server, settings);
	if (server) {
		NL_SET_ERR_MSG(extack, "the service has this server already");
		return -EEXIST;
	}
	if (svc->sched->max && svc->server_count >= svc->sched->max) {
		NL_SET_ERR_MSG(extack, "the service's scheduler cannot take another server");
		return -E2BIG;
	}
	server = revive(svc, family, addr, port);
	if (!server)
		server = make(svc, family, addr, port);
	if (!server)
		return -ENOMEM;
	assign(svc, server, settings);
	WRITE_ONCE(server->draining, false);
	list_add_tail(&server->list, &svc->servers);
	svc->server_count++;
	err = baton_destset_publish(svc, GFP_KERNEL);
	if (err) {
		svc->server_count--;
		list_move(&server->list, &svc->gone);
		return err;
	}
	WRITE_ONCE(server->dead, false);
	baton_sip_add(svc->bn, server);
	svc->bn->generation++;
	baton_server_reap(svc);
	baton_nl_server_event(svc->bn, BATON_EVENT_NEW, server);
	return 0;
}

int baton_server_set(struct baton_service *svc, struct baton_server *server,
		     const struct baton_server_settings *settings, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&svc->bn->config_mutex);
	err = check(settings, extack);
	if (err)
		return err;
	if (server->draining) {
		NL_SET_ERR_MSG(extack, "the server is being removed: add it again to keep it");
		return -EBUSY;
	}
	err = check_method(svc, server->family, server->port, settings, extack);
	if (err)
		return err;
	err = change(svc, server, settings);
	if (err)
		return err;
	svc->bn->generation++;
	baton_server_reap(svc);
	baton_nl_server_event(svc->bn, BATON_EVENT_CHANGE, server);
	return 0;
}

int baton_server_drain(struct baton_service *svc, struct baton_server *server, u32 seconds,
		       struct netlink_ext_ack *extack)
{
	struct baton_server_settings settings = settings_of(server);
	int err;

	lockdep_assert_held(&svc->bn->config_mutex);
	if (!seconds || seconds > BATON_TIMEOUT_MAX) {
		NL_SET_ERR_MSG(extack, "the time to drain is not within a second and a day");
		return -ERANGE;
	}
	settings.weight = 0;
	err = change(svc, server, &settings);
	if (err)
		return err;
	WRITE_ONCE(server->draining, true);
	server->drain_until = get_jiffies_64() + (u64)seconds * HZ;
	baton_upkeep(svc->bn, HZ);
	svc->bn->generation++;
	baton_nl_server_event(svc->bn, BATON_EVENT_CHANGE, server);
	return 0;
}

static bool is_of(struct baton_conn *conn, void *server)
{
	return conn->server == server;
}

/*
 * First nobody can choose it any more; then, after a grace period, nobody is about
 * to give it a connection any more either; then its connections end.
 */
void baton_server_del(struct baton_service *svc, struct baton_server *server)
{
	struct baton_net *bn = svc->bn;

	lockdep_assert_held(&bn->config_mutex);
	WRITE_ONCE(server->dead, true);
	baton_sip_del(server);
	list_move(&server->list, &svc->gone);
	svc->server_count--;
	baton_destset_publish(svc, GFP_KERNEL | __GFP_NOFAIL);	/* the old one must go */
	bn->generation++;
	baton_nl_server_event(bn, BATON_EVENT_DELETE, server);
	synchronize_rcu();
	drop_routes(server);
	baton_conn_kill_if(bn, is_of, server);
	baton_server_reap(svc);
}
