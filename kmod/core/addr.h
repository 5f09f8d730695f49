/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and tuples: what a packet says about whom it belongs to. */
#ifndef BATON_CORE_ADDR_H
#define BATON_CORE_ADDR_H

#include "env.h"

/** struct baton_tuple - what identifies a connection; the lookup key as seen in a packet */
struct baton_tuple {
	union baton_addr	saddr;
	union baton_addr	daddr;
	__be16			sport;
	__be16			dport;
	u8			family;
	u8			protocol;
};

/** baton_addr_len - bytes of an address of @family that mean something */
static inline unsigned int baton_addr_len(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

/** baton_addr_set - fill @addr from @bytes, 4 or 16, big-endian; clears the rest */
static inline void baton_addr_set(union baton_addr *addr, u8 family, const void *bytes)
{
	memset(addr, 0, sizeof(*addr));
	memcpy(addr->bytes, bytes, baton_addr_len(family));
}

static inline bool baton_addr_equal(const union baton_addr *a, const union baton_addr *b, u8 family)
{
	return family == AF_INET ? a->v4 == b->v4 : !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/** baton_addr_under - do the first @prefix bits agree? @prefix: 0 .. 32 or 128 */
static inline bool baton_addr_under(const union baton_addr *addr, const union baton_addr *net,
				    u8 family, u8 prefix)
{
	unsigned int whole = prefix / 8, rest = prefix % 8;

	if (prefix > 8 * baton_addr_len(family) || memcmp(addr->bytes, net->bytes, whole))
		return false;
	return !rest || !((addr->bytes[whole] ^ net->bytes[whole]) >> (8 - rest));
}

/**
 * baton_addr_is_host_v6 - can @addr be that of one host, whatever link it is seen from?
 *
 * Not: unspecified, multicast, link-local (whose link nobody says), and IPv4 in disguise,
 * which no packet carries.
 */
static inline bool baton_addr_is_host_v6(const union baton_addr *addr)
{
	const u8 *b = addr->bytes;
	bool low = addr->v6[0] || addr->v6[1];

	if (b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80))
		return false;
	if (!low && addr->v6[2] == cpu_to_be32(0xffff))
		return false;
	return low || addr->v6[2] || addr->v6[3];
}

/** baton_addr_cut - clear all but the first @prefix bits; @prefix: 0 .. 32 or 128 */
static inline void baton_addr_cut(union baton_addr *addr, u8 family, u8 prefix)
{
	unsigned int len = baton_addr_len(family);
	unsigned int whole = prefix / 8, rest = prefix % 8;

	if (prefix >= 8 * len)
		return;
	addr->bytes[whole] &= (u8)(0xff00 >> rest);
	memset(addr->bytes + whole + 1, 0, len - whole - 1);
}

/** baton_tuple_reverse - the tuple of a packet that answers one with @tuple */
static inline struct baton_tuple baton_tuple_reverse(const struct baton_tuple *tuple)
{
	return (struct baton_tuple) {
		.saddr = tuple->daddr,
		.daddr = tuple->saddr,
		.sport = tuple->dport,
		.dport = tuple->sport,
		.family = tuple->family,
		.protocol = tuple->protocol,
	};
}

#endif /* BATON_CORE_ADDR_H */
