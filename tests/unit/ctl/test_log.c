// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/log.c */
/* libs: libsystemd */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "log.h"

static sd_event *event;
static int written, before;		/* the pipe that stderr is; what it was */

/* What has been written since the last look, and nothing is left. */
static const char *seen(void)
{
	static char text[8192];
	ssize_t n = read(written, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void settle(void)
{
	while (sd_event_run(event, 2 * BATON_LOG_LATER_USEC) > 0)
		;
}

static void without_a_loop_nothing_waits(void **state)
{
	(void)state;
	baton_log(LOG_NOTICE, "one %d", 1);
	assert_string_equal(seen(), "<5>one 1\n");
	baton_log(LOG_DEBUG, "below the level");
	assert_string_equal(seen(), "");
}

static void lines_wait_and_keep_their_order(void **state)
{
	static const char *const fields[] = { "BATON_EVENT=x", NULL };

	(void)state;
	assert_int_equal(baton_log_later(event, -1), 0);
	baton_log_fields(LOG_INFO, fields, "one");
	baton_log(LOG_ERR, "two");
	assert_string_equal(seen(), "");
	settle();
	assert_string_equal(seen(), "<6>one\n<3>two\n");
	baton_log(LOG_INFO, "three");
	assert_int_equal(baton_log_later(NULL, 0), 0);
	assert_string_equal(seen(), "<6>three\n");
}

static void an_urgent_line_waits_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(baton_log_later(event, LOG_WARNING), 0);
	baton_log(LOG_NOTICE, "one");
	assert_string_equal(seen(), "");
	baton_log(LOG_WARNING, "two");
	assert_string_equal(seen(), "<5>one\n<4>two\n");
	settle();
	assert_string_equal(seen(), "");
	assert_int_equal(baton_log_later(NULL, 0), 0);
}

static void what_has_no_room_pushes_the_first_out(void **state)
{
	static const char *const long_field[] = {
		"BATON_REASON=a field that is longer than what there is room for in a line that waits", NULL };

	(void)state;
	assert_int_equal(baton_log_later(event, -1), 0);
	for (int i = 0; i < 34; i++)
		baton_log(LOG_INFO, "%d", i);
	assert_string_equal(seen(), "<6>0\n<6>1\n");
	baton_log_fields(LOG_INFO, long_field, "long");
	assert_non_null(strstr(seen(), "<6>33\n<6>long\n"));
	settle();
	assert_string_equal(seen(), "");
	assert_int_equal(baton_log_later(NULL, 0), 0);
}

static int open_all(void **state)
{
	int ends[2];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	before = dup(STDERR_FILENO);
	if (before < 0 || pipe2(ends, O_NONBLOCK) || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	written = ends[0];
	return sd_event_new(&event);
}

static int close_all(void **state)
{
	(void)state;
	sd_event_unref(event);
	return dup2(before, STDERR_FILENO) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_loop_nothing_waits),
		cmocka_unit_test(lines_wait_and_keep_their_order),
		cmocka_unit_test(an_urgent_line_waits_for_nothing),
		cmocka_unit_test(what_has_no_room_pushes_the_first_out),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
