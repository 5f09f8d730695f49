// SPDX-License-Identifier: GPL-2.0-or-later
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "err.h"

#define STACK	(128 * 1024)

/* What the thread has. It may outlive the run that it was made for, and even the owner. */
struct job {
	int fd;
	char *argv[BATON_HA_PROGRAM_WORDS + 1];
	char variable[64];
	char text[1024];		/* of argv */
};

/* What it answers through the pipe. */
struct started {
	pid_t pid;
	int error;			/* 0 or errno */
};

struct baton_ha_program {
	sd_event *event;
	sd_event_source *io;
	sd_event_source *child;
	sd_event_source *limit;
	baton_ha_program_fn fn;
	void *arg;
	int fd;				/* the thread's answer; -1: none is due */
	pid_t pid;			/* 0: none runs */
	bool wanted;			/* the result was not told yet */
	uint32_t limit_ms;
	char why[80];			/* it could not begin: told from the loop */
};

/* Of its own group, so that what it starts can be ended with it. The unit resets the priority of children. */
static int spawn(struct job *job, pid_t *ret)
{
	char *env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C",
		job->variable, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe;
	int error;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	error = posix_spawn(ret, job->argv[0], &files, &attr, job->argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* When memory runs out, it is not spared as the agent is. */
static void expose(pid_t pid)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

static void *starter(void *arg)
{
	struct job *job = arg;
	struct started s = { 0 };

	s.error = spawn(job, &s.pid);
	if (!s.error)
		expose(s.pid);
	/* Nobody is left who would end it. */
	if (write(job->fd, &s, sizeof(s)) != sizeof(s) && !s.error) {
		kill(-s.pid, SIGKILL);
		waitpid(s.pid, NULL, 0);
	}
	close(job->fd);
	free(job);
	return NULL;
}

static int copy(struct job *job, const char *const *argv, const char *variable)
{
	size_t used = 0, len, n;

	for (n = 0; argv[n]; n++) {
		len = strlen(argv[n]) + 1;
		if (n == BATON_HA_PROGRAM_WORDS || used + len > sizeof(job->text))
			return E2BIG;
		job->argv[n] = memcpy(job->text + used, argv[n], len);
		used += len;
	}
	if (strlen(variable) >= sizeof(job->variable))
		return E2BIG;
	memcpy(job->variable, variable, strlen(variable) + 1);
	return 0;
}

/* Takes over @job and its descriptor. Return: 0 or errno. */
static int start_thread(struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, starter, job);
	pthread_attr_destroy(&attr);
	if (error) {
		close(job->fd);
		free(job);
	}
	return error;
}

static void tell(struct baton_ha_program *p, const char *why)
{
	p->wanted = false;
	sd_event_source_set_enabled(p->limit, SD_EVENT_OFF);
	p->fn(p->arg, why);
}

static int on_exit_of(sd_event_source *source, const siginfo_t *si, void *arg)
{
	struct baton_ha_program *p = arg;
	bool left = si->si_code == CLD_EXITED;
	char why[64];

	(void)source;
	p->pid = 0;
	p->child = sd_event_source_disable_unref(p->child);
	if (!p->wanted)
		return 0;		/* killed: that was told then */
	snprintf(why, sizeof(why), "%s %d", left ? "exit status" : "ended by signal", si->si_status);
	tell(p, left && !si->si_status ? NULL : why);
	return 0;
}

static void began(struct baton_ha_program *p, const struct started *s)
{
	char why[80];
	int error = s->error;

	if (!error && sd_event_add_child(p->event, &p->child, s->pid, WEXITED, on_exit_of, p) < 0) {
		error = ENOMEM;
		kill(-s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	if (error) {
		snprintf(why, sizeof(why), "cannot be started: %s", baton_err_text(error));
		if (p->wanted)
			tell(p, why);
		return;
	}
	p->pid = s->pid;
	if (!p->wanted)
		kill(-p->pid, SIGKILL);	/* too late */
}

static int on_started(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_program *p = arg;
	struct started s = { .error = EIO };

	(void)source;
	(void)revents;
	(void)!read(fd, &s, sizeof(s));
	p->io = sd_event_source_disable_unref(p->io);
	close(p->fd);
	p->fd = -1;
	began(p, &s);
	return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_program *p = arg;
	char why[48];

	(void)source;
	(void)usec;
	if (p->why[0]) {
		tell(p, p->why);
		return 0;
	}
	/* It may take its time to die, or to begin: that is not waited for. */
	if (p->pid)
		kill(-p->pid, SIGKILL);
	snprintf(why, sizeof(why), "took longer than %u ms", p->limit_ms);
	tell(p, why);
	return 0;
}

/* Return: 0 or errno. */
static int begin(struct baton_ha_program *p, const char *const *argv, const char *variable)
{
	struct job *job = calloc(1, sizeof(*job));
	int fds[2], error = job ? copy(job, argv, variable) : ENOMEM;

	if (!error && pipe2(fds, O_CLOEXEC))
		error = errno;
	if (error) {
		free(job);
		return error;
	}
	job->fd = fds[1];
	p->fd = fds[0];
	error = start_thread(job);
	if (!error && sd_event_add_io(p->event, &p->io, p->fd, EPOLLIN, on_started, p) < 0)
		error = ENOMEM;		/* the thread finds the pipe closed */
	if (error) {
		close(p->fd);
		p->fd = -1;
	}
	return error;
}

void baton_ha_program_run(struct baton_ha_program *p, const char *const *argv, const char *variable,
			  uint32_t limit_ms)
{
	int error;

	p->wanted = true;
	p->limit_ms = limit_ms;
	p->why[0] = '\0';
	if (p->fd >= 0 || p->pid) {
		snprintf(p->why, sizeof(p->why), "the one before does not end");
	} else {
		error = begin(p, argv, variable);
		if (error)
			snprintf(p->why, sizeof(p->why), "cannot be started: %s", baton_err_text(error));
	}
	sd_event_source_set_time_relative(p->limit, p->why[0] ? 0 : limit_ms * 1000ULL);
	sd_event_source_set_enabled(p->limit, SD_EVENT_ONESHOT);
}

int baton_ha_program_new(struct baton_ha_program **ret, sd_event *event, baton_ha_program_fn fn,
			 void *arg)
{
	struct baton_ha_program *p = calloc(1, sizeof(*p));
	int error;

	if (!p)
		return -ENOMEM;
	p->event = event;
	p->fn = fn;
	p->arg = arg;
	p->fd = -1;
	error = sd_event_add_time(event, &p->limit, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_limit, p);
	if (error < 0) {
		free(p);
		return error;
	}
	sd_event_source_set_enabled(p->limit, SD_EVENT_OFF);
	*ret = p;
	return 0;
}

void baton_ha_program_free(struct baton_ha_program *p)
{
	if (!p)
		return;
	sd_event_source_disable_unref(p->io);
	sd_event_source_disable_unref(p->child);
	sd_event_source_disable_unref(p->limit);
	if (p->fd >= 0)
		close(p->fd);		/* the thread ends what it starts */
	if (p->pid)
		kill(-p->pid, SIGKILL);
	free(p);
}
