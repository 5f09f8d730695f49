/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pictures: requests over time, and the distribution of a figure over runs. */
#ifndef BATON_LOADGEN_DRAW_H
#define BATON_LOADGEN_DRAW_H

#include <stdio.h>

#include "series.h"

/** struct baton_picture - what both pictures of a fault show */
struct baton_picture {
	const char *title;
	const char *fault;		/* name of the instant at zero */
	double fault_at;		/* CLOCK_REALTIME, seconds */
	const struct baton_series *series;
	const struct baton_bins *bins;
};

/** struct baton_dist - one figure of several runs, in ascending order */
struct baton_dist {
	const char *title;
	const char *key;		/* name of the figure; ends in its unit */
	double *values;
	const char **names;		/* the file of each */
	unsigned int n;
	double limit;			/* 0: none is drawn */
};

/* svg.c: files that need nothing else; 0 or -EIO */
int baton_svg_picture(FILE *out, const struct baton_picture *p);
int baton_svg_dist(FILE *out, const struct baton_dist *d);

/* term.c: @columns wide, UTF-8 */
void baton_term_picture(FILE *out, const struct baton_picture *p, unsigned int columns);
void baton_term_dist(FILE *out, const struct baton_dist *d, unsigned int columns);

/* dist.c */
/** baton_dist_read - read @key from each JSON file; complains on stderr; 0 or -errno */
int baton_dist_read(struct baton_dist *d, char **files, unsigned int n);
void baton_dist_free(struct baton_dist *d);
/** baton_dist_at - the smallest value that a share @q (0..1) of the runs does not exceed */
double baton_dist_at(const struct baton_dist *d, double q);
/** baton_dist_within - how many runs are at most the limit */
unsigned int baton_dist_within(const struct baton_dist *d);

/** baton_nice_step - a step of 1, 2 or 5 times a power of ten that cuts @span into at most @n */
double baton_nice_step(double span, unsigned int n);

#endif
