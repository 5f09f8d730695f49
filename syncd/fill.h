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

/**
 * struct baton_fill_like - of all records that differ in client, version and idle time only
 * @turn: while it is that of a struct baton_fill, @each is what one more such record adds, but for its port
 * @told: the last batch for which baton_fill_tell() was called
 */
struct baton_fill_like {
	uint64_t turn;			/* 0: none */
	uint64_t told;
	uint32_t each;
	uint16_t server, service;	/* numbers */
	bool v6;
	bool mark;			/* it has a virtual address of its own */
	bool compact;			/* a deletion that goes into a sorted set */
	uint32_t state, timeout, vport, flags;
};

/**
 * struct baton_like - what many records have in common
 * @record: without client and idle time; the version is to be added to
 * @hash, @first: the window's
 */
struct baton_like {
	struct baton_conn_record record;
	struct baton_fill_like fill;
	uint64_t hash[2];
	uint64_t first;
};

/**
 * struct baton_fill - baton_fill_begin() before the first
 * @turn: counts what makes records longer than their like said, a new batch for one
 * @run, @run_bytes: records of one family that baton_fill_add_like() added since the last other one
 * @apart: records up to the last that did not simply go on with those before it
 */
struct baton_fill {
	struct baton_fill_columns {
		uint64_t first_version;
		uint64_t last_version;
		uint32_t count;
		uint32_t bytes;		/* of addresses and all columns that are mixed */
		bool marks;		/* records have virtual addresses of their own */
		bool sparse;		/* versions have gaps */
		struct baton_fill_column {
			uint32_t first;
			bool mixed;
		} port, server, state, timeout, idle, vport, flags;
	} v4, v6;
	struct {
		uint16_t service;
		uint16_t count;
	} deletions[4];
	uint32_t records;		/* without the run */
	uint32_t apart;
	uint32_t dictionary;		/* bytes of entries to be told */
	size_t bound;			/* without the run */
	uint64_t turn;
	uint64_t next_version;		/* that a run may go on with */
	uint32_t idle;			/* of all in a run */
	uint32_t run, run_bytes;
	bool run_v6;
};

/** Describe a record whose server has the number @server. */
void baton_fill_like(struct baton_fill_like *like, const struct baton_conn_record *r, uint16_t server,
		     const struct baton_dict_tx *dict);

/** A new batch. @f: all zero, or of the batch before, as likes may be that were added to that. */
void baton_fill_begin(struct baton_fill *f);

/** As baton_fill_add_like(), whatever came before. */
size_t baton_fill_add_any(struct baton_fill *f, struct baton_fill_like *like, uint64_t version,
			  __be16 cport, uint32_t idle, const struct baton_dict_tx *dict);

/** The batch @position will tell of the service and server, if none did before. */
void baton_fill_tell(struct baton_fill_like *like, struct baton_dict_tx *dict, uint64_t position);

/** How many of the last of @count records are plain: see struct baton_batch_head. */
static inline uint32_t baton_fill_plain(const struct baton_fill *f, uint32_t count)
{
	return count > f->apart ? count - f->apart : 0;
}

#define BATON_FILL_PORT_MAX	3

/** The bytes of a port in a column, seven bits in each. */
static inline uint32_t baton_fill_port(__be16 cport)
{
	if (cport & htons(0xc000))
		return BATON_FILL_PORT_MAX;
	return 1 + (ntohs(cport) > 0x7f);
}

/**
 * baton_fill_add_like - add one record
 * @cport: the client's, big-endian
 * @idle: seconds
 *
 * Return: an upper bound for the bytes of the message with it.
 */
static inline size_t baton_fill_add_like(struct baton_fill *f, struct baton_fill_like *like,
					 uint64_t version, __be16 cport, uint32_t idle,
					 const struct baton_dict_tx *dict)
{
	if (like->turn != f->turn || version != f->next_version || idle != f->idle)
		return baton_fill_add_any(f, like, version, cport, idle, dict);
	f->next_version++;
	f->run_bytes += like->each + baton_fill_port(cport);
	f->run++;
	return f->bound + f->run_bytes + (f->run + 7) / 8;
}

/** baton_fill_run - eight times the bytes of the message, with the run as it is; may be too much by seven bits */
static inline uint64_t baton_fill_run(const struct baton_fill *f)
{
	return 8 * (uint64_t)(f->bound + f->run_bytes) + f->run + 7;
}

/** What baton_fill_add_like() adds to that if it need not look at what came before, and no port is longer. */
static inline uint32_t baton_fill_most(const struct baton_fill_like *like)
{
	return 8 * (like->each + BATON_FILL_PORT_MAX) + 1;
}

/** @count were added that way, and baton_fill_run() would be @bits now. */
static inline void baton_fill_ran(struct baton_fill *f, uint32_t count, uint64_t bits)
{
	f->next_version += count;
	f->run += count;
	f->run_bytes = (uint32_t)((bits - f->run - 7) / 8 - f->bound);
}

#endif /* BATON_SYNCD_FILL_H */
