// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/addr.c ctl/lib/err.c */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "addr.h"

static char err[256];

static void endpoints_round_trip(void **state)
{
	static const char *const text[] = {
		"192.0.2.1:80", "192.0.2.1:0", "255.255.255.255:65535", "[2001:db8::1]:80",
		"[::]:0", "[::ffff:192.0.2.1]:1",
	};
	char buf[BATON_ENDPOINT_TEXT];
	union baton_addr addr;
	uint8_t family;
	__be16 port;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		assert_int_equal(baton_endpoint_parse(text[i], &family, &addr, &port, err,
						      sizeof(err)), 0);
		assert_string_equal(baton_endpoint_format(family, &addr, port, buf,
							  sizeof(buf)), text[i]);
	}
}

static void port_is_big_endian(void **state)
{
	union baton_addr addr;
	uint8_t family;
	__be16 port;

	(void)state;
	assert_int_equal(baton_endpoint_parse("192.0.2.1:80", &family, &addr, &port, err,
					      sizeof(err)), 0);
	assert_int_equal(family, AF_INET);
	assert_int_equal(port, htons(80));
	assert_int_equal(addr.v4, htonl(0xc0000201));
	for (int i = 4; i < 16; i++)
		assert_int_equal(addr.bytes[i], 0);
}

static void bad_endpoints_say_why(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "",				"no port" },
		{ "192.0.2.1",			"no port" },
		{ "192.0.2.1:",			"not a number" },
		{ "192.0.2.1:http",		"not a number" },
		{ "192.0.2.1:+80",		"not a number" },
		{ "192.0.2.1: 80",		"not a number" },
		{ "192.0.2.1:-1",		"not a number" },
		{ "192.0.2.1:65536",		"out of range" },
		{ "192.0.2.1:99999999999999999999999", "out of range" },
		{ "192.0.2.256:80",		"not an IPv4 or IPv6 address" },
		{ "192.0.2:80",			"not an IPv4 or IPv6 address" },
		{ "localhost:80",		"not an IPv4 or IPv6 address" },
		{ ":80",			"no valid address" },
		{ "2001:db8::1:80",		"ambiguous" },
		{ "[2001:db8::1]",		"[IPV6-ADDRESS]:PORT" },
		{ "[2001:db8::1]80",		"[IPV6-ADDRESS]:PORT" },
		{ "[2001:db8::1:80",		"[IPV6-ADDRESS]:PORT" },
		{ "[192.0.2.1]:80",		"brackets" },
		{ "[]:80",			"no valid address" },
		{ "1111111111111111111111111111111111111111111111111111111111:80",
						"no valid address" },
	};
	union baton_addr addr;
	uint8_t family;
	__be16 port;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = baton_endpoint_parse(bad[i].text, &family, &addr, &port, err,
					       sizeof(err));

		if (ret != -EINVAL || !strstr(err, bad[i].why))
			fail_msg("'%s' gave %d, '%s'", bad[i].text, ret, err);
	}
}

static void keys_round_trip(void **state)
{
	struct baton_service_key key;
	char buf[BATON_KEY_TEXT];

	(void)state;
	assert_int_equal(baton_service_key_parse("udp", "[2001:db8::1]:53", &key, err,
						 sizeof(err)), 0);
	assert_string_equal(baton_service_key_format(&key, buf, sizeof(buf)),
			    "udp [2001:db8::1]:53");
	assert_int_equal(baton_service_key_parse("sctp", "192.0.2.1:3868", &key, err, sizeof(err)), 0);
	assert_string_equal(baton_service_key_format(&key, buf, sizeof(buf)), "sctp 192.0.2.1:3868");
	assert_int_equal(baton_service_key_parse("dccp", "192.0.2.1:80", &key, err,
						 sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "tcp, udp or sctp"));
	assert_int_equal(baton_service_key_parse("tcp", "0.0.0.0:80", &key, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "unicast"));
	assert_int_equal(baton_service_key_parse("tcp", "239.1.1.1:80", &key, err,
						 sizeof(err)), -EINVAL);
	assert_int_equal(baton_service_key_parse("tcp", "[ff02::1]:80", &key, err,
						 sizeof(err)), -EINVAL);
}

static void ranges_of_ports(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "192.0.2.1:0-9", "a range of ports begins at 1" },
		{ "192.0.2.1:80-79", "the last port 79 is out of range, it must be 80 to 65535" },
		{ "192.0.2.1:80-65536", "the last port 65536 is out of range" },
		{ "192.0.2.1:80-", "the last port '' is not a number" },
		{ "192.0.2.1:-80", "port '' is not a number" },
		{ "192.0.2.1:1-2-3", "port '1-2' is not a number" },
		{ "192.0.2.1-80", "'192.0.2.1' has no port" },
	};
	struct baton_service_key a, b;
	char buf[BATON_KEY_TEXT];

	(void)state;
	assert_int_equal(baton_service_key_parse("tcp", "[2001:db8::1]:8000-65535", &a, err,
						 sizeof(err)), 0);
	assert_string_equal(baton_service_key_format(&a, buf, sizeof(buf)),
			    "tcp [2001:db8::1]:8000-65535");
	assert_int_equal(baton_service_key_last(&a), 65535);
	assert_int_equal(baton_service_key_parse("tcp", "192.0.2.1:80-80", &a, err, sizeof(err)), 0);
	assert_string_equal(baton_service_key_format(&a, buf, sizeof(buf)), "tcp 192.0.2.1:80");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(baton_service_key_parse("tcp", bad[i].text, &a, err, sizeof(err)),
				 -EINVAL);
		if (!strstr(err, bad[i].why))
			fail_msg("%s: '%s'", bad[i].text, err);
	}
	baton_service_key_parse("tcp", "192.0.2.1:80-89", &a, err, sizeof(err));
	baton_service_key_parse("tcp", "192.0.2.1:80", &b, err, sizeof(err));
	assert_true(baton_service_key_equal(&a, &b));
	assert_true(baton_service_key_names(&b, &a));
	assert_false(baton_service_key_names(&a, &b));
	assert_true(baton_service_key_overlap(&a, &b));
	baton_service_key_parse("tcp", "192.0.2.1:89-99", &b, err, sizeof(err));
	assert_true(baton_service_key_overlap(&a, &b));
	baton_service_key_parse("tcp", "192.0.2.1:90-99", &b, err, sizeof(err));
	assert_false(baton_service_key_overlap(&a, &b));
	baton_service_key_parse("tcp", "192.0.2.1:0", &b, err, sizeof(err));
	assert_false(baton_service_key_overlap(&a, &b));
	baton_service_key_parse("udp", "192.0.2.1:80-89", &b, err, sizeof(err));
	assert_false(baton_service_key_overlap(&a, &b));
}

static void marks(void **state)
{
	static const char *const bad[] = { "0", "0x0", "", "0x", "-1", "7x", "4294967296",
					   "0x100000000", "192.0.2.1:80", "99999999999" };
	struct baton_service_key a, b;
	char buf[BATON_KEY_TEXT];

	(void)state;
	assert_int_equal(baton_service_key_parse("mark", "4294967295", &a, err, sizeof(err)), 0);
	assert_string_equal(baton_service_key_format(&a, buf, sizeof(buf)), "mark 4294967295");
	assert_int_equal(a.family, AF_INET);
	assert_int_equal(baton_service_key_parse("mark6", "0xFFffffff", &b, err, sizeof(err)), 0);
	assert_string_equal(baton_service_key_format(&b, buf, sizeof(buf)), "mark6 4294967295");
	assert_false(baton_service_key_equal(&a, &b));
	assert_false(baton_service_key_overlap(&a, &a));
	assert_int_equal(baton_service_key_parse("mark", "0x7", &b, err, sizeof(err)), 0);
	assert_false(baton_service_key_equal(&a, &b));
	assert_true(baton_service_key_compare(&b, &a) < 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(baton_service_key_parse("mark", bad[i], &a, err, sizeof(err)), -EINVAL);
		assert_non_null(strstr(err, "is not a mark"));
	}
}

static void failure_writes_nothing(void **state)
{
	struct baton_service_key key, untouched;

	(void)state;
	memset(&key, 0x5a, sizeof(key));
	untouched = key;
	assert_int_equal(baton_service_key_parse("tcp", "192.0.2.1:70000", &key, NULL, 0),
			 -EINVAL);
	assert_memory_equal(&key, &untouched, sizeof(key));
}

static void keys_have_an_order(void **state)
{
	struct baton_service_key a, b;

	(void)state;
	baton_service_key_parse("tcp", "192.0.2.1:80", &a, err, sizeof(err));
	baton_service_key_parse("tcp", "192.0.2.1:443", &b, err, sizeof(err));
	assert_true(baton_service_key_compare(&a, &b) < 0);
	baton_service_key_parse("tcp", "10.0.0.1:443", &b, err, sizeof(err));
	assert_true(baton_service_key_compare(&a, &b) > 0);
	baton_service_key_parse("udp", "192.0.2.1:80", &b, err, sizeof(err));
	assert_true(baton_service_key_compare(&a, &b) < 0);
	assert_false(baton_service_key_equal(&a, &b));
	baton_service_key_parse("tcp", "[2001:db8::1]:1", &b, err, sizeof(err));
	assert_true(baton_service_key_compare(&a, &b) < 0);
	assert_true(baton_service_key_equal(&a, &a));
}

static void networks(void **state)
{
	union baton_addr addr;
	uint8_t family, prefix;

	(void)state;
	assert_int_equal(baton_network_parse("192.0.2.10/24", &family, &addr, &prefix, err,
					     sizeof(err)), 0);
	assert_int_equal(prefix, 24);
	assert_int_equal(baton_network_parse("2001:db8::1/128", &family, &addr, &prefix, err,
					     sizeof(err)), 0);
	assert_int_equal(prefix, 128);
	assert_int_equal(baton_network_parse("192.0.2.10", &family, &addr, &prefix, err,
					     sizeof(err)), -EINVAL);
	assert_int_equal(baton_network_parse("192.0.2.10/33", &family, &addr, &prefix, err,
					     sizeof(err)), -EINVAL);
	assert_int_equal(baton_network_parse("192.0.2.10/0", &family, &addr, &prefix, err,
					     sizeof(err)), -EINVAL);
	assert_int_equal(baton_network_parse("/24", &family, &addr, &prefix, err,
					     sizeof(err)), -EINVAL);
}

static void clients(void **state)
{
	static const struct {
		const char *text;
		uint8_t family, prefix;
		int port;		/* -1: none */
	} good[] = {
		{ "192.0.2.50",			AF_INET, 32, -1 },
		{ "192.0.2.0/24",		AF_INET, 24, -1 },
		{ "0.0.0.0/0:53",		AF_INET, 0, 53 },
		{ "192.0.2.50:40000",		AF_INET, 32, 40000 },
		{ "192.0.2.0/24:0",		AF_INET, 24, 0 },
		{ "2001:db8::1",		AF_INET6, 128, -1 },
		{ "2001:db8::/32",		AF_INET6, 32, -1 },
		{ "[2001:db8::1]:443",		AF_INET6, 128, 443 },
		{ "[2001:db8::]/32:443",	AF_INET6, 32, 443 },
		{ "[2001:db8::1]",		AF_INET6, 128, -1 },
	};
	static const char *const bad[] = {
		"", ":80", "/24", "192.0.2.1/", "192.0.2.1/33", "192.0.2.1/x", "192.0.2.1:",
		"192.0.2.1:65536", "[2001:db8::1", "[2001:db8::1]x", "2001:db8::/129",
		"192.0.2.1:80/24", "host",
	};
	union baton_addr addr;
	uint8_t family, prefix;
	bool has_port;
	__be16 port;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (baton_client_parse(good[i].text, &family, &addr, &prefix, &has_port, &port,
				       err, sizeof(err)))
			fail_msg("'%s': %s", good[i].text, err);
		assert_int_equal(family, good[i].family);
		assert_int_equal(prefix, good[i].prefix);
		assert_int_equal(has_port ? ntohs(port) : -1, good[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (baton_client_parse(bad[i], &family, &addr, &prefix, &has_port, &port, err,
				       sizeof(err)) != -EINVAL)
			fail_msg("'%s' was accepted", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_round_trip),
		cmocka_unit_test(port_is_big_endian),
		cmocka_unit_test(bad_endpoints_say_why),
		cmocka_unit_test(keys_round_trip),
		cmocka_unit_test(ranges_of_ports),
		cmocka_unit_test(marks),
		cmocka_unit_test(failure_writes_nothing),
		cmocka_unit_test(keys_have_an_order),
		cmocka_unit_test(networks),
		cmocka_unit_test(clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
