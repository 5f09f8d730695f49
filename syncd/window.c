// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "brief.h"
#include "window.h"

#define ITEM(w, i)	(&(w)->item[((i) - (w)->origin) & (BATON_WINDOW_SLOTS - 1)])
#define LIKE(w, i)	(&(w)->like[(i) & (BATON_WINDOW_LIKES - 1)])
#define BATCH(w, i)	(&(w)->batch[(i) & (BATON_WINDOW_BATCHES - 1)])

_Static_assert(BATON_WINDOW_LIKES <= BATON_ITEM_DEAD, "the bit is free");
_Static_assert(offsetof(struct baton_batch_item, client) == sizeof(struct baton_conn_brief) &&
	       offsetof(struct baton_batch_item, like) == offsetof(struct baton_conn_brief, like) &&
	       offsetof(struct baton_batch_item, cport) == offsetof(struct baton_conn_brief, cport) &&
	       offsetof(struct baton_batch_item, idle) == offsetof(struct baton_conn_brief, idle),
	       "an item is a brief with its client");

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

static bool is_dead(const struct baton_batch_item *item)
{
	return item->like & BATON_ITEM_DEAD;
}

static struct baton_like *like_of(struct baton_window *w, const struct baton_batch_item *item)
{
	return LIKE(w, item->like);
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

/* @replaced_in: the batch that has a newer one, or 0 */
static void kill_record(struct baton_window *w, uint64_t index, uint64_t replaced_in)
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

/* Older records than @head that a chain leads to, newest first, are closer to it than all behind the tail. */
static inline bool is_record(const struct baton_window *w, uint32_t age)
{
	return age - 1 < (uint32_t)(w->head - w->tail);
}

/* Drop the older record of the newest one's connection, which is not counted yet. */
static __attribute__((noinline)) void replace_older(struct baton_window *w, const struct baton_like *like,
						    const struct baton_batch_item *newest)
{
	uint32_t age = (uint32_t)w->head - newest->next, last = 0;

	while (is_record(w, age) && age > last) {
		const struct baton_batch_item *item = ITEM(w, w->head - age);

		if (!is_dead(item) && same_connection(like_of(w, item), item, like, newest)) {
			kill_record(w, w->head - age, w->next);
			return;
		}
		last = age;
		age = (uint32_t)w->head - item->next;
	}
}

bool baton_window_collecting(const struct baton_window *w)
{
	return w->open != w->head;
}

/* Records of the open batch that were added to a run: nothing differs from one to the next but client and port. */
static uint32_t plain_records(const struct baton_window *w)
{
	uint64_t count = w->head - w->open;

	/* the run may have one more, which is about to begin the next batch */
	return count > w->fill.records ? (uint32_t)(count - w->fill.records) : 0;
}

void baton_window_close(struct baton_window *w)
{
	if (!baton_window_collecting(w))
		return;
	*BATCH(w, w->next) = (struct baton_window_batch){
		.begin = w->open, .end = w->head, .bulk = w->open_bulk,
		.likes = LIKE(w, ITEM(w, w->head - 1)->like)->first, .dead = w->open_dead,
		.covers = w->open_bulk ? (uint32_t)(w->head - w->open) : 0,
		.replaced_in = w->open_replaced_in, .plain = plain_records(w),
	};
	w->next++;
	w->open = w->head;
	w->open_bulk = w->open_dead = 0;
	w->open_replaced_in = 0;
	baton_fill_begin(&w->fill);
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

/* Make the record at the head, which is not counted yet, part of the open batch; close that first if it is full. */
static void append(struct baton_window *w, struct baton_like *like, struct baton_batch_item *item)
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
	append(w, like, item);
	if (is_record(w, (uint32_t)w->head - item->next))
		replace_older(w, like, item);
	w->head++;
}

/** struct plain - what records of one like have in common while a run goes on */
struct plain {
	uint64_t hash[2];
	uint32_t version;		/* of the run's first record, as its brief would have it */
	uint32_t bits;			/* see baton_fill_more(), but for the port */
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
	ret->version = (uint32_t)version;
	ret->bits = 8 * like->fill.each + 1;
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
 * time, the versions one after the other. What is the same for all is in registers meanwhile.
 *
 * Return: how many, maybe none.
 */
static inline __attribute__((always_inline)) uint32_t
put_plain(struct baton_window *w, uint64_t first, const uint8_t *briefs, uint32_t count, bool v6)
{
	const size_t size = baton_brief_size(v6 ? AF_INET6 : AF_INET);
	const uint32_t room = room_of(w, count), idle = w->fill.idle, held = (uint32_t)(w->head - w->tail);
	const uint64_t budget = 8 * (uint64_t)w->budget, head = w->head;
	const struct baton_conn_brief *brief = (const struct baton_conn_brief *)briefs;
	struct baton_batch_item *item = ITEM(w, head);
	uint64_t bits = baton_fill_run(&w->fill);
	struct plain p = { .given = brief->like + 1 };
	uint32_t i;

	for (i = 0; i < room; i++, item++, briefs += size) {
		uint32_t *newest;
		uint64_t more;

		brief = (const struct baton_conn_brief *)briefs;
		if (brief->like != p.given) {
			if (!is_plain(w, LIKE(w, first + brief->like), &p))
				break;
			p.given = brief->like;
			p.place = (first + brief->like) & (BATON_WINDOW_LIKES - 1);
		}
		more = bits + p.bits + 8 * baton_fill_port(brief->cport);
		if (brief->version != p.version + i || brief->idle != idle || more > budget)
			break;
		bits = more;
		memcpy(item, brief, size);
		item->like = p.place;
		newest = &w->newest[hash_of(w, p.hash, item, v6)];
		item->next = *newest;
		*newest = (uint32_t)head + i;
		if (*newest - item->next - 1 < held + i) {
			w->head = head + i;
			replace_older(w, LIKE(w, p.place), item);
		}
	}
	w->head = head + i;
	baton_fill_ran(&w->fill, i, bits);
	return i;
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
			kill_record(w, i, 0);
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
		append(w, like_of(w, item), item);
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
