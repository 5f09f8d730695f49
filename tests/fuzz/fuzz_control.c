// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz the control socket's server. An input is what a client writes, in pieces: each begins with a byte that
 * says how long it is. Whatever it is, each answer is a line with "ok", and when the client has gone
 * nothing is left of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "tmp.h"

static struct sockaddr_un where = { .sun_family = AF_UNIX };
static struct baton_control_client *waiting;	/* for its answer */
static struct baton_control *control;
static sd_event *event;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void on_request(struct baton_control_client *client, const char *command,
		       json_object *request, void *arg)
{
	(void)arg;
	if (!strcmp(command, "later")) {
		waiting = client;
		return;
	}
	if (!strcmp(command, "echo")) {
		baton_control_reply(client, json_object_get(request));
		return;
	}
	if (strcmp(command, "watch") != 0) {
		baton_control_fail(client, -EINVAL, "there is no command '%s'", command);
		return;
	}
	baton_control_reply(client, json_object_new_object());
	baton_control_push(client, json_object_new_object());
}

static void on_gone(struct baton_control_client *client, void *arg)
{
	(void)arg;
	if (waiting == client)
		waiting = NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	snprintf(where.sun_path, sizeof(where.sun_path), "%s/fuzz-%d", fuzz_tmp(), (int)getpid());
	return sd_event_new(&event) < 0 ||
	       baton_control_listen(&control, event, where.sun_path, on_request, on_gone, NULL) < 0;
}

static void turn(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void check(char *line)
{
	json_object *answer = json_tokener_parse(line);

	if (!json_object_is_type(answer, json_type_object))
		abort();
	json_object_put(answer);
}

/* Reads what there is; whole lines are looked at. */
static void hear(int fd)
{
	static char in[8 * BATON_CONTROL_LINE_MAX];
	static size_t have;
	ssize_t n;
	char *end;

	if (fd < 0) {
		have = 0;
		return;
	}
	while ((n = recv(fd, in + have, sizeof(in) - have, MSG_DONTWAIT)) > 0)
		have += (size_t)n;
	while ((end = memchr(in, '\n', have))) {
		*end = '\0';
		check(in);
		have -= (size_t)(end + 1 - in);
		memmove(in, end + 1, have);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof(where)))
		abort();
	turn();
	while (size > 1) {
		size_t n = 16 * data[0] + 1;

		if (n > --size)
			n = size;
		(void)!send(fd, data + 1, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		data += n + 1 - (n == size);
		size -= n;
		turn();
		if (waiting) {
			struct baton_control_client *client = waiting;

			waiting = NULL;
			baton_control_fail(client, -EAGAIN, "that took a while");
			turn();
		}
		hear(fd);
	}
	close(fd);
	turn();
	hear(-1);
	if (waiting)
		abort();
	return 0;
}
