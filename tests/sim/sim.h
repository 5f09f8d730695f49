/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated world of tests/sim. sim.c: the run and what must hold at its end; weather.c:
 * what happens in it; node.c: an engine and its kernel; network.c: what lies between them;
 * kernel.c: the module's half; random.c: the numbers of a seed.
 */
#ifndef BATON_SIM_H
#define BATON_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "syncd/engine.h"

#define SIM_SEC		1000000ull
#define SIM_BEGIN	(10 * SIM_SEC)	/* the world's clock at the start */
#define SIM_NODES	4		/* most; a seed has 2 .. SIM_NODES of them */
#define SIM_LINKS	2
#define SIM_CONNS	4096		/* tuples that ever exist at most; each opens and closes many times */
#define SIM_SERVICES	3
#define SIM_SERVERS	5

/* ---- random.c ---- */

/* Deterministic random numbers: a seed is a whole run. */
uint64_t sim_random(void);
void sim_seed(uint64_t seed);
uint32_t sim_below(uint32_t n);
bool sim_chance(unsigned int percent);

/* ---- kernel.c ---- */

/**
 * struct sim_conn - one tuple in a node's kernel
 * @live: what the data path sees; @committed: what the digests cover
 * @life: number of the opening; it travels in the record's timeout, so that two nodes agree
 *	only when they mean the same opening
 * @grave_version: newest deletion that was applied
 */
struct sim_conn {
	bool live, committed, dirty, tombstone;
	bool young;			/* its service waits before it is told of */
	uint8_t server, state;
	uint8_t committed_server, committed_state;
	uint32_t life, committed_life;
	uint64_t version;
	uint64_t grave_version;
};

struct sim_kernel {
	uint8_t role;
	uint32_t epoch;
	uint64_t seq;			/* newest version handed out */
	uint32_t tombstones, tombstone_max;
	bool overrun;
	uint32_t learned;		/* highest epoch that was applied */
	bool service[SIM_SERVICES];
	unsigned int apply_errors;	/* percent */
	unsigned int young;		/* percent of what is opened */
	uint32_t dirty_count;
	uint32_t dirty_from;		/* where the next drain begins to look */
	uint32_t conns;			/* tuples of this seed; those behind are not used */
	struct sim_conn conn[SIM_CONNS];
	/* answers */
	struct baton_sync_batch batch;
	struct baton_sync_result result;
	struct baton_sync_digest digest;
};

void sim_kernel_reset(struct sim_kernel *k, uint32_t conns);
bool sim_kernel_open(struct sim_kernel *k, uint32_t c);
void sim_kernel_change(struct sim_kernel *k, uint32_t c);
void sim_kernel_close(struct sim_kernel *k, uint32_t c);
/** Some of the young are old enough. */
void sim_kernel_age(struct sim_kernel *k);
void sim_kernel_gate(struct sim_kernel *k, uint8_t role, uint32_t epoch);
int sim_kernel_drain(struct sim_kernel *k, uint32_t max);
int sim_kernel_read(struct sim_kernel *k, uint64_t cursor, uint32_t max, const uint8_t *map);
int sim_kernel_apply(struct sim_kernel *k, uint32_t epoch, const struct baton_conn_record *r,
		     uint32_t count);
int sim_kernel_prune(struct sim_kernel *k, uint32_t epoch, const uint8_t *map, uint64_t before,
		     uint32_t *removed);
void sim_kernel_digest(struct sim_kernel *k);
/** Does what an action asks of the kernel. Return: whether it asked for anything; the result is in @in. */
bool sim_kernel_answer(struct sim_kernel *k, const struct baton_action *a, struct baton_input *in);
/** Number of tuples whose synced state differs; @first gets the first. */
uint32_t sim_kernel_compare(const struct sim_kernel *a, const struct sim_kernel *b, uint32_t *first);

/* ---- node.c ---- */

/**
 * struct sim_node - one director
 * @paused_until: 0: runs; what comes meanwhile waits in its socket
 * @clock: its clock's offset from the world's; steps in the weather
 * @gate_news, @service_news: what a stopped daemon will read when it runs
 */
struct sim_node {
	struct sim_kernel kernel;
	struct baton_engine *engine;
	uint64_t paused_until;
	uint64_t clock;
	uint64_t newest;		/* highest time it was ever told */
	bool gate_news, service_news;
	bool adopts;			/* the active's services */
	uint32_t gave;			/* epoch of the last role that it gave away with a flush */
	unsigned int steps;
	uint64_t sent_seq;		/* of this session */
};

extern struct sim_node sim_node[SIM_NODES];

/** Its time has come: news, timers. */
void sim_node_tick(int i);
bool sim_node_up(int i);
uint64_t sim_node_clock(const struct sim_node *n);
/** When it wants to run next, in the world's time. */
uint64_t sim_node_due(int i);
void sim_node_step(int i, const struct baton_input *in);
/** A new session; the kernel stays as it is. */
void sim_node_start(int i);
void sim_node_stop(int i);
void sim_node_tell_gate(int i);
void sim_node_tell_services(int i);
void sim_node_status(int i, struct baton_engine_status *st);

/* ---- network.c ---- */

void sim_net_reset(void);
/** To everybody else, on every link. */
void sim_net_send(int from, const struct baton_action *a);
/** Nothing gets from @from to @to on @link until @until; it is forgotten by sim_net_calm(). */
void sim_net_cut(int link, int from, int to, uint64_t until);
void sim_net_calm(void);
uint64_t sim_net_due(void);
/** Deliver what is due; what is for a stopped node waits for it, as much as fits. */
void sim_net_deliver(void);

/* ---- weather.c ---- */

/**
 * struct sim_weather - what the storm of this seed is like
 * @slow: this node takes in one datagram each @slow_pause microseconds; 0: none
 * @safe_path: the last link is never cut and loses nothing
 * @steady: nothing but a bad network, so that tables that were equal once have to stay so
 */
struct sim_weather {
	int nodes, links;
	uint32_t conns;
	unsigned int loss[SIM_LINKS][SIM_NODES];	/* percent, by receiver */
	unsigned int dup;
	uint32_t delay, jitter;		/* microseconds */
	uint32_t pause, burst;		/* between two bursts of traffic, microseconds; changes in one */
	uint64_t storm;			/* microseconds */
	int slow;
	uint32_t slow_pause;
	size_t payload;			/* that the interfaces take */
	size_t path[SIM_LINKS];		/* what is larger does not arrive */
	unsigned int narrows;		/* percent, each tenth second: a path becomes another one */
	unsigned int restarts, pauses, cuts, flips, services, clocks;	/* percent, each tenth second */
	bool safe_path;
	bool steady;
};

extern struct sim_weather sim_weather;

/** Everything of this seed that is drawn beforehand. */
void sim_weather_choose(void);
/** The kernels' tables and limits at the start; the first node becomes active. */
void sim_weather_begin(void);
void sim_weather_traffic(void);
/** Ten times a second of the storm. */
void sim_weather_trouble(void);
/** The storm is over: a clean network, everything runs, one is active. */
void sim_weather_calm(void);

/* ---- sim.c ---- */

/** struct sim_world - the rest of the run; counters go on over all seeds */
struct sim_world {
	uint64_t now, seed;
	uint64_t rest_since;
	uint32_t epoch;
	int active;
	bool resting;
	bool was_warm[SIM_NODES];
	struct {
		uint64_t datagrams, seconds, walks, restarts_in_walk, flips_in_walk, releases;
	} total;
};

extern struct sim_world sim_world;

/** An invariant does not hold: prints and ends the process with status 1. */
__attribute__((format(printf, 1, 2), noreturn)) void sim_fail(const char *fmt, ...);
/** With -v: a line about what happens. */
__attribute__((format(printf, 1, 2))) void sim_say(const char *fmt, ...);

#endif /* BATON_SIM_H */
