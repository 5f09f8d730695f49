// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/survey.c ctl/lib/sample.c ctl/lib/addr.c ctl/lib/err.c */
/* libs: json-c */
/* Which connections a rehearsal counts as ones that go on, of a table that lives; and their form on the wire. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/survey.h"
#include "json_field.h"
#include "sample.h"

#define TABLE	1000

/* Both nodes: what each lookup of a connection meets there, the last one from then on. */
struct nodes {
	uint32_t count;
	uint32_t flags[TABLE];
	uint8_t there[TABLE][3];
	uint32_t rests;
	uint32_t ends_at[TABLE];	/* after so many rests it is over; 0: never */
	uint32_t fails_at;		/* this match of the other node fails */
	uint32_t matches;
};

static void fill(struct baton_conn_record *r, uint32_t i, uint32_t flags)
{
	*r = (struct baton_conn_record){
		.caddr.v4 = htonl(0x0a000000 + i), .cport = htons(1000), .vaddr.v4 = htonl(0xc0000201),
		.vport = htons(80), .daddr.v4 = htonl(0xc6336415), .dport = htons(8080), .family = AF_INET,
		.protocol = IPPROTO_TCP, .flags = flags,
	};
}

static int sample(void *arg, uint64_t *cursor, struct baton_conn_record *records, uint32_t *ret_count)
{
	const struct nodes *n = arg;

	*ret_count = 0;
	while (*cursor < n->count && *ret_count < BATON_MATCH_MAX) {
		fill(&records[(*ret_count)++], (uint32_t)*cursor, n->flags[*cursor]);
		++*cursor;
	}
	if (*cursor >= n->count)
		*cursor = 0;
	return 0;
}

static int match(void *arg, bool active, const struct baton_conn_record *records, uint32_t count,
		 uint8_t *matches)
{
	struct nodes *n = arg;

	assert_in_range(count, 1, BATON_MATCH_MAX);
	if (!active && ++n->matches == n->fails_at)
		return 7;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t which = ntohl(records[i].caddr.v4) - 0x0a000000;

		if (active)
			matches[i] = n->ends_at[which] && n->rests >= n->ends_at[which] ? BATON_MATCH_NONE :
											  BATON_MATCH_SAME;
		else
			matches[i] = n->there[which][n->rests < 2 ? n->rests : 2];
	}
	return 0;
}

static void rest(void *arg)
{
	((struct nodes *)arg)->rests++;
}

static uint64_t somewhere(void *arg)
{
	static uint64_t next;

	next += 200;
	return next % ((struct nodes *)arg)->count;
}

static const struct baton_survey_ops ops = { .sample = sample, .match = match, .rest = rest, .random = somewhere };

static void set(struct nodes *n, uint32_t which, uint8_t first, uint8_t then, uint8_t last)
{
	n->there[which][0] = first;
	n->there[which][1] = then;
	n->there[which][2] = last;
}

static void equal_tables_take_one_look(void **arg)
{
	struct nodes n = { .count = 200 };
	struct baton_survey s;

	(void)arg;
	assert_int_equal(baton_survey_take(&ops, &n, 200, &s), 0);
	assert_int_equal(s.asked, 200);
	assert_int_equal(s.met[BATON_MATCH_SAME], 200);
	assert_true(baton_survey_good(&s));
	assert_int_equal(n.rests, 0);
	assert_int_equal(n.matches, 4);
	n.count = 0;
	assert_int_equal(baton_survey_take(&ops, &n, 0, &s), 0);
	assert_int_equal(s.asked, 0);
	assert_true(baton_survey_good(&s));
}

static void what_was_on_its_way_or_ended_is_no_loss(void **arg)
{
	struct nodes n = { .count = 5 };
	struct baton_survey s;

	(void)arg;
	set(&n, 1, BATON_MATCH_NONE, BATON_MATCH_SAME, BATON_MATCH_SAME);
	set(&n, 2, BATON_MATCH_NONE, BATON_MATCH_NONE, BATON_MATCH_SAME);
	set(&n, 3, BATON_MATCH_OTHER, BATON_MATCH_OTHER, BATON_MATCH_OTHER);
	n.ends_at[3] = 2;
	assert_int_equal(baton_survey_take(&ops, &n, 5, &s), 0);
	assert_int_equal(s.met[BATON_MATCH_SAME], 4);
	assert_int_equal(s.ended, 1);
	assert_int_equal(s.asked, 4);
	assert_true(baton_survey_good(&s));
}

static void policy_leaves_out_what_is_not_there(void **arg)
{
	struct nodes n = { .count = 4 };
	struct baton_survey s;
	char text[200];

	(void)arg;
	for (uint32_t i = 0; i < 4; i++)
		n.flags[i] = BATON_CONN_F_LEFT_OUT;
	set(&n, 0, BATON_MATCH_NONE, BATON_MATCH_NONE, BATON_MATCH_NONE);
	set(&n, 1, BATON_MATCH_NO_SERVICE, BATON_MATCH_NO_SERVICE, BATON_MATCH_NO_SERVICE);
	/* but one that is there with another server would be reset */
	set(&n, 2, BATON_MATCH_OTHER, BATON_MATCH_OTHER, BATON_MATCH_OTHER);
	assert_int_equal(baton_survey_take(&ops, &n, 4, &s), 0);
	assert_int_equal(s.left_out, 2);
	assert_int_equal(s.met[BATON_MATCH_SAME], 1);
	assert_int_equal(s.met[BATON_MATCH_OTHER], 1);
	assert_false(baton_survey_good(&s));
	assert_string_equal(baton_survey_words(&s, text, sizeof(text)),
			    "1 of 4 connections that were looked up in the standby's table would go on; "
			    "1 with another server or method there; 2 left out by policy");
}

static void each_reason_is_counted_and_shown(void **arg)
{
	static const uint8_t bad[] = { BATON_MATCH_OTHER, BATON_MATCH_NONE, BATON_MATCH_NO_SERVICE,
				       BATON_MATCH_NO_SERVER, BATON_MATCH_INVALID, 200 };
	struct nodes n = { .count = 10 };
	struct baton_survey s;
	json_object *o, *first;
	char text[20];

	(void)arg;
	for (uint32_t i = 0; i < sizeof(bad); i++)
		set(&n, i, bad[i], bad[i], bad[i]);
	assert_int_equal(baton_survey_take(&ops, &n, 10, &s), 0);
	assert_int_equal(s.met[BATON_MATCH_SAME], 4);
	for (uint32_t i = BATON_MATCH_OTHER; i < BATON_MATCH_INVALID; i++)
		assert_int_equal(s.met[i], 1);
	assert_int_equal(s.met[BATON_MATCH_INVALID], 2);
	assert_int_equal(s.examples, BATON_SURVEY_EXAMPLES);
	o = baton_survey_json(&s);
	assert_int_equal(baton_json_number(o, "asked"), 10);
	assert_int_equal(baton_json_number(o, "unknown_server"), 1);
	first = json_object_array_get_idx(baton_json_list(o, "examples"), 0);
	assert_string_equal(baton_json_string(first, "reason", ""), "other_server");
	assert_string_equal(baton_json_string(first, "client", ""), "10.0.0.0:1000");
	assert_string_equal(baton_json_string(first, "virtual", ""), "192.0.2.1:80");
	assert_string_equal(baton_json_string(first, "server", ""), "198.51.100.21:8080");
	json_object_put(o);
	assert_true(strlen(baton_survey_words(&s, text, sizeof(text))) < sizeof(text));
}

static void of_a_large_table_a_part_from_several_places(void **arg)
{
	struct nodes n = { .count = TABLE };
	struct baton_survey s;

	(void)arg;
	/* a bulk transfer that broke off: half of the table is missing */
	for (uint32_t i = 500; i < TABLE; i++)
		set(&n, i, BATON_MATCH_NONE, BATON_MATCH_NONE, BATON_MATCH_NONE);
	assert_int_equal(baton_survey_take(&ops, &n, TABLE, &s), 0);
	assert_in_range(s.asked, BATON_MATCH_MAX, BATON_SURVEY_MAX);
	assert_true(s.met[BATON_MATCH_NONE] && s.met[BATON_MATCH_SAME]);
	assert_int_equal(s.met[BATON_MATCH_NONE] + s.met[BATON_MATCH_SAME], s.asked);
	/* more than was said: no more than there is room for */
	assert_int_equal(baton_survey_take(&ops, &n, 3, &s), 0);
	assert_int_equal(s.asked, BATON_SURVEY_MAX);
}

static void a_node_that_cannot_be_asked_ends_it(void **arg)
{
	struct nodes n = { .count = 100, .fails_at = 2 };
	struct baton_survey s;

	(void)arg;
	assert_int_equal(baton_survey_take(&ops, &n, 100, &s), 7);
	n = (struct nodes){ .count = 1, .fails_at = 2 };
	set(&n, 0, BATON_MATCH_NONE, BATON_MATCH_NONE, BATON_MATCH_NONE);
	assert_int_equal(baton_survey_take(&ops, &n, 1, &s), 7);
}

static void comes_through_the_wire(void **arg)
{
	uint8_t wire[BATON_SAMPLE_SIZE];
	struct baton_conn_record r, got;

	(void)arg;
	fill(&r, 5, BATON_CONN_F_LEFT_OUT);
	r.svc_port = htons(79);
	r.method = 2;
	r.state = 3;
	r.mark = 0x01020304;
	baton_sample_put(wire, &r);
	assert_int_equal(wire[64], 4);
	assert_true(baton_sample_get(wire, &got));
	assert_memory_equal(&got, &r, sizeof(r));
	r.family = AF_INET6;
	memset(&r.caddr, 0xab, sizeof(r.caddr));
	baton_sample_put(wire, &r);
	assert_true(baton_sample_get(wire, &got));
	assert_memory_equal(&got, &r, sizeof(r));
	wire[56] = AF_INET;
	assert_false(baton_sample_get(wire, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_tables_take_one_look),
		cmocka_unit_test(what_was_on_its_way_or_ended_is_no_loss),
		cmocka_unit_test(policy_leaves_out_what_is_not_there),
		cmocka_unit_test(each_reason_is_counted_and_shown),
		cmocka_unit_test(of_a_large_table_a_part_from_several_places),
		cmocka_unit_test(a_node_that_cannot_be_asked_ends_it),
		cmocka_unit_test(comes_through_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
