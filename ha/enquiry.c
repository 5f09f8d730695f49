// SPDX-License-Identifier: GPL-2.0-or-later
#include "enquiry.h"

#include <errno.h>
#include <string.h>
#include "bytes.h"

static const uint8_t magic[4] = { 'B', 't', 'H', 'R' };

size_t baton_ha_enquiry_size(enum baton_ha_enquiry_kind kind, uint32_t count)
{
	switch (kind) {
	case BATON_HA_SAMPLE_GIVEN:
	case BATON_HA_MATCH_ASKED:
		return (size_t)count * BATON_SAMPLE_SIZE;
	case BATON_HA_MATCH_GIVEN:
		return count;
	case BATON_HA_SAMPLE_ASKED:
		break;
	}
	return 0;
}

size_t baton_ha_enquiry_encode(const struct baton_ha_enquiry *q, uint8_t buf[BATON_HA_ENQUIRY_MAX])
{
	size_t size = baton_ha_enquiry_size(q->kind, q->count);

	memcpy(buf, magic, sizeof(magic));
	buf[4] = BATON_HA_ENQUIRY_VERSION;
	buf[5] = 1;
	buf[6] = q->kind;
	buf[7] = q->failed;
	put32(buf + 8, q->target);
	put32(buf + 12, q->count);
	put64(buf + 16, q->number);
	put64(buf + 24, q->cursor);
	if (size)
		memcpy(buf + BATON_HA_ENQUIRY_HEADER, q->body, size);
	return BATON_HA_ENQUIRY_HEADER + size;
}

int baton_ha_enquiry_decode(const void *data, size_t size, struct baton_ha_enquiry *ret)
{
	const uint8_t *buf = data;
	uint32_t count;

	if (size < BATON_HA_ENQUIRY_HEADER || memcmp(buf, magic, sizeof(magic)) != 0 || !buf[5])
		return -EPROTO;
	if (buf[5] > BATON_HA_ENQUIRY_VERSION)
		return -EPROTONOSUPPORT;
	count = get32(buf + 12);
	if (buf[6] < BATON_HA_SAMPLE_ASKED || buf[6] > BATON_HA_MATCH_GIVEN || count > BATON_MATCH_MAX ||
	    size < BATON_HA_ENQUIRY_HEADER + baton_ha_enquiry_size(buf[6], count))
		return -EPROTO;
	*ret = (struct baton_ha_enquiry){
		.kind = buf[6],
		.failed = buf[7],
		.target = get32(buf + 8),
		.count = count,
		.number = get64(buf + 16),
		.cursor = get64(buf + 24),
		.body = buf + BATON_HA_ENQUIRY_HEADER,
	};
	return 0;
}
