// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "draw.h"

#define WIDTH	960
#define HEIGHT	518
#define LEFT	72
#define RIGHT	(WIDTH - 28)
#define TOP	176
#define BOTTOM	(HEIGHT - 62)
#define LEVELS	6	/* rows of labels above the plot */

#define C_BUSY	"#2f6690"
#define C_OTHER	"#9dc3dd"
#define C_FAULT	"#b3261e"
#define C_MARK	"#444444"
#define C_GAP	"#f2a93b"
#define C_TEXT	"#222222"
#define C_SOFT	"#666666"
#define C_GRID	"#e3e3e3"
#define C_HALO	" stroke=\"#ffffff\" stroke-width=\"4\" paint-order=\"stroke\" stroke-linejoin=\"round\""

static void text(FILE *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			fputc(*s, out);
		}
	}
}

static void begin(FILE *out, const char *title)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"'DejaVu Sans', Verdana, sans-serif\" font-size=\"13\" fill=\"" C_TEXT "\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, HEIGHT);
	fprintf(out, "<text x=\"%d\" y=\"34\" font-size=\"19\" font-weight=\"bold\">", LEFT);
	text(out, title);
	fputs("</text>\n", out);
}

static void subtitle(FILE *out)
{
	fprintf(out, "<text x=\"%d\" y=\"57\" fill=\"" C_SOFT "\">", LEFT);
}

static int end(FILE *out)
{
	fputs("</svg>\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

static double scale(double value, double from, double to, double a, double b)
{
	return a + (value - from) / (to - from) * (b - a);
}

static void tick_x(FILE *out, double x, double value)
{
	fprintf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"" C_TEXT "\"/>"
		"<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
		x, x, BOTTOM, BOTTOM + 5, x, BOTTOM + 21, value);
}

static void tick_y(FILE *out, double y, double value)
{
	fprintf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"" C_GRID "\"/>"
		"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
		LEFT, RIGHT, y, y, LEFT - 8, y + 4.5, value);
}

static void axes(FILE *out, const char *x_name, const char *y_name)
{
	fprintf(out, "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"" C_TEXT "\"/>\n", LEFT, TOP,
		BOTTOM, RIGHT);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
		(LEFT + RIGHT) / 2, BOTTOM + 46, x_name);
	fprintf(out, "<text transform=\"translate(22 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
		(TOP + BOTTOM) / 2, y_name);
}

static double bins_x(const struct baton_bins *b, double t)
{
	return scale(t, b->from, b->from + b->n * b->bin, LEFT, RIGHT);
}

/* One outline for a whole row of bars: small, and without seams between them. */
static void steps(FILE *out, const struct baton_bins *b, const uint32_t *below,
		  const uint32_t *above, double top, const char *colour)
{
	fprintf(out, "<path fill=\"%s\" d=\"M%d %d", colour, LEFT, BOTTOM);
	for (unsigned int i = 0; i < b->n; i++)
		fprintf(out, "V%.1fH%.1f",
			scale(fmin(below[i] + (above ? above[i] : 0), top), 0, top, BOTTOM, TOP),
			bins_x(b, b->from + (i + 1) * b->bin));
	fprintf(out, "V%dZ\"/>\n", BOTTOM);
}

static void key(FILE *out, int x, const char *colour, const char *name)
{
	fprintf(out, "<rect x=\"%d\" y=\"46\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%d\" y=\"57\">%s</text>\n",
		x, colour, x + 18, name);
}

static void gap_band(FILE *out, const struct baton_bins *b)
{
	double from = fmax(bins_x(b, b->gap_from), LEFT), to = fmin(bins_x(b, b->gap_to), RIGHT);
	double middle = (from + to) / 2, y = (TOP + BOTTOM) / 2.0;
	bool inside = to - from > 190;

	if (b->gap_to <= b->gap_from)
		return;
	fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"" C_GAP "\" fill-opacity=\"0.28\"/>\n",
		from, TOP, fmax(to - from, 1), BOTTOM - TOP);
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-weight=\"bold\"" C_HALO ">%.0f ms without an answer</text>\n",
		inside ? middle : to + 8, y - 10, inside ? "middle" : "start",
		(b->gap_to - b->gap_from) * 1e3);
	if (to - from > 24)
		fprintf(out, "<path d=\"M%.1f %.1fH%.1fM%.1f %.1fl7 -4v8zM%.1f %.1fl-7 -4v8z\" fill=\"" C_TEXT "\" stroke=\"" C_TEXT "\"/>\n",
			from + 1, y, to - 1, from + 1, y, to - 1, y);
}

/* Say how high the highest bar is if the axis ends below it. */
static void cut_off(FILE *out, const struct baton_bins *b, double top)
{
	double x = bins_x(b, b->from + (b->peak_bin + 0.5) * b->bin);
	bool left = x > RIGHT - 60;

	if (b->peak <= top)
		return;
	fprintf(out, "<path d=\"M%.1f %dl5 9h-10z\" fill=\"" C_BUSY "\"/>", x, TOP - 2);
	fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" font-size=\"12\">up to %u</text>\n",
		left ? x - 9 : x + 9, TOP + 16, left ? "end" : "start", b->peak);
}

static void mark_line(FILE *out, double x, unsigned int level, bool fault)
{
	fprintf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"%s\"%s/>\n",
		x, x, TOP - 20 - 17 * (int)level, BOTTOM, fault ? C_FAULT : C_MARK,
		fault ? "2" : "1.2", fault ? "" : " stroke-dasharray=\"5 3\"");
}

static void mark_label(FILE *out, double x, unsigned int level, const char *name, double t,
		       bool fault)
{
	bool left = x > RIGHT - 150;

	fprintf(out, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\" text-anchor=\"%s\"%s" C_HALO ">",
		left ? x - 5 : x + 5, TOP - 10 - 17 * (int)level, fault ? C_FAULT : C_MARK,
		left ? "end" : "start", fault ? " font-weight=\"bold\"" : "");
	text(out, name);
	if (!fault)
		fprintf(out, " %+.3f s", t);
	fputs("</text>\n", out);
}

/* Lines first, then labels: a label's halo keeps it readable where a line crosses it. */
static void marks(FILE *out, const struct baton_picture *p, bool labels)
{
	const struct baton_bins *b = p->bins;
	double free_at[LEVELS] = { 0 };
	double x = bins_x(b, 0);

	if (labels)
		mark_label(out, x, 0, p->fault, 0, true);
	else
		mark_line(out, x, 0, true);
	free_at[0] = x + 14 + 9.0 * (double)strlen(p->fault);
	for (unsigned int i = 0; i < p->series->n_marks; i++) {
		const struct baton_plot_mark *m = &p->series->marks[i];
		double t = m->at - p->fault_at;
		unsigned int level = 0;

		x = bins_x(b, t);
		if (!strcmp(m->name, "fault") || x < LEFT || x > RIGHT)
			continue;
		while (level < LEVELS - 1 && free_at[level] > x)
			level++;
		if (labels && free_at[level] > x)
			continue;
		if (labels)
			mark_label(out, x, level, m->name, t, false);
		else
			mark_line(out, x, level, false);
		free_at[level] = x + 14 + 8.2 * (double)(strlen(m->name) + 9);
	}
}

int baton_svg_picture(FILE *out, const struct baton_picture *p)
{
	const struct baton_bins *b = p->bins;
	double y_step = fmax(baton_nice_step(b->ceiling ? b->ceiling : 1, 6), 1);
	double x_step = baton_nice_step(b->n * b->bin, 12);
	double top = ceil((b->ceiling ? b->ceiling : 1) * 1.05 / y_step) * y_step;
	double last = b->from + b->n * b->bin;
	char y_name[64];

	begin(out, p->title);
	subtitle(out);
	fprintf(out, "Time 0 is the fault. Every answer was checked byte for byte.</text>\n");
	key(out, RIGHT - 330, C_BUSY, "busy connections");
	key(out, RIGHT - 170, C_OTHER, "new and woken ones");
	for (double v = 0; v <= top + y_step / 2; v += y_step)
		tick_y(out, scale(v, 0, top, BOTTOM, TOP), v);
	steps(out, b, b->busy, b->other, top, C_OTHER);
	steps(out, b, b->busy, NULL, top, C_BUSY);
	gap_band(out, b);
	cut_off(out, b, top);
	for (double t = ceil(b->from / x_step - 1e-9) * x_step; t <= last + 1e-9; t += x_step)
		tick_x(out, bins_x(b, t), fabs(t) < x_step / 2 ? 0 : t);
	snprintf(y_name, sizeof(y_name), "completed requests per %g ms", b->bin * 1e3);
	axes(out, "seconds since the fault", y_name);
	marks(out, p, false);
	marks(out, p, true);
	return end(out);
}

static void dist_limit(FILE *out, const struct baton_dist *d, double top)
{
	double x = scale(d->limit, 0, top, LEFT, RIGHT);

	if (d->limit <= 0)
		return;
	fprintf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"" C_FAULT "\" stroke-width=\"2\"/>"
		"<text x=\"%.1f\" y=\"%d\" fill=\"" C_FAULT "\" font-weight=\"bold\" text-anchor=\"%s\">limit %g</text>\n",
		x, x, TOP - 16, BOTTOM, x > RIGHT - 100 ? x - 6 : x + 6, TOP - 6,
		x > RIGHT - 100 ? "end" : "start", d->limit);
}

int baton_svg_dist(FILE *out, const struct baton_dist *d)
{
	double largest = fmax(fmax(d->values[d->n - 1], d->limit), 1);
	double step = baton_nice_step(largest, 10), top = ceil(largest * 1.03 / step) * step;

	begin(out, d->title);
	subtitle(out);
	fprintf(out, "%u runs: median %.1f, 90 %% within %.1f, largest %.1f", d->n,
		baton_dist_at(d, 0.5), baton_dist_at(d, 0.9), d->values[d->n - 1]);
	if (d->limit > 0)
		fprintf(out, "; %u of %u at most %g", baton_dist_within(d), d->n, d->limit);
	fputs("</text>\n", out);
	for (unsigned int v = 0; v <= 100; v += 20)
		tick_y(out, scale(v, 0, 100, BOTTOM, TOP), v);
	for (double v = 0; v <= top + step / 2; v += step)
		tick_x(out, scale(v, 0, top, LEFT, RIGHT), v);
	axes(out, d->key, "share of the runs that stay within, per cent");
	dist_limit(out, d, top);
	fprintf(out, "<path fill=\"none\" stroke=\"" C_BUSY "\" stroke-width=\"2\" d=\"M%d %d", LEFT,
		BOTTOM);
	for (unsigned int i = 0; i < d->n; i++)
		fprintf(out, "H%.1fV%.1f", scale(d->values[i], 0, top, LEFT, RIGHT),
			scale(i + 1, 0, d->n, BOTTOM, TOP));
	fprintf(out, "H%d\"/>\n", RIGHT);
	for (unsigned int i = 0; i < d->n; i++) {
		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"><title>",
			scale(d->values[i], 0, top, LEFT, RIGHT),
			scale(i + 1, 0, d->n, BOTTOM, TOP),
			d->limit > 0 && d->values[i] > d->limit ? C_FAULT : C_BUSY);
		text(out, d->names[i]);
		fprintf(out, ": %.1f</title></circle>\n", d->values[i]);
	}
	return end(out);
}
