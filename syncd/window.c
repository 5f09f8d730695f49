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

static inline void hash_insert(struct baton_window *w, struct baton_window_slot *s, uint64_t index)
{
	uint32_t *head = &w->hash[s->hash];

	s->next = *head;
	*head = (uint32_t)(index & (BATON_WINDOW_SLOTS - 1)) + 1;
}

static void kill_slot(struct baton_window *w, struct baton_window_slot *s)
{
	s->live = false;
	w->live--;
	if (s->record.flags & BATON_CONN_F_DELETED)
		w->live_deletions--;
}

/* Most often a chain is this one slot. */
static inline void hash_remove(struct baton_window *w, const struct baton_window_slot *slot,
			       uint64_t index)
{
	uint32_t *p = &w->hash[slot->hash], self = (uint32_t)(index & (BATON_WINDOW_SLOTS - 1)) + 1;

	while (*p && *p != self)
		p = &w->slot[*p - 1].next;
	if (*p)
		*p = slot->next;
}

/* Drop the older record of @newer's connection, which is not in its chain yet. */
static __attribute__((noinline)) void replace_older(struct baton_window *w,
						    const struct baton_window_slot *newer)
{
	struct baton_window_slot *s;
	uint32_t *p;

	for (p = &w->hash[newer->hash]; *p; p = &s->next) {
		s = &w->slot[*p - 1];
		if (!baton_tuple_same(&s->record, &newer->record))
			continue;
		*p = s->next;
		kill_slot(w, s);
		if (s->batch == w->next)
			w->open_replaced_in = w->next;
		else
			BATCH(w, s->batch)->replaced_in = w->next;
		return;
	}
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

/* It does not fit any more. */
static __attribute__((noinline)) void next_batch(struct baton_window *w,
						 const struct baton_window_slot *s,
						 const struct baton_fill_like *like)
{
	uint32_t bulk = w->open_bulk;

	baton_window_close(w);
	w->open_bulk = bulk;
	baton_fill_add_any(&w->fill, like, &s->record, &w->dict);
}

static __attribute__((noinline)) void tell(struct baton_window *w, const struct baton_fill_like *like)
{
	baton_fill_tell(like, &w->dict, w->next);
	w->fill.told = like->id;
}

/* Make the slot at the head part of the open batch, which is closed first if it is full. */
static inline void append(struct baton_window *w, struct baton_window_slot *s,
			  const struct baton_fill_like *like)
{
	if (baton_fill_add_like(&w->fill, like, &s->record, &w->dict) > w->budget ||
	    w->fill.records > BATON_BATCH_RECORDS)
		next_batch(w, s, like);
	if (w->fill.told != like->id)
		tell(w, like);
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

int baton_window_like(struct baton_window *w, const struct baton_conn_record *record,
		      struct baton_window_like *ret)
{
	int server;

	ret->record = *record;
	ret->record.caddr = (union baton_addr){};
	if (record->flags & BATON_CONN_F_DELETED)
		strip_deletion(w, &ret->record);
	server = baton_dict_number(&w->dict, &ret->record);
	if (server < 0)
		return -EOVERFLOW;
	baton_fill_like(&ret->fill, ++w->likes, &ret->record, (uint16_t)server, &w->dict);
	return 0;
}

/* Not inline: a compiler that knows where @s comes from works it out again for each member. */
static __attribute__((noinline)) int put(struct baton_window *w, struct baton_window_slot *s,
					 const struct baton_window_like *like,
					 const struct baton_conn_brief *brief, uint32_t bulk)
{
	struct baton_conn_record *r = &s->record;

	*r = like->record;
	r->version += brief->version;
	r->cport = brief->cport;
	r->idle = brief->idle;
	if (r->family == AF_INET)
		memcpy(&r->caddr.v4, brief + 1, sizeof(r->caddr.v4));
	else
		memcpy(&r->caddr, brief + 1, sizeof(r->caddr));
	if (w->open_bulk != bulk && baton_window_collecting(w))
		baton_window_close(w);
	w->open_bulk = bulk;
	s->server = like->fill.server;
	s->hash = hash_of(w, r);
	s->live = true;
	append(w, s, &like->fill);
	/* Only now is it settled which batch replaces the older record. */
	if (w->hash[s->hash])
		replace_older(w, s);
	hash_insert(w, s, w->head);
	w->head++;
	w->live++;
	w->open_covers += bulk != 0;
	w->live_deletions += !!(r->flags & BATON_CONN_F_DELETED);
	return 0;
}

int baton_window_put(struct baton_window *w, const struct baton_window_like *like,
		     const struct baton_conn_brief *brief, uint32_t bulk)
{
	if (w->head - w->tail >= BATON_WINDOW_SLOTS ||
	    w->next - w->first >= BATON_WINDOW_BATCHES - 1)
		return -ENOSPC;
	return put(w, SLOT(w, w->head), like, brief, bulk);
}

int baton_window_add(struct baton_window *w, const struct baton_conn_record *r, uint32_t bulk)
{
	struct {
		struct baton_conn_brief brief;
		union baton_addr client;
	} b = { { .cport = r->cport }, r->caddr };
	struct baton_window_like like;
	int err = baton_window_like(w, r, &like);

	if (err)
		return err;
	if (!(r->flags & BATON_CONN_F_DELETED))
		b.brief.idle = r->idle;
	return baton_window_put(w, &like, &b.brief, bulk);
}

void baton_window_ack(struct baton_window *w, uint64_t position)
{
	for (; w->first <= position && w->first < w->unsent; w->first++) {
		struct baton_window_batch *b = BATCH(w, w->first);

		for (uint64_t i = b->begin; i < b->end; i++) {
			struct baton_window_slot *s = SLOT(w, i);

			if (!s->live)
				continue;
			hash_remove(w, s, i);
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
		hash_remove(w, s, i);
		kill_slot(w, s);
	}
}

uint64_t baton_window_restart(struct baton_window *w)
{
	uint64_t from = w->tail, to = w->head, start;
	struct baton_window_slot *s;
	struct baton_fill_like like;

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
		s = SLOT(w, w->head);
		baton_fill_like(&like, ++w->likes, &s->record, s->server, &w->dict);
		append(w, s, &like);
		hash_insert(w, s, w->head);
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
