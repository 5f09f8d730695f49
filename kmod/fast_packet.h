/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fast path reads from a packet and writes into it. The family is an argument of what depends
 * on it: each of the two hooks has a copy of everything, made for its family.
 */
#ifndef BATON_FAST_PACKET_H
#define BATON_FAST_PACKET_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/checksum.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "core/pkt.h"
#include "header.h"

#define BATON_TCP_FLAGS_AT 13

static __always_inline unsigned int baton_fast_header_len(u8 family, u8 protocol)
{
	return baton_header_len(family) +
	       (protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr));
}

/* No options, no extension headers, whole. */
static __always_inline bool baton_fast_is_bare(u8 family, const struct sk_buff *skb)
{
	return family == AF_INET6 || (ip_hdr(skb)->ihl == 5 && !ip_is_fragment(ip_hdr(skb)));
}

static __always_inline u8 baton_fast_protocol(u8 family, const struct sk_buff *skb)
{
	return family == AF_INET ? ip_hdr(skb)->protocol : ipv6_hdr(skb)->nexthdr;
}

static __always_inline void baton_fast_read_addr(u8 family, union baton_addr *addr, const void *from)
{
	if (family == AF_INET)
		addr->v4 = *(const __be32 *)from;
	else
		memcpy(addr->bytes, from, sizeof(addr->bytes));
}

/** baton_fast_ports - of a tuple, as in the packet */
static __always_inline u32 baton_fast_ports(const struct baton_tuple *tuple)
{
	return (__force u16)tuple->sport | (u32)(__force u16)tuple->dport << 16;
}

/** baton_fast_addrs - the same of IPv4's addresses */
static __always_inline u64 baton_fast_addrs(const struct baton_tuple *tuple)
{
	return (__force u32)tuple->saddr.v4 | (u64)(__force u32)tuple->daddr.v4 << 32;
}

/**
 * baton_fast_read - IP has been checked by the stack; bare TCP or UDP: else it is not for here
 *
 * Of an IPv4 address the rest of @tuple is not written.
 */
static __always_inline bool baton_fast_read(u8 family, struct sk_buff *skb,
					    struct baton_tuple *tuple, u8 *tcp_flags)
{
	u8 protocol = baton_fast_protocol(family, skb);
	const u8 *l4;
	void *ip;

	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    !baton_fast_is_bare(family, skb) ||
	    !pskb_may_pull(skb, baton_fast_header_len(family, protocol)))
		return false;
	ip = skb_network_header(skb);
	l4 = ip + baton_header_len(family);
	baton_fast_read_addr(family, &tuple->saddr, baton_header_addr(ip, family, true));
	baton_fast_read_addr(family, &tuple->daddr, baton_header_addr(ip, family, false));
	memcpy(&tuple->sport, l4, sizeof(tuple->sport));
	memcpy(&tuple->dport, l4 + sizeof(tuple->sport), sizeof(tuple->dport));
	tuple->family = family;
	tuple->protocol = protocol;
	*tcp_flags = protocol == IPPROTO_TCP ? l4[BATON_TCP_FLAGS_AT] : BATON_TCP_ACK;
	return true;
}

static __always_inline u8 baton_fast_dscp(u8 family, const struct sk_buff *skb)
{
	u8 tos = family == AF_INET ? ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));

	return tos & ~INET_ECN_MASK;
}

/** baton_fast_is_plain - marks, sockets and extensions are for those who put them there */
static __always_inline bool baton_fast_is_plain(u8 family, const struct sk_buff *skb)
{
	return skb->pkt_type == PACKET_HOST && !skb->mark && !skb->sk && !skb_dst(skb) &&
	       !skb->active_extensions && !skb_vlan_tag_present(skb) && !skb->encapsulation &&
	       (family == AF_INET ? ip_hdr(skb)->ttl : ipv6_hdr(skb)->hop_limit) > 1;
}

/** baton_fast_hop - one less */
static __always_inline void baton_fast_hop(u8 family, struct sk_buff *skb)
{
	if (family == AF_INET)
		ip_decrease_ttl(ip_hdr(skb));
	else
		ipv6_hdr(skb)->hop_limit--;
}

static __always_inline __wsum baton_fast_change(__be32 from, __be32 to)
{
	return csum_sub((__force __wsum)to, (__force __wsum)from);
}

/* The transport's checksum, as far as it is not left to the device */
static __always_inline void baton_fast_sum_port(__sum16 *check, u8 protocol, __be16 from, __be16 to,
						__wsum change)
{
	change = csum_add(change, csum_sub((__force __wsum)to, (__force __wsum)from));
	csum_replace_by_diff(check, change);
	if (protocol == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/*
 * One end of the packet. A checksum left to the device covers the addresses only; UDP over IPv4 may
 * have none.
 */
static __always_inline void baton_fast_rewrite_v4(struct sk_buff *skb, u8 protocol, bool source,
						  __be32 to, __be16 port)
{
	struct iphdr *ip = ip_hdr(skb);
	__be32 *addr = source ? &ip->saddr : &ip->daddr;
	__be16 *l4_port = (__be16 *)(ip + 1) + !source;
	__sum16 *check = baton_header_check(skb, ip + 1, protocol);
	__wsum change = baton_fast_change(*addr, to);

	csum_replace_by_diff(&ip->check, change);
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL))
		inet_proto_csum_replace4(check, skb, *addr, to, true);
	else if (check)
		baton_fast_sum_port(check, protocol, *l4_port, port, change);
	*addr = to;
	*l4_port = port;
}

static __always_inline void baton_fast_rewrite_v6(struct sk_buff *skb, u8 protocol, bool source,
						  const __be32 to[4], __be16 port)
{
	struct ipv6hdr *ip = ipv6_hdr(skb);
	struct in6_addr *addr = source ? &ip->saddr : &ip->daddr;
	__be16 *l4_port = (__be16 *)(ip + 1) + !source;
	__sum16 *check = baton_header_check(skb, ip + 1, protocol);
	__wsum change = 0;
	int i;

	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL)) {
		inet_proto_csum_replace16(check, skb, addr->s6_addr32, to, true);
	} else if (check) {
		for (i = 0; i < 4; i++)
			change = csum_add(change, baton_fast_change(addr->s6_addr32[i], to[i]));
		baton_fast_sum_port(check, protocol, *l4_port, port, change);
	}
	memcpy(addr, to, sizeof(*addr));
	*l4_port = port;
}

/** baton_fast_rewrite - @source or destination becomes @addr (4 or 16 bytes) and @port */
static __always_inline void baton_fast_rewrite(u8 family, struct sk_buff *skb, u8 protocol,
					       bool source, const void *addr, __be16 port)
{
	if (family == AF_INET)
		baton_fast_rewrite_v4(skb, protocol, source, *(const __be32 *)addr, port);
	else
		baton_fast_rewrite_v6(skb, protocol, source, addr, port);
}

#endif /* BATON_FAST_PACKET_H */
