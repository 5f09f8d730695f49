// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/beat.c */
/* libs: libsodium */
/* Wire form of a beat: its bytes, and everything that is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <ha/beat.h>

static const uint8_t key[BATON_HA_BEAT_KEY] = { 1, 2, 3 };
static const struct baton_ha_beat sample = { .epoch = 0x12345, .number = 0x89abcdef, .lease_ms = 79 };

static void the_bytes_are_these(void **arg)
{
	static const uint8_t golden[32] = {
		'B', 't', 'H', 'B', 2, 1, 0, 0, 2, 0, 0, 0, 0x45, 0x23, 0x01, 0,
		0xef, 0xcd, 0xab, 0x89, 79, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
	};
	uint8_t buf[BATON_HA_BEAT_SIZE];
	struct baton_ha_beat beat;
	uint64_t seq = 0;

	(void)arg;
	baton_ha_beat_encode(&sample, 2, 0x1122334455667788, key, buf);
	assert_memory_equal(buf, golden, sizeof(golden));
	assert_int_equal(baton_ha_beat_decode(buf, sizeof(buf), 2, key, &seq, &beat), 0);
	assert_memory_equal(&beat, &sample, sizeof(beat));
	assert_true(seq == 0x1122334455667788);
}

static void the_last_word(void **arg)
{
	const struct baton_ha_beat last = { .epoch = 7, .number = 9, .last = 1 };
	uint8_t buf[BATON_HA_BEAT_SIZE];
	struct baton_ha_beat beat;
	uint64_t seq = 1000;

	(void)arg;
	baton_ha_beat_encode(&last, 2, 10, key, buf);
	assert_int_equal(buf[5], 2);	/* version 1 would take it for a beat */
	assert_int_equal(baton_ha_beat_decode(buf, sizeof(buf), 2, key, &seq, &beat), 0);
	assert_memory_equal(&beat, &last, sizeof(beat));
	assert_true(seq == 1000);	/* sealed before those that were heard since */
	buf[6] = 0;
	assert_int_equal(baton_ha_beat_decode(buf, sizeof(buf), 2, key, &seq, &beat), -EBADMSG);
}

static void refused(void **arg)
{
	uint8_t buf[BATON_HA_BEAT_SIZE], other[BATON_HA_BEAT_KEY] = { 0 };
	struct baton_ha_beat beat = { 0 };
	uint64_t seq = 9;

	(void)arg;
	baton_ha_beat_encode(&sample, 2, 10, key, buf);
	for (size_t size = 0; size < sizeof(buf); size++)
		assert_int_equal(baton_ha_beat_decode(buf, size, 2, key, &seq, &beat), -EPROTO);
	assert_int_equal(baton_ha_beat_decode(buf, sizeof(buf), 1, key, &seq, &beat), -EBADMSG);
	assert_int_equal(baton_ha_beat_decode(buf, sizeof(buf), 2, other, &seq, &beat), -EBADMSG);
	for (size_t bit = 0; bit < sizeof(buf) * 8; bit++) {
		buf[bit / 8] ^= 1 << bit % 8;
		assert_int_not_equal(baton_ha_beat_decode(buf, sizeof(buf), 2, key, &seq, &beat), 0);
		buf[bit / 8] ^= 1 << bit % 8;
	}
	assert_true(seq == 9 && !beat.epoch);
	buf[5] = BATON_HA_BEAT_VERSION + 1;
	assert_int_equal(baton_ha_beat_decode(buf, sizeof(buf), 2, key, &seq, &beat),
			 -EPROTONOSUPPORT);
}

static void once_and_in_order(void **arg)
{
	uint8_t first[BATON_HA_BEAT_SIZE], second[BATON_HA_BEAT_SIZE];
	struct baton_ha_beat beat;
	uint64_t seq = 0;

	(void)arg;
	baton_ha_beat_encode(&sample, 2, 10, key, first);
	baton_ha_beat_encode(&sample, 2, 11, key, second);
	assert_int_equal(baton_ha_beat_decode(second, sizeof(second), 2, key, &seq, &beat), 0);
	assert_int_equal(baton_ha_beat_decode(second, sizeof(second), 2, key, &seq, &beat), -EALREADY);
	assert_int_equal(baton_ha_beat_decode(first, sizeof(first), 2, key, &seq, &beat), -EALREADY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_these),
		cmocka_unit_test(the_last_word),
		cmocka_unit_test(refused),
		cmocka_unit_test(once_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
