// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* A planned move of the role, seen from the giver and from the taker. */
#include "handover.h"

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

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(given), T(taken), T(taken_with_the_last_flush), T(not_taken_too_late),
		T(asked_to_give_back), T(late_release_is_refused),
		T(cold_peer_refuses_and_is_not_asked), T(not_on_a_cold_standby),
		T(fetched_by_the_standby), T(fetching_is_refused), T(fetching_takes_too_long),
		T(asked_to_give), T(gives_nothing_that_is_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
