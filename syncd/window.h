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
#include "tuple.h"

#define BATON_WINDOW_SLOTS	65536	/* a power of two */
#define BATON_WINDOW_LIKES	16384	/* a power of two, below BATON_ITEM_DEAD */
#define BATON_WINDOW_BATCHES	4096	/* a power of two */
#define BATON_WINDOW_HASH	131072	/* a power of two */

struct baton_window_batch {
	uint64_t begin, end;		/* records */
	uint64_t likes;			/* older ones than this are of no record behind it */
	uint64_t replaced_in;
	uint64_t sent_at;		/* microseconds; 0: never */
	uint32_t dead;			/* records that were replaced or forgotten */
	uint32_t plain;			/* see struct baton_batch_head; as long as none is dead */
	uint32_t bulk;
	uint32_t covers;
	uint32_t tries;
};

/**
 * struct baton_window
 * @tail, @head: records are tail .. head - 1, those of the open batch from @open on
 * @origin: the record that is, or would be, in the first slot; the index is modulo their number
 * @like_tail, @like_head: likes that may still have records, as the kernel gave them
 * @first: oldest batch not acknowledged by all; @unsent: next one to be sent for the first
 *	time; @next: the one being collected
 * @newest: by hash of the connection, a record, maybe one that is long gone; from each its @next leads to
 *	an older one. Nothing is ever taken out: what is no record any more, or not older, ends the chain.
 */
struct baton_window {
	uint64_t tail, head, open, origin;
	uint64_t like_tail, like_head;
	uint64_t first, unsent, next;
	uint32_t dead, open_dead;	/* among the records, and those of the open batch */
	uint32_t open_bulk;
	uint64_t open_replaced_in;
	size_t budget;			/* bytes of a message */
	struct baton_fill fill;
	uint8_t key[BATON_HASH_KEY];
	struct baton_dict_tx dict;
	struct baton_batch_item item[BATON_WINDOW_SLOTS];
	struct baton_like like[BATON_WINDOW_LIKES];
	struct baton_window_batch batch[BATON_WINDOW_BATCHES];
	uint32_t newest[BATON_WINDOW_HASH];
	struct baton_batch_item unwrapped[BATON_BATCH_RECORDS];
};

/** @w: all zero; @budget: plaintext bytes of one datagram; @key: random */
void baton_window_init(struct baton_window *w, size_t budget, const uint8_t key[BATON_HASH_KEY]);
/** Forget all records; positions go on. */
void baton_window_clear(struct baton_window *w);
/** Records that can be added whatever they are. */
uint32_t baton_window_room(const struct baton_window *w);
/** Records that are held; deletions among them, which may take a look at each. */
uint32_t baton_window_live(const struct baton_window *w);
uint32_t baton_window_live_deletions(const struct baton_window *w);

/**
 * baton_window_put - put records behind all others
 * @likes, @briefs: as the kernel gives them, checked
 * @bulk: the bulk that they were read for, or 0
 *
 * Closes the open batch when it is full or of another bulk. An older record of the same
 * connection is dropped.
 *
 * Return: 0; -ENOSPC: no room, see baton_window_room(); -EOVERFLOW: the dictionary is full.
 */
int baton_window_put(struct baton_window *w, const struct baton_conn_record *likes,
		     uint32_t like_count, const uint8_t *briefs, uint32_t count, uint32_t bulk);

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
