// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring on disk, for a machine that loses power: what was noted until a moment ago comes back with it. A thread of
 * its own writes, from a copy, so that no decision waits for a disk; what cannot be written now is written with the
 * next event. Read only when there is no ring in memory, that is, after a boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "timeline.h"

#define NAME	"timeline"
#define REST_MS	200		/* events come in bursts */

struct baton_ha_timeline_keeper {
	int dir;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running;
	struct baton_ha_timeline writing;	/* the thread's own */
	/* under lock */
	bool quit;
	bool finish;			/* ... but write what is due before */
	bool due;
	struct baton_ha_timeline kept;
};

static int write_ring(int dir, const struct baton_ha_timeline *t)
{
	int fd = openat(dir, NAME ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	bool good;

	if (fd < 0)
		return -errno;
	good = write(fd, t, sizeof(*t)) == (ssize_t)sizeof(*t) && !fsync(fd);
	close(fd);
	if (!good || renameat(dir, NAME ".new", dir, NAME))
		return -EIO;
	return 0;
}

/* Under lock: until the burst is over, or nobody will add to it any more. */
static void rest(struct baton_ha_timeline_keeper *k)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += REST_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	while (!k->quit && !pthread_cond_timedwait(&k->wake, &k->lock, &until))
		;
}

static void *writer(void *arg)
{
	struct baton_ha_timeline_keeper *k = arg;

	pthread_mutex_lock(&k->lock);
	for (;;) {
		while (!k->quit && !k->due)
			pthread_cond_wait(&k->wake, &k->lock);
		if (k->due)
			rest(k);
		if (!k->due || (k->quit && !k->finish))
			break;
		k->due = false;
		k->writing = k->kept;
		pthread_mutex_unlock(&k->lock);
		(void)write_ring(k->dir, &k->writing);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

bool baton_ha_timeline_recall(struct baton_ha_timeline *t, const char *dir, uint64_t usec, uint64_t mono)
{
	struct baton_ha_timeline was;
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = at < 0 ? -1 : openat(at, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool good = fd >= 0 && read(fd, &was, sizeof(was)) == (ssize_t)sizeof(was);

	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
	if (!good || !baton_ha_timeline_check(&was) || !was.count)
		return false;
	baton_ha_timeline_rebase(&was, usec, mono);
	*t = was;
	return true;
}

void baton_ha_timeline_keep(struct baton_ha_timeline_keeper *k, const struct baton_ha_timeline *t)
{
	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	k->kept = *t;
	k->due = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
}

int baton_ha_timeline_keeper_new(struct baton_ha_timeline_keeper **ret, const char *dir)
{
	struct baton_ha_timeline_keeper *k = calloc(1, sizeof(*k));
	pthread_condattr_t clock;
	int error;

	if (!k)
		return -ENOMEM;
	pthread_mutex_init(&k->lock, NULL);
	/* the time of day may be set */
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &clock);
	pthread_condattr_destroy(&clock);
	k->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = k->dir < 0 ? -errno : -pthread_create(&k->thread, NULL, writer, k);
	k->running = !error;
	if (error) {
		baton_ha_timeline_keeper_free(k, false);
		return error;
	}
	*ret = k;
	return 0;
}

void baton_ha_timeline_keeper_free(struct baton_ha_timeline_keeper *k, bool finish)
{
	if (!k)
		return;
	if (k->running) {
		pthread_mutex_lock(&k->lock);
		k->quit = true;
		k->finish = finish;
		pthread_cond_signal(&k->wake);
		pthread_mutex_unlock(&k->lock);
		pthread_join(k->thread, NULL);
	}
	if (k->dir >= 0)
		close(k->dir);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->lock);
	free(k);
}
