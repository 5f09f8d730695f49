// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
"usage: loadgen --target A:P[,A:P...] [options]\n"
"       loadgen --control PATH --command 'COMMAND'\n"
"\n"
"Opens TCP connections to echo servers, spread evenly over the targets, and\n"
"checks each byte that comes back. Prints READY on stdout when all are up.\n"
"A connection that fails is counted and stays closed.\n"
"\n"
"  --busy N           connections that send a request every interval (0)\n"
"  --silent N         connections that send nothing until woken, then once (0)\n"
"  --interval-ms M    time between two requests of a busy connection (1000);\n"
"                     the requests of all of them are spread evenly over it. At\n"
"                     most one is out per connection: an interval longer than\n"
"                     the outage shows its length to M/N ms, a shorter one\n"
"                     shows when TCP chose to retransmit\n"
"  --size BYTES       per request (64)\n"
"  --new-rate R       connections per second that open, ask once and close (0)\n"
"  --new-target A:P[,A:P...]\n"
"                     where those go (as --target)\n"
"  --connect-rate R   connections per second at the start and on waking (1000)\n"
"  --timeout-ms T     for connecting and for each answer (20000)\n"
"  --duration-ms D    stop by itself that long after READY (until told)\n"
"  --control PATH     unix socket for commands\n"
"  --out FILE         results as JSON\n"
"  --times FILE       every completed request as CSV, CLOCK_REALTIME\n"
"\n"
"Commands, a line each, answered by one line of JSON:\n"
"  status             counters now\n"
"  wake               the silent connections send; answers at once\n"
"  mark NAME          note the time; results tell the gap after each mark\n"
"  wait ready         answers when all connections are up\n"
"  wait flowing       answers when every living busy connection was answered again\n"
"  wait awake         answers when every silent connection was answered or failed\n"
"  stop               every living connection shows once more that it lives, then\n"
"                     results are written; answers when they are\n"
"\n"
"Exit status: 0 all connections lived; 1 a busy or a silent one did not;\n"
"3 only new ones failed; 2 wrong usage or the run could not be made.\n";

enum option_id {
	OPT_TARGET = 256, OPT_BUSY, OPT_SILENT, OPT_INTERVAL, OPT_SIZE, OPT_NEW_RATE,
	OPT_NEW_TARGET, OPT_CONNECT_RATE, OPT_TIMEOUT, OPT_DURATION, OPT_CONTROL, OPT_OUT,
	OPT_TIMES, OPT_COMMAND, OPT_HELP,
};

static const struct option long_options[] = {
	{ "target",       required_argument, NULL, OPT_TARGET },
	{ "busy",         required_argument, NULL, OPT_BUSY },
	{ "silent",       required_argument, NULL, OPT_SILENT },
	{ "interval-ms",  required_argument, NULL, OPT_INTERVAL },
	{ "size",         required_argument, NULL, OPT_SIZE },
	{ "new-rate",     required_argument, NULL, OPT_NEW_RATE },
	{ "new-target",   required_argument, NULL, OPT_NEW_TARGET },
	{ "connect-rate", required_argument, NULL, OPT_CONNECT_RATE },
	{ "timeout-ms",   required_argument, NULL, OPT_TIMEOUT },
	{ "duration-ms",  required_argument, NULL, OPT_DURATION },
	{ "control",      required_argument, NULL, OPT_CONTROL },
	{ "out",          required_argument, NULL, OPT_OUT },
	{ "times",        required_argument, NULL, OPT_TIMES },
	{ "command",      required_argument, NULL, OPT_COMMAND },
	{ "help",         no_argument,       NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int number(const char *name, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || value < min || value > max) {
		fprintf(stderr, "loadgen: --%s %s: must be a number from %u to %u\n", name, text,
			min, max);
		return -EINVAL;
	}
	*out = (uint32_t)value;
	return 0;
}

static int targets(const char *name, const char *text, struct baton_endpoint *out,
		   unsigned int *count)
{
	int n = baton_endpoint_list(text, out);

	if (n < 0) {
		fprintf(stderr, "loadgen: --%s %s: must be ADDRESS:PORT, at most %d of them, separated by commas\n",
			name, text, BATON_ENDPOINTS_MAX);
		return n;
	}
	*count = (unsigned int)n;
	return 0;
}

static int one_option(struct baton_options *opt, int id, const char *arg)
{
	switch (id) {
	case OPT_TARGET:
		return targets("target", arg, opt->targets, &opt->n_targets);
	case OPT_BUSY:
		return number("busy", arg, 0, 500000, &opt->busy);
	case OPT_SILENT:
		return number("silent", arg, 0, 500000, &opt->silent);
	case OPT_INTERVAL:
		return number("interval-ms", arg, 1, 3600000, &opt->interval_ms);
	case OPT_SIZE:
		return number("size", arg, 1, 16 << 20, &opt->size);
	case OPT_NEW_RATE:
		return number("new-rate", arg, 0, 100000, &opt->new_rate);
	case OPT_NEW_TARGET:
		return targets("new-target", arg, opt->new_targets, &opt->n_new_targets);
	case OPT_CONNECT_RATE:
		return number("connect-rate", arg, 1, 1000000, &opt->connect_rate);
	case OPT_TIMEOUT:
		return number("timeout-ms", arg, 1, 3600000, &opt->timeout_ms);
	case OPT_DURATION:
		return number("duration-ms", arg, 0, 86400000, &opt->duration_ms);
	case OPT_CONTROL:
		opt->control = arg;
		return 0;
	case OPT_OUT:
		opt->out = arg;
		return 0;
	case OPT_TIMES:
		opt->times = arg;
		return 0;
	case OPT_COMMAND:
		opt->command = arg;
		return 0;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs("loadgen: see loadgen --help\n", stderr);
		return -EINVAL;
	}
}

int baton_options_parse(struct baton_options *opt, int argc, char **argv)
{
	int id, err;

	*opt = (struct baton_options){
		.interval_ms = 1000, .size = 64, .connect_rate = 1000, .timeout_ms = 20000,
	};
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		err = one_option(opt, id, optarg);
		if (err)
			return -EINVAL;
	}
	if (optind < argc) {
		fprintf(stderr, "loadgen: %s: not an option; see loadgen --help\n", argv[optind]);
		return -EINVAL;
	}
	if (opt->command && !opt->control) {
		fputs("loadgen: --command needs --control PATH of the running load generator\n",
		      stderr);
		return -EINVAL;
	}
	if (!opt->command && !opt->n_targets) {
		fputs("loadgen: --target is missing; see loadgen --help\n", stderr);
		return -EINVAL;
	}
	if (!opt->n_new_targets) {
		memcpy(opt->new_targets, opt->targets, sizeof(opt->targets));
		opt->n_new_targets = opt->n_targets;
	}
	if (!opt->command && !opt->control && !opt->duration_ms)
		fputs("loadgen: neither --control nor --duration-ms: runs until SIGINT or SIGTERM\n",
		      stderr);
	return 0;
}
