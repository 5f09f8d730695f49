// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything in a message but the records; those are codec_write.c and codec_read.c. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "codec_priv.h"

/* A reader's allocator: a bump pointer, no way to free, an end. */
static void *arena_alloc(void *data, size_t size)
{
	struct baton_reader *rd = data;
	size_t at = (rd->used + 15) & ~(size_t)15;

	if (size > sizeof(rd->arena) || at > sizeof(rd->arena) - size)
		return NULL;
	rd->used = at + size;
	return rd->arena + at;
}

static void arena_free(void *data, void *p)
{
	(void)data;
	(void)p;
}

static int read_session(struct baton_session *s, const ProtobufCBinaryData *b)
{
	if (b->len != BATON_SESSION_SIZE)
		return -EBADMSG;
	memcpy(s->bytes, b->data, BATON_SESSION_SIZE);
	return 0;
}

static int read_hello(struct baton_msg_hello *h, const Baton__Hello *p)
{
	h->node = p->node;
	h->role = p->role == BATON__ROLE__ACTIVE ? BATON_ROLE_ACTIVE : BATON_ROLE_STANDBY;
	if (p->n_peers > BATON_HELLO_PEERS)
		return -EBADMSG;
	h->peers = p->n_peers;
	for (unsigned int i = 0; i < h->peers; i++) {
		const Baton__Peer *q = p->peers[i];
		struct baton_msg_peer *peer = &h->peer[i];

		if (read_session(&peer->session, &q->session))
			return -EBADMSG;
		peer->challenge = q->challenge;
		peer->echo = q->echo;
		peer->start = q->start;
		peer->resync_seen = q->resync_seen;
		peer->resync_bulk = q->resync_bulk;
		peer->largest = q->largest;
	}
	return 0;
}

static int read_bulk(struct baton_msg_source *s, const Baton__Bulk *b)
{
	if (!b->id || b->buckets.len != BATON_MAP_SIZE)
		return -EBADMSG;
	s->bulk.id = b->id;
	s->bulk.begin_version = b->begin_version;
	s->bulk.first = b->first;
	s->bulk.announced = b->announced;
	s->bulk.walked = b->walked;
	s->bulk.total = b->total;
	s->bulk.final = b->final;
	memcpy(s->bulk.buckets, b->buckets.data, BATON_MAP_SIZE);
	return 0;
}

static int read_source(struct baton_msg_source *s, const Baton__Source *p)
{
	memset(&s->digest, 0, sizeof(s->digest));
	memset(&s->bulk, 0, sizeof(s->bulk));
	s->last = p->last;
	s->connections = p->connections;
	s->unsynced = p->unsynced;
	s->pending = p->pending;
	s->config_hash = p->config_hash;
	s->config_size = p->config_size;
	memset(&s->release, 0, sizeof(s->release));
	if (p->release) {
		s->release.epoch = p->release->epoch;
		s->release.position = p->release->position;
	}
	if (p->digest) {
		if (p->digest->sum.len != BATON_SUM_SIZE ||
		    (p->digest->marks.len && p->digest->marks.len != BATON_DIGEST_BUCKETS))
			return -EBADMSG;
		s->digest.present = true;
		s->digest.position = p->digest->position;
		memcpy(s->digest.sum, p->digest->sum.data, BATON_SUM_SIZE);
		s->digest.marks = p->digest->marks.len ? p->digest->marks.data : NULL;
	}
	return p->bulk ? read_bulk(s, p->bulk) : 0;
}

static int read_ack(struct baton_msg_ack *a, const Baton__Ack *p)
{
	uint64_t at = p->position + 1;

	if (read_session(&a->session, &p->session) || p->n_missing % 2 ||
	    p->n_missing / 2 > BATON_ACK_RANGES || p->n_unknown > BATON_ACK_UNKNOWN)
		return -EBADMSG;
	a->ranges = p->n_missing / 2;
	for (unsigned int i = 0; i < a->ranges; i++) {
		at += p->missing[2 * i];
		a->missing[i].first = at;
		a->missing[i].count = p->missing[2 * i + 1];
		at += p->missing[2 * i + 1];
	}
	a->unknowns = p->n_unknown;
	for (unsigned int i = 0; i < a->unknowns; i++)
		a->unknown[i] = p->unknown[i];
	a->start = p->start;
	a->position = p->position;
	a->want_marks = p->want_marks;
	a->warm = p->warm;
	a->equal_at = p->equal_at;
	a->equal_age = p->equal_age;
	a->synced = p->synced;
	a->parked_service = p->parked_service;
	a->parked_server = p->parked_server;
	a->refused = p->refused;
	a->bulk_done = p->bulk_done;
	a->want_config = p->want_config;
	a->want_offset = p->want_offset;
	a->resync_id = 0;
	if (p->resync) {
		if (!p->resync->id || p->resync->buckets.len != BATON_MAP_SIZE)
			return -EBADMSG;
		a->resync_id = p->resync->id;
		memcpy(a->resync_buckets, p->resync->buckets.data, BATON_MAP_SIZE);
	}
	return 0;
}

int baton_msg_read(struct baton_reader *rd, const uint8_t *p, size_t size)
{
	ProtobufCAllocator allocator = { arena_alloc, arena_free, rd };
	struct baton_msg *msg = &rd->msg;
	const Baton__Message *raw;

	rd->used = 0;
	msg->raw = NULL;
	raw = baton__message__unpack(&allocator, size, p);
	if (!raw)
		return -EBADMSG;
	msg->raw = raw;
	msg->batch = raw->batch;
	msg->has_hello = raw->hello;
	msg->has_source = raw->source;
	msg->has_ack = raw->ack;
	msg->has_config = raw->config;
	if (raw->batch && !raw->batch->id)
		return -EBADMSG;
	if (raw->config) {
		if (!raw->config->text.len)
			return -EBADMSG;
		msg->config.hash = raw->config->hash;
		msg->config.offset = raw->config->offset;
		msg->config.text = raw->config->text.data;
		msg->config.size = raw->config->text.len;
	}
	if (raw->hello && read_hello(&msg->hello, raw->hello))
		return -EBADMSG;
	if (raw->source && read_source(&msg->source, raw->source))
		return -EBADMSG;
	if (raw->ack && read_ack(&msg->ack, raw->ack))
		return -EBADMSG;
	return 0;
}

static int read_addr(union baton_addr *addr, uint32_t family, const ProtobufCBinaryData *b)
{
	size_t want = family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;

	memset(addr, 0, sizeof(*addr));
	if (b->len != want)
		return -EBADMSG;
	if (want)
		memcpy(addr->bytes, b->data, want);
	return 0;
}

int baton_msg_learn(const struct baton_msg *msg, struct baton_dict_rx *dict)
{
	for (size_t i = 0; i < msg->raw->n_services; i++) {
		const Baton__Service *p = msg->raw->services[i];
		struct baton_service_key key = {
			.family = p->family, .protocol = p->protocol, .port = htons(p->port),
			.mark = p->mark,
		};

		if (!p->family || p->protocol > 255 || p->port > 65535 ||
		    read_addr(&key.addr, p->family, &p->address) || !p->address.len ||
		    (p->mark && (p->port || !is_none(&key.addr))) ||
		    baton_dict_learn_service(dict, p->id, &key))
			return -EBADMSG;
	}
	for (size_t i = 0; i < msg->raw->n_servers; i++) {
		const Baton__Server *p = msg->raw->servers[i];
		struct baton_dict_server s = {
			.family = p->family, .method = p->method, .port = htons(p->port),
			.service = p->service,
		};

		if (p->method > 255 || p->port > 65535 || p->service > BATON_DICT_SERVICES ||
		    (p->family && p->family != AF_INET && p->family != AF_INET6) ||
		    read_addr(&s.addr, p->family, &p->address) ||
		    baton_dict_learn_server(dict, p->id, &s))
			return -EBADMSG;
	}
	return 0;
}

static void write_peer(Baton__Peer *q, const struct baton_msg_peer *p)
{
	baton__peer__init(q);
	q->session.len = BATON_SESSION_SIZE;
	q->session.data = (uint8_t *)p->session.bytes;
	q->challenge = p->challenge;
	q->echo = p->echo;
	q->start = p->start;
	q->resync_seen = p->resync_seen;
	q->resync_bulk = p->resync_bulk;
	q->largest = p->largest;
}

static void write_source(Baton__Source *p, Baton__Release *r, Baton__Digest *d, Baton__Bulk *b,
			 const struct baton_msg_source *s)
{
	baton__source__init(p);
	p->last = s->last;
	p->connections = s->connections;
	p->unsynced = s->unsynced;
	p->pending = s->pending;
	p->config_hash = s->config_hash;
	p->config_size = s->config_size;
	if (s->release.epoch) {
		baton__release__init(r);
		r->epoch = s->release.epoch;
		r->position = s->release.position;
		p->release = r;
	}
	if (s->digest.present) {
		baton__digest__init(d);
		d->position = s->digest.position;
		d->sum.len = BATON_SUM_SIZE;
		d->sum.data = (uint8_t *)s->digest.sum;
		d->marks.len = s->digest.marks ? BATON_DIGEST_BUCKETS : 0;
		d->marks.data = (uint8_t *)s->digest.marks;
		p->digest = d;
	}
	if (s->bulk.id) {
		baton__bulk__init(b);
		b->id = s->bulk.id;
		b->begin_version = s->bulk.begin_version;
		b->first = s->bulk.first;
		b->announced = s->bulk.announced;
		b->walked = s->bulk.walked;
		b->total = s->bulk.total;
		b->final = s->bulk.final;
		b->buckets.len = BATON_MAP_SIZE;
		b->buckets.data = (uint8_t *)s->bulk.buckets;
		p->bulk = b;
	}
}

static void write_ack(Baton__Ack *p, Baton__Resync *r, uint32_t *missing,
		      const struct baton_msg_ack *a)
{
	uint64_t at = a->position + 1;

	baton__ack__init(p);
	p->session.len = BATON_SESSION_SIZE;
	p->session.data = (uint8_t *)a->session.bytes;
	p->start = a->start;
	p->position = a->position;
	for (unsigned int i = 0; i < a->ranges; i++) {
		missing[2 * i] = a->missing[i].first - at;
		missing[2 * i + 1] = a->missing[i].count;
		at = a->missing[i].first + a->missing[i].count;
	}
	p->n_missing = 2 * a->ranges;
	p->missing = missing;
	p->n_unknown = a->unknowns;
	p->unknown = (uint32_t *)a->unknown;
	p->want_marks = a->want_marks;
	p->warm = a->warm;
	p->equal_at = a->equal_at;
	p->equal_age = a->equal_age;
	p->synced = a->synced;
	p->parked_service = a->parked_service;
	p->parked_server = a->parked_server;
	p->refused = a->refused;
	p->bulk_done = a->bulk_done;
	p->want_config = a->want_config;
	p->want_offset = a->want_config ? a->want_offset : 0;
	if (a->resync_id) {
		baton__resync__init(r);
		r->id = a->resync_id;
		r->buckets.len = BATON_MAP_SIZE;
		r->buckets.data = (uint8_t *)a->resync_buckets;
		p->resync = r;
	}
}

long baton_config_write(uint64_t hash, uint32_t offset, const char *text, size_t count,
			uint8_t *out, size_t size)
{
	Baton__Message m = BATON__MESSAGE__INIT;
	Baton__Config c = BATON__CONFIG__INIT;

	c.hash = hash;
	c.offset = offset;
	c.text.data = (uint8_t *)text;
	c.text.len = count;
	m.config = &c;
	if (baton__message__get_packed_size(&m) > size)
		return -EMSGSIZE;
	return (long)baton__message__pack(&m, out);
}

/* The lengths of the padding and of what it is in take some bytes, too. */
static void pad(Baton__Message *m, Baton__Hello *h, size_t to)
{
	static uint8_t zeros[BATON_FRAME_MAX];
	size_t size = baton__message__get_packed_size(m);

	if (to > sizeof(zeros) || size + 8 > to)
		return;
	h->padding.data = zeros;
	h->padding.len = to - size - 7;
	while (baton__message__get_packed_size(m) < to)
		h->padding.len++;
	/* a length that became a byte longer with the last one */
	if (baton__message__get_packed_size(m) > to)
		h->padding.len--;
}

long baton_msg_write(const struct baton_msg_hello *hello, const struct baton_msg_source *source,
		     const struct baton_msg_ack *ack, uint8_t *out, size_t size)
{
	Baton__Peer peer[BATON_HELLO_PEERS], *peers[BATON_HELLO_PEERS];
	uint32_t missing[2 * BATON_ACK_RANGES];
	Baton__Message m = BATON__MESSAGE__INIT;
	Baton__Hello h = BATON__HELLO__INIT;
	Baton__Release release;
	Baton__Resync r;
	Baton__Digest d;
	Baton__Source s;
	Baton__Bulk b;
	Baton__Ack a;

	if (hello) {
		h.node = hello->node;
		h.role = hello->role == BATON_ROLE_ACTIVE ? BATON__ROLE__ACTIVE :
							    BATON__ROLE__STANDBY;
		for (unsigned int i = 0; i < hello->peers; i++) {
			write_peer(&peer[i], &hello->peer[i]);
			peers[i] = &peer[i];
		}
		h.n_peers = hello->peers;
		h.peers = peers;
		m.hello = &h;
	}
	if (source) {
		write_source(&s, &release, &d, &b, source);
		m.source = &s;
	}
	if (ack) {
		write_ack(&a, &r, missing, ack);
		m.ack = &a;
	}
	if (hello)
		pad(&m, &h, hello->pad_to);
	if (baton__message__get_packed_size(&m) > size)
		return -EMSGSIZE;
	return (long)baton__message__pack(&m, out);
}
