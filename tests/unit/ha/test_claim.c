// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* Claims and grants: two nodes that want the role at once. */
#include "node.h"

static void first_claim_wins(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	ring(&n, 5, true);
	group(&n, true);
	verdict(&n, 5, true, true);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));	/* the peer has not spoken */
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_non_null(said(&n, BATON_HA_MSG_CLAIM));
	assert_false(n.gate_open);
	hear(&n, BATON_HA_MSG_CLAIM, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_non_null(said(&n, BATON_HA_MSG_GRANT));
	echo(&n, BATON_HA_MSG_CLAIM);
	hear(&n, BATON_HA_MSG_GRANT, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_false(n.gate_open);
}

static void a_claim_that_came_second_is_not_granted(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	ring(&n, 5, true);
	group(&n, true);
	verdict(&n, 5, true, true);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_WAIT_QUORUM, 0, false, 0);
	echo(&n, BATON_HA_MSG_CLAIM);
	assert_false(n.gate_open);	/* the peer has not consented */
	hear(&n, BATON_HA_MSG_CLAIM, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_null(said(&n, BATON_HA_MSG_GRANT));
	hear(&n, BATON_HA_MSG_GRANT, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_true(n.gate_open);
	clear(&n);
	hear(&n, BATON_HA_MSG_CLAIM, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_null(said(&n, BATON_HA_MSG_GRANT));
}

static void a_claim_of_another_ring_is_void(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	ring(&n, 5, true);
	group(&n, true);
	verdict(&n, 5, true, true);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_WAIT_QUORUM, 0, false, 0);
	n.ha.claim_first = true;
	ring(&n, 6, true);
	echo(&n, BATON_HA_MSG_CLAIM);
	hear(&n, BATON_HA_MSG_GRANT, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_false(n.gate_open);
}

static void a_grant_of_an_earlier_claim_is_void(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	ring(&n, 5, true);
	group(&n, true);
	verdict(&n, 5, true, true);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_WAIT_QUORUM, 0, false, 0);
	echo(&n, BATON_HA_MSG_CLAIM);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_MESSAGE,
		.from = { .message = { .type = BATON_HA_MSG_GRANT, .healthy = true,
			.state = BATON_HA_WAIT_QUORUM, .ring = n.ha.ring,
			.value = (uint32_t)n.ha.claimed_at - 1 } } });
	assert_false(n.gate_open);
}

/* It was cold when it spoke first, and so were we: then it turns out to have the connections. */
static void a_claim_is_withdrawn_for_a_peer_that_is_warm(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	ring(&n, 5, true);
	group(&n, true);
	verdict(&n, 5, true, true);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_WAIT_QUORUM, 0, false, 0);
	assert_non_null(said(&n, BATON_HA_MSG_CLAIM));
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_STANDBY, 0, true, 0);
	echo(&n, BATON_HA_MSG_CLAIM);
	hear(&n, BATON_HA_MSG_CLAIM, BATON_HA_STANDBY, 0, true, 0);
	assert_non_null(said(&n, BATON_HA_MSG_GRANT));
	hear(&n, BATON_HA_MSG_GRANT, BATON_HA_STANDBY, 0, true, 0);
	assert_false(n.gate_open);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_claim_wins), T(a_claim_that_came_second_is_not_granted),
		T(a_claim_of_another_ring_is_void), T(a_grant_of_an_earlier_claim_is_void),
		T(a_claim_is_withdrawn_for_a_peer_that_is_warm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
