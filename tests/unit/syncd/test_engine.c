// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/engine.c syncd/engine_peer.c syncd/engine_source.c syncd/engine_bulk.c syncd/engine_sink.c syncd/engine_proof.c */
/* links: syncd/engine_config.c syncd/engine_size.c syncd/engine_fair.c syncd/engine_parked.c syncd/engine_status.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c syncd/replay.c */
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* links: tests/sim/kernel.c ctl/lib/brief.c */
/* libs: libprotobuf-c libsodium */
/*
 * The engine step by step: two of them, each with a model kernel, joined by a network of no
 * delay that a test may interfere with. What only many steps show is tests/sim's.
 */
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
static struct datagram queue[512], kept[64];
static unsigned int queued, keeping;
static uint64_t now;
static bool adopts[2];
static char adopted[BATON_CONFIG_TEXT_MAX];
static size_t adopted_size;
static int adopt_error;
static uint32_t released[2];
static unsigned int releases[2], flushed[2], drains[2], notes[2][16];
/* Interference: return false to lose a datagram. */
static bool (*tamper)(struct datagram *d);

uint64_t sim_random(void)
{
	return (uint64_t)rand() << 31 ^ (uint64_t)rand();
}

uint32_t sim_below(uint32_t n)
{
	return n ? sim_random() % n : 0;
}

bool sim_chance(unsigned int percent)
{
	return percent && sim_below(100) < percent;
}

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	abort();
}

static void post(int from, const struct baton_action *a)
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

static void assert_equal_tables(void);

static bool carry_out(int i, const struct baton_action *a, struct baton_input *in)
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

static void feed(int i, struct baton_input in)
{
	for (bool more = true; more;) {
		baton_engine_step(engine[i], now, &in, &actions);
		more = false;
		for (unsigned int j = 0; j < actions.count; j++)
			more |= carry_out(i, &actions.action[j], &in);
	}
}

static void deliver(const struct datagram *d)
{
	feed(d->to, (struct baton_input){ .type = BATON_IN_FRAME,
		.frame = { .head = &d->head, .payload = d->payload, .size = d->size } });
}

static void deliver_all(void)
{
	for (unsigned int i = 0; i < queued; i++) {
		struct datagram d = queue[i];

		deliver(&d);
	}
	queued = 0;
}

/* Let @ms go by. */
static void pass(unsigned int ms)
{
	for (unsigned int m = 0; m < ms; m++) {
		now += MSEC;
		for (int i = 0; i < 2; i++)
			if (engine[i] && baton_engine_deadline(engine[i]) <= now)
				feed(i, (struct baton_input){ .type = BATON_IN_TIMER });
		deliver_all();
	}
}

static void gate(int i, uint8_t role, uint32_t epoch)
{
	sim_kernel_gate(&kernel[i], role, epoch);
	feed(i, (struct baton_input){ .type = BATON_IN_GATE, .gate = { role, epoch } });
}

static void start(int i)
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

static struct baton_engine_status status(int i)
{
	struct baton_engine_status st;

	baton_engine_status(engine[i], now, &st);
	return st;
}

static void assert_equal_tables(void)
{
	uint32_t first;

	assert_int_equal(sim_kernel_compare(&kernel[A], &kernel[B], &first), 0);
}

static int fresh(void **state)
{
	(void)state;
	srand(7);
	now = 1000 * MSEC;
	queued = keeping = 0;
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

static int done(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		baton_engine_free(engine[i]);
		engine[i] = NULL;
	}
	return 0;
}

static void open_some(unsigned int n)
{
	while (n)
		n -= sim_kernel_open(&kernel[A], sim_below(SIM_CONNS));
	feed(A, (struct baton_input){ .type = BATON_IN_WAKE });
}

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

static bool lose_acks(struct datagram *d)
{
	return d->to == B;
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
		cmocka_unit_test_setup_teardown(recording_is_not_believed, fresh, done),
		cmocka_unit_test_setup_teardown(replays_and_copies, fresh, done),
		cmocka_unit_test_setup_teardown(lost_batch_is_sent_again, fresh, done),
		cmocka_unit_test_setup_teardown(lost_last_batch, fresh, done),
		cmocka_unit_test_setup_teardown(window_is_bounded, fresh, done),
		cmocka_unit_test_setup_teardown(old_epoch, fresh, done),
		cmocka_unit_test_setup_teardown(epochs_are_remembered, fresh, done),
		cmocka_unit_test_setup_teardown(flush_is_a_barrier, fresh, done),
		cmocka_unit_test_setup_teardown(flush_with_proof_is_a_barrier, fresh, done),
		cmocka_unit_test_setup_teardown(flush_gives_the_role, fresh, done),
		cmocka_unit_test_setup_teardown(flush_without_acks, fresh, done),
		cmocka_unit_test_setup_teardown(parked, fresh, done),
		cmocka_unit_test_setup_teardown(narrow_path, fresh, done),
		cmocka_unit_test_setup_teardown(adoption, fresh, done),
		cmocka_unit_test_setup_teardown(peer_of_an_older_release, fresh, done),
		cmocka_unit_test_setup_teardown(parked_through_walks, fresh, done),
		cmocka_unit_test_setup_teardown(restarted_standby, fresh, done),
		cmocka_unit_test_setup_teardown(damage_is_found, fresh, done),
		cmocka_unit_test_setup_teardown(proof_under_load, fresh, done),
		cmocka_unit_test_setup_teardown(rest_is_quiet, fresh, done),
	};

	return cmocka_run_group_tests_name("syncd/engine", tests, NULL, NULL);
}
