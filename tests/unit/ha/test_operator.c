// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/succession.c ha/text.c */
/* Commands, SIGTERM and "would this node take over?". */
#include <errno.h>
#include "node.h"

static uint32_t answer(struct node *n)
{
	const struct baton_ha_action *a = find(n, BATON_HA_ACT_ANSWER);

	assert_non_null(a);
	return a->value;
}

static void lone_node_is_promoted_on_demand(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(&n);
	ring(&n, 1, false);
	verdict(&n, 1, false, false);
	command(&n, BATON_HA_CMD_PROMOTE, false);
	assert_int_equal(answer(&n), EAGAIN);	/* the peer may be about to join */
	tick(&n, BATON_HA_SETTLE_MS);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true, .peer_present = true, .peer_active = true } });
	clear(&n);
	command(&n, BATON_HA_CMD_PROMOTE, false);
	assert_int_equal(answer(&n), EAGAIN);	/* it is active, although not in the cluster */
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD });
	clear(&n);
	command(&n, BATON_HA_CMD_PROMOTE, false);
	assert_true(n.gate_open);
	assert_int_equal(answer(&n), 0);
	tick(&n, 600000);
	assert_true(n.gate_open);	/* although there is no quorum */
	ring(&n, 2, true);
	verdict(&n, 2, true, true);
	assert_int_equal(n.gate_lease, LEASE);
}

static void promotion_needs_force_when_the_peer_is_unknown(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	command(&n, BATON_HA_CMD_PROMOTE, false);
	assert_int_equal(answer(&n), EAGAIN);
	assert_false(n.gate_open);
	clear(&n);
	command(&n, BATON_HA_CMD_PROMOTE, true);
	assert_true(n.gate_open);
	standby(&n, true);
	command(&n, BATON_HA_CMD_PROMOTE, false);
	assert_int_equal(answer(&n), EAGAIN);
	assert_false(n.gate_open);
}

static void failed_promotion_is_answered(void **arg)
{
	struct node n;

	(void)arg;
	start(&n, (struct baton_ha_gate){ 0 }, 0);
	n.fail = BATON_HA_ACT_GATE_OPEN;
	command(&n, BATON_HA_CMD_PROMOTE, true);
	assert_int_equal(answer(&n), ECANCELED);
}

static void held_until_resumed(void **arg)
{
	struct node n;

	(void)arg;
	standby(&n, true);
	command(&n, BATON_HA_CMD_DEMOTE, false);
	assert_int_equal(n.ha.state, BATON_HA_HELD);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	assert_false(n.gate_open);
	command(&n, BATON_HA_CMD_RESUME, false);
	assert_true(n.gate_open);
}

static void demoted_active_gives_to_a_warm_peer(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	active(&n);
	e = n.gate_epoch;
	command(&n, BATON_HA_CMD_DEMOTE, false);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_FLUSHED });
	hear(&n, BATON_HA_MSG_READY, BATON_HA_HANDOVER_IN, 0, true, e);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_FLUSHED });
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, e + 1, true, 0);
	assert_int_equal(n.ha.state, BATON_HA_HELD);
	assert_int_equal(answer(&n), 0);
}

static void demoted_lone_active_stops(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	clear(&n);
	command(&n, BATON_HA_CMD_DEMOTE, false);
	assert_int_equal(n.ha.state, BATON_HA_HELD);
	assert_int_equal(answer(&n), 0);
	assert_false(n.gate_open);
}

static void restart_is_bridged(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	stop(&n, false);
	assert_false(n.exited);
	assert_non_null(said(&n, BATON_HA_MSG_BRIDGE));
	hear(&n, BATON_HA_MSG_BRIDGE_OK, BATON_HA_STANDBY, 0, true, n.gate_epoch);
	assert_true(n.exited);
	assert_true(n.gate_open);
	assert_true(n.vips);
	assert_int_equal(n.gate_lease, BATON_HA_BRIDGE_MS);
}

static void restart_without_consent_is_not_bridged(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	stop(&n, false);
	tick(&n, BATON_HA_STOP_MS);
	assert_true(n.exited);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, LEASE);
}

static void restart_of_a_lone_node_changes_nothing(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	stop(&n, false);
	assert_true(n.exited);
	assert_true(n.gate_open);
	assert_int_equal(n.gate_lease, 0);
}

static void shutdown_hands_over(void **arg)
{
	struct node n;
	uint32_t e;

	(void)arg;
	active(&n);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_SYNCING, 0, false, 0);	/* cold is better than nothing */
	e = n.gate_epoch;
	stop(&n, true);
	assert_int_equal(n.ha.state, BATON_HA_HANDOVER_OUT);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_FLUSHED, .error = ETIMEDOUT });
	hear(&n, BATON_HA_MSG_READY, BATON_HA_HANDOVER_IN, 0, false, e);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_FLUSHED, .error = ETIMEDOUT });
	assert_false(n.exited);
	hear(&n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, e + 1, false, 0);
	assert_true(n.exited);
	assert_false(n.gate_open);
}

static void shutdown_with_nobody_there_just_ends(void **arg)
{
	struct node n;

	(void)arg;
	active(&n);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	stop(&n, true);
	assert_true(n.exited);
	standby(&n, true);
	stop(&n, true);
	assert_true(n.exited);
}

static void promotable_says_why_not(void **arg)
{
	struct node n;
	const char *why;

	(void)arg;
	standby(&n, true);
	assert_true(baton_ha_promotable(&n.ha, &why));
	assert_null(why);
	warm(&n, false);
	assert_false(baton_ha_promotable(&n.ha, &why));
	assert_non_null(why);
	active(&n);
	assert_false(baton_ha_promotable(&n.ha, &why));
}

static void every_value_has_a_name(void **arg)
{
	(void)arg;
	for (int i = 0; i < BATON_HA_STATES; i++)
		assert_non_null(baton_ha_state_name(i));
	for (int i = 0; i < BATON_HA_REASONS; i++)
		assert_non_null(baton_ha_reason_text(i));
	for (int i = 1; i < BATON_HA_MSG_MAX; i++)
		assert_string_not_equal(baton_ha_message_name(i), "UNKNOWN");
	for (int i = 0; i <= BATON_HA_EV_STOP; i++)
		assert_non_null(baton_ha_event_name(i));
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lone_node_is_promoted_on_demand),
		T(promotion_needs_force_when_the_peer_is_unknown), T(failed_promotion_is_answered),
		T(held_until_resumed), T(demoted_active_gives_to_a_warm_peer),
		T(demoted_lone_active_stops), T(restart_is_bridged),
		T(restart_without_consent_is_not_bridged),
		T(restart_of_a_lone_node_changes_nothing), T(shutdown_hands_over),
		T(shutdown_with_nobody_there_just_ends), T(promotable_says_why_not),
		T(every_value_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
