// SPDX-License-Identifier: GPL-2.0-only
/*
 * Headers to struct baton_pkt. The lengths in a packet are claims: each is checked
 * against what is there before it is used.
 */
#include "env.h"
#include "pkt.h"

#define IP_MIN		20
#define IP_OFFSET_MASK	0x1fff
#define IP_MORE		0x2000
#define TCP_MIN		20
#define UDP_LEN		8
#define ICMP_LEN	8
#define PORTS_LEN	8	/* what an ICMP error quotes at least (RFC 792) */

#define ICMP_UNREACHABLE	3
#define ICMP_QUENCH		4
#define ICMP_EXCEEDED		11
#define ICMP_PARAMETER		12

/* One reader: its window and how far it has to reach. */
struct window {
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
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* An error speaks about another packet; a query (echo, timestamp) does not. */
static bool is_error(u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_QUENCH || type == ICMP_EXCEEDED ||
	       type == ICMP_PARAMETER;
}

/* The IP header at @at; *@ret_l4 gets the offset behind it. */
static int read_ip(const struct window *w, size_t at, u16 *ret_l4)
{
	size_t hlen;
	int need = reach(w, at + IP_MIN);

	if (need)
		return need;
	hlen = (w->data[at] & 0xf) * 4;
	if (w->data[at] >> 4 != 4 || hlen < IP_MIN)
		return -EINVAL;
	*ret_l4 = at + hlen;
	return reach(w, at + hlen);
}

static void read_tuple(const u8 *ip, const u8 *ports, struct baton_tuple *tuple)
{
	memset(tuple, 0, sizeof(*tuple));
	tuple->family = AF_INET;
	tuple->protocol = ip[9];
	memcpy(tuple->saddr.bytes, ip + 12, 4);
	memcpy(tuple->daddr.bytes, ip + 16, 4);
	memcpy(&tuple->sport, ports, 2);
	memcpy(&tuple->dport, ports + 2, 2);
}

static int read_flow(const struct window *w, struct baton_pkt *pkt)
{
	u8 protocol = w->data[9];
	size_t end = pkt->l4 + (protocol == IPPROTO_TCP ? TCP_MIN : UDP_LEN);
	int need = reach(w, end);

	if (need)
		return need;
	read_tuple(w->data, w->data + pkt->l4, &pkt->tuple);
	if (protocol == IPPROTO_TCP)
		pkt->tcp_flags = w->data[pkt->l4 + 13];
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
	const u8 *inner;
	int need = reach(w, pkt->l4 + ICMP_LEN);

	if (need)
		return need;
	if (!is_error(w->data[pkt->l4]))
		return 0;
	pkt->icmp_type = w->data[pkt->l4];
	pkt->icmp_code = w->data[pkt->l4 + 1];
	pkt->inner = pkt->l4 + ICMP_LEN;
	need = read_ip(w, pkt->inner, &pkt->inner_l4);
	if (need)
		return need;
	inner = w->data + pkt->inner;
	if (!is_ours(inner[9]) || get16(inner + 6) & IP_OFFSET_MASK)
		return 0;
	need = reach(w, pkt->inner_l4 + PORTS_LEN);
	if (need)
		return need;
	read_tuple(inner, w->data + pkt->inner_l4, &pkt->tuple);
	pkt->header_len = pkt->inner_l4 + PORTS_LEN;
	pkt->kind = BATON_PKT_ERROR;
	return 0;
}

int baton_pkt_parse(const u8 *data, size_t have, size_t total, struct baton_pkt *pkt)
{
	struct window w = { .data = data, .have = have, .total = total };
	int need;
	u8 protocol;

	memset(pkt, 0, sizeof(*pkt));
	need = read_ip(&w, 0, &pkt->l4);
	if (need)
		return need;
	/* padding behind the IP length is not part of the packet */
	if (get16(data + 2) < pkt->l4)
		return -EINVAL;
	w.total = min_t(size_t, total, get16(data + 2));
	w.have = min_t(size_t, have, w.total);
	protocol = data[9];
	if (!is_ours(protocol) && protocol != IPPROTO_ICMP)
		return 0;
	if (get16(data + 6) & (IP_OFFSET_MASK | IP_MORE)) {
		pkt->kind = BATON_PKT_FRAGMENT;
		pkt->header_len = pkt->l4;
		return 0;
	}
	return protocol == IPPROTO_ICMP ? read_error(&w, pkt) : read_flow(&w, pkt);
}
