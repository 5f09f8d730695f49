// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/engine.c syncd/engine_peer.c syncd/engine_source.c syncd/engine_bulk.c syncd/engine_sink.c syncd/engine_proof.c */
/* links: syncd/engine_config.c syncd/engine_size.c syncd/engine_fair.c syncd/engine_parked.c syncd/engine_status.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c syncd/replay.c */
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* links: tests/sim/kernel.c ctl/lib/brief.c tests/sim/random.c tests/unit/syncd/fail.c */
/* libs: libprotobuf-c libsodium */
/*
 * The engine step by step, over a network that loses, repeats, keeps for later, and is narrower than
 * it says.
 */
#include "engine_pair.h"

static struct datagram kept[64];
static unsigned int keeping;

static bool keep_all(struct datagram *d)
{
	if (keeping < 64 && d->to == B)
		kept[keeping++] = *d;
	return true;
}

/* A whole recorded conversation is played to a daemon that has started anew. */
static void recording_is_not_believed(void **state)
{
	(void)state;
	keeping = 0;
	tamper = keep_all;
	open_some(300);
	pass(100);
	assert_true(status(B).peers == 1 && keeping > 5);
	tamper = NULL;
	done(NULL);
	queued = 0;
	sim_kernel_reset(&kernel[B], SIM_CONNS);
	start(B);
	for (unsigned int i = 0; i < keeping; i++) {
		now += MSEC;
		deliver(&kept[i]);
	}
	assert_int_equal(status(B).peers, 0);
	assert_int_equal(status(B).rx_records, 0);
	assert_true(status(B).refusals[BATON_REFUSAL_FOREIGN] > 0);
}

static void replays_and_copies(void **state)
{
	uint64_t records;

	(void)state;
	keeping = 0;
	tamper = keep_all;
	open_some(300);
	pass(100);
	records = status(B).rx_records;
	assert_int_equal(status(B).refusals[BATON_REFUSAL_REPLAY], 0);
	for (unsigned int i = 0; i < keeping; i++)
		deliver(&kept[i]);
	assert_int_equal(status(B).refusals[BATON_REFUSAL_REPLAY], keeping);
	for (unsigned int i = 0; i < keeping; i++) {
		kept[i].head.link = 1;
		deliver(&kept[i]);
	}
	assert_int_equal(status(B).refusals[BATON_REFUSAL_REPLAY], keeping);
	assert_int_equal(status(B).rx_duplicates, keeping);
	assert_int_equal(status(B).rx_records, records);
}

static int losses;

static bool lose_batches(struct datagram *d)
{
	static struct baton_reader rd;

	if (losses && !baton_msg_read(&rd, d->payload, d->size) && rd.msg.batch) {
		losses--;
		return false;
	}
	return true;
}

static void lost_batch_is_sent_again(void **state)
{
	(void)state;
	pass(300);
	losses = 2;
	tamper = lose_batches;
	open_some(1000);
	pass(100);
	assert_int_equal(losses, 0);
	assert_equal_tables();
	assert_true(status(A).tx_resends >= 2);
	assert_int_equal(status(A).lag_unacked, 0);
	assert_int_equal(status(A).bulks, 0);
}

/* The last batch, with nothing behind it to show the gap. */
static void lost_last_batch(void **state)
{
	(void)state;
	pass(300);
	losses = 1;
	tamper = lose_batches;
	open_some(1);
	pass(80);
	assert_equal_tables();
}

static bool lose_all(struct datagram *d)
{
	(void)d;
	return false;
}

/* What an active that is silent told last says nothing about now, however often it is looked at. */
static void proof_is_no_younger_than_the_last_word(void **state)
{
	uint64_t cut;

	(void)state;
	for (int i = 0; i < 20; i++)
		sim_kernel_open(&kernel[A], i);
	pass(5000);
	assert_true(status(B).warm);
	assert_in_range(now - status(B).proof_at, 0, 1200 * MSEC);
	cut = now;
	tamper = lose_all;
	pass(8000);
	assert_true(status(B).warm && status(B).proof_at <= cut);
	tamper = NULL;
	pass(3000);
	assert_true(status(B).warm);
	assert_in_range(now - status(B).proof_at, 0, 1200 * MSEC);
}

/* Nobody acknowledges: the kernel is left alone when the window is full, until somebody does. */
static void window_is_bounded(void **state)
{
	(void)state;
	pass(300);
	tamper = lose_acks;
	for (int i = 0; i < 400; i++) {
		for (int j = 0; j < 200; j++) {
			uint32_t c = sim_below(SIM_CONNS);

			if (!sim_kernel_open(&kernel[A], c))
				sim_kernel_close(&kernel[A], c);
		}
		feed(A, (struct baton_input){ .type = BATON_IN_WAKE });
		pass(5);
	}
	assert_true(kernel[A].dirty_count > 1000);
	assert_true(status(A).lag_unacked > 1000);
	assert_true(status(A).lag_oldest > 500 * MSEC);
	tamper = NULL;
	pass(2000);
	assert_int_equal(kernel[A].dirty_count, 0);
	assert_equal_tables();
	assert_true(status(A).warm);
}

static size_t path;

static bool narrow(struct datagram *d)
{
	return d->size <= path;
}

/* What is larger than the path is lost: everything has to come all the same, then and later. */
static void narrow_path(void **state)
{
	static const size_t paths[] = { 1300, 1200, 1412, 1172 };

	(void)state;
	tamper = narrow;
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t began;

		path = paths[i];
		open_some(400);
		pass(7000);
		assert_equal_tables();
		assert_true(status(A).warm && status(B).warm);
		began = now;
		assert_in_range(status(A).datagram, 1172 + 60, path + 60);
		/* Now it is known, and costs nothing any more. */
		open_some(400);
		pass(100);
		assert_true(now - began < 200 * MSEC);
		assert_equal_tables();
	}
	assert_int_equal(status(A).datagram, 1172 + 60);
	assert_int_equal(status(A).datagram_limit, 1412 + 60);
	/* Said when it has lasted: narrow, not any more, narrow. */
	pass(5000);
	assert_int_equal(notes[A][BATON_NOTE_NARROW], 3);
	path = 1412;
	pass(4000);
	assert_int_equal(status(A).datagram, 1412 + 60);
}

/* A release that says nothing of what it hears gets what the interface takes. */
static bool old_release(struct datagram *d)
{
	static struct baton_reader rd;

	assert_int_equal(baton_msg_read(&rd, d->payload, d->size), 0);
	if (d->to != A || !rd.msg.has_hello)
		return d->size <= 1412;
	for (unsigned int i = 0; i < rd.msg.hello.peers; i++)
		rd.msg.hello.peer[i].largest = 0;
	rd.msg.hello.pad_to = 0;
	d->size = (size_t)baton_msg_write(&rd.msg.hello, rd.msg.has_source ? &rd.msg.source : NULL,
					  rd.msg.has_ack ? &rd.msg.ack : NULL, d->payload, 1412);
	return true;
}

static void peer_of_an_older_release(void **state)
{
	(void)state;
	tamper = old_release;
	open_some(400);
	pass(6000);
	assert_equal_tables();
	assert_true(status(A).warm);
	assert_int_equal(status(A).datagram, 1412 + 60);
	assert_int_equal(notes[A][BATON_NOTE_NARROW], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(recording_is_not_believed, fresh, done),
		cmocka_unit_test_setup_teardown(replays_and_copies, fresh, done),
		cmocka_unit_test_setup_teardown(lost_batch_is_sent_again, fresh, done),
		cmocka_unit_test_setup_teardown(lost_last_batch, fresh, done),
		cmocka_unit_test_setup_teardown(proof_is_no_younger_than_the_last_word, fresh, done),
		cmocka_unit_test_setup_teardown(window_is_bounded, fresh, done),
		cmocka_unit_test_setup_teardown(narrow_path, fresh, done),
		cmocka_unit_test_setup_teardown(peer_of_an_older_release, fresh, done),
	};

	return cmocka_run_group_tests_name("syncd/engine/network", tests, NULL, NULL);
}
