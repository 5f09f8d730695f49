/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire form of what agents say to each other over the closed process group. Little-endian:
 *
 *	 0  4  magic "BtHA"
 *	 4  1  version of the writer		 5  1  lowest version that may read it
 *	 6  1  type				 7  1  state of the sender
 *	 8  1  flags: 1 warm, 2 healthy, 4 heir	 9  3  zero
 *	12  4  epoch of the role held		16  4  highest epoch known
 *	20  4  history				24  4  lease, ms
 *	28  4  ref				32  4  value
 *	36  4  ring: node id			40  8  ring: sequence
 *	48	(a newer writer may go on; an older reader ignores what follows)
 */
#ifndef BATON_HA_MESSAGE_H
#define BATON_HA_MESSAGE_H

#include "decide.h"

#define BATON_HA_MESSAGE_SIZE	48
#define BATON_HA_MESSAGE_VERSION 1

void baton_ha_message_encode(const struct baton_ha_message *m,
			     uint8_t buf[BATON_HA_MESSAGE_SIZE]);
/**
 * Return: 0; -EPROTO: not ours, truncated, or a value out of range; -EPROTONOSUPPORT: a newer peer
 * says that this version must not read it. @ret is written only on success.
 */
int baton_ha_message_decode(const void *buf, size_t size, struct baton_ha_message *ret);

#endif /* BATON_HA_MESSAGE_H */
