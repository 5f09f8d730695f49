// SPDX-License-Identifier: GPL-2.0-or-later
#include "codec_priv.h"
#include "fill.h"
#include "rice.h"

void baton_fill_like(struct baton_fill_like *like, const struct baton_conn_record *r, uint16_t server,
		     const struct baton_dict_tx *dict)
{
	*like = (struct baton_fill_like){
		.server = server, .service = dict->server[server].service,
		.v6 = r->family != AF_INET, .mark = r->mark, .compact = is_compact(r),
		.state = r->state, .timeout = r->timeout, .vport = vport_of(r),
		.flags = r->flags & __BATON_CONN_F_WIRE,
	};
}

void baton_fill_begin(struct baton_fill *f)
{
	uint64_t turn = f->turn + 1;

	memset(f, 0, sizeof(*f));
	f->turn = turn;
}

/* What a column that is not mixed takes, or the head of one that is. */
static size_t column_size(const struct baton_fill_column *c)
{
	if (c->mixed)
		return 4;
	return c->first ? 3 + varint_size(c->first) : 0;
}

static size_t columns_size(const struct baton_fill_columns *c, size_t address)
{
	uint64_t gaps;

	if (!c->count)
		return 0;
	gaps = c->last_version - c->first_version - (c->count - 1);
	/*
	 * The slack of an eighth of a byte a record is for sending the batch again, when
	 * records that were replaced leave gaps in the versions.
	 */
	return 32 + c->bytes + (c->marks ? 4 + c->count * address : 0) + column_size(&c->port) +
	       column_size(&c->server) + column_size(&c->state) + column_size(&c->timeout) +
	       column_size(&c->idle) + column_size(&c->vport) + column_size(&c->flags) +
	       (gaps ? baton_rice_bound(gaps, c->count) : c->count / 8) + 12;
}

static size_t whole(const struct baton_fill *f)
{
	size_t size = 40;

	for (unsigned int i = 0; i < DELETION_SERVICES && f->deletions[i].count; i++)
		size += 26 + baton_rice_bound(KEY_SPACE, f->deletions[i].count);
	return size + f->dictionary + columns_size(&f->v4, 4) + columns_size(&f->v6, 16);
}

/* Return: bytes of the value, if the column is mixed; @turned is set when it was not before. */
static inline unsigned int fill_column(struct baton_fill_columns *c, struct baton_fill_column *column,
				       uint32_t before, uint32_t v, bool *turned)
{
	if (!column->mixed) {
		if (!before)
			column->first = v;
		if (v == column->first)
			return 0;
		column->mixed = *turned = true;
		c->bytes += before * varint_size(column->first);
	}
	return varint_size(v);
}

/* Return: bytes that were added, if nothing @turned. */
static unsigned int columns_add(struct baton_fill_columns *c, struct baton_fill_like *like,
				uint64_t version, __be16 cport, uint32_t idle, bool *turned)
{
	uint32_t before = c->count++;
	unsigned int size = like->v6 ? 16 : 4, other;

	if (!before)
		c->first_version = version;
	else if (version != c->last_version + 1)
		c->sparse = true;
	c->last_version = version;
	c->marks |= like->mark;
	size += fill_column(c, &c->server, before, like->server, turned);
	size += fill_column(c, &c->state, before, like->state, turned);
	size += fill_column(c, &c->timeout, before, like->timeout, turned);
	size += fill_column(c, &c->vport, before, like->vport, turned);
	size += fill_column(c, &c->flags, before, like->flags, turned);
	like->each = size;
	other = fill_column(c, &c->port, before, ntohs(cport), turned) +
		fill_column(c, &c->idle, before, idle, turned);
	c->bytes += size + other;
	return size + other;
}

/* Whether it is known by its like what one more record adds. */
static bool is_plain(const struct baton_fill_columns *c)
{
	return c->port.mixed && !c->idle.mixed && !c->sparse && !c->marks;
}

static struct baton_fill_columns *columns_of(struct baton_fill *f, bool v6)
{
	return v6 ? &f->v6 : &f->v4;
}

/* The end of a run. */
static void settle(struct baton_fill *f)
{
	struct baton_fill_columns *c = columns_of(f, f->run_v6);

	f->bound += f->run_bytes + (c->count + f->run) / 8 - c->count / 8;
	c->count += f->run;
	c->last_version += f->run;
	c->bytes += f->run_bytes;
	f->records += f->run;
	f->run = f->run_bytes = 0;
}

/* One more service than there are slots makes the batch look full, so it is closed before. */
static bool deletion_add(struct baton_fill *f, uint16_t service)
{
	for (unsigned int i = 0; i < DELETION_SERVICES; i++) {
		if (!f->deletions[i].count)
			f->deletions[i].service = service;
		if (f->deletions[i].service == service) {
			f->deletions[i].count++;
			return true;
		}
	}
	return false;
}

/*
 * What begins with a record of @like, which was added to @c: the likes of this turn, or this one alone. If it brings
 * no value that is new, not even a server when there are several, nothing is to be found out of it, either.
 */
static void begin_run(struct baton_fill *f, struct baton_fill_like *like,
		      const struct baton_fill_columns *c, bool turned)
{
	turned |= f->run_v6 != like->v6;
	if (turned)
		f->turn++;
	f->run_v6 = like->v6;
	f->next_version = c->last_version + 1;
	f->idle = c->idle.first;
	like->turn = is_plain(c) ? f->turn : 0;
	if (turned || !like->turn || c->server.mixed)
		f->apart = f->records;
}

size_t baton_fill_add_any(struct baton_fill *f, struct baton_fill_like *like, uint64_t version,
			  __be16 cport, uint32_t idle, const struct baton_dict_tx *dict)
{
	struct baton_fill_columns *c = columns_of(f, like->v6);
	bool first, turned = false, sparse = c->sparse, marks = c->marks;
	uint32_t dictionary = f->dictionary;
	unsigned int size;

	settle(f);
	first = !f->records++;
	if (!dict->service_sent[like->service])
		f->dictionary += DICT_SERVICE_MAX;
	if (like->compact) {
		f->apart = f->records;
		if (!deletion_add(f, like->service))
			return SIZE_MAX;
		f->bound = whole(f);
		return f->bound;
	}
	if (!dict->server_sent[like->server])
		f->dictionary += DICT_SERVER_MAX;
	size = columns_add(c, like, version, cport, idle, &turned);
	if (first || turned || c->count == 1 || c->sparse || c->marks || f->dictionary != dictionary)
		f->bound = whole(f);
	else
		f->bound += size + !(c->count % 8);
	begin_run(f, like, c, turned || c->sparse != sparse || c->marks != marks);
	return f->bound;
}

void baton_fill_tell(struct baton_fill_like *like, struct baton_dict_tx *dict, uint64_t position)
{
	like->told = position;
	if (!dict->service_sent[like->service])
		dict->service_sent[like->service] = position;
	if (!like->compact && !dict->server_sent[like->server])
		dict->server_sent[like->server] = position;
}
