/* SPDX-License-Identifier: GPL-2.0-only */
/* The checksum of SCTP, when the beginning of a message changes. */
#ifndef BATON_CORE_CRC32C_H
#define BATON_CORE_CRC32C_H

#include "env.h"

/**
 * baton_crc32c_change - what a CRC32c changes by when the first four bytes of its message do
 * @change: those bytes before, exclusive-or those after, read as a little-endian number
 * @len: bytes of the whole message, at least 4, at most 65,535: more are not counted
 *
 * A CRC is linear, so nothing else of the message is needed; a checksum that was wrong before
 * is as wrong afterwards.
 *
 * Return: what to exclusive-or to the CRC, as a number.
 */
u32 baton_crc32c_change(u32 change, u32 len);

#endif /* BATON_CORE_CRC32C_H */
