// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/engine.c syncd/engine_peer.c syncd/engine_source.c syncd/engine_bulk.c syncd/engine_sink.c syncd/engine_proof.c */
/* links: syncd/engine_config.c syncd/engine_size.c syncd/engine_fair.c syncd/engine_parked.c syncd/engine_status.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c syncd/replay.c */
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* links: tests/sim/kernel.c ctl/lib/brief.c tests/sim/random.c tests/unit/syncd/fail.c */
/* libs: libprotobuf-c libsodium */
/*
 * One source, a fast standby and one that takes in a datagram every 40 ms, from a socket that
 * overflows: the fast one keeps up, the slow one is left behind, said so, and is equal in the
 * end. A slow one that is alone is waited for.
 */
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

#define NODES	3
#define SOURCE	0
#define FAST	1
#define SLOW	2
#define MSEC	1000ull
#define SOCKET	64
#define PAUSE	40	/* milliseconds a datagram */

struct datagram {
	struct baton_frame head;
	size_t size;
	uint8_t payload[1500];
};

static struct sim_kernel kernel[NODES];
static struct baton_engine *engine[NODES];
static struct baton_actions actions;
static struct datagram inbox[NODES][512];
static unsigned int inboxed[NODES], behind;
static uint64_t now;
static unsigned int pause_ms;

static void post(int from, const struct baton_action *a)
{
	for (int to = 0; to < NODES; to++) {
		struct datagram *d = &inbox[to][inboxed[to]];

		if (to == from || !engine[to] || inboxed[to] == (to == SLOW ? SOCKET : 512))
			continue;
		d->head = a->send.head;
		d->size = a->send.size;
		memcpy(d->payload, a->send.payload, d->size);
		inboxed[to]++;
	}
}

static bool carry_out(int i, const struct baton_action *a, struct baton_input *in)
{
	if (a->type == BATON_ACT_SEND)
		post(i, a);
	else if (a->type == BATON_ACT_NOTE)
		behind += a->note.what == BATON_NOTE_LEFT_BEHIND;
	return sim_kernel_answer(&kernel[i], a, in);
}

static void feed(int i, struct baton_input in)
{
	for (bool more = true; more;) {
		baton_engine_step(engine[i], now, &in, &actions);
		more = false;
		for (unsigned int j = 0; j < actions.count; j++)
			more |= carry_out(i, &actions.action[j], &in);
	}
}

static void take(int i, unsigned int count)
{
	static struct datagram d[512];

	if (count > inboxed[i])
		count = inboxed[i];
	memcpy(d, inbox[i], count * sizeof(d[0]));
	inboxed[i] -= count;
	memmove(inbox[i], inbox[i] + count, inboxed[i] * sizeof(d[0]));
	for (unsigned int j = 0; j < count; j++)
		feed(i, (struct baton_input){ .type = BATON_IN_FRAME, .frame = {
			.head = &d[j].head, .payload = d[j].payload, .size = d[j].size } });
}

static void pass(void)
{
	now += MSEC;
	for (int i = 0; i < NODES; i++) {
		if (!engine[i])
			continue;
		if (baton_engine_deadline(engine[i]) <= now)
			feed(i, (struct baton_input){ .type = BATON_IN_TIMER });
		if (i != SLOW)
			take(i, 512);
		else if (!pause_ms || now / MSEC % pause_ms == 0)
			take(i, pause_ms ? 1 : 512);
	}
}

static void start(int i)
{
	struct baton_engine_params p = { .node = i + 1, .seed = sim_random(), .payload = 1412 };

	for (int j = 0; j < BATON_SESSION_SIZE; j++)
		p.session.bytes[j] = sim_random();
	sim_kernel_reset(&kernel[i], SIM_CONNS);
	kernel[i].tombstone_max = SIM_CONNS;
	sim_kernel_gate(&kernel[i], i == SOURCE ? BATON_ROLE_ACTIVE : BATON_ROLE_STANDBY,
			i == SOURCE ? 2 : 1);
	engine[i] = baton_engine_new(&p);
	assert_non_null(engine[i]);
	feed(i, (struct baton_input){ .type = BATON_IN_GATE,
		.gate = { kernel[i].role, kernel[i].epoch } });
}

static struct baton_engine_status status(int i)
{
	struct baton_engine_status st;

	baton_engine_status(engine[i], now, &st);
	return st;
}

/* Let @ms go by with @changes of connections in each. Return: milliseconds with a long list of changes. */
static unsigned int work(unsigned int ms, unsigned int changes)
{
	unsigned int held = 0;

	while (ms--) {
		for (unsigned int i = 0; i < changes; i++) {
			uint32_t c = sim_below(SIM_CONNS);

			if (!sim_kernel_open(&kernel[SOURCE], c))
				sim_kernel_change(&kernel[SOURCE], c);
		}
		if (changes)
			feed(SOURCE, (struct baton_input){ .type = BATON_IN_WAKE });
		pass();
		held += kernel[SOURCE].dirty_count > 50 * changes;
	}
	return held;
}

static void wait_warm(int i)
{
	for (int ms = 0; ms < 60000 && !status(i).warm; ms++)
		pass();
	assert_true(status(i).warm);
}

static int fresh(void **state)
{
	(void)state;
	sim_seed(3);
	now = 1000 * MSEC;
	behind = 0;
	pause_ms = 0;
	memset(inboxed, 0, sizeof(inboxed));
	start(SOURCE);
	return 0;
}

static int done(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++) {
		baton_engine_free(engine[i]);
		engine[i] = NULL;
	}
	return 0;
}

static void a_slow_one_holds_nobody_back(void **state)
{
	unsigned int held;
	uint32_t first;

	(void)state;
	start(FAST);
	start(SLOW);
	wait_warm(FAST);
	wait_warm(SLOW);
	pause_ms = PAUSE;
	held = work(12000, 20);
	print_message("held for %u of 12000 ms, left behind %u times\n", held, behind);
	assert_true(behind > 0);
	assert_true(status(SOURCE).left_behind > 0);
	/* But for the seconds in which it is tried again. */
	assert_true(held < 6000);
	pause_ms = 0;
	work(500, 0);
	wait_warm(FAST);
	for (int ms = 0; ms < 60000 && status(SOURCE).peers && (status(SLOW).proof_at + 500 * MSEC < now ||
	     !status(SLOW).warm); ms++)
		pass();
	assert_int_equal(sim_kernel_compare(&kernel[SOURCE], &kernel[FAST], &first), 0);
	assert_int_equal(sim_kernel_compare(&kernel[SOURCE], &kernel[SLOW], &first), 0);
}

static void a_lonely_one_is_waited_for(void **state)
{
	uint32_t first;

	(void)state;
	start(SLOW);
	wait_warm(SLOW);
	pause_ms = PAUSE;
	work(4000, 20);
	assert_int_equal(behind, 0);
	pause_ms = 0;
	work(3000, 0);
	wait_warm(SLOW);
	assert_int_equal(sim_kernel_compare(&kernel[SOURCE], &kernel[SLOW], &first), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_slow_one_holds_nobody_back, fresh, done),
		cmocka_unit_test_setup_teardown(a_lonely_one_is_waited_for, fresh, done),
	};

	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
