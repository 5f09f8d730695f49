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

#define BATON_HA_TIMELINE_MAX	64

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

#endif /* BATON_HA_TIMELINE_H */
