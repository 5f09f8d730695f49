// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz what the sync port takes in. The first byte of an input chooses the door:
 *	even	a datagram as it comes from the network: the frame must hold
 *	odd	a message behind the frame, straight into a whole engine that has been
 *		introduced to its sender: decoder, dictionary, stream, acks, proofs
 * Two engines per input would be a simulation; this one only has to survive. Seeds are the
 * recorded datagrams, opened (tests/fuzz/seeds).
 */
#include <sodium.h>
#include <stdlib.h>

#include "syncd/engine.h"

static struct baton_actions actions;
static struct baton_sync_batch batch;
static struct baton_sync_result result;
static struct baton_sync_digest digest;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

static void frame(const uint8_t *data, size_t size)
{
	static struct baton_keyring ring = { .slot[0].id = 1 };
	static const struct baton_session own = { "own" };
	uint8_t out[BATON_FRAME_MAX + 1];
	struct baton_frame head;
	size_t n;

	if (size > BATON_FRAME_MAX)
		return;
	for (int i = 0; i < BATON_FRAME_KEY; i++)
		ring.slot[0].key[i] = i;
	baton_frame_open(&ring, &own, data, size, &head, out, &n);
}

/* The driver's part: every kernel action succeeds and finds nothing. */
static void step(struct baton_engine *e, uint64_t now, struct baton_input in)
{
	bool more = true;

	for (int i = 0; more && i < 64; i++) {
		baton_engine_step(e, now, &in, &actions);
		more = false;
		for (unsigned int j = 0; j < actions.count; j++) {
			enum baton_action_type t = actions.action[j].type;

			if (t < BATON_ACT_DRAIN || t > BATON_ACT_ADOPT)
				continue;
			more = true;
			in = (struct baton_input){ .type = BATON_IN_DRAINED + (t - BATON_ACT_DRAIN) };
			if (t == BATON_ACT_ADOPT)
				in.type = BATON_IN_ADOPTED;
			if (t == BATON_ACT_DRAIN || t == BATON_ACT_READ)
				in.batch = &batch;
			else if (t == BATON_ACT_APPLY)
				in.result = &result;
			else if (t == BATON_ACT_DIGEST)
				in.digest = &digest;
		}
	}
}

/* What the engine told us of itself: a hello with the challenge that it wants back. */
static uint64_t challenge_of(struct baton_reader *rd)
{
	for (unsigned int i = 0; i < actions.count; i++) {
		const struct baton_action *a = &actions.action[i];

		if (a->type == BATON_ACT_SEND && !baton_msg_read(rd, a->send.payload, a->send.size) &&
		    rd->msg.has_hello && rd->msg.hello.peers)
			return rd->msg.hello.peer[0].challenge;
	}
	return 0;
}

static void introduce(struct baton_engine *e, struct baton_frame *peer, uint64_t *now)
{
	static struct baton_reader rd;
	struct baton_msg_hello h = { .node = 2, .role = BATON_ROLE_ACTIVE, .peers = 1 };
	struct baton_msg_source s = { .last = 300 };
	uint8_t buf[512];
	long n;

	for (int i = 0; i < 3; i++) {
		struct baton_input in = {
			.type = BATON_IN_FRAME,
			.frame = { .head = peer, .payload = buf },
		};

		memcpy(h.peer[0].session.bytes, "own", 4);
		h.peer[0].start = 295;
		n = baton_msg_write(&h, &s, NULL, buf, sizeof(buf));
		in.frame.size = n;
		peer->seq++;
		*now += 200000;
		step(e, *now, in);
		step(e, *now + 100000, (struct baton_input){ .type = BATON_IN_TIMER });
		h.peer[0].echo = challenge_of(&rd);
	}
}

static void message(const uint8_t *data, size_t size, bool active)
{
	struct baton_engine_params p = { .session = { "own" }, .node = 1, .payload = 1412,
		.adopt = true };
	struct baton_frame peer = { .session = { "peer" }, .epoch = 5 };
	struct baton_engine *e = baton_engine_new(&p);
	struct baton_input in = {
		.type = BATON_IN_GATE, .gate = { .role = BATON_ROLE_STANDBY, .epoch = 1 },
	};
	uint64_t now = 1000000;

	if (!e)
		abort();
	step(e, now, in);
	introduce(e, &peer, &now);
	if (active) {
		in.gate.role = BATON_ROLE_ACTIVE;
		in.gate.epoch = 6;
		step(e, now, in);
	}
	/* Several messages: each begins with its length in two bytes. */
	while (size > 2) {
		size_t n = data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		if (n > size)
			n = size;
		peer.seq++;
		now += 5000;
		in = (struct baton_input){
			.type = BATON_IN_FRAME,
			.frame = { .head = &peer, .payload = data, .size = n },
		};
		step(e, now, in);
		step(e, now + 4000, (struct baton_input){ .type = BATON_IN_TIMER });
		data += n;
		size -= n;
	}
	baton_engine_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 1)
		message(data + 1, size - 1, data[0] & 2);
	else
		frame(data + 1, size - 1);
	return 0;
}
