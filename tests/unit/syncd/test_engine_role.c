// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/engine.c syncd/engine_peer.c syncd/engine_source.c syncd/engine_bulk.c syncd/engine_sink.c syncd/engine_proof.c */
/* links: syncd/engine_config.c syncd/engine_size.c syncd/engine_fair.c syncd/engine_parked.c syncd/engine_status.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c syncd/replay.c */
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* links: tests/sim/kernel.c ctl/lib/brief.c tests/sim/random.c tests/unit/syncd/fail.c */
/* libs: libprotobuf-c libsodium */
/*
 * The engine step by step, when the role moves: epochs, and the flush before which an active does not
 * give it away.
 */
#include "engine_pair.h"

static void old_epoch(void **state)
{
	(void)state;
	open_some(10);
	pass(300);
	/* B is told of an epoch that A does not have: A has lost its role without noticing. */
	gate(B, BATON_ROLE_STANDBY, 7);
	open_some(10);
	pass(100);
	assert_int_equal(status(B).rx_records, 10);
	assert_true(status(B).refusals[BATON_REFUSAL_OLD_EPOCH] > 0);
}

static void barrier(bool prove)
{
	struct baton_input in = { .type = BATON_IN_FLUSH, .flush = { .prove = prove } };

	feed(B, in);
	assert_int_equal(flushed[B], 1);
	pass(300);
	open_some(2000);
	/* The gate is shut first: what is left goes out all the same. */
	gate(A, BATON_ROLE_STANDBY, 2);
	feed(A, in);
	assert_int_equal(flushed[A], 0);
	for (int i = 0; i < 200 && !flushed[A]; i++)
		pass(1);
	assert_int_equal(flushed[A], 1);
	assert_equal_tables();
	/* Then the other direction. */
	gate(B, BATON_ROLE_ACTIVE, 3);
	pass(300);
	assert_true(status(B).source && !status(A).source);
	assert_true(status(B).warm && status(A).warm);
	assert_int_equal(status(B).bulks, 0);
}

static bool lose_all(struct datagram *d)
{
	(void)d;
	return false;
}

/* Who opens next has to be above all of them, also when the peer has gone. */
static void epochs_are_remembered(void **state)
{
	uint32_t own = kernel[B].epoch;

	(void)state;
	pass(300);
	gate(A, BATON_ROLE_ACTIVE, own + 9);
	pass(300);
	assert_int_equal(status(B).epoch, own);
	assert_int_equal(status(B).epoch_heard, own + 9);
	assert_int_equal(status(A).epoch_heard, own + 9);
	tamper = lose_all;
	/* what it said is doubtful before it is given up */
	pass(800);
	assert_false(status(B).peer_quiet);
	pass(400);
	assert_true(status(B).peer_quiet && status(B).peers == 1 && status(B).peer_role == BATON_ROLE_ACTIVE);
	pass(20000);
	assert_int_equal(status(B).peers, 0);
	assert_int_equal(status(B).epoch_heard, own + 9);
}

static void flush_is_a_barrier(void **state)
{
	(void)state;
	barrier(false);
}

static void flush_with_proof_is_a_barrier(void **state)
{
	(void)state;
	barrier(true);
}

static unsigned int dropped;

static bool lose_every_third(struct datagram *d)
{
	(void)d;
	return ++dropped % 3;
}

/* The role goes with the flush: the standby says once, and not before it has everything, that it has it. */
static void flush_gives_the_role(void **state)
{
	struct baton_input in = { .type = BATON_IN_FLUSH, .flush = { .release = 2 } };

	(void)state;
	pass(300);
	tamper = lose_every_third;
	open_some(2000);
	pass(5);
	gate(A, BATON_ROLE_STANDBY, 2);
	feed(A, in);
	assert_int_equal(releases[B], 0);
	for (int i = 0; i < 5000 && !flushed[A]; i++)
		pass(1);
	assert_int_equal(flushed[A], 1);
	pass(300);
	assert_int_equal(releases[B], 1);
	assert_int_equal(released[B], 2);
	assert_int_equal(releases[A], 0);
	/* Taken back: what was said does not hold any more. */
	gate(A, BATON_ROLE_ACTIVE, 4);
	pass(300);
	gate(A, BATON_ROLE_STANDBY, 4);
	feed(A, (struct baton_input){ .type = BATON_IN_FLUSH });
	pass(300);
	assert_int_equal(releases[B], 1);
}

static void flush_without_acks(void **state)
{
	(void)state;
	pass(300);
	tamper = lose_acks;
	open_some(10);
	feed(A, (struct baton_input){ .type = BATON_IN_FLUSH });
	pass(1000);
	assert_int_equal(flushed[A], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(old_epoch, fresh, done),
		cmocka_unit_test_setup_teardown(epochs_are_remembered, fresh, done),
		cmocka_unit_test_setup_teardown(flush_is_a_barrier, fresh, done),
		cmocka_unit_test_setup_teardown(flush_with_proof_is_a_barrier, fresh, done),
		cmocka_unit_test_setup_teardown(flush_gives_the_role, fresh, done),
		cmocka_unit_test_setup_teardown(flush_without_acks, fresh, done),
	};

	return cmocka_run_group_tests_name("syncd/engine/role", tests, NULL, NULL);
}
