// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/engine.c syncd/engine_peer.c syncd/engine_source.c syncd/engine_bulk.c syncd/engine_sink.c syncd/engine_proof.c */
/* links: syncd/engine_config.c syncd/engine_size.c syncd/engine_fair.c syncd/engine_parked.c syncd/engine_status.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c syncd/replay.c */
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* links: tests/sim/kernel.c ctl/lib/brief.c tests/sim/random.c tests/unit/syncd/fail.c */
/* libs: libprotobuf-c libsodium */
/*
 * The engine step by step: how a standby becomes equal to its active, and stays so. What only many
 * steps show is tests/sim's.
 */
#include "engine_pair.h"

static void becomes_warm(void **state)
{
	struct baton_engine_status a, b;

	(void)state;
	open_some(1000);
	pass(300);
	assert_equal_tables();
	a = status(A);
	b = status(B);
	assert_true(a.warm && b.warm && a.source && !b.source);
	assert_int_equal(a.connections, 1000);
	assert_int_equal(a.would_survive, 1000);
	assert_int_equal(b.would_survive, 1000);
	assert_int_equal(a.tx_resends, 0);
	assert_int_equal(a.bulks, 0);
	assert_int_equal(notes[B][BATON_NOTE_WARM], 1);
}

static void one_change_at_once(void **state)
{
	uint32_t before;

	(void)state;
	pass(500);
	before = status(B).rx_records;
	open_some(1);
	deliver_all();
	assert_int_equal(status(B).rx_records, before + 1);
	assert_equal_tables();
	/* The next one comes too soon after that and waits a few milliseconds, not more. */
	now += MSEC;
	open_some(1);
	pass(8);
	assert_int_equal(status(B).rx_records, before + 2);
}

static void alone(void **state)
{
	(void)state;
	baton_engine_free(engine[B]);
	engine[B] = NULL;
	tamper = NULL;
	queued = 0;
	open_some(500);
	for (int i = 0; i < 3000; i++) {
		now += MSEC;
		if (baton_engine_deadline(engine[A]) <= now)
			feed(A, (struct baton_input){ .type = BATON_IN_TIMER });
		queued = 0;
	}
	assert_int_equal(drains[A], 0);
	assert_int_equal(kernel[A].dirty_count, 500);
	assert_int_equal(status(A).would_survive, 0);
	start(B);
	pass(300);
	assert_equal_tables();
	assert_true(status(A).warm);
}

static void parked(void **state)
{
	struct baton_engine_status a;
	uint32_t waiting;

	(void)state;
	kernel[B].service[0] = false;
	open_some(900);
	pass(400);
	a = status(A);
	waiting = a.lost_service;
	assert_true(waiting > 200 && waiting < 400);
	assert_false(a.warm || status(B).warm);
	assert_int_equal(a.would_survive + waiting + a.lost_in_flight, 900);
	kernel[B].service[0] = true;
	feed(B, (struct baton_input){ .type = BATON_IN_SERVICES, .services.fingerprint = 1 });
	pass(1500);
	assert_equal_tables();
	assert_true(status(A).warm);
	assert_int_equal(status(A).would_survive, 900);
}

/*
 * Walks go over the buckets that seem to differ, and by chance one that does is taken for equal: what
 * is parked from there stays.
 */
static void parked_through_walks(void **state)
{
	uint32_t waiting = 0;

	(void)state;
	kernel[B].service[0] = false;
	open_some(900);
	for (uint32_t i = 0; i < SIM_CONNS; i += SIM_SERVICES)
		waiting += kernel[A].conn[i].live;
	pass(400);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(status(A).lost_service, waiting);
		/* Whatever this changes, it is worth another walk soon. */
		feed(B, (struct baton_input){ .type = BATON_IN_SERVICES });
		pass(300);
	}
	assert_true(status(A).bulks > 15);
	for (uint32_t i = 0; i < SIM_CONNS; i += SIM_SERVICES)
		sim_kernel_close(&kernel[A], i);
	feed(A, (struct baton_input){ .type = BATON_IN_WAKE });
	pass(400);
	assert_int_equal(status(A).lost_service, 0);
}

static void services(int i, const char *text, size_t size)
{
	feed(i, (struct baton_input){ .type = BATON_IN_SERVICES,
		.services = { .fingerprint = size, .text = text, .size = size } });
}

static bool lose_half(struct datagram *d)
{
	(void)d;
	return sim_chance(50);
}

static void adoption(void **state)
{
	static char text[100000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + sim_below(26));
	/* Refused, as it is without a word. */
	services(A, text, 5000);
	services(B, "x", 1);
	pass(500);
	assert_int_equal(adopted_size, 0);
	assert_false(status(A).config_equal);
	/* Also by who is active; and adopted over a bad network, in whole. */
	adopts[A] = adopts[B] = true;
	for (int i = 0; i < 2; i++) {
		start(i);
		services(i, i == A ? text : "x", i == A ? sizeof(text) : 1);
	}
	tamper = lose_half;
	pass(8000);
	tamper = NULL;
	pass(200);
	assert_int_equal(adopted_size, sizeof(text));
	assert_memory_equal(adopted, text, sizeof(text));
	assert_int_equal(status(B).adopted, 1);
	services(B, adopted, adopted_size);
	pass(500);
	assert_true(status(A).config_equal);
	assert_int_equal(status(B).adopted, 1);
	/* A change; the standby's kernel does not want it, and is asked again, but not all the time. */
	adopt_error = -EINVAL;
	services(A, text, 300);
	pass(5000);
	assert_int_equal(adopted_size, 300);
	assert_int_equal(notes[B][BATON_NOTE_ADOPTED], 2);
	adopt_error = 0;
	pass(6000);
	assert_int_equal(status(B).adopted, 2);
	services(B, adopted, adopted_size);
	/* Nothing at all is something to have, too; too much is not. */
	services(A, text, 0);
	pass(500);
	assert_int_equal(adopted_size, 0);
	assert_int_equal(status(B).adopted, 3);
	services(B, "", 0);
	services(A, text, BATON_CONFIG_TEXT_MAX + 1);
	pass(500);
	assert_int_equal(status(B).adopted, 3);
}

static void restarted_standby(void **state)
{
	(void)state;
	open_some(3000);
	pass(500);
	start(B);
	pass(300);
	/* Its kernel still has everything: proven, not sent. */
	assert_true(status(B).warm);
	assert_int_equal(status(B).rx_records, 0);
	sim_kernel_reset(&kernel[B], SIM_CONNS);
	start(B);
	pass(2000);
	assert_equal_tables();
	assert_true(status(A).warm && status(B).warm);
	assert_int_equal(status(A).bulks, 1);
	assert_int_equal(notes[B][BATON_NOTE_BULK_END], 1);
	assert_true(notes[A][BATON_NOTE_PEER_RESTARTED] == 2);
}

/* Somebody meddles with the standby's table: the next proof fails, and only that part is sent. */
static void damage_is_found(void **state)
{
	(void)state;
	open_some(3000);
	pass(500);
	for (uint32_t i = 0, n = 0; n < 3; i++) {
		n += kernel[B].conn[i].committed;
		kernel[B].conn[i].committed = kernel[B].conn[i].live = false;
	}
	pass(2500);
	assert_equal_tables();
	assert_true(status(B).warm);
	assert_true(status(B).rx_records < 3000 + 60);
}

/* 60,000 changes a second, and still a proof every second or so. */
static void proof_under_load(void **state)
{
	(void)state;
	pass(300);
	for (int i = 0; i < 5000; i++) {
		for (int j = 0; j < 60; j++) {
			uint32_t c = sim_below(SIM_CONNS);

			if (!sim_kernel_open(&kernel[A], c))
				sim_kernel_close(&kernel[A], c);
		}
		if (i % 8 == 0)
			feed(A, (struct baton_input){ .type = BATON_IN_WAKE });
		pass(1);
		if (i > 2000)
			assert_true(status(A).warm && now - status(A).proof_at < 1500 * MSEC);
	}
	/* Most datagrams were full, hellos and acks counted as well. */
	print_message("%.1f records a datagram\n", (double)status(A).tx_records / status(A).tx_datagrams);
	assert_true(status(A).tx_records / status(A).tx_datagrams > 60);
}

static void rest_is_quiet(void **state)
{
	uint64_t before;

	(void)state;
	open_some(100);
	pass(2000);
	before = status(A).tx_datagrams + status(B).tx_datagrams;
	pass(10000);
	/* 10 hellos a second each, a digest and a few acks. */
	assert_true(status(A).tx_datagrams + status(B).tx_datagrams - before < 10 * 40);
	assert_true(status(A).warm);
	assert_true(now - status(A).proof_at < 3000 * MSEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(becomes_warm, fresh, done),
		cmocka_unit_test_setup_teardown(one_change_at_once, fresh, done),
		cmocka_unit_test_setup_teardown(alone, fresh, done),
		cmocka_unit_test_setup_teardown(parked, fresh, done),
		cmocka_unit_test_setup_teardown(parked_through_walks, fresh, done),
		cmocka_unit_test_setup_teardown(adoption, fresh, done),
		cmocka_unit_test_setup_teardown(restarted_standby, fresh, done),
		cmocka_unit_test_setup_teardown(damage_is_found, fresh, done),
		cmocka_unit_test_setup_teardown(proof_under_load, fresh, done),
		cmocka_unit_test_setup_teardown(rest_is_quiet, fresh, done),
	};

	return cmocka_run_group_tests_name("syncd/engine", tests, NULL, NULL);
}
