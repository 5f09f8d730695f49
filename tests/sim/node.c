// SPDX-License-Identifier: GPL-2.0-or-later
/* One director: a real engine, driven as daemon.c does, on a model kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define STEPS_MAX	60000	/* between two troubles; more is a loop that does not end */

struct sim_node sim_node[SIM_NODES];
static struct baton_actions actions;

uint64_t sim_node_clock(const struct sim_node *n)
{
	return sim_world.now + n->clock;
}

bool sim_node_up(int i)
{
	return sim_node[i].engine && sim_node[i].paused_until <= sim_world.now;
}

void sim_node_status(int i, struct baton_engine_status *st)
{
	baton_engine_status(sim_node[i].engine, sim_node_clock(&sim_node[i]), st);
}

static const char *note_name(enum baton_note what)
{
	static const char *const names[] = {
		"peer up", "peer down", "peer restarted", "source", "sink", "warm", "differs",
		"bulk begin", "bulk end", "bulk missed", "overrun", "kernel error", "config",
		"left behind", "adopted", "narrow",
	};

	return what < sizeof(names) / sizeof(names[0]) ? names[what] : "?";
}

/*
 * Digests heal whatever the stream loses, and hide that it does. So: where nothing restarts and
 * nothing is forgotten, tables that were equal once may never be found to differ again.
 */
static void hear_note(int i, const struct baton_action *a)
{
	sim_say("%c: %s %lld %d", 'A' + i, note_name(a->note.what), (long long)a->note.value,
		a->note.error);
	switch (a->note.what) {
	case BATON_NOTE_WARM:
		sim_world.was_warm[i] = true;
		break;
	case BATON_NOTE_PEER_DOWN:
		if (sim_weather.safe_path && sim_weather.steady)
			sim_fail("%c: a path is whole and a peer is called gone", 'A' + i);
		for (int j = 0; j < SIM_NODES; j++)
			sim_world.was_warm[j] = false;
		break;
	case BATON_NOTE_LEFT_BEHIND:
		for (int j = 0; j < SIM_NODES; j++)
			sim_world.was_warm[j] = false;
		break;
	case BATON_NOTE_DIFFERS:
		if (sim_world.was_warm[i] && sim_weather.steady)
			sim_fail("%c: the stream lost something", 'A' + i);
		break;
	default:
		break;
	}
}

static void transmit(int i, const struct baton_action *a)
{
	if (a->send.size > sim_weather.payload)
		sim_fail("a datagram of %zu bytes", a->send.size);
	if (a->send.head.seq <= sim_node[i].sent_seq)
		sim_fail("sequence number %llu is used twice",
			 (unsigned long long)a->send.head.seq);
	sim_node[i].sent_seq = a->send.head.seq;
	sim_net_send(i, a);
}

/* Some are told in many pieces. */
static size_t text_size(void)
{
	return SIM_SERVICES + sim_world.seed % 5 * 4000;
}

static void adopt(int i, const struct baton_action *a, struct baton_input *in)
{
	struct sim_node *n = &sim_node[i];

	if (!n->adopts || n->kernel.role == BATON_ROLE_ACTIVE)
		sim_fail("%c: adopts what it should not", 'A' + i);
	if (a->adopt.size != text_size())
		sim_fail("%c: adopts %zu bytes", 'A' + i, a->adopt.size);
	*in = (struct baton_input){ .type = BATON_IN_ADOPTED };
	n->service_news = true;
	if (sim_chance(10)) {
		in->error = -EINVAL;
		return;
	}
	for (unsigned int s = 0; s < SIM_SERVICES; s++)
		n->kernel.service[s] = a->adopt.text[s] == '1';
}

/* A role is given away once all that belongs to it was read; that all of it came, the gaps say. */
static void released(int i, uint32_t epoch)
{
	for (int j = 0; j < sim_weather.nodes; j++) {
		const struct sim_node *n = &sim_node[j];

		if (j == i || n->gave < epoch)
			continue;
		if (n->gave == epoch && n->kernel.role == BATON_ROLE_STANDBY && n->kernel.epoch == epoch &&
		    n->kernel.dirty_count)
			sim_fail("%c: has all of a role of which %c has not read all", 'A' + i, 'A' + j);
		sim_world.total.releases++;
		return;
	}
	sim_fail("%c: has a role that nobody gave away, epoch %u", 'A' + i, epoch);
}

/* Return: whether there is a result, in @in. */
static bool carry_out(int i, const struct baton_action *a, struct baton_input *in)
{
	switch (a->type) {
	case BATON_ACT_SEND:
		transmit(i, a);
		return false;
	case BATON_ACT_NOTE:
		hear_note(i, a);
		return false;
	case BATON_ACT_RELEASED:
		released(i, a->released);
		return false;
	case BATON_ACT_ADOPT:
		adopt(i, a, in);
		return true;
	case BATON_ACT_RESTART:
		sim_fail("an engine gave up");
	default:
		return sim_kernel_answer(&sim_node[i].kernel, a, in);
	}
}

void sim_node_step(int i, const struct baton_input *in)
{
	struct sim_node *n = &sim_node[i];
	struct baton_input next = *in;
	bool more = true;

	if (sim_node_clock(n) > n->newest)
		n->newest = sim_node_clock(n);
	while (more) {
		if (++n->steps > STEPS_MAX)
			sim_fail("node %c does not come to rest", 'A' + i);
		baton_engine_step(n->engine, sim_node_clock(n), &next, &actions);
		more = false;
		/* Kernel actions come one at a time, as the last thing of a step or alone. */
		for (unsigned int j = 0; j < actions.count; j++)
			if (carry_out(i, &actions.action[j], &next))
				more = true;
	}
}

void sim_node_tell_gate(int i)
{
	struct sim_node *n = &sim_node[i];
	struct baton_input in = {
		.type = BATON_IN_GATE, .gate = { n->kernel.role, n->kernel.epoch },
	};

	n->gate_news = !sim_node_up(i);
	if (!n->gate_news)
		sim_node_step(i, &in);
}

void sim_node_tell_services(int i)
{
	static char text[SIM_SERVICES + 16000];
	struct sim_node *n = &sim_node[i];
	struct baton_input in = {
		.type = BATON_IN_SERVICES, .services = { .text = text, .size = text_size() },
	};

	memset(text, '.', sizeof(text));
	for (unsigned int s = 0; s < SIM_SERVICES; s++) {
		in.services.fingerprint = in.services.fingerprint * 2 + n->kernel.service[s];
		text[s] = (char)('0' + n->kernel.service[s]);
	}
	n->service_news = !sim_node_up(i);
	if (n->service_news)
		return;
	if (n->gate_news)
		sim_node_tell_gate(i);
	sim_node_step(i, &in);
}

void sim_node_stop(int i)
{
	baton_engine_free(sim_node[i].engine);
	sim_node[i].engine = NULL;
}

void sim_node_start(int i)
{
	struct sim_node *n = &sim_node[i];
	struct baton_engine_params p = {
		.node = i + 1, .seed = sim_random(), .payload = sim_weather.payload,
		.adopt = n->adopts,
	};

	for (int j = 0; j < BATON_SESSION_SIZE; j++)
		p.session.bytes[j] = sim_random();
	for (size_t j = 0; j < BATON_HASH_KEY; j++)
		p.hash_key[j] = sim_random();
	sim_node_stop(i);
	n->engine = baton_engine_new(&p);
	if (!n->engine)
		abort();
	n->paused_until = 0;
	n->sent_seq = 0;
	n->newest = 0;
	n->gate_news = false;
	sim_node_tell_services(i);
	sim_node_tell_gate(i);
}

void sim_node_tick(int i)
{
	struct baton_input in = { .type = BATON_IN_TIMER };
	struct sim_node *n = &sim_node[i];

	if (!sim_node_up(i))
		return;
	if (n->gate_news)
		sim_node_tell_gate(i);
	if (n->service_news)
		sim_node_tell_services(i);
	if (baton_engine_deadline(n->engine) <= sim_node_clock(n))
		sim_node_step(i, &in);
}

uint64_t sim_node_due(int i)
{
	uint64_t d;

	if (!sim_node_up(i))
		return sim_node[i].paused_until;
	if (sim_node[i].gate_news || sim_node[i].service_news)
		return sim_world.now;
	d = baton_engine_deadline(sim_node[i].engine);
	return d == UINT64_MAX ? d : d > sim_node[i].clock ? d - sim_node[i].clock : 0;
}
