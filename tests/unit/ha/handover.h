/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a planned move of the role has come, for the tests of what follows. */
#ifndef BATON_TEST_HANDOVER_H
#define BATON_TEST_HANDOVER_H

#include <errno.h>
#include "node.h"

static inline void flushed(struct node *n, int error)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_FLUSHED, .error = error });
}

/* Up to the last flush: gate shut, addresses still there. */
static inline uint32_t up_to_barrier(struct node *n)
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
static inline void has_all(struct node *n, uint32_t e)
{
	feed(n, &(struct baton_ha_event){ .type = BATON_HA_EV_GIVEN, .epoch = e });
}

static inline uint32_t up_to_release(struct node *n)
{
	uint32_t e = up_to_barrier(n);

	clear(n);
	flushed(n, 0);
	assert_int_equal(said(n, BATON_HA_MSG_RELEASED)->ref, e);
	assert_true(n->vips);
	return e;
}

#endif /* BATON_TEST_HANDOVER_H */
