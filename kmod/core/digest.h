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

/**
 * baton_digest_tuple - the first half of the hash, of what does not change
 * @caddr, @vaddr: client and virtual address, 4 or 16 bytes each
 */
static __always_inline u64 baton_digest_tuple(u8 family, u8 protocol, const u8 *caddr, const u8 *vaddr,
				     __be16 cport, __be16 vport)
{
	u64 hash = baton_digest_mix(0x6261746f6e206469ULL,
				    (u64)family << 40 | (u64)protocol << 32 |
				    (u32)be16_to_cpu(vport) << 16 | be16_to_cpu(cport));
	__be32 v4[2];

	if (family == AF_INET) {
		memcpy(&v4[0], caddr, sizeof(v4[0]));
		memcpy(&v4[1], vaddr, sizeof(v4[1]));
		return baton_digest_mix(hash, baton_digest_v4(v4[1]) << 32 | baton_digest_v4(v4[0]));
	}
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

/**
 * baton_digest_conn - the hash of a connection
 * @tuple: from baton_digest_tuple()
 * @family, @daddr, @dport: of its server; 4 or 16 bytes
 */
static __always_inline u64 baton_digest_conn(u64 tuple, u8 family, const union baton_addr *daddr,
				    __be16 dport, u8 state, u64 version)
{
	u64 word = (u64)state << 48 | (u64)be16_to_cpu(dport) << 32;

	if (family == AF_INET) {
		word |= baton_digest_v4(daddr->v4);
	} else {
		tuple = baton_digest_mix(tuple, baton_digest_word(daddr->bytes));
		tuple = baton_digest_mix(tuple, baton_digest_word(daddr->bytes + 8));
	}
	/* once more at the end, so that the upper half is no sum of the versions */
	return baton_digest_mix(baton_digest_mix(baton_digest_mix(tuple, word), version), word);
}

#endif /* BATON_CORE_DIGEST_H */
