// SPDX-License-Identifier: GPL-2.0-or-later
/* Client side of the control sockets: one request, one answer, one time limit. */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "err.h"

/* A line can be larger than a request may be: it lists what the daemon knows. */
#define ANSWER_MAX (4 * BATON_CONTROL_LINE_MAX)

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for @events on @fd; 0, -ETIMEDOUT or another error. */
static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int64_t left;
	int ready;

	do {
		left = deadline - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		ready = poll(&pfd, 1, (int)left);
	} while (ready < 0 && errno == EINTR);
	return ready < 0 ? -errno : ready ? 0 : -ETIMEDOUT;
}

static int send_line(int fd, const char *text, size_t len, int64_t deadline)
{
	ssize_t sent;
	int ret;

	while (len) {
		ret = wait_for(fd, POLLOUT, deadline);
		if (ret)
			return ret;
		sent = send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (sent > 0) {
			text += sent;
			len -= (size_t)sent;
		}
	}
	return 0;
}

static int receive_line(int fd, char *buf, size_t size, int64_t deadline)
{
	size_t len = 0;
	ssize_t got;
	int ret;

	while (len < size) {
		ret = wait_for(fd, POLLIN, deadline);
		if (ret)
			return ret;
		got = recv(fd, buf + len, size - len, MSG_DONTWAIT);
		if (!got)
			return -ECONNRESET;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got < 0)
			continue;
		len += (size_t)got;
		if (buf[len - 1] == '\n') {
			buf[len - 1] = '\0';
			return 0;
		}
	}
	return -EPROTO;
}

/* A connected socket or a negative errno. */
static int open_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

bool baton_control_running(const char *path)
{
	int fd = open_socket(path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int exchange(const char *path, const char *line, int64_t deadline, char *answer)
{
	int fd = open_socket(path), ret;

	if (fd < 0)
		return fd;
	ret = send_line(fd, line, strlen(line), deadline);
	if (!ret)
		ret = send_line(fd, "\n", 1, deadline);
	if (!ret)
		ret = receive_line(fd, answer, ANSWER_MAX, deadline);
	close(fd);
	return ret;
}

static int explain(const char *path, int error, char *err, size_t err_size)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return baton_err_set(err, err_size, error,
				     "the daemon is not running (nobody answers on %s)", path);
	case -EACCES:
		return baton_err_set(err, err_size, error,
				     "no permission to use %s; become root or a member of group baton",
				     path);
	case -ETIMEDOUT:
		return baton_err_set(err, err_size, error,
				     "the daemon behind %s gave no answer in time", path);
	case -ECONNRESET:
		return baton_err_set(err, err_size, error,
				     "the daemon behind %s ended without an answer", path);
	default:
		return baton_err_set(err, err_size, error, "cannot talk to %s: %s", path,
				     baton_err_text(error));
	}
}

/* The refusal in @reply as an error; always negative. */
static int refused(json_object *reply, char *err, size_t err_size)
{
	json_object *value;
	int code = 0;

	if (json_object_object_get_ex(reply, "code", &value))
		code = abs(json_object_get_int(value));
	if (!json_object_object_get_ex(reply, "error", &value))
		value = NULL;
	return baton_err_set(err, err_size, code ? -code : -EPROTO, "%s",
			     value ? json_object_get_string(value) :
			     "the daemon refused without saying why");
}

int baton_control_call(const char *path, json_object *request, int timeout_ms,
		       json_object **ret, char *err, size_t err_size)
{
	json_object *reply, *ok;
	char *answer;
	int error;

	answer = malloc(ANSWER_MAX);
	if (!answer)
		return baton_err_set(err, err_size, -ENOMEM, "%s", baton_err_text(ENOMEM));
	error = exchange(path, json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN),
			 now_ms() + timeout_ms, answer);
	if (error) {
		free(answer);
		return explain(path, error, err, err_size);
	}
	reply = json_tokener_parse(answer);
	free(answer);
	if (!json_object_is_type(reply, json_type_object) ||
	    !json_object_object_get_ex(reply, "ok", &ok))
		error = explain(path, -EPROTO, err, err_size);
	else if (!json_object_get_boolean(ok))
		error = refused(reply, err, err_size);
	if (error)
		json_object_put(reply);
	else
		*ret = reply;
	return error;
}
