/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs that are a list of pieces, each a byte that chooses its door, two with its length, and as many bytes. */
#ifndef BATON_FUZZ_PIECES_H
#define BATON_FUZZ_PIECES_H

#include <stddef.h>
#include <stdint.h>

/* The last piece may be cut off. */
static inline void each_piece(const uint8_t *data, size_t size, void (*piece)(uint8_t door, const uint8_t *, size_t))
{
	while (size >= 3) {
		size_t n = (size_t)data[1] << 8 | data[2];
		uint8_t door = data[0];

		data += 3;
		size -= 3;
		if (n > size)
			n = size;
		piece(door, data, n);
		data += n;
		size -= n;
	}
}

#endif
