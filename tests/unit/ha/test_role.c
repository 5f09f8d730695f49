// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
/* A change of role and what may interrupt it: one test per rule of ha/role.c. */
#include "node.h"

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

/* Both were active, and one had to stop: a link that is cut again at once does not move the role back at once. */
static void who_gave_way_holds_down(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, n.gate_epoch + 1, false, 0);
	warm(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_STANDBY);
	tick(&n, 100);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_int_equal(n.ha.reason, BATON_HA_WHY_HOLDDOWN);
	tick(&n, BATON_HA_HOLDDOWN_MS - 101);
	assert_false(n.gate_open);
	tick(&n, 1);
	assert_true(n.gate_open);
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

/* After a split: the sync daemons are the first to hear each other. */
static void announces_when_the_peers_syncd_is_heard_again(void **arg)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD, .syncd = { .connected = true } };
	struct node n;

	(void)arg;
	active(&n);
	feed(&n, &ev);
	assert_null(find(&n, BATON_HA_ACT_ANNOUNCE));
	ev.syncd.peer_present = ev.syncd.peer_active = true;
	ev.syncd.peer_epoch = n.gate_epoch - 1;
	feed(&n, &ev);
	assert_true(n.gate_open);
	assert_non_null(find(&n, BATON_HA_ACT_ANNOUNCE));
	clear(&n);
	ev.syncd.peer_active = false;
	feed(&n, &ev);
	assert_null(find(&n, BATON_HA_ACT_ANNOUNCE));
}

/* A standby follows nobody whose epoch is below its own. */
static void who_is_outranked_by_a_standby_is_elected_anew(void **arg)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true, .peer_present = true } };
	struct node n;

	(void)arg;
	active(&n);
	ev.syncd.peer_epoch = n.gate_epoch;
	feed(&n, &ev);
	assert_true(n.gate_open);
	ev.syncd.peer_epoch = n.gate_epoch + 5;
	feed(&n, &ev);
	assert_false(n.gate_open);
	assert_int_equal(n.ha.history, n.ha.epoch);
	assert_non_null(said(&n, BATON_HA_MSG_CLAIM));
	echo(&n, BATON_HA_MSG_CLAIM);
	hear(&n, BATON_HA_MSG_GRANT, BATON_HA_SYNCING, 0, false, 0);
	assert_true(n.gate_open && n.gate_epoch > ev.syncd.peer_epoch);

	/* nobody there to grant it: better this than nobody */
	group(&n, false);
	ev.syncd.peer_epoch = n.gate_epoch + 5;
	feed(&n, &ev);
	assert_true(n.gate_open);
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

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(higher_epoch_wins), T(who_gave_way_holds_down), T(higher_epoch_heard_by_syncd_wins),
		T(who_is_outranked_by_a_standby_is_elected_anew),
		T(announces_when_the_peers_syncd_is_heard_again),
		T(kernel_has_the_last_word), T(promotion_that_fails_is_undone),
		T(lone_node_serves_with_the_addresses_it_has),
		T(missing_addresses_come_between_gate_and_announcements),
		T(standby_gets_its_addresses_back), T(active_gets_its_addresses_back),
		T(unguarded_standby_goes_without_addresses),
		T(demotion_ends_although_addresses_cannot_be_set),
		T(demotion_is_repeated_until_it_works), T(module_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
