// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/engine.c syncd/engine_peer.c syncd/engine_source.c syncd/engine_bulk.c syncd/engine_sink.c syncd/engine_proof.c */
/* links: syncd/engine_config.c syncd/engine_size.c syncd/engine_fair.c syncd/engine_parked.c syncd/engine_status.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c syncd/replay.c */
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* links: syncd/frame.c tests/sim/kernel.c ctl/lib/brief.c tests/sim/random.c tests/unit/syncd/fail.c */
/* libs: libprotobuf-c libsodium */
/*
 * A pair at work, and a million datagrams that are almost theirs: bits flipped, cut, lengthened,
 * spliced, replayed, echoed, of another session, of another key, of none. Each is counted
 * under one reason, none changes the standby's table, and the pair goes on as if nothing were.
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

#define A		0
#define B		1
#define MUTATED		1000000u
#define PER_DATAGRAM	1500	/* mutated ones for each genuine one */
#define MSEC		1000ull
#define CONNS		600
#define RECENT		64

struct datagram {
	int from;
	bool hello;
	size_t size;
	uint8_t bytes[BATON_FRAME_MAX];
};

static struct sim_kernel kernel[2];
static struct baton_engine *engine[2];
static struct baton_session session[2];
static struct baton_keyring ring = { .slot[0].id = 1 }, other = { .slot[0].id = 1 };
static struct baton_actions actions;
static struct baton_reader reader;
static struct datagram queue[512], recent[RECENT];
static unsigned int queued, seen;
static unsigned int applies;
static uint64_t now = 1000 * MSEC, mutated, refused[BATON_REFUSAL_COUNT];

static void post(int from, const struct baton_action *a)
{
	struct datagram *d = &queue[queued++];
	struct baton_frame head = a->send.head;
	long n;

	assert_true(queued < 512);
	head.key_id = 1;
	n = baton_frame_seal(&ring, &head, a->send.payload, a->send.size, d->bytes);
	assert_true(n > 0);
	d->size = n;
	d->from = from;
	/* Such a one introduces a session, and to be met is no refusal. */
	d->hello = !baton_msg_read(&reader, a->send.payload, a->send.size) && reader.msg.has_hello;
}

static bool carry_out(int i, const struct baton_action *a, struct baton_input *in)
{
	if (a->type == BATON_ACT_SEND)
		post(i, a);
	applies += a->type == BATON_ACT_APPLY;
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

/* As transport.c does. Return: why it was not even opened. */
static enum baton_refusal receive(int to, const uint8_t *p, size_t n)
{
	static uint8_t plain[BATON_FRAME_MAX + 128];
	struct baton_frame head;
	enum baton_refusal why;
	size_t size;

	why = baton_frame_open(&ring, &session[to], p, n, &head, plain, &size);
	if (why != BATON_REFUSAL_NONE)
		baton_engine_refused(engine[to], why);
	else
		feed(to, (struct baton_input){ .type = BATON_IN_FRAME,
			.frame = { .head = &head, .payload = plain, .size = size } });
	return why;
}

static size_t flip(uint8_t *p, size_t n)
{
	for (uint32_t bits = 1 + sim_below(8); bits; bits--)
		p[sim_below(n)] ^= 1 << sim_below(8);
	return n;
}

/* The same message under another session, or under a key that only has our key's number. */
static size_t reseal(uint8_t *p, size_t n, bool foreign)
{
	static uint8_t plain[BATON_FRAME_MAX];
	static const struct baton_session nobody = { "nobody" };
	struct baton_frame head;
	size_t size;
	long sealed;

	assert_int_equal(baton_frame_open(&ring, &nobody, p, n, &head, plain, &size), 0);
	if (foreign)
		head.session.bytes[sim_below(BATON_SESSION_SIZE)] ^= 1 + sim_below(255);
	sealed = baton_frame_seal(foreign ? &ring : &other, &head, plain, size, p);
	assert_true(sealed > 0);
	return sealed;
}

/* Return: the new size; what comes out is never a datagram that B has not heard yet. */
static size_t mutate(uint8_t *p, const struct datagram *d)
{
	const struct datagram *e = &recent[sim_below(seen < RECENT ? seen : RECENT)];
	size_t n = d->size, more;

	memcpy(p, d->bytes, n);
	switch (sim_below(10)) {
	case 0:
		return sim_below(n);
	case 1:
		more = 1 + sim_below(100);
		for (size_t i = 0; i < more; i++)
			p[n + i] = sim_random();
		return n + more;
	case 2:		/* the header of one, the rest of another */
		memcpy(p + BATON_FRAME_HEADER, e->bytes + BATON_FRAME_HEADER,
		       e->size - BATON_FRAME_HEADER);
		return e->size;
	case 3:
		p[6] = sim_below(256);
		return n;
	case 4:		/* as it was: seen before, or our own */
		memcpy(p, e->bytes, e->size);
		return e->size;
	case 5:
		return d->hello || sim_chance(80) ? flip(p, n) : reseal(p, n, true);
	case 6:
		return sim_chance(80) ? flip(p, n) : reseal(p, n, false);
	default:
		return flip(p, n);
	}
}

static uint64_t all_refused(void)
{
	struct baton_engine_status st;
	uint64_t sum = 0;

	baton_engine_status(engine[B], now, &st);
	for (int i = 0; i < BATON_REFUSAL_COUNT; i++)
		sum += refused[i] = st.refusals[i];
	return sum;
}

static void harass(void)
{
	static uint8_t p[2 * BATON_FRAME_MAX];
	unsigned int before = applies;

	for (unsigned int i = 0; seen && i < PER_DATAGRAM && mutated < MUTATED; i++) {
		const struct datagram *d = &recent[sim_below(seen < RECENT ? seen : RECENT)];
		size_t n = mutate(p, d);

		/* A few bits flipped twice are the datagram again, and that is a replay. */
		receive(B, p, n);
		mutated++;
	}
	assert_int_equal(applies, before);
	assert_true(all_refused() == mutated);
}

static void deliver_all(void)
{
	for (unsigned int i = 0; i < queued; i++) {
		recent[seen++ % RECENT] = queue[i];
		assert_int_equal(receive(1 - queue[i].from, queue[i].bytes, queue[i].size),
				 BATON_REFUSAL_NONE);
		harass();
	}
	queued = 0;
}

static void pass(void)
{
	now += MSEC;
	for (int i = 0; i < 2; i++)
		if (baton_engine_deadline(engine[i]) <= now)
			feed(i, (struct baton_input){ .type = BATON_IN_TIMER });
	deliver_all();
}

static void start(int i)
{
	struct baton_engine_params p = { .node = i + 1, .seed = sim_random(), .payload = 1412 };

	for (int j = 0; j < BATON_SESSION_SIZE; j++)
		session[i].bytes[j] = sim_random();
	p.session = session[i];
	sim_kernel_reset(&kernel[i], CONNS);
	kernel[i].tombstone_max = CONNS;
	sim_kernel_gate(&kernel[i], i == A ? BATON_ROLE_ACTIVE : BATON_ROLE_STANDBY, 2 - i);
	engine[i] = baton_engine_new(&p);
	assert_non_null(engine[i]);
	feed(i, (struct baton_input){ .type = BATON_IN_GATE,
		.gate = { kernel[i].role, kernel[i].epoch } });
}

static void a_million(void **state)
{
	struct baton_engine_status st;
	uint32_t first;

	(void)state;
	sim_seed(1);
	memset(ring.slot[0].key, 7, BATON_FRAME_KEY);
	memset(other.slot[0].key, 8, BATON_FRAME_KEY);
	start(A);
	start(B);
	for (unsigned int ms = 0; mutated < MUTATED || ms % 4000; ms++) {
		/* Traffic now and then, and rest for a proof. */
		if (mutated < MUTATED && ms % 16 == 0) {
			for (int i = 0; i < 5; i++)
				if (!sim_kernel_open(&kernel[A], sim_below(CONNS)))
					sim_kernel_close(&kernel[A], sim_below(CONNS));
			feed(A, (struct baton_input){ .type = BATON_IN_WAKE });
		}
		pass();
	}
	baton_engine_status(engine[B], now, &st);
	assert_true(st.warm);
	assert_int_equal(st.bulk_reruns, 0);
	assert_int_equal(sim_kernel_compare(&kernel[A], &kernel[B], &first), 0);
	print_message("%u mutated datagrams, none taken:", MUTATED);
	for (int i = BATON_REFUSAL_NONE + 1; i < BATON_REFUSAL_COUNT; i++)
		print_message(" %s %llu", baton_refusal_name(i), (unsigned long long)refused[i]);
	print_message("\n");
	for (int i = BATON_REFUSAL_TRUNCATED; i <= BATON_REFUSAL_FOREIGN; i++)
		if (i != BATON_REFUSAL_MIN_READER)
			assert_true(refused[i] > 0);
	baton_engine_free(engine[A]);
	baton_engine_free(engine[B]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million),
	};

	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
