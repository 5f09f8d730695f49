// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/err.c */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "err.h"

static void returns_what_it_was_given(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(baton_err_set(buf, sizeof(buf), -EINVAL, "%s", "a long sentence"),
			 -EINVAL);
	assert_string_equal(buf, "a long ");
	assert_int_equal(baton_err_set(NULL, 0, -ENOENT, "x"), -ENOENT);
}

static void every_errno_has_words(void **state)
{
	(void)state;
	for (int e = 1; e < 200; e++) {
		assert_non_null(baton_err_text(e));
		assert_true(strlen(baton_err_text(e)) > 3);
		assert_string_equal(baton_err_text(e), baton_err_text(-e));
	}
	assert_non_null(strstr(baton_err_text(EPERM), "CAP_NET_ADMIN"));
	assert_string_equal(baton_err_text(ENOENT), "it does not exist");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_what_it_was_given),
		cmocka_unit_test(every_errno_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
