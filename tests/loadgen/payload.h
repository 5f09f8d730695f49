/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a request. They follow from the connection and the request's
 * number alone, so that a byte that was lost, doubled, moved or belongs to
 * another connection shows, and neither side has to keep a copy.
 */
#ifndef BATON_LOADGEN_PAYLOAD_H
#define BATON_LOADGEN_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * baton_payload_fill - write the bytes [offset, offset + len) of a request
 * @conn: connection id
 * @seq: number of the request on that connection
 */
void baton_payload_fill(uint32_t conn, uint32_t seq, size_t offset, uint8_t *buf, size_t len);

/** baton_payload_check - true if @buf holds exactly the bytes that belong there */
bool baton_payload_check(uint32_t conn, uint32_t seq, size_t offset, const uint8_t *buf,
			 size_t len);

#endif
