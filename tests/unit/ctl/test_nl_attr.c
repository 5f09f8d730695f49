// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/nl_attr.c ctl/lib/addr.c ctl/lib/err.c */
/* libs: libnl-genl-3.0 */
/* Messages built in memory: what a module of another release, or a broken one, may send. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/lib/addr.h"
#include "ctl/lib/nl_priv.h"

static struct nl_msg *msg;

static int make_message(void **state)
{
	(void)state;
	msg = nlmsg_alloc_size(BATON_NL_BUF);
	return msg && nlmsg_put(msg, 0, 0, 100, 0, 0) ? 0 : -1;
}

static int free_message(void **state)
{
	(void)state;
	nlmsg_free(msg);
	return 0;
}

/* The attribute @type of the message, as the receiver finds it. */
static struct nlattr *find(int type)
{
	return nlmsg_find_attr(nlmsg_hdr(msg), 0, type);
}

static void key_round_trip(void **state)
{
	struct baton_service svc;
	struct baton_service_key key;

	(void)state;
	assert_int_equal(baton_service_key_parse("tcp", "[2001:db8::1]:80", &key, NULL, 0), 0);
	assert_int_equal(baton_nl_put_key(msg, BATON_A_SERVICE, &key), 0);
	assert_int_equal(baton_nl_get_service(find(BATON_A_SERVICE), &svc), 0);
	assert_true(baton_service_key_equal(&svc.key, &key));
	assert_string_equal(svc.sched, "");
}

static void server_round_trip(void **state)
{
	struct baton_server server = { .family = AF_INET, .port = htons(80) }, got;

	(void)state;
	server.addr.v4 = inet_addr("198.51.100.21");
	assert_int_equal(baton_nl_put_server_key(msg, BATON_A_SERVER, &server), 0);
	assert_int_equal(baton_nl_get_server(find(BATON_A_SERVER), &got), 0);
	assert_int_equal(got.addr.v4, server.addr.v4);
	assert_int_equal(got.port, server.port);
}

/* SERVICE { FAMILY, ADDR } with a @len that may not fit the family. */
static void put_service(uint8_t family, size_t len)
{
	static const uint8_t bytes[32];
	struct nlattr *nest = nla_nest_start(msg, BATON_A_SERVICE);

	nla_put_u8(msg, BATON_SERVICE_A_FAMILY, family);
	nla_put(msg, BATON_SERVICE_A_ADDR, (int)len, bytes);
	nla_nest_end(msg, nest);
}

static void address_must_fit_its_family(void **state)
{
	static const struct {
		uint8_t family;
		size_t len;
		int ret;
	} cases[] = {
		{ AF_INET, 4, 0 }, { AF_INET6, 16, 0 }, { AF_INET, 16, -EPROTO },
		{ AF_INET6, 4, -EPROTO }, { AF_INET, 3, -EPROTO }, { AF_INET, 0, -EPROTO },
		{ AF_INET6, 32, -EPROTO }, { AF_UNIX, 4, -EPROTO }, { 0, 0, -EPROTO },
	};
	struct baton_service svc;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_service(cases[i].family, cases[i].len);
		if (baton_nl_get_service(find(BATON_A_SERVICE), &svc) != cases[i].ret)
			fail_msg("case %zu", i);
		free_message(state);
		assert_int_equal(make_message(state), 0);
	}
	assert_int_equal(baton_nl_get_service(NULL, &svc), -EPROTO);
}

static void records_come_whole(void **state)
{
	static uint8_t bytes[4 * sizeof(struct baton_conn_record)];
	struct baton_conn_record to[3];
	uint32_t count = 9;

	(void)state;
	assert_int_equal(baton_nl_get_records(NULL, to, 3, &count), 0);
	assert_int_equal(count, 0);
	for (size_t len = 0; len <= sizeof(bytes); len += 8) {
		struct nlattr *attr;
		int ret, fits = len % sizeof(to[0]) == 0 && len <= sizeof(to);

		free_message(state);
		assert_int_equal(make_message(state), 0);
		assert_int_equal(nla_put(msg, BATON_A_RECORDS, (int)len, bytes), 0);
		attr = find(BATON_A_RECORDS);
		assert_non_null(attr);
		ret = baton_nl_get_records(attr, to, 3, &count);
		assert_int_equal(ret, fits ? 0 : -EPROTO);
		assert_int_equal(count, fits ? len / sizeof(to[0]) : 0);
	}
}

static void a_gate_has_a_role_and_an_epoch(void **state)
{
	struct baton_gate gate = {};
	struct nlattr *nest;

	nest = nla_nest_start(msg, BATON_A_GATE);
	nla_put_u8(msg, BATON_GATE_A_ROLE, BATON_ROLE_ACTIVE);
	nla_nest_end(msg, nest);
	assert_int_equal(baton_nl_get_gate(find(BATON_A_GATE), &gate), -EPROTO);
	free_message(state);
	assert_int_equal(make_message(state), 0);
	nest = nla_nest_start(msg, BATON_A_GATE);
	nla_put_u8(msg, BATON_GATE_A_ROLE, BATON_ROLE_ACTIVE);
	nla_put_u32(msg, BATON_GATE_A_EPOCH, 9);
	nla_put_u8(msg, BATON_GATE_A_STATE, BATON_GATE_OPEN);
	nla_nest_end(msg, nest);
	assert_int_equal(baton_nl_get_gate(find(BATON_A_GATE), &gate), 0);
	assert_int_equal(gate.epoch, 9);
	assert_int_equal(gate.lease_ms, 0);
}

static void short_numbers_are_zero(void **state)
{
	(void)state;
	assert_int_equal(nla_put_u8(msg, 1, 0xff), 0);
	assert_int_equal(baton_nl_u8(find(1)), 0xff);
	assert_int_equal(baton_nl_u16(find(1)), 0);
	assert_int_equal(baton_nl_u32(find(1)), 0);
	assert_int_equal(baton_nl_u64(find(1)), 0);
	assert_int_equal(baton_nl_u32(NULL), 0);
}

static void names_are_cut_at_their_limit(void **state)
{
	struct baton_service svc;
	struct nlattr *nest = nla_nest_start(msg, BATON_A_SERVICE);

	(void)state;
	nla_put_u8(msg, BATON_SERVICE_A_FAMILY, AF_INET);
	nla_put_u32(msg, BATON_SERVICE_A_ADDR, 1);
	nla_put_string(msg, BATON_SERVICE_A_SCHED, "a-scheduler-with-a-long-name");
	nla_nest_end(msg, nest);
	assert_int_equal(baton_nl_get_service(find(BATON_A_SERVICE), &svc), 0);
	assert_int_equal(strlen(svc.sched), BATON_SCHED_NAME_MAX - 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_message, free_message)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(key_round_trip),
		TEST(server_round_trip),
		TEST(address_must_fit_its_family),
		TEST(records_come_whole),
		TEST(a_gate_has_a_role_and_an_epoch),
		TEST(short_numbers_are_zero),
		TEST(names_are_cut_at_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
