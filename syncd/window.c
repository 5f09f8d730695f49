// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "window_priv.h"

void baton_window_init(struct baton_window *w, size_t budget, const uint8_t key[BATON_HASH_KEY])
{
	w->budget = budget;
	memcpy(w->key, key, BATON_HASH_KEY);
	w->first = w->unsent = w->next = 1;
	/* 0 in a hash chain is no record then */
	w->tail = w->head = w->open = w->origin = 1;
	baton_fill_begin(&w->fill);
}

void baton_window_clear(struct baton_window *w)
{
	baton_fill_begin(&w->fill);
	w->tail = w->open = w->origin = w->head;
	w->like_tail = w->like_head;
	w->first = w->unsent = w->next;
	w->dead = w->open_dead = 0;
	w->open_bulk = 0;
	w->open_replaced_in = 0;
}

uint32_t baton_window_room(const struct baton_window *w)
{
	uint64_t batches = w->next - w->first, slots, likes;

	/* One record may need a batch of its own, but a drain does not need that many. */
	if (batches + BATON_SYNC_RECORDS_MAX >= BATON_WINDOW_BATCHES)
		return 0;
	slots = BATON_WINDOW_SLOTS - (w->head - w->tail);
	likes = BATON_WINDOW_LIKES - (w->like_head - w->like_tail);
	return (uint32_t)(slots < likes ? slots : likes);
}

uint32_t baton_window_live(const struct baton_window *w)
{
	return (uint32_t)(w->head - w->tail) - w->dead;
}

static bool is_deletion(const struct baton_like *like)
{
	return like->record.flags & BATON_CONN_F_DELETED;
}

uint32_t baton_window_live_deletions(const struct baton_window *w)
{
	uint64_t like = w->like_tail;
	uint32_t n = 0;

	while (like < w->like_head && !is_deletion(LIKE(w, like)))
		like++;
	if (like == w->like_head)
		return 0;
	for (uint64_t i = w->tail; i < w->head; i++) {
		const struct baton_batch_item *item = ITEM(w, i);

		n += !is_dead(item) && is_deletion(LIKE(w, item->like));
	}
	return n;
}

/* The batch that a record is in, which is not the open one. */
static struct baton_window_batch *batch_of(struct baton_window *w, uint64_t index)
{
	uint64_t low = w->first, high = w->next;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (BATCH(w, middle)->begin <= index)
			low = middle;
		else
			high = middle;
	}
	return BATCH(w, low);
}

void baton_window_kill(struct baton_window *w, uint64_t index, uint64_t replaced_in)
{
	struct baton_window_batch *b;

	ITEM(w, index)->like |= BATON_ITEM_DEAD;
	w->dead++;
	if (index >= w->open) {
		w->open_dead++;
		if (replaced_in)
			w->open_replaced_in = replaced_in;
		return;
	}
	b = batch_of(w, index);
	b->dead++;
	if (replaced_in)
		b->replaced_in = replaced_in;
}

bool baton_window_collecting(const struct baton_window *w)
{
	return w->open != w->head;
}

void baton_window_close(struct baton_window *w)
{
	if (!baton_window_collecting(w))
		return;
	*BATCH(w, w->next) = (struct baton_window_batch){
		.begin = w->open, .end = w->head, .bulk = w->open_bulk,
		.likes = LIKE(w, ITEM(w, w->head - 1)->like)->first, .dead = w->open_dead,
		.covers = w->open_bulk ? (uint32_t)(w->head - w->open) : 0,
		.replaced_in = w->open_replaced_in, .plain = baton_fill_plain(&w->fill, w->head - w->open),
	};
	w->next++;
	w->open = w->head;
	w->open_bulk = w->open_dead = 0;
	w->open_replaced_in = 0;
	baton_fill_begin(&w->fill);
}

void baton_window_ack(struct baton_window *w, uint64_t position)
{
	for (; w->first <= position && w->first < w->unsent; w->first++) {
		const struct baton_window_batch *b = BATCH(w, w->first);

		w->dead -= b->dead;
		w->tail = b->end;
		w->like_tail = b->likes;
	}
	/* The same memory again, as long as it is enough. */
	if (w->tail == w->head)
		w->origin = w->head;
}

void baton_window_forget(struct baton_window *w, uint64_t version)
{
	for (uint64_t i = w->tail; i < w->head; i++) {
		const struct baton_batch_item *item = ITEM(w, i);
		const struct baton_like *like;

		if (is_dead(item))
			continue;
		like = like_of(w, item);
		if (like->record.version + item->version < version &&
		    !(like->record.flags & BATON_CONN_F_DELETED))
			baton_window_kill(w, i, 0);
	}
}

uint64_t baton_window_restart(struct baton_window *w)
{
	uint64_t from = w->tail, to = w->head, start;

	baton_window_close(w);
	start = w->next;
	w->first = w->unsent = start;
	w->head = w->open = w->tail;
	w->dead = 0;
	for (uint64_t i = from; i < to; i++) {
		struct baton_batch_item *item = ITEM(w, w->head);

		if (is_dead(ITEM(w, i)))
			continue;
		*item = *ITEM(w, i);
		baton_window_append(w, like_of(w, item), item);
		w->head++;
	}
	baton_window_close(w);
	return start;
}

struct baton_window_batch *baton_window_find(struct baton_window *w, uint64_t id)
{
	return id >= w->first && id < w->next ? BATCH(w, id) : NULL;
}

/* The records of a batch, one behind the other in memory. */
static const struct baton_batch_item *in_a_row(struct baton_window *w, const struct baton_window_batch *b)
{
	const struct baton_batch_item *begin = ITEM(w, b->begin);
	size_t count = b->end - b->begin, whole = w->item + BATON_WINDOW_SLOTS - begin;

	if (count <= whole)
		return begin;
	memcpy(w->unwrapped, begin, whole * sizeof(*begin));
	memcpy(w->unwrapped + whole, w->item, (count - whole) * sizeof(*begin));
	return w->unwrapped;
}

long baton_window_write(struct baton_window *w, uint64_t id, uint64_t told, uint8_t *out,
			size_t size)
{
	const struct baton_window_batch *b = baton_window_find(w, id);
	struct baton_batch_head head;

	if (!b)
		return -ENOENT;
	head = (struct baton_batch_head){
		.id = id, .bulk = b->bulk, .covers = b->covers, .replaced_in = b->replaced_in,
		.plain = b->dead ? 0 : b->plain,
	};
	return baton_batch_write(&head, in_a_row(w, b), (unsigned int)(b->end - b->begin), w->like,
				 &w->dict, told, out, size);
}
