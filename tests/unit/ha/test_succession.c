// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* The heir: what is agreed, when it takes over, and what ends it all. */
#include "heir.h"

static void takes_over_when_silent(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	wait(&n, MS / 4 - 1);
	assert_null(said(&n, BATON_HA_MSG_HELLO));
	wait(&n, 1);
	assert_non_null(said(&n, BATON_HA_MSG_HELLO));	/* asks whether the peer's corosync lives */
	wait(&n, MS - MS / 4 - 1);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	wait(&n, 1);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_SUCCEEDED);
	assert_true(n.gate_epoch > 7);
	assert_int_equal(n.gate_lease, LEASE);
	assert_false(n.ha.cold);
}

static void waits_as_long_as_beats_come(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	for (int i = 0; i < 100; i++) {
		wait(&n, MS - 1);
		beat(&n, 7, NUMBER, LEASE_HEIR);
	}
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_int_equal(n.ha.succession.longest, MS - 1);
	wait(&n, MS / 2);
	beat(&n, 7, NUMBER, LEASE_HEIR);
	assert_int_equal(n.ha.succession.longest, MS - 1);
}

static void does_not_when_its_word_comes_round(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	wait(&n, 50);
	echo(&n, BATON_HA_MSG_HELLO);
	wait(&n, 1000);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	/* the next beat begins it all anew */
	beat(&n, 7, NUMBER, LEASE_HEIR);
	wait(&n, MS + 10);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void a_word_from_before_the_silence_says_nothing(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	echo(&n, BATON_HA_MSG_HELLO);
	wait(&n, MS + 10);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void never_without_a_beat(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	n.ha.succession.ms = MS;
	offer(&n, LEASE_HEIR);
	assert_true(n.ha.succession.heir);
	beat(&n, 7, NUMBER - 1, LEASE_HEIR);	/* of an earlier contract: sent before this one */
	beat(&n, 7, NUMBER, 0);
	assert_true(n.ha.succession.heir);
	wait(&n, 1000);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
}

static void a_stall_begins_patience_anew(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	wait(&n, 60);
	stall(&n, 60);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	wait(&n, MS - 1);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	wait(&n, 11);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void accepts_only_what_it_can_keep(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	offer(&n, LEASE_HEIR);			/* not configured */
	assert_false(n.ha.succession.heir);
	n.ha.succession.ms = MS;
	offer(&n, MS);				/* the lease outlasts the patience */
	offer(&n, 0);
	assert_false(n.ha.succession.heir);
	n.ha.fences = true;
	offer(&n, LEASE_HEIR);
	assert_false(n.ha.succession.heir);
	n.ha.fences = false;
	n.ha.cluster.two_node = false;
	offer(&n, LEASE_HEIR);
	assert_false(n.ha.succession.heir);
	n.ha.cluster.two_node = true;
	warm(&n, false);
	offer(&n, LEASE_HEIR);
	assert_false(n.ha.succession.heir);
	assert_null(said(&n, BATON_HA_MSG_ACCEPT));
}

static void anything_ends_it_for_the_heir(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	ring(&n, 6, true);
	assert_false(n.ha.succession.heir);
	heir(&n);
	group(&n, false);
	assert_false(n.ha.succession.heir);
	heir(&n);
	cluster_down(&n);
	assert_false(n.ha.succession.heir);
	heir(&n);
	hear(&n, BATON_HA_MSG_ASK, BATON_HA_HANDOVER_OUT, 7, true, 7);
	assert_false(n.ha.succession.heir);
	heir(&n);
	hear(&n, BATON_HA_MSG_BRIDGE, BATON_HA_ACTIVE, 7, true, 7);
	assert_false(n.ha.succession.heir);
	heir(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_DEMOTING, 0, true, 0);
	assert_false(n.ha.succession.heir);
	heir(&n);
	beat(&n, 7, NUMBER, 0);
	assert_false(n.ha.succession.heir);
	wait(&n, 1000);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	heir(&n);
	warm(&n, false);
	wait(&n, 1000);
	assert_false(n.gate_open);
}

static void last_word(struct node *n, uint32_t epoch, uint32_t number)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_BEAT,
		.beat = { .epoch = epoch, .number = number, .last = 1 } });
}

static void takes_over_at_the_last_word(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	last_word(&n, 7, NUMBER - 1);
	last_word(&n, 6, NUMBER);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	last_word(&n, 7, NUMBER);
	tick(&n, 0);
	assert_true(n.gate_open);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);

	/* who is none, or is not warm, does not */
	standby(&n, true);
	last_word(&n, 7, NUMBER);
	heir(&n);
	warm(&n, false);
	last_word(&n, 7, NUMBER);
	tick(&n, 10);
	assert_false(n.gate_open);
}

static void each_renewal_beats(void **arg)
{
	struct node n;
	int beats = 0;

	(void)arg;
	agreed(&n);
	for (int i = 0; i < 20; i++) {
		wait(&n, 15);
		echo(&n, BATON_HA_MSG_HELLO);
		if (find(&n, BATON_HA_ACT_BEAT)) {
			assert_int_equal(find(&n, BATON_HA_ACT_BEAT)->beat.lease_ms, LEASE_HEIR);
			assert_int_equal(find(&n, BATON_HA_ACT_BEAT)->beat.epoch, n.ha.epoch);
			assert_true(at(&n, BATON_HA_ACT_LEASE) < at(&n, BATON_HA_ACT_BEAT));
			beats++;
		}
		clear(&n);
	}
	assert_true(beats >= 19);
	/* a lease that is renewed no more is told no more */
	n.ha.self_at = n.now - n.ha.evidence_ms - 1;
	wait(&n, 60);
	assert_null(find(&n, BATON_HA_ACT_BEAT));
	wait(&n, 30);
	assert_int_equal(n.ha.state, BATON_HA_WAIT_QUORUM);
}

static void the_lease_stays_short_until_the_heir_knows(void **arg)
{
	struct node n;

	(void)arg;
	agreed(&n);
	ring(&n, 6, true);
	verdict(&n, 6, true, true);
	wait(&n, 30);
	assert_int_equal(n.gate_lease, LEASE_HEIR);
	from_heir(&n, BATON_HA_MSG_HELLO, false, 0, 0);
	assert_false(n.ha.succession.agreed);
	wait(&n, 30);
	assert_int_equal(n.gate_lease, LEASE);
	assert_non_null(said(&n, BATON_HA_MSG_OFFER));	/* and is offered anew */
}

static void an_excluded_heir_is_told_before_the_lease_has_no_end(void **arg)
{
	struct node n;

	(void)arg;
	agreed(&n);
	ring(&n, 6, false);
	clear(&n);
	verdict(&n, 6, true, false);
	assert_int_equal(n.gate_lease, 0);
	assert_int_equal(find(&n, BATON_HA_ACT_BEAT)->beat.lease_ms, 0);
	assert_true(at(&n, BATON_HA_ACT_BEAT) < at(&n, BATON_HA_ACT_LEASE));
	clear(&n);
	wait(&n, 20);
	assert_int_equal(find(&n, BATON_HA_ACT_BEAT)->beat.lease_ms, 0);
}

static void a_mistake_is_not_repeated_at_once(void **arg)
{
	struct node n;

	(void)arg;
	heir(&n);
	wait(&n, MS + 10);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	echo(&n, BATON_HA_MSG_HELLO);
	from_heir(&n, BATON_HA_MSG_HELLO, false, 0, 0);
	clear(&n);
	for (int i = 0; i < 50; i++) {
		wait(&n, 100);
		echo(&n, BATON_HA_MSG_HELLO);
	}
	assert_null(said(&n, BATON_HA_MSG_OFFER));
	for (int i = 0; i < 60 && !said(&n, BATON_HA_MSG_OFFER); i++) {
		clear(&n);
		wait(&n, 100);
		echo(&n, BATON_HA_MSG_HELLO);
	}
	assert_non_null(said(&n, BATON_HA_MSG_OFFER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_over_when_silent),
		cmocka_unit_test(waits_as_long_as_beats_come),
		cmocka_unit_test(does_not_when_its_word_comes_round),
		cmocka_unit_test(a_word_from_before_the_silence_says_nothing),
		cmocka_unit_test(never_without_a_beat),
		cmocka_unit_test(a_stall_begins_patience_anew),
		cmocka_unit_test(accepts_only_what_it_can_keep),
		cmocka_unit_test(anything_ends_it_for_the_heir),
		cmocka_unit_test(takes_over_at_the_last_word),
		cmocka_unit_test(each_renewal_beats),
		cmocka_unit_test(the_lease_stays_short_until_the_heir_knows),
		cmocka_unit_test(an_excluded_heir_is_told_before_the_lease_has_no_end),
		cmocka_unit_test(a_mistake_is_not_repeated_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
