// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* The lease: when it is renewed, how long it is, and what its end takes along. */
#include "node.h"

static void lease_is_renewed_by_thirds(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	assert_int_equal(n.gate_lease, LEASE);
	tick(&n, LEASE / 3);
	assert_non_null(find(&n, BATON_HA_ACT_LEASE));
	assert_non_null(said(&n, BATON_HA_MSG_HELLO));
}

static void lease_is_not_renewed_without_evidence(void **arg)
{
	struct node n;
	unsigned int ms;

	(void)arg;
	active(&n);
	for (ms = 0; n.ha.state == BATON_HA_ACTIVE && ms < 10000; ms += 50)
		tick(&n, 50);	/* messages leave, but none comes round */
	assert_int_equal(n.ha.state, BATON_HA_WAIT_QUORUM);
	assert_in_range(ms, 1000, 1000 + LEASE + 100);
	assert_false(n.gate_open);
	assert_true(n.vips);
}

static void lease_is_unlimited_only_alone(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	group(&n, false);
	ring(&n, 6, false);
	assert_int_equal(n.gate_lease, LEASE);
	verdict(&n, 6, true, false);
	assert_int_equal(n.gate_lease, 0);
	tick(&n, 3600000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	ring(&n, 7, true);
	assert_int_equal(n.gate_lease, LEASE);
}

static void lease_is_capped_by_the_cluster(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	n.ha.lease_cfg_ms = 5000;
	cluster_up(&n);
	assert_int_equal(n.ha.lease_ms, 280);
}

static void corosync_gone_ends_the_role_with_the_lease(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	cluster_down(&n);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	tick(&n, LEASE - 1);
	assert_null(find(&n, BATON_HA_ACT_LEASE));
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	tick(&n, 1);
	assert_int_equal(n.ha.state, BATON_HA_NO_CLUSTER);
	assert_false(n.gate_open);
	assert_true(n.vips);
	tick(&n, 600000);
	assert_false(n.gate_open);
}

static void corosync_gone_costs_a_lone_node_nothing(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	cluster_down(&n);
	tick(&n, 60000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	cluster_up(&n);
	ring(&n, 1, false);
	verdict(&n, 1, false, false);	/* waits for all */
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.gate_lease, 0);
}

static void with_a_witness_a_lone_node_needs_corosync(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.ha.cluster.two_node = false;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_int_equal(n.gate_lease, LEASE);
	for (int i = 0; i < 50; i++) {
		echo(&n, BATON_HA_MSG_HELLO);
		tick(&n, 90);
		assert_non_null(find(&n, BATON_HA_ACT_LEASE));
		clear(&n);
	}
	assert_true(n.gate_open);
	cluster_down(&n);
	assert_int_equal(n.gate_lease, LEASE);
	tick(&n, LEASE);
	assert_false(n.gate_open);
}

/* An operator's word against the quorum has no end, for nothing would renew it. */
static void who_was_told_to_serve_without_quorum_goes_on(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	n.ha.cluster.two_node = false;
	ring(&n, 5, false);
	verdict(&n, 5, false, false);
	command(&n, BATON_HA_CMD_PROMOTE, true);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, 0);
	tick(&n, 60000);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, 0);
}

/* A gate that is found open without a limit keeps that until it is known who else has a say. */
static void a_lone_role_that_is_resumed_gets_its_limit_from_the_witness(void **arg)
{
	struct baton_ha_gate gate = { .active = true, .open = true, .epoch = 4 };
	struct node n;

	(void)arg;
	start(&n, gate, 4);
	tick(&n, 60000);
	assert_int_equal(n.gate_lease, 0);
	assert_true(n.gate_open);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_CLUSTER_UP,
		.cluster = { .nodeid = 1, .peer = 2, .token_ms = 300, .consensus_ms = 120 } });
	assert_int_equal(n.gate_lease, LEASE);
	tick(&n, LEASE);
	assert_false(n.gate_open);
}

static void a_lone_agent_that_restarts_leaves_a_longer_lease(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.ha.cluster.two_node = false;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	echo(&n, BATON_HA_MSG_HELLO);
	tick(&n, LEASE / 3);
	clear(&n);
	stop(&n, false);
	assert_true(n.exited);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, BATON_HA_LONE_MS);
}

static void quorum_lost(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	ring(&n, 6, false);
	verdict(&n, 6, false, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.state, BATON_HA_WAIT_QUORUM);
}

static void renewal_refused(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.fail = BATON_HA_ACT_LEASE;
	tick(&n, LEASE / 3);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.history, n.gate_epoch);
}

static void restart_resumes_the_role(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ .active = true, .open = true, .epoch = 8,
		.lease_ms = 3000, .left_ms = 2000 }, 8);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_true(n.gate_open);
	tick(&n, 500);
	assert_null(find(&n, BATON_HA_ACT_LEASE));	/* no word from the cluster yet */
	cluster_up(&n);
	ring(&n, 9, true);
	group(&n, true);
	verdict(&n, 9, true, true);
	echo(&n, BATON_HA_MSG_HELLO);
	assert_non_null(find(&n, BATON_HA_ACT_LEASE));
	assert_int_equal(n.gate_lease, LEASE);
	assert_int_equal(n.gate_epoch, 8);
}

static void restart_without_cluster_ends_with_the_lease(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ .active = true, .open = true, .epoch = 8,
		.lease_ms = LEASE, .left_ms = 100 }, 8);
	tick(&n, 100);
	assert_false(n.gate_open);
	assert_true(n.vips);
	assert_int_equal(n.ha.history, 8);
}

static void lapsed_role_is_won_back_first(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ .active = true, .open = false, .epoch = 9,
		.lease_ms = LEASE }, 9);
	assert_true(n.vips);
	cluster_up(&n);
	n.ha.cluster.nodeid = 9;	/* would lose on the node id */
	ring(&n, 5, true);
	group(&n, true);
	verdict(&n, 5, true, true);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_STANDBY, 0, true, 0);
	echo(&n, BATON_HA_MSG_CLAIM);
	hear(&n, BATON_HA_MSG_GRANT, BATON_HA_STANDBY, 0, true, 0);
	assert_true(n.gate_open);
	assert_true(n.gate_epoch > 9);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lease_is_renewed_by_thirds), T(lease_is_not_renewed_without_evidence),
		T(lease_is_unlimited_only_alone), T(lease_is_capped_by_the_cluster),
		T(corosync_gone_ends_the_role_with_the_lease),
		T(corosync_gone_costs_a_lone_node_nothing),
		T(with_a_witness_a_lone_node_needs_corosync),
		T(who_was_told_to_serve_without_quorum_goes_on),
		T(a_lone_role_that_is_resumed_gets_its_limit_from_the_witness),
		T(a_lone_agent_that_restarts_leaves_a_longer_lease), T(quorum_lost), T(renewal_refused),
		T(restart_resumes_the_role), T(restart_without_cluster_ends_with_the_lease),
		T(lapsed_role_is_won_back_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
