/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire form of a beat, one UDP datagram. Little-endian:
 *
 *	 0  4  magic "BtHB"
 *	 4  1  version of the writer		 5  1  lowest version that may read it
 *	 6  1  1: the last word			 7  1  zero
 *						 8  4  node id of the sender
 *	12  4  epoch				16  4  contract
 *	20  4  lease, ms			24  8  sequence: microseconds since the sender's boot
 *	32 16  keyed BLAKE2b of what is before
 *
 * The last word, since version 2, lies sealed in the kernel while others are sent, so its sequence says nothing: it is
 * bound to a contract, which has no other. Version 1 must not read it.
 *
 * The key is the sender's. It comes to the reader with OFFER, through corosync's group, and so is as secret
 * as what corosync sends.
 */
#ifndef BATON_HA_BEAT_H
#define BATON_HA_BEAT_H

#include "decide.h"

#define BATON_HA_BEAT_SIZE	48
#define BATON_HA_BEAT_KEY	32
#define BATON_HA_BEAT_VERSION	2

void baton_ha_beat_encode(const struct baton_ha_beat *beat, uint32_t nodeid, uint64_t seq,
			  const uint8_t key[BATON_HA_BEAT_KEY], uint8_t buf[BATON_HA_BEAT_SIZE]);
/**
 * baton_ha_beat_decode - read what came over the network
 * @nodeid: the only sender that is listened to
 * @seq: highest sequence so far; raised on success, but by a last word
 *
 * Return: 0; -EPROTO: not ours, truncated or out of range; -EPROTONOSUPPORT: a newer peer says that this
 * version must not read it; -EBADMSG: not made with @key, or by another node; -EALREADY: seen before, or
 * overtaken. @ret is written only on success.
 */
int baton_ha_beat_decode(const void *buf, size_t size, uint32_t nodeid,
			 const uint8_t key[BATON_HA_BEAT_KEY], uint64_t *seq,
			 struct baton_ha_beat *ret);

#endif /* BATON_HA_BEAT_H */
