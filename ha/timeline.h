/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened lately: a ring of the last events, oldest overwritten.
 *
 * It is plain data of a fixed layout, so that it can live in a file that outlives the process
 * (timeline_file.c), and be given to the other node (record.c).
 */
#ifndef BATON_HA_TIMELINE_H
#define BATON_HA_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define BATON_HA_TIMELINE_MAX	96	/* three failovers, or handovers there and back */

/** struct baton_ha_moment - one event; texts end within their arrays */
struct baton_ha_moment {
	uint64_t usec;			/* CLOCK_REALTIME: what a clock on the wall showed */
	uint64_t mono;			/* CLOCK_MONOTONIC, usec: what distances are measured by */
	char event[20];
	char detail[140];
};

struct baton_ha_timeline {
	uint32_t magic;
	uint32_t size;			/* of the whole */
	uint32_t next;
	uint32_t count;
	struct baton_ha_moment ring[BATON_HA_TIMELINE_MAX];
};

void baton_ha_timeline_init(struct baton_ha_timeline *t);
/** Is it one, of this layout, with nothing out of range? Texts are made to end. */
bool baton_ha_timeline_check(struct baton_ha_timeline *t);
void baton_ha_timeline_add(struct baton_ha_timeline *t, uint64_t usec, uint64_t mono,
			   const char *event, const char *detail);
/** The @i-th oldest, 0 <= @i < t->count. */
const struct baton_ha_moment *baton_ha_timeline_get(const struct baton_ha_timeline *t,
						    unsigned int i);

/**
 * baton_ha_timeline_open - the ring in the file @path, as it was left, or a new one
 *
 * Where the file cannot be had, the ring is in memory and *@ret_error says why not (negative errno, else
 * 0). Never fails but for want of memory: NULL.
 */
struct baton_ha_timeline *baton_ha_timeline_open(const char *path, int *ret_error);
void baton_ha_timeline_close(struct baton_ha_timeline *t);

/**
 * baton_ha_timeline_rebase - a ring of an earlier boot, by whose CLOCK_MONOTONIC nothing can be measured any more
 * @usec, @mono: CLOCK_REALTIME and CLOCK_MONOTONIC, now
 *
 * Distances to what is noted from now on are those of the clock on the wall. One that was set back meanwhile,
 * or is not set yet, makes the last event one of right now, and not of the future. Before the boot CLOCK_MONOTONIC
 * is negative: as int64_t.
 */
void baton_ha_timeline_rebase(struct baton_ha_timeline *t, uint64_t usec, uint64_t mono);

/* timeline_keeper.c: the same on disk, for when the machine ends */
struct baton_ha_timeline_keeper;

/** The file goes to @dir, under the name "timeline". Return: 0 or negative errno. */
int baton_ha_timeline_keeper_new(struct baton_ha_timeline_keeper **ret, const char *dir);
/** @finish: write what is due before. Waits for two seconds at most, see scribe.h. @k: NULL is fine */
void baton_ha_timeline_keeper_free(struct baton_ha_timeline_keeper *k, bool finish);
/** Have @t written soon, as it is now; waits for nothing. @k: NULL is fine */
void baton_ha_timeline_keep(struct baton_ha_timeline_keeper *k, const struct baton_ha_timeline *t);
/** Replaces @t by what is kept in @dir, rebased; false: there is nothing of use. */
bool baton_ha_timeline_recall(struct baton_ha_timeline *t, const char *dir, uint64_t usec, uint64_t mono);

#endif /* BATON_HA_TIMELINE_H */
