// SPDX-License-Identifier: GPL-2.0-or-later
/* plot: completed requests around a fault, or a figure over many runs, as SVG and on the terminal. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "draw.h"

static const char usage[] =
"usage: plot --in times.csv [--fault T] [--mark NAME=T...] [--before 2] [--after 4]\n"
"            [--bin-ms 20] [--title TEXT] [--fault-name TEXT] [--svg FILE]\n"
"       plot --dist [--key gap_ms] [--limit L] [--title TEXT] [--svg FILE] FILE.json...\n"
"\n"
"Draws to the terminal, and to FILE with --svg. Times are seconds of\n"
"CLOCK_REALTIME. Marks that the load generator noted in times.csv are shown\n"
"too; without --fault the one called \"fault\" is time 0.\n"
"\n"
"Exit status: 0 drawn; 1 a file could not be read or written; 2 wrong usage.\n";

enum option_id {
	OPT_IN = 256, OPT_FAULT, OPT_FAULT_NAME, OPT_MARK, OPT_BEFORE, OPT_AFTER, OPT_BIN,
	OPT_TITLE, OPT_SVG, OPT_DIST, OPT_KEY, OPT_LIMIT, OPT_HELP,
};

static const struct option long_options[] = {
	{ "in",         required_argument, NULL, OPT_IN },
	{ "fault",      required_argument, NULL, OPT_FAULT },
	{ "fault-name", required_argument, NULL, OPT_FAULT_NAME },
	{ "mark",       required_argument, NULL, OPT_MARK },
	{ "before",     required_argument, NULL, OPT_BEFORE },
	{ "after",      required_argument, NULL, OPT_AFTER },
	{ "bin-ms",     required_argument, NULL, OPT_BIN },
	{ "title",      required_argument, NULL, OPT_TITLE },
	{ "svg",        required_argument, NULL, OPT_SVG },
	{ "dist",       no_argument,       NULL, OPT_DIST },
	{ "key",        required_argument, NULL, OPT_KEY },
	{ "limit",      required_argument, NULL, OPT_LIMIT },
	{ "help",       no_argument,       NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

struct plot_options {
	const char *in, *svg, *title, *key, *fault_name;
	double fault, before, after, bin_ms, limit;
	bool dist;
	struct baton_series series;
};

static int number(const char *name, const char *text, double min, double max, double *out)
{
	char *end;

	*out = strtod(text, &end);
	if (end != text && !*end && *out >= min && *out <= max)
		return 0;
	fprintf(stderr, "plot: --%s %s: must be a number from %g to %g\n", name, text, min, max);
	return -EINVAL;
}

static int add_mark(struct baton_series *s, const char *arg)
{
	const char *equals = strchr(arg, '=');
	char name[BATON_PLOT_NAME];
	double at;

	if (!equals || equals == arg || equals - arg >= BATON_PLOT_NAME) {
		fprintf(stderr, "plot: --mark %s: must be NAME=TIME\n", arg);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(equals - arg), arg);
	if (number("mark", equals + 1, 0, 1e12, &at))
		return -EINVAL;
	return baton_series_mark(s, name, at);
}

static int one_option(struct plot_options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_IN:
		o->in = arg;
		return 0;
	case OPT_FAULT:
		return number("fault", arg, 0, 1e12, &o->fault);
	case OPT_FAULT_NAME:
		o->fault_name = arg;
		return 0;
	case OPT_MARK:
		return add_mark(&o->series, arg);
	case OPT_BEFORE:
		return number("before", arg, 0, 3600, &o->before);
	case OPT_AFTER:
		return number("after", arg, 0.1, 3600, &o->after);
	case OPT_BIN:
		return number("bin-ms", arg, 1, 60000, &o->bin_ms);
	case OPT_TITLE:
		o->title = arg;
		return 0;
	case OPT_SVG:
		o->svg = arg;
		return 0;
	case OPT_DIST:
		o->dist = true;
		return 0;
	case OPT_KEY:
		o->key = arg;
		return 0;
	case OPT_LIMIT:
		return number("limit", arg, 0, 1e9, &o->limit);
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		return -EINVAL;
	}
}

static unsigned int columns(void)
{
	const char *env = getenv("COLUMNS");
	struct winsize size;
	long n = env ? strtol(env, NULL, 10) : 0;

	if (n <= 0 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		n = size.ws_col;
	if (n <= 0)
		n = 100;
	return n > 160 ? 160 : (unsigned int)n;
}

/* Write with @draw to the file named in the options, if one is. */
static int to_svg(const char *path, int (*draw)(FILE *out, const void *what), const void *what)
{
	FILE *file;
	int err;

	if (!path)
		return 0;
	file = fopen(path, "we");
	err = file ? draw(file, what) : -errno;
	if (file && fclose(file) && !err)
		err = -errno;
	if (err)
		fprintf(stderr, "plot: %s: %s\n", path, strerror(-err));
	return err;
}

static int draw_picture(FILE *out, const void *what)
{
	return baton_svg_picture(out, what);
}

static int draw_dist(FILE *out, const void *what)
{
	return baton_svg_dist(out, what);
}

static int read_series(struct plot_options *o)
{
	const struct baton_plot_mark *mark;
	unsigned long line;
	FILE *in = fopen(o->in, "re");
	int err;

	if (!in) {
		fprintf(stderr, "plot: %s: %s\n", o->in, strerror(errno));
		return -errno;
	}
	err = baton_series_read(&o->series, in, &line);
	fclose(in);
	if (err) {
		fprintf(stderr, "plot: %s: line %lu: %s\n", o->in, line, strerror(-err));
		return err;
	}
	mark = baton_series_find(&o->series, "fault");
	if (o->fault <= 0 && !mark) {
		fprintf(stderr, "plot: %s has no mark called fault, and there is no --fault\n", o->in);
		return -EINVAL;
	}
	if (o->fault <= 0)
		o->fault = mark->at;
	return 0;
}

static int plot_fault(struct plot_options *o)
{
	struct baton_bins bins;
	struct baton_picture picture = {
		.title = o->title ? o->title : "Completed requests around the fault",
		.fault = o->fault_name ? o->fault_name : "fault",
		.series = &o->series, .bins = &bins,
	};
	int err = read_series(o);

	if (err)
		return 1;
	picture.fault_at = o->fault;
	if (baton_bins_make(&bins, &o->series, o->fault, o->before, o->after, o->bin_ms / 1e3)) {
		fputs("plot: no memory\n", stderr);
		return 1;
	}
	baton_term_picture(stdout, &picture, columns());
	err = to_svg(o->svg, draw_picture, &picture);
	baton_bins_free(&bins);
	return err ? 1 : 0;
}

static int plot_dist(struct plot_options *o, char **files, int n)
{
	struct baton_dist dist = {
		.title = o->title ? o->title : "Distribution over the runs",
		.key = o->key, .limit = o->limit,
	};
	int err = -EINVAL;

	if (n < 1)
		fputs("plot: --dist needs files\n", stderr);
	else
		err = baton_dist_read(&dist, files, (unsigned int)n);
	if (!err) {
		baton_term_dist(stdout, &dist, columns());
		err = to_svg(o->svg, draw_dist, &dist);
	}
	baton_dist_free(&dist);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct plot_options o = {
		.key = "gap_ms", .before = 2, .after = 4, .bin_ms = 20,
	};
	int id, status;

	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (one_option(&o, id, optarg))
			return 2;
	if (!o.dist && (!o.in || optind < argc)) {
		fputs(usage, stderr);
		return 2;
	}
	status = o.dist ? plot_dist(&o, argv + optind, argc - optind) : plot_fault(&o);
	baton_series_free(&o.series);
	return status;
}
