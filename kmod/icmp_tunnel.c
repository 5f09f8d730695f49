// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors from within tunnels.
 *
 * A router between us and a server, or the server itself, tells us about a packet that we made. The
 * client's packet in it is what matters: its sender is told, by us, what the error means for it. Packet
 * too large: our route learns what fits, and the client what is left of it without our headers. All
 * else means to the client that the server cannot be reached (RFC 2003, 4; RFC 2473, 8.1). What quotes too
 * little to know the connection, or is about none, is left to the stack.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include "core/tunnel.h"
#include "header.h"
#include "path.h"
#include "stats.h"

/* Behind the outer IP header: the largest header of a tunnel, IPv6 with some extensions, ports */
#define QUOTED_MAX 256

/** struct report - an error, taken apart */
struct report {
	struct baton_conn	*conn;
	unsigned int		at;	/* where the client's packet begins */
	u8			family;	/* of it */
	bool			too_big;
	u32			mtu;	/* of the way to the server, when too big */
};

static u8 outer_family(const struct baton_ctx *ctx)
{
	return ctx->state->pf == NFPROTO_IPV4 ? AF_INET : AF_INET6;
}

static void read_cause(const struct baton_ctx *ctx, struct report *r)
{
	const void *icmp = ctx->skb->data + ctx->pkt.l4;

	if (outer_family(ctx) == AF_INET) {
		r->too_big = ctx->pkt.icmp_type == ICMP_DEST_UNREACH &&
			     ctx->pkt.icmp_code == ICMP_FRAG_NEEDED;
		r->mtu = ntohs(((const struct icmphdr *)icmp)->un.frag.mtu);
	} else {
		r->too_big = ctx->pkt.icmp_type == ICMPV6_PKT_TOOBIG;
		r->mtu = ntohl(((const struct icmp6hdr *)icmp)->icmp6_mtu);
	}
}

static bool is_cause(const struct baton_ctx *ctx)
{
	u8 type = ctx->pkt.icmp_type;

	if (outer_family(ctx) == AF_INET)
		return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED;
	return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
}

/* Did we send what is quoted, for this connection? */
static bool is_from(const struct baton_ctx *ctx, const struct baton_conn *conn)
{
	const struct baton_server *server = conn->server;

	return conn->method == BATON_METHOD_TUNNEL && server->family == outer_family(ctx) &&
	       baton_addr_equal(&server->addr, &ctx->pkt.tuple.daddr, server->family);
}

static bool find(struct baton_ctx *ctx, struct report *r)
{
	struct sk_buff *skb = ctx->skb;
	unsigned int have = min_t(unsigned int, skb->len, ctx->pkt.inner_l4 + QUOTED_MAX);
	struct baton_pkt quoted;
	enum baton_dir dir;
	int offset;

	if (!is_cause(ctx) || !pskb_may_pull(skb, have))
		return false;
	offset = baton_tunnel_peel(ctx->pkt.tuple.protocol, skb->data + ctx->pkt.inner_l4,
				   have - ctx->pkt.inner_l4, &r->family);
	if (offset < 0)
		return false;
	r->at = ctx->pkt.inner_l4 + offset;
	if (baton_pkt_parse_quote(r->family, skb->data + r->at, have - r->at, &quoted))
		return false;
	r->conn = baton_conn_lookup(ctx->bn, &quoted.tuple, &dir);
	return r->conn && dir == BATON_TO_SERVER && is_from(ctx, r->conn) &&
	       !READ_ONCE(r->conn->server->dead);
}

/* The stack's functions want the quoted packet, which is ours, at the beginning. */
static void learn_mtu(struct baton_ctx *ctx, const struct report *r)
{
	struct net *net = ctx->bn->net;
	struct sk_buff *skb = ctx->skb;

	__skb_pull(skb, ctx->pkt.inner);
	if (outer_family(ctx) == AF_INET)
		ipv4_update_pmtu(skb, net, r->mtu, 0, ctx->pkt.tuple.protocol);
	else
		ip6_update_pmtu(skb, net, htonl(r->mtu), 0, 0, sock_net_uid(net, NULL));
	__skb_push(skb, ctx->pkt.inner);
}

/* What the client's packets may measure now; 0: nothing that is on its way has to be refused. */
static u32 client_mtu(struct baton_ctx *ctx, const struct report *r)
{
	const void *inner = ctx->skb->data + r->at;
	struct dst_entry *dst = baton_route_get(ctx->bn, r->conn);
	unsigned int mtu, len;

	if (!dst)
		return 0;
	mtu = baton_tunnel_mtu(r->conn->server, dst, r->family);
	dst_release(dst);
	if (r->family == AF_INET && !(((const struct iphdr *)inner)->frag_off & htons(IP_DF)))
		return 0;
	len = r->family == AF_INET ? ntohs(((const struct iphdr *)inner)->tot_len) :
		sizeof(struct ipv6hdr) + ntohs(((const struct ipv6hdr *)inner)->payload_len);
	return len > mtu ? mtu : 0;
}

/* An answer is sent in the name of whom the packet was for: the virtual address, which is ours. */
static bool set_route(struct net *net, struct sk_buff *skb, u8 family)
{
	struct flowi4 fl4 = { };
	struct flowi6 fl6 = { };
	struct dst_entry *dst;
	struct rtable *rt;

	if (family == AF_INET) {
		fl4.daddr = ip_hdr(skb)->daddr;
		rt = ip_route_output_key(net, &fl4);
		if (IS_ERR(rt))
			return false;
		dst = &rt->dst;
	} else {
		fl6.daddr = ipv6_hdr(skb)->daddr;
		dst = ip6_route_output(net, NULL, &fl6);
		if (dst->error) {
			dst_release(dst);
			return false;
		}
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return true;
}

/* What is left of the error is the beginning of the client's packet, as if it had just come. */
static void answer(struct baton_ctx *ctx, const struct report *r, u32 mtu)
{
	struct sk_buff *skb = ctx->skb;

	__skb_pull(skb, r->at);
	skb_reset_network_header(skb);
	skb->protocol = r->family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	skb->ip_summed = CHECKSUM_NONE;
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
	baton_skb_untrack(skb);
	if (!set_route(ctx->bn->net, skb, r->family))
		return;
	if (r->family == AF_INET)
		icmp_send(skb, ICMP_DEST_UNREACH, mtu ? ICMP_FRAG_NEEDED : ICMP_HOST_UNREACH,
			  htonl(mtu));
	else if (mtu)
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	else
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

unsigned int baton_icmp_tunnel(struct baton_ctx *ctx)
{
	struct report r = { };
	u32 mtu = 0;

	if (ctx->state->hook != NF_INET_LOCAL_IN || !find(ctx, &r))
		return NF_ACCEPT;
	if (!baton_gate_open(&ctx->bn->gate))
		return baton_drop(ctx->bn, baton_gate_reason(&ctx->bn->gate));
	if (!baton_icmp_intact(ctx))
		return baton_drop(ctx->bn, BATON_DROP_CHECKSUM);
	read_cause(ctx, &r);
	if (r.too_big) {
		learn_mtu(ctx, &r);
		mtu = client_mtu(ctx, &r);
	}
	if (mtu || !r.too_big)
		answer(ctx, &r, mtu);
	consume_skb(ctx->skb);
	return NF_STOLEN;
}
