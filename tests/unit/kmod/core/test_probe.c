// SPDX-License-Identifier: GPL-2.0-or-later
/* The question from nobody, byte by byte, and what is an answer to it. */
#include "unit.h"
#include <arpa/inet.h>
#include "kmod/core/probe.c"

static void test_solicit(void **state)
{
	static const u8 want[BATON_PROBE_SOLICIT_LEN] = {
		0x60, 0, 0, 0, 0, 24, 58, 255,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x34, 0x56, 0x78,
		135, 0, 0, 0, 0, 0, 0, 0,
		0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78,
	};
	u8 packet[BATON_PROBE_SOLICIT_LEN], group[6], target[16];
	u32 sum = 24 + 58, i;

	inet_pton(AF_INET6, "2001:db8:1::1234:5678", target);
	memset(packet, 0xa5, sizeof(packet));
	baton_probe_solicit(packet, target, group);
	assert_memory_equal(group, "\x33\x33\xff\x34\x56\x78", 6);
	/* with the checksum in it the sum is all ones */
	for (i = 8; i < sizeof(packet); i += 2)
		sum += packet[i] << 8 | packet[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	assert_int_equal(sum, 0xffff);
	assert_true(packet[CHECKSUM_AT] || packet[CHECKSUM_AT + 1]);
	packet[CHECKSUM_AT] = packet[CHECKSUM_AT + 1] = 0;
	assert_memory_equal(packet, want, sizeof(want));
}

static void test_asked(void **state)
{
	struct baton_probe_target list[3] = {
		{ .ifindex = 2, .family = AF_INET },
		{ .ifindex = 2, .family = AF_INET6 },
		{ .ifindex = 3, .family = AF_INET },
	};
	union baton_addr v4 = { .v4 = htonl(0xc0000264) }, v6 = { 0 }, other = { .v4 = htonl(0xc0000265) };

	inet_pton(AF_INET6, "2001:db8:1::77", &v6);
	list[0].addr = v4;
	list[1].addr = v6;
	list[2].addr = other;
	assert_true(baton_probe_asked(list, 3, 2, AF_INET, &v4));
	assert_true(baton_probe_asked(list, 3, 2, AF_INET6, &v6));
	assert_true(baton_probe_asked(list, 3, 3, AF_INET, &other));
	assert_false(baton_probe_asked(list, 2, 3, AF_INET, &other));
	assert_false(baton_probe_asked(list, 3, 3, AF_INET, &v4));
	assert_false(baton_probe_asked(list, 3, 2, AF_INET6, &v4));
	assert_false(baton_probe_asked(list, 0, 2, AF_INET, &v4));
	/* of IPv4 four bytes count */
	v4.bytes[15] = 1;
	assert_true(baton_probe_asked(list, 3, 2, AF_INET, &v4));
}

static void test_time_and_claims(void **state)
{
	union baton_addr a = { .v4 = 1 }, b = { .v4 = 2 }, nobody = { .v4 = 0 };

	assert_true(baton_probe_waits(1000, 1000));
	assert_true(baton_probe_waits(1000, 1000 + BATON_PROBE_WAIT_NS - 1));
	assert_false(baton_probe_waits(1000, 1000 + BATON_PROBE_WAIT_NS));
	assert_true(baton_probe_claim(&a, &a));
	assert_false(baton_probe_claim(&a, &b));
	assert_false(baton_probe_claim(&a, &nobody));	/* the answer to an ARP probe */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_solicit),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_time_and_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
