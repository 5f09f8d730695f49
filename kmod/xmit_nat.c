// SPDX-License-Identifier: GPL-2.0-only
/* NAT: the destination of requests and the source of replies are rewritten. */
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include "path.h"
#include "stats.h"

enum end { SOURCE, DESTINATION };

static __be32 addr4(const struct baton_conn *conn, enum baton_conn_addr which)
{
	__be32 addr;

	memcpy(&addr, baton_conn_addr(conn, which), sizeof(addr));
	return addr;
}

/* The checksum field of the transport header; NULL: the packet carries none (UDP). */
static __sum16 *checksum_of(const struct sk_buff *skb, void *l4, u8 protocol)
{
	struct udphdr *udp = l4;

	if (protocol == IPPROTO_TCP)
		return &((struct tcphdr *)l4)->check;
	return udp->check || skb->ip_summed == CHECKSUM_PARTIAL ? &udp->check : NULL;
}

/*
 * Address and port of one end, with every checksum that covers them. Segments
 * of a GSO packet and checksums left to the hardware are the helpers' business.
 */
static void rewrite(struct baton_ctx *ctx, enum end end, __be32 addr, __be16 port)
{
	struct iphdr *ip = ip_hdr(ctx->skb);
	void *l4 = (u8 *)ip + ctx->pkt.l4;
	__be16 *l4_port = (__be16 *)l4 + (end == DESTINATION);
	__be32 *ip_addr = end == SOURCE ? &ip->saddr : &ip->daddr;
	__sum16 *check = checksum_of(ctx->skb, l4, ctx->pkt.tuple.protocol);

	if (check) {
		inet_proto_csum_replace4(check, ctx->skb, *ip_addr, addr, true);
		inet_proto_csum_replace2(check, ctx->skb, *l4_port, port, false);
		if (ctx->pkt.tuple.protocol == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	csum_replace4(&ip->check, *ip_addr, addr);
	*ip_addr = addr;
	*l4_port = port;
}

unsigned int baton_xmit_nat(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct rtable *rt = baton_route_get(ctx->bn, conn);
	bool local;

	if (unlikely(!rt))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	local = baton_route_is_local(rt);
	if (!local && baton_route_check(ctx, rt) != NF_ACCEPT)
		goto drop;
	if (!baton_skb_writable(ctx->skb, ctx->pkt.header_len)) {
		baton_drop(ctx->bn, BATON_DROP_WRITE);
		goto drop;
	}
	rewrite(ctx, DESTINATION, addr4(conn, BATON_ADDR_SERVER), conn->dport);
	if (local)
		return baton_route_local(ctx, rt);
	baton_route_hop(ctx);
	return baton_route_send(ctx, rt);

drop:
	ip_rt_put(rt);
	return NF_DROP;
}

unsigned int baton_xmit_nat_reply(struct baton_ctx *ctx, struct baton_conn *conn)
{
	if (!baton_skb_writable(ctx->skb, ctx->pkt.header_len))
		return baton_drop(ctx->bn, BATON_DROP_WRITE);
	rewrite(ctx, SOURCE, addr4(conn, BATON_ADDR_VIRTUAL), conn->vport);
	if (!baton_route_again(ctx))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	baton_skb_untrack(ctx->skb);
	return NF_ACCEPT;
}
