// SPDX-License-Identifier: GPL-2.0-only
/* What a sender is told about a packet that goes no further. */
#include <linux/icmpv6.h>
#include <linux/netdevice.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/route.h>
#include "path.h"

static bool is_v4(const struct baton_ctx *ctx)
{
	return ctx->state->pf == NFPROTO_IPV4;
}

/* Who asks on this host has not got a device yet, and an answer wants one. */
static void send_v6(struct baton_ctx *ctx, u8 type, u8 code, u32 info)
{
	if (!ctx->skb->dev)
		ctx->skb->dev = ctx->bn->net->loopback_dev;
	icmpv6_send(ctx->skb, type, code, info);
}

/*
 * What the stack has delivered here it answers from the address that was asked for. By a mark that may be
 * another host's, and then it would send nothing: behind a route to the client it says it as a router does.
 */
static void send_v4(struct baton_ctx *ctx, u8 type, u8 code, __be32 info)
{
	struct sk_buff *skb = ctx->skb;
	const struct iphdr *ip = ip_hdr(skb);
	unsigned long own = skb->_skb_refdst;
	const struct rtable *rt = skb_rtable(skb);
	struct dst_entry *dst = NULL;

	if (rt && rt->rt_flags & RTCF_LOCAL && inet_addr_type(ctx->bn->net, ip->daddr) != RTN_LOCAL)
		dst = baton_route_to(ctx->bn->net, AF_INET, NULL, &ip->saddr);
	if (dst)
		skb->_skb_refdst = (unsigned long)dst;
	icmp_send(skb, type, code, info);
	if (dst) {
		skb->_skb_refdst = own;
		dst_release(dst);
	}
}

void baton_tell_no_server(struct baton_ctx *ctx)
{
	if (is_v4(ctx))
		send_v4(ctx, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	else
		send_v6(ctx, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
}

void baton_tell_hops(struct baton_ctx *ctx)
{
	if (is_v4(ctx))
		send_v4(ctx, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	else
		send_v6(ctx, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
}

void baton_tell_too_big(struct baton_ctx *ctx, u32 mtu)
{
	if (is_v4(ctx))
		send_v4(ctx, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		send_v6(ctx, ICMPV6_PKT_TOOBIG, 0, mtu);
}

void baton_tell_scope(struct baton_ctx *ctx)
{
	send_v6(ctx, ICMPV6_DEST_UNREACH, ICMPV6_NOT_NEIGHBOUR, 0);
}
