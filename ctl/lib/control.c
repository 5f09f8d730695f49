// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Server side. A client is freed in one place, its own I/O callback: whatever goes wrong
 * elsewhere (a reply to a peer that vanished, one that does not read) only shuts the socket
 * down, and the event loop brings us there.
 */
#include "control.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "err.h"

#define CLIENTS_MAX	16
#define SILENT_USEC	(30ULL * 1000000)
#define OUT_MAX		(4 * BATON_CONTROL_LINE_MAX)
#define GROUP		"baton"

struct baton_control_client {
	struct baton_control *control;
	int fd;
	sd_event_source *io;
	sd_event_source *silence;
	bool pending;			/* a request waits for its reply */
	bool watching;			/* asked to watch: silence is what it promised */
	bool closing;			/* close when everything is written */
	size_t in_len, out_len;
	char in[BATON_CONTROL_LINE_MAX];
	char *out;			/* out_len bytes not yet taken by the socket */
};

struct baton_control {
	sd_event *event;
	sd_event_source *io;
	int fd;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	baton_control_fn fn;
	baton_control_gone_fn gone;
	void *arg;
	struct baton_control_client *client[CLIENTS_MAX];
};

static void client_free(struct baton_control_client *c)
{
	struct baton_control *control = c->control;

	for (int i = 0; i < CLIENTS_MAX; i++)
		if (control->client[i] == c)
			control->client[i] = NULL;
	if (control->gone && (c->pending || c->watching))
		control->gone(c, control->arg);
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->silence);
	close(c->fd);
	free(c->out);
	free(c);
}

static void client_abort(struct baton_control_client *c)
{
	c->out_len = 0;
	c->closing = true;
	shutdown(c->fd, SHUT_RDWR);
	sd_event_source_set_io_events(c->io, 0);	/* the hang-up is told in any case */
}

static void client_write(struct baton_control_client *c)
{
	ssize_t sent;
	bool more;

	while (c->out_len) {
		sent = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN) {
			client_abort(c);
			return;
		}
		if (sent < 0)
			break;
		c->out_len -= (size_t)sent;
		memmove(c->out, c->out + sent, c->out_len);
	}
	if (!c->out_len && c->closing)
		shutdown(c->fd, SHUT_RDWR);
	/*
	 * Requests wait while one is being answered; EPOLLOUT, always ready, brings us back
	 * to those that have been read already.
	 */
	more = !c->pending && !c->closing && memchr(c->in, '\n', c->in_len);
	sd_event_source_set_io_events(c->io, (c->pending || c->closing ? 0 : EPOLLIN) |
				      (c->out_len || more ? EPOLLOUT : 0));
}

static void client_send(struct baton_control_client *c, json_object *line)
{
	const char *text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN);
	size_t len = text ? strlen(text) : 0;
	char *out;

	if (c->closing)
		return;
	if (!len || c->out_len + len + 1 > OUT_MAX) {
		client_abort(c);	/* it does not read what it asked for */
		return;
	}
	out = realloc(c->out, c->out_len + len + 1);
	if (!out) {
		client_abort(c);
		return;
	}
	memcpy(out + c->out_len, text, len + 1);
	out[c->out_len + len] = '\n';
	c->out = out;
	c->out_len += len + 1;
	client_write(c);
}

static void client_refresh(struct baton_control_client *c)
{
	bool waits = c->pending || c->watching;

	sd_event_source_set_time_relative(c->silence, SILENT_USEC);
	sd_event_source_set_enabled(c->silence, waits ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void baton_control_reply(struct baton_control_client *c, json_object *reply)
{
	if (!json_object_object_get_ex(reply, "ok", NULL))
		json_object_object_add(reply, "ok", json_object_new_boolean(true));
	c->pending = false;
	client_send(c, reply);
	json_object_put(reply);
	client_refresh(c);
}

void baton_control_push(struct baton_control_client *c, json_object *line)
{
	client_send(c, line);
	json_object_put(line);
}

void baton_control_fail(struct baton_control_client *c, int error, const char *fmt, ...)
{
	json_object *reply = json_object_new_object();
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_object_add(reply, "ok", json_object_new_boolean(false));
	json_object_object_add(reply, "error", json_object_new_string(text));
	json_object_object_add(reply, "code", json_object_new_int(abs(error)));
	baton_control_reply(c, reply);
}

/* For what is not a request at all: there is no telling where the next one would begin. */
static void client_refuse(struct baton_control_client *c, const char *why)
{
	baton_control_fail(c, EINVAL, "%s", why);
	c->closing = true;
	client_write(c);
}

static json_object *parse_line(const char *text, size_t len)
{
	json_tokener *tok = json_tokener_new_ex(16);
	json_object *object = NULL;

	if (!tok)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    json_tokener_get_parse_end(tok) != len) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tok);
	return object;
}

static void client_request(struct baton_control_client *c, const char *text, size_t len)
{
	json_object *request = parse_line(text, len), *command;

	if (!json_object_is_type(request, json_type_object) ||
	    !json_object_object_get_ex(request, "command", &command) ||
	    !json_object_is_type(command, json_type_string)) {
		client_refuse(c, "a request is one JSON object with a string \"command\" on a line");
	} else {
		c->pending = true;
		/* Whatever it asks then: who is told of changes has to hear that it has gone. */
		c->watching = c->watching || !strcmp(json_object_get_string(command), "watch");
		client_refresh(c);
		c->control->fn(c, json_object_get_string(command), request, c->control->arg);
	}
	json_object_put(request);
}

/* Whole lines in the buffer, until one has to wait for its answer. */
static void client_next(struct baton_control_client *c)
{
	char *end;
	size_t len;

	while (!c->pending && !c->closing) {
		end = memchr(c->in, '\n', c->in_len);
		if (!end) {
			if (c->in_len == sizeof(c->in))
				client_refuse(c, "the line is too long");
			break;
		}
		len = (size_t)(end - c->in);
		client_request(c, c->in, len);
		c->in_len -= len + 1;
		memmove(c->in, end + 1, c->in_len);
	}
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_control_client *c = arg;
	ssize_t got;

	(void)source;
	if (revents & EPOLLOUT)
		client_write(c);
	if (revents & EPOLLIN && c->in_len < sizeof(c->in)) {
		got = recv(fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
		if (!got || (got < 0 && errno != EAGAIN && errno != EINTR)) {
			client_free(c);
			return 0;
		}
		if (got > 0) {
			c->in_len += (size_t)got;
			client_refresh(c);
		}
	} else if (revents & (EPOLLHUP | EPOLLERR)) {
		client_free(c);
		return 0;
	}
	client_next(c);
	client_write(c);
	return 0;
}

static int on_silence(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	client_free(arg);
	return 0;
}

static int client_new(struct baton_control *control, int fd, int slot)
{
	struct baton_control_client *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->control = control;
	c->fd = fd;
	ret = sd_event_add_io(control->event, &c->io, fd, EPOLLIN, on_client, c);
	if (ret >= 0)
		ret = sd_event_add_time_relative(control->event, &c->silence, CLOCK_MONOTONIC,
						 SILENT_USEC, 0, on_silence, c);
	if (ret < 0) {
		sd_event_source_disable_unref(c->io);
		free(c);
		return ret;
	}
	control->client[slot] = c;
	return 0;
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	static const char busy[] =
		"{\"ok\":false,\"error\":\"too many control connections\",\"code\":16}\n";
	struct baton_control *control = arg;
	int client, slot;

	(void)source;
	(void)revents;
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0)
		return 0;		/* it went away again */
	for (slot = 0; slot < CLIENTS_MAX && control->client[slot]; slot++)
		;
	if (slot == CLIENTS_MAX)
		(void)!send(client, busy, sizeof(busy) - 1, MSG_NOSIGNAL);
	if (slot == CLIENTS_MAX || client_new(control, client, slot))
		close(client);
	return 0;
}

/* The group may use the socket; where it does not exist only the owner does. */
static int set_access(const char *path)
{
	const struct group *group = getgrnam(GROUP);

	if (group)
		(void)!chown(path, (uid_t)-1, group->gr_gid);
	return chmod(path, 0660) ? -errno : 0;
}

static int bind_socket(struct baton_control *c)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int ret = 0;

	memcpy(addr.sun_path, c->path, sizeof(addr.sun_path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	/* The directory is ours alone, so what lies there is what an earlier run left. */
	if (unlink(c->path) && errno != ENOENT)
		return -errno;
	mask = umask(0177);
	if (bind(c->fd, (struct sockaddr *)&addr, sizeof(addr)))
		ret = -errno;
	umask(mask);
	if (!ret)
		ret = set_access(c->path);
	if (!ret && listen(c->fd, CLIENTS_MAX))
		ret = -errno;
	return ret;
}

int baton_control_listen(struct baton_control **ret, sd_event *event, const char *path,
			 baton_control_fn fn, baton_control_gone_fn gone, void *arg)
{
	struct baton_control *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->fd = -1;
	c->fn = fn;
	c->gone = gone;
	c->arg = arg;
	c->event = sd_event_ref(event);
	if (strlen(path) >= sizeof(c->path)) {
		baton_control_close(c);
		return -ENAMETOOLONG;
	}
	snprintf(c->path, sizeof(c->path), "%s", path);
	error = bind_socket(c);
	if (!error)
		error = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_accept, c);
	if (error < 0) {
		baton_control_close(c);
		return error;
	}
	*ret = c;
	return 0;
}

void baton_control_close(struct baton_control *c)
{
	if (!c)
		return;
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (c->client[i])
			client_free(c->client[i]);
	sd_event_source_disable_unref(c->io);
	if (c->fd >= 0) {
		close(c->fd);
		unlink(c->path);
	}
	sd_event_unref(c->event);
	free(c);
}
