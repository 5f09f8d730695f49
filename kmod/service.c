// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual services of a namespace, hashed by their key.
 *
 * References: the hash and each server hold one.
 */
#include <linux/hash.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "conn.h"
#include "destset.h"
#include "net.h"
#include "nl.h"
#include "opening.h"
#include "path.h"
#include "range.h"
#include "service.h"
#include "sip.h"

/* Nobody but an administrator says what is in here: it need not be a good hash, but a short one. */
static __always_inline struct hlist_head *bucket_of(struct baton_net *bn, u32 addr, __be16 port,
						    u8 family, u8 protocol, u32 mark)
{
	u32 rest = (__force u32)port << 16 | family << 8 | protocol;

	return &bn->services[hash_64(((u64)addr << 32 | rest) ^ mark, BATON_SERVICE_HASH_BITS)];
}

static struct hlist_head *bucket_of_key(struct baton_net *bn, const struct baton_service_key *key)
{
	u32 addr = key->family == AF_INET ? (__force u32)key->addr.v4 :
					    jhash2((const u32 *)&key->addr, 4, 0);

	return bucket_of(bn, addr, key->port, key->family, key->protocol, key->mark);
}

struct baton_service *baton_service_find_rcu(struct baton_net *bn,
					     const struct baton_service_key *key)
{
	struct baton_service *svc;

	hlist_for_each_entry_rcu(svc, bucket_of_key(bn, key), node)
		if (baton_service_same_key(&svc->key, key))
			return svc;
	return NULL;
}

static noinline struct baton_service *marked_rcu(struct baton_net *bn, u8 family, u32 mark)
{
	struct baton_service_key key = { .family = family, .mark = mark };

	return baton_service_find_rcu(bn, &key);
}

/* Whatever exact_rcu() does not know. */
static noinline struct baton_service *match_rcu(struct baton_net *bn, const struct baton_tuple *tuple)
{
	struct baton_service_key key = {
		.addr = tuple->daddr,
		.port = tuple->dport,
		.family = tuple->family,
		.protocol = tuple->protocol,
	};
	struct baton_service *svc = NULL;

	if (tuple->family == AF_INET6)
		svc = baton_service_find_rcu(bn, &key);
	if (!svc)
		svc = baton_range_service_rcu(bn, &key);
	if (!svc) {
		key.port = 0;
		svc = baton_service_find_rcu(bn, &key);
	}
	return svc;
}

/* Most services are of IPv4 and one port: found without a key. */
static __always_inline struct baton_service *exact_rcu(struct baton_net *bn,
						       const struct baton_tuple *tuple)
{
	const struct hlist_head *bucket = bucket_of(bn, (__force u32)tuple->daddr.v4, tuple->dport,
						    AF_INET, tuple->protocol, 0);
	struct baton_service *svc;

	hlist_for_each_entry_rcu(svc, bucket, node)
		if (svc->key.addr.v4 == tuple->daddr.v4 && svc->key.port == tuple->dport &&
		    svc->key.protocol == tuple->protocol && svc->key.family == AF_INET &&
		    !svc->key.mark)
			return svc;
	return NULL;
}

struct baton_service *baton_service_match_rcu(struct baton_net *bn, const struct baton_tuple *tuple,
					      u32 mark)
{
	struct baton_service *svc = unlikely(mark) ? marked_rcu(bn, tuple->family, mark) : NULL;

	if (!svc && likely(tuple->family == AF_INET))
		svc = exact_rcu(bn, tuple);
	return svc ?: match_rcu(bn, tuple);
}

static bool is_server_rcu(const struct baton_service *svc, const struct baton_tuple *tuple)
{
	const struct baton_destset *set = rcu_dereference(svc->destset);
	const struct baton_server *server;
	u32 i;

	for (i = 0; i < set->count; i++) {
		server = set->server[i];
		if (server->family == tuple->family && READ_ONCE(server->method) == BATON_METHOD_NAT &&
		    (!server->port || server->port == tuple->sport) &&
		    baton_addr_equal(&server->addr, &tuple->saddr, tuple->family))
			return true;
	}
	return false;
}

bool baton_service_serves_rcu(struct baton_net *bn, const struct baton_tuple *tuple)
{
	struct baton_service *svc;
	int i;

	for (i = 0; i < ARRAY_SIZE(bn->services); i++)
		hlist_for_each_entry_rcu(svc, &bn->services[i], node)
			if ((svc->key.mark || svc->key.protocol == tuple->protocol) &&
			    is_server_rcu(svc, tuple))
				return true;
	return false;
}

void baton_service_put(struct baton_service *svc)
{
	if (refcount_dec_and_test(&svc->refs)) {
		kvfree(rcu_dereference_protected(svc->destset, true));
		kfree(svc);
	}
}

static int check_new(struct baton_net *bn, const struct baton_service_key *key,
		     struct netlink_ext_ack *extack)
{
	bool found;

	if (key->family == AF_INET6 && !ipv6_mod_enabled()) {
		NL_SET_ERR_MSG(extack, "IPv6 is switched off in this kernel");
		return -EAFNOSUPPORT;
	}
	if (key->family == AF_INET6 && !key->mark && !baton_addr_is_host_v6(&key->addr)) {
		NL_SET_ERR_MSG(extack, "the virtual address is not one that clients on other links can use");
		return -EINVAL;
	}
	if (!key->mark && key->protocol != IPPROTO_TCP && key->protocol != IPPROTO_UDP &&
	    key->protocol != IPPROTO_SCTP) {
		NL_SET_ERR_MSG(extack, "a service is TCP, UDP or SCTP");
		return -EPROTONOSUPPORT;
	}
	rcu_read_lock();
	found = baton_service_find_rcu(bn, key);
	rcu_read_unlock();
	if (found) {
		NL_SET_ERR_MSG(extack, "there is such a service already");
		return -EEXIST;
	}
	return baton_range_check(bn, key, NULL, extack);
}

static bool will_have(u32 flag, const struct baton_service_settings *settings,
		      const struct baton_service *svc)
{
	u32 flags = svc ? svc->flags : 0;

	return (settings->flags ? *settings->flags : flags) & flag;
}

/* @svc: as it is; NULL: it is new. */
static int check_persist(const struct baton_service_settings *settings,
			 const struct baton_service_key *key, const struct baton_service *svc,
			 struct netlink_ext_ack *extack)
{
	u32 seconds = svc ? svc->timeout[BATON_STATE_TEMPLATE] / HZ : 0;
	u8 prefix = svc ? svc->persist_prefix : 0;

	if (settings->timeout)
		seconds = settings->timeout[BATON_STATE_TEMPLATE];
	if (settings->persist_prefix)
		prefix = *settings->persist_prefix;
	if (prefix > 8 * baton_addr_len(key->family)) {
		NL_SET_ERR_MSG(extack, "the prefix of persistence is longer than an address");
		return -ERANGE;
	}
	if (prefix && seconds < BATON_PERSIST_MIN) {
		NL_SET_ERR_MSG(extack, "persistence needs a timeout of at least three seconds");
		return -ERANGE;
	}
	if (will_have(BATON_SERVICE_F_SIP, settings, svc) && (!prefix || key->protocol != IPPROTO_UDP)) {
		NL_SET_ERR_MSG(extack, "only a persistent UDP service can go by Call-ID");
		return -EINVAL;
	}
	return 0;
}

/* @svc: as it is; NULL: it is new. Return: the scheduler that it will have. */
static const struct baton_sched *check(const struct baton_service_settings *settings,
				       const struct baton_service_key *key,
				       const struct baton_service *svc,
				       struct netlink_ext_ack *extack)
{
	const struct baton_sched *sched;

	sched = settings->sched ? baton_sched_find(settings->sched) : svc->sched;
	if (settings->flags && *settings->flags & ~__BATON_SERVICE_F_ALL) {
		NL_SET_ERR_MSG(extack, "unknown service flag");
		return ERR_PTR(-EINVAL);
	}
	if (settings->flags && *settings->flags & BATON_SERVICE_F_ONEPACKET &&
	    key->protocol != IPPROTO_UDP && !key->mark) {
		NL_SET_ERR_MSG(extack, "only datagrams can be scheduled one by one: the service is not UDP");
		return ERR_PTR(-EINVAL);
	}
	if (settings->sync_after && *settings->sync_after > BATON_SYNC_AFTER_MAX) {
		NL_SET_ERR_MSG(extack, "a connection is told of after at most 240000 milliseconds");
		return ERR_PTR(-ERANGE);
	}
	if (settings->flags && *settings->flags & BATON_SERVICE_F_BYPASS && !key->mark) {
		NL_SET_ERR_MSG(extack, "only a service by mark has packets for other hosts that could bypass it");
		return ERR_PTR(-EINVAL);
	}
	if (will_have(BATON_SERVICE_F_FTP, settings, svc) &&
	    (key->protocol != IPPROTO_TCP || !key->port ||
	     (settings->port_last ? *settings->port_last : key->port_last))) {
		NL_SET_ERR_MSG(extack, "FTP has its control connections on one TCP port: the service is not that");
		return ERR_PTR(-EINVAL);
	}
	if (!sched) {
		NL_SET_ERR_MSG(extack, "there is no scheduler of that name");
		return ERR_PTR(-ENOENT);
	}
	if (settings->sched_flags && *settings->sched_flags & ~sched->flags) {
		NL_SET_ERR_MSG(extack, "this scheduler has not all of these flags");
		return ERR_PTR(-EINVAL);
	}
	if (svc && sched->max && svc->server_count > sched->max) {
		NL_SET_ERR_MSG(extack, "the service has more servers than this scheduler can take");
		return ERR_PTR(-E2BIG);
	}
	return sched;
}

static void assign(struct baton_service *svc, const struct baton_service_settings *settings)
{
	int i;

	if (settings->flags)
		WRITE_ONCE(svc->flags, *settings->flags);
	if (settings->persist_prefix)
		WRITE_ONCE(svc->persist_prefix, *settings->persist_prefix);
	if (settings->sync_after)
		WRITE_ONCE(svc->sync_after, *settings->sync_after);
	for (i = 0; settings->timeout && i < ARRAY_SIZE(svc->timeout); i++)
		WRITE_ONCE(svc->timeout[i], settings->timeout[i] * HZ);
}

static struct baton_service *make(struct baton_net *bn, const struct baton_service_key *key,
				  const struct baton_sched *sched, u32 sched_flags)
{
	struct baton_service *svc = kzalloc(sizeof(*svc), GFP_KERNEL);

	if (!svc)
		return NULL;
	svc->key = *key;
	svc->bn = bn;
	svc->sched = sched;
	svc->sched_flags = sched_flags;
	INIT_LIST_HEAD(&svc->servers);
	INIT_LIST_HEAD(&svc->gone);
	spin_lock_init(&svc->sched_lock);
	refcount_set(&svc->refs, 1);
	if (!baton_destset_publish(svc, GFP_KERNEL))
		return svc;
	kfree(svc);
	return NULL;
}

int baton_service_add(struct baton_net *bn, const struct baton_service_key *key,
		      const struct baton_service_settings *settings,
		      struct netlink_ext_ack *extack)
{
	const struct baton_sched *sched;
	struct baton_service *svc;
	int err;

	lockdep_assert_held(&bn->config_mutex);
	err = check_new(bn, key, extack);
	if (err)
		return err;
	err = check_persist(settings, key, NULL, extack);
	if (err)
		return err;
	sched = check(settings, key, NULL, extack);
	if (IS_ERR(sched))
		return PTR_ERR(sched);
	svc = make(bn, key, sched,
		   settings->sched_flags ? *settings->sched_flags : sched->defaults);
	if (!svc)
		return -ENOMEM;
	assign(svc, settings);
	err = baton_opening_start(bn);
	if (err)
		goto err_put;
	err = baton_hook_register(bn, key->family);
	if (err) {
		NL_SET_ERR_MSG(extack, "the netfilter hooks could not be registered");
		goto err_put;
	}
	err = baton_track_change(bn, key->family, 0, svc->flags, extack);
	if (err)
		goto err_put;
	err = baton_range_set(bn, svc, key->port_last, GFP_KERNEL);
	if (err)
		goto err_range;
	hlist_add_head_rcu(&svc->node, bucket_of_key(bn, key));
	baton_sip_count(bn, 0, svc->flags);
	if (!bn->service_count++)
		baton_conn_expect(bn, true);
	bn->generation++;
	baton_nl_service_event(bn, BATON_EVENT_NEW, svc);
	return 0;

err_range:
	baton_track_change(bn, key->family, svc->flags, 0, NULL);
err_put:
	baton_service_put(svc);
	return err;
}

static int change_sched(struct baton_service *svc, const struct baton_sched *sched, u32 flags)
{
	const struct baton_sched *old = svc->sched;
	u32 old_flags = svc->sched_flags;
	int err;

	if (sched == old && flags == old_flags)
		return 0;
	svc->sched = sched;
	svc->sched_flags = flags;
	err = baton_destset_publish(svc, GFP_KERNEL);
	if (err) {
		svc->sched = old;
		svc->sched_flags = old_flags;
	}
	return err;
}

/* Connections to ports that it loses go on. */
static int change_range(struct baton_service *svc, __be16 port_last, gfp_t gfp)
{
	int err;

	if (port_last == svc->key.port_last)
		return 0;
	err = baton_range_set(svc->bn, svc, port_last, gfp);
	if (!err)
		WRITE_ONCE(svc->key.port_last, port_last);
	return err;
}

static int check_range(struct baton_net *bn, const struct baton_service *svc,
		       const __be16 *port_last, struct netlink_ext_ack *extack)
{
	const struct baton_server *server;
	struct baton_service_key key = svc->key;

	if (!port_last)
		return 0;
	key.port_last = *port_last;
	list_for_each_entry(server, &svc->servers, list)
		if (key.port_last && server->port) {
			NL_SET_ERR_MSG(extack, "the service has a server with a port of its own: a range cannot have that");
			return -EINVAL;
		}
	return baton_range_check(bn, &key, svc, extack);
}

int baton_service_set(struct baton_net *bn, struct baton_service *svc,
		      const struct baton_service_settings *settings,
		      struct netlink_ext_ack *extack)
{
	u32 flags = svc->flags, wanted = settings->flags ? *settings->flags : flags;
	const u32 *sched_flags = settings->sched_flags;
	__be16 port_last = svc->key.port_last;
	const struct baton_sched *sched;
	int err;

	lockdep_assert_held(&bn->config_mutex);
	err = check_persist(settings, &svc->key, svc, extack);
	if (err)
		return err;
	sched = check(settings, &svc->key, svc, extack);
	if (IS_ERR(sched))
		return PTR_ERR(sched);
	err = check_range(bn, svc, settings->port_last, extack);
	if (err)
		return err;
	if (!sched_flags)
		sched_flags = sched == svc->sched ? &svc->sched_flags : &sched->defaults;
	/* first what may fail, then what the service does without from now on */
	err = baton_track_change(bn, svc->key.family, flags, flags | wanted, extack);
	if (err)
		return err;
	err = change_range(svc, settings->port_last ? *settings->port_last : port_last, GFP_KERNEL);
	if (err)
		goto untrack;
	err = change_sched(svc, sched, *sched_flags);
	if (err)
		goto unrange;
	baton_sip_count(bn, flags, wanted);
	assign(svc, settings);
	baton_track_change(bn, svc->key.family, flags | wanted, wanted, NULL);
	bn->generation++;
	baton_server_reap(svc);
	baton_nl_service_event(bn, BATON_EVENT_CHANGE, svc);
	return 0;

unrange:
	change_range(svc, port_last, GFP_KERNEL | __GFP_NOFAIL);
untrack:
	baton_track_change(bn, svc->key.family, flags | wanted, flags, NULL);
	return err;
}

/* No packet finds it any more. */
static void unhash(struct baton_net *bn, struct baton_service *svc, struct list_head *doomed)
{
	struct baton_server *server;

	hlist_del_rcu(&svc->node);
	baton_range_clear(bn, svc);
	list_add_tail(&svc->doomed, doomed);
	list_for_each_entry(server, &svc->servers, list) {
		WRITE_ONCE(server->dead, true);
		baton_sip_del(server);
	}
	baton_sip_count(bn, svc->flags, 0);
	bn->service_count--;
	bn->generation++;
	baton_nl_service_event(bn, BATON_EVENT_DELETE, svc);
}

static bool is_dead(struct baton_conn *conn, void *arg)
{
	return READ_ONCE(conn->server->dead);
}

/* After one grace period for all of them nobody is about to open a connection for them. */
static void bury(struct baton_net *bn, struct list_head *doomed)
{
	struct baton_service *svc, *next;

	if (!bn->service_count) {
		baton_hook_unregister(bn);
		baton_conn_expect(bn, false);
	}
	synchronize_rcu();
	baton_conn_kill_if(bn, is_dead, NULL);
	list_for_each_entry_safe(svc, next, doomed, doomed) {
		baton_server_drop_all(svc);
		baton_stats_sum_add(&bn->past, &svc->past);
		baton_track_change(bn, svc->key.family, svc->flags, 0, NULL);
		baton_service_put(svc);
	}
}

void baton_service_del(struct baton_net *bn, struct baton_service *svc)
{
	LIST_HEAD(doomed);

	lockdep_assert_held(&bn->config_mutex);
	unhash(bn, svc, &doomed);
	bury(bn, &doomed);
}

void baton_service_flush(struct baton_net *bn)
{
	struct baton_service *svc;
	struct hlist_node *next;
	LIST_HEAD(doomed);
	int i;

	lockdep_assert_held(&bn->config_mutex);
	for (i = 0; i < ARRAY_SIZE(bn->services); i++)
		hlist_for_each_entry_safe(svc, next, &bn->services[i], node)
			unhash(bn, svc, &doomed);
	if (!list_empty(&doomed))
		bury(bn, &doomed);
}

void baton_service_stats(const struct baton_service *svc, struct baton_stats_sum *sum)
{
	const struct baton_server *server;

	lockdep_assert_held(&svc->bn->config_mutex);
	baton_stats_sum_add(sum, &svc->past);
	list_for_each_entry(server, &svc->servers, list)
		baton_stats_add(sum, server->stats);
	list_for_each_entry(server, &svc->gone, list)
		baton_stats_add(sum, server->stats);
}

void baton_service_totals(struct baton_net *bn, struct baton_stats_sum *sum)
{
	const struct baton_service *svc;
	int i;

	lockdep_assert_held(&bn->config_mutex);
	baton_stats_sum_add(sum, &bn->past);
	for (i = 0; i < ARRAY_SIZE(bn->services); i++)
		hlist_for_each_entry(svc, &bn->services[i], node)
			baton_service_stats(svc, sum);
}
