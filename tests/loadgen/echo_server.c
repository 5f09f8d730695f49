// SPDX-License-Identifier: GPL-2.0-or-later
/* echo-server: the real server of the drills, sound unless told otherwise. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "echo.h"

static const char usage[] =
"usage: echo-server --listen A:P[,A:P...] [--fault KIND [--fault-after BYTES]]\n"
"\n"
"Sends back every byte. Prints READY when it listens, its totals when it is\n"
"stopped by SIGINT or SIGTERM.\n"
"\n"
"  --fault KIND        misbehave on purpose: corrupt, reset, close, stall, extra\n"
"  --fault-after BYTES on each connection, once that much was echoed (0)\n"
"\n"
"Exit status: 0 stopped by a signal; 2 wrong usage; 1 could not listen.\n";

static const struct option options[] = {
	{ "listen",      required_argument, NULL, 'l' },
	{ "fault",       required_argument, NULL, 'f' },
	{ "fault-after", required_argument, NULL, 'a' },
	{ "help",        no_argument,       NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int parse_fault(const char *name, enum baton_echo_fault *fault)
{
	static const char *const names[] = {
		[BATON_ECHO_CORRUPT] = "corrupt", [BATON_ECHO_RESET] = "reset",
		[BATON_ECHO_CLOSE] = "close", [BATON_ECHO_STALL] = "stall",
		[BATON_ECHO_EXTRA] = "extra",
	};

	for (unsigned int i = 1; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]))
			continue;
		*fault = i;
		return 0;
	}
	fprintf(stderr, "echo-server: --fault %s: must be corrupt, reset, close, stall or extra\n",
		name);
	return -EINVAL;
}

static int parse(struct baton_echo *echo, struct baton_endpoint *listen, int argc, char **argv)
{
	int id, n;

	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		char *end = "";

		switch (id) {
		case 'l':
			n = baton_endpoint_list(optarg, listen);
			if (n < 0) {
				fprintf(stderr, "echo-server: --listen %s: must be ADDRESS:PORT[,ADDRESS:PORT...]\n",
					optarg);
				return n;
			}
			echo->n_listen = (unsigned int)n;
			break;
		case 'f':
			if (parse_fault(optarg, &echo->fault))
				return -EINVAL;
			break;
		case 'a':
			echo->fault_after = strtoull(optarg, &end, 10);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			return -EINVAL;
		}
		if (*end) {
			fprintf(stderr, "echo-server: --fault-after %s: must be a number of bytes\n",
				optarg);
			return -EINVAL;
		}
	}
	if (!echo->n_listen || optind < argc) {
		fputs(usage, stderr);
		return -EINVAL;
	}
	echo->listen = listen;
	return 0;
}

int main(int argc, char **argv)
{
	static struct baton_endpoint listen[BATON_ENDPOINTS_MAX];
	const struct baton_endpoint *failed;
	static struct baton_echo echo;
	int err;

	if (parse(&echo, listen, argc, argv))
		return 2;
	err = baton_echo_start(&echo, &failed);
	if (err) {
		fprintf(stderr, "echo-server: cannot listen%s%s: %s\n", failed ? " on " : "",
			failed ? failed->text : "", strerror(-err));
		return 1;
	}
	puts("READY");
	fflush(stdout);
	err = baton_echo_serve(&echo);
	fprintf(stderr, "echo-server: %lu connections, %lu still open, %lu bytes\n",
		(unsigned long)echo.accepted, (unsigned long)echo.open, (unsigned long)echo.bytes);
	return err ? 1 : 0;
}
