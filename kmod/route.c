// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes to servers, and the last steps before a packet leaves.
 *
 * A server keeps its route per CPU and method; routing changes and devices that go
 * make a kept route obsolete, which the next packet notices.
 */
#include <linux/netfilter_ipv4.h>
#include <net/dst_cache.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/route.h>
#include "path.h"
#include "stats.h"

struct rtable *baton_route_get(struct baton_net *bn, const struct baton_conn *conn)
{
	struct dst_cache *cache = &conn->server->dst[conn->method];
	/* DR: the neighbour to ask for is the server, not the address in the packet */
	struct flowi4 fl4 = {
		.flowi4_flags = conn->method == BATON_METHOD_DR ? FLOWI_FLAG_KNOWN_NH : 0,
	};
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(cache, &saddr);
	if (likely(rt))
		return rt;
	memcpy(&fl4.daddr, baton_conn_addr(conn, BATON_ADDR_SERVER), sizeof(fl4.daddr));
	rt = ip_route_output_key(bn->net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	dst_cache_set_ip4(cache, &rt->dst, fl4.saddr);
	return rt;
}

bool baton_route_is_local(const struct rtable *rt)
{
	return rt->rt_flags & RTCF_LOCAL;
}

static bool too_big(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb_is_gso(skb))
		return !skb_gso_validate_network_len(skb, mtu);
	return skb->len > mtu;
}

unsigned int baton_route_check(struct baton_ctx *ctx, const struct rtable *rt)
{
	unsigned int mtu = dst_mtu(&rt->dst);
	struct sk_buff *skb = ctx->skb;

	if (ctx->state->hook != NF_INET_LOCAL_OUT && ip_hdr(skb)->ttl <= 1) {
		icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
		return baton_drop(ctx->bn, BATON_DROP_TTL);
	}
	/* an error about an error is not allowed: those are fragmented */
	if (ctx->pkt.kind == BATON_PKT_FLOW && ip_hdr(skb)->frag_off & htons(IP_DF) &&
	    unlikely(too_big(skb, mtu))) {
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
		return baton_drop(ctx->bn, BATON_DROP_TOO_BIG);
	}
	return NF_ACCEPT;
}

void baton_route_hop(struct baton_ctx *ctx)
{
	if (ctx->state->hook != NF_INET_LOCAL_OUT)
		ip_decrease_ttl(ip_hdr(ctx->skb));
}

static int output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return dst_output(net, sk, skb);
}

bool baton_route_sent(const struct nf_hook_state *state)
{
	return state->okfn == output;
}

unsigned int baton_route_send(struct baton_ctx *ctx, struct rtable *rt)
{
	struct sk_buff *skb = ctx->skb;

	/* a socket that early demultiplexing found is not this packet's */
	if (ctx->state->hook != NF_INET_LOCAL_OUT)
		skb_orphan(skb);
	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	baton_skb_untrack(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb->ignore_df = 1;	/* DF was judged in baton_route_check() */
	NF_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, ctx->bn->net, NULL, skb, NULL, rt->dst.dev, output);
	return NF_STOLEN;
}

/* From outside it continues on its way up; from this host it has to turn round here. */
unsigned int baton_route_local(struct baton_ctx *ctx, struct rtable *rt)
{
	struct sk_buff *skb = ctx->skb;

	baton_skb_untrack(skb);
	if (ctx->state->hook == NF_INET_LOCAL_OUT) {
		skb_dst_drop(skb);
		skb_dst_set(skb, &rt->dst);
	} else {
		skb_orphan(skb);
		ip_rt_put(rt);
	}
	return NF_ACCEPT;
}

bool baton_route_again(struct baton_ctx *ctx)
{
	if (ctx->state->hook == NF_INET_LOCAL_IN)
		return true;
#ifdef CONFIG_IP_MULTIPLE_TABLES
	/* without rules of the administrator a source address changes nothing */
	if (!ctx->bn->net->ipv4.fib_has_custom_rules)
		return true;
	return !ip_route_me_harder(ctx->bn->net, ctx->skb->sk, ctx->skb, RTN_UNSPEC);
#else
	return true;
#endif
}
