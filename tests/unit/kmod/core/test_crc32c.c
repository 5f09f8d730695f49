// SPDX-License-Identifier: GPL-2.0-or-later
/* Against the checksum itself, byte by byte and bit by bit. */
#include "unit.h"
#include "kmod/core/crc32c.c"

static u32 crc(const u8 *p, size_t len)
{
	u32 crc = ~0U;
	int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? GENERATOR : 0);
	}
	return ~crc;
}

/* RFC 3720, B.4 */
static void test_reference(void **state)
{
	u8 zeros[32] = { 0 };

	assert_int_equal(crc(zeros, sizeof(zeros)), 0x8a9136aa);
}

static u32 first(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static void test_change(void **state)
{
	static const u32 lens[] = { 4, 5, 16, 31, 32, 1000, 1460, 9000, 32768, 65535 };
	static u8 a[65535], b[65535];
	u32 seed = 1;
	size_t i;

	for (i = 0; i < sizeof(a); i++) {
		seed = seed * 1103515245 + 12345;
		a[i] = seed >> 16;
	}
	memcpy(b, a, sizeof(a));
	memcpy(b, "\x1f\x90\x00\x50", 4);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		u32 change = baton_crc32c_change(first(a) ^ first(b), lens[i]);

		assert_int_equal(crc(a, lens[i]) ^ change, crc(b, lens[i]));
		assert_int_equal(baton_crc32c_change(0, lens[i]), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
