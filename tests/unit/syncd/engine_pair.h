/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the engine share: two of them, each with a model kernel, joined by a network of no
 * delay that a test may interfere with. One test program includes this once.
 */
#ifndef BATON_TEST_ENGINE_PAIR_H
#define BATON_TEST_ENGINE_PAIR_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "syncd/engine.h"
#include "tests/sim/sim.h"

#define A	0
#define B	1
#define MSEC	1000ull

struct datagram {
	int to;
	struct baton_frame head;
	size_t size;
	uint8_t payload[1500];
};

static struct sim_kernel kernel[2];
static struct baton_engine *engine[2];
static struct baton_actions actions;
static struct datagram queue[512];
static unsigned int queued;
static uint64_t now;
static bool adopts[2];
static char adopted[BATON_CONFIG_TEXT_MAX];
static size_t adopted_size;
static int adopt_error;
static uint32_t released[2];
static unsigned int releases[2], flushed[2], drains[2], notes[2][16];
/* Interference: return false to lose a datagram. */
static bool (*tamper)(struct datagram *d);

static inline void post(int from, const struct baton_action *a)
{
	struct datagram *d = &queue[queued];

	assert_true(queued < 512 && a->send.size <= sizeof(d->payload));
	d->to = 1 - from;
	d->head = a->send.head;
	d->size = a->send.size;
	memcpy(d->payload, a->send.payload, a->send.size);
	if (!tamper || tamper(d))
		queued++;
}

static inline void assert_equal_tables(void);

static inline bool carry_out(int i, const struct baton_action *a, struct baton_input *in)
{
	switch (a->type) {
	case BATON_ACT_SEND:
		post(i, a);
		break;
	case BATON_ACT_DRAIN:
		drains[i]++;
		break;
	case BATON_ACT_RELEASED:
		released[i] = a->released;
		releases[i]++;
		assert_equal_tables();
		break;
	case BATON_ACT_FLUSHED:
		flushed[i]++;
		break;
	case BATON_ACT_NOTE:
		notes[i][a->note.what]++;
		break;
	case BATON_ACT_ADOPT:
		assert_int_equal(i, B);
		memcpy(adopted, a->adopt.text, a->adopt.size);
		adopted_size = a->adopt.size;
		*in = (struct baton_input){ .type = BATON_IN_ADOPTED, .error = adopt_error };
		return true;
	case BATON_ACT_RESTART:
		fail_msg("restart");
	default:
		break;
	}
	return sim_kernel_answer(&kernel[i], a, in);
}

static inline void feed(int i, struct baton_input in)
{
	for (bool more = true; more;) {
		baton_engine_step(engine[i], now, &in, &actions);
		more = false;
		for (unsigned int j = 0; j < actions.count; j++)
			more |= carry_out(i, &actions.action[j], &in);
	}
}

static inline void deliver(const struct datagram *d)
{
	feed(d->to, (struct baton_input){ .type = BATON_IN_FRAME,
		.frame = { .head = &d->head, .payload = d->payload, .size = d->size } });
}

static inline void deliver_all(void)
{
	for (unsigned int i = 0; i < queued; i++) {
		struct datagram d = queue[i];

		deliver(&d);
	}
	queued = 0;
}

/* Let @ms go by. */
static inline void pass(unsigned int ms)
{
	for (unsigned int m = 0; m < ms; m++) {
		now += MSEC;
		for (int i = 0; i < 2; i++)
			if (engine[i] && baton_engine_deadline(engine[i]) <= now)
				feed(i, (struct baton_input){ .type = BATON_IN_TIMER });
		deliver_all();
	}
}

static inline void gate(int i, uint8_t role, uint32_t epoch)
{
	sim_kernel_gate(&kernel[i], role, epoch);
	feed(i, (struct baton_input){ .type = BATON_IN_GATE, .gate = { role, epoch } });
}

static inline void start(int i)
{
	struct baton_engine_params p = {
		.node = i + 1, .seed = sim_random(), .payload = 1412, .adopt = adopts[i],
	};

	for (int j = 0; j < BATON_SESSION_SIZE; j++)
		p.session.bytes[j] = sim_random();
	baton_engine_free(engine[i]);
	engine[i] = baton_engine_new(&p);
	assert_non_null(engine[i]);
	gate(i, kernel[i].role, kernel[i].epoch);
}

static inline struct baton_engine_status status(int i)
{
	struct baton_engine_status st;

	baton_engine_status(engine[i], now, &st);
	return st;
}

static inline void assert_equal_tables(void)
{
	uint32_t first;

	assert_int_equal(sim_kernel_compare(&kernel[A], &kernel[B], &first), 0);
}

static inline int fresh(void **state)
{
	(void)state;
	sim_seed(7);
	now = 1000 * MSEC;
	queued = 0;
	adopts[A] = adopts[B] = false;
	adopted_size = 0;
	adopt_error = 0;
	tamper = NULL;
	memset(released, 0, sizeof(released));
	memset(releases, 0, sizeof(releases));
	memset(flushed, 0, sizeof(flushed));
	memset(drains, 0, sizeof(drains));
	memset(notes, 0, sizeof(notes));
	for (int i = 0; i < 2; i++) {
		sim_kernel_reset(&kernel[i], SIM_CONNS);
		kernel[i].tombstone_max = SIM_CONNS;
		kernel[i].role = i == A ? BATON_ROLE_ACTIVE : BATON_ROLE_STANDBY;
		kernel[i].epoch = 2 - i;
		start(i);
	}
	return 0;
}

static inline int done(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		baton_engine_free(engine[i]);
		engine[i] = NULL;
	}
	return 0;
}

static inline void open_some(unsigned int n)
{
	while (n)
		n -= sim_kernel_open(&kernel[A], sim_below(SIM_CONNS));
	feed(A, (struct baton_input){ .type = BATON_IN_WAKE });
}

/* Nothing that the standby says arrives. */
static inline bool lose_acks(struct datagram *d)
{
	return d->to == B;
}

#endif /* BATON_TEST_ENGINE_PAIR_H */
