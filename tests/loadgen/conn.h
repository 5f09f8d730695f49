/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One TCP connection of the load generator: connect, send a request, read it
 * back, see what goes wrong. It knows neither schedules nor totals. A failed
 * connection is closed and stays closed: nothing is ever tried again.
 */
#ifndef BATON_LOADGEN_CONN_H
#define BATON_LOADGEN_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"
#include "record.h"

enum baton_conn_state {
	BATON_CONN_UNUSED,	/* not opened yet, or closed in good order */
	BATON_CONN_CONNECTING,
	BATON_CONN_UP,
	BATON_CONN_DEAD,
};

/** enum baton_outcome - what an event came to; from RESET on it is the end of the connection */
enum baton_outcome {
	BATON_OUTCOME_NOTHING,
	BATON_OUTCOME_CONNECTED,
	BATON_OUTCOME_ANSWERED,
	BATON_OUTCOME_RESET,		/* the peer, or someone in between, sent RST */
	BATON_OUTCOME_EOF,		/* an orderly close that nobody asked for */
	BATON_OUTCOME_TIMEOUT,
	BATON_OUTCOME_MISMATCH,		/* wrong bytes, or bytes that nobody asked for */
	BATON_OUTCOME_CONNECT,		/* connect() refused or unreachable */
	BATON_OUTCOME_OTHER,		/* any other error of a socket call */
	BATON_OUTCOMES
};

/** struct baton_lconn - a connection of the load generator */
struct baton_lconn {
	uint32_t id;			/* unique in a run; part of the payload and of the epoll data */
	uint8_t kind;			/* enum baton_kind */
	uint8_t state;			/* enum baton_conn_state */
	uint8_t target;
	bool waiting;			/* a request is out */
	bool pollout;			/* EPOLLOUT is armed */
	bool proven;			/* answered since it was asked to show that it lives */
	int fd;
	int error;			/* errno behind the last outcome, 0 if none */
	uint16_t local_port;		/* host byte order; for captures and connection tables */
	uint32_t seq;			/* of the request that is out, or was last */
	uint32_t sent, received;	/* bytes of it */
	uint64_t opened;		/* monotonic ns of connect() */
	uint64_t since;			/* monotonic ns: connect() or the request's first byte */
	uint64_t answered;		/* monotonic ns of the last answer, 0 if none */
};

/** baton_lconn_open - start connecting and join the epoll set with @tag; 0 or -errno */
int baton_lconn_open(struct baton_lconn *c, const struct baton_endpoint *to, int epoll_fd,
		     uint64_t tag, uint64_t now);

/** baton_lconn_send - begin the next request of @size bytes; none may be out */
enum baton_outcome baton_lconn_send(struct baton_lconn *c, int epoll_fd, uint64_t tag,
				    uint32_t size, uint64_t now);

/** baton_lconn_event - serve what epoll reported */
enum baton_outcome baton_lconn_event(struct baton_lconn *c, int epoll_fd, uint64_t tag,
				     uint32_t size);

/** baton_lconn_close - close and enter @state */
void baton_lconn_close(struct baton_lconn *c, enum baton_conn_state state);

const char *baton_outcome_name(enum baton_outcome outcome);

#endif
