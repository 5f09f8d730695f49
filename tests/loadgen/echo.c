// SPDX-License-Identifier: GPL-2.0-or-later
#include "echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define CHUNK	65536
#define BATCH	256

/* A client's connection; exists while it is open. */
struct peer {
	int fd;
	bool stalled;
	uint64_t echoed;
	uint8_t *rest;		/* what it has not taken yet, or NULL */
	size_t rest_len, rest_sent;
};

static uint8_t chunk[CHUNK];

static int watch(struct baton_echo *echo, int op, int fd, uint32_t events, void *ptr)
{
	struct epoll_event ev = { .events = events, .data.ptr = ptr };

	return epoll_ctl(echo->epoll_fd, op, fd, &ev) < 0 ? -errno : 0;
}

static int listen_on(struct baton_echo *echo, unsigned int i)
{
	const struct baton_endpoint *at = &echo->listen[i];
	int fd, one = 1, err;

	fd = socket(at->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	echo->listen_fds[i] = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (const struct sockaddr *)&at->addr, at->len) < 0 || listen(fd, 4096) < 0)
		return -errno;
	err = watch(echo, EPOLL_CTL_ADD, fd, EPOLLIN, &echo->listen_fds[i]);
	return err;
}

int baton_echo_start(struct baton_echo *echo, const struct baton_endpoint **failed)
{
	struct rlimit lim;
	sigset_t set;
	int err;

	*failed = NULL;
	if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur < lim.rlim_max) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	echo->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	echo->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (echo->epoll_fd < 0 || echo->signal_fd < 0)
		return -errno;
	err = watch(echo, EPOLL_CTL_ADD, echo->signal_fd, EPOLLIN, &echo->signal_fd);
	for (unsigned int i = 0; !err && i < echo->n_listen; i++) {
		err = listen_on(echo, i);
		if (err)
			*failed = &echo->listen[i];
	}
	return err;
}

static void drop(struct baton_echo *echo, struct peer *p)
{
	close(p->fd);
	free(p->rest);
	free(p);
	echo->open--;
	for (unsigned int i = 0; echo->paused && i < echo->n_listen; i++)
		watch(echo, EPOLL_CTL_MOD, echo->listen_fds[i], EPOLLIN, &echo->listen_fds[i]);
	echo->paused = false;
}

static void accept_all(struct baton_echo *echo, int *listener)
{
	for (;;) {
		int one = 1, fd = accept4(*listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct peer *p;

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		/* Out of descriptors: leave clients in the backlog until one is free. */
		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			watch(echo, EPOLL_CTL_MOD, *listener, 0, listener);
			echo->paused = true;
		}
		if (fd < 0)
			return;
		p = calloc(1, sizeof(*p));
		if (!p) {
			close(fd);
			return;
		}
		p->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (watch(echo, EPOLL_CTL_ADD, fd, EPOLLIN, p)) {
			close(fd);
			free(p);
			continue;
		}
		echo->accepted++;
		echo->open++;
	}
}

/* Returns false if the fault ended the connection. */
static bool misbehave(struct baton_echo *echo, struct peer *p, size_t *n)
{
	struct linger at_once = { 1, 0 };

	switch (echo->fault) {
	case BATON_ECHO_SOUND:
		return true;
	case BATON_ECHO_CORRUPT:
		chunk[*n / 2] ^= 1;
		return true;
	case BATON_ECHO_EXTRA:
		if (*n < CHUNK)
			chunk[(*n)++] = 'x';
		return true;
	case BATON_ECHO_STALL:
		p->stalled = true;
		return true;
	case BATON_ECHO_RESET:
		setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		drop(echo, p);
		return false;
	case BATON_ECHO_CLOSE:
		drop(echo, p);
		return false;
	}
	return true;
}

static bool keep_rest(struct baton_echo *echo, struct peer *p, const uint8_t *data, size_t len)
{
	p->rest = malloc(len);
	if (!p->rest)
		return false;
	memcpy(p->rest, data, len);
	p->rest_len = len;
	p->rest_sent = 0;
	return !watch(echo, EPOLL_CTL_MOD, p->fd, EPOLLOUT, p);
}

/* Send what there is; 0 or more bytes went out, -1: the connection is gone. */
static ssize_t send_some(struct baton_echo *echo, struct peer *p, const uint8_t *data, size_t len)
{
	ssize_t n;

	do {
		n = send(p->fd, data, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n > 0) {
		p->echoed += (uint64_t)n;
		echo->bytes += (uint64_t)n;
	}
	return n;
}

static void read_peer(struct baton_echo *echo, struct peer *p)
{
	ssize_t got = recv(p->fd, chunk, CHUNK, 0), sent;
	size_t len;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(echo, p);
		return;
	}
	len = (size_t)got;
	if (p->echoed >= echo->fault_after && !misbehave(echo, p, &len))
		return;
	if (p->stalled)
		return;
	sent = send_some(echo, p, chunk, len);
	if (sent < 0 || ((size_t)sent < len && !keep_rest(echo, p, chunk + sent, len - (size_t)sent)))
		drop(echo, p);
}

static void write_peer(struct baton_echo *echo, struct peer *p)
{
	ssize_t sent = send_some(echo, p, p->rest + p->rest_sent, p->rest_len - p->rest_sent);

	if (sent < 0) {
		drop(echo, p);
		return;
	}
	p->rest_sent += (size_t)sent;
	if (p->rest_sent < p->rest_len)
		return;
	free(p->rest);
	p->rest = NULL;
	if (watch(echo, EPOLL_CTL_MOD, p->fd, EPOLLIN, p))
		drop(echo, p);
}

static bool is_listener(const struct baton_echo *echo, const void *ptr)
{
	return ptr >= (const void *)echo->listen_fds &&
	       ptr < (const void *)(echo->listen_fds + echo->n_listen);
}

int baton_echo_serve(struct baton_echo *echo)
{
	struct epoll_event events[BATCH];

	for (;;) {
		int n = epoll_wait(echo->epoll_fd, events, BATCH, -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++) {
			void *ptr = events[i].data.ptr;
			struct peer *p = ptr;

			if (ptr == &echo->signal_fd)
				return 0;
			if (is_listener(echo, ptr))
				accept_all(echo, ptr);
			else if (p->rest)
				write_peer(echo, p);
			else
				read_peer(echo, p);
		}
	}
}
