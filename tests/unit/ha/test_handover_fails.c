// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* Every way in which a planned move of the role can fail. */
#include "handover.h"

static void flush_fails_with_the_gate_open(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	flushed(&n, ETIMEDOUT);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_null(find(&n, BATON_HA_ACT_GATE_SHUT));
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, ECANCELED);
}

static void lease_is_kept_while_flushing(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	for (int i = 0; i < 20; i++) {
		echo(&n, BATON_HA_MSG_HELLO);
		tick(&n, LEASE / 3);
	}
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	assert_non_null(find(&n, BATON_HA_ACT_LEASE));
}

static void peer_refuses_before_the_barrier(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	flushed(&n, 0);
	hear(&n, BATON_HA_MSG_REFUSE, BATON_HA_STANDBY, 0, true, n.gate_epoch);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_true(n.gate_open);
}

static void last_flush_fails(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = up_to_barrier(&n);
	flushed(&n, ETIMEDOUT);
	/* the peer may have got everything all the same */
	assert_false(n.gate_open);
	assert_null(said(&n, BATON_HA_MSG_RELEASED));
	assert_int_equal(said(&n, BATON_HA_MSG_ABORT)->value, 1);
	hear(&n, BATON_HA_MSG_REFUSE, BATON_HA_STANDBY, 0, true, e);
	assert_true(n.gate_open);
	assert_true(n.gate_epoch > e);
}

static void last_flush_fails_and_works(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = up_to_barrier(&n);
	flushed(&n, ETIMEDOUT);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, e + 1, true, 0);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_false(n.gate_open);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, 0);
}

/* The peer is heard as active before the own sync daemon has answered. */
static void given_before_the_flush_ends(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = up_to_barrier(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, e + 1, true, 0);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	clear(&n);
	flushed(&n, 0);
	assert_null(said(&n, BATON_HA_MSG_RELEASED));
	assert_false(n.gate_open);
}

static void barrier_takes_too_long(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = up_to_barrier(&n);
	tick(&n, BATON_HA_BARRIER_MS);
	assert_int_equal(said(&n, BATON_HA_MSG_ABORT)->value, 1);
	hear(&n, BATON_HA_MSG_REFUSE, BATON_HA_STANDBY, 0, true, e);
	assert_true(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_TAKEN_BACK);
}

static void refusal_after_release_is_taken_back(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = up_to_release(&n);
	hear(&n, BATON_HA_MSG_REFUSE, BATON_HA_STANDBY, 0, true, e);
	assert_true(n.gate_open);
	assert_true(n.vips);
	assert_true(n.gate_epoch > e);
}

static void silence_after_release_is_waited_out(void **arg)
{
	struct node n;
	uint64_t ms = 0;

	(void)arg;
	up_to_release(&n);
	while (!n.gate_open && ms < 10000) {
		tick(&n, 50);
		ms += 50;
	}
	/* window + the longest time that a silent active renews + its lease, with margin */
	assert_in_range(ms, BATON_HA_WINDOW_MS + 1000 + LEASE,
			BATON_HA_WINDOW_MS + 1000 + LEASE * 2 + BATON_HA_MARGIN_MS);
}

static void taker_dies(void **arg)
{
	struct node n;

	(void)arg;
	up_to_release(&n);
	group(&n, false);
	assert_false(n.gate_open);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, 0);
}

static void takers_agent_dies(void **arg)
{
	struct node n;

	(void)arg;
	up_to_release(&n);
	group(&n, false);
	tick(&n, LEASE);
	assert_false(n.gate_open);
	tick(&n, BATON_HA_WINDOW_MS);
	assert_true(n.gate_open);
}

static void taker_cannot_open_its_gate(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	n.fail = BATON_HA_ACT_GATE_OPEN;
	hear(&n, BATON_HA_MSG_RELEASED, BATON_HA_HANDOVER_OUT, 0, false, 7);
	assert_false(n.gate_open);
	assert_int_equal(said(&n, BATON_HA_MSG_REFUSE)->ref, 7);
}

static void giver_dies_before_release(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	group(&n, false);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_true(n.gate_open);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_PEER_LOST);
}

/* We stood still for so long that the promise is over: whether the peer has taken the role is not known yet. */
static void time_that_was_slept_through_takes_nothing_back(void **arg)
{
	struct node n;

	(void)arg;
	up_to_release(&n);
	stall(&n, 5000);
	tick(&n, BATON_HA_SETTLE_MS - 1);
	assert_false(n.gate_open);
	tick(&n, 1);
	assert_true(n.gate_open);
}

/* With a third party the taker, out of sight, may have the role and the quorum: no time that passes gives it back. */
static void lost_after_release_with_a_witness_is_its_to_say(void **arg)
{
	struct node n;

	(void)arg;
	up_to_release(&n);
	n.ha.cluster.two_node = false;
	group(&n, false);
	ring(&n, 6, false);
	tick(&n, 10000);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	verdict(&n, 6, false, false);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.state, BATON_HA_WAIT_QUORUM);

	up_to_release(&n);		/* ours, but not before the taker has surely stopped */
	n.ha.cluster.two_node = false;
	group(&n, false);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	tick(&n, n.ha.evidence_ms + LEASE + LEASE / 4 + BATON_HA_MARGIN_MS);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, LEASE);
}

static void lost_after_release_with_a_hook_is_fenced_first(void **arg)
{
	struct node n;

	(void)arg;
	up_to_release(&n);
	n.ha.fences = true;
	clear(&n);
	group(&n, false);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	assert_non_null(find(&n, BATON_HA_ACT_FENCE));
	fence_ends(&n, n.ha.fence_number, 0);
	assert_true(n.gate_open);
}

static void corosync_dies_after_release(void **arg)
{
	struct node n;

	(void)arg;
	up_to_release(&n);
	cluster_down(&n);
	assert_int_equal(n.ha.state, BATON_HA_NO_CLUSTER);
	assert_true(n.vips);
	tick(&n, 60000);
	assert_false(n.gate_open);
}

static void failing_active_gives_to_a_warm_peer_only(void **arg)
{
	struct node n;
	struct baton_ha_event ev = { .type = BATON_HA_EV_HEALTH,
		.health = { .module = true, .guarded = true, .vips_all = true, .vips_armed = true } };

	(void)arg;
	active(&n);
	feed(&n, &ev);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	active(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_SYNCING, 0, false, 0);
	feed(&n, &ev);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(flush_fails_with_the_gate_open), T(lease_is_kept_while_flushing),
		T(peer_refuses_before_the_barrier), T(last_flush_fails),
		T(last_flush_fails_and_works), T(given_before_the_flush_ends),
		T(barrier_takes_too_long), T(refusal_after_release_is_taken_back),
		T(silence_after_release_is_waited_out), T(taker_dies), T(takers_agent_dies),
		T(taker_cannot_open_its_gate), T(giver_dies_before_release),
		T(time_that_was_slept_through_takes_nothing_back),
		T(lost_after_release_with_a_witness_is_its_to_say),
		T(lost_after_release_with_a_hook_is_fenced_first),
		T(corosync_dies_after_release), T(failing_active_gives_to_a_warm_peer_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
