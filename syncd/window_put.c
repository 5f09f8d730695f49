// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel gives, into the window. */
#include <errno.h>
#include <string.h>

#include "brief.h"
#include "window_priv.h"

_Static_assert(offsetof(struct baton_batch_item, client) == sizeof(struct baton_conn_brief) &&
	       offsetof(struct baton_batch_item, like) == offsetof(struct baton_conn_brief, like) &&
	       offsetof(struct baton_batch_item, cport) == offsetof(struct baton_conn_brief, cport) &&
	       offsetof(struct baton_batch_item, idle) == offsetof(struct baton_conn_brief, idle),
	       "an item is a brief with its client");

/*
 * Keyed, as baton_tuple_hash() is and for the same reason. What follows from the like alone has been
 * worked out by then: two multiplications are left, or one.
 */
static void prepare_hash(const struct baton_window *w, struct baton_like *like)
{
	const struct baton_conn_record *r = &like->record;
	uint64_t k[2], a[2];

	memcpy(k, w->key, sizeof(k));
	memcpy(a, &r->vaddr, sizeof(a));
	like->hash[0] = ((uint64_t)r->vport << 16 | r->protocol) ^ k[0];
	like->hash[1] = like->fill.v6 ? baton_tuple_fold(a[1] ^ k[1], k[0]) ^ a[0] ^ k[1] : r->vaddr.v4 ^ k[1];
}

/* @hash: the like's */
static inline uint32_t hash_of(const struct baton_window *w, const uint64_t hash[2],
			       const struct baton_batch_item *item, bool v6)
{
	uint64_t ports = hash[0] ^ (uint64_t)item->cport << 32, k[2], a[2];

	if (!v6)
		return baton_tuple_fold(hash[1] ^ (uint64_t)item->client.v4 << 32, ports) >> 16 &
		       (BATON_WINDOW_HASH - 1);
	memcpy(k, w->key, sizeof(k));
	memcpy(a, &item->client, sizeof(a));
	return baton_tuple_fold(ports ^ baton_tuple_fold(a[0] ^ k[0], a[1] ^ k[1]), hash[1]) >> 16 &
	       (BATON_WINDOW_HASH - 1);
}

static bool same_connection(const struct baton_like *a, const struct baton_batch_item *x,
			    const struct baton_like *b, const struct baton_batch_item *y)
{
	const struct baton_conn_record *r = &a->record, *s = &b->record;

	return x->cport == y->cport && r->vport == s->vport && r->family == s->family &&
	       r->protocol == s->protocol && !memcmp(x->client.bytes, y->client.bytes, r->family == AF_INET ? 4 : 16) &&
	       !memcmp(r->vaddr.bytes, s->vaddr.bytes, sizeof(r->vaddr.bytes));
}

/* Of what a chain leads to, newest first, what is behind the tail is older than all records. */
static inline bool is_record(const struct baton_window *w, uint64_t index, uint32_t age)
{
	return age - 1 < (uint32_t)(index - w->tail);
}

/* is_record() asked for less: that is left to be made sure of. */
static inline bool may_be_record(uint32_t next, uint32_t tail)
{
	return (int32_t)(next - tail) >= 0;
}

/* Drop the older record of a new one's connection; its @index is that which is next, or some further. */
static __attribute__((noinline)) void replace_older(struct baton_window *w, uint64_t index, const struct baton_like *like,
						    const struct baton_batch_item *newest)
{
	uint32_t age = (uint32_t)index - newest->next, last = 0;

	while (is_record(w, index, age) && age > last) {
		const struct baton_batch_item *item = ITEM(w, index - age);

		if (!is_dead(item) && same_connection(like_of(w, item), item, like, newest)) {
			baton_window_kill(w, index - age, w->next);
			return;
		}
		last = age;
		age = (uint32_t)index - item->next;
	}
}

/* It does not fit any more. */
static __attribute__((noinline)) void next_batch(struct baton_window *w, struct baton_like *like,
						 const struct baton_batch_item *item)
{
	uint32_t bulk = w->open_bulk;

	baton_window_close(w);
	w->open_bulk = bulk;
	baton_fill_add_any(&w->fill, &like->fill, like->record.version + item->version, item->cport,
			   item->idle, &w->dict);
}

void baton_window_append(struct baton_window *w, struct baton_like *like, struct baton_batch_item *item)
{
	size_t bound = baton_fill_add_like(&w->fill, &like->fill, like->record.version + item->version,
					   item->cport, item->idle, &w->dict);
	uint32_t *newest;

	if (bound > w->budget || w->head - w->open >= BATON_BATCH_RECORDS)
		next_batch(w, like, item);
	if (like->fill.told != w->next)
		baton_fill_tell(&like->fill, &w->dict, w->next);
	newest = &w->newest[hash_of(w, like->hash, item, like->fill.v6)];
	item->next = *newest;
	*newest = (uint32_t)w->head;
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

static int make_like(struct baton_window *w, const struct baton_conn_record *record, uint64_t first,
		     struct baton_like *ret)
{
	int server;

	ret->record = *record;
	if (record->flags & BATON_CONN_F_DELETED)
		strip_deletion(w, &ret->record);
	server = baton_dict_number(&w->dict, &ret->record);
	if (server < 0)
		return -EOVERFLOW;
	baton_fill_like(&ret->fill, &ret->record, (uint16_t)server, &w->dict);
	ret->first = first;
	prepare_hash(w, ret);
	return 0;
}

/* Only when the newer record is in its batch is it settled which one replaces the older. */
static __attribute__((noinline)) void put_one(struct baton_window *w, struct baton_like *like, uint16_t number,
					      const void *brief)
{
	struct baton_batch_item *item = ITEM(w, w->head);

	memcpy(item, brief, baton_brief_size(like->record.family));
	item->like = number;
	baton_window_append(w, like, item);
	if (may_be_record(item->next, (uint32_t)w->tail))
		replace_older(w, w->head, like, item);
	w->head++;
}

/** struct plain - what records of one like have in common while a run goes on */
struct plain {
	uint64_t hash[2];
	uint32_t version;		/* a record's index and this are what its brief has as version */
	uint32_t bits;			/* that each adds: baton_fill_most() */
	uint16_t given, place;		/* the like's number, here and there */
};

/*
 * Return: false when a record of @like does not simply go on with the run; if it does, it is of its family, and what
 * there is to be told of the like was.
 */
static inline bool is_plain(const struct baton_window *w, const struct baton_like *like, struct plain *ret)
{
	uint64_t version = w->fill.next_version - like->record.version;

	if (like->fill.turn != w->fill.turn || version > UINT32_MAX - BATON_SYNC_RECORDS_MAX)
		return false;
	ret->hash[0] = like->hash[0];
	ret->hash[1] = like->hash[1];
	ret->version = (uint32_t)version - (uint32_t)w->head;
	ret->bits = baton_fill_most(&like->fill);
	return true;
}

/* How many records may be put without a look at the batch's end or the ring's. */
static uint32_t room_of(const struct baton_window *w, uint32_t count)
{
	uint32_t slots = BATON_WINDOW_SLOTS - ((w->head - w->origin) & (BATON_WINDOW_SLOTS - 1));
	uint32_t records = BATON_BATCH_RECORDS - (uint32_t)(w->head - w->open);

	slots = slots < records ? slots : records;
	return slots < count ? slots : count;
}

/*
 * put_one() for those from @briefs on that go on with a run of the batch: of likes that it has, of the same idle
 * time, the versions one after the other. What is the same for all is in registers meanwhile, and whether there
 * is room is asked as if all ports were long.
 *
 * Return: how many, maybe none.
 */
static inline __attribute__((always_inline)) uint32_t
put_plain(struct baton_window *w, uint64_t first, const uint8_t *briefs, uint32_t count, bool v6)
{
	const size_t size = baton_brief_size(v6 ? AF_INET6 : AF_INET);
	const uint32_t idle = w->fill.idle, tail = (uint32_t)w->tail;
	const uint64_t budget = 8 * (uint64_t)w->budget, begin = w->head, end = begin + room_of(w, count);
	const struct baton_conn_brief *brief = (const struct baton_conn_brief *)briefs;
	struct baton_batch_item *item = ITEM(w, begin);
	uint64_t bits = baton_fill_run(&w->fill), i;
	struct plain p = { .given = brief->like + 1 };

	for (i = begin; i < end; i++, item++, briefs += size) {
		uint32_t *newest;
		uint64_t most;

		brief = (const struct baton_conn_brief *)briefs;
		if (brief->like != p.given) {
			if (!is_plain(w, LIKE(w, first + brief->like), &p))
				break;
			p.given = brief->like;
			p.place = (first + brief->like) & (BATON_WINDOW_LIKES - 1);
		}
		most = bits + p.bits;
		if (brief->version != (uint32_t)i + p.version || brief->idle != idle || most > budget)
			break;
		bits = most - 8 * (BATON_FILL_PORT_MAX - baton_fill_port(brief->cport));
		memcpy(item, brief, size);
		item->like = p.place;
		newest = &w->newest[hash_of(w, p.hash, item, v6)];
		item->next = *newest;
		*newest = (uint32_t)i;
		if (may_be_record(item->next, tail))
			replace_older(w, i, LIKE(w, p.place), item);
	}
	baton_fill_ran(&w->fill, (uint32_t)(i - begin), bits);
	w->head = i;
	return (uint32_t)(i - begin);
}

/* Return: bytes of briefs that were put, @ret_count of them; the first is of @like. */
static size_t put_some(struct baton_window *w, struct baton_like *like, uint64_t first, const uint8_t *briefs,
		       uint32_t count, uint32_t *ret_count)
{
	uint64_t number = first + ((const struct baton_conn_brief *)briefs)->like;

	*ret_count = like->fill.v6 ? put_plain(w, first, briefs, count, true) :
				     put_plain(w, first, briefs, count, false);
	if (!*ret_count) {
		put_one(w, like, number & (BATON_WINDOW_LIKES - 1), briefs);
		*ret_count = 1;
	}
	return *ret_count * baton_brief_size(like->record.family);
}

int baton_window_put(struct baton_window *w, const struct baton_conn_record *likes,
		     uint32_t like_count, const uint8_t *briefs, uint32_t count, uint32_t bulk)
{
	uint64_t first = w->like_head;

	if (w->head - w->tail + count > BATON_WINDOW_SLOTS ||
	    first - w->like_tail + like_count > BATON_WINDOW_LIKES ||
	    w->next - w->first + count >= BATON_WINDOW_BATCHES)
		return -ENOSPC;
	for (uint32_t i = 0; i < like_count; i++)
		if (make_like(w, &likes[i], first, LIKE(w, first + i)))
			return -EOVERFLOW;
	w->like_head += like_count;
	if (count && w->open_bulk != bulk)
		baton_window_close(w);
	if (count)
		w->open_bulk = bulk;
	while (count) {
		uint64_t number = first + ((const struct baton_conn_brief *)briefs)->like;
		uint32_t done;

		briefs += put_some(w, LIKE(w, number), first, briefs, count, &done);
		count -= done;
	}
	return 0;
}
