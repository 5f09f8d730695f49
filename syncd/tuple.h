/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What identifies a connection in a record, a keyed hash of it, and its bucket in the digests. */
#ifndef BATON_SYNCD_TUPLE_H
#define BATON_SYNCD_TUPLE_H

#include <arpa/inet.h>
#include <endian.h>
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "model.h"

#define BATON_HASH_KEY	crypto_shorthash_KEYBYTES

static inline bool baton_tuple_same(const struct baton_conn_record *a,
				    const struct baton_conn_record *b)
{
	return a->cport == b->cport && a->vport == b->vport && a->family == b->family &&
	       a->protocol == b->protocol && !memcmp(&a->caddr, &b->caddr, sizeof(a->caddr)) &&
	       !memcmp(&a->vaddr, &b->vaddr, sizeof(a->vaddr));
}

static inline uint64_t baton_tuple_fold(uint64_t a, uint64_t b)
{
	union {
		unsigned __int128 whole;
		uint64_t half[2];
	} product = { .whole = (unsigned __int128)a * b };

	return product.half[0] ^ product.half[1];
}

/*
 * Keyed, because clients choose what is hashed: who does not know the key cannot aim at one chain.
 * Words under a secret, multiplied, both halves of the product folded: a tenth of what SipHash takes,
 * for every record twice.
 */
static inline uint32_t baton_tuple_hash(const uint8_t key[BATON_HASH_KEY],
					const struct baton_conn_record *r)
{
	uint64_t ports = (uint64_t)r->cport << 32 | (uint64_t)r->vport << 16 | r->protocol, k[2], a[4];

	_Static_assert(BATON_HASH_KEY == sizeof(k), "the key is two words");
	memcpy(k, key, sizeof(k));
	if (r->family == AF_INET)
		return (uint32_t)(baton_tuple_fold(((uint64_t)r->caddr.v4 << 32 | r->vaddr.v4) ^ k[0],
						   ports ^ k[1]) >> 16);
	memcpy(a, &r->caddr, 16);
	memcpy(a + 2, &r->vaddr, 16);
	ports ^= baton_tuple_fold(a[0] ^ k[0], a[1] ^ k[1]);
	a[2] ^= baton_tuple_fold(a[3] ^ k[1], k[0]);
	return (uint32_t)(baton_tuple_fold(ports ^ k[0], a[2] ^ k[1]) >> 16);
}

static inline uint64_t baton_tuple_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/**
 * baton_tuple_bucket - the bucket of the digests that a record's connection is in
 *
 * The module's own function (kmod/core/digest.h), so that it can be known of a
 * record that the module has refused. Return: 0 .. BATON_DIGEST_BUCKETS - 1.
 */
static inline uint32_t baton_tuple_bucket(const struct baton_conn_record *r)
{
	uint64_t hash = baton_tuple_mix(0x6261746f6e206469ull,
					(uint64_t)r->family << 40 | (uint64_t)r->protocol << 32 |
					(uint32_t)ntohs(r->vport) << 16 | ntohs(r->cport));
	uint64_t word[4];

	if (r->family == AF_INET) {
		hash = baton_tuple_mix(hash, (uint64_t)ntohl(r->vaddr.v4) << 32 | ntohl(r->caddr.v4));
	} else {
		memcpy(word, &r->caddr, 16);
		memcpy(word + 2, &r->vaddr, 16);
		for (unsigned int i = 0; i < 4; i++)
			hash = baton_tuple_mix(hash, le64toh(word[i]));
	}
	return hash / (UINT64_MAX / BATON_DIGEST_BUCKETS + 1);
}

#endif /* BATON_SYNCD_TUPLE_H */
