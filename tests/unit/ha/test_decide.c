// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/text.c */
/* Election, take-over and the lease: one test per rule of ha/decide.c and ha/role.c. */
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
	assert_int_equal(n.gate_lease, 0);
	cluster_down(&n);
	assert_int_equal(n.gate_lease, LEASE);
	tick(&n, LEASE);
	assert_false(n.gate_open);
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

static void higher_epoch_wins(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, n.gate_epoch - 1, false, 0);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_non_null(find(&n, BATON_HA_ACT_ANNOUNCE));
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, n.gate_epoch + 1, false, 0);
	assert_false(n.gate_open);
	assert_true(at(&n, BATON_HA_ACT_GATE_SHUT) < at(&n, BATON_HA_ACT_VIP_ARM));
	assert_null(find(&n, BATON_HA_ACT_VIP_DEL));
	assert_int_equal(n.ha.history, 0);
	tick(&n, 10000);
	assert_false(n.gate_open);
}

static void higher_epoch_heard_by_syncd_wins(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true, .peer_present = true, .peer_active = true,
			   .peer_epoch = n.gate_epoch + 1 } });
	assert_false(n.gate_open);
}

static void kernel_has_the_last_word(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_GATE,
		.gate = { .active = true, .open = false, .epoch = n.gate_epoch } });
	assert_true(n.vips);
	standby(&n, true);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_GATE,
		.gate = { .active = true, .open = true, .epoch = 0 } });
	assert_non_null(find(&n, BATON_HA_ACT_GATE_SHUT));
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

static void promotion_that_fails_is_undone(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	ring(&n, 6, false);
	n.fail = BATON_HA_ACT_GATE_OPEN;
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_true(n.vips);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_HOLDDOWN);
	tick(&n, BATON_HA_HOLDDOWN_MS);
	assert_true(n.gate_open);
}

static void lone_node_serves_with_the_addresses_it_has(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.health.vips_all = false;
	n.vips = false;
	ring(&n, 6, false);
	n.fail = BATON_HA_ACT_VIP_ADD;
	verdict(&n, 6, true, false);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_false(n.vips);
	tick(&n, 10 * BATON_HA_RETRY_MS);
	assert_true(n.vips);
}

static void missing_addresses_come_between_gate_and_announcements(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.health.vips_all = false;	/* an address that a standby may not have */
	ring(&n, 6, false);
	clear(&n);
	verdict(&n, 6, true, false);
	assert_true(at(&n, BATON_HA_ACT_GATE_OPEN) < at(&n, BATON_HA_ACT_VIP_ADD));
	assert_true(at(&n, BATON_HA_ACT_VIP_ADD) < at(&n, BATON_HA_ACT_ANNOUNCE));
}

static void standby_gets_its_addresses_back(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.fail = BATON_HA_ACT_VIP_ARM;
	health(&n, true, true, false);
	assert_false(n.vips);
	tick(&n, BATON_HA_ARM_MS - 1);
	assert_false(n.vips);
	tick(&n, 1);
	assert_true(n.vips);
	/* A module that was just loaded forwards until it is told not to. */
	assert_true(at(&n, BATON_HA_ACT_GATE_SHUT) < at(&n, BATON_HA_ACT_VIP_ARM));
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
}

static void active_gets_its_addresses_back(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	health(&n, true, true, false);
	assert_true(n.vips);
	assert_true(at(&n, BATON_HA_ACT_VIP_ADD) < at(&n, BATON_HA_ACT_ANNOUNCE));
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void unguarded_standby_goes_without_addresses(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.ha.health.guarded = false;
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, n.gate_epoch + 1, false, 0);
	assert_false(n.vips);
	assert_null(find(&n, BATON_HA_ACT_VIP_ARM));
	standby(&n, true);
	assert_true(n.vips);
	health(&n, false, true, true);	/* the module is gone, the addresses are not */
	assert_false(n.vips);
	assert_null(find(&n, BATON_HA_ACT_VIP_ARM));
	clear(&n);
	tick(&n, 10000);
	assert_null(find(&n, BATON_HA_ACT_VIP_ARM));
	health(&n, true, true, false);
	tick(&n, BATON_HA_ARM_MS);
	assert_true(n.vips);
}

static void demotion_ends_although_addresses_cannot_be_set(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.fail = BATON_HA_ACT_VIP_ARM;
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, n.gate_epoch + 1, false, 0);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
}

static void demotion_is_repeated_until_it_works(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	n.fail = BATON_HA_ACT_GATE_SHUT;
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, n.gate_epoch + 1, false, 0);
	assert_int_equal(n.ha.state, BATON_HA_DEMOTING);
	assert_true(n.gate_open);
	tick(&n, BATON_HA_RETRY_MS);
	assert_false(n.gate_open);
}

static void module_gone(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	health(&n, false, true, true);
	assert_int_equal(n.ha.state, BATON_HA_FAULT);
	assert_false(n.vips);
	assert_null(find(&n, BATON_HA_ACT_GATE_SHUT));
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
		T(lone_boot_takes_nothing), T(old_verdict_is_ignored),
		T(verdict_before_its_ring_counts_with_it), T(promotion_order),
		T(epochs_of_the_two_nodes_never_meet), T(no_epoch_left_no_promotion),
		T(cold_takes_over_only_from_the_dead),
		T(who_goes_on_without_us_is_left_alone),
		T(what_was_warm_stays_warm_without_the_active), T(who_stood_still_looks_around_first), T(no_preemption),
		T(first_claim_wins), T(a_claim_that_came_second_is_not_granted),
		 T(a_claim_of_another_ring_is_void),
		T(a_grant_of_an_earlier_claim_is_void),
		T(living_table_goes_first_then_warm_then_id), T(dead_agent_is_given_time),
		T(dead_agent_of_an_unlimited_lease_is_waited_for), T(bridge_is_respected),
		T(lease_is_renewed_by_thirds), T(lease_is_not_renewed_without_evidence),
		T(lease_is_unlimited_only_alone), T(lease_is_capped_by_the_cluster),
		T(corosync_gone_ends_the_role_with_the_lease),
		T(corosync_gone_costs_a_lone_node_nothing),
		T(with_a_witness_a_lone_node_needs_corosync), T(quorum_lost), T(higher_epoch_wins),
		T(higher_epoch_heard_by_syncd_wins), T(kernel_has_the_last_word),
		T(renewal_refused), T(promotion_that_fails_is_undone),
		T(lone_node_serves_with_the_addresses_it_has),
		T(demotion_is_repeated_until_it_works), T(module_gone),
		T(missing_addresses_come_between_gate_and_announcements),
		T(standby_gets_its_addresses_back), T(active_gets_its_addresses_back),
		T(takeover_waits_for_the_fence), T(fence_of_an_earlier_absence_says_nothing),
		T(active_fences_nobody),
		T(unguarded_standby_goes_without_addresses),
		T(demotion_ends_although_addresses_cannot_be_set),
		T(unfit_node_never_takes_over), T(restart_resumes_the_role),
		T(restart_without_cluster_ends_with_the_lease), T(lapsed_role_is_won_back_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
