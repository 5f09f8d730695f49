// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seeded simulation of the sync engine.
 *
 *	 kernel A      engine A  <-- a network that drops, doubles, -->  engine B      kernel B
 *	 (model)  <--> (real)        delays, reorders and parts         (real)   <-->  (model)
 *
 * and up to two more standbys. A run is a storm (traffic, loss, cut links, stopped and
 * restarted daemons, clocks that step, roles that flip in the middle of whatever there is)
 * and then rest: one active, a clean network. At rest the tables have to become equal and be
 * proven so, every walk has to end, nothing may wait. At all times no deletion is undone.
 * The same seed is the same run, step by step.
 *
 *	sim [-v] FIRST [COUNT]		run seeds FIRST .. FIRST + COUNT - 1
 */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define REST_LIMIT	(90 * SIM_SEC)	/* for everything to settle */
#define TROUBLE		(SIM_SEC / 10)

struct sim_world sim_world;
static bool verbose;

static void say_when(void)
{
	printf("%9.4f ", (double)(int64_t)(sim_world.now - SIM_BEGIN) / 1e6);
}

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	printf("seed %llu, second ", (unsigned long long)sim_world.seed);
	say_when();
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\nagain with: sim -v %llu\n", (unsigned long long)sim_world.seed);
	exit(1);
}

void sim_say(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	say_when();
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static uint32_t differing(int i)
{
	uint32_t first;

	return sim_kernel_compare(&sim_node[sim_world.active].kernel, &sim_node[i].kernel, &first);
}

static bool settled(void)
{
	int active = sim_world.active;
	struct baton_engine_status a, b;

	sim_node_status(active, &a);
	if (sim_node[active].kernel.dirty_count || !a.warm || a.bulk_running || a.lag_unacked ||
	    a.would_survive + a.lost_policy != a.connections || (int)a.peers != sim_weather.nodes - 1)
		return false;
	for (int i = 0; i < sim_weather.nodes; i++) {
		if (i == active)
			continue;
		sim_node_status(i, &b);
		if (!b.warm || b.bulk_running || differing(i))
			return false;
	}
	return true;
}

static void complain(void)
{
	uint32_t n = 0;

	for (int i = 0; i < sim_weather.nodes; i++) {
		struct baton_engine_status s;

		sim_node_status(i, &s);
		n += differing(i);
		printf("%c: role %d source %d warm %d bulk %d peers %u unacked %u pending %u dirty %u equal %d survive %u/%u\n",
		       'A' + i, s.role, s.source, s.warm, s.bulk_running, s.peers,
		       s.lag_unacked, s.lag_pending, sim_node[i].kernel.dirty_count,
		       s.digests_equal, s.would_survive, s.connections);
	}
	sim_fail("not settled: %u tuples differ", n);
}

/* A clock that was set back does not move the engine's. */
static uint64_t proof_age(int i, const struct baton_engine_status *st)
{
	uint64_t clock = sim_node_clock(&sim_node[i]);

	return (clock > sim_node[i].newest ? clock : sim_node[i].newest) - st->proof_at;
}

/* A proof is a proof: warm at an acknowledged position means equal there. Checked at rest. */
static void check_warm(void)
{
	int active = sim_world.active;
	struct baton_engine_status a, b;

	sim_node_status(active, &a);
	/* What waited for a stopped node proves what was equal when it was sent. */
	if (sim_world.now < sim_world.rest_since + SIM_SEC / 2)
		return;
	/* A kernel that forgets deletions is ahead of its own changes until it is walked. */
	if (a.lag_unacked || sim_node[active].kernel.dirty_count ||
	    sim_node[active].kernel.tombstone_max < SIM_CONNS)
		return;
	for (int i = 0; i < sim_weather.nodes; i++) {
		if (i == active)
			continue;
		sim_node_status(i, &b);
		/* What came since and waits for a service to be adopted is told apart, and the next proof fails. */
		if (b.warm && b.digests_equal && !b.lost_service && !b.lag_unacked && b.peer_epoch == a.epoch &&
		    proof_age(i, &b) < SIM_SEC / 10 && a.warm && a.digests_equal &&
		    differing(i))
			sim_fail("%c: warm, but %u tuples differ", 'A' + i, differing(i));
	}
}

static uint64_t next_event(uint64_t limit)
{
	uint64_t due = sim_net_due();

	if (due < limit)
		limit = due;
	for (int i = 0; i < sim_weather.nodes; i++) {
		due = sim_node_due(i);
		if (due < limit)
			limit = due;
	}
	return limit > sim_world.now ? limit : sim_world.now + 1;
}

static void begin(uint64_t seed)
{
	sim_seed(seed);
	sim_world.seed = seed;
	sim_world.now = SIM_BEGIN;
	sim_world.epoch = 1;
	sim_world.active = 0;
	sim_world.resting = false;
	memset(sim_world.was_warm, 0, sizeof(sim_world.was_warm));
	sim_weather_choose();
	sim_net_reset();
	sim_weather_begin();
}

static void end(void)
{
	struct baton_engine_status st;

	sim_node_status(sim_world.active, &st);
	sim_world.total.walks += st.bulks;
	sim_world.total.seconds += (sim_world.now - SIM_BEGIN) / SIM_SEC;
	for (int i = 0; i < sim_weather.nodes; i++)
		sim_node_stop(i);
	sim_say("settled");
}

/* Return: whether the run is over. */
static bool look(void)
{
	for (int i = 0; i < sim_weather.nodes; i++)
		sim_node[i].steps = 0;
	if (!sim_world.resting) {
		sim_weather_trouble();
		return false;
	}
	check_warm();
	return settled();
}

static void run(uint64_t seed)
{
	uint64_t traffic, trouble, limit;

	begin(seed);
	traffic = trouble = sim_world.now;
	limit = sim_world.now + sim_weather.storm;
	for (;;) {
		sim_net_deliver();
		for (int i = 0; i < sim_weather.nodes; i++)
			sim_node_tick(i);
		if (!sim_world.resting && sim_world.now >= traffic) {
			traffic += 1 + sim_below(2 * sim_weather.pause);
			sim_weather_traffic();
		}
		if (sim_world.now >= trouble) {
			trouble += TROUBLE;
			if (look())
				break;
		}
		if (!sim_world.resting && sim_world.now >= limit) {
			sim_world.resting = true;
			sim_world.rest_since = sim_world.now;
			sim_weather_calm();
			limit = sim_world.now + REST_LIMIT;
		} else if (sim_world.now >= limit) {
			complain();
		}
		sim_world.now = next_event(sim_world.resting || trouble < traffic ? trouble : traffic);
	}
	end();
}

int main(int argc, char **argv)
{
	uint64_t first, count;
	int at = 1;

	if (argc > 1 && !strcmp(argv[1], "-v")) {
		verbose = true;
		at++;
	}
	if (at >= argc) {
		fprintf(stderr, "usage: sim [-v] FIRST [COUNT]\n");
		return 2;
	}
	first = strtoull(argv[at], NULL, 10);
	count = at + 1 < argc ? strtoull(argv[at + 1], NULL, 10) : 1;
	/* An engine is large and mostly never touched: fresh pages each time, and no painting. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (uint64_t s = first; s < first + count; s++)
		run(s);
	printf("%llu seeds, %llu simulated seconds, %llu datagrams, %llu walks, in the middle of one %llu restarts and %llu changes of role, %llu roles given away whole: nothing lost, nothing undone\n",
	       (unsigned long long)count, (unsigned long long)sim_world.total.seconds,
	       (unsigned long long)sim_world.total.datagrams,
	       (unsigned long long)sim_world.total.walks,
	       (unsigned long long)sim_world.total.restarts_in_walk,
	       (unsigned long long)sim_world.total.flips_in_walk,
	       (unsigned long long)sim_world.total.releases);
	return 0;
}
