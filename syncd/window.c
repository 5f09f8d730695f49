// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "window.h"

#define SLOT(w, i)	(&(w)->slot[(i) & (BATON_WINDOW_SLOTS - 1)])
#define HASH_PAINT	2048	/* live slots */
#define BATCH(w, i)	(&(w)->batch[(i) & (BATON_WINDOW_BATCHES - 1)])

void baton_window_init(struct baton_window *w, size_t budget, const uint8_t key[BATON_HASH_KEY])
{
	w->budget = budget;
	memcpy(w->key, key, BATON_HASH_KEY);
	w->first = w->unsent = w->next = 1;
}

static uint32_t hash_of(const struct baton_window *w, const struct baton_conn_record *r)
{
	return baton_tuple_hash(w->key, r) & (BATON_WINDOW_HASH - 1);
}

/* Only live slots are in it; few of them are found one by one faster than all is painted. */
static void hash_clear(struct baton_window *w)
{
	if (w->live >= HASH_PAINT) {
		memset(w->hash, 0, sizeof(w->hash));
		return;
	}
	for (uint64_t i = w->tail; w->live && i < w->head; i++)
		if (SLOT(w, i)->live)
			w->hash[SLOT(w, i)->hash] = 0;
}

void baton_window_clear(struct baton_window *w)
{
	hash_clear(w);
	memset(&w->fill, 0, sizeof(w->fill));
	w->tail = w->open = w->head;
	w->first = w->unsent = w->next;
	w->live = w->live_deletions = 0;
	w->open_bulk = w->open_covers = 0;
	w->open_replaced_in = 0;
}

uint32_t baton_window_room(const struct baton_window *w)
{
	uint64_t batches = w->next - w->first;

	/* One record may need a batch of its own, but a drain does not need that many. */
	if (batches + BATON_SYNC_RECORDS_MAX >= BATON_WINDOW_BATCHES)
		return 0;
	return (uint32_t)(BATON_WINDOW_SLOTS - (w->head - w->tail));
}

static void hash_insert(struct baton_window *w, uint64_t index)
{
	struct baton_window_slot *s = SLOT(w, index);
	uint32_t *head = &w->hash[s->hash];

	s->next = *head;
	*head = (uint32_t)(index & (BATON_WINDOW_SLOTS - 1)) + 1;
}

/* Unlink and return the live slot of @like's connection, if there is one: @like or an older one. */
static struct baton_window_slot *hash_remove(struct baton_window *w,
					     const struct baton_window_slot *like)
{
	for (uint32_t *p = &w->hash[like->hash]; *p; p = &w->slot[*p - 1].next) {
		struct baton_window_slot *s = &w->slot[*p - 1];

		if (s == like || baton_tuple_same(&s->record, &like->record)) {
			*p = s->next;
			return s;
		}
	}
	return NULL;
}

static void kill_slot(struct baton_window *w, struct baton_window_slot *s)
{
	s->live = false;
	w->live--;
	if (s->record.flags & BATON_CONN_F_DELETED)
		w->live_deletions--;
}

static void replace_older(struct baton_window *w, const struct baton_window_slot *newer)
{
	struct baton_window_slot *s = hash_remove(w, newer);

	if (!s)
		return;
	kill_slot(w, s);
	if (s->batch == w->next)
		w->open_replaced_in = w->next;
	else
		BATCH(w, s->batch)->replaced_in = w->next;
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
		.covers = w->open_covers, .replaced_in = w->open_replaced_in,
	};
	w->next++;
	w->open = w->head;
	w->open_bulk = w->open_covers = 0;
	w->open_replaced_in = 0;
	memset(&w->fill, 0, sizeof(w->fill));
}

/* Make the slot at the head part of the open batch, which is closed first if it is full. */
static void append(struct baton_window *w, uint64_t index)
{
	struct baton_window_slot *s = SLOT(w, index);

	if (baton_fill_add(&w->fill, &s->record, s->server, &w->dict) > w->budget ||
	    w->fill.records > BATON_BATCH_RECORDS) {
		uint32_t bulk = w->open_bulk;

		baton_window_close(w);
		w->open_bulk = bulk;
		baton_fill_add(&w->fill, &s->record, s->server, &w->dict);
	}
	baton_fill_tell(&s->record, s->server, &w->dict, w->next);
	s->batch = w->next;
}

/*
 * A deletion needs no more than the tuple. The kernel does not say which service it was of: the
 * one with that port if we have told of it, and then a few bytes do.
 */
static void strip_deletion(const struct baton_window *w, struct baton_conn_record *r)
{
	struct baton_service_key key = {
		.family = r->family, .protocol = r->protocol, .port = r->vport, .addr = r->vaddr,
	};

	memset(&r->daddr, 0, sizeof(r->daddr));
	r->dport = 0;
	r->method = 0;
	r->state = 0;
	r->timeout = 0;
	r->idle = 0;
	r->svc_port = !r->mark && baton_dict_has_service(&w->dict, &key) ? r->vport : 0;
}

int baton_window_add(struct baton_window *w, const struct baton_conn_record *r, uint32_t bulk)
{
	struct baton_window_slot *s = SLOT(w, w->head);
	int server;

	if (w->head - w->tail >= BATON_WINDOW_SLOTS ||
	    w->next - w->first >= BATON_WINDOW_BATCHES - 1)
		return -ENOSPC;
	s->record = *r;
	if (r->flags & BATON_CONN_F_DELETED)
		strip_deletion(w, &s->record);
	server = baton_dict_number(&w->dict, &s->record);
	if (server < 0)
		return -EOVERFLOW;
	if (baton_window_collecting(w) && w->open_bulk != bulk)
		baton_window_close(w);
	w->open_bulk = bulk;
	s->server = server;
	s->hash = hash_of(w, r);
	s->live = true;
	append(w, w->head);
	/* Only now is it settled which batch replaces the older record. */
	replace_older(w, s);
	hash_insert(w, w->head);
	w->head++;
	w->live++;
	w->open_covers += bulk != 0;
	if (r->flags & BATON_CONN_F_DELETED)
		w->live_deletions++;
	return 0;
}

void baton_window_ack(struct baton_window *w, uint64_t position)
{
	for (; w->first <= position && w->first < w->unsent; w->first++) {
		struct baton_window_batch *b = BATCH(w, w->first);

		for (uint64_t i = b->begin; i < b->end; i++) {
			struct baton_window_slot *s = SLOT(w, i);

			if (!s->live)
				continue;
			hash_remove(w, s);
			kill_slot(w, s);
		}
		w->tail = b->end;
	}
	/* The same memory again, as long as it is enough. */
	if (w->tail == w->head)
		w->tail = w->head = w->open = 0;
}

void baton_window_forget(struct baton_window *w, uint64_t version)
{
	for (uint64_t i = w->tail; i < w->head; i++) {
		struct baton_window_slot *s = SLOT(w, i);

		if (!s->live || s->record.version >= version ||
		    (s->record.flags & BATON_CONN_F_DELETED))
			continue;
		hash_remove(w, s);
		kill_slot(w, s);
	}
}

uint64_t baton_window_restart(struct baton_window *w)
{
	uint64_t from = w->tail, to = w->head, start;

	baton_window_close(w);
	start = w->next;
	hash_clear(w);
	memset(&w->fill, 0, sizeof(w->fill));
	w->first = w->unsent = start;
	w->head = w->open = w->tail;
	for (uint64_t i = from; i < to; i++) {
		if (!SLOT(w, i)->live)
			continue;
		if (i != w->head)
			*SLOT(w, w->head) = *SLOT(w, i);
		append(w, w->head);
		hash_insert(w, w->head);
		w->head++;
	}
	baton_window_close(w);
	return start;
}

struct baton_window_batch *baton_window_find(struct baton_window *w, uint64_t id)
{
	return id >= w->first && id < w->next ? BATCH(w, id) : NULL;
}

long baton_window_write(struct baton_window *w, uint64_t id, uint64_t told, uint8_t *out,
			size_t size)
{
	struct baton_batch_item items[BATON_BATCH_RECORDS];
	const struct baton_window_batch *b = baton_window_find(w, id);
	struct baton_batch_head head;
	unsigned int n = 0;

	if (!b)
		return -ENOENT;
	for (uint64_t i = b->begin; i < b->end; i++) {
		const struct baton_window_slot *s = SLOT(w, i);

		if (s->live && n < BATON_BATCH_RECORDS)
			items[n++] = (struct baton_batch_item){ &s->record, s->server };
	}
	head = (struct baton_batch_head){
		.id = id, .bulk = b->bulk, .covers = b->covers, .replaced_in = b->replaced_in,
	};
	return baton_batch_write(&head, items, n, &w->dict, told, out, size);
}
