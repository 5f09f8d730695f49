// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/show.c ctl/rates.c ctl/show_status.c ctl/show_metrics.c ctl/show_timeline.c ctl/names.c */
/* links: ctl/writer_text.c ctl/writer_json.c ctl/verdict.c */
/* links: ctl/rules.c ctl/args.c ctl/args_service.c ctl/lib/addr.c ctl/lib/err.c */
/* libs: json-c */
/* One small model, every walk, both writers, against tests/golden/cli. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/rates.h"
#include "ctl/show.h"
#include "ctl/status.h"
#include "ctl/verdict.h"
#include "golden.h"

static struct baton_rules rules;
static uint64_t drops[BATON_DROP_COUNT];

/* --- the model --- */

static const struct baton_stats traffic = {
	.conns = 1003, .in_packets = 52000, .in_bytes = 4160000,
	.out_packets = 61000, .out_bytes = 91500000000,
};

static struct baton_conn_record connection(void)
{
	struct baton_conn_record r = {
		.version = BATON_VERSION(7, 42), .cport = htons(40000), .vport = htons(80),
		.dport = htons(8080), .svc_port = htons(80), .family = AF_INET,
		.protocol = IPPROTO_TCP, .state = BATON_STATE_TCP_ESTABLISHED,
		.method = BATON_METHOD_NAT, .flags = BATON_CONN_F_SYNCED, .timeout = 900,
		.idle = 3,
	};

	r.caddr.v4 = inet_addr("192.0.2.50");
	r.vaddr.v4 = inet_addr("192.0.2.100");
	r.daddr.v4 = inet_addr("198.51.100.21");
	return r;
}

static int build(void **state)
{
	static char text[] =
		"service tcp 192.0.2.100:80\n"
		"server tcp 192.0.2.100:80 198.51.100.21:8080 nat weight 1\n"
		"server tcp 192.0.2.100:80 198.51.100.22:8080 nat weight 0\n"
		"service tcp [2001:db8::1]:0 scheduler mh hash-port on sync off\n";
	char err[256];
	FILE *in = fmemopen(text, sizeof(text) - 1, "r");

	(void)state;
	if (baton_rules_parse(in, "text", &rules, err, sizeof(err)))
		return -1;
	fclose(in);
	rules.service[0].service.stats = traffic;
	rules.service[0].server[0].server.stats = traffic;
	rules.service[0].server[0].server.active = 500;
	rules.service[0].server[0].server.inactive = 3;
	for (size_t i = 0; i < BATON_DROP_COUNT; i++)
		drops[i] = i * i;
	return 0;
}

static int forget(void **state)
{
	(void)state;
	baton_rules_free(&rules);
	return 0;
}

/* --- the walks --- */

static void walk_services(struct baton_writer *w)
{
	baton_show_rules(w, &rules);
}

static void walk_servers(struct baton_writer *w)
{
	baton_write_array(w, NULL);
	for (size_t i = 0; i < rules.service[0].servers; i++)
		baton_show_server(w, &rules.service[0].service.key,
				  &rules.service[0].server[i].server);
	baton_write_end(w);
}

static void walk_connections(struct baton_writer *w)
{
	struct baton_conn_record r = connection();

	baton_write_array(w, NULL);
	baton_show_connection(w, &r);
	r.protocol = IPPROTO_UDP;
	r.state = BATON_STATE_UDP;
	r.method = BATON_METHOD_DR;
	r.flags = BATON_CONN_F_LEARNED | BATON_CONN_F_INPUT_ONLY;
	baton_show_connection(w, &r);
	r.mark = 7;
	r.svc_port = 0;
	baton_show_connection(w, &r);
	r.protocol = BATON_PROTOCOL_TEMPLATE;
	r.state = BATON_STATE_TEMPLATE;
	r.cport = r.vport = r.dport = 0;
	r.vaddr.v4 = htonl(r.mark);
	baton_show_connection(w, &r);
	r = connection();
	r.protocol = IPPROTO_UDP | BATON_PROTOCOL_TEMPLATE;
	r.state = BATON_STATE_TEMPLATE;
	r.cport = htons(0xbeef);
	baton_show_connection(w, &r);
	baton_write_end(w);
}

static void walk_tunnels(struct baton_writer *w)
{
	struct baton_server s = {
		.family = AF_INET6, .method = BATON_METHOD_TUNNEL, .port = htons(80), .weight = 1,
		.addr.bytes = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x21 },
		.tunnel_port = htons(BATON_TUNNEL_PORT_GUE),
	};
	struct baton_conn_record r = connection();

	r.method = BATON_METHOD_TUNNEL;
	r.flags = BATON_CONN_F_INPUT_ONLY | BATON_CONN_F_MIXED;
	r.daddr = s.addr;
	baton_write_array(w, NULL);
	for (unsigned int k = 0; k <= BATON_TUNNEL_MAX; k++) {
		s.tunnel = (uint8_t)k;
		s.tunnel_checksum = (uint8_t)k;
		baton_show_server(w, &rules.service[0].service.key, &s);
	}
	baton_show_connection(w, &r);
	baton_write_end(w);
}

static void walk_empty_list(struct baton_writer *w)
{
	baton_write_array(w, NULL);
	baton_write_end(w);
}

static void walk_count(struct baton_writer *w)
{
	uint64_t states[BATON_STATE_MAX + 1] = { [BATON_STATE_TCP_ESTABLISHED] = 1000,
						 [BATON_STATE_TCP_SYN_RECV] = 3 };

	baton_show_count(w, 1003, 1000, states);
}

static void walk_gate(struct baton_writer *w)
{
	const struct baton_gate gate = { .role = BATON_ROLE_ACTIVE, .state = BATON_GATE_OPEN,
		.epoch = 7, .lease_ms = 250, .lease_left_ms = 180 };

	baton_write_object(w, NULL);
	baton_show_gate(w, &gate);
	baton_write_end(w);
}

static void walk_stats(struct baton_writer *w)
{
	baton_show_counters(w, &traffic, drops, false);
}

static void walk_stats_explain(struct baton_writer *w)
{
	baton_show_counters(w, &traffic, drops, true);
}

/* Two seconds earlier the first server had seen half, the second one more: it was made anew. */
static void walk_top(struct baton_writer *w)
{
	struct baton_rule_server earlier[2];
	struct baton_rule_service service = rules.service[0];
	struct baton_rules was = { .service = &service, .services = 1 };

	memcpy(earlier, service.server, sizeof(earlier));
	service.server = earlier;
	earlier[0].server.stats.conns -= 15;
	earlier[0].server.stats.in_packets -= 40000;
	earlier[0].server.stats.out_bytes /= 2;
	earlier[1].server.stats.conns = 77;
	service.service.stats = earlier[0].server.stats;
	baton_show_rates(w, &was, &rules, 2);
}

static void walk_tunables(struct baton_writer *w)
{
	struct baton_tunables t = { .value = {
		[BATON_TUNABLE_A_TOMBSTONE_MAX] = 65536, [BATON_TUNABLE_A_FASTPATH] = 1,
		[BATON_TUNABLE_A_OPENING_MAX] = 65536, [BATON_TUNABLE_A_CHALLENGE_MAX] = 1000,
		[BATON_TUNABLE_A_DROP_MODE] = BATON_DROP_MODE_AUTO, [BATON_TUNABLE_A_DROP_RATE] = 10,
		[BATON_TUNABLE_A_MEMORY_MIN] = 32,
	} };

	for (unsigned int i = 1; i <= BATON_STATE_MAX; i++)
		t.timeouts[i] = 10 * i;
	baton_show_tunables(w, &t);
}

static void walk_monitor(struct baton_writer *w)
{
	struct baton_conn_record r = connection();
	struct baton_nl_event e = { .type = BATON_NL_EVENT_GATE };

	e.gate.epoch = 3;
	baton_show_event(w, 1700000000.25, &e, "exists");
	e.type = BATON_NL_EVENT_SERVICE;
	e.service = rules.service[0].service;
	baton_show_event(w, 1700000000.25, &e, "exists");
	e.type = BATON_NL_EVENT_SERVER;
	e.server = rules.service[0].server[0].server;
	baton_show_event(w, 1700000000.5, &e, "new");
	e.type = BATON_NL_EVENT_CONN;
	e.records = &r;
	e.count = 1;
	baton_show_event(w, 1700000001, &e, "delete");
	e.type = BATON_NL_EVENT_LOST;
	baton_show_event(w, 1700000002, &e, "change");
	e.type = BATON_NL_EVENT_WAKE;
	baton_show_event(w, 1700000003, &e, "change");
}

static json_object *must_parse(const char *text)
{
	json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static const char syncd_text[] =
	"{\"ok\":true,\"version\":\"0.1.0\",\"role\":\"active\",\"epoch\":7,\"session\":\"ab\",\"uptime_ms\":90000,"
	"\"config\":\"0123456789abcdef\",\"peer\":{\"present\":true,\"last_heard_ms\":12,\"session\":\"cd\","
	"\"epoch\":7,\"config\":\"0123456789abcdef\",\"config_equal\":true},"
	"\"warm\":true,\"warm_age_ms\":40,\"digests_equal\":true,\"buckets_differing\":0,"
	"\"connections\":1003,\"would_survive\":1000,"
	"\"lost_by_reason\":{\"unsynced\":0,\"policy\":2,\"in_flight\":1,\"unknown_service\":0,\"unknown_server\":0},"
	"\"bulk\":{\"running\":false,\"announced\":0,\"done\":0},"
	"\"lag\":{\"pending\":0,\"unacked\":1,\"oldest_ms\":2},"
	"\"tx\":{\"datagrams\":120,\"bytes\":9000,\"records\":1003,\"resends\":1},"
	"\"rx\":{\"datagrams\":80,\"bytes\":4000,\"records\":0,\"gaps\":0},"
	"\"rejects\":{\"auth\":2,\"replay\":0,\"truncated\":1},"
	"\"auth\":{\"mode\":\"permissive\",\"send_key\":2,\"keys\":[{\"id\":0,\"received\":0,\"last_heard_ms\":-1},"
	"{\"id\":2,\"received\":9,\"last_heard_ms\":12}]}}";

static const char cold_text[] =
	"{\"ok\":true,\"role\":\"standby\",\"epoch\":7,\"config\":\"0123456789abcdef\","
	"\"peer\":{\"present\":false,\"config\":\"0123456789abcdef\"},\"warm\":false,"
	"\"buckets_differing\":12,\"connections\":10,\"would_survive\":0,"
	"\"bulk\":{\"running\":true,\"announced\":1000,\"done\":250},\"rejects\":{}}";

static const char ha_text[] =
	"{\"ok\":true,\"state\":\"ACTIVE\",\"role\":\"active\",\"epoch\":7,\"reason\":\"the peer left\","
	"\"nodeid\":1,\"cluster\":true,\"quorate\":true,\"ring\":\"1.8\",\"peer\":{\"nodeid\":2,\"present\":true,"
	"\"state\":\"STANDBY\",\"epoch\":7,\"warm\":true,\"healthy\":true,\"heard_ms\":20},\"warm\":true,\"lease_ms\":250,"
	"\"vips\":[{\"address\":\"192.0.2.100/24\",\"interface\":\"eth0\",\"virtual_mac\":\"00:00:5e:00:01:0a\",\"device\":\"baton-00010a\",\"present\":true},"
	"{\"address\":\"198.51.100.1/24\",\"interface\":\"eth2\",\"present\":false}],"
	"\"succession\":{\"ms\":110,\"agreed\":true,\"heir\":false,\"silent_ms\":-1,\"longest_ms\":-1},"
	"\"lan\":{\"asked\":true,\"verdict\":\"agrees\",\"after_ms\":83,\"who\":\"\"},"
	"\"promotable\":true,\"takeover\":\"warm\",\"why_not\":\"\",\"fencing\":\"none\",\"role_changes\":3,\"fence_failures\":1,\"last_gap_ms\":412,\"inputs\":["
	"{\"name\":\"corosync\",\"value\":\"connected\",\"age_ms\":60000},"
	"{\"name\":\"bridge\",\"value\":\"none\",\"age_ms\":-1}],\"timeline\":[]}";

static struct baton_status status_of(uint8_t gate_state)
{
	struct baton_status s = {
		.host = "dir1",
		.info = { .abi = 1, .version = "0.1.0", .conn_count = 1003,
			  .conn_buckets = 4096, .conn_size = 160, .service_count = 2,
			  .generation = 9, .adopted = 3, .evicted = 5, .revived = 2, .thinning = true,
			  .digest_buckets = BATON_DIGEST_BUCKETS },
		.rules = rules,
	};

	s.info.gate.state = gate_state;
	s.info.gate.role = gate_state != BATON_GATE_SHUT;
	s.info.gate.epoch = 7;
	s.info.gate.lease_ms = 250;
	s.info.gate.lease_left_ms = gate_state == BATON_GATE_OPEN ? 180 : 0;
	return s;
}

static void walk_status(struct baton_writer *w)
{
	struct baton_status s = status_of(BATON_GATE_OPEN);

	s.syncd = must_parse(syncd_text);
	s.ha = must_parse(ha_text);
	baton_show_status(w, &s);
	json_object_put(s.syncd);
	json_object_put(s.ha);
}

/* Everything, with the reasons; and a screen's worth of many services. */
static void walk_status_verbose(struct baton_writer *w)
{
	struct baton_status s = status_of(BATON_GATE_OPEN);

	s.verbose = true;
	s.ha = must_parse(ha_text);
	strcpy(s.syncd_error, "baton-syncd is not running");
	baton_show_status(w, &s);
	json_object_put(s.ha);
}

static void walk_status_many(struct baton_writer *w)
{
	struct baton_rule_service many[13] = {};
	struct baton_status s = status_of(BATON_GATE_SHUT);

	for (size_t i = 0; i < 13; i++)
		many[i] = rules.service[0];
	s.rules = (struct baton_rules){ .service = many, .services = 13 };
	strcpy(s.syncd_error, "baton-syncd is not running");
	s.ha = must_parse("{\"state\":\"SYNCING\",\"role\":\"standby\",\"quorate\":true,\"reason\":\"the peer is active\","
			  "\"promotable\":false,\"takeover\":\"cold\",\"why_not\":\"the table is not proven equal\"}");
	baton_show_status(w, &s);
	json_object_put(s.ha);
}

static const char pair_text[] =
	"{\"role\":\"active\",\"state\":\"ACTIVE\",\"cluster\":true,\"quorate\":true,"
	"\"peer\":{\"nodeid\":2,\"present\":true,\"healthy\":true,\"warm\":true,\"state\":\"STANDBY\"},\"vips\":[]}";

/* One after the other, what `status --check` says of a node. */
static void walk_check(struct baton_writer *w)
{
	static const struct {
		uint8_t gate;
		bool pair;
		const char *syncd, *ha;
	} nodes[] = {
		{ BATON_GATE_OPEN, true, syncd_text, ha_text },
		{ BATON_GATE_OPEN, false, NULL, NULL },		/* a director of its own */
		{ BATON_GATE_EXPIRED, true, NULL, NULL },
		{ BATON_GATE_SHUT, false, cold_text, NULL },
		{ BATON_GATE_SHUT, true, NULL, ha_text },	/* vanished under the agent */
		{ BATON_GATE_SHUT, true, syncd_text, "{\"state\":\"STANDBY\",\"role\":\"standby\",\"cluster\":true,"
			"\"quorate\":true,\"promotable\":true,\"peer\":{\"nodeid\":2,\"present\":true,\"state\":\"ACTIVE\"}}" },
		{ BATON_GATE_SHUT, true, syncd_text, "{\"state\":\"WAIT_QUORUM\",\"role\":\"standby\",\"cluster\":true,"
			"\"fencing\":\"failed\",\"reason\":\"it is not fenced | yet\",\"why_not\":\"no quorum\"}" },
		{ BATON_GATE_SHUT, true, syncd_text, "{\"state\":\"HANDOVER_IN\",\"role\":\"standby\",\"cluster\":true,\"quorate\":true}" },
		{ BATON_GATE_OPEN, true, "{\"peer\":{\"present\":true},\"warm\":true,\"connections\":1000,\"would_survive\":900}",
			"{\"role\":\"active\",\"state\":\"ACTIVE\",\"cluster\":true,\"quorate\":true,"
			"\"peer\":{\"present\":true,\"healthy\":true,\"state\":\"SYNCING\"},\"vips\":[]}" },
		{ BATON_GATE_OPEN, true, syncd_text, pair_text },
		{ BATON_GATE_OPEN, true, "{\"peer\":{\"present\":true},\"warm\":true,\"connections\":1000,\"would_survive\":480,"
			"\"lost_by_reason\":{\"policy\":500,\"in_flight\":10,\"unsynced\":10}}", pair_text },
		{ BATON_GATE_OPEN, true, "{\"peer\":{\"present\":true},\"warm\":true,\"connections\":1000,\"would_survive\":949,"
			"\"lost_by_reason\":{\"in_flight\":51}}", pair_text },
		{ BATON_GATE_OPEN, true, "{\"peer\":{\"present\":true},\"warm\":true,\"connections\":1000,\"would_survive\":998,"
			"\"lost_by_reason\":{\"refused\":2}}", pair_text },
		{ BATON_GATE_OPEN, true, syncd_text, "{\"role\":\"active\",\"state\":\"ACTIVE\",\"cluster\":true,\"quorate\":true,"
			"\"peer\":{\"nodeid\":2,\"present\":true,\"healthy\":true,\"failing\":true,\"warm\":true,\"state\":\"STANDBY\"},"
			"\"vips\":[],\"checks\":[{\"name\":\"site\",\"state\":\"passes\"},{\"name\":\"up\",\"state\":\"fails\",\"why\":\"no answer\"}]}" },
		{ BATON_GATE_OPEN, true, "{}", "[]" },
	};

	baton_write_array(w, NULL);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		struct baton_status s = status_of(nodes[i].gate);
		struct baton_verdict v;

		s.syncd = nodes[i].syncd ? must_parse(nodes[i].syncd) : NULL;
		s.ha = nodes[i].ha ? must_parse(nodes[i].ha) : NULL;
		strcpy(s.syncd_error, "baton-syncd is not running");
		strcpy(s.ha_error, "baton-ha is not running");
		baton_verdict_of(&s, nodes[i].pair, &v);
		baton_show_verdict(w, &s, &v);
		json_object_put(s.syncd);
		json_object_put(s.ha);
	}
	baton_write_end(w);
}

static void walk_status_alone(struct baton_writer *w)
{
	struct baton_status s = status_of(BATON_GATE_SHUT);

	strcpy(s.syncd_error, "baton-syncd is not running");
	strcpy(s.ha_error, "baton-ha is not running");
	baton_show_status(w, &s);
}

/* Both daemons; none; and one that says strange things. */
static void metrics(void **state)
{
	struct baton_status s = status_of(BATON_GATE_OPEN);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	s.syncd = must_parse(syncd_text);
	s.ha = must_parse(ha_text);
	baton_show_metrics(out, &s);
	json_object_put(s.syncd);
	json_object_put(s.ha);
	s = status_of(BATON_GATE_SHUT);
	baton_show_metrics(out, &s);
	s.syncd = must_parse("{\"warm_age_ms\":-1,\"lag\":[],\"lost_by_reason\":{\"a b\\n\":1,\"ok\":\"x\",\"n\":-2},"
			     "\"rejects\":7,\"would_survive\":-5}");
	s.ha = must_parse("{\"state\":\"a\\\"b\"}");
	baton_show_metrics(out, &s);
	json_object_put(s.syncd);
	json_object_put(s.ha);
	assert_int_equal(fclose(out), 0);
	golden_compare("metrics.txt", text);
	free(text);
}

static void walk_sync(struct baton_writer *w)
{
	json_object *syncd = must_parse(syncd_text);

	baton_show_sync(w, syncd);
	json_object_put(syncd);
}

static void walk_sync_warm(struct baton_writer *w)
{
	json_object *syncd = must_parse(syncd_text);

	baton_show_warm(w, syncd);
	json_object_put(syncd);
}

static void walk_sync_cold(struct baton_writer *w)
{
	json_object *syncd = must_parse(cold_text);

	baton_show_sync(w, syncd);
	json_object_put(syncd);
}

static void walk_ha(struct baton_writer *w)
{
	json_object *ha = must_parse(ha_text);

	baton_show_ha(w, ha);
	json_object_put(ha);
}

static void walk_ha_alone(struct baton_writer *w)
{
	json_object *ha = must_parse("{\"state\":\"NO_CLUSTER\",\"role\":\"standby\",\"epoch\":3,"
				     "\"reason\":\"corosync does not answer\",\"cluster\":false,"
				     "\"quorate\":false,\"ring\":\"\",\"peer\":{\"present\":false},"
				     "\"promotable\":false,\"why_not\":\"there is no cluster\"}");

	baton_show_ha(w, ha);
	json_object_put(ha);
}

static void show_checks(struct baton_writer *w, const char *checks)
{
	char text[1024];
	json_object *ha;

	snprintf(text, sizeof(text), "{\"state\":\"ACTIVE\",\"role\":\"active\",\"epoch\":3,\"reason\":\"elected\","
		 "\"cluster\":true,\"quorate\":true,\"ring\":\"1.2\",\"promotable\":false,%s}", checks);
	ha = must_parse(text);
	baton_show_ha(w, ha);
	json_object_put(ha);
}

static void walk_ha_checks(struct baton_writer *w)
{
	show_checks(w, "\"syncd\":false,\"checks\":[{\"name\":\"site\",\"state\":\"passes\",\"why\":\"\"},"
		    "{\"name\":\"uplink\",\"state\":\"fails\",\"since_ms\":3100,\"why\":\"no answer\"},"
		    "{\"name\":\"new\",\"state\":\"due\",\"since_ms\":20,\"why\":\"\"}]");
}

static void walk_ha_good(struct baton_writer *w)
{
	show_checks(w, "\"syncd\":true,\"checks\":[{\"name\":\"site\",\"state\":\"passes\"},{\"name\":\"up\",\"state\":\"passes\"}]");
}

static void walk_sync_differs(struct baton_writer *w)
{
	json_object *syncd = must_parse("{\"role\":\"active\",\"epoch\":2,\"config\":\"0123456789abcdef\","
					"\"peer\":{\"present\":true,\"last_heard_ms\":5,\"epoch\":2,"
					"\"config\":\"fedcba9876543210\",\"config_equal\":false},"
					"\"warm\":false,\"connections\":10,\"would_survive\":10}");

	baton_show_sync(w, syncd);
	json_object_put(syncd);
}

/* Of an older release, which has no fingerprints to show. */
static void walk_sync_unequal(struct baton_writer *w)
{
	json_object *syncd = must_parse("{\"role\":\"active\",\"epoch\":2,\"peer\":{\"present\":true,"
					"\"last_heard_ms\":130000,\"epoch\":2,\"config_equal\":false},"
					"\"warm\":false,\"buckets_differing\":12,\"connections\":10,"
					"\"would_survive\":3,\"lost_by_reason\":{\"refused\":7}}");

	baton_show_sync(w, syncd);
	json_object_put(syncd);
}

/* What a daemon of another release or with a fault may say. */
static void walk_sync_strange(struct baton_writer *w)
{
	json_object *syncd = must_parse("{\"role\":5,\"peer\":[],\"bulk\":null,\"lag\":\"x\",\"rejects\":[1],"
					"\"lost_by_reason\":7,\"warm\":\"yes\",\"tx\":{\"bytes\":-5}}");

	baton_show_sync(w, syncd);
	json_object_put(syncd);
}

/* Node 1 boots, node 2 is active; then node 2's agent is killed. As agents answer: one after the other. */
static const char timeline_text[] =
	"{\"nodeid\":1,\"peer\":2,\"peer_answered\":true,\"error_usec\":450,\"events\":["
	"{\"t\":1000.5,\"node\":1,\"event\":\"agent\",\"detail\":\"starts\"},"
	"{\"t\":2000.25,\"node\":1,\"event\":\"last_heard\",\"detail\":\"the last word\"},"
	"{\"t\":2000.3,\"node\":1,\"event\":\"peer_agent\",\"detail\":\"left\"},"
	"{\"t\":2000.72,\"node\":1,\"event\":\"gate_open\",\"detail\":\"epoch 8\"},"
	"{\"t\":2000.721,\"node\":1,\"event\":\"announced\",\"detail\":\"3 addresses\"},"
	"{\"t\":2100,\"node\":1,\"event\":\"warm\",\"detail\":\"later\"},"
	"{\"t\":1000.9,\"node\":2,\"event\":\"gate_open\",\"detail\":\"epoch 7\"},"
	"{\"t\":2000.4,\"node\":2,\"event\":\"agent\",\"detail\":\"starts\"},"
	"{\"t\":2000.8,\"node\":2,\"event\":\"gate_shut\",\"detail\":\"epoch 8\"}]}";

static void show_timeline(struct baton_writer *w, const char *text, bool all)
{
	json_object *reply = must_parse(text);

	baton_show_timeline(w, reply, all);
	json_object_put(reply);
}

static void walk_timeline(struct baton_writer *w)
{
	show_timeline(w, timeline_text, false);
}

static void walk_timeline_all(struct baton_writer *w)
{
	show_timeline(w, timeline_text, true);
}

static void walk_timeline_alone(struct baton_writer *w)
{
	show_timeline(w, "{\"events\":[{\"t\":3.5,\"node\":1,\"event\":\"agent\",\"detail\":\"starts\"}]}",
		      false);
}

static void walk_timeline_strange(struct baton_writer *w)
{
	show_timeline(w, "{\"events\":[7,{\"t\":\"x\",\"event\":5},null],\"peer_answered\":3}", false);
}

static const struct {
	const char *name;
	void (*walk)(struct baton_writer *w);
	bool text_only;			/* as JSON it is printed as the daemon said it */
} walks[] = {
	{ .name = "services", .walk = walk_services },
	{ .name = "servers", .walk = walk_servers },
	{ .name = "tunnels", .walk = walk_tunnels },
	{ .name = "connections", .walk = walk_connections },
	{ .name = "empty", .walk = walk_empty_list },
	{ .name = "count", .walk = walk_count },
	{ .name = "gate", .walk = walk_gate },
	{ .name = "stats", .walk = walk_stats },
	{ .name = "stats-explain", .walk = walk_stats_explain },
	{ .name = "top", .walk = walk_top },
	{ .name = "tunables", .walk = walk_tunables },
	{ .name = "monitor", .walk = walk_monitor },
	{ .name = "status", .walk = walk_status },
	{ .name = "status-alone", .walk = walk_status_alone },
	{ .name = "status-verbose", .walk = walk_status_verbose, .text_only = true },
	{ .name = "status-many", .walk = walk_status_many, .text_only = true },
	{ .name = "check", .walk = walk_check },
	{ .name = "sync", .walk = walk_sync, .text_only = true },
	{ .name = "sync-warm", .walk = walk_sync_warm },
	{ .name = "sync-cold", .walk = walk_sync_cold, .text_only = true },
	{ .name = "sync-differs", .walk = walk_sync_differs, .text_only = true },
	{ .name = "sync-unequal", .walk = walk_sync_unequal, .text_only = true },
	{ .name = "sync-strange", .walk = walk_sync_strange, .text_only = true },
	{ .name = "ha", .walk = walk_ha, .text_only = true },
	{ .name = "ha-alone", .walk = walk_ha_alone, .text_only = true },
	{ .name = "ha-checks", .walk = walk_ha_checks, .text_only = true },
	{ .name = "ha-good", .walk = walk_ha_good, .text_only = true },
	{ .name = "timeline", .walk = walk_timeline },
	{ .name = "timeline-all", .walk = walk_timeline_all },
	{ .name = "timeline-alone", .walk = walk_timeline_alone },
	{ .name = "timeline-strange", .walk = walk_timeline_strange },
};

static char *run(size_t i, bool json)
{
	struct baton_writer w;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(json ? baton_writer_json : baton_writer_text)(&w, out);
	walks[i].walk(&w);
	assert_int_equal(w.depth, 0);
	fclose(out);
	return text;
}

static void text_is_golden(void **state)
{
	char name[64], *text;

	(void)state;
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		text = run(i, false);
		snprintf(name, sizeof(name), "%s.txt", walks[i].name);
		golden_compare(name, text);
		free(text);
	}
}

static void json_is_golden(void **state)
{
	char name[64], *text;

	(void)state;
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		if (walks[i].text_only)
			continue;
		text = run(i, true);
		snprintf(name, sizeof(name), "%s.json", walks[i].name);
		golden_compare(name, text);
		free(text);
	}
}

/* Every line of JSON is a whole document by itself. */
static void json_is_json(void **state)
{
	char *text, *line, *save;

	(void)state;
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		text = run(i, true);
		assert_int_equal(text[strlen(text) - 1], '\n');
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			json_object *object = json_tokener_parse(line);

			if (!object)
				fail_msg("%s: '%s'", walks[i].name, line);
			json_object_put(object);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_golden),
		cmocka_unit_test(json_is_golden),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(metrics),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, build, forget);
}
