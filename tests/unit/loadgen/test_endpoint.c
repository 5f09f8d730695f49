// SPDX-License-Identifier: GPL-2.0-or-later
/* links: tests/loadgen/endpoint.c */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/loadgen/endpoint.h"

static struct baton_endpoint list[BATON_ENDPOINTS_MAX];

static void both_families(void **state)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&list[0].addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&list[1].addr;

	(void)state;
	assert_int_equal(baton_endpoint_list("192.0.2.100:7000,[2001:db8::1]:65535", list), 2);
	assert_int_equal(in4->sin_family, AF_INET);
	assert_int_equal(in4->sin_addr.s_addr, inet_addr("192.0.2.100"));
	assert_int_equal(ntohs(in4->sin_port), 7000);
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(in6->sin6_addr.s6_addr[15], 1);
	assert_int_equal(ntohs(in6->sin6_port), 65535);
	assert_string_equal(list[1].text, "[2001:db8::1]:65535");
}

static void malformed_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", ",", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:+1",
		"1.2.3.4:1 ", "1.2.3:1", "host:1", ":1", "[::1:1", "::1]:1", "[::1]1", "[]:1",
		"1.2.3.4:1,", ",1.2.3.4:1", "[1.2.3.4]:1",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(baton_endpoint_list(wrong[i], list), -EINVAL);
}

static void too_many(void **state)
{
	char text[BATON_ENDPOINTS_MAX * 16 + 32] = "";

	(void)state;
	for (int i = 0; i < BATON_ENDPOINTS_MAX; i++)
		strcat(text, i ? ",1.2.3.4:5" : "1.2.3.4:5");
	assert_int_equal(baton_endpoint_list(text, list), BATON_ENDPOINTS_MAX);
	strcat(text, ",1.2.3.4:5");
	assert_int_equal(baton_endpoint_list(text, list), -E2BIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_families),
		cmocka_unit_test(malformed_is_refused),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
