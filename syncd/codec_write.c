// SPDX-License-Identifier: GPL-2.0-or-later
/* Records -> columns. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "codec_priv.h"
#include "rice.h"

/* All that one message needs; an engine has one thread, and this is too large for a stack. */
struct writer {
	uint32_t client4[BATON_BATCH_RECORDS];
	uint32_t virtual4[BATON_BATCH_RECORDS];
	uint8_t client6[16 * BATON_BATCH_RECORDS];
	uint8_t virtual6[16 * BATON_BATCH_RECORDS];
	uint32_t column[2][7][BATON_BATCH_RECORDS];
	uint8_t gaps[2][BATON_FRAME_MAX];
	uint64_t key[BATON_BATCH_RECORDS];
	uint8_t keys[2 * BATON_FRAME_MAX];
	size_t keys_used;
	Baton__Columns columns[2], *columns_p[2];
	Baton__Deletions deletions[DELETION_SERVICES], *deletions_p[DELETION_SERVICES];
	Baton__Service service[BATON_BATCH_RECORDS], *service_p[BATON_BATCH_RECORDS];
	Baton__Server server[BATON_BATCH_RECORDS], *server_p[BATON_BATCH_RECORDS];
	unsigned int services, servers;
};

static _Thread_local struct writer writer;

static size_t collapse(const uint32_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (v[i] != v[0])
			return n;
	return n && v[0] ? 1 : 0;
}

static int write_gaps(Baton__Columns *p, uint8_t *buf, const struct baton_batch_item *items,
		      unsigned int count, bool v6)
{
	uint64_t first = 0, last = 0;
	struct baton_rice rice = { .out = buf, .size = BATON_FRAME_MAX };
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++) {
		const struct baton_conn_record *r = items[i].record;

		if (is_compact(r) || (r->family == AF_INET6) != v6)
			continue;
		if (n++ && r->version <= last)
			return -EINVAL;
		if (n == 1)
			first = r->version;
		last = r->version;
	}
	p->version = first;
	if (last - first == n - 1)
		return 0;
	rice.shift = baton_rice_shift(last - first - (n - 1), n - 1);
	memset(buf, 0, BATON_FRAME_MAX);
	last = 0;
	for (unsigned int i = 0; i < count; i++) {
		const struct baton_conn_record *r = items[i].record;

		if (is_compact(r) || (r->family == AF_INET6) != v6)
			continue;
		if (last && baton_rice_put(&rice, r->version - last - 1))
			return -EMSGSIZE;
		last = r->version;
	}
	p->gap_shift = rice.shift;
	p->gaps.data = buf;
	p->gaps.len = (rice.bit + 7) / 8;
	return 0;
}

static void put_addresses(struct writer *w, unsigned int n, const struct baton_conn_record *r)
{
	if (r->family == AF_INET6) {
		memcpy(w->client6 + 16 * n, r->caddr.bytes, 16);
		memcpy(w->virtual6 + 16 * n, vaddr_of(r)->bytes, 16);
	} else {
		w->client4[n] = ntohl(r->caddr.v4);
		w->virtual4[n] = ntohl(vaddr_of(r)->v4);
	}
}

static int write_columns(struct writer *w, const struct baton_batch_item *items,
			 unsigned int count, bool v6)
{
	Baton__Columns *p = &w->columns[v6];
	uint32_t (*col)[BATON_BATCH_RECORDS] = w->column[v6];
	unsigned int n = 0;
	bool marks = false;

	baton__columns__init(p);
	for (unsigned int i = 0; i < count; i++) {
		const struct baton_conn_record *r = items[i].record;

		if (is_compact(r) || (r->family == AF_INET6) != v6)
			continue;
		put_addresses(w, n, r);
		marks |= r->mark != 0;
		col[0][n] = ntohs(r->cport);
		col[1][n] = items[i].server;
		col[2][n] = r->state;
		col[3][n] = r->timeout;
		col[4][n] = r->idle;
		col[5][n] = vport_of(r);
		col[6][n] = r->flags & __BATON_CONN_F_WIRE;
		n++;
	}
	p->count = n;
	if (!n)
		return 0;
	if (v6) {
		p->client6.len = 16 * n;
		p->client6.data = w->client6;
		p->virtual6.len = marks ? 16 * n : 0;
		p->virtual6.data = w->virtual6;
	} else {
		p->n_client4 = n;
		p->client4 = w->client4;
		p->n_virtual4 = collapse(p->virtual4 = w->virtual4, n);
	}
	p->n_client_port = collapse(p->client_port = col[0], n);
	p->n_server = collapse(p->server = col[1], n);
	p->n_state = collapse(p->state = col[2], n);
	p->n_timeout = collapse(p->timeout = col[3], n);
	p->n_idle = collapse(p->idle = col[4], n);
	p->n_service_port = collapse(p->service_port = col[5], n);
	p->n_flags = collapse(p->flags = col[6], n);
	return write_gaps(p, w->gaps[v6], items, count, v6);
}

static int key_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int write_keys(struct writer *w, Baton__Deletions *p, unsigned int n)
{
	struct baton_rice rice = {
		.out = w->keys + w->keys_used, .size = sizeof(w->keys) - w->keys_used,
	};

	qsort(w->key, n, sizeof(w->key[0]), key_compare);
	rice.shift = baton_rice_shift(w->key[n - 1], n);
	memset(rice.out, 0, rice.size);
	for (unsigned int i = 0; i < n; i++)
		if (baton_rice_put(&rice, i ? w->key[i] - w->key[i - 1] - 1 : w->key[0]))
			return -EMSGSIZE;
	p->count = n;
	p->shift = rice.shift;
	p->keys.data = rice.out;
	p->keys.len = (rice.bit + 7) / 8;
	w->keys_used += p->keys.len;
	return 0;
}

static int write_deletions(struct writer *w, Baton__Deletions *p, uint16_t service,
			   const struct baton_batch_item *items, unsigned int count,
			   const struct baton_dict_tx *dict)
{
	unsigned int n = 0;

	baton__deletions__init(p);
	p->service = service;
	for (unsigned int i = 0; i < count; i++) {
		const struct baton_conn_record *r = items[i].record;

		if (!is_compact(r) || dict->server[items[i].server].service != service)
			continue;
		/*
		 * The highest version of them does for all. It is below that of any later
		 * record of these connections, because batches never overlap in versions,
		 * and above every earlier one.
		 */
		p->version = r->version;
		w->key[n++] = (uint64_t)ntohl(r->caddr.v4) << 16 | ntohs(r->cport);
	}
	return write_keys(w, p, n);
}

static int write_all_deletions(struct writer *w, const struct baton_batch_item *items,
			       unsigned int count, const struct baton_dict_tx *dict)
{
	uint16_t done[DELETION_SERVICES];
	unsigned int n = 0;

	w->keys_used = 0;
	for (unsigned int i = 0; i < count; i++) {
		uint16_t service = dict->server[items[i].server].service;
		unsigned int j = 0;
		int err;

		if (!is_compact(items[i].record))
			continue;
		while (j < n && done[j] != service)
			j++;
		if (j < n)
			continue;
		if (n == DELETION_SERVICES)
			return -EMSGSIZE;
		err = write_deletions(w, &w->deletions[n], service, items, count, dict);
		if (err)
			return err;
		w->deletions_p[n] = &w->deletions[n];
		done[n++] = service;
	}
	return (int)n;
}

/* ---- dictionary entries ---- */

static void put_service(struct writer *w, const struct baton_dict_tx *dict, uint16_t id)
{
	const struct baton_service_key *key = &dict->service[id];
	Baton__Service *p = &w->service[w->services];

	for (unsigned int i = 0; i < w->services; i++)
		if (w->service[i].id == id)
			return;
	baton__service__init(p);
	p->id = id;
	p->family = key->family;
	p->protocol = key->protocol;
	p->port = ntohs(key->port);
	p->mark = key->mark;
	p->address.len = key->family == AF_INET ? 4 : 16;
	p->address.data = (uint8_t *)key->addr.bytes;
	w->service_p[w->services++] = p;
}

static void put_server(struct writer *w, const struct baton_dict_tx *dict, uint16_t id)
{
	const struct baton_dict_server *s = &dict->server[id];
	Baton__Server *p = &w->server[w->servers];

	for (unsigned int i = 0; i < w->servers; i++)
		if (w->server[i].id == id)
			return;
	baton__server__init(p);
	p->id = id;
	p->service = s->service;
	p->family = s->family;
	p->port = ntohs(s->port);
	p->method = s->method;
	p->address.len = s->family == AF_INET ? 4 : s->family == AF_INET6 ? 16 : 0;
	p->address.data = (uint8_t *)s->addr.bytes;
	w->server_p[w->servers++] = p;
}

/* Told by an earlier batch that has arrived: nothing to say. */
static bool is_told(uint64_t sent, uint64_t position, uint64_t told)
{
	return sent && sent != position && sent <= told;
}

static void put_dictionary(struct writer *w, const struct baton_batch_item *items,
			   unsigned int count, const struct baton_dict_tx *dict, uint64_t position,
			   uint64_t told)
{
	for (unsigned int i = 0; i < count; i++) {
		uint16_t server = items[i].server, service = dict->server[server].service;

		if (!is_told(dict->service_sent[service], position, told))
			put_service(w, dict, service);
		if (!is_compact(items[i].record) &&
		    !is_told(dict->server_sent[server], position, told))
			put_server(w, dict, server);
	}
}

static long pack(struct writer *w, Baton__Message *m, uint8_t *out, size_t size)
{
	m->n_services = w->services;
	m->services = w->service_p;
	m->n_servers = w->servers;
	m->servers = w->server_p;
	if (baton__message__get_packed_size(m) > size) {
		m->n_services = 0;
		m->n_servers = 0;
		if (!m->batch || baton__message__get_packed_size(m) > size)
			return -EMSGSIZE;
	}
	return (long)baton__message__pack(m, out);
}

long baton_batch_write(const struct baton_batch_head *head, const struct baton_batch_item *items,
		       unsigned int count, const struct baton_dict_tx *dict, uint64_t told,
		       uint8_t *out, size_t size)
{
	Baton__Message m = BATON__MESSAGE__INIT;
	Baton__Batch b = BATON__BATCH__INIT;
	struct writer *w = &writer;
	int n;

	if (count > BATON_BATCH_RECORDS)
		return -EMSGSIZE;
	w->services = 0;
	w->servers = 0;
	b.id = head->id;
	b.bulk = head->bulk;
	b.covers = head->covers;
	b.replaced_in = head->replaced_in;
	b.columns = w->columns_p;
	for (int v6 = 0; v6 < 2; v6++) {
		n = write_columns(w, items, count, v6);
		if (n)
			return n;
		if (w->columns[v6].count)
			w->columns_p[b.n_columns++] = &w->columns[v6];
	}
	n = write_all_deletions(w, items, count, dict);
	if (n < 0)
		return n;
	b.n_deletions = n;
	b.deletions = w->deletions_p;
	m.batch = &b;
	put_dictionary(w, items, count, dict, head->id, told);
	return pack(w, &m, out, size);
}

long baton_dict_write(const struct baton_dict_tx *dict, const uint32_t *ids, unsigned int count,
		      uint8_t *out, size_t size)
{
	Baton__Message m = BATON__MESSAGE__INIT;
	struct writer *w = &writer;

	w->services = 0;
	w->servers = 0;
	for (unsigned int i = 0; i < count && i < BATON_ACK_UNKNOWN; i++) {
		uint32_t id = ids[i] & ~BATON_UNKNOWN_SERVICE;

		/* As many as surely fit; the reader asks again for the others. */
		if ((w->services + 1) * DICT_SERVICE_MAX + (w->servers + 1) * DICT_SERVER_MAX > size)
			break;
		if (ids[i] & BATON_UNKNOWN_SERVICE) {
			if (id && id <= dict->services)
				put_service(w, dict, id);
		} else if (id && id <= dict->servers) {
			put_server(w, dict, id);
			put_service(w, dict, dict->server[id].service);
		}
	}
	return pack(w, &m, out, size);
}
