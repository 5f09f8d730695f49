// SPDX-License-Identifier: GPL-2.0-or-later
/* links: tests/loadgen/payload.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/loadgen/payload.h"

#define LEN	3001

static void pieces_make_the_whole(void **state)
{
	uint8_t whole[LEN], pieces[LEN];

	(void)state;
	baton_payload_fill(7, 9, 0, whole, LEN);
	for (size_t at = 0, step = 1; at < LEN; at += step, step = step * 3 % 101) {
		size_t len = at + step > LEN ? LEN - at : step;

		baton_payload_fill(7, 9, at, pieces + at, len);
		assert_true(baton_payload_check(7, 9, at, whole + at, len));
	}
	assert_memory_equal(whole, pieces, LEN);
}

static void every_bit_counts(void **state)
{
	uint8_t buf[64];

	(void)state;
	baton_payload_fill(1, 2, 100, buf, sizeof(buf));
	for (size_t bit = 0; bit < sizeof(buf) * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(baton_payload_check(1, 2, 100, buf, sizeof(buf)));
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(baton_payload_check(1, 2, 100, buf, sizeof(buf)));
}

/* What belongs to another connection, another request or another place is wrong here. */
static void nothing_else_fits(void **state)
{
	uint8_t buf[16];

	(void)state;
	for (uint32_t conn = 0; conn < 50; conn++) {
		for (uint32_t seq = 0; seq < 50; seq++) {
			baton_payload_fill(conn, seq, 0, buf, sizeof(buf));
			assert_false(baton_payload_check(conn + 1, seq, 0, buf, sizeof(buf)));
			assert_false(baton_payload_check(conn, seq + 1, 0, buf, sizeof(buf)));
			assert_false(baton_payload_check(seq + 60, conn, 0, buf, sizeof(buf)));
			assert_false(baton_payload_check(conn, seq, 1, buf, sizeof(buf)));
			assert_false(baton_payload_check(conn, seq, 16, buf, sizeof(buf)));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_make_the_whole),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(nothing_else_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
