// SPDX-License-Identifier: GPL-2.0-only
/* NAT: the destination of requests and the source of replies are rewritten. */
#include <net/dst.h>
#include "header.h"
#include "path.h"
#include "stats.h"

/* In the pseudo-header that the transport checksum covers */
static void replace_addr(__sum16 *check, struct sk_buff *skb, u8 family, const __be32 *from,
			 const __be32 *to)
{
	if (family == AF_INET)
		inet_proto_csum_replace4(check, skb, *from, *to, true);
	else
		inet_proto_csum_replace16(check, skb, from, to, true);
}

/* Its checksum covers no address. */
static void rewrite_sctp(struct baton_ctx *ctx, bool source, const void *addr, __be16 port)
{
	struct sk_buff *skb = ctx->skb;
	void *ip = skb_network_header(skb);

	baton_header_set_sctp_port(ip + ctx->pkt.l4, source, port, skb->len - ctx->pkt.l4,
				   skb->ip_summed != CHECKSUM_PARTIAL);
	baton_header_set_addr(ip, ctx->pkt.tuple.family, source, addr);
	skb_forward_csum(skb);
}

/*
 * Address and port of one end, with every checksum that covers them. Segments
 * of a GSO packet and checksums left to the hardware are the helpers' business.
 */
static void rewrite(struct baton_ctx *ctx, bool source, const void *addr, __be16 port)
{
	u8 family = ctx->pkt.tuple.family;
	void *ip = skb_network_header(ctx->skb);
	void *l4 = ip + ctx->pkt.l4;
	__be16 *l4_port = (__be16 *)l4 + !source;
	__sum16 *check;

	if (ctx->pkt.tuple.protocol == IPPROTO_SCTP) {
		rewrite_sctp(ctx, source, addr, port);
		return;
	}
	if (ctx->pkt.portless) {
		baton_header_set_addr(ip, family, source, addr);
		skb_forward_csum(ctx->skb);
		return;
	}
	check = baton_header_check(ctx->skb, l4, ctx->pkt.tuple.protocol);
	if (check) {
		replace_addr(check, ctx->skb, family, baton_header_addr(ip, family, source), addr);
		inet_proto_csum_replace2(check, ctx->skb, *l4_port, port, false);
		if (ctx->pkt.tuple.protocol == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	baton_header_set_addr(ip, family, source, addr);
	*l4_port = port;
}

unsigned int baton_xmit_nat(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct dst_entry *dst = baton_route_get(ctx->bn, conn);
	bool local;

	if (unlikely(!dst))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	local = baton_route_is_local(dst);
	if (!local && baton_route_check(ctx, dst) != NF_ACCEPT)
		goto drop;
	if (!baton_skb_writable(ctx->skb, ctx->pkt.header_len)) {
		baton_drop(ctx->bn, BATON_DROP_WRITE);
		goto drop;
	}
	rewrite(ctx, false, baton_conn_addr(conn, BATON_ADDR_SERVER), conn->dport);
	if (local)
		return baton_route_local(ctx, dst);
	baton_route_hop(ctx);
	return baton_route_send(ctx, dst);

drop:
	dst_release(dst);
	return NF_DROP;
}

unsigned int baton_xmit_nat_reply(struct baton_ctx *ctx, struct baton_conn *conn)
{
	if (!baton_skb_writable(ctx->skb, ctx->pkt.header_len))
		return baton_drop(ctx->bn, BATON_DROP_WRITE);
	rewrite(ctx, true, baton_conn_addr(conn, BATON_ADDR_VIRTUAL), conn->vport);
	if (baton_route_again(ctx) != NF_ACCEPT)
		return NF_DROP;
	baton_ctx_untrack(ctx);
	return NF_ACCEPT;
}
