// SPDX-License-Identifier: GPL-2.0-or-later
#include "payload.h"

/* A bijective 64-bit mixer: neighbouring inputs differ in about half of the bits. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ (x >> 32);
}

static uint8_t byte_at(uint64_t seed, uint64_t *block, uint64_t *word, size_t pos)
{
	uint64_t want = pos / 8 + 1;

	if (*block != want) {
		*block = want;
		*word = mix(seed + want);
	}
	return (uint8_t)(*word >> (pos % 8 * 8));
}

static uint64_t seed_of(uint32_t conn, uint32_t seq)
{
	return mix((uint64_t)conn << 32 | seq);
}

void baton_payload_fill(uint32_t conn, uint32_t seq, size_t offset, uint8_t *buf, size_t len)
{
	uint64_t seed = seed_of(conn, seq), block = 0, word = 0;

	for (size_t i = 0; i < len; i++)
		buf[i] = byte_at(seed, &block, &word, offset + i);
}

bool baton_payload_check(uint32_t conn, uint32_t seq, size_t offset, const uint8_t *buf,
			 size_t len)
{
	uint64_t seed = seed_of(conn, seq), block = 0, word = 0;

	for (size_t i = 0; i < len; i++)
		if (buf[i] != byte_at(seed, &block, &word, offset + i))
			return false;
	return true;
}
