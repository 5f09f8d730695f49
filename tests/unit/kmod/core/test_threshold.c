// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"
#include "kmod/core/threshold.h"

static void without_a_limit_never(void **state)
{
	assert_false(baton_overloaded(false, U32_MAX, 0, 0));
	assert_false(baton_overloaded(true, U32_MAX, 0, 0));
}

static void from_upper_until_below_lower(void **state)
{
	assert_false(baton_overloaded(false, 9, 10, 5));
	assert_true(baton_overloaded(false, 10, 10, 5));
	assert_true(baton_overloaded(true, 5, 10, 5));
	assert_false(baton_overloaded(true, 4, 10, 5));
	assert_false(baton_overloaded(false, 5, 10, 5));
	assert_true(baton_overloaded(true, 10, 10, 10));
	assert_false(baton_overloaded(true, 9, 10, 10));
}

static void without_lower_three_quarters(void **state)
{
	assert_true(baton_overloaded(true, 75, 100, 0));
	assert_false(baton_overloaded(true, 74, 100, 0));
	/* a limit of one ends with the one */
	assert_true(baton_overloaded(false, 1, 1, 0));
	assert_false(baton_overloaded(true, 0, 1, 0));
	assert_true(baton_overloaded(true, 0xf0000000, U32_MAX, 0));
	assert_false(baton_overloaded(true, 0x80000000, U32_MAX, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_never),
		cmocka_unit_test(from_upper_until_below_lower),
		cmocka_unit_test(without_lower_three_quarters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
