// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* Election and take-over: one test per rule of ha/decide.c. */
#include "node.h"

static void lone_boot_takes_nothing(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ .active = true, .open = true }, 0);
	assert_false(n.gate_open);
	assert_true(n.vips);
	cluster_up(&n);
	ring(&n, 1, false);
	verdict(&n, 1, false, false);
	tick(&n, 60000);
	assert_int_equal(n.ha.state, BATON_HA_WAIT_QUORUM);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_NO_QUORUM);
	assert_false(n.gate_open);
	verdict(&n, 1, true, false);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.gate_lease, 0);
}

/* Corosync's order when an agent joins while the ring changes. */
static void group_before_an_older_ring_counts_with_the_next(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	group(&n, true);
	ring(&n, 1, false);
	verdict(&n, 1, false, false);
	assert_false(n.ha.peer.in_group);
	ring(&n, 5, true);
	verdict(&n, 5, true, true);
	assert_true(n.ha.peer.in_group);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, 7, false, 0);
	assert_int_equal(n.ha.state, BATON_HA_SYNCING);
	ring(&n, 6, false);
	group(&n, false);
	ring(&n, 7, true);
	assert_false(n.ha.peer.in_group);
}

static void old_verdict_is_ignored(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	verdict(&n, 4, true, false);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	group(&n, false);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	ring(&n, 6, false);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_NO_VERDICT);
	verdict(&n, 6, true, false);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_PEER_LOST);
}

static void verdict_before_its_ring_counts_with_it(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	verdict(&n, 6, true, false);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	ring(&n, 6, false);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void promotion_order(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	tick(&n, BATON_HA_REST_MS);
	assert_true(at(&n, BATON_HA_ACT_STORE) >= 0);
	ring(&n, 6, false);
	clear(&n);
	verdict(&n, 6, true, false);
	assert_int_equal(at(&n, BATON_HA_ACT_STORE), -1);	/* was reserved before */
	assert_true(at(&n, BATON_HA_ACT_GATE_OPEN) >= 0);
	assert_true(at(&n, BATON_HA_ACT_GATE_OPEN) < at(&n, BATON_HA_ACT_ANNOUNCE));
	assert_null(find(&n, BATON_HA_ACT_VIP_ADD));	/* they are there */
	assert_true(at(&n, BATON_HA_ACT_ANNOUNCE) < at(&n, BATON_HA_ACT_SEND));
	assert_true(n.gate_epoch > 7);
	assert_false(n.ha.cold);
}

static void epochs_of_the_two_nodes_never_meet(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.cluster.nodeid = 1;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_int_equal(n.gate_epoch % 2, 0);
	standby(&n, true);
	n.ha.cluster.nodeid = 3;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_int_equal(n.gate_epoch % 2, 1);
}

static void no_epoch_left_no_promotion(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.epoch_seen = BATON_HA_EPOCH_MAX;
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_EPOCHS_USED_UP);
}

static void cold_takes_over_only_from_the_dead(void **arg)
{
	struct node n;
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true, .peer_present = true, .peer_active = true } };

	(void)arg;
	standby(&n, false);
	feed(&n, &ev);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_COLD);
	ev.syncd.peer_present = ev.syncd.peer_active = false;
	feed(&n, &ev);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_SETTLING);
	assert_false(n.gate_open);
	tick(&n, BATON_HA_SETTLE_MS);
	assert_true(n.gate_open);
	assert_true(n.ha.cold);
}

/*
 * The vote is ours: the peer has lost it, or was given up by the witness. It may not have read that yet, and be active by its
 * lease, or go on for as long as it waits for a word of the cluster.
 */
static void with_a_witness_a_takeover_waits_for_the_peers_lease(void **arg)
{
	uint32_t lapse = LEASE + LEASE / 4 + BATON_HA_MARGIN_MS;
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.cluster.two_node = false;
	ring(&n, 6, false);
	tick(&n, 200);
	verdict(&n, 6, true, false);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_LAPSE);
	tick(&n, n.ha.evidence_ms + lapse - 201);
	assert_false(n.gate_open);
	tick(&n, 1);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, LEASE);

	standby(&n, true);		/* a verdict that takes its time counts from when it is there */
	n.ha.cluster.two_node = false;
	ring(&n, 6, false);
	verdict(&n, 6, false, false);
	tick(&n, 5000);
	verdict(&n, 6, true, false);
	tick(&n, lapse - 1);
	assert_false(n.gate_open);
	tick(&n, 1);
	assert_true(n.gate_open);
}

/* Warm, and the peer's sync daemon is heard as active: only a lease that is surely over lets us in. */
static void who_goes_on_without_us_is_left_alone(void **arg)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true, .warm = true, .peer_present = true,
			   .peer_active = true } };
	struct node n;

	(void)arg;
	standby(&n, true);
	feed(&n, &ev);
	ring(&n, 6, true);		/* a new ring, and not a word from the peer in it */
	ring(&n, 7, false);
	verdict(&n, 7, true, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_UNBOUNDED);
	ev.syncd.peer_present = ev.syncd.peer_active = false;
	feed(&n, &ev);
	assert_true(n.gate_open);

	standby(&n, true);		/* heard a moment ago, under a lease */
	ev.syncd.peer_present = ev.syncd.peer_active = true;
	feed(&n, &ev);
	ring(&n, 7, false);
	verdict(&n, 7, true, false);
	assert_true(n.gate_open);

	standby(&n, true);		/* the same, but we did not run for a while */
	feed(&n, &ev);
	stall(&n, 1500);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, 7, false, 0);
	ring(&n, 7, false);
	verdict(&n, 7, true, false);
	assert_false(n.gate_open);
}

static void what_was_warm_stays_warm_without_the_active(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true } });
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.ha.cold);
}

static void who_stood_still_looks_around_first(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	stall(&n, 1500);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_SETTLING);
	tick(&n, BATON_HA_SETTLE_MS);
	assert_true(n.gate_open);

	standby(&n, true);
	stall(&n, 1500);
	echo(&n, BATON_HA_MSG_HELLO);	/* said after it, heard, and so was the peer */
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, 7, false, 0);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_true(n.gate_open);
}

static void no_preemption(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.cluster.nodeid = 1;	/* the lower id, warm, and healthy: still no reason */
	for (int i = 0; i < 100; i++) {
		hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, 7, false, 0);
		tick(&n, 100);
	}
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));
}

static void living_table_goes_first_then_warm_then_id(void **arg)
{
	static const struct { bool warm_here; bool warm_peer; uint32_t hist_here, hist_peer, id;
		bool claims; } t[] = {
		{ false, false, 0, 0, 1, true }, { false, false, 0, 0, 9, false },
		{ true, false, 0, 0, 9, true }, { false, true, 0, 0, 1, false },
		{ false, true, 4, 0, 9, true }, { true, false, 0, 4, 1, false },
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct node n;
		struct baton_ha_event ev = { .type = BATON_HA_EV_MESSAGE };

		start(&n, (struct baton_ha_gate){ 0 }, 0);
		cluster_up(&n);
		n.ha.cluster.nodeid = t[i].id;
		n.ha.history = t[i].hist_here;
		warm(&n, t[i].warm_here);
		ring(&n, 5, true);
		group(&n, true);
		verdict(&n, 5, true, true);
		ev.from.message = (struct baton_ha_message){ .type = BATON_HA_MSG_HELLO,
			.state = BATON_HA_WAIT_QUORUM, .healthy = true, .warm = t[i].warm_peer,
			.history = t[i].hist_peer, .ring = n.ha.ring };
		feed(&n, &ev);
		assert_int_equal(!!said(&n, BATON_HA_MSG_CLAIM), t[i].claims);
		tick(&n, BATON_HA_ELECT_MS);	/* who was preferred does not come */
		assert_non_null(said(&n, BATON_HA_MSG_CLAIM));
	}
}

static void dead_agent_is_given_time(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.warm = false;
	group_died(&n);
	tick(&n, BATON_HA_AGENT_MS - 1);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));

	standby(&n, true);
	group(&n, false);	/* it was stopped */
	tick(&n, BATON_HA_AGENT_MS - 1);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));

	standby(&n, true);
	group_died(&n);
	tick(&n, LEASE + LEASE / 4 + BATON_HA_MARGIN_MS - 1);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));
	tick(&n, 1);
	assert_non_null(said(&n, BATON_HA_MSG_CLAIM));
	echo(&n, BATON_HA_MSG_CLAIM);
	assert_false(n.gate_open);
	echo(&n, BATON_HA_MSG_CLAIM);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_AGENT_LOST);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, LEASE);
}

static void hanging_agent_is_given_up_when_its_lease_is_surely_over(void **arg)
{
	struct node n;
	uint64_t sure;

	(void)arg;
	standby(&n, true);
	sure = n.ha.evidence_ms + LEASE + LEASE / 4 + BATON_HA_MARGIN_MS;
	tick(&n, sure - 1);
	echo(&n, BATON_HA_MSG_HELLO);		/* the group works */
	assert_null(said(&n, BATON_HA_MSG_CLAIM));
	tick(&n, 1);
	assert_non_null(said(&n, BATON_HA_MSG_CLAIM));
	echo(&n, BATON_HA_MSG_CLAIM);
	assert_false(n.gate_open);
	echo(&n, BATON_HA_MSG_CLAIM);
	assert_true(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_AGENT_LOST);

	standby(&n, true);			/* nothing comes round: the ring may be breaking */
	tick(&n, 10 * sure);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));

	standby(&n, false);			/* cold */
	echo(&n, BATON_HA_MSG_HELLO);
	tick(&n, 10 * sure);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));
	assert_false(n.gate_open);
}

static void dead_agent_of_an_unlimited_lease_is_waited_for(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.peer.lease_ms = 0;
	group(&n, false);
	tick(&n, 3600000);
	assert_null(said(&n, BATON_HA_MSG_CLAIM));
	assert_int_equal(n.ha.reason, BATON_HA_WHY_AGENT_GONE);
}

static void bridge_is_respected(void **arg)
{
	struct node n;
	struct baton_ha_event ev = { .type = BATON_HA_EV_MESSAGE };

	(void)arg;
	standby(&n, true);
	ev.from.message = (struct baton_ha_message){ .type = BATON_HA_MSG_BRIDGE,
		.state = BATON_HA_ACTIVE, .epoch = 7, .lease_ms = LEASE, .ref = 7,
		.value = BATON_HA_BRIDGE_MS, .ring = n.ha.ring };
	feed(&n, &ev);
	assert_int_equal(said(&n, BATON_HA_MSG_BRIDGE_OK)->ref, 7);
	group(&n, false);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_BRIDGE);
	tick(&n, BATON_HA_BRIDGE_MS);
	assert_false(n.gate_open);
	tick(&n, BATON_HA_BRIDGE_MS / 4);
	assert_true(n.gate_open);
}

static void unfit_node_never_takes_over(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	health(&n, true, false, true);
	assert_int_equal(n.ha.state, BATON_HA_FAULT);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	health(&n, true, true, true);
	assert_true(n.gate_open);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lone_boot_takes_nothing),
		T(group_before_an_older_ring_counts_with_the_next), T(old_verdict_is_ignored),
		T(verdict_before_its_ring_counts_with_it), T(promotion_order),
		T(epochs_of_the_two_nodes_never_meet), T(no_epoch_left_no_promotion),
		T(cold_takes_over_only_from_the_dead), T(who_goes_on_without_us_is_left_alone),
		T(with_a_witness_a_takeover_waits_for_the_peers_lease),
		T(what_was_warm_stays_warm_without_the_active),
		T(who_stood_still_looks_around_first), T(no_preemption),
		T(living_table_goes_first_then_warm_then_id), T(dead_agent_is_given_time),
		T(dead_agent_of_an_unlimited_lease_is_waited_for), T(bridge_is_respected),
		T(unfit_node_never_takes_over),
		T(hanging_agent_is_given_up_when_its_lease_is_surely_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
