// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <string.h>
#include "bytes.h"

static const uint8_t magic[4] = { 'B', 't', 'H', 'R' };

static void put_moment(uint8_t *p, const struct baton_ha_moment *m)
{
	put64(p, m->mono);
	put64(p + 8, m->usec);
	memcpy(p + 16, m->event, strnlen(m->event, sizeof(m->event)));
	memcpy(p + 36, m->detail, strnlen(m->detail, sizeof(m->detail)));
}

size_t baton_ha_record_encode(const struct baton_ha_record *r, const struct baton_ha_timeline *t,
			      uint8_t buf[BATON_HA_RECORD_MAX])
{
	uint32_t count = r->kind == BATON_HA_RECORD_GIVEN ? t->count : 0;
	size_t size = BATON_HA_RECORD_HEADER + count * BATON_HA_RECORD_MOMENT;

	memset(buf, 0, size);
	memcpy(buf, magic, sizeof(magic));
	buf[4] = BATON_HA_RECORD_VERSION;
	buf[5] = 1;
	buf[6] = r->kind;
	put32(buf + 8, r->target);
	put32(buf + 12, count);
	put64(buf + 16, r->asked);
	put64(buf + 24, r->heard);
	put64(buf + 32, r->given);
	for (uint32_t i = 0; i < count; i++)
		put_moment(buf + BATON_HA_RECORD_HEADER + i * BATON_HA_RECORD_MOMENT,
			   baton_ha_timeline_get(t, i));
	return size;
}

bool baton_ha_record_is(const void *buf, size_t size)
{
	return size >= sizeof(magic) && !memcmp(buf, magic, sizeof(magic));
}

int baton_ha_record_decode(const void *data, size_t size, struct baton_ha_record *ret)
{
	const uint8_t *buf = data;
	uint32_t count;

	if (size < BATON_HA_RECORD_HEADER || !baton_ha_record_is(buf, size) || !buf[5])
		return -EPROTO;
	if (buf[5] > BATON_HA_RECORD_VERSION)
		return -EPROTONOSUPPORT;
	count = get32(buf + 12);
	if ((buf[6] != BATON_HA_RECORD_ASKED && buf[6] != BATON_HA_RECORD_GIVEN) ||
	    count > BATON_HA_TIMELINE_MAX ||
	    size < BATON_HA_RECORD_HEADER + (size_t)count * BATON_HA_RECORD_MOMENT)
		return -EPROTO;
	*ret = (struct baton_ha_record){
		.kind = buf[6],
		.target = get32(buf + 8),
		.count = count,
		.asked = get64(buf + 16),
		.heard = get64(buf + 24),
		.given = get64(buf + 32),
		.moments = buf + BATON_HA_RECORD_HEADER,
	};
	return 0;
}

static void get_text(char *ret, size_t size, const uint8_t *p)
{
	size_t i;

	for (i = 0; i < size - 1 && p[i]; i++)
		ret[i] = p[i] >= ' ' && p[i] <= '~' ? (char)p[i] : '?';
	ret[i] = '\0';
}

void baton_ha_record_moment(const struct baton_ha_record *r, unsigned int i,
			    struct baton_ha_moment *ret)
{
	const uint8_t *p = r->moments + (size_t)i * BATON_HA_RECORD_MOMENT;

	ret->mono = get64(p);
	ret->usec = get64(p + 8);
	get_text(ret->event, sizeof(ret->event), p + 16);
	get_text(ret->detail, sizeof(ret->detail), p + 36);
}

/* There and back took a known time; how it was shared between the two ways is not known. */
bool baton_ha_record_offset(const struct baton_ha_record *r, uint64_t came,
			    struct baton_ha_offset *ret)
{
	uint64_t limit = INT64_MAX / 4, there_and_back;

	if (r->asked > came || r->heard > r->given || came > limit || r->given > limit ||
	    came - r->asked < r->given - r->heard)
		return false;
	there_and_back = (came - r->asked) - (r->given - r->heard);
	ret->usec = ((int64_t)r->heard - (int64_t)r->asked + (int64_t)r->given - (int64_t)came) / 2;
	ret->error = there_and_back / 2;
	return true;
}
