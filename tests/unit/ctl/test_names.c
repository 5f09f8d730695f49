// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/names.c */
/*
 * Enum, names, sentences and manual agree: the enums are read from the header itself, so a
 * reason that is added there fails here until it has words and a line in batonctl(8).
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/names.h"

static char header[65536], manual[65536];

static void read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t len;

	if (!f)
		fail_msg("no %s; run from the top of the tree", path);
	len = fread(buf, 1, size - 1, f);
	assert_true(len < size - 1);
	buf[len] = '\0';
	fclose(f);
}

/*
 * Calls @name_of for each enumerator of `enum @tag` in order and compares with its name
 * without @prefix in lower case; returns how many there are.
 */
static unsigned int check_enum(const char *tag, const char *prefix,
			       const char *(*name_of)(unsigned int))
{
	char start[64], name[64];
	unsigned int n = 0;
	const char *p, *end;

	snprintf(start, sizeof(start), "\nenum %s {", tag);
	p = strstr(header, start);
	assert_non_null(p);
	end = strstr(p, "};");
	assert_non_null(end);
	for (p = strchr(p + 1, '\n'); p && p < end; p = strchr(p + 1, '\n')) {
		size_t len = 0;

		p += strspn(p, "\n\t ");
		if (strncmp(p, prefix, strlen(prefix)))
			continue;
		p += strlen(prefix);
		while (isupper((unsigned char)p[len]) || isdigit((unsigned char)p[len]) ||
		       p[len] == '_') {
			name[len] = (char)tolower((unsigned char)p[len]);
			len++;
		}
		name[len] = '\0';
		assert_string_equal(name_of(n), name);
		n++;
	}
	return n;
}

static void names_follow_the_header(void **state)
{
	(void)state;
	assert_int_equal(check_enum("baton_drop", "BATON_DROP_", baton_drop_name),
			 BATON_DROP_COUNT);
	assert_int_equal(check_enum("baton_state", "BATON_STATE_", baton_state_name),
			 BATON_STATE_MAX + 1);
	assert_int_equal(check_enum("baton_role", "BATON_ROLE_", baton_role_name),
			 BATON_ROLE_MAX + 1);
	assert_int_equal(check_enum("baton_gate_state", "BATON_GATE_", baton_gate_state_name),
			 __BATON_GATE_STATE_MAX);
	assert_int_equal(check_enum("baton_method", "BATON_METHOD_", baton_method_name),
			 BATON_METHOD_MAX + 1);
	assert_int_equal(check_enum("baton_event", "BATON_EVENT_", baton_event_name),
			 __BATON_EVENT_MAX);
}

static void every_drop_has_a_sentence(void **state)
{
	const char *sentence;

	(void)state;
	for (unsigned int i = 0; i < BATON_DROP_COUNT; i++) {
		sentence = baton_drop_sentence(i);
		assert_true(strlen(sentence) > 20);
		assert_true(isupper((unsigned char)sentence[0]));
		assert_int_equal(sentence[strlen(sentence) - 1], '.');
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(sentence, baton_drop_sentence(j));
	}
}

static void every_drop_is_in_the_manual(void **state)
{
	char entry[64];

	(void)state;
	for (unsigned int i = 0; i < BATON_DROP_COUNT; i++) {
		snprintf(entry, sizeof(entry), "\n.B %s\n", baton_drop_name(i));
		if (!strstr(manual, entry))
			fail_msg("batonctl(8) does not explain %s", baton_drop_name(i));
		if (!strstr(manual, baton_drop_sentence(i)))
			fail_msg("batonctl(8) explains %s in other words",
				 baton_drop_name(i));
	}
}

static void what_is_newer_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(baton_drop_name(BATON_DROP_COUNT), "unknown");
	assert_string_equal(baton_drop_sentence(BATON_DROP_COUNT), "");
	assert_string_equal(baton_state_name(200), "unknown");
	assert_string_equal(baton_lost_words("some_new_reason"), "some_new_reason");
}

static int setup(void **state)
{
	(void)state;
	read_file("kmod/uapi/linux/baton.h", header, sizeof(header));
	read_file("ctl/man/batonctl.8", manual, sizeof(manual));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_follow_the_header),
		cmocka_unit_test(every_drop_has_a_sentence),
		cmocka_unit_test(every_drop_is_in_the_manual),
		cmocka_unit_test(what_is_newer_is_unknown),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
