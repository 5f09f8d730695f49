/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded set of records, one per connection, the newest version each. The standby keeps
 * two: deletions that older records may still follow, and records that wait for a service.
 */
#ifndef BATON_SYNCD_RECSET_H
#define BATON_SYNCD_RECSET_H

#include "tuple.h"

#define BATON_RECSET_MAX	16384	/* a power of two */

struct baton_recset {
	uint32_t count;
	uint8_t key[BATON_HASH_KEY];
	uint32_t head[BATON_RECSET_MAX];	/* index + 1 */
	uint32_t next[BATON_RECSET_MAX];
	uint8_t tag[BATON_RECSET_MAX];
	struct baton_conn_record record[BATON_RECSET_MAX];	/* 0 .. count - 1, dense */
};

/** @s: all zero; @key: random */
void baton_recset_init(struct baton_recset *s, const uint8_t key[BATON_HASH_KEY]);
void baton_recset_clear(struct baton_recset *s);
const struct baton_conn_record *baton_recset_find(const struct baton_recset *s,
						  const struct baton_conn_record *r);
/** A newer version replaces, an older one is ignored. Return: 0, or -ENOSPC. */
int baton_recset_put(struct baton_recset *s, const struct baton_conn_record *r, uint8_t tag);
/** Remove the entry of the same connection unless it is newer than @r. The last entry takes
 * its place.
 */
void baton_recset_remove(struct baton_recset *s, const struct baton_conn_record *r);

#endif /* BATON_SYNCD_RECSET_H */
