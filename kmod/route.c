// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes to servers, and the last steps before a packet leaves.
 *
 * A server keeps its route per CPU and method; routing changes and devices that go
 * make a kept route obsolete, which the next packet notices.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst_cache.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include "header.h"
#include "path.h"
#include "stats.h"

/* DR: the neighbour to ask for is the server, not the address in the packet */
static u8 flow_flags(const struct baton_conn *conn)
{
	return conn->method == BATON_METHOD_DR ? FLOWI_FLAG_KNOWN_NH : 0;
}

static struct dst_entry *find_v4(struct net *net, const struct baton_conn *conn,
				 struct dst_cache *cache, union baton_addr *ret_source)
{
	struct flowi4 fl4 = {
		.flowi4_flags = flow_flags(conn), .daddr = conn->server->addr.v4,
	};
	struct rtable *rt;

	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	ret_source->v4 = fl4.saddr;
	dst_cache_set_ip4(cache, &rt->dst, fl4.saddr);
	return &rt->dst;
}

/* Only who sends in its own name has to have a source. */
static bool choose_v6(struct net *net, const struct baton_conn *conn, struct dst_entry *dst,
		      struct flowi6 *fl6)
{
	return conn->method != BATON_METHOD_TUNNEL ||
	       !ipv6_dev_get_saddr(net, dst->dev, &fl6->daddr, 0, &fl6->saddr);
}

static struct dst_entry *find_v6(struct net *net, const struct baton_conn *conn,
				 struct dst_cache *cache, union baton_addr *ret_source)
{
	struct flowi6 fl6 = { .flowi6_flags = flow_flags(conn) };
	struct dst_entry *dst;

	memcpy(&fl6.daddr, &conn->server->addr, sizeof(fl6.daddr));
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error || !choose_v6(net, conn, dst, &fl6)) {
		dst_release(dst);
		return NULL;
	}
	memcpy(ret_source, &fl6.saddr, sizeof(fl6.saddr));
	dst_cache_set_ip6(cache, dst, &fl6.saddr);
	return dst;
}

static struct dst_entry *find(struct baton_net *bn, const struct baton_conn *conn,
			      struct dst_cache *cache, union baton_addr *ret_source)
{
	return conn->server->family == AF_INET ? find_v4(bn->net, conn, cache, ret_source) :
						 find_v6(bn->net, conn, cache, ret_source);
}

struct dst_entry *baton_route_get(struct baton_net *bn, const struct baton_conn *conn)
{
	struct dst_cache *cache = &conn->server->dst[conn->method];
	struct dst_entry *dst = dst_cache_get(cache);
	union baton_addr source;

	if (likely(dst))
		return dst;
	return find(bn, conn, cache, &source);
}

struct dst_entry *baton_route_cached(struct baton_server *server, u8 method,
				     union baton_addr *ret_source)
{
	struct dst_cache *cache = &server->dst[method];
	struct rtable *rt;

	if (server->family == AF_INET6)
		return dst_cache_get_ip6(cache, (struct in6_addr *)ret_source);
	rt = dst_cache_get_ip4(cache, &ret_source->v4);
	return rt ? &rt->dst : NULL;
}

struct dst_entry *baton_route_get_source(struct baton_net *bn, const struct baton_conn *conn,
					 union baton_addr *ret_source)
{
	struct dst_cache *cache = &conn->server->dst[conn->method];
	struct dst_entry *dst = baton_route_cached(conn->server, conn->method, ret_source);

	return likely(dst) ? dst : find(bn, conn, cache, ret_source);
}

struct dst_entry *baton_route_to(struct net *net, u8 family, const void *saddr, const void *daddr)
{
	struct flowi4 fl4 = { };
	struct flowi6 fl6 = { };
	struct dst_entry *dst;
	struct rtable *rt;

	if (family == AF_INET) {
		if (saddr)
			memcpy(&fl4.saddr, saddr, sizeof(fl4.saddr));
		memcpy(&fl4.daddr, daddr, sizeof(fl4.daddr));
		rt = ip_route_output_key(net, &fl4);
		return IS_ERR(rt) ? NULL : &rt->dst;
	}
	if (saddr)
		memcpy(&fl6.saddr, saddr, sizeof(fl6.saddr));
	memcpy(&fl6.daddr, daddr, sizeof(fl6.daddr));
	dst = ip6_route_output(net, NULL, &fl6);
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

bool baton_route_is_local(const struct dst_entry *dst)
{
	if (dst->ops->family == AF_INET)
		return container_of(dst, struct rtable, dst)->rt_flags & RTCF_LOCAL;
	return container_of(dst, struct rt6_info, dst)->rt6i_flags & RTF_LOCAL;
}

/* An error about an error is not allowed: those are fragmented. */
static bool must_fit(const struct baton_ctx *ctx)
{
	return (ctx->pkt.kind == BATON_PKT_FLOW || ctx->pkt.kind == BATON_PKT_IPSEC) &&
	       (ctx->state->pf == NFPROTO_IPV6 || ip_hdr(ctx->skb)->frag_off & htons(IP_DF));
}

/* The largest of the pieces that a packet came in; 0: it came whole. */
static unsigned int piece_len(const struct baton_ctx *ctx)
{
	return ctx->state->pf == NFPROTO_IPV4 ? IPCB(ctx->skb)->frag_max_size :
						IP6CB(ctx->skb)->frag_max_size;
}

/*
 * A large IPv6 packet of TCP says how long it is in a header that the stack gave it, and that
 * none of its segments gets. The stack is told so; it cuts the packet where a device needs that.
 */
static unsigned int spare_len(const struct baton_ctx *ctx)
{
	if (ctx->state->pf != NFPROTO_IPV6 || likely(!ipv6_has_hopopt_jumbo(ctx->skb)) ||
	    !skb_is_gso(ctx->skb))
		return 0;
	IP6CB(ctx->skb)->flags |= IP6SKB_FAKEJUMBO;
	return sizeof(struct hop_jumbo_hdr);
}

/*
 * What came in pieces leaves in pieces of at most the size that it came in: their sender
 * has to be told when even these are too large. What a socket here lets us cut is cut.
 * Segments are shorter than their packet says by @spare.
 */
static bool too_big(const struct baton_ctx *ctx, unsigned int mtu, unsigned int spare)
{
	const struct sk_buff *skb = ctx->skb;

	if (skb_is_gso(skb))
		return !skb_gso_validate_network_len(skb, mtu + spare);
	if (ctx->state->hook == NF_INET_LOCAL_OUT && skb->ignore_df)
		return false;
	return (piece_len(ctx) ?: skb->len) > mtu;
}

static u8 hops_left(const struct baton_ctx *ctx)
{
	return ctx->state->pf == NFPROTO_IPV4 ? ip_hdr(ctx->skb)->ttl :
						ipv6_hdr(ctx->skb)->hop_limit;
}

static bool leaves_scope(const struct baton_ctx *ctx)
{
	return ctx->state->pf == NFPROTO_IPV6 &&
	       ipv6_addr_type(&ipv6_hdr(ctx->skb)->saddr) & IPV6_ADDR_LINKLOCAL;
}

static unsigned int check(struct baton_ctx *ctx, unsigned int mtu, unsigned int spare)
{
	if (ctx->state->hook == NF_INET_LOCAL_IN && hops_left(ctx) <= 1) {
		baton_tell_hops(ctx);
		return baton_drop(ctx->bn, BATON_DROP_TTL);
	}
	if (unlikely(leaves_scope(ctx))) {
		baton_tell_scope(ctx);
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	}
	if (must_fit(ctx) && unlikely(too_big(ctx, mtu, spare))) {
		baton_tell_too_big(ctx, mtu);
		return baton_drop(ctx->bn, BATON_DROP_TOO_BIG);
	}
	return NF_ACCEPT;
}

unsigned int baton_route_check(struct baton_ctx *ctx, const struct dst_entry *dst)
{
	return check(ctx, dst_mtu(dst), spare_len(ctx));
}

unsigned int baton_route_check_mtu(struct baton_ctx *ctx, unsigned int mtu)
{
	return check(ctx, mtu, 0);
}

/* the stack has counted it before FORWARD */
void baton_route_hop(struct baton_ctx *ctx)
{
	if (ctx->state->hook != NF_INET_LOCAL_IN)
		return;
	if (ctx->state->pf == NFPROTO_IPV4)
		ip_decrease_ttl(ip_hdr(ctx->skb));
	else
		ipv6_hdr(ctx->skb)->hop_limit--;
}

static int output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return dst_output(net, sk, skb);
}

bool baton_route_sent(const struct nf_hook_state *state)
{
	return state->okfn == output;
}

static void emit(struct net *net, struct sk_buff *skb, struct dst_entry *dst)
{
	skb_dst_set(skb, dst);
	NF_HOOK(dst->ops->family, NF_INET_LOCAL_OUT, net, NULL, skb, NULL, dst->dev, output);
}

void baton_route_emit(struct baton_net *bn, struct sk_buff *skb, struct dst_entry *dst)
{
	skb->dev = dst->dev;
	baton_skb_untrack(skb);
	emit(bn->net, skb, dst);
}

unsigned int baton_route_send(struct baton_ctx *ctx, struct dst_entry *dst)
{
	struct sk_buff *skb = ctx->skb;

	/* a socket that early demultiplexing found is not this packet's */
	if (ctx->state->hook != NF_INET_LOCAL_OUT)
		skb_orphan(skb);
	skb_dst_drop(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb->ignore_df = 1;	/* the size was judged in baton_route_check_mtu() */
	baton_ctx_untrack(ctx);
	emit(ctx->bn->net, skb, dst);
	return NF_STOLEN;
}

unsigned int baton_route_forward(struct baton_ctx *ctx, struct dst_entry *dst)
{
	if (baton_route_check(ctx, dst) != NF_ACCEPT)
		goto drop;
	if (!baton_skb_writable(ctx->skb, baton_header_len(ctx->state->pf))) {
		baton_drop(ctx->bn, BATON_DROP_WRITE);
		goto drop;
	}
	baton_route_hop(ctx);
	return baton_route_send(ctx, dst);

drop:
	dst_release(dst);
	return NF_DROP;
}

/*
 * From outside it continues on its way up; from this host it has to turn round here, which it does
 * anyway if the server's address is of the other family. What was on its way through goes out to
 * the loopback device, and comes in anew.
 */
unsigned int baton_route_local(struct baton_ctx *ctx, struct dst_entry *dst)
{
	struct sk_buff *skb = ctx->skb;

	if (ctx->state->hook == NF_INET_FORWARD && dst->ops->family == ctx->state->pf)
		return baton_route_send(ctx, dst);
	baton_ctx_untrack(ctx);
	if (ctx->state->hook == NF_INET_LOCAL_OUT && dst->ops->family == ctx->state->pf) {
		skb_dst_drop(skb);
		skb_dst_set(skb, dst);
	} else {
		if (ctx->state->hook != NF_INET_LOCAL_OUT)
			skb_orphan(skb);
		dst_release(dst);
	}
	return NF_ACCEPT;
}

static bool has_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_OUT];
#else
	return false;
#endif
}

/* Without an administrator's rules of routing, and policies of IPsec, a source address changes nothing. */
static bool source_matters(const struct net *net, u8 pf)
{
	if (has_policies(net))
		return true;
	if (pf == NFPROTO_IPV6)
		return fib6_has_custom_rules(net) || fib6_routes_require_src(net);
#ifdef CONFIG_IP_MULTIPLE_TABLES
	return net->ipv4.fib_has_custom_rules;
#else
	return false;
#endif
}

static bool route_again(struct net *net, struct sk_buff *skb, u8 pf)
{
	return pf == NFPROTO_IPV4 ? !ip_route_me_harder(net, skb->sk, skb, RTN_UNSPEC) :
				    !ip6_route_me_harder(net, skb->sk, skb);
}

/*
 * What the stack found to fit was another way. The error goes to the virtual address, which
 * is ours: there it comes in as a router's would, and on to the server (icmp.c).
 */
unsigned int baton_route_again(struct baton_ctx *ctx)
{
	struct net *net = ctx->bn->net;
	u8 pf = ctx->state->pf;
	u32 mtu;

	if (ctx->state->hook == NF_INET_LOCAL_IN || likely(!source_matters(net, pf)))
		return NF_ACCEPT;
	if (!route_again(net, ctx->skb, pf))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	mtu = dst_mtu(skb_dst(ctx->skb));
	if (!must_fit(ctx) || likely(!too_big(ctx, mtu, spare_len(ctx))))
		return NF_ACCEPT;
	baton_tell_too_big(ctx, mtu);
	return baton_drop(ctx->bn, BATON_DROP_TOO_BIG);
}
