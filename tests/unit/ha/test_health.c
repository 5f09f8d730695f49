// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* What a failing check moves, and what it must not. */
#include <errno.h>
#include "node.h"

static struct baton_ha_health fit(void)
{
	return (struct baton_ha_health){ .module = true, .carrier = true, .guarded = true,
		.vips_all = true, .vips_armed = true, .vips_any = true };
}

static void see(struct node *n, struct baton_ha_health h)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_HEALTH, .health = h });
}

static void fails(struct node *n, bool on)
{
	struct baton_ha_health h = fit();

	h.check_fails = on;
	see(n, h);
}

/* The peer's word, with a failing check or without. */
static void peer(struct node *n, enum baton_ha_state state, bool is_warm, bool failing)
{
	bool holds = state == BATON_HA_ACTIVE;

	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_MESSAGE,
		.from = { .message = { .type = BATON_HA_MSG_HELLO, .state = state, .warm = is_warm,
			.healthy = true, .failing = failing, .epoch = holds ? 7 : 0,
			.epoch_seen = 7, .lease_ms = holds ? LEASE : 0, .ring = n->ha.ring } } });
}

/* @ms in which the group works. */
static void go_on(struct node *n, uint64_t ms)
{
	for (; ms >= 50; ms -= 50) {
		stall(n, 50);
		echo(n, BATON_HA_MSG_HELLO);
	}
}

/* Active for so long that a check may move the role. */
static void long_active(struct node *n)
{
	active(n);
	go_on(n, BATON_HA_KEEP_MS);
	peer(n, BATON_HA_STANDBY, true, false);
	assert_int_equal(n->ha.state, BATON_HA_ACTIVE);
	clear(n);
}

static void moves_to_a_warm_peer_that_passes(void **arg)
{
	struct node n;

	(void)arg;
	long_active(&n);
	fails(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_CHECK);
	assert_true(n.gate_open);
	long_active(&n);
	peer(&n, BATON_HA_SYNCING, false, false);
	fails(&n, true);
	go_on(&n, 60000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	peer(&n, BATON_HA_STANDBY, true, false);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
}

static void both_fail_and_nobody_moves(void **arg)
{
	struct node n;

	(void)arg;
	long_active(&n);
	peer(&n, BATON_HA_STANDBY, true, true);
	fails(&n, true);
	go_on(&n, 60000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_null(find(&n, BATON_HA_ACT_GATE_SHUT));
	peer(&n, BATON_HA_STANDBY, true, false);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
}

static void new_active_keeps_the_role_for_a_while(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	fails(&n, true);
	go_on(&n, BATON_HA_KEEP_MS - 200);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	go_on(&n, 400);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
}

static void cold_or_absent_daemon_is_no_reason(void **arg)
{
	struct node n;

	(void)arg;
	long_active(&n);
	fails(&n, true);
	long_active(&n);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD });
	go_on(&n, 20000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);	/* nothing to bring the peer up to date with */
	fails(&n, true);
	go_on(&n, 20000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	warm(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
}

static void peer_that_begins_to_fail_is_left_alone(void **arg)
{
	enum baton_ha_reason before;
	struct node n;

	(void)arg;
	long_active(&n);
	before = n.ha.reason;
	fails(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	peer(&n, BATON_HA_STANDBY, true, true);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.ha.reason, before);
	assert_true(n.gate_open);
	assert_non_null(said(&n, BATON_HA_MSG_ABORT));
	go_on(&n, 60000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

/* Nobody is reached through an interface without carrier: any peer that has one is better. */
static void carrier_counts_for_more(void **arg)
{
	struct baton_ha_health h = fit();
	struct node n;

	(void)arg;
	active(&n);
	peer(&n, BATON_HA_STANDBY, true, true);
	h.carrier = false;
	see(&n, h);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_CARRIER);
}

static void failing_standby_replaces_the_dead(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	fails(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_true(said(&n, BATON_HA_MSG_HELLO)->failing);
	assert_true(said(&n, BATON_HA_MSG_HELLO)->healthy);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_true(n.gate_open);
}

static void what_was_not_tried_yet_is_told(void **arg)
{
	struct baton_ha_health h = fit();
	struct node n;

	(void)arg;
	standby(&n, true);
	h.check_due = true;
	see(&n, h);
	assert_true(said(&n, BATON_HA_MSG_HELLO)->failing);
	clear(&n);
	see(&n, fit());
	assert_false(said(&n, BATON_HA_MSG_HELLO)->failing);
	long_active(&n);
	see(&n, h);			/* the agent has just started: it knows nothing against itself */
	go_on(&n, 20000);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void operator_moves_it_nowhere_worse(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	peer(&n, BATON_HA_STANDBY, true, true);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, EAGAIN);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	fails(&n, true);		/* here as well: it is the operator's choice */
	command(&n, BATON_HA_CMD_HANDOVER, false);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	active(&n);
	peer(&n, BATON_HA_STANDBY, true, true);
	command(&n, BATON_HA_CMD_DEMOTE, false);	/* out of service, whatever the peer is like */
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	active(&n);
	peer(&n, BATON_HA_STANDBY, true, true);
	stop(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
}

static void operator_of_a_failing_standby(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	fails(&n, true);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, EAGAIN);
	assert_null(said(&n, BATON_HA_MSG_FETCH));
	peer(&n, BATON_HA_ACTIVE, true, true);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	assert_non_null(said(&n, BATON_HA_MSG_FETCH));
}

/* Nobody is active, both would do: who passes goes first, but a table that is warm counts for more. */
static void election(void **arg)
{
	static const struct {
		bool warm, fails, warm_peer, fails_peer;
		uint32_t nodeid;		/* the peer's is 2 */
		bool first;
	} t[] = {
		{ true, true, true, false, 1, false }, { true, false, true, true, 3, true },
		{ true, true, false, false, 3, true }, { true, true, true, true, 1, true },
	};
	struct node n;

	(void)arg;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		start(&n, (struct baton_ha_gate){ 0 }, 0);
		cluster_up(&n);
		n.ha.cluster.nodeid = t[i].nodeid;
		warm(&n, t[i].warm);
		fails(&n, t[i].fails);
		ring(&n, 5, true);
		group(&n, true);
		verdict(&n, 5, true, true);
		peer(&n, BATON_HA_WAIT_QUORUM, t[i].warm_peer, t[i].fails_peer);
		assert_int_equal(said(&n, BATON_HA_MSG_CLAIM) != NULL, t[i].first);
	}
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(moves_to_a_warm_peer_that_passes), T(both_fail_and_nobody_moves),
		T(new_active_keeps_the_role_for_a_while), T(cold_or_absent_daemon_is_no_reason),
		T(peer_that_begins_to_fail_is_left_alone), T(carrier_counts_for_more),
		T(failing_standby_replaces_the_dead), T(what_was_not_tried_yet_is_told),
		T(operator_moves_it_nowhere_worse), T(operator_of_a_failing_standby), T(election),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
