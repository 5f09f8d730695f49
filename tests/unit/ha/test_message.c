// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/message.c */
/* Wire form of the agents' messages: there and back, and everything that is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <ha/message.h>

static const struct baton_ha_message sample = {
	.type = BATON_HA_MSG_RELEASED, .state = BATON_HA_HANDOVER_OUT, .warm = true,
	.healthy = true, .heir = true, .epoch = 0x12345, .epoch_seen = 0x23456, .history = 7,
	.lease_ms = 250, .ref = 0x12345, .value = 0x89abcdef,
	.ring = { 2, 0x1122334455667788 },
};

static void there_and_back(void **arg)
{
	uint8_t buf[BATON_HA_MESSAGE_SIZE + 8] = { 0 };
	struct baton_ha_message m;

	(void)arg;
	baton_ha_message_encode(&sample, buf);
	assert_int_equal(baton_ha_message_decode(buf, BATON_HA_MESSAGE_SIZE, &m), 0);
	assert_int_equal(m.type, sample.type);
	assert_int_equal(m.state, sample.state);
	assert_true(m.warm && m.healthy && m.heir);
	assert_int_equal(m.epoch, sample.epoch);
	assert_int_equal(m.epoch_seen, sample.epoch_seen);
	assert_int_equal(m.history, sample.history);
	assert_int_equal(m.lease_ms, sample.lease_ms);
	assert_int_equal(m.ref, sample.ref);
	assert_int_equal(m.value, sample.value);
	assert_int_equal(m.ring.nodeid, sample.ring.nodeid);
	assert_true(m.ring.seq == sample.ring.seq);
	/* a newer writer says more: it is read all the same */
	assert_int_equal(baton_ha_message_decode(buf, sizeof(buf), &m), 0);
}

static void the_bytes_are_these(void **arg)
{
	static const uint8_t golden[BATON_HA_MESSAGE_SIZE] = {
		'B', 't', 'H', 'A', 1, 1, BATON_HA_MSG_RELEASED, BATON_HA_HANDOVER_OUT,
		7, 0, 0, 0, 0x45, 0x23, 0x01, 0, 0x56, 0x34, 0x02, 0, 7, 0, 0, 0,
		250, 0, 0, 0, 0x45, 0x23, 0x01, 0, 0xef, 0xcd, 0xab, 0x89, 2, 0, 0, 0,
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
	};
	uint8_t buf[BATON_HA_MESSAGE_SIZE];

	(void)arg;
	baton_ha_message_encode(&sample, buf);
	assert_memory_equal(buf, golden, sizeof(buf));
}

static void failing_is_a_flag_of_its_own(void **arg)
{
	struct baton_ha_message m = sample, back;
	uint8_t buf[BATON_HA_MESSAGE_SIZE];

	(void)arg;
	baton_ha_message_encode(&m, buf);
	assert_int_equal(baton_ha_message_decode(buf, sizeof(buf), &back), 0);
	assert_false(back.failing);
	m.failing = true;
	baton_ha_message_encode(&m, buf);
	assert_int_equal(buf[8], 15);
	assert_int_equal(baton_ha_message_decode(buf, sizeof(buf), &back), 0);
	assert_true(back.failing && back.healthy);
}

static void refused(void **arg)
{
	static const struct { int at; uint8_t value; int error; } t[] = {
		{ 0, 'X', -EPROTO }, { 5, 0, -EPROTO }, { 5, 2, -EPROTONOSUPPORT },
		{ 6, 0, -EPROTO }, { 6, BATON_HA_MSG_MAX, -EPROTO }, { 6, 255, -EPROTO },
		{ 7, BATON_HA_STATES, -EPROTO }, { 7, 255, -EPROTO },
		{ 14, 0x10, -EPROTO }, { 15, 1, -EPROTO }, { 19, 1, -EPROTO }, { 23, 1, -EPROTO },
		{ 31, 1, -EPROTO },
	};
	uint8_t buf[BATON_HA_MESSAGE_SIZE];
	struct baton_ha_message m;

	(void)arg;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		baton_ha_message_encode(&sample, buf);
		buf[t[i].at] = t[i].value;
		assert_int_equal(baton_ha_message_decode(buf, sizeof(buf), &m), t[i].error);
	}
	baton_ha_message_encode(&sample, buf);
	for (size_t size = 0; size < sizeof(buf); size++)
		assert_int_equal(baton_ha_message_decode(buf, size, &m), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(the_bytes_are_these),
		cmocka_unit_test(failing_is_a_flag_of_its_own), cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
