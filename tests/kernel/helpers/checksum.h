/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Internet checksum (RFC 1071) of what helpers put together themselves. */
#ifndef BATON_TEST_CHECKSUM_H
#define BATON_TEST_CHECKSUM_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>

/** checksum_add - @n bytes, an even number of them, added to @sum */
static inline uint32_t checksum_add(const void *p, size_t n, uint32_t sum)
{
	const uint8_t *b = p;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(b[i] << 8 | b[i + 1]);
	return sum;
}

/** checksum_fold - as it stands in a header, big-endian */
static inline uint16_t checksum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

#endif /* BATON_TEST_CHECKSUM_H */
