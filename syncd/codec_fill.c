// SPDX-License-Identifier: GPL-2.0-or-later
/* How long the batch being collected will be: an upper bound, kept up to date record by record. */
#include "codec_priv.h"
#include "rice.h"

static unsigned int varint_size(uint64_t v)
{
	unsigned int n = 1;

	while (v >>= 7)
		n++;
	return n;
}

static void fill_column(struct baton_fill_column *c, bool first, uint32_t v)
{
	if (first)
		c->first = v;
	else if (v != c->first)
		c->mixed = true;
	c->bytes += varint_size(v);
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

static void columns_add(struct baton_fill_columns *c, const struct baton_conn_record *r,
			uint16_t server)
{
	bool first = !c->count++;

	if (first)
		c->first_version = r->version;
	c->last_version = r->version;
	c->marks |= r->mark != 0;
	fill_column(&c->port, first, ntohs(r->cport));
	fill_column(&c->server, first, server);
	fill_column(&c->state, first, r->state);
	fill_column(&c->timeout, first, r->timeout);
	fill_column(&c->idle, first, r->idle);
	fill_column(&c->vport, first, vport_of(r));
	fill_column(&c->flags, first, r->flags & __BATON_CONN_F_WIRE);
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

size_t baton_fill_add(struct baton_fill *f, const struct baton_conn_record *r, uint16_t server,
		      const struct baton_dict_tx *dict)
{
	uint16_t service = dict->server[server].service;
	size_t size = 40;

	f->records++;
	if (!dict->service_sent[service])
		f->dictionary += DICT_SERVICE_MAX;
	if (is_compact(r)) {
		if (!deletion_add(f, service))
			return SIZE_MAX;
	} else {
		if (!dict->server_sent[server])
			f->dictionary += DICT_SERVER_MAX;
		columns_add(r->family == AF_INET ? &f->v4 : &f->v6, r, server);
	}
	for (unsigned int i = 0; i < DELETION_SERVICES && f->deletions[i].count; i++)
		size += 26 + baton_rice_bound(KEY_SPACE, f->deletions[i].count);
	return size + f->dictionary + columns_size(&f->v4, 4) + columns_size(&f->v6, 16);
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
