// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a packet on the fast path.
 *
 * In PRE_ROUTING before everything else: headers, lookup, proof, rewrite, neighbour. What is not
 * plainly right is left untouched to the slow path, which knows what to do and whom to tell.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/arp.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include "conn_find.h"
#include "fast.h"
#include "fast_packet.h"
#include "fast_route.h"
#include "path.h"
#include "stats.h"

/*
 * A packet on its way through here. Everything is inlined into the two hooks, so that this lives in
 * registers and each hook is made for its family.
 */
struct fast {
	struct baton_net	*bn;
	struct sk_buff		*skb;
	struct baton_conn	*conn;
	struct dst_entry	*dst;
	struct neighbour	*neigh;
	const struct baton_fast_source *source;	/* of a tunnel */
	enum baton_dir		dir;
	u8			tcp_flags;
};

static __always_inline bool has_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_IN] | net->xfrm.policy_count[XFRM_POLICY_FWD] |
	       net->xfrm.policy_count[XFRM_POLICY_OUT];
#else
	return false;
#endif
}

bool baton_fast_segments_fit(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_shinfo(skb)->gso_type && !(skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST) &&
	       skb_gso_validate_network_len(skb, mtu);
}

static __always_inline u8 wanted_state(const struct baton_conn *conn)
{
	return conn->protocol == IPPROTO_TCP ? BATON_STATE_TCP_ESTABLISHED : BATON_STATE_UDP;
}

/* The way that the packet's direction was proven to take; NULL: it was not. */
static __always_inline const struct baton_fast_way *way_of(u8 family, const struct fast *f)
{
	const struct baton_fast *fast = &f->bn->fast;
	u32 proof = READ_ONCE(f->conn->proof[f->dir]);
	const struct baton_fast_way *way;

	if (!baton_fast_current(fast, f->bn->net, family, READ_ONCE(f->bn->generation)))
		return NULL;
	smp_rmb();	/* pairs with begin(): who has the new numbers has the new generation */
	if (proof >> BATON_FAST_WAY_BITS != READ_ONCE(fast->gen))
		return NULL;
	way = rcu_dereference(fast->ways[proof & BATON_FAST_WAY_MASK]);
	if (!way || way->gen != proof >> BATON_FAST_WAY_BITS ||
	    way->iif != f->skb->dev->ifindex || way->dscp != baton_fast_dscp(family, f->skb))
		return NULL;
	return way;
}

static __always_inline bool find_route(u8 family, struct fast *f)
{
	const struct baton_fast_way *way = way_of(family, f);

	if (!way)
		return false;
	f->dst = f->dir == BATON_TO_CLIENT ? way->dst :
		 rcu_dereference(f->conn->server->fast_dst[f->conn->method]);
	return f->dst && baton_fast_route_lives(f->dst, family, f->bn->net);
}

/* Does the route say something about sizes that its device does not? */
static __always_inline bool has_metrics(const struct dst_entry *dst)
{
	return dst_metric_raw(dst, RTAX_MTU) || dst_metric_raw(dst, RTAX_LOCK);
}

/* In most cases the device's, as the kernel's functions would find out at length. */
static __always_inline unsigned int mtu_v4(const struct dst_entry *dst, bool forward)
{
	const struct rtable *rt = container_of(dst, struct rtable, dst);

	if (likely(!rt->rt_pmtu && !rt->rt_mtu_locked && !has_metrics(dst)))
		return READ_ONCE(dst->dev->mtu);
	return ip_dst_mtu_maybe_forward(dst, forward);
}

static __always_inline unsigned int mtu_v6(const struct dst_entry *dst, bool forward)
{
	const struct inet6_dev *idev = __in6_dev_get(dst->dev);

	if (likely(idev && !has_metrics(dst)))
		return READ_ONCE(idev->cnf.mtu6);
	return ip6_dst_mtu_maybe_forward(dst, forward);
}

static __always_inline unsigned int mtu_of(u8 family, const struct fast *f)
{
	bool forward = f->dir == BATON_TO_CLIENT;

	return family == AF_INET ? mtu_v4(f->dst, forward) : mtu_v6(f->dst, forward);
}

static __always_inline bool is_wrapped(const struct fast *f)
{
	return f->conn->method == BATON_METHOD_TUNNEL;
}

static __always_inline bool has_room(u8 family, struct fast *f)
{
	if (likely(!is_wrapped(f)))
		return baton_fast_fits(f->skb, mtu_of(family, f));
	f->source = baton_fast_tunnel(f->skb, family, f->conn->server, f->dst);
	return f->source;
}

/* What IPv4 announces when forwarding is switched off, as a change of routes, IPv6 does not. */
static __always_inline bool forwards(u8 family, const struct fast *f)
{
	return family == AF_INET || f->dir == BATON_TO_SERVER ||
	       READ_ONCE(f->bn->net->ipv6.devconf_all->forwarding);
}

static __always_inline struct neighbour *neighbour_v4(const struct dst_entry *dst, const void *daddr)
{
	__be32 to;

	memcpy(&to, daddr, sizeof(to));
	to = rt_nexthop(container_of(dst, struct rtable, dst), to);
	return __ipv4_neigh_lookup_noref(dst->dev, (__force u32)to);
}

static __always_inline struct neighbour *neighbour_v6(const struct dst_entry *dst, const void *daddr)
{
	struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	return __ipv6_neigh_lookup_noref(dst->dev, rt6_nexthop(rt, daddr));
}

static __always_inline bool find_neighbour(u8 family, struct fast *f)
{
	const void *daddr = baton_header_addr(skb_network_header(f->skb), family, false);

	if (f->dir == BATON_TO_SERVER && f->conn->method != BATON_METHOD_DR)
		daddr = f->conn->addr + BATON_ADDR_SERVER * baton_addr_len(family);
	f->neigh = family == AF_INET ? neighbour_v4(f->dst, daddr) : neighbour_v6(f->dst, daddr);
	return f->neigh && READ_ONCE(f->neigh->nud_state) & NUD_VALID;
}

static __always_inline bool may_pass(u8 family, struct fast *f)
{
	struct baton_conn *conn = f->conn;

	return (f->tcp_flags & (BATON_TCP_SYN | BATON_TCP_FIN | BATON_TCP_RST | BATON_TCP_ACK)) ==
			BATON_TCP_ACK &&
	       baton_conn_state(conn) == wanted_state(conn) && baton_fast_is_plain(family, f->skb) &&
	       !test_bit(BATON_CONN_LEARNED, &conn->flags) &&
	       !has_policies(f->bn->net) && baton_gate_open(&f->bn->gate) &&
	       !READ_ONCE(conn->server->dead) && find_route(family, f) && forwards(family, f) &&
	       has_room(family, f) && find_neighbour(family, f);
}

/* Room for the link header, and headers that nobody else reads. */
static __always_inline bool make_writable(u8 family, struct fast *f)
{
	unsigned int room = LL_RESERVED_SPACE(f->neigh->dev);
	struct sk_buff *skb = f->skb;

	if (likely(!skb_cloned(skb) && skb_headroom(skb) >= room))
		return true;
	return !skb_ensure_writable(skb, baton_fast_header_len(family, f->conn->protocol)) &&
	       !skb_cow_head(skb, room);
}

static __always_inline void translate(u8 family, const struct fast *f)
{
	const struct baton_conn *conn = f->conn;
	unsigned int len = baton_addr_len(family);

	if (f->dir == BATON_TO_CLIENT)
		baton_fast_rewrite(family, f->skb, conn->protocol, true,
				   conn->addr + BATON_ADDR_VIRTUAL * len, conn->vport);
	else if (conn->method == BATON_METHOD_NAT)
		baton_fast_rewrite(family, f->skb, conn->protocol, false,
				   conn->addr + BATON_ADDR_SERVER * len, conn->dport);
	baton_fast_hop(family, f->skb);
}

static noinline bool wrap(struct baton_net *bn, struct sk_buff *skb, const struct baton_conn *conn,
			  const struct dst_entry *dst, const struct baton_fast_source *source)
{
	struct baton_wrap how = {
		.server = conn->server, .dst = dst, .source = &source->addr,
		.l4 = baton_header_len(conn->family), .family = conn->family, .hop = true,
	};

	return baton_tunnel_wrap(bn->net, skb, &how);
}

/* What makes of the packet what leaves. False: there was no memory. */
static __always_inline bool change(u8 family, struct fast *f)
{
	if (unlikely(is_wrapped(f)))
		return wrap(f->bn, f->skb, f->conn, f->dst, f->source);
	if (!make_writable(family, f))
		return false;
	translate(family, f);
	return true;
}

static __always_inline void count(const struct fast *f)
{
	struct baton_stats __percpu *stats = f->conn->server->stats;

	baton_conn_touch(f->conn);
	if (f->dir == BATON_TO_CLIENT)
		baton_stats_out(stats, baton_skb_packets(f->skb), f->skb->len);
	else
		baton_stats_in(stats, baton_skb_packets(f->skb), f->skb->len);
}

static __always_inline bool find_conn(u8 family, struct fast *f, const struct baton_tuple *tuple,
				      u32 hash)
{
	struct hlist_node *node = baton_table_find(f->bn->conns, hash, family, tuple);

	if (!node)
		return false;
	f->conn = baton_node_conn(node);
	f->dir = baton_node_dir(node);
	return true;
}

static __always_inline unsigned int pass(u8 family, struct fast *f)
{
	struct sk_buff *skb = f->skb;

	count(f);
	skb_forward_csum(skb);
	if (!change(family, f))
		return baton_drop(f->bn, BATON_DROP_WRITE);
	nf_reset_ct(skb);
	skb_clear_tstamp(skb);
	skb_dst_set_noref(skb, f->dst);
	skb->dev = f->neigh->dev;	/* of the route it may be gone by now */
	if (family == AF_INET && f->dir == BATON_TO_CLIENT)
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	neigh_output(f->neigh, skb, false);
	return NF_STOLEN;
}

/*
 * Connection tracking sees halves of our flows: a SYN to one address, its answer from another. An
 * answer, an end or a reset without a beginning is invalid there, and nothing else unless it is
 * told to be strict. We know better: what belongs to a connection of ours is not tracked then.
 */
static __always_inline bool is_misjudged(u8 protocol, u8 tcp_flags, const struct net *net)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	return protocol == IPPROTO_TCP &&
	       (tcp_flags & (BATON_TCP_SYN | BATON_TCP_FIN | BATON_TCP_RST) ||
		!net->ct.nf_ct_proto.tcp.tcp_loose);
#else
	return false;
#endif
}

/* SCTP is never fast; an answer without a question is invalid there, too. */
static noinline unsigned int enter_sctp(u8 family, struct baton_net *bn, struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	struct baton_tuple tuple = { .family = family, .protocol = IPPROTO_SCTP };
	struct baton_conn *conn;
	enum baton_dir dir;
	void *ip;

	if (skb_nfct(skb) || !baton_fast_is_bare(family, skb) ||
	    !pskb_may_pull(skb, baton_header_len(family) + sizeof(struct sctphdr)))
		return NF_ACCEPT;
	ip = skb_network_header(skb);
	baton_fast_read_addr(family, &tuple.saddr, baton_header_addr(ip, family, true));
	baton_fast_read_addr(family, &tuple.daddr, baton_header_addr(ip, family, false));
	ip += baton_header_len(family);
	tuple.sport = ((struct sctphdr *)ip)->source;
	tuple.dport = ((struct sctphdr *)ip)->dest;
	conn = baton_conn_lookup(bn, &tuple, &dir);
	if (conn && !test_bit(BATON_CONN_TRACKED, &conn->flags))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
#endif
	return NF_ACCEPT;
}

static __always_inline void note_unknown(u8 family, const struct baton_net *bn,
					 const struct sk_buff *skb, const struct baton_tuple *tuple,
					 u32 hash)
{
	u64 addrs = family == AF_INET ? baton_fast_addrs(tuple) : 0;

	baton_fast_note_unknown(bn, skb, hash, baton_fast_ports(tuple), addrs);
}

static __always_inline unsigned int enter(u8 family, struct baton_net *bn, struct sk_buff *skb)
{
	struct fast f = { .bn = bn, .skb = skb };
	bool on = READ_ONCE(bn->fast.on);
	struct baton_tuple tuple;
	bool misjudged;
	u32 hash;

	if (!baton_fast_read(family, skb, &tuple, &f.tcp_flags)) {
		if (baton_fast_protocol(family, skb) == IPPROTO_SCTP)
			return enter_sctp(family, bn, skb);
		baton_fast_note(skb, 0);	/* as below */
		return NF_ACCEPT;
	}
	/* a SYN from a client begins something: nobody knows it */
	if ((f.tcp_flags & (BATON_TCP_SYN | BATON_TCP_ACK)) == BATON_TCP_SYN)
		return NF_ACCEPT;
	misjudged = is_misjudged(tuple.protocol, f.tcp_flags, bn->net);
	if (unlikely(!on && !misjudged))
		return NF_ACCEPT;
	hash = baton_tuple_hash(family, &tuple);
	if (!find_conn(family, &f, &tuple, hash)) {
		/* or a note of an earlier one in the same memory would let it prove what it opens */
		note_unknown(family, bn, skb, &tuple, hash);
		return NF_ACCEPT;
	}
	if (likely(on)) {
		if (likely(may_pass(family, &f)))
			return pass(family, &f);
		baton_fast_note(skb, baton_fast_refresh(bn, family));
	}
	if (misjudged && !skb_nfct(skb) && !test_bit(BATON_CONN_TRACKED, &f.conn->flags))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

unsigned int baton_fast_pre_routing_v4(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return enter(AF_INET, priv, skb);
}

unsigned int baton_fast_pre_routing_v6(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return enter(AF_INET6, priv, skb);
}
