/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path: established connections, taken before connection tracking, rewritten in
 * place and handed to the neighbour. fast.c is the way of a packet.
 *
 * Nothing goes that way that has not been on the slow one: a packet that left by the slow path,
 * through every hook, unchanged but for what we did to it, proves its connection's direction
 * (fast_prove.c). A proof names the interface in, the way out and the generation. Whatever could
 * change the slow path's mind begins a new generation (fast_rules.c), in which nothing is proven.
 */
#ifndef BATON_FAST_H
#define BATON_FAST_H

#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/dst.h>
#include <net/net_namespace.h>
#include "conn.h"

struct baton_ctx;
struct baton_net;
struct baton_server;
struct nf_hook_state;
struct sk_buff;
struct socket;

/* What a connection keeps of a proof, baton_conn.proof[]: generation and place of its way. */
#define BATON_FAST_WAY_BITS	10
#define BATON_FAST_WAYS		(1U << BATON_FAST_WAY_BITS)
#define BATON_FAST_WAY_MASK	(BATON_FAST_WAYS - 1)
#define BATON_FAST_GEN_MAX	(U32_MAX >> BATON_FAST_WAY_BITS)

/**
 * struct baton_fast_way - where packets of proven connections come in and leave
 *
 * Immutable, shared by all connections that go the same way, freed after a grace period.
 */
struct baton_fast_way {
	struct dst_entry	*dst;	/* to clients, counted; to servers NULL: the server has it */
	u32			gen;
	int			iif;
	u8			dscp;	/* TOS field without ECN */
	struct rcu_head		rcu;
};

/**
 * struct baton_fast_source - what we call ourselves in a tunnel to a server, at the server's @fast_dst
 *
 * Immutable, freed after a grace period.
 */
struct baton_fast_source {
	const struct dst_entry	*dst;	/* to compare, never followed */
	union baton_addr	addr;
	struct rcu_head		rcu;
};

/** struct baton_fast - of one namespace */
struct baton_fast {
	/* read by every packet */
	bool			on;		/* tunable; READ_ONCE */
	u32			gen;		/* 1 .. BATON_FAST_GEN_MAX; 0: nothing can be proven */
	int			routes_v4;	/* rt_genid of the namespace in which @gen began */
	int			routes_v6;
	u32			config;		/* baton_net.generation in which it began */
	struct baton_fast_way __rcu **ways;	/* NULL while there are no hooks */

	spinlock_t		lock;		/* protects what is above, and the ways */
	struct delayed_work	tick;
	struct socket		*rules;		/* hears of changed firewall rules */
};

/** baton_fast_current - has nothing changed that packets of @family can compare themselves? */
static inline bool baton_fast_current(const struct baton_fast *fast, const struct net *net,
				      u8 family, u32 config)
{
	return READ_ONCE(fast->config) == config &&
	       (family == AF_INET ? READ_ONCE(fast->routes_v4) == rt_genid_ipv4(net) :
				    READ_ONCE(fast->routes_v6) == rt_genid_ipv6(net));
}

/* hook.c's share: softirq or BH off, inside an RCU read section */
unsigned int baton_fast_pre_routing_v4(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state);
unsigned int baton_fast_pre_routing_v6(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state);
unsigned int baton_fast_post_routing(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state);

/**
 * baton_fast_offer - a packet is about to leave by the slow path: if it gets out, that is a proof
 *
 * Called before it is rewritten, by those hooks that see packets from outside.
 */
void baton_fast_offer(const struct baton_ctx *ctx, const struct baton_conn *conn, enum baton_dir dir);
/** The generation in which a packet that goes the slow way now began its way: noted per CPU. */
void baton_fast_note(const struct sk_buff *skb, u32 gen);

/**
 * baton_fast_note_unknown - it is a datagram of no connection
 * @ports: as in the packet, the source's below
 * @addrs: likewise, of IPv4; of IPv6 0: @hash, of the tuple, has to tell
 *
 * In PRE_ROUTING, where each datagram gets a note while the fast path is on, bare or not.
 */
void baton_fast_note_unknown(const struct baton_net *bn, const struct sk_buff *skb, u32 hash,
			     u32 ports, u64 addrs);
/** Was that noted of the datagram just now, and does it still have the same tuple? Then with its hash. */
bool baton_fast_unknown(const struct baton_net *bn, const struct sk_buff *skb,
			const struct baton_tuple *tuple, u32 *ret_hash);

/** Is each of the segments of a large packet within @mtu, and one that can be cut? */
bool baton_fast_segments_fit(const struct sk_buff *skb, unsigned int mtu);

/** baton_fast_fits - is the packet, or each of its segments, within @mtu? */
static __always_inline bool baton_fast_fits(const struct sk_buff *skb, unsigned int mtu)
{
	return likely(!skb_is_gso(skb)) ? skb->len <= mtu : baton_fast_segments_fit(skb, mtu);
}

/* fast_tunnel.c: RCU, BH off */
/**
 * baton_fast_tunnel - may @skb, of @family, go through the tunnel to @server over @dst?
 *
 * Return: by which address of ours; NULL: it does not fit, or that is not known.
 */
const struct baton_fast_source *baton_fast_tunnel(const struct sk_buff *skb, u8 family,
						  const struct baton_server *server,
						  const struct dst_entry *dst);
/** Keep the address that packets over @dst had as source; @dst becomes the server's next. fast.lock. */
bool baton_fast_keep_source(struct baton_server *server, const struct dst_entry *dst,
			    const union baton_addr *addr);
/** Let go of it. Any context. */
void baton_fast_forget_source(struct baton_server *server);
/** Did the packet leave with the source that the slow path has for this route? */
bool baton_fast_source_of(struct baton_server *server, const struct dst_entry *dst,
			  const struct sk_buff *skb, union baton_addr *ret_addr);

/** Begin a new generation. Any context. */
void baton_fast_flush(struct baton_net *bn);
/** The present generation, a new one if something changed for @family. BH off. */
u32 baton_fast_refresh(struct baton_net *bn, u8 family);
/** Switch the fast path of a namespace; either begins a new generation. Any context. */
void baton_fast_switch(struct baton_net *bn, bool on);
/** Let go of the routes to a server; proofs find new ones. Any context. */
void baton_fast_forget(struct baton_server *server);
/** Let go of all ways, and with them of devices. Process context; they are freed later. */
void baton_fast_forget_ways(struct baton_net *bn);

void baton_fast_net_init(struct baton_net *bn);
/** Before the hooks are registered; after they and the packets in them are gone. config_mutex. */
int baton_fast_start(struct baton_net *bn);
void baton_fast_stop(struct baton_net *bn);

#endif /* BATON_FAST_H */
