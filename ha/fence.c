// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fencing hook: a program of the site's that sees to it that the peer is off. Its contract is in
 * baton-ha(8). The agent goes on meanwhile; only the takeover waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"
#include "err.h"

struct baton_ha_fencer {
	struct baton_ha_agent *agent;
	sd_event_source *child;
	sd_event_source *limit;
	pid_t pid;			/* 0: none runs */
	bool late;			/* killed: its time was over */
	int error;			/* could not be started; told from the loop */
	uint32_t number;
};

static void ended(struct baton_ha_fencer *f, int error)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_FENCED,
		.fenced = { .number = f->number, .error = error } };

	f->pid = 0;
	f->child = sd_event_source_disable_unref(f->child);
	sd_event_source_set_enabled(f->limit, SD_EVENT_OFF);
	baton_ha_feed(f->agent, &ev);
}

static int on_exit_of(sd_event_source *source, const siginfo_t *si, void *arg)
{
	struct baton_ha_fencer *f = arg;
	bool good = si->si_code == CLD_EXITED && !si->si_status;

	(void)source;
	if (good)
		baton_ha_report(f->agent, LOG_NOTICE, "fenced", "the peer is off");
	else if (f->late)
		baton_ha_report(f->agent, LOG_ERR, "fence_failed", "%s took longer than %u ms",
				f->agent->config.ha.fence, f->agent->config.ha.fence_timeout_ms);
	else
		baton_ha_report(f->agent, LOG_ERR, "fence_failed", "%s: %s %d",
				f->agent->config.ha.fence,
				si->si_code == CLD_EXITED ? "exit status" : "ended by signal",
				si->si_status);
	ended(f, good ? 0 : EIO);
	return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_fencer *f = arg;

	(void)source;
	(void)usec;
	if (f->pid) {
		f->late = true;
		kill(-f->pid, SIGKILL);
	} else {
		ended(f, f->error);
	}
	return 0;
}

/* Of its own group, so that what it starts can be ended with it. The unit resets the priority of children. */
static int spawn(const char *path, uint32_t nodeid, pid_t *ret)
{
	char id[16], env_id[40];
	char *argv[] = { (char *)path, "off", id, NULL };
	char *env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C",
		env_id, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe;
	int error;

	snprintf(id, sizeof(id), "%u", nodeid);
	snprintf(env_id, sizeof(env_id), "BATON_FENCE_NODEID=%u", nodeid);
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
	error = posix_spawn(ret, path, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

void baton_ha_fencer_start(struct baton_ha_fencer *f, uint32_t number)
{
	struct baton_ha_agent *agent = f->agent;
	const char *path = agent->config.ha.fence;
	uint64_t limit_ms = agent->config.ha.fence_timeout_ms;

	f->number = number;
	f->late = false;
	f->error = spawn(path, agent->ha.peer.nodeid, &f->pid);
	if (!f->error && sd_event_add_child(agent->event, &f->child, f->pid, WEXITED, on_exit_of,
					    f) < 0) {
		f->error = ENOMEM;
		kill(-f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	if (f->error) {
		f->pid = 0;
		limit_ms = 0;
		baton_ha_report(agent, LOG_ERR, "fence_failed", "%s cannot be started: %s", path,
				baton_err_text(f->error));
	} else {
		baton_ha_report(agent, LOG_NOTICE, "fence", "%s off %u", path,
				agent->ha.peer.nodeid);
	}
	sd_event_source_set_time_relative(f->limit, limit_ms * 1000);
	sd_event_source_set_enabled(f->limit, SD_EVENT_ONESHOT);
}

int baton_ha_fencer_new(struct baton_ha_fencer **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_fencer *f = calloc(1, sizeof(*f));
	int error;

	if (!f)
		return -ENOMEM;
	f->agent = agent;
	error = sd_event_add_time(agent->event, &f->limit, CLOCK_MONOTONIC, UINT64_MAX, 1000,
				  on_limit, f);
	if (error < 0) {
		free(f);
		return error;
	}
	sd_event_source_set_enabled(f->limit, SD_EVENT_OFF);
	*ret = f;
	return 0;
}

void baton_ha_fencer_free(struct baton_ha_fencer *f)
{
	if (!f)
		return;
	f->child = sd_event_source_disable_unref(f->child);
	if (f->pid) {
		kill(-f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	sd_event_source_disable_unref(f->limit);
	free(f);
}
