// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/check.c */
/* Hold-down of the health checks: a string of good (+) and bad (-) tries, and the state after each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <ha/check.h>

static void strings(void **arg)
{
	static const struct {
		uint32_t rise, fall;
		const char *tries;
		const char *states;	/* d: due, p: passes, f: fails */
	} t[] = {
		{ 3, 3, "+", "p" },			/* the first good one is enough ... */
		{ 3, 3, "--+", "ddp" },
		{ 3, 3, "---", "ddf" },			/* ... the first bad one is not */
		{ 3, 1, "-", "f" },
		{ 3, 3, "+--+--+---", "ppppppppp" "f" },	/* in a row */
		{ 3, 2, "--++-+++", "dffffff" "p" },
		{ 1, 1, "+-+-", "pfpf" },
		{ 2, 4, "+----++----", "ppppffpppp" "f" },
		{ 2, 2, "-++--", "dpppf" },		/* what was before the first state counts for nothing */
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct baton_ha_check c = { 0 };

		assert_int_equal(strlen(t[i].tries), strlen(t[i].states));
		for (size_t n = 0; t[i].tries[n]; n++) {
			enum baton_ha_check_state before = c.state;
			bool changed = baton_ha_check_result(&c, t[i].tries[n] == '+', t[i].rise, t[i].fall);

			if (baton_ha_check_name(c.state)[0] != t[i].states[n])
				fail_msg("%s: %s after try %zu", t[i].tries, baton_ha_check_name(c.state), n + 1);
			assert_int_equal(changed, before != c.state);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(strings) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
