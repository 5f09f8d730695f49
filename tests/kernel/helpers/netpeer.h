/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BATON_TESTS_NETPEER_H
#define BATON_TESTS_NETPEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/** struct endpoint - where to listen or connect */
struct endpoint {
	int type;			/* SOCK_STREAM or SOCK_DGRAM */
	int protocol;			/* IPPROTO_SCTP, or 0 for what the type says */
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t len;
};

/** "tcp", "udp" or "sctp", "ADDRESS:PORT" or "[ADDRESS]:PORT" -> @ret; 0 or -EINVAL */
int endpoint_parse(const char *protocol, const char *text, struct endpoint *ret);
/** A socket for @of with these flags; SCTP names no address of the other family. Or -errno. */
int endpoint_socket(const struct endpoint *of, int flags);
/** A connected blocking socket, or -errno; -ETIMEDOUT after @ms. */
int endpoint_connect(const struct endpoint *to, int ms);
/** Set DF on everything that is sent and have ICMP errors reported. */
void endpoint_dont_fragment(int fd);
/** The path MTU that the kernel knows for a connected socket; 0 or -errno */
int endpoint_mtu(int fd, int *ret);

/** Answer every line with @name and the line, for ever; returns an exit status on failure. */
int netpeer_serve(const char *name, const struct endpoint *at);

/**
 * Send numbered datagrams at this rate until standard input has a line, or ends; then print what came back:
 * "sent=N lost=N duplicated=N reordered=N refused=N gap_us=N wait_us=N" (the longest time without any answer, and
 * the longest from a datagram to its own). Return: 0 each was answered once, else 1.
 */
int netpeer_stream(const struct endpoint *to, unsigned int per_second);

typedef void netpeer_tell(void *context, const char *answer);

/**
 * COUNT connections from one port, each begun when the one before has ended; @tell gets what each was answered,
 * or why not. Return: how long the slowest took to begin, in milliseconds.
 */
int netpeer_again(const struct endpoint *to, unsigned int count, netpeer_tell *tell, void *context);

#endif
