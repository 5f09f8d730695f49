// SPDX-License-Identifier: GPL-2.0-only
/*
 * Headers to struct baton_pkt. The lengths in a packet are claims: each is checked
 * against what is there before it is used.
 */
#include "env.h"
#include "pkt.h"
#include "sctp_state.h"

#define IP_MIN		20
#define IP_MAX		65535
#define IP_OFFSET_MASK	0x1fff
#define IP_MORE		0x2000
#define IP6_LEN		40
#define IP6_OFFSET_MASK	0xfff8
#define IP6_UNIT	8	/* lengths of extension headers count these */
#define EXTENSIONS_MAX	8	/* more than any sane packet has; a bound for the insane ones */
#define TCP_MIN		20
#define UDP_LEN		8
#define SCTP_LEN	12
#define SCTP_CHUNK	4	/* type, flags, length */
#define SCTP_CHUNKS_MAX	4	/* what decides comes first, or behind one or two of those that do not */
#define ICMP_LEN	8
#define IKE_PORT	500
#define PORTS_LEN	8	/* what an ICMP error quotes at least (RFC 792) */

#define ICMP_UNREACHABLE	3
#define ICMP_QUENCH		4
#define ICMP_EXCEEDED		11
#define ICMP_PARAMETER		12
#define ICMP6_QUERY		0x80	/* bit of the types that are not errors */

/* One reader: its window and how far it has to reach. */
struct window {
	u8		family;
	const u8	*data;
	size_t		have;
	size_t		total;
};

static u16 get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

/* 0: @end bytes are there; positive: they have to be fetched; -EINVAL: there are not so many */
static int reach(const struct window *w, size_t end)
{
	if (end > w->total)
		return -EINVAL;
	return end > w->have ? (int)end : 0;
}

static bool is_ours(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static bool is_ipsec(u8 protocol)
{
	return protocol == IPPROTO_AH || protocol == IPPROTO_ESP;
}

static bool is_tunnel(u8 protocol)
{
	return protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6 || protocol == IPPROTO_GRE;
}

/* An error speaks about another packet; a query (echo, timestamp) does not. */
static bool is_error(u8 family, u8 type)
{
	if (family == AF_INET6)
		return !(type & ICMP6_QUERY);
	return type == ICMP_UNREACHABLE || type == ICMP_QUENCH || type == ICMP_EXCEEDED ||
	       type == ICMP_PARAMETER;
}

static u8 icmp_of(u8 family)
{
	return family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

/* An IP header with its options or extension headers */
struct network {
	u16	l4;		/* offset behind all of it */
	u8	protocol;	/* of what is there */
	bool	ours;		/* a protocol that is ours, or one that this piece does not tell */
	bool	piece;		/* of a fragmented packet */
	bool	later;		/* not the first piece: no ports */
};

static int read_ip4(const struct window *w, size_t at, struct network *ip)
{
	size_t hlen;
	u16 place;
	int need = reach(w, at + IP_MIN);

	if (need)
		return need;
	hlen = (w->data[at] & 0xf) * 4;
	if (w->data[at] >> 4 != 4 || hlen < IP_MIN)
		return -EINVAL;
	place = get16(w->data + at + 6);
	ip->l4 = at + hlen;
	ip->protocol = w->data[at + 9];
	ip->ours = is_ours(ip->protocol) || ip->protocol == IPPROTO_ICMP;
	ip->piece = place & (IP_OFFSET_MASK | IP_MORE);
	ip->later = place & IP_OFFSET_MASK;
	return reach(w, at + hlen);
}

static bool is_extension(u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_ROUTING ||
	       next == IPPROTO_FRAGMENT;
}

/*
 * The extension header at @ip->l4, of kind @ip->protocol. A packet that still has another
 * destination to go to is not addressed to whom it names.
 */
static int read_extension(const struct window *w, struct network *ip)
{
	const u8 *header = w->data + ip->l4;
	u8 kind = ip->protocol;
	int need = reach(w, ip->l4 + IP6_UNIT);

	if (need)
		return need;
	ip->protocol = header[0];
	ip->l4 += IP6_UNIT;
	if (kind == IPPROTO_FRAGMENT) {
		ip->piece = true;
		ip->later = get16(header + 2) & IP6_OFFSET_MASK;
		return 0;
	}
	ip->l4 += header[1] * IP6_UNIT;
	if (kind == IPPROTO_ROUTING && header[3])
		ip->protocol = IPPROTO_NONE;
	return 0;
}

/*
 * A fragment of a packet that we forward has to be put together before its headers can
 * be believed; of a quoted packet there is no more than the quote.
 */
static int read_ip6(const struct window *w, size_t at, struct network *ip)
{
	int need = reach(w, at + IP6_LEN);
	unsigned int i;

	if (need)
		return need;
	if (w->data[at] >> 4 != 6)
		return -EINVAL;
	*ip = (struct network) { .l4 = at + IP6_LEN, .protocol = w->data[at + 6] };
	for (i = 0; is_extension(ip->protocol) && i < EXTENSIONS_MAX; i++) {
		need = read_extension(w, ip);
		if (need)
			return need;
		if (ip->later || (ip->piece && !at))
			break;
	}
	ip->ours = is_ours(ip->protocol) || ip->protocol == IPPROTO_ICMPV6 ||
		   (ip->piece && is_extension(ip->protocol));
	return reach(w, ip->l4);
}

static int read_ip(const struct window *w, size_t at, struct network *ip)
{
	return w->family == AF_INET ? read_ip4(w, at, ip) : read_ip6(w, at, ip);
}

static void read_addresses(const struct window *w, size_t at, const struct network *ip,
			   struct baton_tuple *tuple)
{
	const u8 *header = w->data + at;

	memset(tuple, 0, sizeof(*tuple));
	tuple->family = w->family;
	tuple->protocol = ip->protocol;
	if (w->family == AF_INET) {
		memcpy(tuple->saddr.bytes, header + 12, 4);
		memcpy(tuple->daddr.bytes, header + 16, 4);
	} else {
		memcpy(tuple->saddr.bytes, header + 8, 16);
		memcpy(tuple->daddr.bytes, header + 24, 16);
	}
}

static void read_tuple(const struct window *w, size_t at, const struct network *ip,
		       struct baton_tuple *tuple)
{
	const u8 *ports = w->data + ip->l4;

	read_addresses(w, at, ip, tuple);
	memcpy(&tuple->sport, ports, 2);
	memcpy(&tuple->dport, ports + 2, 2);
}

static void read_ipsec(const struct window *w, size_t at, const struct network *ip,
		       struct baton_pkt *pkt)
{
	read_addresses(w, at, ip, &pkt->tuple);
	pkt->tuple.protocol = IPPROTO_UDP;
	pkt->tuple.sport = cpu_to_be16(IKE_PORT);
	pkt->tuple.dport = cpu_to_be16(IKE_PORT);
	pkt->portless = true;
}

/* Data comes last in a packet (RFC 9260, 6.10): behind it there is nothing that decides. */
static bool ends_chunks(u8 type)
{
	return type == BATON_SCTP_DATA || type == BATON_SCTP_I_DATA;
}

/* Nothing more is said by chunks of these types than that the association lives. */
static bool is_chatter(u8 type)
{
	return baton_sctp_is_amid(type) || type == BATON_SCTP_ERROR || type > BATON_SCTP_SHUTDOWN_COMPLETE;
}

/*
 * The first chunk that says something, or an ABORT behind it. One that is not all there ends
 * the search: its receiver will judge it.
 */
static int read_chunks(const struct window *w, size_t at, u8 *ret_type)
{
	unsigned int i;
	size_t len;
	int need;
	u8 type;

	for (i = 0; i < SCTP_CHUNKS_MAX && at + SCTP_CHUNK <= w->total; i++) {
		need = reach(w, at + SCTP_CHUNK);
		if (need)
			return need;
		type = w->data[at];
		len = get16(w->data + at + 2);
		if (!i || type == BATON_SCTP_ABORT || is_chatter(*ret_type))
			*ret_type = type;
		if (type == BATON_SCTP_ABORT || ends_chunks(type) || len < SCTP_CHUNK)
			break;
		at += ALIGN(len, SCTP_CHUNK);
	}
	return 0;
}

static size_t transport_len(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return TCP_MIN;
	case IPPROTO_SCTP:
		return SCTP_LEN;
	default:
		return UDP_LEN;
	}
}

static int read_flow(const struct window *w, const struct network *ip, struct baton_pkt *pkt)
{
	size_t end = ip->l4 + transport_len(ip->protocol);
	bool sctp = ip->protocol == IPPROTO_SCTP;
	int need = reach(w, end + (sctp ? SCTP_CHUNK : 0));

	if (!need && sctp)
		need = read_chunks(w, end, &pkt->sctp_chunk);
	if (need)
		return need;
	read_tuple(w, 0, ip, &pkt->tuple);
	if (ip->protocol == IPPROTO_TCP)
		pkt->tcp_flags = w->data[ip->l4 + 13];
	pkt->header_len = end;
	pkt->kind = BATON_PKT_FLOW;
	return 0;
}

/*
 * The quoted packet is the sender's view of one that we may have forwarded. It
 * has to be a first fragment with its ports; else the error cannot be ours.
 */
static int read_error(const struct window *w, struct baton_pkt *pkt)
{
	struct network quoted;
	int need = reach(w, pkt->l4 + ICMP_LEN);

	if (need)
		return need;
	if (!is_error(w->family, w->data[pkt->l4]))
		return 0;
	pkt->icmp_type = w->data[pkt->l4];
	pkt->icmp_code = w->data[pkt->l4 + 1];
	pkt->inner = pkt->l4 + ICMP_LEN;
	need = read_ip(w, pkt->inner, &quoted);
	if (need)
		return need;
	pkt->inner_l4 = quoted.l4;
	if (is_tunnel(quoted.protocol) && !quoted.later) {
		read_addresses(w, pkt->inner, &quoted, &pkt->tuple);
		pkt->header_len = quoted.l4;
		pkt->kind = BATON_PKT_TUNNEL_ERROR;
		return 0;
	}
	if (is_ipsec(quoted.protocol)) {
		read_ipsec(w, pkt->inner, &quoted, pkt);
		pkt->header_len = quoted.l4;
		pkt->kind = BATON_PKT_ERROR;
		return 0;
	}
	if (!is_ours(quoted.protocol) || quoted.later)
		return 0;
	need = reach(w, quoted.l4 + PORTS_LEN);
	if (need)
		return need;
	read_tuple(w, pkt->inner, &quoted, &pkt->tuple);
	pkt->header_len = quoted.l4 + PORTS_LEN;
	pkt->kind = BATON_PKT_ERROR;
	return 0;
}

/*
 * Padding behind the length that the IP header says is not part of the packet. A jumbogram
 * does not say it there, nor does an IPv4 packet that is too large to be one, which the stack put
 * together of segments: it has judged them.
 */
static int cut_padding(struct window *w)
{
	bool v4 = w->family == AF_INET;
	int need = reach(w, v4 ? IP_MIN : IP6_LEN);
	size_t len;

	if (need)
		return need;
	len = v4 ? get16(w->data + 2) : IP6_LEN + get16(w->data + 4);
	if (v4 ? !len && w->total > IP_MAX : len == IP6_LEN && w->data[6] == IPPROTO_HOPOPTS)
		len = w->total;
	w->total = min_t(size_t, w->total, len);
	w->have = min_t(size_t, w->have, w->total);
	return 0;
}

int baton_pkt_parse(u8 family, const u8 *data, size_t have, size_t total, struct baton_pkt *pkt)
{
	struct window w = { .family = family, .data = data, .have = have, .total = total };
	struct network ip;
	int need;

	memset(pkt, 0, sizeof(*pkt));
	need = cut_padding(&w);
	if (!need)
		need = read_ip(&w, 0, &ip);
	if (need)
		return need;
	pkt->l4 = ip.l4;
	if (is_ipsec(ip.protocol)) {
		read_ipsec(&w, 0, &ip, pkt);
		pkt->header_len = pkt->l4;
		pkt->kind = BATON_PKT_IPSEC;
		return 0;
	}
	if (!ip.ours)
		return 0;
	if (ip.piece) {
		pkt->kind = BATON_PKT_FRAGMENT;
		pkt->header_len = pkt->l4;
		return 0;
	}
	return ip.protocol == icmp_of(family) ? read_error(&w, pkt) : read_flow(&w, &ip, pkt);
}

int baton_pkt_parse_quote(u8 family, const u8 *data, size_t have, struct baton_pkt *pkt)
{
	struct window w = { .family = family, .data = data, .have = have, .total = have };
	struct network ip;

	memset(pkt, 0, sizeof(*pkt));
	if (read_ip(&w, 0, &ip))
		return -EINVAL;
	pkt->l4 = ip.l4;
	if (is_ipsec(ip.protocol)) {
		read_ipsec(&w, 0, &ip, pkt);
		return 0;
	}
	if (!is_ours(ip.protocol) || ip.later || reach(&w, ip.l4 + PORTS_LEN))
		return -EINVAL;
	read_tuple(&w, 0, &ip, &pkt->tuple);
	return 0;
}
