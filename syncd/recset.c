// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "recset.h"

#define PAINT	256	/* so many entries are not taken out of the table one by one */

void baton_recset_init(struct baton_recset *s, const uint8_t key[BATON_HASH_KEY])
{
	memcpy(s->key, key, BATON_HASH_KEY);
}

static uint32_t *head_of(struct baton_recset *s, const struct baton_conn_record *r)
{
	return &s->head[baton_tuple_hash(s->key, r) & (BATON_RECSET_MAX - 1)];
}

void baton_recset_clear(struct baton_recset *s)
{
	if (s->count >= PAINT)
		memset(s->head, 0, sizeof(s->head));
	else
		for (uint32_t i = 0; i < s->count; i++)
			*head_of(s, &s->record[i]) = 0;
	s->count = 0;
}

/* The link that leads to the entry of the same connection, or to the chain's end. */
static uint32_t *link_to(struct baton_recset *s, const struct baton_conn_record *r)
{
	uint32_t *p = head_of(s, r);

	while (*p && !baton_tuple_same(&s->record[*p - 1], r))
		p = &s->next[*p - 1];
	return p;
}

const struct baton_conn_record *baton_recset_find(const struct baton_recset *s,
						  const struct baton_conn_record *r)
{
	uint32_t i;

	if (!s->count)
		return NULL;
	i = *link_to((struct baton_recset *)s, r);
	return i ? &s->record[i - 1] : NULL;
}

int baton_recset_put(struct baton_recset *s, const struct baton_conn_record *r, uint8_t tag)
{
	uint32_t *p = link_to(s, r), i;

	if (*p) {
		i = *p - 1;
		if (s->record[i].version > r->version)
			return 0;
	} else {
		if (s->count == BATON_RECSET_MAX)
			return -ENOSPC;
		i = s->count++;
		s->next[i] = 0;
		*p = i + 1;
	}
	s->record[i] = *r;
	s->tag[i] = tag;
	return 0;
}

void baton_recset_remove(struct baton_recset *s, const struct baton_conn_record *r)
{
	uint32_t *p, i, last;

	if (!s->count)
		return;
	p = link_to(s, r);
	if (!*p || s->record[*p - 1].version > r->version)
		return;
	i = *p - 1;
	*p = s->next[i];
	last = --s->count;
	if (i == last)
		return;
	p = link_to(s, &s->record[last]);
	s->record[i] = s->record[last];
	s->tag[i] = s->tag[last];
	s->next[i] = s->next[last];
	*p = i + 1;
}
