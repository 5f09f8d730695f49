/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire form of one agent's timeline, asked for and given over the closed process group, with what it takes to
 * set one clock against the other. Little-endian:
 *
 *	 0  4  magic "BtHR"
 *	 4  1  version of the writer		 5  1  lowest version that may read it
 *	 6  1  kind: 1 asked, 2 given		 7  1  zero
 *	 8  4  node id that it is for		12  4  number of moments (given)
 *	16  8  asked: CLOCK_MONOTONIC of the asker, usec; given: the same, repeated
 *	24  8  given: CLOCK_MONOTONIC of the giver when it was asked
 *	32  8  given: ... when it answered
 *	40	moments, oldest first, each: 8 CLOCK_MONOTONIC, 8 CLOCK_REALTIME, 20 event, 140 detail
 *
 * Texts are padded with zero bytes.
 */
#ifndef BATON_HA_RECORD_H
#define BATON_HA_RECORD_H

#include <stddef.h>
#include "timeline.h"

#define BATON_HA_RECORD_HEADER	40
#define BATON_HA_RECORD_MOMENT	176
#define BATON_HA_RECORD_MAX	(BATON_HA_RECORD_HEADER + \
				 BATON_HA_TIMELINE_MAX * BATON_HA_RECORD_MOMENT)
#define BATON_HA_RECORD_VERSION	1

enum baton_ha_record_kind {
	BATON_HA_RECORD_ASKED = 1,
	BATON_HA_RECORD_GIVEN,
};

/** struct baton_ha_record - decoded, but for the moments */
struct baton_ha_record {
	enum baton_ha_record_kind kind;
	uint32_t target;		/* node id */
	uint32_t count;
	uint64_t asked, heard, given;	/* usec; see above */
	const uint8_t *moments;		/* inside what was decoded */
};

/** struct baton_ha_offset - the peer's CLOCK_MONOTONIC minus ours, and how wrong that can be; usec */
struct baton_ha_offset {
	int64_t usec;
	uint64_t error;
};

/**
 * baton_ha_record_encode - @r, and with kind GIVEN all of @t (r->count and r->moments are not read)
 * Return: bytes written, at most BATON_HA_RECORD_MAX.
 */
size_t baton_ha_record_encode(const struct baton_ha_record *r, const struct baton_ha_timeline *t,
			      uint8_t buf[BATON_HA_RECORD_MAX]);
/** Does it begin like one? Else it is a message. */
bool baton_ha_record_is(const void *buf, size_t size);
/** Return: 0; -EPROTO: truncated or out of range; -EPROTONOSUPPORT: this version must not read it. */
int baton_ha_record_decode(const void *buf, size_t size, struct baton_ha_record *ret);
/** The @i-th of r->count; what is not printable in its texts is replaced. */
void baton_ha_record_moment(const struct baton_ha_record *r, unsigned int i,
			    struct baton_ha_moment *ret);
/** From an answer, and our CLOCK_MONOTONIC when it came. False: it makes no sense. */
bool baton_ha_record_offset(const struct baton_ha_record *r, uint64_t came,
			    struct baton_ha_offset *ret);

#endif /* BATON_HA_RECORD_H */
