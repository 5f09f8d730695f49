// SPDX-License-Identifier: GPL-2.0-or-later
/* baton-ha: options and what a real-time process needs; all else is agent.c. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "agent.h"
#include "control.h"
#include "log.h"

static const char usage[] =
	"usage: baton-ha [--config FILE] [--control SOCKET] [--syncd SOCKET] [--state DIR]\n"
	"                [--timeline FILE] [--beat-key FILE] [--debug] [--help] [--version]\n"
	"The failover agent; see baton-ha(8).\n";

/* A page that has to be read back in costs more than a lease; with a limit, locking could fail later. */
static void lock_memory(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur == RLIM_INFINITY)
		mlockall(MCL_CURRENT | MCL_FUTURE);
}

static int parse(int argc, char **argv, struct baton_ha_options *o)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 's' },
		{ "syncd", required_argument, NULL, 'y' },
		{ "state", required_argument, NULL, 'd' },
		{ "timeline", required_argument, NULL, 't' },
		{ "beat-key", required_argument, NULL, 'b' },
		{ "debug", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': o->config = optarg; break;
		case 's': o->control = optarg; break;
		case 'y': o->syncd = optarg; break;
		case 'd': o->state_dir = optarg; break;
		case 't': o->timeline = optarg; break;
		case 'b': o->beat_key = optarg; break;
		case 'v': baton_log_level(LOG_DEBUG); break;
		case 'h': fputs(usage, stdout); return 0;
		case 'V': puts("baton-ha " BATON_RELEASE); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct baton_ha_options options = {
		.config = BATON_CONFIG_PATH,
		.control = BATON_CONTROL_HA,
		.syncd = BATON_CONTROL_SYNCD,
		.state_dir = "/var/lib/baton-ha",
		.timeline = "/run/baton-ha/timeline",
		.beat_key = "/run/baton-ha/beat.key",
	};
	char err[512] = "out of memory";
	sigset_t signals;
	int error = parse(argc, argv, &options);

	if (error >= 0)
		return error;
	/* Before there is a second thread, so that it does not take them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Kept here, but not for the programs that are started. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	lock_memory();
	error = baton_ha_agent_run(&options, err, sizeof(err));
	if (error)
		baton_log(LOG_ERR, "%s", err);
	return error ? 1 : 0;
}
