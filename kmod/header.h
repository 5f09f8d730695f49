/* SPDX-License-Identifier: GPL-2.0-only */
/* Headers, where several parts of the path do the same to them. */
#ifndef BATON_HEADER_H
#define BATON_HEADER_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

/** baton_header_len - bytes of an IP header, without options and extensions */
static inline unsigned int baton_header_len(u8 family)
{
	return family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

/** baton_header_addr - where the IP header at @ip has its source or destination */
static inline void *baton_header_addr(void *ip, u8 family, bool source)
{
	if (family == AF_INET)
		return source ? &((struct iphdr *)ip)->saddr : &((struct iphdr *)ip)->daddr;
	return source ? &((struct ipv6hdr *)ip)->saddr : &((struct ipv6hdr *)ip)->daddr;
}

/** baton_header_set_addr - write @addr there, and the checksum that only IPv4 has */
static inline void baton_header_set_addr(void *ip, u8 family, bool source, const void *addr)
{
	void *field = baton_header_addr(ip, family, source);

	if (family == AF_INET) {
		csum_replace4(&((struct iphdr *)ip)->check, *(__be32 *)field, *(const __be32 *)addr);
		*(__be32 *)field = *(const __be32 *)addr;
	} else {
		memcpy(field, addr, sizeof(struct in6_addr));
	}
}

/** baton_header_check - the checksum of the transport header at @l4; NULL: the packet has none (UDP) */
static inline __sum16 *baton_header_check(const struct sk_buff *skb, void *l4, u8 protocol)
{
	struct udphdr *udp = l4;

	if (protocol == IPPROTO_TCP)
		return &((struct tcphdr *)l4)->check;
	return udp->check || skb->ip_summed == CHECKSUM_PARTIAL ? &udp->check : NULL;
}

#endif /* BATON_HEADER_H */
