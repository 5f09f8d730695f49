/* SPDX-License-Identifier: GPL-2.0-only */
/* State of one network namespace. */
#ifndef BATON_NET_H
#define BATON_NET_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <uapi/linux/baton.h>
#include "challenge.h"
#include "defence.h"
#include "expect.h"
#include "fast.h"
#include "gate.h"
#include "near.h"
#include "probe.h"
#include "relay.h"
#include "rival.h"
#include "stats.h"
#include "sync.h"
#include "track.h"
#include "vmac.h"
#include "will.h"

#define BATON_SERVICE_HASH_BITS 8
#define BATON_RANGE_HASH_BITS 6
#define BATON_SERVER_HASH_BITS 8

struct baton_conn_table;	/* conn.c */
struct baton_openings;
struct baton_wheel;		/* conn_expire.c */

struct baton_net {
	/* read by every packet */
	struct baton_gate		gate;
	struct baton_conn_table		*conns;
	u32				timeout[BATON_STATE_MAX + 1];	/* jiffies, READ_ONCE */
	struct baton_drops __percpu	*drops;
	struct net			*net;
	struct baton_fast		fast;
	struct baton_track		track;

	struct baton_wheel		*wheel;
	u32				conn_max;	/* READ_ONCE; 0: no limit */
	struct baton_challenge		challenge;
	struct baton_defence		defence;
	struct baton_openings __rcu	*openings;	/* opening.c; NULL: no limit, or no service yet */
	u32				opening_max;	/* config_mutex; 0: no limit */
	atomic64_t			evicted;	/* connections: conn.c */
	atomic64_t			revived;	/* connections: conn_step.c */

	/* configuration: written under config_mutex, read under RCU */
	struct mutex			config_mutex;
	struct hlist_head		services[1 << BATON_SERVICE_HASH_BITS];
	struct hlist_head		ranges[1 << BATON_RANGE_HASH_BITS];	/* range.c */
	struct hlist_head		servers[1 << BATON_SERVER_HASH_BITS];	/* sip.c */
	u32				service_count;
	u32				sip_count;	/* services that go by Call-ID; READ_ONCE */
	struct baton_stats_sum		past;		/* of services that went */
	u32				generation;	/* of services and servers; for torn dumps */
	struct delayed_work		upkeep;		/* upkeep.c */
	struct nf_hook_ops		*hooked_v4;	/* netfilter hooks, since the first service; else NULL */
	struct nf_hook_ops		*hooked_v6;
	struct baton_vips __rcu		*vips;		/* vip.c; NULL: none */
	struct nf_hook_ops		*vip_ops;	/* vip.c; registered while vips is set */
	struct baton_vmac		vmac;		/* written under RTNL */

	struct baton_expects		expects;	/* FTP's data connections */
	struct baton_relay		relay;		/* while the role moves */
	struct baton_near		near;		/* while the gate is not open */
	struct baton_rival		rival;
	struct baton_probe		probe;		/* what the LAN was asked */
	struct baton_will		will;		/* what the peer is told when this node ends */
	struct baton_sync		sync;
	atomic64_t			adopted;	/* connections: conn_open.c */
	atomic_t			monitor_seq;
	atomic64_t			unheard;	/* nl.h */
};

struct baton_net *baton_net(struct net *net);
int baton_net_module_init(void);
void baton_net_module_exit(void);

/*
 * Lock order, outermost first:
 *	genl/RTNL -> config_mutex -> sync.mutex -> conn->lock -> bucket lock of the table
 *	conn->lock -> wheel lock; gate.lock -> relay.lock; sched_lock and gate.lock nest inside
 *	everything, and take nothing else
 */

#endif /* BATON_NET_H */
