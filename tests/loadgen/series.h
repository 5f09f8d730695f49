/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completions read back from a CSV of the load generator, and cut into bins around an instant. */
#ifndef BATON_LOADGEN_SERIES_H
#define BATON_LOADGEN_SERIES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BATON_PLOT_MARKS	32
#define BATON_PLOT_NAME		32

/** struct baton_plot_mark - something that happened; CLOCK_REALTIME in seconds */
struct baton_plot_mark {
	char name[BATON_PLOT_NAME];
	double at;
};

/** struct baton_series - the file; owned by the caller, freed by baton_series_free() */
struct baton_series {
	double *busy, *other;		/* completion times, in ascending order */
	size_t n_busy, n_other, room_busy, room_other;
	struct baton_plot_mark marks[BATON_PLOT_MARKS];
	unsigned int n_marks;
};

/** struct baton_bins - completions per bin, times relative to the fault in seconds */
struct baton_bins {
	double from, bin;		/* start of the first bin (negative), width of each */
	unsigned int n;
	uint32_t *busy, *other;
	uint32_t peak, peak_bin;	/* largest busy + other, and where */
	uint32_t ceiling;		/* where to cut the axis */
	uint64_t total;			/* busy completions in the window */
	double gap_from, gap_to;	/* longest time without a busy completion; equal: none */
};

/** baton_series_read - returns 0, -ENOMEM, or -EINVAL with the offending line in @line */
int baton_series_read(struct baton_series *s, FILE *in, unsigned long *line);
void baton_series_free(struct baton_series *s);

/** baton_series_mark - add a mark, kept in order of time; -EINVAL: bad name, -ENOSPC: too many */
int baton_series_mark(struct baton_series *s, const char *name, double at);
const struct baton_plot_mark *baton_series_find(const struct baton_series *s, const char *name);

/**
 * baton_bins_make - cut [fault - before, fault + after) into bins of @bin seconds
 *
 * The gap is the longest interval between successive busy completions that
 * touches the window; the end of the recording bounds it, the window does not.
 * Returns 0 or -ENOMEM.
 */
int baton_bins_make(struct baton_bins *b, const struct baton_series *s, double fault,
		    double before, double after, double bin);
void baton_bins_free(struct baton_bins *b);

/**
 * baton_plot_ceiling - where to cut the vertical axis
 * @heights: what is to be drawn, @n of them
 *
 * The backlog that is answered in one go after an outage would flatten all the
 * rest. Returns the highest value, or, where that stands out, a height at which
 * the others can be told apart. 0 if all are 0 or memory is short.
 */
uint32_t baton_plot_ceiling(const uint32_t *heights, unsigned int n);

#endif
