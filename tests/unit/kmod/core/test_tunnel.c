// SPDX-License-Identifier: GPL-2.0-or-later
/* What is between two IP headers, read from buffers of exactly their length. */
#include "unit.h"
#include "kmod/core/tunnel.c"

static int peel(u8 protocol, const u8 *bytes, size_t len, u8 *family)
{
	u8 *copy = malloc(len ?: 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	ret = baton_tunnel_peel(protocol, copy, len, family);
	free(copy);
	return ret;
}

#define PEEL(protocol, family, ...) ({					\
	static const u8 bytes[] = { __VA_ARGS__ };			\
	peel(protocol, bytes, sizeof(bytes), family);			\
})

static void test_ipip(void **state)
{
	u8 family;

	assert_int_equal(peel(IPPROTO_IPIP, (u8 *)"", 0, &family), 0);
	assert_int_equal(family, AF_INET);
	assert_int_equal(peel(IPPROTO_IPV6, (u8 *)"", 0, &family), 0);
	assert_int_equal(family, AF_INET6);
	assert_int_equal(peel(IPPROTO_TCP, (u8 *)"", 0, &family), -EINVAL);
}

static void test_gre(void **state)
{
	u8 family;

	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0, 0, 8, 0), 4);
	assert_int_equal(family, AF_INET);
	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0x80, 0, 0x86, 0xdd, 1, 2, 0, 0), 8);
	assert_int_equal(family, AF_INET6);
	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0, 0, 8), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0x80, 0, 8, 0, 1, 2, 0), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0, 0, 8, 6), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0x20, 0, 8, 0, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_GRE, &family, 0, 1, 8, 0), -EINVAL);
}

#define UDP 0x12, 0x34, 0x17, 0xc0, 0, 99, 0, 0

static void test_gue(void **state)
{
	u8 family;

	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 0, 4, 0, 0), 12);
	assert_int_equal(family, AF_INET);
	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 2, 41, 0, 1, 0x80, 0, 0, 0, 0, 1, 0, 2), 20);
	assert_int_equal(family, AF_INET6);
	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 2, 41, 0, 1, 0x80, 0, 0, 0, 0, 1, 0), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 0, 4, 0), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 0, 6, 0, 0), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 0x40, 4, 0, 0), -EINVAL);
	assert_int_equal(PEEL(IPPROTO_UDP, &family, UDP, 0x20, 4, 0, 0), -EINVAL);
}

static void test_overhead(void **state)
{
	assert_int_equal(baton_tunnel_overhead(BATON_TUNNEL_IPIP, 0), 0);
	assert_int_equal(baton_tunnel_overhead(BATON_TUNNEL_GRE, BATON_TUNNEL_CHECKSUM_OFF), 4);
	assert_int_equal(baton_tunnel_overhead(BATON_TUNNEL_GRE, BATON_TUNNEL_CHECKSUM_ON), 8);
	assert_int_equal(baton_tunnel_overhead(BATON_TUNNEL_GUE, BATON_TUNNEL_CHECKSUM_OFF), 12);
	assert_int_equal(baton_tunnel_overhead(BATON_TUNNEL_GUE, BATON_TUNNEL_CHECKSUM_ON), 12);
	assert_int_equal(baton_tunnel_overhead(BATON_TUNNEL_GUE, BATON_TUNNEL_CHECKSUM_REMOTE), 20);
	assert_int_equal(baton_tunnel_protocol(AF_INET), IPPROTO_IPIP);
	assert_int_equal(baton_tunnel_protocol(AF_INET6), IPPROTO_IPV6);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipip),
		cmocka_unit_test(test_gre),
		cmocka_unit_test(test_gue),
		cmocka_unit_test(test_overhead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
