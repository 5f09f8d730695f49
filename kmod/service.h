/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual services and their real servers.
 *
 * Written under bn->config_mutex, read under RCU. A service's servers are
 * published as an immutable array (struct baton_destset); a change builds a new
 * one and swaps the pointer. Connections hold a counted reference to their server. When a
 * server is removed its connections are killed; while something still refers to
 * it, it stays on its service's list of gone servers, and comes back with its
 * counters when it is added again.
 */
#ifndef BATON_SERVICE_H
#define BATON_SERVICE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <net/dst_cache.h>
#include <uapi/linux/baton.h>
#include "core/addr.h"
#include "stats.h"

struct baton_net;
struct baton_destset;
struct baton_sched;
struct netlink_ext_ack;

/**
 * struct baton_service_key - family, protocol, address, port; or family and mark
 * @port: big-endian; 0: any; the first one of a range
 * @port_last: big-endian; 0: no range. It can change and does not tell services apart: two that have
 *	a port in common cannot be.
 * @mark: not 0: the service is known by it and its family, and all else is 0
 */
struct baton_service_key {
	union baton_addr	addr;
	__be16			port;
	__be16			port_last;
	u8			family;
	u8			protocol;
	u32			mark;
};

static inline bool baton_service_same_key(const struct baton_service_key *a,
					  const struct baton_service_key *b)
{
	return a->port == b->port && a->protocol == b->protocol && a->family == b->family &&
	       a->mark == b->mark && baton_addr_equal(&a->addr, &b->addr, a->family);
}

/** baton_service_named - is it @key that names a service with the key @own? */
static inline bool baton_service_named(const struct baton_service_key *own,
				       const struct baton_service_key *key)
{
	return baton_service_same_key(own, key) &&
	       (!key->port_last || key->port_last == READ_ONCE(own->port_last));
}

struct baton_service {
	struct hlist_node		node;		/* bn's hash, RCU */
	struct baton_service_key	key;		/* constant, but for port_last: config_mutex */
	struct baton_net		*bn;		/* constant */
	const struct baton_sched	*sched;		/* config_mutex; readers go through destset */
	struct baton_destset __rcu	*destset;	/* never NULL while hashed */
	struct list_head		servers;	/* config_mutex */
	struct list_head		gone;		/* config_mutex */
	u32				flags;		/* BATON_SERVICE_F_*, READ_ONCE */
	u32				sched_flags;	/* BATON_SCHED_F_*, config_mutex */
	u32				server_count;	/* config_mutex */
	spinlock_t			sched_lock;	/* scheduler state that changes per connection */
	atomic_t			ticket;		/* picks of schedulers that need no lock */
	struct baton_stats_sum		past;		/* of servers that went; config_mutex */
	struct list_head		doomed;		/* while it is being removed; config_mutex */
	bool				outdated;	/* destset: a server's overload changed; sched_lock */
	u32				timeout[BATON_STATE_MAX + 1];	/* jiffies, READ_ONCE; 0: bn's */
	u8				persist_prefix;	/* READ_ONCE; 0: not persistent */
	u32				sync_after;	/* milliseconds, READ_ONCE */
	refcount_t			refs;		/* hash + one per server */
};

/** struct baton_tunnel - how packets are wrapped; four bytes, read and written at once */
struct baton_tunnel {
	u8	kind;			/* enum baton_tunnel_kind */
	u8	checksum;		/* enum baton_tunnel_checksum */
	__be16	port;			/* GUE */
};

/**
 * struct baton_server - a real server of one service
 *
 * What every packet reads comes first; what connections write as they come and go
 * has cache lines of its own.
 */
struct baton_server {
	struct baton_service	*service;	/* counted reference */
	struct baton_stats __percpu *stats;
	struct dst_cache	dst[BATON_METHOD_MAX + 1];	/* route.c */
	/* fast_prove.c; set under fast.lock, taken away without */
	struct dst_entry __rcu	*fast_dst[BATON_METHOD_MAX + 1];
	struct baton_fast_source __rcu *fast_source;		/* of packets of a tunnel */
	u32			fast_gen[BATON_METHOD_MAX + 1];	/* in which it was set; fast.lock */
	bool			dead;		/* READ_ONCE: removed; packets are dropped */
	u8			family;		/* constant */
	u8			method;		/* enum baton_method, config_mutex / READ_ONCE */
	struct baton_tunnel	tunnel;		/* config_mutex / READ_ONCE */
	__be16			port;		/* constant; 0: as the client asked */
	u32			weight;		/* config_mutex / READ_ONCE */
	u32			upper;		/* config_mutex / READ_ONCE; 0: no limit */
	u32			lower;		/* config_mutex / READ_ONCE; 0: 3/4 of upper */
	bool			draining;	/* config_mutex / READ_ONCE */
	u64			drain_until;	/* jiffies64, config_mutex */
	union baton_addr	addr;		/* constant */
	struct list_head	list;		/* service->servers or ->gone, config_mutex */
	struct hlist_node	by_addr;	/* bn->servers while it is not removed; RCU */
	struct rcu_head		rcu;
	struct dst_cache	spare[BATON_METHOD_MAX + 1];	/* route_dev.c, config_mutex */

	atomic_t		active ____cacheline_aligned_in_smp;
	atomic_t		inactive;
	refcount_t		refs;		/* list + one per connection */
	u32			index;		/* place in the present destset, sched_lock */
	bool			overloaded;	/* sched_lock / READ_ONCE */
};

/* service.c; control functions: process context, config_mutex held, extack on refusal */
struct baton_service *baton_service_find_rcu(struct baton_net *bn, const struct baton_service_key *key);
/** As a packet sees it: the service of its mark, of its port, of a range, then of any port of the address. */
struct baton_service *baton_service_match_rcu(struct baton_net *bn, const struct baton_tuple *tuple,
					      u32 mark);
/** Does the packet come from a NAT server of a service? Looks at all of them. */
bool baton_service_serves_rcu(struct baton_net *bn, const struct baton_tuple *tuple);
/** struct baton_service_settings - what a service has besides its key; NULL: default, or as it is */
struct baton_service_settings {
	const char	*sched;		/* an addition needs it */
	const u32	*sched_flags;
	const u32	*flags;
	const u32	*timeout;	/* seconds by state */
	const u8	*persist_prefix;	/* 0: not persistent */
	const __be16	*port_last;	/* 0: no range */
	const u32	*sync_after;		/* milliseconds */
};

int baton_service_add(struct baton_net *bn, const struct baton_service_key *key,
		      const struct baton_service_settings *settings,
		      struct netlink_ext_ack *extack);
/** Without flags of the scheduler those that were, or the defaults of another scheduler. */
int baton_service_set(struct baton_net *bn, struct baton_service *svc,
		      const struct baton_service_settings *settings,
		      struct netlink_ext_ack *extack);
/** Unhashes, kills its connections; two phases, one grace period. */
void baton_service_del(struct baton_net *bn, struct baton_service *svc);
void baton_service_flush(struct baton_net *bn);
void baton_service_put(struct baton_service *svc);
/** What a service did, with servers that are gone. config_mutex. */
void baton_service_stats(const struct baton_service *svc, struct baton_stats_sum *sum);
/** What the namespace did, with services that are gone. config_mutex. */
void baton_service_totals(struct baton_net *bn, struct baton_stats_sum *sum);

/* server.c */
struct baton_server *baton_server_find(struct baton_service *svc, u8 family,
				       const union baton_addr *addr, __be16 port);
/** Same under RCU for sync: also finds servers with weight 0; takes a reference, or NULL. */
struct baton_server *baton_server_get_rcu(struct baton_service *svc, u8 family,
					  const union baton_addr *addr, __be16 port);
/** The same for a server with whatever port. */
struct baton_server *baton_server_get_any_rcu(struct baton_service *svc, u8 family,
					      const union baton_addr *addr);
/** struct baton_server_settings - what a server has besides its key */
struct baton_server_settings {
	u8	method;			/* enum baton_method */
	struct baton_tunnel tunnel;
	u32	weight;
	u32	upper, lower;
};

/** Also takes back a server that is draining. */
int baton_server_add(struct baton_service *svc, u8 family, const union baton_addr *addr, __be16 port,
		     const struct baton_server_settings *settings, struct netlink_ext_ack *extack);
int baton_server_set(struct baton_service *svc, struct baton_server *server,
		     const struct baton_server_settings *settings, struct netlink_ext_ack *extack);
void baton_server_del(struct baton_service *svc, struct baton_server *server);
/** Weight 0 now, gone when it has no connections or after @seconds. */
int baton_server_drain(struct baton_service *svc, struct baton_server *server, u32 seconds,
		       struct netlink_ext_ack *extack);
/** The last reference frees it after a grace period. Any context. */
void baton_server_put(struct baton_server *server);
/** Let go of removed servers that no connection refers to any more. config_mutex. */
void baton_server_reap(struct baton_service *svc);
/** All of them, for a service that goes. config_mutex. */
void baton_server_drop_all(struct baton_service *svc);

/* upkeep.c: what has to be done to services without a command; takes config_mutex */
/** Look after the services within @delay jiffies. Any context. */
void baton_upkeep(struct baton_net *bn, unsigned long delay);
void baton_upkeep_net_init(struct baton_net *bn);
void baton_upkeep_net_exit(struct baton_net *bn);	/* after the connections are gone */

#endif /* BATON_SERVICE_H */
