// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/args.c ctl/args_service.c ctl/names.c ctl/lib/addr.c ctl/lib/err.c */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "words.h"

static struct words w;

static void service_defaults_and_words(void **state)
{
	struct baton_service svc;
	struct baton_given given;

	(void)state;
	assert_int_equal(baton_args_service(words_split(&w, "tcp 192.0.2.1:80"), &svc, &given),
			 0);
	assert_string_equal(svc.sched, "wlc");
	assert_int_equal(svc.flags, 0);
	assert_false(given.sched || given.sync);
	assert_int_equal(baton_args_service(words_split(&w,
			 "udp 192.0.2.1:0 sync off scheduler rr fastpath off"), &svc, &given), 0);
	assert_string_equal(svc.sched, "rr");
	assert_int_equal(svc.flags, BATON_SERVICE_F_NOSYNC | BATON_SERVICE_F_NOFAST);
	assert_int_equal(svc.key.protocol, IPPROTO_UDP);
	assert_true(given.sched && given.sync && given.fastpath);
	assert_false(given.reset);
	assert_int_equal(svc.sync_after, 0);
	assert_int_equal(baton_args_service(words_split(&w,
			 "tcp 192.0.2.1:80 sync after 500 reset on"), &svc, &given), 0);
	assert_int_equal(svc.sync_after, 500);
	assert_int_equal(svc.flags, 0);
	assert_true(given.sync && given.reset);
	assert_int_equal(baton_args_service(words_split(&w,
			 "tcp 192.0.2.1:80 reset off sync on"), &svc, &given), 0);
	assert_int_equal(svc.flags, BATON_SERVICE_F_NORESET);
	assert_true(given.reset);
	assert_int_equal(baton_args_service(words_split(&w,
			 "udp 192.0.2.1:53 onepacket on timeout_udp 30"), &svc, &given), 0);
	assert_int_equal(svc.flags, BATON_SERVICE_F_ONEPACKET);
	assert_int_equal(svc.timeouts[BATON_STATE_UDP], 30);
	assert_true(given.onepacket && given.timeout[BATON_STATE_UDP]);
	assert_false(given.timeout[BATON_STATE_TCP_ESTABLISHED]);
	assert_int_equal(baton_args_service(words_split(&w,
			 "tcp 192.0.2.1:80 persistent 60"), &svc, &given), 0);
	assert_int_equal(svc.timeouts[BATON_STATE_TEMPLATE], 60);
	assert_int_equal(svc.persist_prefix, 32);
	assert_int_equal(baton_args_service(words_split(&w,
			 "tcp [2001:db8::1]:80 prefix 64 persistent 60"), &svc, &given), 0);
	assert_int_equal(svc.persist_prefix, 64);
	assert_true(given.persistent && given.prefix);
	assert_false(given.conntrack);
	assert_int_equal(baton_args_service(words_split(&w,
			 "mark 7 bypass on conntrack on"), &svc, &given), 0);
	assert_int_equal(svc.flags, BATON_SERVICE_F_BYPASS | BATON_SERVICE_F_CONNTRACK);
	assert_true(given.conntrack);
	assert_int_equal(baton_args_service(words_split(&w,
			 "udp 192.0.2.1:5060 by sip-call-id persistent 60"), &svc, &given), 0);
	assert_int_equal(svc.flags, BATON_SERVICE_F_SIP);
	assert_int_equal(svc.persist_prefix, 32);
	assert_true(given.by);
	assert_int_equal(baton_args_service(words_split(&w,
			 "udp 192.0.2.1:5060 persistent 60 by address"), &svc, &given), 0);
	assert_int_equal(svc.flags, 0);
	assert_true(given.by);
	assert_int_equal(baton_args_service(words_split(&w,
			 "udp 192.0.2.1:53 onepacket off"), &svc, &given), 0);
	assert_int_equal(svc.flags, 0);
}

static void flags_of_schedulers(void **state)
{
	static const struct {
		const char *words;
		uint32_t flags;
	} cases[] = {
		{ "tcp 192.0.2.1:80", 0 },
		{ "tcp 192.0.2.1:80 scheduler sh", 0 },
		{ "tcp 192.0.2.1:80 scheduler mh", BATON_SCHED_F_FALLBACK },
		{ "tcp 192.0.2.1:80 scheduler mh fallback off", 0 },
		{ "tcp 192.0.2.1:80 hash-port on scheduler mh",
		  BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT },
		{ "tcp 192.0.2.1:80 scheduler dh fallback on", BATON_SCHED_F_FALLBACK },
	};
	struct baton_service svc;
	struct baton_given given;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(baton_args_new_service(words_split(&w, cases[i].words), &svc), 0);
		assert_int_equal(svc.sched_flags, cases[i].flags);
	}
	assert_int_equal(baton_args_new_service(words_split(&w,
			 "tcp 192.0.2.1:80 scheduler dh hash-port on"), &svc), -EINVAL);
	assert_non_null(strstr(w.args.err, "the scheduler dh knows no 'hash-port'"));
	/* what is not given stays as it was */
	assert_int_equal(baton_args_service(words_split(&w,
			 "tcp 192.0.2.1:80 scheduler mh hash-port off"), &svc, &given), 0);
	assert_int_equal(baton_args_sched_flags(&w.args, &svc, &given,
						BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT), 0);
	assert_int_equal(svc.sched_flags, BATON_SCHED_F_FALLBACK);
}

static void server_defaults_and_words(void **state)
{
	struct baton_service_key key;
	struct baton_server server;
	struct baton_given given;

	(void)state;
	assert_int_equal(baton_args_server(words_split(&w, "tcp 192.0.2.1:80 10.0.0.1:8080"),
					   &key, &server, &given), 0);
	assert_int_equal(server.method, BATON_METHOD_NAT);
	assert_int_equal(server.weight, 1);
	assert_int_equal(server.port, htons(8080));
	assert_false(given.method || given.weight);
	assert_int_equal(baton_args_server(words_split(&w,
			 "tcp 192.0.2.1:80 10.0.0.1:80 weight 65535 dr"), &key, &server,
			 &given), 0);
	assert_int_equal(server.method, BATON_METHOD_DR);
	assert_int_equal(server.weight, 65535);
	assert_true(given.method && given.weight);
	assert_false(given.upper || given.lower);
	assert_int_equal(baton_args_server(words_split(&w,
			 "tcp 192.0.2.1:80 10.0.0.1:80 upper 100 lower 80"), &key, &server,
			 &given), 0);
	assert_int_equal(server.upper, 100);
	assert_int_equal(server.lower, 80);
	assert_int_equal(baton_args_check_server(&w.args, &key, &server), 0);
	server.lower = 101;
	assert_int_equal(baton_args_check_server(&w.args, &key, &server), -EINVAL);
}

static void bad_services(void **state)
{
	static const struct {
		const char *words, *why;
	} bad[] = {
		{ "",						"protocol (tcp, udp or sctp, or mark or mark6) is missing" },
		{ "tcp",					"ADDRESS:PORT is missing" },
		{ "icmp 192.0.2.1:80",				"tcp, udp or sctp" },
		{ "tcp 192.0.2.1:80 scheduler",			"name is missing" },
		{ "tcp 192.0.2.1:80 scheduler best",		"it must be rr, wrr, lc, " },
		{ "tcp 192.0.2.1:80 scheduler rr scheduler rr",	"twice" },
		{ "tcp 192.0.2.1:80 fallback on fallback off",	"twice" },
		{ "tcp 192.0.2.1:80 hash-port",			"on or off" },
		{ "tcp 192.0.2.1:80 sync",			"on or off" },
		{ "tcp 192.0.2.1:80 sync maybe",		"on or off" },
		{ "tcp 192.0.2.1:80 sync after",		"sync after" },
		{ "tcp 192.0.2.1:80 sync after 0",		"sync after" },
		{ "tcp 192.0.2.1:80 sync after 240001",		"240000" },
		{ "tcp 192.0.2.1:80 sync after 1 sync on",	"twice" },
		{ "tcp 192.0.2.1:80 onepacket on",		"for udp" },
		{ "udp 192.0.2.1:21 helper ftp",		"for tcp and one port" },
		{ "tcp 192.0.2.1:0 helper ftp",			"for tcp and one port" },
		{ "tcp 192.0.2.1:20-21 helper ftp",		"for tcp and one port" },
		{ "tcp 192.0.2.1:21 helper sip",		"helper must be ftp or off" },
		{ "tcp 192.0.2.1:21 helper ftp helper off",	"helper is given twice" },
		{ "udp 192.0.2.1:80 onepacket x",		"onepacket must be on or off" },
		{ "tcp 192.0.2.1:80 persistent 2",		"out of range" },
		{ "tcp 192.0.2.1:80 expire-quiescent 1",	"on or off" },
		{ "tcp 192.0.2.1:80 bypass on",		"for services by mark" },
		{ "mark 7 bypass yes",			"on or off" },
		{ "mark 7 bypass on bypass off",	"given twice" },
		{ "tcp 192.0.2.1:80 conntrack",			"conntrack must be on or off" },
		{ "tcp 192.0.2.1:80 conntrack on conntrack on",	"conntrack is given twice" },
		{ "tcp 192.0.2.1:80 persistent 60 prefix 33",	"out of range" },
		{ "tcp 192.0.2.1:80 persistent off prefix 24",	"for persistent" },
		{ "tcp 192.0.2.1:80 persistent 60 by sip-call-id", "for udp" },
		{ "mark 7 persistent 60 by sip-call-id",	"for udp" },
		{ "udp 192.0.2.1:80 persistent 60 by call",	"by must be address or sip-call-id" },
		{ "udp 192.0.2.1:80 persistent off by address",	"by is for persistent" },
		{ "udp 192.0.2.1:80 by address by address",	"by is given twice" },
		{ "tcp 192.0.2.1:80 timeout_template 1",	"not expected" },
		{ "tcp 192.0.2.1:80 timeout_none 1",		"'timeout_none' is not expected" },
		{ "tcp 192.0.2.1:80 timeout_udp",		"missing" },
		{ "tcp 192.0.2.1:80 timeout_udp 86401",		"out of range" },
		{ "tcp 192.0.2.1:80 timeout_udp 1 timeout_udp 1", "timeout_udp is given twice" },
		{ "tcp 192.0.2.1:80 reset maybe",		"reset must be on or off" },
		{ "tcp 192.0.2.1:80 reset on reset on",		"twice" },
		{ "tcp 192.0.2.1:80 colour blue",		"'colour' is not expected" },
	};
	struct baton_service svc;
	struct baton_given given;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = baton_args_service(words_split(&w, bad[i].words), &svc, &given);

		if (ret != -EINVAL || !strstr(w.args.err, bad[i].why))
			fail_msg("'%s' gave %d '%s'", bad[i].words, ret, w.args.err);
	}
}

static void bad_servers(void **state)
{
	static const struct {
		const char *words, *why;
	} bad[] = {
		{ "tcp 192.0.2.1:80",				"server's ADDRESS:PORT is missing" },
		{ "tcp 192.0.2.1:80 10.0.0.1",			"no port" },
		{ "tcp 192.0.2.1:80 0.0.0.0:80",		"unicast" },
		{ "tcp 192.0.2.1:80 0.1.2.3:80",		"unicast" },
		{ "tcp 192.0.2.1:80 255.255.255.255:80",	"unicast" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 weight",	"'weight' is missing" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 weight -1",	"not a number" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 weight 65536",	"out of range" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 nat dr",	"twice" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tun",		"'tun' is not expected" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel nat",	"twice" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel gre gue", "twice" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel tunnel-port 0", "out of range" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel tunnel-port 65536", "out of range" },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel tunnel-checksum no", "off, on or remote" },
	};
	struct baton_service_key key;
	struct baton_server server;
	struct baton_given given;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = baton_args_server(words_split(&w, bad[i].words), &key, &server,
					    &given);

		if (ret != -EINVAL || !strstr(w.args.err, bad[i].why))
			fail_msg("'%s' gave %d '%s'", bad[i].words, ret, w.args.err);
	}
}

static void server_must_fit_its_service(void **state)
{
	static const struct {
		const char *words;
		int ret;
	} cases[] = {
		{ "tcp 192.0.2.1:80 10.0.0.1:80 dr", 0 },
		{ "tcp 192.0.2.1:80 10.0.0.1:0 dr", 0 },
		{ "tcp 192.0.2.1:80 10.0.0.1:8080 dr", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:8080 nat", 0 },
		{ "tcp 192.0.2.1:0 10.0.0.1:0 nat", 0 },
		{ "tcp 192.0.2.1:0 10.0.0.1:80 nat", -EINVAL },
		{ "tcp 192.0.2.1:80 [2001:db8::1]:80", -EINVAL },
		{ "tcp 192.0.2.1:80 [2001:db8::1]:80 dr", -EINVAL },
		{ "tcp 192.0.2.1:80 [2001:db8::1]:80 tunnel", 0 },
		{ "tcp [2001:db8::2]:80 10.0.0.1:80 tunnel", 0 },
		{ "tcp 192.0.2.1:80 10.0.0.1:8080 tunnel", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:0 tunnel", 0 },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 gre", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 dr tunnel-port 1", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel ipip tunnel-checksum off", 0 },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel ipip tunnel-checksum on", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel ipip tunnel-port 1", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel gre tunnel-checksum on", 0 },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel gre tunnel-checksum remote", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel gre tunnel-port 1", -EINVAL },
		{ "tcp 192.0.2.1:80 10.0.0.1:80 tunnel gue tunnel-checksum remote tunnel-port 1", 0 },
		{ "tcp [2001:db8::2]:80 [2001:db8::1]:80", 0 },
	};
	struct baton_service_key key;
	struct baton_server server;
	struct baton_given given;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(baton_args_server(words_split(&w, cases[i].words), &key,
						   &server, &given), 0);
		assert_int_equal(baton_args_check_server(&w.args, &key, &server),
				 cases[i].ret);
	}
}

static void times_to_drain(void **state)
{
	static const struct {
		const char *words;
		uint32_t seconds;
	} good[] = {
		{ "", 0 }, { "drain 30", 30 }, { "drain 30s", 30 }, { "drain 5m", 300 },
		{ "drain 24h", 86400 },
	};
	static const char *const bad[] = {
		"drain", "drain 0", "drain 25h", "drain 86401", "drain s", "drain -1", "drain 1d",
		"drain 1s 2", "weight 1", "drain 99999999999999999999s",
	};
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(baton_args_drain(words_split(&w, good[i].words), &seconds), 0);
		assert_int_equal(seconds, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (baton_args_drain(words_split(&w, bad[i]), &seconds) != -EINVAL)
			fail_msg("'%s' was accepted", bad[i]);
}

static void filters(void **state)
{
	struct baton_conn_match m;

	(void)state;
	assert_int_equal(baton_args_match(words_split(&w, ""), &m), 0);
	assert_false(m.has_service || m.has_server || m.has_client);
	assert_int_equal(baton_args_match(words_split(&w,
			 "client 192.0.2.50 service tcp 192.0.2.1:80 server 10.0.0.1:80"), &m), 0);
	assert_true(m.has_service && m.has_server && m.has_client);
	assert_int_equal(m.client_family, AF_INET);
	assert_int_equal(m.client_prefix, 32);
	assert_false(m.has_client_port);
	assert_int_equal(baton_args_match(words_split(&w, "client 192.0.2.0/24:4000"), &m), 0);
	assert_int_equal(m.client_prefix, 24);
	assert_true(m.has_client_port);
	assert_int_equal(m.client_port, htons(4000));
	assert_int_equal(baton_args_match(words_split(&w, "client"), &m), -EINVAL);
	assert_int_equal(baton_args_match(words_split(&w, "client x"), &m), -EINVAL);
	assert_int_equal(baton_args_match(words_split(&w, "client 1.1.1.1 client 1.1.1.1"),
					  &m), -EINVAL);
	assert_int_equal(baton_args_match(words_split(&w, "tcp 192.0.2.1:80"), &m), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(service_defaults_and_words),
		cmocka_unit_test(flags_of_schedulers),
		cmocka_unit_test(server_defaults_and_words),
		cmocka_unit_test(bad_services),
		cmocka_unit_test(bad_servers),
		cmocka_unit_test(server_must_fit_its_service),
		cmocka_unit_test(times_to_drain),
		cmocka_unit_test(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
