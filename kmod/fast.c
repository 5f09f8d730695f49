// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a packet on the fast path.
 *
 * In PRE_ROUTING before everything else: headers, lookup, proof, rewrite, neighbour. What is not
 * plainly right is left untouched to the slow path, which knows what to do and whom to tell.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/arp.h>
#include <net/checksum.h>
#include <net/gso.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include "fast.h"
#include "fast_route.h"
#include "header.h"
#include "path.h"
#include "stats.h"

/*
 * A packet on its way through here. The family is an argument of what depends on it: each of the
 * two hooks has a copy of everything, made for its family.
 */
struct fast {
	struct baton_net	*bn;
	struct sk_buff		*skb;
	struct baton_conn	*conn;
	struct dst_entry	*dst;
	struct neighbour	*neigh;
	enum baton_dir		dir;
	u8			tcp_flags;
};

#define TCP_FLAGS_AT 13

static __always_inline unsigned int header_len(u8 family, u8 protocol)
{
	return baton_header_len(family) +
	       (protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr));
}

/* No options, no extension headers, whole. */
static __always_inline bool is_bare(u8 family, const struct sk_buff *skb)
{
	return family == AF_INET6 || (ip_hdr(skb)->ihl == 5 && !ip_is_fragment(ip_hdr(skb)));
}

static __always_inline u8 protocol_of(u8 family, const struct sk_buff *skb)
{
	return family == AF_INET ? ip_hdr(skb)->protocol : ipv6_hdr(skb)->nexthdr;
}

/* IP has been checked by the stack; bare TCP or UDP: else it is not for here. */
static __always_inline bool read_tuple(u8 family, struct sk_buff *skb, struct baton_tuple *tuple,
				       u8 *tcp_flags)
{
	u8 protocol = protocol_of(family, skb);
	const u8 *l4;
	void *ip;

	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || !is_bare(family, skb) ||
	    !pskb_may_pull(skb, header_len(family, protocol)))
		return false;
	ip = skb_network_header(skb);
	l4 = ip + baton_header_len(family);
	memcpy(tuple->saddr.bytes, baton_header_addr(ip, family, true), baton_addr_len(family));
	memcpy(tuple->daddr.bytes, baton_header_addr(ip, family, false), baton_addr_len(family));
	memcpy(&tuple->sport, l4, sizeof(tuple->sport));
	memcpy(&tuple->dport, l4 + sizeof(tuple->sport), sizeof(tuple->dport));
	tuple->family = family;
	tuple->protocol = protocol;
	*tcp_flags = protocol == IPPROTO_TCP ? l4[TCP_FLAGS_AT] : BATON_TCP_ACK;
	return true;
}

static __always_inline u8 dscp_of(u8 family, const struct sk_buff *skb)
{
	u8 tos = family == AF_INET ? ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));

	return tos & ~INET_ECN_MASK;
}

/* The packet itself: marks, sockets and extensions are for those who put them there. */
static __always_inline bool is_plain(u8 family, const struct sk_buff *skb)
{
	return skb->pkt_type == PACKET_HOST && !skb->mark && !skb->sk && !skb_dst(skb) &&
	       !skb->active_extensions && !skb_vlan_tag_present(skb) && !skb->encapsulation &&
	       (family == AF_INET ? ip_hdr(skb)->ttl : ipv6_hdr(skb)->hop_limit) > 1;
}

static bool has_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_IN] || net->xfrm.policy_count[XFRM_POLICY_FWD] ||
	       net->xfrm.policy_count[XFRM_POLICY_OUT];
#else
	return false;
#endif
}

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (likely(!skb_is_gso(skb)))
		return skb->len <= mtu;
	return skb_shinfo(skb)->gso_type && !(skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST) &&
	       skb_gso_validate_network_len(skb, mtu);
}

static u8 wanted_state(const struct baton_conn *conn)
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
	    way->iif != f->skb->dev->ifindex || way->dscp != dscp_of(family, f->skb))
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

static __always_inline unsigned int mtu_of(u8 family, const struct fast *f)
{
	bool forward = f->dir == BATON_TO_CLIENT;

	return family == AF_INET ? ip_dst_mtu_maybe_forward(f->dst, forward) :
				   ip6_dst_mtu_maybe_forward(f->dst, forward);
}

/* What IPv4 announces when forwarding is switched off, as a change of routes, IPv6 does not. */
static __always_inline bool forwards(u8 family, const struct fast *f)
{
	return family == AF_INET || f->dir == BATON_TO_SERVER ||
	       READ_ONCE(f->bn->net->ipv6.devconf_all->forwarding);
}

static struct neighbour *neighbour_v4(const struct dst_entry *dst, const void *daddr)
{
	__be32 to;

	memcpy(&to, daddr, sizeof(to));
	to = rt_nexthop(container_of(dst, struct rtable, dst), to);
	return __ipv4_neigh_lookup_noref(dst->dev, (__force u32)to);
}

static struct neighbour *neighbour_v6(const struct dst_entry *dst, const void *daddr)
{
	struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	return __ipv6_neigh_lookup_noref(dst->dev, rt6_nexthop(rt, daddr));
}

static __always_inline bool find_neighbour(u8 family, struct fast *f)
{
	const void *daddr = baton_header_addr(skb_network_header(f->skb), family, false);

	if (f->dir == BATON_TO_SERVER && f->conn->method == BATON_METHOD_NAT)
		daddr = f->conn->addr + BATON_ADDR_SERVER * baton_addr_len(family);
	f->neigh = family == AF_INET ? neighbour_v4(f->dst, daddr) : neighbour_v6(f->dst, daddr);
	return f->neigh && READ_ONCE(f->neigh->nud_state) & NUD_VALID;
}

static __always_inline bool may_pass(u8 family, struct fast *f)
{
	struct baton_conn *conn = f->conn;

	return (f->tcp_flags & (BATON_TCP_SYN | BATON_TCP_FIN | BATON_TCP_RST | BATON_TCP_ACK)) ==
			BATON_TCP_ACK &&
	       baton_conn_state(conn) == wanted_state(conn) && is_plain(family, f->skb) &&
	       !test_bit(BATON_CONN_LEARNED, &conn->flags) &&
	       !has_policies(f->bn->net) && baton_gate_open(&f->bn->gate) &&
	       !READ_ONCE(conn->server->dead) && find_route(family, f) && forwards(family, f) &&
	       fits(f->skb, mtu_of(family, f)) && find_neighbour(family, f);
}

/* Room for the link header, and headers that nobody else reads. */
static __always_inline bool make_writable(u8 family, struct fast *f)
{
	unsigned int room = LL_RESERVED_SPACE(f->neigh->dev);
	struct sk_buff *skb = f->skb;

	if (likely(!skb_cloned(skb) && skb_headroom(skb) >= room))
		return true;
	return !skb_ensure_writable(skb, header_len(family, f->conn->protocol)) &&
	       !skb_cow_head(skb, room);
}

/* The checksum of the transport header, which covers addresses, too; NULL: there is none */
static void replace_v4(struct sk_buff *skb, __sum16 *check, const __be32 *from, __be32 to)
{
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL))
		inet_proto_csum_replace4(check, skb, *from, to, true);
	else if (check)
		csum_replace4(check, *from, to);
}

/* One end of the packet. A checksum left to the device covers the addresses only. */
static __always_inline void rewrite(u8 family, struct fast *f, bool source, const void *addr,
				    __be16 port)
{
	void *ip = skb_network_header(f->skb);
	void *old = baton_header_addr(ip, family, source), *l4 = ip + baton_header_len(family);
	__sum16 *check = baton_header_check(f->skb, l4, f->conn->protocol);
	__be16 *l4_port = (__be16 *)l4 + !source;
	__be32 to;

	if (family == AF_INET) {
		memcpy(&to, addr, sizeof(to));
		replace_v4(f->skb, check, old, to);
	} else if (check) {
		inet_proto_csum_replace16(check, f->skb, old, addr, true);
	}
	if (check && likely(f->skb->ip_summed != CHECKSUM_PARTIAL)) {
		csum_replace2(check, *l4_port, port);
		if (f->conn->protocol == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	baton_header_set_addr(ip, family, source, addr);
	*l4_port = port;
}

static __always_inline void translate(u8 family, struct fast *f)
{
	const struct baton_conn *conn = f->conn;
	unsigned int len = baton_addr_len(family);

	if (f->dir == BATON_TO_CLIENT)
		rewrite(family, f, true, conn->addr + BATON_ADDR_VIRTUAL * len, conn->vport);
	else if (conn->method == BATON_METHOD_NAT)
		rewrite(family, f, false, conn->addr + BATON_ADDR_SERVER * len, conn->dport);
	if (family == AF_INET)
		ip_decrease_ttl(ip_hdr(f->skb));
	else
		ipv6_hdr(f->skb)->hop_limit--;
}

static void count(const struct fast *f)
{
	struct baton_stats __percpu *stats = f->conn->server->stats;

	baton_conn_touch(f->conn);
	if (f->dir == BATON_TO_CLIENT)
		baton_stats_out(stats, baton_skb_packets(f->skb), f->skb->len);
	else
		baton_stats_in(stats, baton_skb_packets(f->skb), f->skb->len);
}

static __always_inline unsigned int pass(u8 family, struct fast *f)
{
	struct sk_buff *skb = f->skb;

	count(f);
	skb_forward_csum(skb);
	if (!make_writable(family, f))
		return baton_drop(f->bn, BATON_DROP_WRITE);
	translate(family, f);
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

static __always_inline unsigned int enter(u8 family, struct sk_buff *skb, struct net *net)
{
	struct fast f = { .bn = baton_net(net), .skb = skb };
	struct baton_tuple tuple;
	bool on = READ_ONCE(f.bn->fast.on);
	bool misjudged;

	/* a SYN from a client begins something: nobody knows it */
	if (!read_tuple(family, skb, &tuple, &f.tcp_flags) ||
	    (f.tcp_flags & (BATON_TCP_SYN | BATON_TCP_ACK)) == BATON_TCP_SYN)
		return NF_ACCEPT;
	misjudged = is_misjudged(tuple.protocol, f.tcp_flags, net);
	if (unlikely(!on && !misjudged))
		return NF_ACCEPT;
	f.conn = baton_conn_lookup(f.bn, &tuple, &f.dir);
	if (!f.conn)
		return NF_ACCEPT;
	if (likely(on)) {
		if (likely(may_pass(family, &f)))
			return pass(family, &f);
		baton_fast_note(skb, baton_fast_refresh(f.bn, family));
	}
	if (misjudged && !skb_nfct(skb))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

unsigned int baton_fast_pre_routing_v4(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return enter(AF_INET, skb, state->net);
}

unsigned int baton_fast_pre_routing_v6(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return enter(AF_INET6, skb, state->net);
}
