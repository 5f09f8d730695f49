// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"
#include <arpa/inet.h>
#include "kmod/core/addr.h"

static union baton_addr make(const char *text)
{
	union baton_addr addr = {};

	if (inet_pton(AF_INET, text, &addr.v4) != 1)
		assert_int_equal(inet_pton(AF_INET6, text, addr.bytes), 1);
	return addr;
}

static bool under(const char *addr, const char *net, u8 prefix)
{
	union baton_addr a = make(addr), n = make(net);

	return baton_addr_under(&a, &n, strchr(addr, ':') ? AF_INET6 : AF_INET, prefix);
}

static void prefixes_of_ipv4(void **state)
{
	assert_true(under("192.0.2.50", "192.0.2.50", 32));
	assert_false(under("192.0.2.50", "192.0.2.51", 32));
	assert_true(under("192.0.2.50", "192.0.2.51", 31));
	assert_true(under("192.0.2.129", "192.0.2.255", 25));
	assert_false(under("192.0.2.127", "192.0.2.255", 25));
	assert_true(under("192.0.2.127", "192.0.3.0", 23));
	assert_false(under("192.0.2.127", "192.0.4.0", 23));
	assert_true(under("192.0.2.1", "10.0.0.0", 0));
	assert_true(under("128.0.0.1", "255.0.0.0", 1));
	assert_false(under("127.0.0.1", "255.0.0.0", 1));
}

static void prefixes_of_ipv6(void **state)
{
	assert_true(under("2001:db8::1", "2001:db8::1", 128));
	assert_false(under("2001:db8::1", "2001:db8::", 128));
	assert_true(under("2001:db8::1", "2001:db8::", 127));
	assert_true(under("2001:db8:1::1", "2001:db8::", 32));
	assert_false(under("2001:db9::1", "2001:db8::", 32));
	assert_true(under("2001:db9::1", "2001:db8::", 31));
	assert_true(under("::1", "ffff::", 0));
}

static void nothing_is_under_more_than_the_address(void **state)
{
	assert_false(under("192.0.2.50", "192.0.2.50", 33));
	assert_false(under("2001:db8::1", "2001:db8::1", 129));
}

static void cut(const char *addr, u8 prefix, const char *want)
{
	union baton_addr a = make(addr), w = make(want);

	baton_addr_cut(&a, strchr(addr, ':') ? AF_INET6 : AF_INET, prefix);
	assert_memory_equal(&a, &w, sizeof(a));
}

static void cuts(void **state)
{
	cut("192.0.2.255", 32, "192.0.2.255");
	cut("192.0.2.255", 31, "192.0.2.254");
	cut("192.0.2.255", 25, "192.0.2.128");
	cut("192.0.2.255", 24, "192.0.2.0");
	cut("192.0.3.255", 23, "192.0.2.0");
	cut("255.0.2.255", 1, "128.0.0.0");
	cut("255.0.2.255", 0, "0.0.0.0");
	cut("192.0.2.255", 200, "192.0.2.255");
	cut("2001:db8::1", 128, "2001:db8::1");
	cut("2001:db8::1", 127, "2001:db8::");
	cut("2001:db8:ffff::1", 33, "2001:db8:8000::");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_of_ipv4),
		cmocka_unit_test(prefixes_of_ipv6),
		cmocka_unit_test(cuts),
		cmocka_unit_test(nothing_is_under_more_than_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
