// SPDX-License-Identifier: GPL-2.0-or-later
#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "payload.h"

#define CHUNK	65536

static uint8_t chunk[CHUNK];

const char *baton_outcome_name(enum baton_outcome outcome)
{
	static const char *const names[BATON_OUTCOMES] = {
		[BATON_OUTCOME_NOTHING] = "nothing",
		[BATON_OUTCOME_CONNECTED] = "connected",
		[BATON_OUTCOME_ANSWERED] = "answered",
		[BATON_OUTCOME_RESET] = "reset",
		[BATON_OUTCOME_EOF] = "eof",
		[BATON_OUTCOME_TIMEOUT] = "timeout",
		[BATON_OUTCOME_MISMATCH] = "mismatch",
		[BATON_OUTCOME_CONNECT] = "connect",
		[BATON_OUTCOME_OTHER] = "other",
	};

	return names[outcome];
}

static enum baton_outcome fail(struct baton_lconn *c, int error)
{
	c->error = error;
	/* EPIPE is the second call after a reset: the first one had nobody to tell. */
	if (error == ECONNRESET || error == EPIPE)
		return BATON_OUTCOME_RESET;
	if (error == ETIMEDOUT)
		return BATON_OUTCOME_TIMEOUT;
	return c->state == BATON_CONN_CONNECTING ? BATON_OUTCOME_CONNECT : BATON_OUTCOME_OTHER;
}

static int watch(struct baton_lconn *c, int epoll_fd, uint64_t tag, bool pollout)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = tag };

	if (c->pollout == pollout)
		return 0;
	if (pollout)
		ev.events |= EPOLLOUT;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) < 0)
		return -errno;
	c->pollout = pollout;
	return 0;
}

int baton_lconn_open(struct baton_lconn *c, const struct baton_endpoint *to, int epoll_fd,
		     uint64_t tag, uint64_t now)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT, .data.u64 = tag };
	int one = 1, err;

	c->fd = socket(to->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	c->pollout = true;
	c->waiting = false;
	c->proven = false;
	c->error = 0;
	c->seq = 0;
	c->answered = 0;
	c->opened = now;
	c->since = now;
	c->state = BATON_CONN_CONNECTING;
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
	    (connect(c->fd, (const struct sockaddr *)&to->addr, to->len) < 0 &&
	     errno != EINPROGRESS) ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0) {
		err = -errno;
		baton_lconn_close(c, BATON_CONN_DEAD);
		return err;
	}
	return 0;
}

static uint16_t local_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return 0;
	/* The port is at the same place in both families. */
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}

static enum baton_outcome finish_connect(struct baton_lconn *c, int epoll_fd, uint64_t tag)
{
	int error = 0, err;
	socklen_t len = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error)
		return fail(c, error);
	err = watch(c, epoll_fd, tag, false);
	if (err)
		return fail(c, -err);
	c->local_port = local_port(c->fd);
	c->state = BATON_CONN_UP;
	return BATON_OUTCOME_CONNECTED;
}

static enum baton_outcome push(struct baton_lconn *c, int epoll_fd, uint64_t tag, uint32_t size)
{
	int err;

	while (c->sent < size) {
		uint32_t len = size - c->sent < CHUNK ? size - c->sent : CHUNK;
		ssize_t n;

		baton_payload_fill(c->id, c->seq, c->sent, chunk, len);
		n = send(c->fd, chunk, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return fail(c, errno);
		c->sent += (uint32_t)n;
	}
	err = watch(c, epoll_fd, tag, c->sent < size);
	return err ? fail(c, -err) : BATON_OUTCOME_NOTHING;
}

static enum baton_outcome pull(struct baton_lconn *c, uint32_t size)
{
	for (;;) {
		ssize_t n = recv(c->fd, chunk, CHUNK, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return BATON_OUTCOME_NOTHING;
		if (n < 0)
			return fail(c, errno);
		if (n == 0)
			return BATON_OUTCOME_EOF;
		/* What has not been sent yet cannot have come back. */
		if (!c->waiting || (size_t)n > c->sent - c->received ||
		    !baton_payload_check(c->id, c->seq, c->received, chunk, (size_t)n))
			return BATON_OUTCOME_MISMATCH;
		c->received += (uint32_t)n;
		if (c->received == size) {
			c->waiting = false;
			return BATON_OUTCOME_ANSWERED;
		}
	}
}

enum baton_outcome baton_lconn_send(struct baton_lconn *c, int epoll_fd, uint64_t tag,
				    uint32_t size, uint64_t now)
{
	c->waiting = true;
	c->seq++;
	c->sent = 0;
	c->received = 0;
	c->since = now;
	return push(c, epoll_fd, tag, size);
}

enum baton_outcome baton_lconn_event(struct baton_lconn *c, int epoll_fd, uint64_t tag,
				     uint32_t size)
{
	enum baton_outcome outcome;

	c->error = 0;
	if (c->state == BATON_CONN_CONNECTING)
		return finish_connect(c, epoll_fd, tag);
	if (c->waiting && c->pollout) {
		outcome = push(c, epoll_fd, tag, size);
		if (outcome != BATON_OUTCOME_NOTHING)
			return outcome;
	}
	return pull(c, size);
}

void baton_lconn_close(struct baton_lconn *c, enum baton_conn_state state)
{
	/* Leaves the epoll set with its last descriptor. */
	close(c->fd);
	c->fd = -1;
	c->waiting = false;
	c->state = state;
}
