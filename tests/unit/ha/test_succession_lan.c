// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* An heir asks the LAN whether the owner of the addresses still answers. */
#include <errno.h>
#include "heir.h"

/* The heir asks the LAN, too. */
static void asking_heir(struct node *n)
{
	heir(n);
	n->ha.succession.probe = true;
}

static void owner(struct node *n, uint32_t number)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_OWNER, .probe = number });
}

static unsigned int probes(const struct node *n)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < n->log.count; i++)
		count += n->log.list[i].type == BATON_HA_ACT_PROBE;
	return count;
}

static void asks_the_lan_and_waits_no_longer(void **arg)
{
	struct node n;

	(void)arg;
	asking_heir(&n);
	/* before the lease is over for certain an answer would say nothing */
	wait(&n, MS / 4);
	wait(&n, LEASE_OVER - MS / 4 - 1);
	assert_int_equal(probes(&n), 0);
	wait(&n, 1);
	assert_int_equal(probes(&n), 1);
	wait(&n, MS - LEASE_OVER - 1);
	assert_int_equal(probes(&n), 3);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	wait(&n, 1);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_SUCCEEDED);

	heir(&n);			/* "probe = no" */
	wait(&n, MS + 10);
	assert_int_equal(probes(&n), 0);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void an_owner_who_answers_is_not_succeeded(void **arg)
{
	struct node n;
	uint32_t number;

	(void)arg;
	asking_heir(&n);
	wait(&n, MS - 20);
	number = find(&n, BATON_HA_ACT_PROBE)->value;
	owner(&n, number);
	wait(&n, 2000);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	assert_false(n.gate_open);
	assert_true(n.ha.succession.heir);

	/* what he said is good for this silence alone */
	beat(&n, 7, NUMBER, LEASE_HEIR);
	clear(&n);
	wait(&n, MS - 20);
	assert_int_not_equal(find(&n, BATON_HA_ACT_PROBE)->value, number);
	owner(&n, number);
	wait(&n, 30);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void corosyncs_verdict_stands_above_the_lan(void **arg)
{
	struct node n;

	(void)arg;
	asking_heir(&n);
	wait(&n, MS - 20);
	owner(&n, find(&n, BATON_HA_ACT_PROBE)->value);
	wait(&n, 300);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_PEER_LOST);
}

/* Who asks late gives the answer its time all the same. */
static void an_answer_has_its_time(void **arg)
{
	struct node n;

	(void)arg;
	asking_heir(&n);
	wait(&n, 75);
	stall(&n, 36);			/* no stall that counts */
	assert_int_equal(probes(&n), 1);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	wait(&n, 11);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

static void a_question_that_fails_stops_nobody(void **arg)
{
	struct node n;

	(void)arg;
	asking_heir(&n);
	wait(&n, MS - 20);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_FAILED,
		.failed = { BATON_HA_ACT_PROBE, ENODEV } });
	wait(&n, 30);
	assert_int_equal(n.ha.state, BATON_HA_ACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_the_lan_and_waits_no_longer),
		cmocka_unit_test(an_owner_who_answers_is_not_succeeded),
		cmocka_unit_test(corosyncs_verdict_stands_above_the_lan),
		cmocka_unit_test(an_answer_has_its_time),
		cmocka_unit_test(a_question_that_fails_stops_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
