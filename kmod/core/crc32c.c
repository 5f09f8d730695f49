// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CRC is the remainder of its message, a polynomial over GF(2), by the generator; that of a change
 * in the first bytes is the change times x to the power of the bits from there to the end.
 * Numbers are reflected: the highest bit is the coefficient of x^0.
 */
#include "env.h"
#include "crc32c.h"

#define GENERATOR 0x82f63b78	/* Castagnoli's, RFC 9260 appendix A */

/* x to the power of 8 * 2^n: so many bytes further on */
static const u32 bytes_on[16] = {
	0x00800000, 0x00008000, 0x82f63b78, 0x6ea2d55c, 0x18b8ea18, 0x510ac59a, 0xb82be955, 0xb8fdb1e7,
	0x88e56f72, 0x74c360a4, 0xe4172b16, 0x0d65762a, 0x35d73a62, 0x28461564, 0xbf455269, 0xe2ea32dc,
};

static u32 multiply(u32 a, u32 b)
{
	u32 product = 0;

	for (; a; a <<= 1) {
		if (a & BIT(31))
			product ^= b;
		b = b >> 1 ^ (b & 1 ? GENERATOR : 0);
	}
	return product;
}

u32 baton_crc32c_change(u32 change, u32 len)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(bytes_on); n++)
		if (len & BIT(n))
			change = multiply(bytes_on[n], change);
	return change;
}
