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

/*
 * The words of a record with its small fields, in which what differs from the first record's is found
 * in one step each.
 */
struct words {
	uint64_t ports, kind, times;
};

_Static_assert(offsetof(struct baton_conn_record, family) ==
	       offsetof(struct baton_conn_record, cport) + sizeof(uint64_t) &&
	       offsetof(struct baton_conn_record, timeout) ==
	       offsetof(struct baton_conn_record, family) + sizeof(uint64_t) &&
	       offsetof(struct baton_conn_record, mark) ==
	       offsetof(struct baton_conn_record, timeout) + sizeof(uint64_t),
	       "ports, kind and times are three words");

/* What the records of one family have in common, and which of their fields differ. */
struct gather {
	unsigned int count;
	size_t ports;			/* bytes */
	uint64_t first, last;		/* versions */
	struct words words, differs;
	const struct baton_conn_record *record;	/* the first */
	bool marks, ascend;
	struct {
		uint32_t server, state, timeout, idle, vport, flags;
	} one, differ;
};

static inline void put_le32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void gather_address(struct writer *w, struct gather *g, const struct baton_conn_record *r,
			   bool v6)
{
	if (v6)
		memcpy(w->client + 16 * g->count, r->caddr.bytes, 16);
	else
		put_le32(w->client + 4 * g->count, ntohl(r->caddr.v4));
	if (!r->mark && !g->marks)
		return;
	/* The first one with a mark: those before have none. */
	if (!g->marks)
		memset(w->virtual, 0, 16 * g->count);
	g->marks = true;
	if (v6)
		memcpy(w->virtual + 16 * g->count, vaddr_of(r)->bytes, 16);
	else
		put_le32(w->virtual + 4 * g->count, ntohl(vaddr_of(r)->v4));
}

static inline void load(struct words *w, const struct baton_conn_record *r)
{
	memcpy(w, &r->cport, sizeof(*w));
}

static void begin(struct gather *g, const struct baton_batch_item *item)
{
	const struct baton_conn_record *r = item->record;

	g->record = r;
	g->first = r->version;
	load(&g->words, r);
	g->one.server = item->server;
	g->one.state = r->state;
	g->one.timeout = r->timeout;
	g->one.idle = r->idle;
	g->one.vport = vport_of(r);
	g->one.flags = r->flags & __BATON_CONN_F_WIRE;
}

/* A port is most often above 16383, and so three bytes. */
static inline uint8_t *put_port(uint8_t *p, uint32_t port)
{
	p[0] = (uint8_t)port | 0x80;
	p[1] = (uint8_t)(port >> 7) | 0x80;
	p[2] = (uint8_t)(port >> 14);
	return port > 0x3fff ? p + 3 : varint(p, port);
}

static inline bool is_in(const struct baton_conn_record *r, bool v6)
{
	return (r->family == AF_INET6) == v6 && !is_compact(r);
}

/* Those that differ in service port or port may still all have the port of their service. */
static uint32_t vports_differ(const struct gather *g, const struct baton_batch_item *items,
			      unsigned int count, bool v6)
{
	uint32_t differ = 0;

	for (unsigned int i = 0; i < count; i++)
		if (is_in(items[i].record, v6))
			differ |= g->one.vport ^ vport_of(items[i].record);
	return differ;
}

/* In words -> in fields. */
static void sort_out(struct gather *g, const struct baton_batch_item *items, unsigned int count,
		     bool v6)
{
	struct baton_conn_record r;

	memcpy(&r.cport, &g->differs, sizeof(g->differs));
	g->differ.state = r.state;
	g->differ.timeout = r.timeout;
	g->differ.idle = r.idle;
	g->differ.flags = r.flags & __BATON_CONN_F_WIRE;
	if (r.vport | r.svc_port)
		g->differ.vport = vports_differ(g, items, count, v6);
}

static void gather(struct writer *w, struct gather *g, const struct baton_batch_item *items,
		   unsigned int count, bool v6, struct baton_columns_rest *rest)
{
	uint8_t *port = w->port;
	struct words words;

	memset(rest, 0, sizeof(*rest));
	memset(g, 0, sizeof(*g));
	g->ascend = true;
	for (unsigned int i = 0; i < count; i++) {
		const struct baton_conn_record *r = items[i].record;

		if (is_compact(r)) {
			rest->deletions++;
			continue;
		}
		if ((r->family == AF_INET6) != v6) {
			rest->others++;
			continue;
		}
		if (g->count)
			g->ascend &= r->version > g->last;
		else
			begin(g, &items[i]);
		g->last = r->version;
		gather_address(w, g, r, v6);
		port = put_port(port, ntohs(r->cport));
		load(&words, r);
		g->differs.ports |= g->words.ports ^ words.ports;
		g->differs.kind |= g->words.kind ^ words.kind;
		g->differs.times |= g->words.times ^ words.times;
		g->differ.server |= g->one.server ^ items[i].server;
		g->count++;
	}
	g->ports = port - w->port;
	if (g->count)
		sort_out(g, items, count, v6);
}

static bool ports_differ(const struct gather *g)
{
	struct baton_conn_record r;

	memcpy(&r.cport, &g->differs.ports, sizeof(g->differs.ports));
	return r.cport;
}

static uint32_t value_of(const struct baton_batch_item *item, uint8_t tag)
{
	const struct baton_conn_record *r = item->record;

	switch (tag) {
	case COLUMNS_SERVER:
		return item->server;
	case COLUMNS_STATE:
		return r->state;
	case COLUMNS_TIMEOUT:
		return r->timeout;
	case COLUMNS_IDLE:
		return r->idle;
	case COLUMNS_VPORT:
		return vport_of(r);
	default:
		return r->flags & __BATON_CONN_F_WIRE;
	}
}

/* One value for all, none for zero, or one a record. */
static void put_column(struct writer *w, struct pen *pen, uint8_t tag, uint32_t one,
		       uint32_t differ, const struct baton_batch_item *items, unsigned int count,
		       bool v6)
{
	uint8_t *p = w->column;

	if (!differ) {
		if (one)
			put_bytes(pen, tag, p, varint(p, one) - p);
		return;
	}
	for (unsigned int i = 0; i < count; i++)
		if (is_in(items[i].record, v6))
			p = varint(p, value_of(&items[i], tag));
	put_bytes(pen, tag, w->column, p - w->column);
}

static int put_gaps(struct writer *w, struct pen *pen, const struct gather *g,
		    const struct baton_batch_item *items, unsigned int count, bool v6)
{
	struct baton_rice rice = { .out = w->gaps, .size = sizeof(w->gaps) };
	uint64_t last = 0, gaps = g->last - g->first - (g->count - 1);

	if (!gaps)
		return 0;
	rice.shift = baton_rice_shift(gaps, g->count - 1);
	memset(w->gaps, 0, sizeof(w->gaps));
	for (unsigned int i = 0; i < count; i++) {
		const struct baton_conn_record *r = items[i].record;

		if (!is_in(r, v6))
			continue;
		if (last && baton_rice_put(&rice, r->version - last - 1))
			return -EMSGSIZE;
		last = r->version;
	}
	put_number(pen, COLUMNS_GAP_SHIFT, rice.shift);
	put_bytes(pen, COLUMNS_GAPS, w->gaps, (rice.bit + 7) / 8);
	return 0;
}

static bool all_equal(const uint8_t *p, unsigned int n)
{
	return n < 2 || !memcmp(p, p + 4, 4 * (size_t)(n - 1));
}

static void put_virtual(struct writer *w, struct pen *pen, const struct gather *g, bool v6)
{
	static const uint8_t none[4];

	if (!g->marks)
		return;
	if (v6)
		put_bytes(pen, COLUMNS_VIRTUAL6, w->virtual, 16 * (size_t)g->count);
	else if (!all_equal(w->virtual, g->count))
		put_bytes(pen, COLUMNS_VIRTUAL4, w->virtual, 4 * (size_t)g->count);
	else if (memcmp(w->virtual, none, 4) != 0)
		put_bytes(pen, COLUMNS_VIRTUAL4, w->virtual, 4);
}

long baton_columns_write(const struct baton_batch_item *items, unsigned int count, bool v6,
			 struct baton_columns_rest *rest, uint8_t *out, size_t size)
{
	struct pen pen = { out, out + size };
	struct writer *w = &writer;
	struct gather g;
	uint64_t first;
	int err;

	gather(w, &g, items, count, v6, rest);
	if (!g.count)
		return 0;
	if (!g.ascend)
		return -EINVAL;
	first = htole64(g.first);
	put_number(&pen, COLUMNS_COUNT, g.count);
	put_fixed(&pen, COLUMNS_VERSION, &first, g.first ? sizeof(first) : 0);
	err = put_gaps(w, &pen, &g, items, count, v6);
	if (err)
		return err;
	put_bytes(&pen, v6 ? COLUMNS_CLIENT6 : COLUMNS_CLIENT4, w->client,
		  (v6 ? 16 : 4) * (size_t)g.count);
	if (ports_differ(&g))
		put_bytes(&pen, COLUMNS_PORT, w->port, g.ports);
	else if (g.record->cport)
		put_bytes(&pen, COLUMNS_PORT, w->port, g.ports / g.count);
	put_column(w, &pen, COLUMNS_SERVER, g.one.server, g.differ.server, items, count, v6);
	put_column(w, &pen, COLUMNS_STATE, g.one.state, g.differ.state, items, count, v6);
	put_column(w, &pen, COLUMNS_TIMEOUT, g.one.timeout, g.differ.timeout, items, count, v6);
	put_column(w, &pen, COLUMNS_IDLE, g.one.idle, g.differ.idle, items, count, v6);
	put_column(w, &pen, COLUMNS_VPORT, g.one.vport, g.differ.vport, items, count, v6);
	put_column(w, &pen, COLUMNS_FLAGS, g.one.flags, g.differ.flags, items, count, v6);
	put_virtual(w, &pen, &g, v6);
	return pen.at ? pen.at - out : -EMSGSIZE;
}
