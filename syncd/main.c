// SPDX-License-Identifier: GPL-2.0-or-later
/* baton-syncd: options; all else is daemon.c. */
#include <getopt.h>
#include <stdio.h>

#include "log.h"
#include "syncd.h"

static const char usage[] =
	"usage: baton-syncd [--config FILE] [--control SOCKET] [--debug] [--help] [--version]\n"
	"The connection sync daemon; see baton-syncd(8).\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 's' },
		{ "debug", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct syncd_options o = {
		.config = BATON_CONFIG_PATH, .control = BATON_CONTROL_SYNCD,
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.config = optarg;
			break;
		case 's':
			o.control = optarg;
			break;
		case 'v':
			baton_log_level(LOG_DEBUG);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("baton-syncd " BATON_RELEASE);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	return baton_syncd_run(&o);
}
