// SPDX-License-Identifier: GPL-2.0-or-later
#include "beat.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include "bytes.h"

#define SIGNED	32
#define MAC	(BATON_HA_BEAT_SIZE - SIGNED)

static const uint8_t magic[4] = { 'B', 't', 'H', 'B' };

static void sign(const uint8_t *buf, const uint8_t *key, uint8_t mac[MAC])
{
	crypto_generichash(mac, MAC, buf, SIGNED, key, BATON_HA_BEAT_KEY);
}

void baton_ha_beat_encode(const struct baton_ha_beat *beat, uint32_t nodeid, uint64_t seq,
			  const uint8_t key[BATON_HA_BEAT_KEY], uint8_t buf[BATON_HA_BEAT_SIZE])
{
	memset(buf, 0, SIGNED);
	memcpy(buf, magic, sizeof(magic));
	buf[4] = BATON_HA_BEAT_VERSION;
	buf[5] = beat->last ? BATON_HA_BEAT_VERSION : 1;
	buf[6] = beat->last;
	put32(buf + 8, nodeid);
	put32(buf + 12, beat->epoch);
	put32(buf + 16, beat->number);
	put32(buf + 20, beat->lease_ms);
	put64(buf + 24, seq);
	sign(buf, key, buf + SIGNED);
}

int baton_ha_beat_decode(const void *data, size_t size, uint32_t nodeid,
			 const uint8_t key[BATON_HA_BEAT_KEY], uint64_t *seq,
			 struct baton_ha_beat *ret)
{
	const uint8_t *buf = data;
	uint8_t mac[MAC];

	if (size < BATON_HA_BEAT_SIZE || memcmp(buf, magic, sizeof(magic)) != 0 || !buf[5])
		return -EPROTO;
	if (buf[5] > BATON_HA_BEAT_VERSION)
		return -EPROTONOSUPPORT;
	sign(buf, key, mac);
	if (sodium_memcmp(mac, buf + SIGNED, MAC) || get32(buf + 8) != nodeid)
		return -EBADMSG;
	if (get32(buf + 12) > BATON_HA_EPOCH_MAX || buf[6] > 1)
		return -EPROTO;
	if (!buf[6] && get64(buf + 24) <= *seq)
		return -EALREADY;
	if (!buf[6])
		*seq = get64(buf + 24);
	*ret = (struct baton_ha_beat){
		.epoch = get32(buf + 12),
		.number = get32(buf + 16),
		.lease_ms = get32(buf + 20),
		.last = buf[6],
	};
	return 0;
}
