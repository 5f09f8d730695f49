// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections one after the other from the same port, as soon as the one before has ended. */
#include "netpeer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S	10

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Connected from @from, which is filled in the first time; or -errno. */
static int begin(const struct endpoint *to, struct endpoint *from)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = endpoint_socket(to, 0), on = 1;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if ((from->len && bind(fd, &from->addr.sa, from->len)) ||
	    connect(fd, &to->addr.sa, to->len)) {
		close(fd);
		return -errno;
	}
	if (!from->len) {
		from->len = sizeof(from->addr);
		getsockname(fd, &from->addr.sa, &from->len);
	}
	return fd;
}

/* One question, then both ends close, this one first. 0 or -errno. */
static int ask_and_end(int fd, char *answer, size_t size)
{
	char rest[64];
	ssize_t n;

	if (dprintf(fd, "who\n") < 0)
		return -errno;
	n = recv(fd, answer, size - 1, 0);
	if (n <= 0)
		return n ? -errno : -EPIPE;
	answer[n] = '\0';
	shutdown(fd, SHUT_WR);
	do {
		n = recv(fd, rest, sizeof(rest), 0);
	} while (n > 0);
	/* so SCTP says that the other end is done, too: it has no half-closed connections */
	return n && errno != ENOTCONN ? -errno : 0;
}

int netpeer_again(const struct endpoint *to, unsigned int count, netpeer_tell *tell, void *context)
{
	struct endpoint from = { 0 };
	long start, longest = 0;
	char answer[256];
	int fd, ret;

	while (count--) {
		start = now_ms();
		fd = begin(to, &from);
		if (now_ms() - start > longest)
			longest = now_ms() - start;
		ret = fd < 0 ? fd : ask_and_end(fd, answer, sizeof(answer));
		tell(context, ret ? strerror(-ret) : answer);
		if (fd >= 0)
			close(fd);
	}
	return (int)longest;
}
