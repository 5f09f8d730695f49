/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the digests add up: a hash over a connection that the peer knows, as it knows it.
 *
 * Part of the sync protocol: both nodes must get the same numbers, whatever
 * their byte order. The digests guard against loss and mistakes, the wire's authentication
 * guards against forgery: so it need not be hard to find two connections with one hash, only unlikely
 * to have them. A word costs five instructions.
 *
 * The bucket follows from the tuple alone: it does not move when the connection changes.
 */
#ifndef BATON_CORE_DIGEST_H
#define BATON_CORE_DIGEST_H

#include "env.h"

/* Each bit of @word moves the upper ones of the product, and these the lower half. */
static __always_inline u64 baton_digest_mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

static __always_inline u64 baton_digest_word(const u8 *bytes)
{
	__le64 word;

	memcpy(&word, bytes, sizeof(word));
	return le64_to_cpu(word);
}

/* An IPv4 address in the lower half of a word. */
static __always_inline u64 baton_digest_v4(__be32 addr)
{
	return be32_to_cpu(addr);
}

/** baton_digest_kind - ports and protocol in a word, but for the client's port, the lower 16 bits */
static __always_inline u64 baton_digest_kind(u8 family, u8 protocol, __be16 vport)
{
	return (u64)family << 40 | (u64)protocol << 32 | (u32)be16_to_cpu(vport) << 16;
}

/** baton_digest_tuple4 - baton_digest_tuple() of IPv4; @vaddr, @caddr: baton_digest_v4() of them */
static __always_inline u64 baton_digest_tuple4(u64 kind, __be16 cport, u64 vaddr, u64 caddr)
{
	u64 hash = baton_digest_mix(0x6261746f6e206469ULL, kind | be16_to_cpu(cport));

	return baton_digest_mix(hash, vaddr << 32 | caddr);
}

/**
 * baton_digest_tuple - the first half of the hash, of what does not change
 * @caddr, @vaddr: client and virtual address, 4 or 16 bytes each
 */
static __always_inline u64 baton_digest_tuple(u8 family, u8 protocol, const u8 *caddr, const u8 *vaddr,
				     __be16 cport, __be16 vport)
{
	u64 kind = baton_digest_kind(family, protocol, vport), hash;
	__be32 v4[2];

	if (family == AF_INET) {
		memcpy(&v4[0], caddr, sizeof(v4[0]));
		memcpy(&v4[1], vaddr, sizeof(v4[1]));
		return baton_digest_tuple4(kind, cport, baton_digest_v4(v4[1]), baton_digest_v4(v4[0]));
	}
	hash = baton_digest_mix(0x6261746f6e206469ULL, kind | be16_to_cpu(cport));
	hash = baton_digest_mix(hash, baton_digest_word(caddr));
	hash = baton_digest_mix(hash, baton_digest_word(caddr + 8));
	hash = baton_digest_mix(hash, baton_digest_word(vaddr));
	return baton_digest_mix(hash, baton_digest_word(vaddr + 8));
}

/** baton_digest_bucket - 0 .. BATON_DIGEST_BUCKETS - 1, from baton_digest_tuple() */
static inline u32 baton_digest_bucket(u64 tuple)
{
	return tuple / (U64_MAX / BATON_DIGEST_BUCKETS + 1);
}

/** baton_digest_place - state, port and, of IPv4, address of a server in a word */
static __always_inline u64 baton_digest_place(u8 family, const union baton_addr *daddr, __be16 dport, u8 state)
{
	return (u64)state << 48 | (u64)be16_to_cpu(dport) << 32 |
	       (family == AF_INET ? baton_digest_v4(daddr->v4) : 0);
}

/** baton_digest_end - the hash of a connection whose server is of IPv4; @place: baton_digest_place() */
static __always_inline u64 baton_digest_end(u64 tuple, u64 place, u64 version)
{
	/* once more at the end, so that the upper half is no sum of the versions */
	return baton_digest_mix(baton_digest_mix(baton_digest_mix(tuple, place), version), place);
}

/**
 * baton_digest_conn - the hash of a connection
 * @tuple: from baton_digest_tuple()
 * @family, @daddr, @dport: of its server; 4 or 16 bytes
 */
static __always_inline u64 baton_digest_conn(u64 tuple, u8 family, const union baton_addr *daddr,
				    __be16 dport, u8 state, u64 version)
{
	if (family != AF_INET) {
		tuple = baton_digest_mix(tuple, baton_digest_word(daddr->bytes));
		tuple = baton_digest_mix(tuple, baton_digest_word(daddr->bytes + 8));
	}
	return baton_digest_end(tuple, baton_digest_place(family, daddr, dport, state), version);
}

#endif /* BATON_CORE_DIGEST_H */
