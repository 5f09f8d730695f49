// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels: the packet as it is, within another one that is addressed to the server, which may be
 * anywhere. The server unwraps it, has the virtual address itself and answers the client past us.
 *
 *	outer IP | nothing, GRE, or UDP and GUE | the client's packet
 *
 * To the packet inside we are a router: one hop less. The outer header has its hops and traffic
 * class, and its congestion marks as RFC 3168 (9.1.1, full functionality) has them. May it not be cut,
 * neither may the outer one; its sender was told what fits.
 */
#include <linux/if_tunnel.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dsfield.h>
#include <net/dst.h>
#include <net/gue.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/udp.h>
#include "core/tunnel.h"
#include "header.h"
#include "path.h"
#include "stats.h"

/** struct wrap - what goes around a packet */
struct wrap {
	const struct baton_server	*server;
	const struct dst_entry		*dst;
	const union baton_addr		*source;
	struct baton_tunnel		tunnel;
	__be16				sport;		/* GUE */
	__be16				frag_off;	/* outer IPv4 */
	u8				family;		/* of the packet inside */
	u8				protocol;	/* of what the outer IP header is followed by */
	u8				dsfield;
	u8				hops;
	bool				remote;		/* the server computes the checksum inside */
};

unsigned int baton_tunnel_mtu(const struct baton_server *server, const struct dst_entry *dst,
			      u8 family)
{
	struct baton_tunnel tunnel = READ_ONCE(server->tunnel);
	unsigned int all = dst_mtu(dst), min = family == AF_INET ? IPV4_MIN_MTU : IPV6_MIN_MTU;
	unsigned int overhead = baton_header_len(server->family) +
				baton_tunnel_overhead(tunnel.kind, tunnel.checksum);

	return all > overhead + min ? all - overhead : min;
}

/*
 * An IPv6 packet of the least size that every link must take is never refused: where not even that
 * fits the outer packet is cut (RFC 4213, 3.2.1). In IPv6 the outer packet's sender, we, may always cut.
 */
static __be16 frag_off(const struct sk_buff *skb, const struct wrap *w)
{
	if (w->family == AF_INET)
		return ip_hdr(skb)->frag_off & htons(IP_DF);
	return baton_tunnel_mtu(w->server, w->dst, AF_INET6) > IPV6_MIN_MTU ? htons(IP_DF) : 0;
}

static void look_inside(struct net *net, struct sk_buff *skb, struct wrap *w)
{
	if (w->family == AF_INET) {
		w->dsfield = ipv4_get_dsfield(ip_hdr(skb));
		w->hops = ip_hdr(skb)->ttl;
	} else {
		w->dsfield = ipv6_get_dsfield(ipv6_hdr(skb));
		w->hops = ipv6_hdr(skb)->hop_limit;
	}
	w->dsfield = INET_ECN_encapsulate(w->dsfield, w->dsfield);
	w->frag_off = frag_off(skb, w);
	w->protocol = baton_tunnel_protocol(w->family);
	w->remote = w->tunnel.kind == BATON_TUNNEL_GUE &&
		    w->tunnel.checksum == BATON_TUNNEL_CHECKSUM_REMOTE &&
		    skb->ip_summed == CHECKSUM_PARTIAL && !skb_csum_is_sctp(skb);
	if (w->tunnel.kind == BATON_TUNNEL_GUE)
		w->sport = udp_flow_src_port(net, skb, 0, 0, false);
}

/*
 * How a large packet has to be cut into segments later, with all headers on each. Behind UDP an IP
 * packet comes as it does behind an IP header, and is cut by the same functions.
 */
static unsigned int gso_type(const struct wrap *w)
{
	unsigned int type = w->server->family == AF_INET ? SKB_GSO_IPXIP4 : SKB_GSO_IPXIP6;

	switch ((enum baton_tunnel_kind)w->tunnel.kind) {
	case BATON_TUNNEL_GRE:
		return w->tunnel.checksum ? SKB_GSO_GRE_CSUM : SKB_GSO_GRE;
	case BATON_TUNNEL_GUE:
		return type | (w->tunnel.checksum ? SKB_GSO_UDP_TUNNEL_CSUM : SKB_GSO_UDP_TUNNEL) |
		       (w->remote ? SKB_GSO_TUNNEL_REMCSUM : 0);
	case BATON_TUNNEL_IPIP:
	case __BATON_TUNNEL_MAX:
		break;
	}
	return type;
}

static __sum16 gre_checksum(struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return csum_fold(lco_csum(skb));
	return csum_fold(skb_checksum(skb, 0, skb->len, 0));
}

/* The segments of a large packet get their checksums when they are made. */
static void push_gre(struct sk_buff *skb, struct wrap *w)
{
	__be16 type = w->family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	__be16 *gre = skb_push(skb, baton_tunnel_overhead(BATON_TUNNEL_GRE, w->tunnel.checksum));

	skb_set_inner_protocol(skb, type);
	skb_reset_transport_header(skb);
	gre[0] = w->tunnel.checksum ? GRE_CSUM : 0;
	gre[1] = type;
	if (w->tunnel.checksum) {
		gre[2] = 0;
		gre[3] = 0;
		if (!skb_is_gso(skb))
			gre[2] = (__force __be16)gre_checksum(skb);
	}
	w->protocol = IPPROTO_GRE;
}

/* Where the checksum inside begins and where it belongs, counted from behind the GUE header */
static void push_remote(struct sk_buff *skb)
{
	__be16 start = htons(skb_checksum_start_offset(skb));
	__be16 place = htons(skb_checksum_start_offset(skb) + skb->csum_offset);
	__be32 *flags = skb_push(skb, GUE_LEN_PRIV + GUE_PLEN_REMCSUM);
	__be16 *field = (__be16 *)(flags + 1);

	*flags = GUE_PFLAG_REMCSUM;
	field[0] = start;
	field[1] = place;
	if (!skb_is_gso(skb)) {
		skb->ip_summed = CHECKSUM_NONE;
		skb->encapsulation = 0;
	}
}

static void push_gue(struct sk_buff *skb, struct wrap *w)
{
	const union baton_addr *to = &w->server->addr;
	struct guehdr *gue;
	struct udphdr *udp;
	bool bare = !w->tunnel.checksum;

	if (w->remote)
		push_remote(skb);
	gue = skb_push(skb, sizeof(*gue));
	gue->word = 0;
	gue->hlen = w->remote ? (GUE_LEN_PRIV + GUE_PLEN_REMCSUM) / 4 : 0;
	gue->proto_ctype = w->protocol;
	gue->flags = w->remote ? GUE_FLAG_PRIV : 0;
	udp = skb_push(skb, sizeof(*udp));
	skb_reset_transport_header(skb);
	udp->source = w->sport;
	udp->dest = w->tunnel.port;
	udp->len = htons(skb->len);
	udp->check = 0;
	if (w->server->family == AF_INET)
		udp_set_csum(bare, skb, w->source->v4, to->v4, skb->len);
	else
		udp6_set_csum(bare, skb, (struct in6_addr *)w->source, (struct in6_addr *)to,
			      skb->len);
	w->protocol = IPPROTO_UDP;
}

static void push_ip4(struct net *net, struct sk_buff *skb, const struct wrap *w)
{
	struct iphdr *ip = skb_push(skb, sizeof(*ip));
	/* a large packet may be too large for the field: its segments have their own lengths */
	u16 len = skb->len > IP_MAX_MTU ? 0 : skb->len;

	skb_reset_network_header(skb);
	*ip = (struct iphdr) {
		.version = 4, .ihl = sizeof(*ip) / 4, .tos = w->dsfield, .ttl = w->hops,
		.frag_off = w->frag_off, .protocol = w->protocol, .tot_len = htons(len),
		.saddr = w->source->v4, .daddr = w->server->addr.v4,
	};
	__ip_select_ident(net, ip, max_t(int, skb_shinfo(skb)->gso_segs, 1));
	ip_send_check(ip);
	skb->protocol = htons(ETH_P_IP);
}

static void push_ip6(struct sk_buff *skb, const struct wrap *w)
{
	unsigned int len = skb->len;
	struct ipv6hdr *ip = skb_push(skb, sizeof(*ip));

	skb_reset_network_header(skb);
	ip6_flow_hdr(ip, w->dsfield, 0);
	ip->payload_len = len > IPV6_MAXPLEN ? 0 : htons(len);
	ip->nexthdr = w->protocol;
	ip->hop_limit = w->hops;
	memcpy(&ip->saddr, w->source, sizeof(ip->saddr));
	memcpy(&ip->daddr, &w->server->addr, sizeof(ip->daddr));
	skb->protocol = htons(ETH_P_IPV6);
}

/* The packet, whose headers are writable, and whose transport header is at @l4 */
static bool wrap(struct net *net, struct sk_buff *skb, unsigned int l4, struct wrap *w)
{
	skb_set_transport_header(skb, l4);
	if (iptunnel_handle_offloads(skb, gso_type(w)))
		return false;
	/* what is cut into segments begins there; there is no link header inside */
	skb_set_inner_mac_header(skb, skb_inner_network_offset(skb));
	skb_set_inner_ipproto(skb, w->protocol);
	if (w->tunnel.kind == BATON_TUNNEL_GRE)
		push_gre(skb, w);
	else if (w->tunnel.kind == BATON_TUNNEL_GUE)
		push_gue(skb, w);
	else
		skb_reset_transport_header(skb);
	/* what the stack noted there is about the packet inside */
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
	if (w->server->family == AF_INET)
		push_ip4(net, skb, w);
	else
		push_ip6(skb, w);
	return true;
}

/* Room for the headers of the tunnel and the link, and a header inside that may be changed */
static bool make_room(struct sk_buff *skb, const struct wrap *w)
{
	unsigned int room = LL_RESERVED_SPACE(w->dst->dev) + w->dst->header_len +
			    baton_header_len(w->server->family) +
			    baton_tunnel_overhead(w->tunnel.kind, w->tunnel.checksum);

	return !skb_cow_head(skb, room) && baton_skb_writable(skb, baton_header_len(w->family));
}

static void hop(struct sk_buff *skb, u8 family)
{
	if (family == AF_INET)
		ip_decrease_ttl(ip_hdr(skb));
	else
		ipv6_hdr(skb)->hop_limit--;
}

/*
 * Checksums of tunnels build on one inside that is left to the device, as TCP's can be; of SCTP's it has to
 * be there. Large packets get theirs when they are cut.
 */
static bool settle_checksum(struct sk_buff *skb, const struct wrap *w)
{
	return !w->tunnel.checksum || skb->ip_summed != CHECKSUM_PARTIAL || !skb_csum_is_sctp(skb) ||
	       skb_is_gso(skb) || !skb_csum_hwoffload_help(skb, 0);
}

bool baton_tunnel_wrap(struct net *net, struct sk_buff *skb, const struct baton_wrap *how)
{
	struct wrap w = {
		.server = how->server, .dst = how->dst, .source = how->source,
		.tunnel = READ_ONCE(how->server->tunnel), .family = how->family,
	};

	if (!settle_checksum(skb, &w) || !make_room(skb, &w))
		return false;
	if (how->hop)
		hop(skb, w.family);
	look_inside(net, skb, &w);
	return wrap(net, skb, how->l4, &w);
}

unsigned int baton_xmit_tunnel(struct baton_ctx *ctx, struct baton_conn *conn)
{
	const struct baton_server *server = conn->server;
	union baton_addr source;
	struct baton_wrap how = {
		.server = server, .source = &source, .l4 = ctx->pkt.l4, .family = conn->family,
		.hop = ctx->state->hook != NF_INET_LOCAL_OUT,
	};
	struct dst_entry *dst;

	dst = baton_route_get_source(ctx->bn, conn, &source);
	if (unlikely(!dst))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	if (baton_route_is_local(dst))
		return baton_route_local(ctx, dst);
	if (baton_route_check_mtu(ctx, baton_tunnel_mtu(server, dst, conn->family)) != NF_ACCEPT)
		goto drop;
	if (!baton_track_finish(ctx)) {
		baton_drop(ctx->bn, BATON_DROP_CLASH);
		goto drop;
	}
	how.dst = dst;
	if (baton_tunnel_wrap(ctx->bn->net, ctx->skb, &how))
		return baton_route_send(ctx, dst);
	baton_drop(ctx->bn, BATON_DROP_WRITE);

drop:
	dst_release(dst);
	return NF_DROP;
}
