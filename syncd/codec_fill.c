// SPDX-License-Identifier: GPL-2.0-or-later
/* How long the batch being collected will be: an upper bound, kept up to date record by record. */
#include "codec_priv.h"
#include "rice.h"

/* Return: bytes that were added if it was mixed before; else @turned may be set. */
static inline unsigned int fill_column(struct baton_fill_column *c, uint32_t before, uint32_t v,
				       bool *turned)
{
	unsigned int size;

	if (!before)
		c->first = v;
	if (!c->mixed) {
		if (v == c->first)
			return 0;
		c->mixed = *turned = true;
		c->bytes = before * varint_size(c->first);
	}
	size = varint_size(v);
	c->bytes += size;
	return size;
}

static size_t column_size(const struct baton_fill_column *c)
{
	if (c->mixed)
		return c->bytes + 4;
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
	return 32 + c->count * address * (c->marks ? 2 : 1) + (c->marks ? 4 : 0) + column_size(&c->port) + column_size(&c->server) +
	       column_size(&c->state) + column_size(&c->timeout) + column_size(&c->idle) +
	       column_size(&c->vport) + column_size(&c->flags) +
	       (gaps ? baton_rice_bound(gaps, c->count) : c->count / 8) + 12;
}

/* As fill_column(), of all columns. */
static unsigned int columns_add(struct baton_fill_columns *c, const struct baton_conn_record *r,
				uint16_t server, bool *turned)
{
	uint32_t before = c->count++;
	unsigned int size;

	if (!before)
		c->first_version = r->version;
	c->last_version = r->version;
	c->marks |= r->mark != 0;
	size = fill_column(&c->port, before, ntohs(r->cport), turned);
	size += fill_column(&c->server, before, server, turned);
	size += fill_column(&c->state, before, r->state, turned);
	size += fill_column(&c->timeout, before, r->timeout, turned);
	size += fill_column(&c->idle, before, r->idle, turned);
	size += fill_column(&c->vport, before, vport_of(r), turned);
	size += fill_column(&c->flags, before, r->flags & __BATON_CONN_F_WIRE, turned);
	return size;
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

static size_t whole(const struct baton_fill *f)
{
	size_t size = 40;

	for (unsigned int i = 0; i < DELETION_SERVICES && f->deletions[i].count; i++)
		size += 26 + baton_rice_bound(KEY_SPACE, f->deletions[i].count);
	return size + f->dictionary + columns_size(&f->v4, 4) + columns_size(&f->v6, 16);
}

/*
 * Most records differ from the one before in client and version only, and there is nothing new to tell
 * for them: then what they add is known without adding everything up.
 */
static bool add_plain(struct baton_fill *f, const struct baton_conn_record *r, uint16_t server)
{
	struct baton_fill_columns *c = r->family == AF_INET ? &f->v4 : &f->v6;
	bool turned = false;
	unsigned int size;

	if (!c->count || c->marks || r->mark || r->version != c->last_version + 1 ||
	    r->version - c->first_version != c->count)
		return false;
	size = columns_add(c, r, server, &turned);
	if (turned)
		f->bound = whole(f);
	else
		f->bound += size + (r->family == AF_INET ? 4 : 16) + !(c->count % 8);
	return true;
}

size_t baton_fill_add(struct baton_fill *f, const struct baton_conn_record *r, uint16_t server,
		      const struct baton_dict_tx *dict)
{
	uint16_t service = dict->server[server].service;
	bool told = dict->service_sent[service], turned;

	f->records++;
	if (!told)
		f->dictionary += DICT_SERVICE_MAX;
	if (is_compact(r)) {
		if (!deletion_add(f, service))
			return SIZE_MAX;
	} else {
		if (told && dict->server_sent[server] && add_plain(f, r, server))
			return f->bound;
		if (!dict->server_sent[server])
			f->dictionary += DICT_SERVER_MAX;
		columns_add(r->family == AF_INET ? &f->v4 : &f->v6, r, server, &turned);
	}
	f->bound = whole(f);
	return f->bound;
}

void baton_fill_tell(const struct baton_conn_record *r, uint16_t server,
		     struct baton_dict_tx *dict, uint64_t position)
{
	uint16_t service = dict->server[server].service;

	if (!dict->service_sent[service])
		dict->service_sent[service] = position;
	if (!is_compact(r) && !dict->server_sent[server])
		dict->server_sent[server] = position;
}
