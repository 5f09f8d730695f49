// SPDX-License-Identifier: GPL-2.0-or-later
/* Records -> a batch; its columns: codec_columns.c. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "codec_priv.h"
#include "rice.h"

/* Field numbers and wire types in sync.proto. */
enum {
	MESSAGE_BATCH = 1 << 3 | 2,
	BATCH_ID = 1 << 3, BATCH_BULK = 2 << 3, BATCH_COVERS = 3 << 3, BATCH_REPLACED_IN = 4 << 3,
	BATCH_COLUMNS = 5 << 3 | 2, BATCH_DELETIONS = 6 << 3 | 2,
};

/* All that one message needs; an engine has one thread, and this is too large for a stack. */
struct writer {
	uint8_t batch[2 * BATON_FRAME_MAX], part[2 * BATON_FRAME_MAX];
	uint64_t key[BATON_BATCH_RECORDS];
	uint8_t keys[BATON_FRAME_MAX];
	Baton__Service service[BATON_BATCH_RECORDS], *service_p[BATON_BATCH_RECORDS];
	Baton__Server server[BATON_BATCH_RECORDS], *server_p[BATON_BATCH_RECORDS];
	unsigned int services, servers;
};

static _Thread_local struct writer writer;

static int key_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int write_keys(struct writer *w, Baton__Deletions *p, unsigned int n)
{
	struct baton_rice rice = { .out = w->keys, .size = sizeof(w->keys) };

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
	return 0;
}

/* What is to be written. */
struct items {
	const struct baton_batch_item *item;
	unsigned int count;
	const struct baton_like *like;
};

/* The like of a record that is written; NULL: this one is not. */
static const struct baton_like *like_of(const struct items *in, unsigned int i)
{
	return is_dead(&in->item[i]) ? NULL : &in->like[in->item[i].like];
}

static int write_deletions(struct writer *w, struct pen *pen, uint16_t service, const struct items *in)
{
	Baton__Deletions p = BATON__DELETIONS__INIT;
	unsigned int n = 0;
	int err;

	p.service = service;
	for (unsigned int i = 0; i < in->count; i++) {
		const struct baton_batch_item *item = &in->item[i];
		const struct baton_like *like = like_of(in, i);

		if (!like || !like->fill.compact || like->fill.service != service)
			continue;
		/*
		 * The highest version of them does for all. It is below that of any later
		 * record of these connections, because batches never overlap in versions,
		 * and above every earlier one.
		 */
		p.version = like->record.version + item->version;
		w->key[n++] = (uint64_t)ntohl(item->client.v4) << 16 | ntohs(item->cport);
	}
	err = write_keys(w, &p, n);
	if (!err)
		put_bytes(pen, BATCH_DELETIONS, w->part, baton__deletions__pack(&p, w->part));
	return err;
}

static int write_all_deletions(struct writer *w, struct pen *pen, const struct items *in)
{
	uint16_t done[DELETION_SERVICES];
	unsigned int n = 0;

	for (unsigned int i = 0; i < in->count; i++) {
		const struct baton_like *like = like_of(in, i);
		unsigned int j = 0;
		int err;

		if (!like || !like->fill.compact)
			continue;
		while (j < n && done[j] != like->fill.service)
			j++;
		if (j < n)
			continue;
		if (n == DELETION_SERVICES)
			return -EMSGSIZE;
		err = write_deletions(w, pen, like->fill.service, in);
		if (err)
			return err;
		done[n++] = like->fill.service;
	}
	return 0;
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

/* @count: how many of the items to look at */
static void put_dictionary(struct writer *w, const struct items *in, unsigned int count,
			   const struct baton_dict_tx *dict, uint64_t position, uint64_t told)
{
	uint16_t last = BATON_ITEM_DEAD;	/* it is done, or nothing to do */

	for (unsigned int i = 0; i < count; i++) {
		const struct baton_like *like;

		if (in->item[i].like == last || is_dead(&in->item[i]))
			continue;
		last = in->item[i].like;
		like = &in->like[last];
		if (!is_told(dict->service_sent[like->fill.service], position, told))
			put_service(w, dict, like->fill.service);
		if (!like->fill.compact && !is_told(dict->server_sent[like->fill.server], position, told))
			put_server(w, dict, like->fill.server);
	}
}

/* Return: bytes, or -EMSGSIZE. */
static long pack_dictionary(struct writer *w, uint8_t *out, size_t size)
{
	Baton__Message m = BATON__MESSAGE__INIT;

	if (!w->services && !w->servers)
		return 0;
	m.n_services = w->services;
	m.services = w->service_p;
	m.n_servers = w->servers;
	m.servers = w->server_p;
	if (baton__message__get_packed_size(&m) > size)
		return -EMSGSIZE;
	return (long)baton__message__pack(&m, out);
}

long baton_batch_write(const struct baton_batch_head *head, const struct baton_batch_item *items,
		       unsigned int count, const struct baton_like *likes,
		       const struct baton_dict_tx *dict, uint64_t told, uint8_t *out, size_t size)
{
	const struct items in = { items, count, likes };
	struct writer *w = &writer;
	struct pen pen = { w->batch, w->batch + sizeof(w->batch) }, whole = { out, out + size };
	struct baton_columns_rest rest = { .others = count };
	long n;

	if (count > BATON_BATCH_RECORDS)
		return -EMSGSIZE;
	w->services = 0;
	w->servers = 0;
	put_number(&pen, BATCH_ID, head->id);
	put_number(&pen, BATCH_BULK, head->bulk);
	put_number(&pen, BATCH_COVERS, head->covers);
	put_number(&pen, BATCH_REPLACED_IN, head->replaced_in);
	for (int v6 = 0; v6 < 2 && rest.others; v6++) {
		n = baton_columns_write(items, count, head->plain, likes, v6, &rest, w->part, sizeof(w->part));
		if (n < 0)
			return n;
		put_bytes(&pen, BATCH_COLUMNS, w->part, n);
	}
	n = rest.deletions ? write_all_deletions(w, &pen, &in) : 0;
	if (n < 0)
		return n;
	if (pen.at)
		put_bytes(&whole, MESSAGE_BATCH, w->batch, pen.at - w->batch);
	if (!pen.at || !whole.at)
		return -EMSGSIZE;
	put_dictionary(w, &in, count - head->plain, dict, head->id, told);
	n = pack_dictionary(w, whole.at, whole.end - whole.at);
	return whole.at - out + (n > 0 ? n : 0);
}

long baton_dict_write(const struct baton_dict_tx *dict, const uint32_t *ids, unsigned int count,
		      uint8_t *out, size_t size)
{
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
	return pack_dictionary(w, out, size);
}
