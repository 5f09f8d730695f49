// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/rules.c ctl/rules_diff.c ctl/args.c ctl/args_service.c ctl/names.c ctl/lib/addr.c ctl/lib/err.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/rules.h"

static char err[512];

static int parse(const char *text, struct baton_rules *ret)
{
	FILE *in = text[0] ? fmemopen((void *)text, strlen(text), "r") :
			     fopen("/dev/null", "r");
	int error;

	assert_non_null(in);
	error = baton_rules_parse(in, "services.conf", ret, err, sizeof(err));
	fclose(in);
	return error;
}

static void must_parse(const char *text, struct baton_rules *ret)
{
	if (parse(text, ret))
		fail_msg("%s", err);
}

static const char first[] =
	"# services of the pair\n"
	"service tcp 192.0.2.100:80 scheduler wlc   # web\n"
	"\n"
	"  server tcp 192.0.2.100:80 198.51.100.22:80 nat weight 3\n"
	"\tserver tcp 192.0.2.100:80 198.51.100.21:80\n"
	"service tcp 192.0.2.101:80 hash-port on scheduler mh sync after 500\n"
	"service udp 192.0.2.100:53 sync off\n"
	"server udp 192.0.2.100:53 198.51.100.21:53 tunnel\n"
	"server udp 192.0.2.100:53 198.51.100.22:53 tunnel-checksum on weight 2 gre tunnel\n"
	"server udp 192.0.2.100:53 [2001:db8::21]:53 tunnel gue tunnel-port 666\n";

static const char printed[] =
	"service udp 192.0.2.100:53 scheduler wlc sync off\n"
	"server udp 192.0.2.100:53 198.51.100.21:53 tunnel ipip weight 1\n"
	"server udp 192.0.2.100:53 198.51.100.22:53 tunnel gre tunnel-checksum on weight 2\n"
	"server udp 192.0.2.100:53 [2001:db8::21]:53 tunnel gue tunnel-checksum off tunnel-port 666 weight 1\n"
	"\n"
	"service tcp 192.0.2.100:80 scheduler wlc sync on\n"
	"server tcp 192.0.2.100:80 198.51.100.21:80 nat weight 1\n"
	"server tcp 192.0.2.100:80 198.51.100.22:80 nat weight 3\n"
	"\n"
	"service tcp 192.0.2.101:80 scheduler mh fallback on hash-port on sync after 500\n";

static void print_and_parse_are_inverse(void **state)
{
	struct baton_rules rules = {}, again = {};
	struct baton_change *changes;
	char *text = NULL;
	size_t size, count;
	FILE *out;

	(void)state;
	must_parse(first, &rules);
	baton_rules_sort(&rules);
	out = open_memstream(&text, &size);
	baton_rules_print(out, &rules);
	fclose(out);
	assert_string_equal(text, printed);
	must_parse(text, &again);
	assert_int_equal(baton_rules_diff(&rules, &again, &changes, &count), 0);
	assert_int_equal(count, 0);
	free(changes);
	free(text);
	baton_rules_free(&rules);
	baton_rules_free(&again);
}

static void an_empty_file_is_an_empty_set(void **state)
{
	struct baton_rules rules = {};

	(void)state;
	must_parse("", &rules);
	assert_int_equal(rules.services, 0);
	must_parse("# nothing\n\n   \n", &rules);
	assert_int_equal(rules.services, 0);
}

static void bad_files_change_nothing(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "virtual tcp 192.0.2.1:80\n", "services.conf:1: 'virtual' is not a statement" },
		{ "service tcp 192.0.2.1:80\nservice tcp 192.0.2.1:80 scheduler rr\n",
		  "services.conf:2: line 1 has this service already" },
		{ "server tcp 192.0.2.1:80 10.0.0.1:80\nservice tcp 192.0.2.1:80\n",
		  "services.conf:1: no line above has this server's service" },
		{ "service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:80\n\n"
		  "server tcp 192.0.2.1:80 10.0.0.1:80 weight 2\n",
		  "services.conf:4: line 2 has this server already" },
		{ "service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:81 dr\n",
		  "services.conf:2: dr does not rewrite" },
		{ "service tcp 192.0.2.1:80 scheduler foo\n", "services.conf:1: 'foo' is not a scheduler" },
		{ "service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:80 weight 65536\n",
		  "services.conf:2: weight 65536 is out of range" },
		{ "service tcp 192.0.2.1:80 fallback on\n", "services.conf:1: the scheduler wlc knows no 'fallback'" },
		{ "service tcp 192.0.2.1:80-89\nservice tcp 192.0.2.1:89\n",
		  "services.conf:2: line 1 has a service with some of these ports" },
		{ "service tcp 192.0.2.1:80-89\nserver tcp 192.0.2.1:80 10.0.0.1:80\n",
		  "services.conf:2: the service has a range of ports, so the server's port must be 0" },
		{ "service tcp 192.0.2.1:80-89\nserver tcp 192.0.2.1:80-88 10.0.0.1:0\n",
		  "services.conf:2: no line above has this server's service" },
		{ "service mark 7\nserver mark 7 10.0.0.1:80 dr\n",
		  "services.conf:2: dr does not rewrite packets, so the server's port must be 0" },
		{ "service mark 7\nservice mark 0x7\n",
		  "services.conf:2: line 1 has this service already" },
		{ "service tcp 192.0.2.300:80\n", "services.conf:1: '192.0.2.300'" },
		{ "service a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m\n", "services.conf:1: too many words" },
	};
	struct baton_rules rules = { .services = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = parse(bad[i].text, &rules);

		if (ret != -EINVAL || strncmp(err, bad[i].why, strlen(bad[i].why)))
			fail_msg("%zu: wanted '%s', got %d '%s'", i, bad[i].why, ret, err);
		assert_int_equal(rules.services, 77);
	}
}

static void long_lines_are_refused(void **state)
{
	char text[600];
	struct baton_rules rules;

	(void)state;
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parse(text, &rules), -EINVAL);
	assert_non_null(strstr(err, "longer than"));
}

/* The steps from one text to another, one a line. */
static void diff(const char *from, const char *to, char *steps, size_t size)
{
	struct baton_rules now = {}, want = {};
	struct baton_change *changes = NULL;
	char step[256];
	size_t count, len = 0;

	must_parse(from, &now);
	must_parse(to, &want);
	assert_int_equal(baton_rules_diff(&now, &want, &changes, &count), 0);
	steps[0] = '\0';
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(steps + len, size - len, "%s\n",
					baton_change_format(&changes[i], step, sizeof(step)));
	free(changes);
	baton_rules_free(&now);
	baton_rules_free(&want);
}

static void only_what_differs_is_changed(void **state)
{
	char steps[4096];

	(void)state;
	diff(first, first, steps, sizeof(steps));
	assert_string_equal(steps, "");
	diff("", "service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:80\n", steps,
	     sizeof(steps));
	assert_string_equal(steps,
			    "add service tcp 192.0.2.1:80 scheduler wlc sync on\n"
			    "add server tcp 192.0.2.1:80 10.0.0.1:80 nat weight 1\n");
	diff("service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:80\n"
	     "server tcp 192.0.2.1:80 10.0.0.2:80\n",
	     "service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.2:80 weight 0\n", steps,
	     sizeof(steps));
	assert_string_equal(steps,
			    "set server tcp 192.0.2.1:80 10.0.0.2:80 nat weight 0\n"
			    "del server tcp 192.0.2.1:80 10.0.0.1:80 nat weight 1\n");
	diff("service tcp 192.0.2.1:80\n", "service tcp 192.0.2.1:80 scheduler rr sync off\n",
	     steps, sizeof(steps));
	assert_string_equal(steps, "set service tcp 192.0.2.1:80 scheduler rr sync off\n");
	diff("service tcp 192.0.2.1:80\n", "service tcp 192.0.2.1:80 sync after 7\n", steps,
	     sizeof(steps));
	assert_string_equal(steps, "set service tcp 192.0.2.1:80 scheduler wlc sync after 7\n");
}

static void deletions_come_last(void **state)
{
	char steps[4096];

	(void)state;
	diff("service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:80\n"
	     "service tcp 192.0.2.1:81\n",
	     "service tcp 192.0.2.1:81 scheduler rr\nservice tcp 192.0.2.1:82\n", steps,
	     sizeof(steps));
	assert_string_equal(steps,
			    "set service tcp 192.0.2.1:81 scheduler rr sync on\n"
			    "add service tcp 192.0.2.1:82 scheduler wlc sync on\n"
			    "del service tcp 192.0.2.1:80 scheduler wlc sync on\n");
}

/* Who gets ports comes after who loses them. */
static void ranges_change_hands(void **state)
{
	char steps[4096];

	(void)state;
	diff("service tcp 192.0.2.1:80-99\n",
	     "service tcp 192.0.2.1:90-99\nservice tcp 192.0.2.1:80-89\n", steps, sizeof(steps));
	assert_string_equal(steps,
			    "set service tcp 192.0.2.1:80-89 scheduler wlc sync on\n"
			    "add service tcp 192.0.2.1:90-99 scheduler wlc sync on\n");
	diff("service tcp 192.0.2.1:80-89\nservice tcp 192.0.2.1:90-99\nservice tcp 192.0.2.1:70\n",
	     "service tcp 192.0.2.1:80-99\n", steps, sizeof(steps));
	assert_string_equal(steps,
			    "del service tcp 192.0.2.1:90-99 scheduler wlc sync on\n"
			    "set service tcp 192.0.2.1:80-99 scheduler wlc sync on\n"
			    "del service tcp 192.0.2.1:70 scheduler wlc sync on\n");
	diff("service tcp 192.0.2.1:80-89\n", "service tcp 192.0.2.1:80\n", steps, sizeof(steps));
	assert_string_equal(steps, "set service tcp 192.0.2.1:80 scheduler wlc sync on\n");
	diff("service tcp 192.0.2.1:80\n", "service tcp 192.0.2.1:80-80\n", steps, sizeof(steps));
	assert_string_equal(steps, "");
}

static void a_change_knows_what_was(void **state)
{
	struct baton_rules now = {}, want = {};
	struct baton_change *changes;
	size_t count;

	(void)state;
	must_parse("service tcp 192.0.2.1:80\nserver tcp 192.0.2.1:80 10.0.0.1:80 weight 5\n",
		   &now);
	must_parse("service tcp 192.0.2.1:80 scheduler rr\n"
		   "server tcp 192.0.2.1:80 10.0.0.1:80 weight 6\n", &want);
	assert_int_equal(baton_rules_diff(&now, &want, &changes, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(changes[0].service_was.sched, "wlc");
	assert_int_equal(changes[1].server_was.weight, 5);
	assert_int_equal(changes[1].server.weight, 6);
	free(changes);
	baton_rules_free(&now);
	baton_rules_free(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(print_and_parse_are_inverse),
		cmocka_unit_test(an_empty_file_is_an_empty_set),
		cmocka_unit_test(bad_files_change_nothing),
		cmocka_unit_test(long_lines_are_refused),
		cmocka_unit_test(only_what_differs_is_changed),
		cmocka_unit_test(deletions_come_last),
		cmocka_unit_test(ranges_change_hands),
		cmocka_unit_test(a_change_knows_what_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
