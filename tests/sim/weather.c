// SPDX-License-Identifier: GPL-2.0-or-later
/* What happens in a seed: how bad the network is, who dies, who pauses, who is promoted. */
#include <string.h>

#include "sim.h"

struct sim_weather sim_weather;

static uint32_t pick(const uint32_t *of, uint32_t n)
{
	return of[sim_below(n)];
}

/*
 * Most tables are small: what goes wrong goes wrong between a handful of connections as well, and
 * thousands of small worlds see more than one large one. Some are large, for walks of many
 * batches and windows that fill.
 */
static void choose_size(struct sim_weather *w)
{
	uint32_t p = sim_below(100);

	w->conns = p < 60 ? 4 + sim_below(60) : p < 95 ? 64 + sim_below(200) :
		   p < 99 ? 512 + sim_below(512) : SIM_CONNS;
	p = sim_below(100);
	w->storm = p < 60 ? SIM_SEC / 5 + sim_below(SIM_SEC) :
		   p < 95 ? SIM_SEC + sim_below(3 * SIM_SEC) : SIM_SEC + sim_below(10 * SIM_SEC);
	p = sim_below(100);
	w->nodes = p < 75 ? 2 : p < 90 ? 3 : SIM_NODES;
	w->links = sim_chance(20) ? 2 : 1;
}

/* As wide as the interface, or anything down to what every path has. */
static void choose_path(struct sim_weather *w, int link)
{
	size_t least = 1280 - 48 - 60;

	w->path[link] = w->payload;
	if (sim_chance(50))
		w->path[link] = least + sim_below((uint32_t)(w->payload - least) + 1);
}

static void choose_network(struct sim_weather *w)
{
	static const uint32_t losses[] = { 0, 0, 0, 1, 5, 10, 30, 50 };
	static const size_t payloads[] = {
		1280 - 48 - 60, 1500 - 28 - 60, 1500 - 48 - 60, 9000 - 28 - 60,
	};

	for (int l = 0; l < w->links; l++)
		for (int i = 0; i < w->nodes; i++)
			w->loss[l][i] = pick(losses, 8);
	w->safe_path = w->links > 1 && sim_chance(50);
	if (w->safe_path)
		memset(w->loss[w->links - 1], 0, sizeof(w->loss[0]));
	w->dup = sim_chance(30) ? sim_below(30) : 0;
	w->delay = 50 + sim_below(sim_chance(20) ? 30000 : 1000);
	w->jitter = sim_chance(50) ? sim_below(5000) : 0;
	w->payload = payloads[sim_below(4)];
	for (int l = 0; l < w->links; l++) {
		w->path[l] = w->payload;
		if (sim_chance(30))
			choose_path(w, l);
	}
	w->narrows = sim_chance(20) ? sim_below(20) : 0;
}

void sim_weather_choose(void)
{
	static const uint32_t pauses[] = { 300, 1000, 5000, 20000, 100000 };
	struct sim_weather *w = &sim_weather;

	memset(w, 0, sizeof(*w));
	choose_size(w);
	choose_network(w);
	w->pause = pick(pauses, 5);
	w->burst = 1 + sim_below(w->conns >= 512 ? 30 : 4);
	w->restarts = sim_chance(40) ? sim_below(25) : 0;
	w->pauses = sim_chance(40) ? sim_below(25) : 0;
	w->cuts = sim_chance(40) ? sim_below(25) : 0;
	w->flips = sim_chance(40) ? sim_below(25) : 0;
	w->services = sim_chance(20) ? 20 : 0;
	w->clocks = sim_chance(20) ? sim_below(20) : 0;
	if (w->nodes > 2 && sim_chance(30)) {
		w->slow = 1 + sim_below(w->nodes - 1);
		w->slow_pause = 1000 + sim_below(30000);
	}
	w->steady = !w->slow && !w->restarts && !w->pauses && (!w->cuts || w->safe_path) && !w->flips &&
		    !w->services && !w->clocks;
	sim_say("%d nodes, %d links%s, loss %u/%u dup %u delay %u+%u traffic %u each %u us, "
		"%u tuples, storm %.1f s, payload %zu, path %zu", w->nodes, w->links,
		w->safe_path ? " (one is safe)" : "", w->loss[0][0], w->loss[0][1], w->dup, w->delay,
		w->jitter, w->burst, w->pause, w->conns, w->storm / 1e6, w->payload, w->path[0]);
}

static void promote(int who)
{
	sim_world.active = who;
	sim_kernel_gate(&sim_node[who].kernel, BATON_ROLE_ACTIVE, ++sim_world.epoch);
	sim_say("%c: promoted, epoch %u", 'A' + who, sim_world.epoch);
	sim_node_tell_gate(who);
}

static void demote(int who, uint32_t to)
{
	sim_kernel_gate(&sim_node[who].kernel, BATON_ROLE_STANDBY, to);
	sim_say("%c: demoted, epoch %u", 'A' + who, to);
	sim_node_tell_gate(who);
}

void sim_weather_begin(void)
{
	const struct sim_weather *w = &sim_weather;
	unsigned int young = sim_chance(20) ? sim_below(100) : 0;

	for (int i = 0; i < w->nodes; i++) {
		struct sim_node *n = &sim_node[i];

		sim_kernel_reset(&n->kernel, w->conns);
		n->kernel.tombstone_max = sim_chance(20) ? 3 : SIM_CONNS;
		sim_weather.steady &= n->kernel.tombstone_max == SIM_CONNS;
		n->kernel.apply_errors = sim_chance(10) ? 10 : 0;
		n->kernel.young = young;
		n->adopts = sim_chance(30);
		n->clock = 100 * SIM_SEC + sim_random() % (1000 * SIM_SEC);
		n->steps = 0;
		sim_node_start(i);
	}
	promote(0);
	for (uint32_t i = sim_below(w->conns); i; i--)
		sim_kernel_open(&sim_node[0].kernel, sim_below(w->conns));
}

static void change(struct sim_kernel *k, uint32_t c)
{
	switch (sim_below(4)) {
	case 0:
	case 1:
		if (!sim_kernel_open(k, c))
			sim_kernel_close(k, c);
		break;
	case 2:
		sim_kernel_change(k, c);
		break;
	case 3:
		sim_kernel_close(k, c);
		break;
	}
}

void sim_weather_traffic(void)
{
	struct sim_kernel *k = &sim_node[sim_world.active].kernel;
	struct baton_input in = { .type = BATON_IN_WAKE };
	bool idle = !k->dirty_count;

	for (uint32_t n = sim_weather.burst; n; n--)
		change(k, sim_below(k->conns));
	/* A wake-up may get lost. */
	if (idle && k->dirty_count && sim_node_up(sim_world.active) && !sim_chance(1))
		sim_node_step(sim_world.active, &in);
}

static bool walks(int i)
{
	struct baton_engine_status st;

	sim_node_status(i, &st);
	return st.bulk_running;
}

static int another(int than)
{
	return (than + 1 + sim_below(sim_weather.nodes - 1)) % sim_weather.nodes;
}

static void flip(void)
{
	int old = sim_world.active, new = another(old);
	struct baton_input flush = { .type = BATON_IN_FLUSH, .flush = { .prove = true } };

	sim_world.total.flips_in_walk += walks(old);
	switch (sim_below(3)) {
	case 0:		/* handover: gate shut first, a flush tried */
		demote(old, sim_node[old].kernel.epoch);
		flush.flush.release = sim_node[old].kernel.epoch;
		sim_node[old].gave = sim_node[old].kernel.epoch;
		if (sim_node_up(old))
			sim_node_step(old, &flush);
		promote(new);
		break;
	case 1:		/* the old one is told of the new epoch at once */
		promote(new);
		demote(old, sim_world.epoch);
		break;
	case 2:		/* both active for a moment: the old one with an epoch that is over */
		promote(new);
		demote(old, sim_node[old].kernel.epoch);
		break;
	}
}

/* One direction, both, or all that a node hears; on one link or on all that may be cut. */
static void cut_something(int i)
{
	uint64_t until = sim_world.now + sim_below(5000) * 1000ull;
	int links = sim_weather.links - sim_weather.safe_path;
	int only = sim_chance(50) ? (int)sim_below(links) : -1;
	int kind = sim_below(3), peer = another(i);

	for (int l = 0; l < links; l++) {
		if (only >= 0 && l != only)
			continue;
		sim_net_cut(l, peer, i, until);
		if (kind == 1)
			sim_net_cut(l, i, peer, until);
		for (int j = 0; kind == 2 && j < sim_weather.nodes; j++)
			sim_net_cut(l, j, i, until);
	}
	sim_say("%c: cannot hear %c", 'A' + i, 'A' + peer);
}

static void change_services(void)
{
	int s = sim_below(SIM_SERVICES);

	sim_node[another(sim_world.active)].kernel.service[s] ^= 1;
	sim_node[sim_world.active].kernel.service[s] = true;
	sim_say("service %d changed", s);
	for (int i = 0; i < sim_weather.nodes; i++)
		sim_node_tell_services(i);
}

/* A machine that slept finds its clock far ahead; a bad hypervisor sets it back a little. */
static void step_clock(int i)
{
	int64_t by = sim_chance(70) ? (int64_t)sim_below(8 * SIM_SEC) : -(int64_t)sim_below(SIM_SEC / 2);

	sim_node[i].clock += by;
	sim_say("%c: clock stepped by %lld us", 'A' + i, (long long)by);
}

void sim_weather_trouble(void)
{
	const struct sim_weather *w = &sim_weather;
	int i = sim_below(w->nodes);
	struct baton_input in = { .type = BATON_IN_RESYNC };

	if (sim_chance(w->restarts)) {
		sim_say("%c: daemon restarts", 'A' + i);
		sim_world.total.restarts_in_walk += walks(i);
		sim_node_start(i);
	}
	if (sim_chance(w->pauses)) {
		sim_node[i].paused_until = sim_world.now + sim_below(5000) * 1000ull;
		sim_say("%c: paused", 'A' + i);
	}
	if (sim_chance(w->cuts))
		cut_something(i);
	if (sim_chance(w->clocks))
		step_clock(i);
	if (sim_chance(w->flips))
		flip();
	if (sim_chance(w->narrows))
		choose_path(&sim_weather, (int)sim_below(w->links));
	if (sim_chance(w->services))
		change_services();
	sim_kernel_age(&sim_node[sim_world.active].kernel);
	if (sim_chance(1) && sim_node_up(i))
		sim_node_step(i, &in);
}

void sim_weather_calm(void)
{
	struct sim_weather *w = &sim_weather;

	sim_say("rest");
	memset(w->loss, 0, sizeof(w->loss));
	w->dup = 0;
	w->jitter = 0;
	w->delay = 200;
	w->slow = 0;
	sim_net_calm();
	for (int i = 0; i < w->nodes; i++) {
		struct sim_kernel *k = &sim_node[i].kernel;

		sim_node[i].paused_until = 0;
		k->apply_errors = 0;
		/* who adopts has the active's soon */
		if (i == sim_world.active || !sim_node[i].adopts)
			memset(k->service, 1, sizeof(k->service));
		if (i != sim_world.active && k->role == BATON_ROLE_ACTIVE)
			demote(i, k->epoch);
	}
	for (int i = 0; i < w->nodes; i++)
		sim_node_tell_services(i);
}
