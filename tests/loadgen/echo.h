/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An echo server for many thousands of connections on one epoll loop. What a
 * client does not take yet is kept, at most one read's worth per connection,
 * and nothing more is read from that client until it is gone.
 */
#ifndef BATON_LOADGEN_ECHO_H
#define BATON_LOADGEN_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"

/** enum baton_echo_fault - what a server does wrong on purpose, so that tests can see it noticed */
enum baton_echo_fault {
	BATON_ECHO_SOUND,
	BATON_ECHO_CORRUPT,	/* one bit of one byte */
	BATON_ECHO_RESET,	/* close with RST */
	BATON_ECHO_CLOSE,	/* close in good order */
	BATON_ECHO_STALL,	/* never answer again */
	BATON_ECHO_EXTRA,	/* a byte that nobody sent */
};

/** struct baton_echo - a server; the caller fills the upper half */
struct baton_echo {
	const struct baton_endpoint *listen;
	unsigned int n_listen;
	enum baton_echo_fault fault;
	uint64_t fault_after;		/* bytes echoed on a connection before the fault */

	int epoll_fd, signal_fd;
	int listen_fds[BATON_ENDPOINTS_MAX];
	uint64_t accepted, open, bytes;
	bool paused;			/* a listener waits for a free descriptor */
};

/** baton_echo_start - listen; 0 or -errno, and then @failed is the endpoint at fault or NULL */
int baton_echo_start(struct baton_echo *echo, const struct baton_endpoint **failed);

/** baton_echo_serve - returns 0 on SIGINT or SIGTERM, -errno if the loop broke */
int baton_echo_serve(struct baton_echo *echo);

#endif
