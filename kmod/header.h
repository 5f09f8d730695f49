/* SPDX-License-Identifier: GPL-2.0-only */
/* Headers, where several parts of the path do the same to them. */
#ifndef BATON_HEADER_H
#define BATON_HEADER_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sctp.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include "core/crc32c.h"

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

/** baton_header_check - the checksum of the TCP or UDP header at @l4; NULL: the packet has none (UDP) */
static inline __sum16 *baton_header_check(const struct sk_buff *skb, void *l4, u8 protocol)
{
	struct udphdr *udp = l4;

	if (protocol == IPPROTO_TCP)
		return &((struct tcphdr *)l4)->check;
	return udp->check || skb->ip_summed == CHECKSUM_PARTIAL ? &udp->check : NULL;
}

/**
 * baton_header_set_sctp_port - write a port into an SCTP header, and the checksum to match
 * @len: bytes of the packet from @sctp on
 * @checksum: whether there is one: it may be left to the device, or not be quoted
 */
static inline void baton_header_set_sctp_port(struct sctphdr *sctp, bool source, __be16 port,
					      u32 len, bool checksum)
{
	__le32 before, after;

	memcpy(&before, sctp, sizeof(before));
	if (source)
		sctp->source = port;
	else
		sctp->dest = port;
	memcpy(&after, sctp, sizeof(after));
	if (checksum && before != after)
		sctp->checksum ^= cpu_to_le32(baton_crc32c_change(le32_to_cpu(before ^ after), len));
}

#endif /* BATON_HEADER_H */
