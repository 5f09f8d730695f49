/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages <-> bytes. Pure; allocates nothing: a reader unpacks into its own arena, so a
 * message that wants more than that is malformed. proto/sync.proto documents the fields.
 */
#ifndef BATON_SYNCD_CODEC_H
#define BATON_SYNCD_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dict.h"
#include "fill.h"
#include "frame.h"
#include "proto/sync.pb-c.h"

#define BATON_BATCH_RECORDS	BATON_SYNC_RECORDS_MAX	/* most in one batch, either way */
#define BATON_HELLO_PEERS	12
#define BATON_ACK_RANGES	64
#define BATON_ACK_UNKNOWN	64
#define BATON_UNKNOWN_SERVICE	0x10000u	/* or-ed to a service's number in unknown[] */
#define BATON_SUM_SIZE		16
#define BATON_MAP_SIZE		(BATON_DIGEST_BUCKETS / 8)
#define BATON_ARENA_SIZE	(192 * 1024)

struct baton_msg_peer {
	struct baton_session session;
	uint64_t challenge;
	uint64_t echo;
	uint64_t start;
	uint32_t resync_seen;
	uint32_t resync_bulk;
	uint32_t largest;		/* bytes of a message heard from it; 0: not said */
};

struct baton_msg_hello {
	uint64_t node;
	uint8_t role;			/* enum baton_role */
	unsigned int peers;
	struct baton_msg_peer peer[BATON_HELLO_PEERS];
	size_t pad_to;			/* written with so many bytes, if it has less; not read */
};

struct baton_msg_source {
	uint64_t last;
	uint32_t connections;
	uint32_t unsynced;
	uint32_t pending;
	uint64_t config_hash;		/* 0: none to be had */
	uint32_t config_size;
	struct {
		uint32_t epoch;		/* 0: none */
		uint64_t position;
	} release;
	struct {
		bool present;
		uint64_t position;
		uint8_t sum[BATON_SUM_SIZE];
		const uint8_t *marks;	/* BATON_DIGEST_BUCKETS bytes or NULL */
	} digest;
	struct {
		uint32_t id;		/* 0: none */
		uint64_t begin_version;
		uint64_t first;
		uint32_t announced;
		bool walked;
		uint32_t total;
		uint64_t final;
		uint8_t buckets[BATON_MAP_SIZE];
	} bulk;
};

struct baton_msg_ack {
	struct baton_session session;
	uint64_t start;
	uint64_t position;
	unsigned int ranges;
	struct {
		uint64_t first;
		uint64_t count;
	} missing[BATON_ACK_RANGES];
	unsigned int unknowns;
	uint32_t unknown[BATON_ACK_UNKNOWN];
	bool want_marks;
	bool warm;
	uint64_t equal_at;
	uint32_t equal_age;
	uint32_t synced;
	uint32_t parked_service;
	uint32_t parked_server;
	uint32_t refused;
	uint32_t bulk_done;
	uint32_t resync_id;		/* 0: none */
	uint8_t resync_buckets[BATON_MAP_SIZE];
	uint64_t want_config;		/* 0: none */
	uint32_t want_offset;
};

/** struct baton_msg_config - a piece of a text */
struct baton_msg_config {
	uint64_t hash;
	uint32_t offset;
	const uint8_t *text;
	size_t size;			/* at least 1 */
};

/** struct baton_msg - a message that was read; pointers live as long as the reader */
struct baton_msg {
	const Baton__Message *raw;	/* services, servers */
	const Baton__Batch *batch;	/* or NULL; see baton_batch_read() */
	bool has_hello;
	bool has_source;
	bool has_ack;
	bool has_config;
	struct baton_msg_config config;
	struct baton_msg_hello hello;
	struct baton_msg_source source;
	struct baton_msg_ack ack;
};

/** struct baton_reader - memory of one message being read */
struct baton_reader {
	struct baton_msg msg;
	size_t used;
	_Alignas(16) uint8_t arena[BATON_ARENA_SIZE];
};

/** Return: 0, or -EBADMSG. The result is in @rd->msg until the next call. */
int baton_msg_read(struct baton_reader *rd, const uint8_t *p, size_t size);
/** Learn the dictionary entries of the message. Return: 0, or -EBADMSG. */
int baton_msg_learn(const struct baton_msg *msg, struct baton_dict_rx *dict);

/**
 * baton_batch_read - the records of a batch
 * @records: at least BATON_BATCH_RECORDS
 * @unknown, @unknowns: numbers that @dict does not have, at most BATON_ACK_UNKNOWN
 *
 * Return: number of records; -ENOKEY: some number is unknown; -EBADMSG.
 */
int baton_batch_read(const Baton__Batch *batch, const struct baton_dict_rx *dict,
		     struct baton_conn_record *records, uint32_t *unknown,
		     unsigned int *unknowns);

/** Any of the pointers may be NULL. Return: bytes, or -EMSGSIZE. */
long baton_msg_write(const struct baton_msg_hello *hello, const struct baton_msg_source *source,
		     const struct baton_msg_ack *ack, uint8_t *out, size_t size);

/** A piece of the text with that hash. Return: bytes, or -EMSGSIZE. */
long baton_config_write(uint64_t hash, uint32_t offset, const char *text, size_t count,
			uint8_t *out, size_t size);

/**
 * struct baton_batch_head - what a batch says of itself, and what is known of its items
 * @plain: so many of the last are whole, of one family and of likes of which no value, and no server, is to be met
 *	there first; versions and idle time go on from the item before; and two before them, of that family, have
 *	different ports
 */
struct baton_batch_head {
	uint64_t id;
	uint32_t bulk;
	uint32_t covers;
	uint64_t replaced_in;
	uint32_t plain;
};

/**
 * struct baton_batch_item - a record to be written; begins as struct baton_conn_brief does
 * @version: to be added to the like's
 * @like: which one; with BATON_ITEM_DEAD it is not written
 * @client: of IPv4 the first four bytes, whatever lies behind them
 * @next: not the codec's
 */
struct baton_batch_item {
	uint32_t version;
	uint16_t like;
	__be16 cport;
	uint32_t idle;
	union baton_addr client;
	uint32_t next;
};

#define BATON_ITEM_DEAD		0x8000u
#define BATON_ITEM_V4		(sizeof(struct baton_conn_brief) + sizeof(__be32))

/**
 * baton_batch_write - one batch as a message
 * @items: ascending versions, at most BATON_BATCH_RECORDS, no connection twice
 * @likes: of the items, described for @dict
 * @told: entries that a batch after this position told of first are told again
 *
 * When the entries do not fit they are left out: the reader asks for what it does not know.
 *
 * Return: bytes, or -EMSGSIZE.
 */
long baton_batch_write(const struct baton_batch_head *head, const struct baton_batch_item *items,
		       unsigned int count, const struct baton_like *likes,
		       const struct baton_dict_tx *dict, uint64_t told, uint8_t *out, size_t size);

/** Only dictionary entries, those in @ids (as in baton_msg_ack.unknown). */
long baton_dict_write(const struct baton_dict_tx *dict, const uint32_t *ids, unsigned int count,
		      uint8_t *out, size_t size);

#endif /* BATON_SYNCD_CODEC_H */
