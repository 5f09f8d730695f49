// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c */
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

static enum baton_ha_takeover takeover(const struct node *n, const char **why)
{
	return baton_ha_takeover(&n->ha, n->now, why);
}

static void takeover_says_why_not(void **arg)
{
	struct node n;
	const char *why;

	(void)arg;
	standby(&n, true);
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_WARM);
	assert_null(why);
	warm(&n, false);
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_NONE);
	assert_string_equal(why, baton_ha_reason_text(BATON_HA_WHY_SETTLING));
	tick(&n, BATON_HA_SETTLE_MS);
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_COLD);
	assert_non_null(why);
	hear(&n, BATON_HA_MSG_BRIDGE, BATON_HA_ACTIVE, 4, true, 4);
	n.ha.peer.bridge_until = n.now + 100;
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_NONE);
	assert_string_equal(why, baton_ha_reason_text(BATON_HA_WHY_BRIDGE));
	command(&n, BATON_HA_CMD_DEMOTE, false);
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_NONE);
	assert_string_equal(why, baton_ha_reason_text(BATON_HA_WHY_HELD));
	active(&n);
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_NONE);
	assert_string_equal(why, "this node is active");
}

static void a_hook_that_failed_is_an_obstacle(void **arg)
{
	struct node n;
	const char *why;

	(void)arg;
	standby(&n, true);
	n.ha.fences = true;
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_WARM);
	ring(&n, 6, false);
	verdict(&n, 6, true, false);
	feed(&n, &(struct baton_ha_event){ .type = BATON_HA_EV_FENCED,
		.fenced = { .number = n.ha.fence_number, .error = 5 } });
	assert_false(n.gate_open);
	assert_int_equal(takeover(&n, &why), BATON_HA_TAKEOVER_NONE);
	assert_string_equal(why, baton_ha_reason_text(BATON_HA_WHY_FENCING));
}

/* What a pair may live through, a step of it, by @dice. */
static void live(struct node *n, unsigned int dice)
{
	static uint64_t seq = 100;
	uint32_t v = dice / 16;
	struct baton_ha_event syncd = { .type = BATON_HA_EV_SYNCD, .syncd = { .connected = v & 1,
		.warm = v & 2, .peer_present = v & 4, .peer_active = v & 8, .peer_epoch = v & 16 ? 6 : 0 } };
	struct baton_ha_event health = { .type = BATON_HA_EV_HEALTH, .health = { .module = v & 3,
		.carrier = v & 12, .vips_all = true, .guarded = true } };

	switch (dice % 16) {
	case 0 ... 2:
		tick(n, v % 4 ? v % 400 : v % 9000);
		break;
	case 3:
		ring(n, ++seq, v & 1);
		break;
	case 4 ... 5:
		verdict(n, n->ha.ring.seq, v & 3, n->ha.peer.in_ring);
		break;
	case 6:
		feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_GROUP,
			.view = { .peer = n->ha.peer.in_ring && v & 1, .died = v & 2 } });
		break;
	case 7 ... 8:
		feed(n, &syncd);
		break;
	case 9:
		feed(n, &health);
		break;
	case 10 ... 12:
		if (n->ha.peer.in_group)
			hear(n, 1 + v % (BATON_HA_MSG_MAX - 1), v & 64 ? BATON_HA_ACTIVE : BATON_HA_STANDBY,
			     v & 64 ? 4 : 0, v & 128, v % 8);
		break;
	case 13:
		command(n, BATON_HA_CMD_HANDOVER + v % 4, v & 8);
		break;
	case 14:
		n->now += v % 3000;		/* it stands still */
		break;
	default:
		standby(n, v & 1);
	}
	clear(n);
}

/* The answer and the deed: on a copy, the peer dies, and everybody says so. */
static void a_takeover_that_was_promised_comes(void **arg)
{
	unsigned int promised[3] = { 0 }, seed = 1;
	struct node n, after;
	const char *why;

	(void)arg;
	standby(&n, true);
	for (int i = 0; i < 200000; i++) {
		enum baton_ha_takeover t;

		seed = seed * 1103515245 + 12345;
		live(&n, seed >> 8);
		t = takeover(&n, &why);
		assert_int_equal(!why, t == BATON_HA_TAKEOVER_WARM);
		promised[t]++;
		if (baton_ha_holds(&n.ha))
			continue;
		after = n;
		after.gate_open = false;
		feed(&after, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD,
			.syncd = { .connected = n.ha.syncd.connected } });
		ring(&after, 1000000, false);
		/* quorum is the cluster's to give: without it nothing was promised */
		verdict(&after, 1000000, n.ha.quorate, false);
		if (t != BATON_HA_TAKEOVER_NONE && !after.gate_open)
			fail_msg("step %d, %s: promised, not done: %s", i, baton_ha_state_name(n.ha.state),
				 baton_ha_reason_text(after.ha.reason));
		if (t == BATON_HA_TAKEOVER_WARM)
			assert_false(after.ha.cold);
		if (t == BATON_HA_TAKEOVER_NONE && after.gate_open &&
		    strcmp(why, baton_ha_reason_text(BATON_HA_WHY_NO_VERDICT)) != 0 &&
		    n.ha.state != BATON_HA_HANDOVER_IN)
			fail_msg("step %d, %s: done although: %s", i, baton_ha_state_name(n.ha.state), why);
	}
	for (int i = 0; i < 3; i++)
		assert_true(promised[i] > 1000);
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
		T(shutdown_with_nobody_there_just_ends), T(takeover_says_why_not),
		T(a_hook_that_failed_is_an_obstacle), T(a_takeover_that_was_promised_comes),
		T(every_value_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
