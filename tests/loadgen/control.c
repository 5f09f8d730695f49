// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "run.h"

static int path_address(const char *path, struct sockaddr_un *addr)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr->sun_path))
		return -ENAMETOOLONG;
	strcpy(addr->sun_path, path);
	return 0;
}

int baton_control_listen(struct baton_run *run)
{
	struct epoll_event ev = {
		.events = EPOLLIN, .data.u64 = (uint64_t)BATON_TAG_LISTENER << 32,
	};
	struct sockaddr_un addr;
	struct stat st;
	int fd, err;

	err = path_address(run->opt.control, &addr);
	if (err)
		return err;
	/* A socket that an earlier run left behind is in the way; a file is not ours. */
	if (!lstat(run->opt.control, &st) && S_ISSOCK(st.st_mode))
		unlink(run->opt.control);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 16) < 0 ||
	    epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	run->listen_fd = fd;
	return 0;
}

static void hang_up(struct baton_client *client)
{
	close(client->fd);
	client->fd = -1;
	client->wait = BATON_WAIT_NONE;
}

static void say(struct baton_client *client, const char *text)
{
	size_t len = strlen(text);

	if (send(client->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		hang_up(client);
}

static void say_status(struct baton_run *run, struct baton_client *client)
{
	char *status = baton_report_status(run);

	say(client, status ? status : "{\"ok\":false,\"error\":\"no memory\"}\n");
	free(status);
}

static void accept_client(struct baton_run *run)
{
	int fd = accept4(run->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	uint32_t i = 0;

	if (fd < 0)
		return;
	while (i < BATON_CLIENTS_MAX && run->clients[i].fd >= 0)
		i++;
	if (i < BATON_CLIENTS_MAX) {
		struct epoll_event ev = {
			.events = EPOLLIN, .data.u64 = (uint64_t)BATON_TAG_CLIENT << 32 | i,
		};

		if (!epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, fd, &ev)) {
			run->clients[i] = (struct baton_client){ .fd = fd };
			return;
		}
	}
	close(fd);
}

static void mark(struct baton_run *run, struct baton_client *client, const char *name)
{
	int err = baton_record_mark(&run->rec, name, baton_now());

	if (err == -EINVAL)
		say(client, "{\"ok\":false,\"error\":\"a mark's name has 1 to 31 letters, digits, _ . or -\"}\n");
	else if (err)
		say(client, "{\"ok\":false,\"error\":\"there are 64 marks already\"}\n");
	else
		say_status(run, client);
}

static void wait_for(struct baton_run *run, struct baton_client *client, enum baton_wait wait)
{
	if (wait == BATON_WAIT_AWAKE && !run->woken) {
		say(client, "{\"ok\":false,\"error\":\"the silent connections were not told to wake\"}\n");
		return;
	}
	client->wait = wait;
	client->since = baton_now().mono;
}

static void command(struct baton_run *run, struct baton_client *client, const char *line)
{
	if (!strcmp(line, "status")) {
		say_status(run, client);
	} else if (!strcmp(line, "wake") && run->phase != BATON_PHASE_RUNNING) {
		say(client, "{\"ok\":false,\"error\":\"not running: wait for READY first\"}\n");
	} else if (!strcmp(line, "wake")) {
		baton_run_wake(run, baton_now());
		say_status(run, client);
	} else if (!strncmp(line, "mark ", 5)) {
		mark(run, client, line + 5);
	} else if (!strcmp(line, "wait ready")) {
		wait_for(run, client, BATON_WAIT_READY);
	} else if (!strcmp(line, "wait flowing")) {
		wait_for(run, client, BATON_WAIT_FLOWING);
	} else if (!strcmp(line, "wait awake")) {
		wait_for(run, client, BATON_WAIT_AWAKE);
	} else if (!strcmp(line, "stop")) {
		baton_run_stop(run, baton_now());
		wait_for(run, client, BATON_WAIT_STOPPED);
	} else {
		say(client, "{\"ok\":false,\"error\":\"commands: status, wake, mark NAME, wait ready|flowing|awake, stop\"}\n");
	}
}

static void read_client(struct baton_run *run, struct baton_client *client)
{
	size_t room = sizeof(client->line) - client->len;
	ssize_t n = recv(client->fd, client->line + client->len, room, 0);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(client);
		return;
	}
	client->len += (size_t)n;
	while (client->fd >= 0 && (end = memchr(client->line, '\n', client->len))) {
		size_t used = (size_t)(end - client->line) + 1;
		char line[BATON_CLIENT_LINE];

		memcpy(line, client->line, used);
		line[used - 1] = '\0';
		client->len -= used;
		memmove(client->line, end + 1, client->len);
		command(run, client, line);
	}
	if (client->fd >= 0 && client->len == sizeof(client->line))
		hang_up(client);
}

void baton_control_event(struct baton_run *run, enum baton_tag tag, uint32_t index)
{
	if (tag == BATON_TAG_LISTENER)
		accept_client(run);
	else if (run->clients[index].fd >= 0)
		read_client(run, &run->clients[index]);
}

static bool come_true(const struct baton_run *run, const struct baton_client *client)
{
	switch (client->wait) {
	case BATON_WAIT_NONE:
		return false;
	case BATON_WAIT_READY:
		return run->phase != BATON_PHASE_CONNECTING;
	case BATON_WAIT_FLOWING:
		return run->phase == BATON_PHASE_RUNNING &&
		       baton_traffic_flowing(run, client->since);
	case BATON_WAIT_AWAKE:
		return baton_traffic_awake(run);
	case BATON_WAIT_STOPPED:
		return run->phase == BATON_PHASE_ENDED;
	}
	return false;
}

void baton_control_answer(struct baton_run *run)
{
	for (unsigned int i = 0; i < BATON_CLIENTS_MAX; i++) {
		struct baton_client *client = &run->clients[i];

		if (client->fd < 0 || !come_true(run, client))
			continue;
		client->wait = BATON_WAIT_NONE;
		say_status(run, client);
	}
}

bool baton_control_waited(const struct baton_run *run)
{
	for (unsigned int i = 0; i < BATON_CLIENTS_MAX; i++)
		if (run->clients[i].fd >= 0 && run->clients[i].wait != BATON_WAIT_NONE)
			return true;
	return false;
}

static int ask(int fd, const char *command_line)
{
	char answer[8192];
	size_t len = 0;

	if (dprintf(fd, "%s\n", command_line) < 0)
		return -errno;
	while (len < sizeof(answer) - 1) {
		ssize_t n = recv(fd, answer + len, sizeof(answer) - 1 - len, 0);

		if (n < 0)
			return -errno;
		if (n == 0)
			return -ECONNRESET;
		len += (size_t)n;
		answer[len] = '\0';
		if (!strchr(answer, '\n'))
			continue;
		fputs(answer, stdout);
		return strstr(answer, "\"ok\":true") ? 0 : 1;
	}
	return -EMSGSIZE;
}

int baton_control_send(const char *path, const char *command_line)
{
	struct sockaddr_un addr;
	int fd, err = path_address(path, &addr);

	if (err) {
		fprintf(stderr, "loadgen: %s: %s\n", path, strerror(-err));
		return 2;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		fprintf(stderr, "loadgen: %s: %s; is a load generator running with this --control?\n",
			path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return 2;
	}
	err = ask(fd, command_line);
	close(fd);
	if (err < 0)
		fprintf(stderr, "loadgen: %s: %s: %s\n", path, command_line, strerror(-err));
	return err < 0 ? 2 : err;
}
