// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network that drops, doubles, delays, reorders and parts. Datagrams under way are a heap by
 * the time of their arrival; no memory is asked for in a run.
 */
#include <string.h>

#include "sim.h"

#define UNDER_WAY	4096
#define SOCKET		300	/* datagrams that a stopped daemon can have waiting */

struct datagram {
	uint64_t at;
	uint64_t number;	/* equal times keep their order */
	int to;
	uint16_t buffer;
	struct baton_frame head;
	size_t size;
};

static struct datagram heap[UNDER_WAY];
static unsigned int heaped;
static struct datagram waiting[SIM_NODES][SOCKET];
static unsigned int waits[SIM_NODES];
static uint8_t buffer[UNDER_WAY][BATON_FRAME_MAX];
static uint16_t unused[UNDER_WAY];
static unsigned int unused_count;
static uint64_t numbers;
static uint64_t busy;		/* the slow node takes nothing before */
static uint64_t cut[SIM_LINKS][SIM_NODES][SIM_NODES];

void sim_net_reset(void)
{
	heaped = 0;
	numbers = 0;
	busy = 0;
	memset(waits, 0, sizeof(waits));
	unused_count = UNDER_WAY;
	for (unsigned int i = 0; i < UNDER_WAY; i++)
		unused[i] = UNDER_WAY - 1 - i;
	sim_net_calm();
}

void sim_net_calm(void)
{
	memset(cut, 0, sizeof(cut));
}

void sim_net_cut(int link, int from, int to, uint64_t until)
{
	cut[link][from][to] = until;
}

static bool before(const struct datagram *a, const struct datagram *b)
{
	return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void push(const struct datagram *d)
{
	unsigned int i = heaped++;

	for (; i && before(d, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = *d;
}

static struct datagram pop(void)
{
	struct datagram first = heap[0], last = heap[--heaped];
	unsigned int i = 0, child;

	while ((child = 2 * i + 1) < heaped) {
		if (child + 1 < heaped && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return first;
}

static void send_later(int link, int to, const struct baton_action *a)
{
	const struct sim_weather *w = &sim_weather;
	struct datagram d = {
		.at = sim_world.now + w->delay + sim_below(w->jitter), .number = numbers++,
		.to = to, .head = a->send.head, .size = a->send.size,
	};

	if (!unused_count)
		return;
	if (sim_chance(w->jitter ? 2 : 0))
		d.at += sim_below(20) * w->jitter;
	d.head.link = link;
	d.buffer = unused[--unused_count];
	memcpy(buffer[d.buffer], a->send.payload, d.size);
	push(&d);
}

void sim_net_send(int from, const struct baton_action *a)
{
	const struct sim_weather *w = &sim_weather;

	sim_world.total.datagrams++;
	for (int link = 0; link < w->links; link++)
		for (int to = 0; to < w->nodes; to++) {
			if (to == from || cut[link][from][to] > sim_world.now ||
			    a->send.size > w->path[link])
				continue;
			if (!sim_chance(w->loss[link][to]))
				send_later(link, to, a);
			if (sim_chance(w->dup))
				send_later(link, to, a);
		}
}

static void arrive(const struct datagram *d)
{
	struct baton_input in = {
		.type = BATON_IN_FRAME,
		.frame = { .head = &d->head, .payload = buffer[d->buffer], .size = d->size },
	};

	sim_node_step(d->to, &in);
	unused[unused_count++] = d->buffer;
}

uint64_t sim_net_due(void)
{
	uint64_t due = heaped ? heap[0].at : UINT64_MAX;
	int slow = sim_weather.slow;

	if (slow && waits[slow] && sim_node_up(slow) && busy < due)
		due = busy;
	return due;
}

static void read_socket(int i)
{
	unsigned int n = waits[i];

	if (i && i == sim_weather.slow) {
		struct datagram d = waiting[i][0];

		if (busy > sim_world.now)
			return;
		busy = sim_world.now + sim_weather.slow_pause;
		memmove(waiting[i], waiting[i] + 1, --waits[i] * sizeof(d));
		arrive(&d);
		return;
	}
	waits[i] = 0;
	for (unsigned int j = 0; j < n; j++)
		arrive(&waiting[i][j]);
}

static bool takes(int i)
{
	return sim_node_up(i) && !(i && i == sim_weather.slow);
}

void sim_net_deliver(void)
{
	for (int i = 0; i < sim_weather.nodes; i++)
		if (waits[i] && sim_node_up(i))
			read_socket(i);
	while (heaped && heap[0].at <= sim_world.now) {
		struct datagram d = pop();

		if (takes(d.to))
			arrive(&d);
		else if (waits[d.to] < SOCKET)
			waiting[d.to][waits[d.to]++] = d;
		else
			unused[unused_count++] = d.buffer;
	}
}
