/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses with a port, as the load generator and the echo server take them. */
#ifndef BATON_LOADGEN_ENDPOINT_H
#define BATON_LOADGEN_ENDPOINT_H

#include <stddef.h>
#include <sys/socket.h>

#define BATON_ENDPOINT_TEXT	64
#define BATON_ENDPOINTS_MAX	16

/** struct baton_endpoint - one ADDRESS:PORT, as text and ready for connect() or bind() */
struct baton_endpoint {
	struct sockaddr_storage addr;
	socklen_t len;
	char text[BATON_ENDPOINT_TEXT];
};

/**
 * baton_endpoint_list - parse "A:P[,A:P]"; IPv6 in brackets, numeric only
 * @text: what the user wrote
 * @out: room for BATON_ENDPOINTS_MAX
 *
 * Returns how many there are, or -EINVAL (malformed, port 0) or -E2BIG.
 */
int baton_endpoint_list(const char *text, struct baton_endpoint *out);

#endif
