// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* Fencing: who takes over from a peer out of sight waits until it is surely off. */
#include "node.h"

static void takeover_waits_for_the_fence(void **arg)
{
	struct node n;
	uint32_t number;

	(void)arg;
	standby(&n, true);
	n.ha.fences = true;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_FENCING);
	number = find(&n, BATON_HA_ACT_FENCE)->value;
	clear(&n);
	tick(&n, 3600000);		/* as long as it takes; one at a time */
	assert_null(find(&n, BATON_HA_ACT_FENCE));
	fence_ends(&n, number, 5);
	assert_false(n.gate_open);
	tick(&n, BATON_HA_FENCE_MS - 1);
	assert_null(find(&n, BATON_HA_ACT_FENCE));
	tick(&n, 1);
	assert_int_equal(find(&n, BATON_HA_ACT_FENCE)->value, number);
	fence_ends(&n, number, 0);
	assert_true(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_PEER_LOST);
}

static void fence_of_an_earlier_absence_says_nothing(void **arg)
{
	struct node n;
	uint32_t number;

	(void)arg;
	standby(&n, true);
	n.ha.fences = true;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	number = find(&n, BATON_HA_ACT_FENCE)->value;
	ring(&n, 7, true);
	group(&n, true);
	verdict(&n, 7, true, true);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, 7, false, 0);
	ring(&n, 8, false);
	verdict(&n, 8, true, false);
	clear(&n);
	fence_ends(&n, number, 0);
	assert_false(n.gate_open);
	assert_int_not_equal(find(&n, BATON_HA_ACT_FENCE)->value, number);
	/* One that came back after it was fenced has to be fenced again. */
	fence_ends(&n, n.ha.fence_number, 0);
	assert_true(n.gate_open);
	ring(&n, 9, true);
	assert_false(n.ha.fenced);
}

static void active_fences_nobody(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.ha.fences = true;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	tick(&n, 10000);
	assert_null(find(&n, BATON_HA_ACT_FENCE));
	assert_int_equal(n.gate_lease, 0);
	assert_true(n.gate_open);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(takeover_waits_for_the_fence), T(fence_of_an_earlier_absence_says_nothing),
		T(active_fences_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
