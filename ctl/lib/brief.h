/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records <-> briefs and their likes, the form in which they go to the module and come from it. */
#ifndef BATON_LIB_BRIEF_H
#define BATON_LIB_BRIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include "model.h"

#define BATON_BRIEF_MAX	(sizeof(struct baton_conn_brief) + sizeof(union baton_addr))

/** Bytes of a brief whose like is of @family, address included. */
static inline size_t baton_brief_size(uint8_t family)
{
	return sizeof(struct baton_conn_brief) +
	       (family == AF_INET ? sizeof(__be32) : sizeof(union baton_addr));
}

/**
 * baton_brief_next - the record that a brief stands for
 * @p: the brief, one of a batch
 *
 * Return: the next brief.
 */
static inline const uint8_t *baton_brief_next(const struct baton_conn_record *likes,
					      const uint8_t *p, struct baton_conn_record *ret)
{
	const struct baton_conn_brief *brief = (const struct baton_conn_brief *)p;

	*ret = likes[brief->like];
	ret->version += brief->version;
	ret->cport = brief->cport;
	ret->idle = brief->idle;
	ret->caddr = (union baton_addr){ .v6 = { 0 } };
	memcpy(&ret->caddr, brief + 1, ret->family == AF_INET ? 4 : 16);
	return p + baton_brief_size(ret->family);
}

/**
 * baton_brief_count - check briefs that somebody else made
 * @p, @size: aligned to 4 bytes
 *
 * Return: how many there are; -EPROTO: they are not whole, of a like that is missing or has no
 * family, or more than BATON_SYNC_RECORDS_MAX.
 */
int baton_brief_count(const struct baton_conn_record *likes, uint32_t like_count, const uint8_t *p,
		      size_t size);

/** struct baton_briefs - records packed */
struct baton_briefs {
	uint32_t like_count;
	uint32_t size;			/* bytes of briefs */
	struct baton_conn_record like[BATON_SYNC_RECORDS_MAX];
	_Alignas(4) uint8_t brief[BATON_SYNC_RECORDS_MAX * BATON_BRIEF_MAX];
};

/** Pack at most BATON_SYNC_RECORDS_MAX records, in their order. */
void baton_briefs_pack(struct baton_briefs *b, const struct baton_conn_record *records,
		       uint32_t count);

#endif /* BATON_LIB_BRIEF_H */
