/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BATON_LOADGEN_OPTIONS_H
#define BATON_LOADGEN_OPTIONS_H

#include <stdint.h>

#include "endpoint.h"

/** struct baton_options - the command line of loadgen, checked */
struct baton_options {
	struct baton_endpoint targets[BATON_ENDPOINTS_MAX];
	unsigned int n_targets;
	struct baton_endpoint new_targets[BATON_ENDPOINTS_MAX];	/* of connections that ask once */
	unsigned int n_new_targets;
	uint32_t busy, silent;		/* connections; 0..1,000,000 together */
	uint32_t interval_ms;		/* 1..3,600,000 */
	uint32_t size;			/* bytes per request, 1..16 MiB */
	uint32_t new_rate;		/* new connections per second, 0: none */
	uint32_t connect_rate;		/* per second, at the start and when waking */
	uint32_t timeout_ms;		/* for connect and for each request */
	uint32_t duration_ms;		/* 0: until told to stop */
	const char *control;		/* unix socket, or NULL */
	const char *out;		/* results, or NULL */
	const char *times;		/* completions, or NULL */
	const char *command;		/* be the client of a running one, or NULL */
};

/** baton_options_parse - fill @opt; prints the reason to stderr and returns -EINVAL if wrong */
int baton_options_parse(struct baton_options *opt, int argc, char **argv);

#endif
