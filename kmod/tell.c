// SPDX-License-Identifier: GPL-2.0-only
/* What a sender is told about a packet that goes no further. */
#include <linux/icmpv6.h>
#include <linux/netdevice.h>
#include <net/icmp.h>
#include <net/ip.h>
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

void baton_tell_no_server(struct baton_ctx *ctx)
{
	if (is_v4(ctx))
		icmp_send(ctx->skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	else
		send_v6(ctx, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
}

void baton_tell_hops(struct baton_ctx *ctx)
{
	if (is_v4(ctx))
		icmp_send(ctx->skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	else
		send_v6(ctx, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
}

void baton_tell_too_big(struct baton_ctx *ctx, u32 mtu)
{
	if (is_v4(ctx))
		icmp_send(ctx->skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		send_v6(ctx, ICMPV6_PKT_TOOBIG, 0, mtu);
}

void baton_tell_scope(struct baton_ctx *ctx)
{
	send_v6(ctx, ICMPV6_DEST_UNREACH, ICMPV6_NOT_NEIGHBOUR, 0);
}
