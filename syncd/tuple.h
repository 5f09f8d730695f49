/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What identifies a connection in a record, a keyed hash of it, and its bucket in the digests. */
#ifndef BATON_SYNCD_TUPLE_H
#define BATON_SYNCD_TUPLE_H

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

/* Keyed, because clients choose what is hashed; of IPv4 without the zeros, which take as long as the rest. */
static inline uint32_t baton_tuple_hash(const uint8_t key[BATON_HASH_KEY],
					const struct baton_conn_record *r)
{
	struct {
		__be16 cport, vport;
		uint8_t family, protocol;
		uint8_t zero[2];
		union {
			__be32 v4[2];
			union baton_addr v6[2];
		};
	} t = {
		.cport = r->cport, .vport = r->vport, .family = r->family, .protocol = r->protocol,
	};
	size_t size = offsetof(typeof(t), v4) + sizeof(t.v4);
	uint64_t h;

	_Static_assert(sizeof(t) == 40, "no padding");
	if (r->family == AF_INET) {
		t.v4[0] = r->caddr.v4;
		t.v4[1] = r->vaddr.v4;
	} else {
		t.v6[0] = r->caddr;
		t.v6[1] = r->vaddr;
		size = sizeof(t);
	}
	crypto_shorthash((uint8_t *)&h, (const uint8_t *)&t, size, key);
	return (uint32_t)h;
}

/**
 * baton_tuple_bucket - the bucket of the digests that a record's connection is in
 *
 * The module's own function (kmod/sync_digest.c: its bytes, its key), so that it can be known of a
 * record that the module has refused. Return: 0 .. BATON_DIGEST_BUCKETS - 1.
 */
static inline uint32_t baton_tuple_bucket(const struct baton_conn_record *r)
{
	static const uint8_t key[BATON_HASH_KEY] = "id notab1v stseg";
	struct {
		union baton_addr caddr, vaddr;
		__be16 cport, vport;
		uint8_t family, protocol;
		uint8_t zero[2];
	} t = {
		.cport = r->cport, .vport = r->vport, .family = r->family, .protocol = r->protocol,
	};
	uint8_t h[crypto_shorthash_BYTES];

	_Static_assert(sizeof(t) == 40, "no padding");
	_Static_assert(BATON_DIGEST_BUCKETS <= 65536 && 65536 % BATON_DIGEST_BUCKETS == 0,
		       "the lowest two bytes of the hash decide");
	if (r->family == AF_INET) {
		t.caddr.v4 = r->caddr.v4;
		t.vaddr.v4 = r->vaddr.v4;
	} else {
		t.caddr = r->caddr;
		t.vaddr = r->vaddr;
	}
	crypto_shorthash(h, (const uint8_t *)&t, sizeof(t), key);
	return (h[0] | h[1] << 8) % BATON_DIGEST_BUCKETS;
}

#endif /* BATON_SYNCD_TUPLE_H */
