/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the source has read from its kernel and the standbys have not acknowledged: records
 * in the order of their versions, cut into batches. Of each connection only the newest
 * record is kept, so a batch that is sent again never carries what a later one replaced,
 * and memory is bounded: when there is no room the kernel is not drained, and it coalesces.
 */
#ifndef BATON_SYNCD_WINDOW_H
#define BATON_SYNCD_WINDOW_H

#include "codec.h"
#include "fill.h"
#include "tuple.h"

#define BATON_WINDOW_SLOTS	65536	/* a power of two */
#define BATON_WINDOW_BATCHES	4096	/* a power of two */
#define BATON_WINDOW_HASH	131072	/* a power of two */

struct baton_window_slot {
	struct baton_conn_record record;
	uint64_t batch;
	uint32_t next;			/* hash chain: ring index + 1 */
	uint32_t hash;			/* which chain */
	uint16_t server;
	bool live;
};

/** struct baton_window_like - what many records have in common; @record: see struct baton_conn_brief */
struct baton_window_like {
	struct baton_conn_record record;
	struct baton_fill_like fill;
};

struct baton_window_batch {
	uint64_t begin, end;		/* slots */
	uint64_t replaced_in;
	uint64_t sent_at;		/* microseconds; 0: never */
	uint32_t bulk;
	uint32_t covers;
	uint32_t tries;
};

/**
 * struct baton_window
 * @tail, @head: slots in use are tail .. head - 1; the index in the ring is modulo its size
 * @first: oldest batch not acknowledged by all; @unsent: next one to be sent for the first
 *	time; @next: the one being collected, whose slots begin at @open
 */
struct baton_window {
	uint64_t tail, head, open;
	uint64_t first, unsent, next;
	uint32_t live;			/* records */
	uint32_t live_deletions;
	uint32_t open_bulk;
	uint32_t open_covers;
	uint64_t open_replaced_in;
	uint64_t likes;			/* ids given so far */
	size_t budget;			/* bytes of a message */
	struct baton_fill fill;
	uint8_t key[BATON_HASH_KEY];
	struct baton_dict_tx dict;
	struct baton_window_slot slot[BATON_WINDOW_SLOTS];
	struct baton_window_batch batch[BATON_WINDOW_BATCHES];
	uint32_t hash[BATON_WINDOW_HASH];
};

/** @w: all zero; @budget: plaintext bytes of one datagram; @key: random */
void baton_window_init(struct baton_window *w, size_t budget, const uint8_t key[BATON_HASH_KEY]);
/** Forget all records; positions go on. */
void baton_window_clear(struct baton_window *w);
/** Records that can be added whatever they are. */
uint32_t baton_window_room(const struct baton_window *w);

/**
 * baton_window_like - make @record ready for those that are like it
 *
 * As long as the kernel has handed out nothing else and the window was not cleared. Return: 0, or
 * -EOVERFLOW: the dictionary is full.
 */
int baton_window_like(struct baton_window *w, const struct baton_conn_record *record,
		      struct baton_window_like *ret);

/**
 * baton_window_put - put a record behind all others
 * @brief: of @like, with its client's address behind it
 * @bulk: the bulk that it was read for, or 0
 *
 * Closes the open batch when it is full or of another bulk. An older record of the same
 * connection is dropped.
 *
 * Return: 0; -ENOSPC: no room, see baton_window_room().
 */
int baton_window_put(struct baton_window *w, const struct baton_window_like *like,
		     const struct baton_conn_brief *brief, uint32_t bulk);

/** The same with a whole record; also -EOVERFLOW. */
int baton_window_add(struct baton_window *w, const struct baton_conn_record *r, uint32_t bulk);
/** End the open batch if there is anything in it. */
void baton_window_close(struct baton_window *w);
/** True when something waits in the open batch. */
bool baton_window_collecting(const struct baton_window *w);
/** Everything up to @position has arrived everywhere. */
void baton_window_ack(struct baton_window *w, uint64_t position);

/**
 * baton_window_forget - drop what is older than @version and no deletion
 *
 * For when deletions were lost: what is sent again may be dead, and would come back to life.
 */
void baton_window_forget(struct baton_window *w, uint64_t version);

/**
 * baton_window_restart - cut what is left into new batches with new positions, none sent
 *
 * Return: the first new position.
 */
uint64_t baton_window_restart(struct baton_window *w);

/** A batch that can still be sent, or NULL. */
struct baton_window_batch *baton_window_find(struct baton_window *w, uint64_t id);
/** @told: see baton_batch_write(). Return: bytes or negative errno. */
long baton_window_write(struct baton_window *w, uint64_t id, uint64_t told, uint8_t *out,
			size_t size);

#endif /* BATON_SYNCD_WINDOW_H */
