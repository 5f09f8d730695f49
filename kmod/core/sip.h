/* SPDX-License-Identifier: GPL-2.0-only */
/* What a director needs to know of SIP (RFC 3261): to which call a message belongs. */
#ifndef BATON_CORE_SIP_H
#define BATON_CORE_SIP_H

#include "env.h"

#define BATON_SIP_CALL_ID_MAX	255	/* bytes; a longer one is none */

/**
 * baton_sip_call_id - find the Call-ID of a SIP message
 * @data: the beginning of the message
 * @have: bytes at @data; the rest of the message may be missing
 * @ret_len: its length, 1 .. BATON_SIP_CALL_ID_MAX
 *
 * The first header field of that name counts, in its long or short form, in upper or lower case;
 * its value is one word. It has to be there whole, with the end of its line.
 *
 * Return: where it begins, within @data; NULL: it is no SIP message, or has none.
 */
const u8 *baton_sip_call_id(const u8 *data, size_t have, size_t *ret_len);

/**
 * baton_sip_hash - a Call-ID in the place of a client's address and port
 * @ret_port: never 0
 *
 * The same on every machine: two directors tell each other no more of a call than this.
 */
void baton_sip_hash(const u8 *id, size_t len, __be32 *ret_addr, __be16 *ret_port);

#endif /* BATON_CORE_SIP_H */
