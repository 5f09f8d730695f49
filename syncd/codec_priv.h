/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing a batch, measuring it beforehand and reading it have to agree on. */
#ifndef BATON_SYNCD_CODEC_PRIV_H
#define BATON_SYNCD_CODEC_PRIV_H

#include <netinet/in.h>
#include <string.h>

#include "codec.h"

#define DELETION_SERVICES	4	/* as in struct baton_fill */
#define KEY_SPACE		(1ULL << 48)
#define DICT_SERVICE_MAX	42	/* bytes of one entry, at most */
#define DICT_SERVER_MAX		40

/* IPv4 deletions of a service with a port go into a sorted set, everything else into columns. */
static inline bool is_compact(const struct baton_conn_record *r)
{
	return r->flags & BATON_CONN_F_DELETED && r->family == AF_INET && r->svc_port &&
	       r->vport == r->svc_port;
}

static inline bool is_none(const union baton_addr *addr)
{
	static const union baton_addr none;

	return !memcmp(addr->bytes, none.bytes, sizeof(none.bytes));
}

/* The entry of a service by mark has no address: each record has its own. */
static inline const union baton_addr *vaddr_of(const struct baton_conn_record *r)
{
	static const union baton_addr none;

	return r->mark ? &r->vaddr : &none;
}

/* 0: the port of the service's entry */
static inline uint32_t vport_of(const struct baton_conn_record *r)
{
	return r->svc_port == r->vport ? 0 : ntohs(r->vport);
}

#endif /* BATON_SYNCD_CODEC_PRIV_H */
