// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "dict.h"

/* Not keyed: these come from the operator's configuration, not from clients. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 32;
}

static uint32_t hash(const union baton_addr *addr, uint64_t rest)
{
	uint64_t half[2];

	_Static_assert(sizeof(half) == sizeof(*addr), "two words make an address");
	memcpy(half, addr, sizeof(half));
	return mix(mix(mix(0, half[0]), half[1]), rest) & (BATON_DICT_HASH - 1);
}

static uint32_t hash_service(const struct baton_service_key *k)
{
	return hash(&k->addr, (uint64_t)k->mark << 24 | (uint64_t)k->port << 8 | k->protocol);
}

static uint32_t hash_server(const struct baton_dict_server *s)
{
	return hash(&s->addr, (uint64_t)s->service << 24 | (uint64_t)s->port << 8 | s->method);
}

static bool service_same(const struct baton_service_key *a, const struct baton_service_key *b)
{
	return a->family == b->family && a->protocol == b->protocol && a->port == b->port &&
	       a->mark == b->mark && !memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes));
}

static bool server_same(const struct baton_dict_server *a, const struct baton_dict_server *b)
{
	return a->service == b->service && a->family == b->family && a->method == b->method &&
	       a->port == b->port && !memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes));
}

void baton_dict_tx_reset(struct baton_dict_tx *d)
{
	memset(d, 0, sizeof(*d));
}

void baton_dict_tx_forget(struct baton_dict_tx *d)
{
	memset(d->service_sent, 0, (d->services + 1) * sizeof(d->service_sent[0]));
	memset(d->server_sent, 0, (d->servers + 1) * sizeof(d->server_sent[0]));
}

static uint16_t service_find(const struct baton_dict_tx *d, const struct baton_service_key *key)
{
	uint16_t i;

	for (i = d->service_head[hash_service(key)]; i; i = d->service_next[i])
		if (service_same(&d->service[i], key))
			return i;
	return 0;
}

bool baton_dict_has_service(const struct baton_dict_tx *d, const struct baton_service_key *key)
{
	return service_find(d, key) != 0;
}

static int service_number(struct baton_dict_tx *d, const struct baton_service_key *key)
{
	uint16_t i = service_find(d, key);
	uint32_t h;

	if (i)
		return i;
	if (d->services == BATON_DICT_SERVICES)
		return -ENOSPC;
	h = hash_service(key);
	i = ++d->services;
	d->service[i] = *key;
	d->service_sent[i] = 0;
	d->service_next[i] = d->service_head[h];
	d->service_head[h] = i;
	return i;
}

static int number(struct baton_dict_tx *d, const struct baton_conn_record *r)
{
	struct baton_service_key key = {
		.family = r->family, .protocol = r->protocol, .port = r->svc_port,
		.mark = r->mark,
	};
	struct baton_dict_server s = {
		.family = baton_conn_server_family(r), .method = r->method, .port = r->dport,
		.addr = r->daddr,
	};
	static const union baton_addr none;
	uint32_t h;
	uint16_t i;
	int service;

	/* Or a service by mark would need an entry for each address. */
	if (!r->mark)
		key.addr = r->vaddr;
	service = service_number(d, &key);
	if (service < 0)
		return service;
	s.service = service;
	/* Or a service on many ports would need an entry for each port. */
	if (r->svc_port != r->vport && r->dport == r->vport)
		s.port = 0;
	if (!memcmp(r->daddr.bytes, none.bytes, sizeof(none.bytes)))
		s = (struct baton_dict_server){ .service = service };
	h = hash_server(&s);
	for (i = d->server_head[h]; i; i = d->server_next[i])
		if (server_same(&d->server[i], &s))
			return i;
	if (d->servers == BATON_DICT_SERVERS)
		return -ENOSPC;
	i = ++d->servers;
	d->server[i] = s;
	d->server_sent[i] = 0;
	d->server_next[i] = d->server_head[h];
	d->server_head[h] = i;
	return i;
}

/* Where a record is likely to be found among the recent ones. */
static struct baton_dict_recent *recent_of(struct baton_dict_tx *d,
					   const struct baton_conn_record *r)
{
	uint32_t h = r->daddr.v6[0] ^ r->daddr.v6[3] ^ r->vaddr.v6[0] ^ r->vaddr.v6[3] ^ r->mark ^
		     ((uint32_t)r->vport << 16 | r->dport);

	return &d->recent[h * 0x9e3779b1u / (UINT32_MAX / BATON_DICT_RECENT + 1)];
}

static bool addr_same(const union baton_addr *a, const union baton_addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

static bool place_same(const struct baton_dict_place *p, const struct baton_conn_record *r)
{
	return addr_same(&p->daddr, &r->daddr) && addr_same(&p->vaddr, &r->vaddr) &&
	       p->vport == r->vport && p->dport == r->dport && p->svc_port == r->svc_port &&
	       p->family == r->family && p->protocol == r->protocol && p->method == r->method &&
	       p->mixed == !!(r->flags & BATON_CONN_F_MIXED) && p->mark == r->mark;
}

/* Numbers never change, so what was found once is found again without a search. */
int baton_dict_number(struct baton_dict_tx *d, const struct baton_conn_record *r)
{
	struct baton_dict_recent *recent = recent_of(d, r);
	int server;

	if (recent->server && place_same(&recent->place, r))
		return recent->server;
	server = number(d, r);
	if (server > 0)
		*recent = (struct baton_dict_recent){
			.server = server,
			.place = {
				.vaddr = r->vaddr, .daddr = r->daddr, .vport = r->vport,
				.dport = r->dport, .svc_port = r->svc_port, .family = r->family,
				.protocol = r->protocol, .method = r->method,
				.mixed = r->flags & BATON_CONN_F_MIXED, .mark = r->mark,
			},
		};
	return server;
}

void baton_dict_rx_reset(struct baton_dict_rx *d)
{
	memset(d->service_known, 0, sizeof(d->service_known));
	memset(d->server_known, 0, sizeof(d->server_known));
}

int baton_dict_learn_service(struct baton_dict_rx *d, uint32_t id,
			     const struct baton_service_key *key)
{
	if (!id || id > BATON_DICT_SERVICES)
		return -EBADMSG;
	d->service[id] = *key;
	d->service_known[id] = true;
	return 0;
}

int baton_dict_learn_server(struct baton_dict_rx *d, uint32_t id,
			    const struct baton_dict_server *server)
{
	if (!id || id > BATON_DICT_SERVERS || !server->service ||
	    server->service > BATON_DICT_SERVICES)
		return -EBADMSG;
	d->server[id] = *server;
	d->server_known[id] = true;
	return 0;
}
