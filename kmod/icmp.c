// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about packets of our connections, in both directions.
 *
 * An error quotes the packet that caused it, as its sender saw it. That
 * packet went the other way, so the quoted tuple reversed is the tuple of the
 * error's own direction:
 *
 *   client or a router before it -> virtual address, quoting virtual address -> client:
 *	goes to the server, which has to believe that its own packet is quoted;
 *   server or a router before it -> client, quoting client -> server:
 *	goes to the client, which only knows the virtual address.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/ip6_checksum.h>
#include "header.h"
#include "path.h"
#include "stats.h"

/* Of the whole message as it is, its checksum included: zero if that is right. */
static __sum16 checksum(const struct baton_ctx *ctx)
{
	struct sk_buff *skb = ctx->skb;
	unsigned int len = skb->len - ctx->pkt.l4;
	__wsum sum = skb_checksum(skb, ctx->pkt.l4, len, 0);

	if (ctx->state->pf == NFPROTO_IPV4)
		return csum_fold(sum);
	return csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len, IPPROTO_ICMPV6,
			       sum);
}

bool baton_icmp_intact(const struct baton_ctx *ctx)
{
	struct sk_buff *skb = ctx->skb;

	return skb_csum_unnecessary(skb) || skb->ip_summed == CHECKSUM_PARTIAL || !checksum(ctx);
}

/* The quoted transport checksum, if so much of the packet is quoted; NULL if not. */
static __sum16 *quoted_checksum(const struct baton_ctx *ctx, void *l4, unsigned int writable)
{
	unsigned int end = ctx->pkt.inner_l4;
	struct udphdr *udp = l4;

	if (ctx->pkt.tuple.protocol == IPPROTO_UDP)
		return udp->check ? &udp->check : NULL;
	end += offsetofend(struct tcphdr, check);
	return end <= writable ? &((struct tcphdr *)l4)->check : NULL;
}

static void replace_addr(__sum16 *check, u8 family, const __be32 *from, const __be32 *to)
{
	unsigned int i;

	for (i = 0; i < baton_addr_len(family) / sizeof(*from); i++)
		csum_replace4(check, from[i], to[i]);
}

/*
 * Rewrite one end of the quoted packet: its source when the error goes to the
 * server, its destination when it goes to the client.
 */
static void rewrite_quote(struct baton_ctx *ctx, bool source, const void *addr, __be16 port,
			  unsigned int writable)
{
	void *ip = skb_network_header(ctx->skb) + ctx->pkt.inner;
	void *l4 = skb_network_header(ctx->skb) + ctx->pkt.inner_l4;
	u8 family = ctx->pkt.tuple.family;
	__be16 *l4_port = (__be16 *)l4 + !source;
	__sum16 *check;

	if (ctx->pkt.portless) {
		baton_header_set_addr(ip, family, source, addr);
		return;
	}
	check = quoted_checksum(ctx, l4, writable);
	if (check) {
		replace_addr(check, family, baton_header_addr(ip, family, source), addr);
		csum_replace2(check, *l4_port, port);
		if (ctx->pkt.tuple.protocol == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	baton_header_set_addr(ip, family, source, addr);
	*l4_port = port;
}

/* The quoted checksum is right, or as wrong as it was: what it covers need not be there. */
static void rewrite_quoted_sctp(struct baton_ctx *ctx, bool source, const void *addr, __be16 port,
				unsigned int writable)
{
	void *ip = skb_network_header(ctx->skb) + ctx->pkt.inner;
	void *l4 = skb_network_header(ctx->skb) + ctx->pkt.inner_l4;
	u8 family = ctx->pkt.tuple.family;
	u32 len = family == AF_INET ? ntohs(((struct iphdr *)ip)->tot_len) :
		  sizeof(struct ipv6hdr) + ntohs(((struct ipv6hdr *)ip)->payload_len);

	len -= min_t(u32, len, ctx->pkt.inner_l4 - ctx->pkt.inner);
	baton_header_set_sctp_port(l4, source, port, len,
				   ctx->pkt.inner_l4 + sizeof(struct sctphdr) <= writable);
	baton_header_set_addr(ip, family, source, addr);
}

static void renew_checksum(struct baton_ctx *ctx)
{
	void *icmp = skb_network_header(ctx->skb) + ctx->pkt.l4;
	__sum16 *field = ctx->state->pf == NFPROTO_IPV4 ? &((struct icmphdr *)icmp)->checksum :
							  &((struct icmp6hdr *)icmp)->icmp6_cksum;

	*field = 0;
	*field = checksum(ctx);
	ctx->skb->ip_summed = CHECKSUM_NONE;
}

/* NAT both packets. The ends that change are opposite: who gets the error sent what is quoted. */
static bool translate(struct baton_ctx *ctx, const struct baton_conn *conn, enum baton_dir dir)
{
	unsigned int writable = min_t(unsigned int, ctx->skb->len,
				      ctx->pkt.inner_l4 + sizeof(struct tcphdr));
	enum baton_conn_addr which = dir == BATON_TO_SERVER ? BATON_ADDR_SERVER : BATON_ADDR_VIRTUAL;
	__be16 port = dir == BATON_TO_SERVER ? conn->dport : conn->vport;
	const void *addr = baton_conn_addr(conn, which);

	if (!baton_skb_writable(ctx->skb, writable))
		return false;
	baton_header_set_addr(skb_network_header(ctx->skb), conn->family, dir == BATON_TO_CLIENT,
			      addr);
	if (conn->protocol == IPPROTO_SCTP)
		rewrite_quoted_sctp(ctx, dir == BATON_TO_SERVER, addr, port, writable);
	else
		rewrite_quote(ctx, dir == BATON_TO_SERVER, addr, port, writable);
	renew_checksum(ctx);
	return true;
}

/* Called with the server of @conn known to be alive; the route is what the flow uses. */
static unsigned int to_server(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct dst_entry *dst;

	if (conn->method == BATON_METHOD_DR)
		return baton_xmit_dr(ctx, conn);
	if (conn->method == BATON_METHOD_TUNNEL)
		return baton_xmit_tunnel(ctx, conn);
	dst = baton_route_get(ctx->bn, conn);
	if (!dst)
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	if (!baton_route_is_local(dst) && baton_route_check(ctx, dst) != NF_ACCEPT)
		goto drop;
	if (!translate(ctx, conn, BATON_TO_SERVER)) {
		baton_drop(ctx->bn, BATON_DROP_WRITE);
		goto drop;
	}
	if (baton_route_is_local(dst))
		return baton_route_local(ctx, dst);
	baton_route_hop(ctx);
	return baton_route_send(ctx, dst);

drop:
	dst_release(dst);
	return NF_DROP;
}

static unsigned int to_client(struct baton_ctx *ctx, struct baton_conn *conn)
{
	if (!translate(ctx, conn, BATON_TO_CLIENT))
		return baton_drop(ctx->bn, BATON_DROP_WRITE);
	if (baton_route_again(ctx) != NF_ACCEPT)
		return NF_DROP;
	baton_ctx_untrack(ctx);
	return NF_ACCEPT;
}

/*
 * No connection. When the quoted packet came from one of our services, nobody here can know
 * what it is about; a standby's silence covers it too.
 */
static unsigned int unrelated(struct baton_ctx *ctx, const struct baton_tuple *tuple)
{
	/* of AH and ESP this host may have its own */
	if (ctx->state->hook == NF_INET_FORWARD || ctx->pkt.portless ||
	    !baton_service_match_rcu(ctx->bn, tuple, ctx->skb->mark))
		return NF_ACCEPT;
	if (!baton_gate_open(&ctx->bn->gate))
		return baton_relay(ctx->bn, ctx->skb, ctx->state);
	return baton_drop(ctx->bn, BATON_DROP_ICMP_UNRELATED);
}

/*
 * An error on its way to an address that this host only is a router to. It is ours if the service
 * is one by mark: routing takes what has the mark to us, and nobody marks errors.
 */
static bool is_through(const struct baton_ctx *ctx, const struct baton_conn *conn)
{
	return conn->server->service->key.mark && baton_gate_open(&ctx->bn->gate);
}

unsigned int baton_icmp(struct baton_ctx *ctx)
{
	struct baton_tuple tuple = baton_tuple_reverse(&ctx->pkt.tuple);
	struct baton_net *bn = ctx->bn;
	struct baton_conn *conn;
	unsigned int verdict;
	enum baton_dir dir;

	conn = baton_conn_lookup(bn, &tuple, &dir);
	if (!conn) {
		verdict = baton_icmp_tunnel(ctx);
		return verdict == NF_ACCEPT ? unrelated(ctx, &tuple) : verdict;
	}
	if (dir == BATON_TO_SERVER && ctx->state->hook == NF_INET_FORWARD && !is_through(ctx, conn))
		return NF_ACCEPT;
	if (!baton_gate_open(&bn->gate))
		return baton_relay(bn, ctx->skb, ctx->state);
	if (READ_ONCE(conn->server->dead))
		return baton_drop(bn, BATON_DROP_SERVER_GONE);
	if (!baton_icmp_intact(ctx))
		return baton_drop(bn, BATON_DROP_CHECKSUM);
	baton_track_related(ctx, conn);
	return dir == BATON_TO_SERVER ? to_server(ctx, conn) : to_client(ctx, conn);
}
