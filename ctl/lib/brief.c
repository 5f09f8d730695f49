// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <endian.h>
#include "brief.h"

#define KNOWN	64	/* likes that are looked at again, a power of two */

/* How many bytes each brief has; 0: it depends on its like. */
static size_t common_size(const struct baton_conn_record *likes, uint32_t like_count)
{
	for (uint32_t i = 0; i < like_count; i++)
		if (likes[i].family != likes[0].family || (likes[i].family != AF_INET && likes[i].family != AF_INET6))
			return 0;
	return like_count ? baton_brief_size(likes[0].family) : 0;
}

/* All are @each long: what is left to look at is whether there is a like. */
static int count_common(uint32_t like_count, const uint8_t *p, size_t size, size_t each)
{
	const uint8_t *end = p + size;
	uint32_t like = 0;

	if (size % each || size / each > BATON_SYNC_RECORDS_MAX)
		return -EPROTO;
	for (; p < end; p += each) {
		const struct baton_conn_brief *brief = (const struct baton_conn_brief *)p;

		if (brief->like > like)
			like = brief->like;
	}
	return like < like_count ? (int)(size / each) : -EPROTO;
}

int baton_brief_count(const struct baton_conn_record *likes, uint32_t like_count, const uint8_t *p,
		      size_t size)
{
	uint32_t last = UINT32_MAX;	/* what came before is mostly of the same like */
	size_t n = common_size(likes, like_count);
	int count = 0;

	if (n)
		return count_common(like_count, p, size, n);
	for (; size >= sizeof(struct baton_conn_brief); count++) {
		const struct baton_conn_brief *brief = (const struct baton_conn_brief *)p;

		if (brief->like != last) {
			last = brief->like;
			if (last >= like_count || (likes[last].family != AF_INET &&
						   likes[last].family != AF_INET6))
				return -EPROTO;
			n = baton_brief_size(likes[last].family);
		}
		if (n > size || count == BATON_SYNC_RECORDS_MAX)
			return -EPROTO;
		p += n;
		size -= n;
	}
	return size ? -EPROTO : count;
}

static inline uint64_t word(const void *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* Ports without the client's, in one word with the service's. */
static inline uint64_t ports(const struct baton_conn_record *r)
{
	_Static_assert(offsetof(struct baton_conn_record, family) ==
		       offsetof(struct baton_conn_record, cport) + sizeof(uint64_t),
		       "four ports are a word");
	return word(&r->cport) & htobe64(0x0000ffffffffffff);
}

/* What kind of connection it is, flags included. */
static inline uint64_t kind(const struct baton_conn_record *r)
{
	_Static_assert(offsetof(struct baton_conn_record, timeout) ==
		       offsetof(struct baton_conn_record, family) + sizeof(uint64_t),
		       "from family to flags is a word");
	return word(&r->family);
}

/* Whether they differ in more than version, client and age. */
static inline bool differ(const struct baton_conn_record *a, const struct baton_conn_record *b)
{
	return (word(a->vaddr.bytes) ^ word(b->vaddr.bytes)) |
	       (word(a->vaddr.bytes + 8) ^ word(b->vaddr.bytes + 8)) |
	       (word(a->daddr.bytes) ^ word(b->daddr.bytes)) |
	       (word(a->daddr.bytes + 8) ^ word(b->daddr.bytes + 8)) |
	       (ports(a) ^ ports(b)) | (kind(a) ^ kind(b)) |
	       (a->timeout ^ b->timeout) | (a->mark ^ b->mark);
}

static unsigned int place_of(const struct baton_conn_record *r)
{
	uint64_t h = word(r->daddr.bytes) ^ word(r->daddr.bytes + 8) ^ ports(r) ^ kind(r);

	return (h * 0x9e3779b97f4a7c15ull) >> 58;
}

/* Deletions of one batch may have one version, above those of the records behind them. */
static inline bool reaches(uint64_t base, uint64_t version)
{
	return version - base <= UINT32_MAX;
}

static void new_like(struct baton_conn_record *like, const struct baton_conn_record *r)
{
	*like = *r;
	like->caddr = (union baton_addr){ .v6 = { 0 } };
	like->cport = 0;
	like->idle = 0;
}

static inline uint8_t *put(uint8_t *p, uint64_t base, uint16_t like, const struct baton_conn_record *r)
{
	struct baton_conn_brief *brief = (struct baton_conn_brief *)p;

	brief->version = (uint32_t)(r->version - base);
	brief->like = like;
	brief->cport = r->cport;
	brief->idle = r->idle;
	if (r->family == AF_INET) {
		memcpy(brief + 1, &r->caddr, 4);
		return p + sizeof(*brief) + 4;
	}
	memcpy(brief + 1, &r->caddr, 16);
	return p + sizeof(*brief) + 16;
}

/* The number of a like of @r: one that was found lately, or a new one. */
static uint16_t like_of(struct baton_briefs *b, uint16_t known[KNOWN],
			const struct baton_conn_record *r)
{
	uint16_t *place = &known[place_of(r)];

	if (*place && !differ(r, &b->like[*place - 1]) && reaches(b->like[*place - 1].version, r->version))
		return *place - 1;
	new_like(&b->like[b->like_count++], r);
	*place = b->like_count;
	return *place - 1;
}

void baton_briefs_pack(struct baton_briefs *b, const struct baton_conn_record *records,
		       uint32_t count)
{
	uint16_t known[KNOWN] = { 0 }, like = 0;	/* known: + 1 */
	uint8_t *p = b->brief;
	uint64_t base = 0;

	b->like_count = 0;
	for (const struct baton_conn_record *r = records; r < records + count; r++) {
		/* most often it is like the one before */
		if (r == records || differ(r, r - 1) || !reaches(base, r->version)) {
			like = like_of(b, known, r);
			base = b->like[like].version;
		}
		p = put(p, base, like, r);
	}
	b->size = p - b->brief;
}
