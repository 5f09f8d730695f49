// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns -> records. Nothing here trusts a count: every column is checked against it. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "codec_priv.h"
#include "rice.h"

/* What a batch is read into, and what could not be resolved. */
struct sink {
	const struct baton_dict_rx *dict;
	struct baton_conn_record *records;
	unsigned int count;
	uint32_t *unknown;
	unsigned int unknowns;
	uint32_t server;		/* the one that @like is of; 0: none yet */
	struct baton_conn_record like;	/* what records of one server have in common */
	bool plain;			/* and they differ in client and version only */
};

/* A column of one value a record, or of one that holds for all (mask 0). */
struct column {
	const uint32_t *v;
	uint32_t mask;
};

/* None at all stands for zero. */
static bool column_open(struct column *c, const uint32_t *v, size_t n, uint32_t count)
{
	static const uint32_t zero;

	c->v = n ? v : &zero;
	c->mask = n > 1 ? UINT32_MAX : 0;
	return n == 0 || n == 1 || n == count;
}

static inline uint32_t column_at(const struct column *c, uint32_t i)
{
	return c->v[i & c->mask];
}

static void note_unknown(struct sink *s, uint32_t id)
{
	for (unsigned int i = 0; i < s->unknowns; i++)
		if (s->unknown[i] == id)
			return;
	if (s->unknowns < BATON_ACK_UNKNOWN)
		s->unknown[s->unknowns++] = id;
}

static void set_service(struct baton_conn_record *r, const struct baton_service_key *key)
{
	r->family = key->family;
	r->protocol = key->protocol;
	r->vaddr = key->addr;
	r->mark = key->mark;
	r->svc_port = key->port;
	r->vport = key->port;
}

static int resolve(struct sink *s, uint32_t id)
{
	const struct baton_dict_server *server;
	struct baton_conn_record *r = &s->like;

	if (!id || id > BATON_DICT_SERVERS)
		return -EBADMSG;
	if (!s->dict->server_known[id]) {
		note_unknown(s, id);
		return -ENOKEY;
	}
	server = &s->dict->server[id];
	if (!s->dict->service_known[server->service]) {
		note_unknown(s, server->service | BATON_UNKNOWN_SERVICE);
		return -ENOKEY;
	}
	memset(r, 0, sizeof(*r));
	set_service(r, &s->dict->service[server->service]);
	r->daddr = server->addr;
	r->dport = server->port;
	r->method = server->method;
	if (server->family && server->family != r->family)
		r->flags = BATON_CONN_F_MIXED;
	s->server = id;
	return 0;
}

struct columns {
	struct column client4, virtual4, port, server, state, timeout, idle, vport, flags;
	const ProtobufCBinaryData *client6, *virtual6;
	bool virtuals;
	bool plain;			/* besides client and server each value holds for all */
};

/* As a column, of 16 bytes each. */
static bool bytes_fit(const ProtobufCBinaryData *b, uint32_t count)
{
	return b->len == 0 || b->len == 16 || b->len == 16 * (size_t)count;
}

static const uint8_t *bytes_at(const ProtobufCBinaryData *b, uint32_t i)
{
	return b->data + (b->len == 16 ? 0 : 16 * (size_t)i);
}

static bool columns_open(struct columns *c, const Baton__Columns *p)
{
	uint32_t n = p->count;

	if (!n || n > BATON_BATCH_RECORDS || p->gap_shift > BATON_RICE_SHIFT_MAX)
		return false;
	c->client6 = &p->client6;
	c->virtual6 = &p->virtual6;
	c->virtuals = p->virtual6.len || p->n_virtual4;
	c->plain = !c->virtuals && p->n_state < 2 && p->n_timeout < 2 && p->n_idle < 2 &&
		   p->n_service_port < 2 && p->n_flags < 2;
	if (!bytes_fit(&p->client6, n) || !bytes_fit(&p->virtual6, n))
		return false;
	return !p->client6.len != !p->n_client4 &&
	       column_open(&c->client4, p->client4, p->n_client4, n) &&
	       column_open(&c->virtual4, p->virtual4, p->n_virtual4, n) &&
	       column_open(&c->port, p->client_port, p->n_client_port, n) &&
	       column_open(&c->server, p->server, p->n_server, n) &&
	       column_open(&c->state, p->state, p->n_state, n) &&
	       column_open(&c->timeout, p->timeout, p->n_timeout, n) &&
	       column_open(&c->idle, p->idle, p->n_idle, n) &&
	       column_open(&c->vport, p->service_port, p->n_service_port, n) &&
	       column_open(&c->flags, p->flags, p->n_flags, n);
}

static inline int read_client(const struct columns *c, uint32_t i, struct baton_conn_record *r)
{
	uint32_t port = column_at(&c->port, i);

	if (port > 65535 || (r->family == AF_INET6) != (c->client6->len != 0))
		return -EBADMSG;
	r->cport = htons(port);
	if (c->client6->len)
		memcpy(r->caddr.bytes, bytes_at(c->client6, i), 16);
	else
		r->caddr.v4 = htonl(column_at(&c->client4, i));
	return 0;
}

/* Only a service by mark leaves the virtual address to the record. */
static int read_virtual(const struct columns *c, uint32_t i, struct baton_conn_record *r)
{
	union baton_addr addr = {};

	if (!c->virtuals && !r->mark)
		return 0;
	if (r->family == AF_INET6 && c->virtual6->len)
		memcpy(addr.bytes, bytes_at(c->virtual6, i), 16);
	else if (r->family == AF_INET)
		addr.v4 = htonl(column_at(&c->virtual4, i));
	if (is_none(&addr) != !r->mark)
		return -EBADMSG;
	if (r->mark)
		r->vaddr = addr;
	return 0;
}

/* All but client and version. */
static int read_values(const struct columns *c, uint32_t i, struct baton_conn_record *r)
{
	uint32_t state = column_at(&c->state, i), flags = column_at(&c->flags, i);
	uint32_t vport = column_at(&c->vport, i);

	if (read_virtual(c, i, r) || state > 255 || vport > 65535 ||
	    (flags & ~__BATON_CONN_F_WIRE) || (vport && vport < ntohs(r->svc_port)))
		return -EBADMSG;
	if (vport)
		r->vport = htons(vport);
	if (!r->dport && !(flags & BATON_CONN_F_DELETED))
		r->dport = r->vport;
	r->state = state;
	r->flags |= flags;
	r->timeout = column_at(&c->timeout, i);
	r->idle = column_at(&c->idle, i);
	return 0;
}

/* Another server than that of the record before. */
static int next_server(struct sink *s, const struct columns *c, uint32_t server)
{
	int err = resolve(s, server);

	if (err)
		return err;
	s->plain = c->plain && !s->like.mark;
	err = s->plain ? read_values(c, 0, &s->like) : 0;
	if (err)
		s->server = 0;
	return err;
}

static inline int read_record(struct sink *s, const struct columns *c, uint32_t i, uint64_t version)
{
	struct baton_conn_record *r = &s->records[s->count];
	uint32_t server = column_at(&c->server, i);

	if (!server || server != s->server) {
		int err = next_server(s, c, server);

		if (err)
			return err;
	}
	*r = s->like;
	if (read_client(c, i, r) || (!s->plain && read_values(c, i, r)))
		return -EBADMSG;
	r->version = version;
	s->count++;
	return 0;
}

static int read_columns(struct sink *s, const Baton__Columns *p)
{
	struct baton_rice gaps = {
		.in = p->gaps.data, .size = p->gaps.len, .shift = p->gap_shift,
	};
	uint64_t version = p->version, gap;
	struct columns c;
	int result = 0;

	if (!columns_open(&c, p) || s->count + p->count > BATON_BATCH_RECORDS)
		return -EBADMSG;
	s->server = 0;
	for (uint32_t i = 0; i < p->count; i++) {
		int err;

		if (i && p->gaps.len) {
			if (baton_rice_get(&gaps, &gap) || version + gap + 1 <= version)
				return -EBADMSG;
			version += gap + 1;
		} else if (i) {
			version++;
		}
		err = read_record(s, &c, i, version);
		if (err == -EBADMSG)
			return err;
		if (err)
			result = err;
	}
	return result;
}

static int read_deletions(struct sink *s, const Baton__Deletions *p)
{
	struct baton_rice keys = {
		.in = p->keys.data, .size = p->keys.len, .shift = p->shift,
	};
	const struct baton_service_key *service;
	uint64_t key = 0, step;

	if (!p->count || s->count + p->count > BATON_BATCH_RECORDS ||
	    p->shift > BATON_RICE_SHIFT_MAX || !p->service || p->service > BATON_DICT_SERVICES)
		return -EBADMSG;
	if (!s->dict->service_known[p->service]) {
		note_unknown(s, p->service | BATON_UNKNOWN_SERVICE);
		return -ENOKEY;
	}
	service = &s->dict->service[p->service];
	if (service->family != AF_INET || !service->port)
		return -EBADMSG;
	for (uint32_t i = 0; i < p->count; i++) {
		struct baton_conn_record *r = &s->records[s->count];

		if (baton_rice_get(&keys, &step) || step >> 48)
			return -EBADMSG;
		key += step + !!i;
		if (key >> 48)
			return -EBADMSG;
		memset(r, 0, sizeof(*r));
		set_service(r, service);
		r->caddr.v4 = htonl(key >> 16);
		r->cport = htons(key & 0xffff);
		r->version = p->version;
		r->flags = BATON_CONN_F_DELETED;
		s->count++;
	}
	return 0;
}

int baton_batch_read(const Baton__Batch *batch, const struct baton_dict_rx *dict,
		     struct baton_conn_record *records, uint32_t *unknown,
		     unsigned int *unknowns)
{
	struct sink s = { .dict = dict, .records = records, .unknown = unknown };
	int err = 0, result = 0;

	/* Deletions first: one of these tuples may have been opened anew in the same batch. */
	for (size_t i = 0; i < batch->n_deletions && err != -EBADMSG; i++) {
		err = read_deletions(&s, batch->deletions[i]);
		result = err ? err : result;
	}
	for (size_t i = 0; i < batch->n_columns && err != -EBADMSG; i++) {
		err = read_columns(&s, batch->columns[i]);
		result = err ? err : result;
	}
	*unknowns = s.unknowns;
	return result ? result : (int)s.count;
}
