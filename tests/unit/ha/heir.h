/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An heir and an active that has one, for the tests of what the contract between them comes to. */
#ifndef BATON_TEST_HEIR_H
#define BATON_TEST_HEIR_H

#include "node.h"

#define MS	110
#define LEASE_HEIR	62
#define LEASE_OVER	78	/* surely, and a rounding error more */
#define NUMBER	4711

static inline void beat(struct node *n, uint32_t epoch, uint32_t number, uint32_t lease_ms)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_BEAT,
		.beat = { .epoch = epoch, .number = number, .lease_ms = lease_ms } });
}

static inline void offer(struct node *n, uint32_t lease_ms)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_MESSAGE,
		.from = { .message = { .type = BATON_HA_MSG_OFFER, .state = BATON_HA_ACTIVE,
			.epoch = 7, .epoch_seen = 7, .healthy = true, .ref = lease_ms,
			.value = NUMBER, .lease_ms = LEASE, .ring = n->ha.ring } } });
}

static inline void from_heir(struct node *n, enum baton_ha_message_type type, bool heir, uint32_t ref,
		      uint32_t value)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_MESSAGE,
		.from = { .message = { .type = type, .state = BATON_HA_STANDBY, .warm = true,
			.healthy = true, .heir = heir, .ref = ref, .value = value,
			.ring = n->ha.ring } } });
}

/* Time goes by in steps that no stall is made of. */
static inline void wait(struct node *n, uint64_t ms)
{
	for (; ms > 10; ms -= 10)
		stall(n, 10);
	stall(n, ms);
}

/* A warm standby that is the heir of epoch 7, and has just heard a beat. */
static inline void heir(struct node *n)
{
	standby(n, true);
	n->ha.succession.ms = MS;
	offer(n, LEASE_HEIR);
	assert_non_null(said(n, BATON_HA_MSG_ACCEPT));
	assert_int_equal(said(n, BATON_HA_MSG_ACCEPT)->value, NUMBER);
	assert_true(said(n, BATON_HA_MSG_ACCEPT)->heir);
	beat(n, 7, NUMBER, LEASE_HEIR);
	clear(n);
}

/* An active with an heir. */
static inline void agreed(struct node *n)
{
	active(n);
	n->ha.succession.ms = MS;
	tick(n, 10);
	assert_non_null(said(n, BATON_HA_MSG_OFFER));
	assert_int_equal(said(n, BATON_HA_MSG_OFFER)->ref, LEASE_HEIR);
	assert_int_equal(n->gate_lease, LEASE);
	from_heir(n, BATON_HA_MSG_ACCEPT, true, n->ha.epoch, said(n, BATON_HA_MSG_OFFER)->value);
	assert_int_equal(n->gate_lease, LEASE_HEIR);
	clear(n);
}

#endif /* BATON_TEST_HEIR_H */
