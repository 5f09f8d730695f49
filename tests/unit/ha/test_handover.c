// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* A planned move of the role, seen from the giver and from the taker, and every way it can fail. */
#include <errno.h>
#include "node.h"

static void flushed(struct node *n, int error)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_FLUSHED, .error = error });
}

/* Up to the last flush: gate shut, addresses still there. */
static uint32_t up_to_barrier(struct node *n)
{
	uint32_t e;

	active(n);
	e = n->gate_epoch;
	command(n, BATON_HA_CMD_HANDOVER, false);
	flushed(n, 0);
	assert_true(n->gate_open);
	hear(n, BATON_HA_MSG_READY, BATON_HA_HANDOVER_IN, 0, true, e);
	assert_false(n->gate_open);
	assert_int_equal(find(n, BATON_HA_ACT_GATE_SHUT)->value, BATON_HA_RELAY_MS);
	assert_int_equal(n->log.list[at(n, BATON_HA_ACT_GATE_SHUT) + 1].type, BATON_HA_ACT_FLUSH);
	assert_int_equal(n->log.list[at(n, BATON_HA_ACT_GATE_SHUT) + 1].epoch, e);
	return e;
}

/* The sync daemon has all of the role of epoch @e, which was given away. */
static void has_all(struct node *n, uint32_t e)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_GIVEN, .epoch = e });
}

static uint32_t up_to_release(struct node *n)
{
	uint32_t e = up_to_barrier(n);

	clear(n);
	flushed(n, 0);
	assert_int_equal(said(n, BATON_HA_MSG_RELEASED)->ref, e);
	assert_true(n->vips);
	return e;
}

static void given(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = up_to_release(&n);
	n.now += 12;
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, e + 1, true, 0);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_int_equal(find(&n, BATON_HA_ACT_GATE_SHUT)->value, 0);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, 0);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->gap_ms, 12);
	assert_null(find(&n, BATON_HA_ACT_VIP_DEL));
	tick(&n, 60000);
	assert_false(n.gate_open);
}

static void taken(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	assert_int_equal(said(&n, BATON_HA_MSG_READY)->ref, 7);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_IN);
	assert_false(n.gate_open);
	hear(&n, BATON_HA_MSG_RELEASED, BATON_HA_HANDOVER_OUT, 0, false, 7);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.gate_lease, LEASE);
	assert_true(n.gate_epoch > 7);
}

static void taken_with_the_last_flush(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	has_all(&n, 7);			/* nobody has asked */
	assert_false(n.gate_open);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	has_all(&n, 5);			/* an older role */
	assert_false(n.gate_open);
	clear(&n);
	has_all(&n, 7);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_true(n.gate_open && n.gate_epoch > 7);
	/* what comes by the other way is no news, and no reason to give anything back */
	hear(&n, BATON_HA_MSG_RELEASED, BATON_HA_HANDOVER_OUT, 0, false, 7);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_null(said(&n, BATON_HA_MSG_REFUSE));
	hear(&n, BATON_HA_MSG_ABORT, BATON_HA_HANDOVER_OUT, 0, false, 7);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void not_taken_too_late(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	n.now += BATON_HA_WINDOW_MS + 1;
	has_all(&n, 7);
	assert_false(n.gate_open);
}

/* The giver does not know whether we have it, and asks. */
static void asked_to_give_back(void **arg)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_MESSAGE };
	struct node n;

	(void)arg;
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	ev.from.message = (struct baton_ha_message){ .type = BATON_HA_MSG_ABORT,
		.state = BATON_HA_HANDOVER_OUT, .healthy = true, .ref = 7, .value = 1,
		.ring = n.ha.ring };
	clear(&n);
	feed(&n, &ev);
	assert_int_equal(said(&n, BATON_HA_MSG_REFUSE)->ref, 7);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	has_all(&n, 7);
	assert_false(n.gate_open);
	/* if it was taken, there is nothing to say */
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	has_all(&n, 7);
	clear(&n);
	ev.from.message.ring = n.ha.ring;
	feed(&n, &ev);
	assert_null(said(&n, BATON_HA_MSG_REFUSE));
	assert_true(n.gate_open);
}

static void late_release_is_refused(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	n.now += BATON_HA_WINDOW_MS + 1;
	hear(&n, BATON_HA_MSG_RELEASED, BATON_HA_HANDOVER_OUT, 0, false, 7);
	assert_false(n.gate_open);
	assert_int_equal(said(&n, BATON_HA_MSG_REFUSE)->ref, 7);
}

static void cold_peer_refuses_and_is_not_asked(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, false);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, false, 7);
	assert_non_null(said(&n, BATON_HA_MSG_REFUSE));
	assert_int_equal(n.ha.state, BATON_HA_SYNCING);
	active(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_SYNCING, 0, false, 0);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, EAGAIN);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void not_on_a_cold_standby(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, false);
	command(&n, BATON_HA_CMD_HANDOVER, false);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, EINVAL);
	assert_null(said(&n, BATON_HA_MSG_FETCH));
}

/* Asks the peer; returns the epoch of the role that it asked for. */
static uint32_t fetch(struct node *n)
{
	standby(n, true);
	clear(n);
	command(n, BATON_HA_CMD_HANDOVER, false);
	assert_non_null(said(n, BATON_HA_MSG_FETCH));
	assert_null(find(n, BATON_HA_ACT_ANSWER));
	assert_int_equal(n->ha.state, BATON_HA_STANDBY);
	return said(n, BATON_HA_MSG_FETCH)->ref;
}

static void fetched_by_the_standby(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = fetch(&n);
	assert_int_equal(e, n.ha.peer.epoch);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, e, false, e);
	assert_null(find(&n, BATON_HA_ACT_ANSWER));
	hear(&n, BATON_HA_MSG_RELEASED, BATON_HA_HANDOVER_OUT, 0, false, e);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, 0);
	assert_int_equal(n.ha.fetch_until, 0);
}

static void fetching_is_refused(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	e = fetch(&n);
	hear(&n, BATON_HA_MSG_REFUSE, BATON_HA_ACTIVE, e, false, e);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, EAGAIN);
	clear(&n);
	tick(&n, 2 * BATON_HA_HANDOVER_MS);
	assert_null(find(&n, BATON_HA_ACT_ANSWER));
}

static void fetching_takes_too_long(void **arg)
{
	struct node n;

	(void)arg;
	fetch(&n);
	tick(&n, BATON_HA_HANDOVER_MS + BATON_HA_WINDOW_MS + 200);
	assert_int_equal(find(&n, BATON_HA_ACT_ANSWER)->value, ETIMEDOUT);
	assert_false(n.gate_open);
}

static void asked_to_give(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	hear(&n, BATON_HA_MSG_FETCH, BATON_HA_STANDBY, 0, true, n.gate_epoch);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	assert_null(said(&n, BATON_HA_MSG_REFUSE));
	flushed(&n, 0);
	assert_non_null(said(&n, BATON_HA_MSG_ASK));
}

static void gives_nothing_that_is_not_held(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	hear(&n, BATON_HA_MSG_FETCH, BATON_HA_STANDBY, 0, true, n.gate_epoch - 2);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_non_null(said(&n, BATON_HA_MSG_REFUSE));
	clear(&n);
	hear(&n, BATON_HA_MSG_FETCH, BATON_HA_SYNCING, 0, false, n.gate_epoch);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_non_null(said(&n, BATON_HA_MSG_REFUSE));
}

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
		T(given), T(taken), T(late_release_is_refused),
		T(cold_peer_refuses_and_is_not_asked), T(not_on_a_cold_standby),
		T(fetched_by_the_standby), T(fetching_is_refused), T(fetching_takes_too_long),
		T(asked_to_give), T(gives_nothing_that_is_not_held),
		T(flush_fails_with_the_gate_open), T(lease_is_kept_while_flushing),
		T(peer_refuses_before_the_barrier), T(last_flush_fails),
		T(last_flush_fails_and_works), T(given_before_the_flush_ends),
		T(taken_with_the_last_flush), T(not_taken_too_late), T(asked_to_give_back),
		T(barrier_takes_too_long), T(refusal_after_release_is_taken_back),
		T(silence_after_release_is_waited_out), T(taker_dies), T(takers_agent_dies),
		T(taker_cannot_open_its_gate), T(giver_dies_before_release),
		T(lost_after_release_with_a_hook_is_fenced_first),
		T(lost_after_release_with_a_witness_is_its_to_say),
		T(time_that_was_slept_through_takes_nothing_back),
		T(corosync_dies_after_release), T(failing_active_gives_to_a_warm_peer_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
