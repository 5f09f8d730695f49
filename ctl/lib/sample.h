/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection as the agents tell each other of it, for a rehearsal: what a lookup needs, and no counters.
 *
 *	 0 16  client's address, IPv4 with 12 zero bytes behind it	48  2  client's port
 *	16 16  virtual address						50  2  virtual port
 *	32 16  server's address						52  2  server's port
 *								54  2  the service's port
 *	56  1  family: 4 or 6			57  1  protocol
 *	58  1  state				59  1  method
 *	60  4  flags, little-endian		64  4  mark, little-endian
 *
 * Addresses and ports are big-endian; state, method and flags are the kernel's (linux/baton.h).
 */
#ifndef BATON_LIB_SAMPLE_H
#define BATON_LIB_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/baton.h>

#define BATON_SAMPLE_SIZE	68

/** Writes BATON_SAMPLE_SIZE bytes. */
void baton_sample_put(uint8_t *to, const struct baton_conn_record *r);
/** From BATON_SAMPLE_SIZE bytes; false: of no family. What is not told is zero. */
bool baton_sample_get(const uint8_t *from, struct baton_conn_record *ret);

#endif /* BATON_LIB_SAMPLE_H */
