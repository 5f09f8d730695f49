// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.h"

#include <errno.h>
#include <string.h>
#include "bytes.h"

#define FLAG_WARM	1
#define FLAG_HEALTHY	2
#define FLAG_HEIR	4
#define FLAG_FAILING	8	/* an agent that does not know of checks has none */

static const uint8_t magic[4] = { 'B', 't', 'H', 'A' };

void baton_ha_message_encode(const struct baton_ha_message *m,
			     uint8_t buf[BATON_HA_MESSAGE_SIZE])
{
	memset(buf, 0, BATON_HA_MESSAGE_SIZE);
	memcpy(buf, magic, sizeof(magic));
	buf[4] = BATON_HA_MESSAGE_VERSION;
	buf[5] = 1;
	buf[6] = m->type;
	buf[7] = m->state;
	buf[8] = (m->warm ? FLAG_WARM : 0) | (m->healthy ? FLAG_HEALTHY : 0) |
		 (m->heir ? FLAG_HEIR : 0) | (m->failing ? FLAG_FAILING : 0);
	put32(buf + 12, m->epoch);
	put32(buf + 16, m->epoch_seen);
	put32(buf + 20, m->history);
	put32(buf + 24, m->lease_ms);
	put32(buf + 28, m->ref);
	put32(buf + 32, m->value);
	put32(buf + 36, m->ring.nodeid);
	put64(buf + 40, m->ring.seq);
}

int baton_ha_message_decode(const void *data, size_t size, struct baton_ha_message *ret)
{
	const uint8_t *buf = data;

	if (size < BATON_HA_MESSAGE_SIZE || memcmp(buf, magic, sizeof(magic)) != 0 || !buf[5])
		return -EPROTO;
	if (buf[5] > BATON_HA_MESSAGE_VERSION)
		return -EPROTONOSUPPORT;
	if (!buf[6] || buf[6] >= BATON_HA_MSG_MAX || buf[7] >= BATON_HA_STATES ||
	    get32(buf + 12) > BATON_HA_EPOCH_MAX || get32(buf + 16) > BATON_HA_EPOCH_MAX ||
	    get32(buf + 20) > BATON_HA_EPOCH_MAX || get32(buf + 28) > BATON_HA_EPOCH_MAX)
		return -EPROTO;
	*ret = (struct baton_ha_message){
		.type = buf[6],
		.state = buf[7],
		.warm = buf[8] & FLAG_WARM,
		.healthy = buf[8] & FLAG_HEALTHY,
		.heir = buf[8] & FLAG_HEIR,
		.failing = buf[8] & FLAG_FAILING,
		.epoch = get32(buf + 12),
		.epoch_seen = get32(buf + 16),
		.history = get32(buf + 20),
		.lease_ms = get32(buf + 24),
		.ref = get32(buf + 28),
		.value = get32(buf + 32),
		.ring = { get32(buf + 36), get64(buf + 40) },
	};
	return 0;
}
