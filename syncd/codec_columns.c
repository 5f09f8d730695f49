// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of one family -> columns. By hand: libprotobuf-c looks at each number four times, and of
 * these there is one a record.
 */
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "codec_priv.h"
#include "rice.h"

#define COLUMN_MAX	(5 * BATON_BATCH_RECORDS)	/* bytes of numbers */

/* Field numbers and wire types of Columns in sync.proto. */
enum {
	COLUMNS_COUNT = 1 << 3, COLUMNS_VERSION = 2 << 3 | 1, COLUMNS_GAP_SHIFT = 3 << 3,
	COLUMNS_GAPS = 4 << 3 | 2, COLUMNS_CLIENT4 = 5 << 3 | 2, COLUMNS_CLIENT6 = 6 << 3 | 2,
	COLUMNS_PORT = 7 << 3 | 2, COLUMNS_SERVER = 8 << 3 | 2, COLUMNS_STATE = 9 << 3 | 2,
	COLUMNS_TIMEOUT = 10 << 3 | 2, COLUMNS_IDLE = 11 << 3 | 2, COLUMNS_VPORT = 12 << 3 | 2,
	COLUMNS_FLAGS = 13 << 3 | 2, COLUMNS_VIRTUAL4 = 14 << 3 | 2, COLUMNS_VIRTUAL6 = 15 << 3 | 2,
};

/* An engine has one thread, and this is too large for a stack. */
struct writer {
	uint8_t client[16 * BATON_BATCH_RECORDS], virtual[16 * BATON_BATCH_RECORDS];
	uint8_t port[COLUMN_MAX], column[COLUMN_MAX];
	uint8_t gaps[BATON_FRAME_MAX];
};

static _Thread_local struct writer writer;

/* What the records of one family have in common, and which of their fields differ. */
struct gather {
	unsigned int count;
	size_t ports;			/* bytes */
	uint64_t first, last;		/* versions */
	__be16 cport;			/* the first one's */
	bool marks, falls, ports_differ;
	struct {
		uint32_t server, state, timeout, idle, vport, flags;
	} one, differ;
};

static inline void put_le32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static inline bool is_in(const struct baton_fill_like *like, bool v6)
{
	return like->v6 == v6 && !like->compact;
}

static void begin(struct gather *g, const struct baton_batch_item *item, const struct baton_like *like)
{
	g->first = like->record.version + item->version;
	g->last = g->first - 1;
	g->cport = item->cport;
	g->one.server = like->fill.server;
	g->one.state = like->fill.state;
	g->one.timeout = like->fill.timeout;
	g->one.idle = item->idle;
	g->one.vport = like->fill.vport;
	g->one.flags = like->fill.flags;
}

/* Records of another like than those before. */
static void another(struct gather *g, const struct baton_fill_like *like)
{
	g->marks |= like->mark;
	g->differ.server |= g->one.server ^ like->server;
	g->differ.state |= g->one.state ^ like->state;
	g->differ.timeout |= g->one.timeout ^ like->timeout;
	g->differ.vport |= g->one.vport ^ like->vport;
	g->differ.flags |= g->one.flags ^ like->flags;
}

/* A port is most often above 16383, and so three bytes. */
static inline uint8_t *put_port(uint8_t *p, __be16 cport)
{
	uint32_t port = ntohs(cport);

	if (!(cport & htons(0xc000)))
		return varint(p, port);
	p[0] = (uint8_t)port | 0x80;
	p[1] = (uint8_t)(port >> 7) | 0x80;
	p[2] = (uint8_t)(port >> 14);
	return p + 3;
}

static inline uint8_t *put_client(uint8_t *p, const struct baton_batch_item *item, bool v6)
{
	if (v6)
		memcpy(p, &item->client, 16);
	else
		put_le32(p, ntohl(item->client.v4));
	return p + (v6 ? 16 : 4);
}

/*
 * One after the other of the first one's like, which is of this family, as long as there are any. What is
 * looked at for each record is here; what its like says was looked at before.
 *
 * Return: how many.
 */
static inline __attribute__((always_inline)) unsigned int
gather_run(struct writer *w, struct gather *g, const struct baton_batch_item *items, unsigned int count,
	   uint64_t base, bool v6)
{
	uint8_t *port = w->port + g->ports, *client = w->client + (v6 ? 16 : 4) * (size_t)g->count;
	const struct baton_batch_item *item = items, *end = items + count;
	const uint32_t one_idle = g->one.idle;
	const __be16 one_cport = g->cport;
	const uint16_t like = items->like;
	uint32_t idle = 0, cport = 0, last = items->version;
	bool falls = (int64_t)(base + last - g->last) <= 0;

	for (;;) {
		client = put_client(client, item, v6);
		port = put_port(port, item->cport);
		cport |= one_cport ^ item->cport;
		idle |= one_idle ^ item->idle;
		if (++item == end || item->like != like)
			break;
		falls |= item->version <= last;
		last = item->version;
	}
	g->falls |= falls;
	g->last = base + last;
	g->count += item - items;
	g->ports = port - w->port;
	g->ports_differ |= cport != 0;
	g->differ.idle |= idle;
	return (unsigned int)(item - items);
}

/* Those of which there is nothing to be found out, see struct baton_batch_head. */
static inline __attribute__((always_inline)) void
gather_plain(struct writer *w, struct gather *g, const struct baton_batch_item *items, unsigned int count,
	     const struct baton_like *likes, bool v6)
{
	uint8_t *port = w->port + g->ports, *client = w->client + (v6 ? 16 : 4) * (size_t)g->count;
	const struct baton_batch_item *item = items, *end = items + count;

	for (; item < end; item++) {
		client = put_client(client, item, v6);
		port = put_port(port, item->cport);
	}
	g->last = likes[end[-1].like].record.version + end[-1].version;
	g->count += count;
	g->ports = port - w->port;
}

/* How many, from @items on, are of the same like as the first. */
static unsigned int skip_run(const struct baton_batch_item *items, unsigned int count)
{
	unsigned int i = 1;

	while (i < count && items[i].like == items->like)
		i++;
	return i;
}

/* The first @count, and @plain behind them. */
static void gather(struct writer *w, struct gather *g, const struct baton_batch_item *items,
		   unsigned int count, unsigned int plain, const struct baton_like *likes, bool v6,
		   struct baton_columns_rest *rest)
{
	unsigned int run;

	memset(rest, 0, sizeof(*rest));
	memset(g, 0, sizeof(*g));
	for (unsigned int i = 0; i < count; i += run) {
		const struct baton_like *like = &likes[items[i].like & ~BATON_ITEM_DEAD];

		if (is_dead(&items[i]) || !is_in(&like->fill, v6)) {
			run = skip_run(items + i, count - i);
			if (!is_dead(&items[i]))
				*(like->fill.compact ? &rest->deletions : &rest->others) += run;
			continue;
		}
		if (!g->count)
			begin(g, &items[i], like);
		another(g, &like->fill);
		run = v6 ? gather_run(w, g, items + i, count - i, like->record.version, true) :
			   gather_run(w, g, items + i, count - i, like->record.version, false);
	}
	items += count;
	if (plain && likes[items->like].fill.v6 != v6)
		rest->others += plain;
	else if (plain && v6)
		gather_plain(w, g, items, plain, likes, true);
	else if (plain)
		gather_plain(w, g, items, plain, likes, false);
}

static uint32_t value_of(const struct baton_batch_item *item, const struct baton_fill_like *like,
			 uint8_t tag)
{
	switch (tag) {
	case COLUMNS_SERVER:
		return like->server;
	case COLUMNS_STATE:
		return like->state;
	case COLUMNS_TIMEOUT:
		return like->timeout;
	case COLUMNS_IDLE:
		return item->idle;
	case COLUMNS_VPORT:
		return like->vport;
	default:
		return like->flags;
	}
}

/** struct family - what is written: the items of one family */
struct family {
	const struct baton_batch_item *items;
	unsigned int count;
	const struct baton_like *likes;
	bool v6;
};

/* The next item of the family from @i on; NULL: there is none. @ret_like: its like */
static const struct baton_batch_item *next_in(const struct family *f, unsigned int *i,
					      const struct baton_like **ret_like)
{
	while (*i < f->count) {
		const struct baton_batch_item *item = &f->items[(*i)++];

		*ret_like = &f->likes[item->like & ~BATON_ITEM_DEAD];
		if (!is_dead(item) && is_in(&(*ret_like)->fill, f->v6))
			return item;
	}
	return NULL;
}

/* One value for all, none for zero, or one a record. */
static void put_column(struct writer *w, struct pen *pen, uint8_t tag, uint32_t one, uint32_t differ,
		       const struct family *f)
{
	const struct baton_batch_item *item;
	const struct baton_like *like;
	uint8_t *p = w->column;
	unsigned int i = 0;

	if (!differ) {
		if (one)
			put_bytes(pen, tag, p, varint(p, one) - p);
		return;
	}
	while ((item = next_in(f, &i, &like)))
		p = varint(p, value_of(item, &like->fill, tag));
	put_bytes(pen, tag, w->column, p - w->column);
}

static int put_gaps(struct writer *w, struct pen *pen, const struct gather *g, const struct family *f)
{
	struct baton_rice rice = { .out = w->gaps, .size = sizeof(w->gaps) };
	uint64_t last = 0, gaps = g->last - g->first - (g->count - 1);
	const struct baton_batch_item *item;
	const struct baton_like *like;
	unsigned int i = 0;

	if (!gaps)
		return 0;
	rice.shift = baton_rice_shift(gaps, g->count - 1);
	memset(w->gaps, 0, sizeof(w->gaps));
	while ((item = next_in(f, &i, &like))) {
		uint64_t version = like->record.version + item->version;

		if (last && baton_rice_put(&rice, version - last - 1))
			return -EMSGSIZE;
		last = version;
	}
	put_number(pen, COLUMNS_GAP_SHIFT, rice.shift);
	put_bytes(pen, COLUMNS_GAPS, w->gaps, (rice.bit + 7) / 8);
	return 0;
}

static bool all_equal(const uint8_t *p, unsigned int n)
{
	return n < 2 || !memcmp(p, p + 4, 4 * (size_t)(n - 1));
}

static void put_virtual(struct writer *w, struct pen *pen, const struct gather *g, const struct family *f)
{
	static const uint8_t none[4];
	const struct baton_like *like;
	uint8_t *p = w->virtual;
	unsigned int i = 0;

	if (!g->marks)
		return;
	while (next_in(f, &i, &like)) {
		if (f->v6) {
			memcpy(p, vaddr_of(&like->record)->bytes, 16);
			p += 16;
		} else {
			put_le32(p, ntohl(vaddr_of(&like->record)->v4));
			p += 4;
		}
	}
	if (f->v6)
		put_bytes(pen, COLUMNS_VIRTUAL6, w->virtual, 16 * (size_t)g->count);
	else if (!all_equal(w->virtual, g->count))
		put_bytes(pen, COLUMNS_VIRTUAL4, w->virtual, 4 * (size_t)g->count);
	else if (memcmp(w->virtual, none, 4) != 0)
		put_bytes(pen, COLUMNS_VIRTUAL4, w->virtual, 4);
}

long baton_columns_write(const struct baton_batch_item *items, unsigned int count,
			 unsigned int plain, const struct baton_like *likes, bool v6, struct baton_columns_rest *rest,
			 uint8_t *out, size_t size)
{
	const struct family f = { items, count, likes, v6 };
	struct pen pen = { out, out + size };
	struct writer *w = &writer;
	struct gather g;
	uint64_t first;
	int err;

	gather(w, &g, items, count - plain, plain, likes, v6, rest);
	if (!g.count)
		return 0;
	if (g.falls)
		return -EINVAL;
	first = htole64(g.first);
	put_number(&pen, COLUMNS_COUNT, g.count);
	put_fixed(&pen, COLUMNS_VERSION, &first, g.first ? sizeof(first) : 0);
	err = put_gaps(w, &pen, &g, &f);
	if (err)
		return err;
	put_bytes(&pen, v6 ? COLUMNS_CLIENT6 : COLUMNS_CLIENT4, w->client,
		  (v6 ? 16 : 4) * (size_t)g.count);
	if (g.ports_differ)
		put_bytes(&pen, COLUMNS_PORT, w->port, g.ports);
	else if (g.cport)
		put_bytes(&pen, COLUMNS_PORT, w->port, g.ports / g.count);
	put_column(w, &pen, COLUMNS_SERVER, g.one.server, g.differ.server, &f);
	put_column(w, &pen, COLUMNS_STATE, g.one.state, g.differ.state, &f);
	put_column(w, &pen, COLUMNS_TIMEOUT, g.one.timeout, g.differ.timeout, &f);
	put_column(w, &pen, COLUMNS_IDLE, g.one.idle, g.differ.idle, &f);
	put_column(w, &pen, COLUMNS_VPORT, g.one.vport, g.differ.vport, &f);
	put_column(w, &pen, COLUMNS_FLAGS, g.one.flags, g.differ.flags, &f);
	put_virtual(w, &pen, &g, &f);
	return pen.at ? pen.at - out : -EMSGSIZE;
}
