/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hashes that are the same on every machine and after every boot: two directors that have the
 * same servers must send a client to the same one. They keep no secret.
 */
#ifndef BATON_CORE_MIX_H
#define BATON_CORE_MIX_H

#include "addr.h"

/** baton_mix - every bit of @x changes about half of the bits of the answer; one to one */
static inline u64 baton_mix(u64 x)
{
	x ^= x >> 32;
	x *= 0x9fb21c651e98df25ULL;
	x ^= x >> 29;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return x;
}

/** baton_mix_addr - hash of an address and a number, whatever the byte order of the machine */
static inline u64 baton_mix_addr(const union baton_addr *addr, u8 family, u64 number)
{
	unsigned int i, words = baton_addr_len(family) / sizeof(__be32);
	u64 hash = baton_mix(number + 0x5851f42d4c957f2dULL);

	for (i = 0; i < words; i++)
		hash = baton_mix(hash + be32_to_cpu(addr->v6[i]));
	return hash;
}

/** baton_mix_place - a hash as one of @places, 1 .. 2^32-1 */
static inline u32 baton_mix_place(u64 hash, u32 places)
{
	return (hash >> 32) * places >> 32;
}

#endif /* BATON_CORE_MIX_H */
