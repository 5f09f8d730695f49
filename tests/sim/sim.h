/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulated world of tests/sim: a model kernel, a bad network, and what must always hold. */
#ifndef BATON_SIM_H
#define BATON_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "syncd/engine.h"

#define SIM_NODES	2
#define SIM_CONNS	4096	/* tuples that ever exist; each is opened and closed many times */
#define SIM_SERVICES	3
#define SIM_SERVERS	5

/* Deterministic random numbers: a seed is a whole run. */
uint64_t sim_random(void);
void sim_seed(uint64_t seed);
uint32_t sim_below(uint32_t n);
bool sim_chance(unsigned int percent);

/**
 * struct sim_conn - one tuple in a node's kernel
 * @live: what the data path sees; @committed: what the digests cover
 * @life: number of the opening; it travels in the record's timeout, so that two nodes agree
 *	only when they mean the same opening
 * @grave_version: newest deletion that was applied
 */
struct sim_conn {
	bool live, committed, dirty, tombstone;
	uint8_t server, state;
	uint8_t committed_server, committed_state;
	uint32_t life, committed_life;
	uint64_t version;
	uint64_t grave_version;
};

struct sim_kernel {
	uint8_t role;
	uint32_t epoch;
	uint64_t counter;
	uint32_t tombstones, tombstone_max;
	bool overrun;
	bool service[SIM_SERVICES];
	unsigned int apply_errors;	/* percent */
	uint32_t dirty_count;
	uint32_t dirty_from;		/* where the next drain begins to look */
	struct sim_conn conn[SIM_CONNS];
	/* answers */
	struct baton_conn_record records[BATON_SYNC_RECORDS_MAX];
	struct baton_sync_batch batch;
	struct baton_sync_result result;
	struct baton_sync_digest digest;
};

void sim_kernel_reset(struct sim_kernel *k);
bool sim_kernel_open(struct sim_kernel *k, uint32_t c);
void sim_kernel_change(struct sim_kernel *k, uint32_t c);
void sim_kernel_close(struct sim_kernel *k, uint32_t c);
void sim_kernel_gate(struct sim_kernel *k, uint8_t role, uint32_t epoch);
int sim_kernel_drain(struct sim_kernel *k, uint32_t max);
int sim_kernel_read(struct sim_kernel *k, uint64_t cursor, uint32_t max, const uint8_t *map);
int sim_kernel_apply(struct sim_kernel *k, uint32_t epoch, const struct baton_conn_record *r,
		     uint32_t count);
int sim_kernel_prune(struct sim_kernel *k, uint32_t epoch, const uint8_t *map, uint64_t before,
		     uint32_t *removed);
void sim_kernel_digest(struct sim_kernel *k);
/** Number of tuples whose synced state differs; @why gets the first. */
uint32_t sim_kernel_compare(const struct sim_kernel *a, const struct sim_kernel *b, uint32_t *first);

/** An invariant does not hold: prints and ends the process with status 1. */
__attribute__((format(printf, 1, 2), noreturn)) void sim_fail(const char *fmt, ...);

#endif /* BATON_SIM_H */
