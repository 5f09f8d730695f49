// SPDX-License-Identifier: GPL-2.0-or-later
#include "netpeer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ANSWER_MAX	65000

/* What came, with the name in front, in one piece. */
static size_t answer(char *buf, size_t got, const char *name)
{
	size_t len = strlen(name);

	if (got > ANSWER_MAX)
		got = ANSWER_MAX;
	memmove(buf + len + 1, buf, got);
	memcpy(buf, name, len);
	buf[len] = ' ';
	return got + len + 1;
}

static void serve_datagram(int fd, const char *name)
{
	static char buf[ANSWER_MAX + 256];
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, ANSWER_MAX, 0, (struct sockaddr *)&from, &len);

	if (n >= 0)
		sendto(fd, buf, answer(buf, (size_t)n, name), 0, (struct sockaddr *)&from, len);
}

static void serve_stream(int fd, const char *name)
{
	static char buf[ANSWER_MAX + 256];
	ssize_t n = recv(fd, buf, 4096, 0);

	if (n > 0)
		send(fd, buf, answer(buf, (size_t)n, name), MSG_NOSIGNAL);
	else if (n == 0 || errno != EAGAIN)
		close(fd);
}

int netpeer_serve(const char *name, const struct endpoint *at)
{
	int one = 1, fd = endpoint_socket(at, 0), poller = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &at->addr.sa, at->len) < 0 ||
	    (at->type == SOCK_STREAM && listen(fd, 4096) < 0) ||
	    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &ev) < 0) {
		perror("netpeer: cannot listen");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct epoll_event got[64];
		int n = epoll_wait(poller, got, 64, -1);

		for (int i = 0; i < n; i++) {
			if (got[i].data.fd != fd) {
				serve_stream(got[i].data.fd, name);
			} else if (at->type == SOCK_DGRAM) {
				serve_datagram(fd, name);
			} else {
				ev.data.fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
				epoll_ctl(poller, EPOLL_CTL_ADD, ev.data.fd, &ev);
			}
		}
	}
}
