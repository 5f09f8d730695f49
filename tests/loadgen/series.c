// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int append(double **list, size_t *n, size_t *room, double value)
{
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 4096;
		double *bigger = realloc(*list, more * sizeof(**list));

		if (!bigger)
			return -ENOMEM;
		*list = bigger;
		*room = more;
	}
	(*list)[(*n)++] = value;
	return 0;
}

int baton_series_mark(struct baton_series *s, const char *name, double at)
{
	unsigned int i = s->n_marks;

	if (!*name || strlen(name) >= BATON_PLOT_NAME)
		return -EINVAL;
	if (s->n_marks == BATON_PLOT_MARKS)
		return -ENOSPC;
	for (; i && s->marks[i - 1].at > at; i--)
		s->marks[i] = s->marks[i - 1];
	strcpy(s->marks[i].name, name);
	s->marks[i].at = at;
	s->n_marks++;
	return 0;
}

const struct baton_plot_mark *baton_series_find(const struct baton_series *s, const char *name)
{
	for (unsigned int i = 0; i < s->n_marks; i++)
		if (!strcmp(s->marks[i].name, name))
			return &s->marks[i];
	return NULL;
}

static int read_line(struct baton_series *s, const char *line)
{
	char name[BATON_PLOT_NAME], kind[8];
	double at;

	if (line[0] == '\n' || !strcmp(line, "time_s,kind,connection,latency_us\n"))
		return 0;
	if (line[0] == '#') {
		if (sscanf(line, "# mark %31s %lf", name, &at) == 2)
			return baton_series_mark(s, name, at);
		return 0;
	}
	if (sscanf(line, "%lf,%7[a-z],%*u,%*u", &at, kind) != 2 || !isfinite(at))
		return -EINVAL;
	if (!strcmp(kind, "busy"))
		return append(&s->busy, &s->n_busy, &s->room_busy, at);
	return append(&s->other, &s->n_other, &s->room_other, at);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int baton_series_read(struct baton_series *s, FILE *in, unsigned long *line)
{
	char text[256];

	*line = 0;
	while (fgets(text, sizeof(text), in)) {
		int err;

		(*line)++;
		err = read_line(s, text);
		if (err)
			return err;
	}
	/* The wall clock may have been stepped back while it was recorded. */
	if (s->n_busy)
		qsort(s->busy, s->n_busy, sizeof(*s->busy), compare);
	if (s->n_other)
		qsort(s->other, s->n_other, sizeof(*s->other), compare);
	return 0;
}

void baton_series_free(struct baton_series *s)
{
	free(s->busy);
	free(s->other);
	memset(s, 0, sizeof(*s));
}

static uint64_t count(const double *times, size_t n, double fault, const struct baton_bins *b,
		      uint32_t *bins)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++) {
		double bin = floor((times[i] - fault - b->from) / b->bin);

		if (bin < 0 || bin >= b->n)
			continue;
		bins[(unsigned int)bin]++;
		total++;
	}
	return total;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t baton_plot_ceiling(const uint32_t *heights, unsigned int n)
{
	uint32_t *sorted = calloc(n + 1, sizeof(*sorted)), peak, usual;
	unsigned int used = 0;

	if (!sorted)
		return 0;
	for (unsigned int i = 0; i < n; i++)
		if (heights[i])
			sorted[used++] = heights[i];
	qsort(sorted, used, sizeof(*sorted), compare_u32);
	peak = used ? sorted[used - 1] : 0;
	usual = used ? sorted[(used - 1) * 9 / 10] * 3 / 2 + 1 : 0;
	free(sorted);
	return peak > usual + usual / 2 ? usual : peak;
}

static int find_peak(struct baton_bins *b)
{
	uint32_t *sums = calloc(b->n, sizeof(*sums));

	if (!sums)
		return -ENOMEM;
	for (unsigned int i = 0; i < b->n; i++) {
		sums[i] = b->busy[i] + b->other[i];
		if (sums[i] <= b->peak)
			continue;
		b->peak = sums[i];
		b->peak_bin = i;
	}
	b->ceiling = baton_plot_ceiling(sums, b->n);
	free(sums);
	return 0;
}

static void find_gap(struct baton_bins *b, const struct baton_series *s, double fault)
{
	double to = b->from + b->n * b->bin;

	for (size_t i = 1; i < s->n_busy; i++) {
		double begin = s->busy[i - 1] - fault, end = s->busy[i] - fault;

		if (end < b->from || begin > to || end - begin <= b->gap_to - b->gap_from)
			continue;
		b->gap_from = begin;
		b->gap_to = end;
	}
}

int baton_bins_make(struct baton_bins *b, const struct baton_series *s, double fault,
		    double before, double after, double bin)
{
	memset(b, 0, sizeof(*b));
	b->from = -before;
	b->bin = bin;
	b->n = (unsigned int)ceil((before + after) / bin - 1e-9);
	b->busy = calloc(b->n, sizeof(*b->busy));
	b->other = calloc(b->n, sizeof(*b->other));
	if (!b->busy || !b->other)
		goto nomem;
	b->total = count(s->busy, s->n_busy, fault, b, b->busy);
	count(s->other, s->n_other, fault, b, b->other);
	if (find_peak(b))
		goto nomem;
	find_gap(b, s, fault);
	return 0;

nomem:
	baton_bins_free(b);
	return -ENOMEM;
}

void baton_bins_free(struct baton_bins *b)
{
	free(b->busy);
	free(b->other);
	b->busy = b->other = NULL;
}
