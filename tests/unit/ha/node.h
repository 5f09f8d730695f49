/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One decision machine and its world, for the tests: feeds events, does what an obedient caller does
 * with the actions (gate, confirmation) and keeps the rest to be looked at.
 */
#ifndef BATON_TEST_NODE_H
#define BATON_TEST_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <ha/decide.h>

#define LEASE 250

struct node {
	struct baton_ha ha;
	uint64_t now;
	bool gate_open;
	uint32_t gate_epoch;
	uint32_t gate_lease;
	bool vips;
	bool exited;
	int fail;			/* action type that fails next, -1: none */
	struct baton_ha_actions log;	/* everything since the last clear() */
};

static inline void clear(struct node *n)
{
	n->log.count = 0;
}

static inline const struct baton_ha_action *find(const struct node *n,
						 enum baton_ha_action_type type)
{
	for (unsigned int i = 0; i < n->log.count; i++)
		if (n->log.list[i].type == type)
			return &n->log.list[i];
	return NULL;
}

static inline const struct baton_ha_message *said(const struct node *n,
						  enum baton_ha_message_type type)
{
	for (unsigned int i = 0; i < n->log.count; i++)
		if (n->log.list[i].type == BATON_HA_ACT_SEND &&
		    n->log.list[i].message.type == type)
			return &n->log.list[i].message;
	return NULL;
}

/* What was done before what: the index of the first action of a type, or -1. */
static inline int at(const struct node *n, enum baton_ha_action_type type)
{
	const struct baton_ha_action *a = find(n, type);

	return a ? (int)(a - n->log.list) : -1;
}

static inline void feed(struct node *n, const struct baton_ha_event *ev);

static inline void obey(struct node *n, const struct baton_ha_action *a)
{
	/* What is repeated for ever is kept once. */
	bool often = (a->type == BATON_HA_ACT_SEND && a->message.type == BATON_HA_MSG_HELLO &&
		      said(n, BATON_HA_MSG_HELLO)) ||
		     (a->type == BATON_HA_ACT_LEASE && find(n, BATON_HA_ACT_LEASE));

	if (n->log.count < BATON_HA_ACTIONS_MAX && !often)
		n->log.list[n->log.count++] = *a;
	switch (a->type) {
	case BATON_HA_ACT_GATE_OPEN:
		n->gate_open = true;
		n->gate_epoch = a->epoch;
		n->gate_lease = a->value;
		break;
	case BATON_HA_ACT_GATE_SHUT:
		n->gate_open = false;
		break;
	case BATON_HA_ACT_LEASE:
		n->gate_lease = a->value;
		break;
	case BATON_HA_ACT_VIP_ADD:
	case BATON_HA_ACT_VIP_ARM:
		n->vips = true;
		break;
	case BATON_HA_ACT_VIP_DEL:
		n->vips = false;
		break;
	case BATON_HA_ACT_CONFIRM:
		feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_CONFIRM });
		break;
	case BATON_HA_ACT_EXIT:
		n->exited = true;
		break;
	default:
		break;
	}
}

static inline void feed(struct node *n, const struct baton_ha_event *ev)
{
	struct baton_ha_actions out;

	baton_ha_step(&n->ha, ev, n->now, &out);
	for (unsigned int i = 0; i < out.count; i++) {
		if ((int)out.list[i].type == n->fail) {
			n->fail = -1;
			feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_FAILED,
				.failed = { out.list[i].type, 5 } });
			return;
		}
		obey(n, &out.list[i]);
	}
}

/* What the monitor sees; @vips: the addresses are where they should be. */
static inline void health(struct node *n, bool module, bool carrier, bool vips)
{
	n->vips = vips;
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_HEALTH,
		.health = { .module = module, .carrier = carrier, .guarded = module,
			    .vips_all = vips, .vips_armed = vips, .vips_any = vips } });
}

/* Nothing ran for @ms. */
static inline void stall(struct node *n, uint64_t ms)
{
	n->now += ms;
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_TICK });
}

/* As the loop does it: a tick at least every 100 ms. */
static inline void tick(struct node *n, uint64_t ms)
{
	for (; ms > 100; ms -= 100)
		stall(n, 100);
	stall(n, ms);
}

static inline void ring(struct node *n, uint64_t seq, bool peer)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_RING,
		.view = { .ring = { 1, seq }, .peer = peer, .peer_nodeid = peer ? 2 : 0 } });
}

static inline void group(struct node *n, bool peer)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_GROUP,
		.view = { .peer = peer, .peer_nodeid = 2 } });
}

static inline void group_died(struct node *n)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_GROUP,
		.view = { .peer_nodeid = 2, .died = true } });
}

static inline void verdict(struct node *n, uint64_t seq, bool quorate, bool peer)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_VERDICT,
		.view = { .ring = { 1, seq }, .peer = peer, .quorate = quorate } });
}

static inline void hear(struct node *n, enum baton_ha_message_type type,
			enum baton_ha_state state, uint32_t epoch, bool warm, uint32_t ref)
{
	struct baton_ha_event ev = {
		.type = BATON_HA_EV_MESSAGE,
		.from = { .message = { .type = type, .state = state, .epoch = epoch,
			.epoch_seen = epoch, .warm = warm, .healthy = true, .ref = ref,
			.lease_ms = epoch ? LEASE : 0, .ring = n->ha.ring,
			.value = type == BATON_HA_MSG_GRANT ? (uint32_t)n->ha.claimed_at : 0 } },
	};

	feed(n, &ev);
}

/* An own message comes round. */
static inline void echo(struct node *n, enum baton_ha_message_type type)
{
	struct baton_ha_event ev = {
		.type = BATON_HA_EV_MESSAGE,
		.from = { .self = true, .message = { .type = type, .ring = n->ha.ring,
			.value = type == BATON_HA_MSG_CLAIM ? (uint32_t)n->ha.claimed_at :
							      (uint32_t)n->now } },
	};

	feed(n, &ev);
}

static inline void warm(struct node *n, bool on)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_SYNCD,
		.syncd = { .connected = true, .warm = on, .peer_present = true } });
}

static inline void command(struct node *n, enum baton_ha_command c, bool force)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_COMMAND,
		.command = { .command = c, .force = force } });
}

static inline void stop(struct node *n, bool shutdown)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_STOP, .shutdown = shutdown });
}

static inline void fence_ends(struct node *n, uint32_t number, int error)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_FENCED,
		.fenced = { .number = number, .error = error } });
}

static inline void cluster_up(struct node *n)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_CLUSTER_UP,
		.cluster = { .nodeid = 1, .peer = 2, .token_ms = 300, .consensus_ms = 120,
			     .two_node = true } });
}

static inline void cluster_down(struct node *n)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_CLUSTER_DOWN });
}

static inline void start(struct node *n, struct baton_ha_gate gate, uint32_t epoch)
{
	*n = (struct node){ .now = 1000, .fail = -1, .vips = true };
	n->gate_open = gate.open;
	n->gate_epoch = gate.epoch;
	n->gate_lease = gate.lease_ms;
	baton_ha_init(&n->ha, LEASE);
	n->ha.health = (struct baton_ha_health){ .module = true, .carrier = true, .guarded = true,
		.vips_all = true, .vips_armed = true, .vips_any = true };
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_START,
		.start = { .gate = gate, .epoch = epoch } });
}

/* A standby of an active peer with epoch 7, ring 5, warm or not. */
static inline void standby(struct node *n, bool is_warm)
{
	start(n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(n);
	ring(n, 5, true);
	group(n, true);
	verdict(n, 5, true, true);
	hear(n, BATON_HA_MSG_HELLO, BATON_HA_ACTIVE, 7, false, 0);
	warm(n, is_warm);
	assert_int_equal(n->ha.state, is_warm ? BATON_HA_STANDBY : BATON_HA_SYNCING);
	clear(n);
}

/* Active by election, with a warm standby, ring 5. */
static inline void active(struct node *n)
{
	start(n, (struct baton_ha_gate){ 0 }, 0);
	cluster_up(n);
	ring(n, 5, true);
	group(n, true);
	verdict(n, 5, true, true);
	hear(n, BATON_HA_MSG_HELLO, BATON_HA_WAIT_QUORUM, 0, false, 0);
	echo(n, BATON_HA_MSG_CLAIM);
	hear(n, BATON_HA_MSG_GRANT, BATON_HA_WAIT_QUORUM, 0, false, 0);
	echo(n, BATON_HA_MSG_HELLO);
	assert_int_equal(n->ha.state, BATON_HA_ACTIVE);
	hear(n, BATON_HA_MSG_HELLO, BATON_HA_STANDBY, 0, true, 0);
	warm(n, true);
	clear(n);
}

#endif /* BATON_TEST_NODE_H */
