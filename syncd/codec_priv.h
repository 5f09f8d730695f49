/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing a batch, measuring it beforehand and reading it have to agree on. */
#ifndef BATON_SYNCD_CODEC_PRIV_H
#define BATON_SYNCD_CODEC_PRIV_H

#include <netinet/in.h>
#include <string.h>

#include "codec.h"

#define DELETION_SERVICES	4	/* as in struct baton_fill */
#define KEY_SPACE		(1ULL << 48)
#define DICT_SERVICE_MAX	42	/* bytes of one entry, at most */
#define DICT_SERVER_MAX		40

/* IPv4 deletions of a service with a port go into a sorted set, everything else into columns. */
static inline bool is_compact(const struct baton_conn_record *r)
{
	return r->flags & BATON_CONN_F_DELETED && r->family == AF_INET && r->svc_port &&
	       r->vport == r->svc_port;
}

static inline bool is_none(const union baton_addr *addr)
{
	static const union baton_addr none;

	return !memcmp(addr->bytes, none.bytes, sizeof(none.bytes));
}

/* The entry of a service by mark has no address: each record has its own. */
static inline const union baton_addr *vaddr_of(const struct baton_conn_record *r)
{
	static const union baton_addr none;

	return r->mark ? &r->vaddr : &none;
}

/* 0: the port of the service's entry */
static inline uint32_t vport_of(const struct baton_conn_record *r)
{
	return r->svc_port == r->vport ? 0 : ntohs(r->vport);
}

/* codec_columns.c */

/** struct baton_columns_rest - what else there is among the items */
struct baton_columns_rest {
	unsigned int others;		/* of the other family */
	unsigned int deletions;		/* compact ones */
};

static inline bool is_dead(const struct baton_batch_item *item)
{
	return item->like & BATON_ITEM_DEAD;
}

/**
 * baton_columns_write - the records of one family as a Columns
 * @plain: see struct baton_batch_head
 *
 * Return: bytes, 0 when there are none of that family; -EINVAL: versions do not ascend; -EMSGSIZE.
 */
long baton_columns_write(const struct baton_batch_item *items, unsigned int count,
			 unsigned int plain, const struct baton_like *likes, bool v6, struct baton_columns_rest *rest,
			 uint8_t *out, size_t size);

/* Where fields of a message are written; @at is NULL once something did not fit. */
struct pen {
	uint8_t *at;
	const uint8_t *end;
};

static inline unsigned int varint_size(uint64_t v)
{
	return (70 - __builtin_clzll(v | 1)) / 7;
}

static inline uint8_t *varint(uint8_t *p, uint64_t v)
{
	for (; v > 127; v >>= 7)
		*p++ = (uint8_t)v | 0x80;
	*p++ = (uint8_t)v;
	return p;
}

static inline bool has_room(struct pen *pen, size_t size)
{
	if (pen->at && size > (size_t)(pen->end - pen->at))
		pen->at = NULL;
	return pen->at;
}

/* Nothing is written for the value that a reader takes anyway: 0, no bytes. */
static inline void put_number(struct pen *pen, uint8_t tag, uint64_t v)
{
	if (!v || !has_room(pen, 1 + varint_size(v)))
		return;
	*pen->at++ = tag;
	pen->at = varint(pen->at, v);
}

static inline void put_fixed(struct pen *pen, uint8_t tag, const void *bytes, size_t size)
{
	if (!size || !has_room(pen, 1 + size))
		return;
	*pen->at++ = tag;
	memcpy(pen->at, bytes, size);
	pen->at += size;
}

static inline void put_bytes(struct pen *pen, uint8_t tag, const void *bytes, size_t size)
{
	if (!size || !has_room(pen, 1 + varint_size(size) + size))
		return;
	*pen->at++ = tag;
	pen->at = varint(pen->at, size);
	memcpy(pen->at, bytes, size);
	pen->at += size;
}

#endif /* BATON_SYNCD_CODEC_PRIV_H */
