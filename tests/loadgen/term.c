// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "draw.h"

#define ROWS	8
#define MAX_COLUMNS	240
#define EDGE	8	/* columns of the scale on the left */

static const char *const eighths[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

static void repeat(FILE *out, const char *text, unsigned int n)
{
	while (n--)
		fputs(text, out);
}

/* Bins per column: a whole number, so that a column never straddles two. */
static unsigned int bins_per_column(const struct baton_bins *b, unsigned int columns)
{
	return (b->n + columns - 1) / columns;
}

static uint32_t column_sum(const struct baton_bins *b, unsigned int column, unsigned int per)
{
	uint32_t sum = 0;

	for (unsigned int i = column * per; i < (column + 1) * per && i < b->n; i++)
		sum += b->busy[i] + b->other[i];
	return sum;
}

static void rows(FILE *out, const uint32_t *sums, unsigned int columns, uint32_t ceiling)
{
	for (int row = ROWS - 1; row >= 0; row--) {
		if (row == ROWS - 1)
			fprintf(out, "%*u ┤", EDGE - 2, ceiling);
		else
			fprintf(out, "%*s│", EDGE - 1, "");
		for (unsigned int c = 0; c < columns; c++) {
			double part = ceil((double)sums[c] / ceiling * ROWS * 8) - row * 8;

			if (row == ROWS - 1 && sums[c] > ceiling)
				fputs("▲", out);
			else
				fputs(eighths[part <= 0 ? 0 : part >= 8 ? 8 : (int)part], out);
		}
		fputc('\n', out);
	}
}

static void bars(FILE *out, const struct baton_bins *b, unsigned int columns, unsigned int per)
{
	uint32_t sums[MAX_COLUMNS] = { 0 }, peak = 0, ceiling;

	for (unsigned int c = 0; c < columns; c++) {
		sums[c] = column_sum(b, c, per);
		if (sums[c] > peak)
			peak = sums[c];
	}
	ceiling = baton_plot_ceiling(sums, columns);
	if (!ceiling)
		ceiling = 1;
	if (peak > ceiling)
		fprintf(out, "%*s ▲ reaches up to %u\n", EDGE, "", peak);
	rows(out, sums, columns, ceiling);
}

static void axis(FILE *out, const struct baton_bins *b, unsigned int columns, double width)
{
	double step = baton_nice_step(columns * width, 8);
	unsigned int at = 0;

	fprintf(out, "%*s└", EDGE - 1, "");
	repeat(out, "─", columns);
	fprintf(out, "\n%*s", EDGE, "");
	for (double t = ceil(b->from / step) * step; t < b->from + columns * width; t += step) {
		unsigned int column = (unsigned int)((t - b->from) / width);
		char label[16];
		int len = snprintf(label, sizeof(label), fabs(t) < step / 2 ? "0" : "%+g", t);

		if (column < at || column + (unsigned int)len > columns)
			continue;
		repeat(out, " ", column - at);
		fputs(label, out);
		at = column + (unsigned int)len;
	}
	fputs(" s\n", out);
}

static void one_mark(FILE *out, const struct baton_bins *b, unsigned int columns, double width,
		     const char *name, double t)
{
	double column = floor((t - b->from) / width);

	if (column < 0 || column >= columns)
		return;
	fprintf(out, "%*s", EDGE, "");
	repeat(out, " ", (unsigned int)column);
	fprintf(out, "▲ %s %+.3f s\n", name, t);
}

void baton_term_picture(FILE *out, const struct baton_picture *p, unsigned int columns)
{
	const struct baton_bins *b = p->bins;
	unsigned int per, cells;
	double width;

	columns = columns > EDGE + 28 ? columns - EDGE - 4 : 24;
	if (columns > MAX_COLUMNS)
		columns = MAX_COLUMNS;
	per = bins_per_column(b, columns);
	cells = (b->n + per - 1) / per;
	width = per * b->bin;

	fprintf(out, "%s\n%*s completed requests, %.0f ms a column\n", p->title, EDGE, "",
		width * 1e3);
	bars(out, b, cells, per);
	axis(out, b, cells, width);
	one_mark(out, b, cells, width, p->fault, 0);
	for (unsigned int i = 0; i < p->series->n_marks; i++)
		if (strcmp(p->series->marks[i].name, "fault"))
			one_mark(out, b, cells, width, p->series->marks[i].name,
				 p->series->marks[i].at - p->fault_at);
	if (b->gap_to > b->gap_from)
		fprintf(out, "longest time without an answer: %.0f ms (from %+.3f s to %+.3f s)\n",
			(b->gap_to - b->gap_from) * 1e3, b->gap_from, b->gap_to);
}

void baton_term_dist(FILE *out, const struct baton_dist *d, unsigned int columns)
{
	double top = d->values[d->n - 1] > d->limit ? d->values[d->n - 1] : d->limit;
	unsigned int width = columns > 50 ? columns - 26 : 24;

	fprintf(out, "%s: %s of %u runs\n", d->title, d->key, d->n);
	for (unsigned int i = 0; i < d->n; i++) {
		double cells = top > 0 ? d->values[i] / top * width : 0;
		int part = (int)(cells * 8) % 8;
		static const char *const parts[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };

		fprintf(out, "%10.1f │", d->values[i]);
		repeat(out, "█", (unsigned int)cells);
		fprintf(out, "%s%s\n", parts[part],
			d->limit > 0 && d->values[i] > d->limit ? " over the limit" : "");
	}
	fprintf(out, "smallest %.1f, median %.1f, 90 %% within %.1f, largest %.1f",
		d->values[0], baton_dist_at(d, 0.5), baton_dist_at(d, 0.9), d->values[d->n - 1]);
	if (d->limit > 0)
		fprintf(out, "; %u of %u at most %.0f", baton_dist_within(d), d->n, d->limit);
	fputc('\n', out);
}
