// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before an established connection is given up since one packet said that it had ended, somebody who
 * must know is asked: the server, where its answer comes back this way (NAT), else the client. The
 * question is a segment that fits no connection, sent in the name of the other end. A living connection
 * answers what does not fit with what it expects (RFC 9293 3.10.7.4), which denies the claim. Where
 * there is none the answer is a reset whose sequence number is the acknowledgement number of the question
 * (3.10.7.1): a secret, so that a reset with that number is no forgery from elsewhere. It is the
 * challenge of RFC 5961 3.2, put by the one in the middle, to whom no sequence number is known.
 *
 * The secret is a function of the connection: nothing is remembered. Silence is an answer, too: the
 * connection ends.
 */
#include <linux/random.h>
#include <linux/siphash.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "challenge.h"
#include "header.h"
#include "path.h"

static siphash_key_t secret_key __ro_after_init;

/* The ends of a question. */
struct ends {
	const void	*saddr;
	const void	*daddr;
	__be16		sport;
	__be16		dport;
};

static u32 secret_of(const struct baton_conn *conn)
{
	struct {
		struct baton_tuple	tuple;
		const void		*conn;	/* the next one with this tuple has another secret */
	} id;

	memset(&id, 0, sizeof(id));
	baton_conn_tuple(conn, BATON_TO_SERVER, &id.tuple);
	id.conn = conn;
	return siphash(&id, sizeof(id), &secret_key);
}

bool baton_challenge_may(struct baton_net *bn)
{
	struct baton_challenge *challenge = &bn->challenge;
	u32 second = div_u64(get_jiffies_64(), HZ);

	if (challenge->second != second)
		challenge->sent = 0;
	challenge->second = second;
	if (challenge->sent >= READ_ONCE(challenge->max))
		return false;
	challenge->sent++;
	return true;
}

bool baton_challenge_ends(const struct baton_ctx *ctx, struct baton_conn *conn)
{
	const struct tcphdr *tcp;

	if (likely(!test_bit(BATON_CONN_ASKED, &conn->flags)) || !(ctx->pkt.tcp_flags & BATON_TCP_RST))
		return false;
	tcp = (const void *)(skb_network_header(ctx->skb) + ctx->pkt.l4);
	if (ntohl(tcp->seq) != secret_of(conn))
		return false;
	baton_conn_kill(ctx->bn, conn);
	return true;
}

static void find_ends(const struct baton_conn *conn, struct ends *ret)
{
	if (conn->method == BATON_METHOD_NAT) {
		ret->saddr = baton_conn_addr(conn, BATON_ADDR_CLIENT);
		ret->sport = conn->cport;
		ret->daddr = baton_conn_addr(conn, BATON_ADDR_SERVER);
		ret->dport = conn->dport;
	} else {
		ret->saddr = baton_conn_addr(conn, BATON_ADDR_VIRTUAL);
		ret->sport = conn->vport;
		ret->daddr = baton_conn_addr(conn, BATON_ADDR_CLIENT);
		ret->dport = conn->cport;
	}
}

static void write_ip(struct sk_buff *skb, u8 family, const struct ends *ends)
{
	struct ipv6hdr *ip6 = ipv6_hdr(skb);
	struct iphdr *ip = ip_hdr(skb);

	if (family == AF_INET) {
		*ip = (struct iphdr){
			.version = 4, .ihl = sizeof(*ip) / 4, .tot_len = htons(skb->len),
			.frag_off = htons(IP_DF), .ttl = IPDEFTTL, .protocol = IPPROTO_TCP,
		};
	} else {
		*ip6 = (struct ipv6hdr){
			.version = 6, .payload_len = htons(sizeof(struct tcphdr)),
			.nexthdr = IPPROTO_TCP, .hop_limit = IPV6_DEFAULT_HOPLIMIT,
		};
	}
	memcpy(baton_header_addr(ip, family, true), ends->saddr, baton_addr_len(family));
	memcpy(baton_header_addr(ip, family, false), ends->daddr, baton_addr_len(family));
	if (family == AF_INET)
		ip_send_check(ip);
}

static void write_tcp(struct sk_buff *skb, u8 family, const struct ends *ends, u32 secret)
{
	struct tcphdr *tcp = tcp_hdr(skb);
	unsigned int len = sizeof(*tcp);
	__wsum sum;

	*tcp = (struct tcphdr){
		.source = ends->sport, .dest = ends->dport, .doff = sizeof(*tcp) / 4, .ack = 1,
		.seq = htonl(get_random_u32()), .ack_seq = htonl(secret),
	};
	sum = csum_partial(tcp, len, 0);
	tcp->check = family == AF_INET ?
		     tcp_v4_check(len, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, sum) :
		     csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len, IPPROTO_TCP,
				     sum);
}

static struct sk_buff *make(const struct baton_conn *conn, const struct ends *ends)
{
	unsigned int ip_len = baton_header_len(conn->family), len = ip_len + sizeof(struct tcphdr);
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + len, GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_put(skb, len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_len);
	skb->protocol = conn->family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	write_ip(skb, conn->family, ends);
	write_tcp(skb, conn->family, ends, secret_of(conn));
	return skb;
}

/* Who is on this host is not asked: silence. */
void baton_challenge_send(struct baton_net *bn, const struct baton_conn *conn)
{
	struct dst_entry *dst;
	struct sk_buff *skb;
	struct ends ends;

	find_ends(conn, &ends);
	local_bh_disable();
	dst = conn->method == BATON_METHOD_NAT ? baton_route_get(bn, conn) :
						 baton_route_to(bn->net, conn->family, ends.saddr, ends.daddr);
	skb = dst && !baton_route_is_local(dst) ? make(conn, &ends) : NULL;
	if (skb)
		baton_route_emit(bn, skb, dst);
	else
		dst_release(dst);
	local_bh_enable();
}

void __init baton_challenge_module_init(void)
{
	get_random_bytes(&secret_key, sizeof(secret_key));
}
