// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/timeline.c */
/* The ring of the last events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <ha/timeline.h>

static void oldest_first_and_oldest_gone(void **arg)
{
	struct baton_ha_timeline t = { 0 };
	char text[16];

	(void)arg;
	for (unsigned int i = 0; i < BATON_HA_TIMELINE_MAX + 5; i++) {
		snprintf(text, sizeof(text), "%u", i);
		baton_ha_timeline_add(&t, i, "event", text);
		assert_int_equal(baton_ha_timeline_get(&t, t.count - 1)->usec, i);
	}
	assert_int_equal(t.count, BATON_HA_TIMELINE_MAX);
	assert_string_equal(baton_ha_timeline_get(&t, 0)->detail, "5");
}

static void long_texts_are_cut(void **arg)
{
	struct baton_ha_timeline t = { 0 };
	char text[300];

	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	baton_ha_timeline_add(&t, 1, text, text);
	assert_int_equal(strlen(baton_ha_timeline_get(&t, 0)->event), sizeof(t.ring[0].event) - 1);
	assert_int_equal(strlen(baton_ha_timeline_get(&t, 0)->detail),
			 sizeof(t.ring[0].detail) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oldest_first_and_oldest_gone), cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
