// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/lan.c */
/* Does the LAN agree? What is asked, what an answer leads to, and when nobody's silence is an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <ha/lan.h>

static void silence_is_consent(void **arg)
{
	struct baton_ha_lan l = { 0 };

	(void)arg;
	baton_ha_lan_begin(&l, 1000);
	assert_int_equal(baton_ha_lan_deadline(&l), UINT64_MAX);
	assert_false(baton_ha_lan_tick(&l, 5000));
	assert_int_equal(l.verdict, BATON_HA_LAN_UNKNOWN);
	assert_int_not_equal(baton_ha_lan_ask(&l, 1003), 0);
	assert_int_equal(baton_ha_lan_deadline(&l), 1003 + BATON_HA_LAN_WAIT_MS);
	assert_false(baton_ha_lan_tick(&l, 1003 + BATON_HA_LAN_WAIT_MS - 1));
	assert_true(baton_ha_lan_tick(&l, 1003 + BATON_HA_LAN_WAIT_MS));
	assert_int_equal(l.verdict, BATON_HA_LAN_AGREES);
	assert_int_equal(l.after_ms, 3 + BATON_HA_LAN_WAIT_MS);
	assert_int_equal(baton_ha_lan_deadline(&l), UINT64_MAX);
	/* said once */
	baton_ha_lan_ask(&l, 1100);
	assert_false(baton_ha_lan_tick(&l, 1200));
	assert_int_equal(l.after_ms, 3 + BATON_HA_LAN_WAIT_MS);
}

static void who_answers_is_contradicted_once_in_a_round(void **arg)
{
	struct baton_ha_lan l = { 0 };
	uint32_t first, second;
	bool news;

	(void)arg;
	baton_ha_lan_begin(&l, 1000);
	first = baton_ha_lan_ask(&l, 1000);
	assert_true(baton_ha_lan_hear(&l, first, "somebody", 1004, &news));
	assert_true(news);
	assert_int_equal(l.verdict, BATON_HA_LAN_DISAGREES);
	assert_int_equal(l.after_ms, 4);
	assert_string_equal(l.who, "somebody");
	assert_false(baton_ha_lan_hear(&l, first, "another", 1005, &news));
	assert_false(news);
	assert_string_equal(l.who, "another");
	assert_false(baton_ha_lan_tick(&l, 1090));
	assert_int_equal(l.verdict, BATON_HA_LAN_DISAGREES);

	second = baton_ha_lan_ask(&l, 1100);
	assert_int_not_equal(first, second);
	assert_false(baton_ha_lan_hear(&l, first, "late", 1101, &news));
	assert_true(baton_ha_lan_hear(&l, second, "another", 1102, &news));
	assert_false(news);			/* it was said */
	assert_false(baton_ha_lan_tick(&l, 1200));

	/* who has given up says nothing any more */
	baton_ha_lan_ask(&l, 2100);
	assert_true(baton_ha_lan_tick(&l, 2100 + BATON_HA_LAN_WAIT_MS));
	assert_int_equal(l.verdict, BATON_HA_LAN_AGREES);
	assert_int_equal(l.after_ms, 1100 + BATON_HA_LAN_WAIT_MS);
}

static void what_was_asked_before_is_over(void **arg)
{
	struct baton_ha_lan l = { 0 };
	uint32_t number;
	bool news;

	(void)arg;
	baton_ha_lan_begin(&l, 1000);
	number = baton_ha_lan_ask(&l, 1000);
	baton_ha_lan_begin(&l, 1010);
	assert_false(baton_ha_lan_hear(&l, number, "late", 1011, &news));
	assert_false(news);
	assert_int_equal(l.verdict, BATON_HA_LAN_UNKNOWN);
	assert_int_not_equal(baton_ha_lan_ask(&l, 1012), number);
	l.number = UINT32_MAX;
	assert_int_equal(baton_ha_lan_ask(&l, 1013), 1);
}

static void names_are_cut_not_overrun(void **arg)
{
	struct baton_ha_lan l = { 0 };
	char long_name[400];
	uint32_t number;
	bool news;

	(void)arg;
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	baton_ha_lan_begin(&l, 1);
	number = baton_ha_lan_ask(&l, 1);
	assert_true(baton_ha_lan_hear(&l, number, long_name, 2, &news));
	assert_int_equal(strlen(l.who), sizeof(l.who) - 1);
	assert_string_equal(baton_ha_lan_name(l.verdict), "disagrees");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_is_consent),
		cmocka_unit_test(who_answers_is_contradicted_once_in_a_round),
		cmocka_unit_test(what_was_asked_before_is_over),
		cmocka_unit_test(names_are_cut_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
