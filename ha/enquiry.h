/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire form of a rehearsal's questions to the other agent, over the closed process group: some of its connections, and
 * what connections of ours would meet there. Little-endian. The magic is the timeline's: an agent of a release without
 * such questions takes them for a kind that it does not know, and says nothing.
 *
 *	 0  4  magic "BtHR"
 *	 4  1  version of the writer		 5  1  lowest version that may read it
 *	 6  1  kind				 7  1  answers: 1: the module could not be asked
 *	 8  4  node id that it is for		12  4  number of connections
 *	16  8  names the question; the answer repeats it
 *	24  8  sample: a place in the table; its answer: the place behind
 *	32	sample's answer, match: connections (ctl/lib/sample.h); match's answer: an enum baton_match for each
 */
#ifndef BATON_HA_ENQUIRY_H
#define BATON_HA_ENQUIRY_H

#include <stdbool.h>
#include <stddef.h>
#include "sample.h"

#define BATON_HA_ENQUIRY_HEADER		32
#define BATON_HA_ENQUIRY_BODY		(BATON_MATCH_MAX * BATON_SAMPLE_SIZE)
#define BATON_HA_ENQUIRY_MAX		(BATON_HA_ENQUIRY_HEADER + BATON_HA_ENQUIRY_BODY)
#define BATON_HA_ENQUIRY_VERSION	1

enum baton_ha_enquiry_kind {
	BATON_HA_SAMPLE_ASKED = 3,	/* record.h has those before */
	BATON_HA_SAMPLE_GIVEN,
	BATON_HA_MATCH_ASKED,
	BATON_HA_MATCH_GIVEN,
};

/** struct baton_ha_enquiry - decoded */
struct baton_ha_enquiry {
	enum baton_ha_enquiry_kind kind;
	bool failed;
	uint32_t target;		/* node id */
	uint32_t count;			/* connections, at most BATON_MATCH_MAX */
	uint64_t number;
	uint64_t cursor;
	const uint8_t *body;		/* inside what was decoded; baton_ha_enquiry_size() */
};

/** Bytes of the body of one with this kind and count. */
size_t baton_ha_enquiry_size(enum baton_ha_enquiry_kind kind, uint32_t count);
/** Return: bytes written, at most BATON_HA_ENQUIRY_MAX. */
size_t baton_ha_enquiry_encode(const struct baton_ha_enquiry *q, uint8_t buf[BATON_HA_ENQUIRY_MAX]);
/** Return: 0; -EPROTO: truncated, out of range, or none of these; -EPROTONOSUPPORT: this version must not read it. */
int baton_ha_enquiry_decode(const void *buf, size_t size, struct baton_ha_enquiry *ret);

#endif /* BATON_HA_ENQUIRY_H */
