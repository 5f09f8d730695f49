/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the batch being collected will be: an upper bound, kept up to date record by record.
 *
 * Most records are like the one before but for client and version, and then what they add is known.
 */
#ifndef BATON_SYNCD_FILL_H
#define BATON_SYNCD_FILL_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dict.h"

/** struct baton_fill_like - of all records that differ in client, version and idle time only */
struct baton_fill_like {
	uint64_t id;			/* no other like's, ever; 0: it has none */
	uint16_t server, service;	/* numbers */
	bool v6;
	bool mark;			/* it has a virtual address of its own */
	bool compact;			/* a deletion that goes into a sorted set */
	uint32_t server_value, state, timeout, vport, flags;
};

/** struct baton_fill - zero to begin */
struct baton_fill {
	struct baton_fill_columns {
		uint64_t like;		/* id of the last record's, 0: none that could come again */
		uint64_t first_version;
		uint64_t last_version;
		uint32_t count;
		uint32_t bytes;		/* of addresses and all columns that are mixed */
		uint32_t each;		/* of them those of one more such record, without port */
		bool marks;		/* records have virtual addresses of their own */
		bool sparse;		/* versions have gaps */
		bool plain;		/* so far baton_fill_add_like() knows what one more like it adds */
		struct baton_fill_column {
			uint32_t first;
			bool mixed;
		} port, server, state, timeout, idle, vport, flags;
	} v4, v6;
	struct {
		uint16_t service;
		uint16_t count;
	} deletions[4];
	uint32_t records;
	uint32_t dictionary;		/* bytes of entries to be told */
	uint64_t told;			/* id of the like for which baton_fill_tell() was called last */
	size_t bound;			/* what baton_fill_add() said last */
};

/** Describe a record whose server has the number @server; @id 0 when nobody will ask for it again. */
void baton_fill_like(struct baton_fill_like *like, uint64_t id, const struct baton_conn_record *r,
		     uint16_t server, const struct baton_dict_tx *dict);

/** As baton_fill_add_like(), whatever came before. */
size_t baton_fill_add_any(struct baton_fill *f, const struct baton_fill_like *like,
			  const struct baton_conn_record *r, const struct baton_dict_tx *dict);

/** The batch @position will tell of the service and server, if none did before. */
void baton_fill_tell(const struct baton_fill_like *like, struct baton_dict_tx *dict,
		     uint64_t position);

/**
 * baton_fill_add_like - add one record
 * @like: of @r, with an id
 *
 * Return: an upper bound for the bytes of the message with it.
 */
static inline size_t baton_fill_add_like(struct baton_fill *f, const struct baton_fill_like *like,
					 const struct baton_conn_record *r,
					 const struct baton_dict_tx *dict)
{
	struct baton_fill_columns *c = like->v6 ? &f->v6 : &f->v4;
	unsigned int size = c->each, port = ntohs(r->cport);

	if (c->like != like->id || !c->plain || r->version != c->last_version + 1 ||
	    r->idle != c->idle.first)
		return baton_fill_add_any(f, like, r, dict);
	size += 1 + (port > 0x7f) + (port > 0x3fff);
	c->last_version++;
	c->bytes += size;
	f->records++;
	f->bound += size + !(++c->count % 8);
	return f->bound;
}

#endif /* BATON_SYNCD_FILL_H */
