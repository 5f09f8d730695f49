// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring on disk, for a machine that loses power: what was noted until a moment ago comes back with it. A thread of
 * its own writes (scribe.c), from a copy, so that no decision waits for a disk; what cannot be written now is written with the
 * next event. Read only when there is no ring in memory, that is, after a boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "scribe.h"
#include "timeline.h"

#define NAME	"timeline"
#define REST_MS	200		/* events come in bursts */

struct baton_ha_timeline_keeper {
	int dir;
	struct baton_ha_scribe *scribe;
	struct baton_ha_timeline *writing;	/* the thread's own */
	struct baton_ha_timeline *kept;		/* under the scribe's lock */
	struct baton_ha_timeline ring[2];	/* those two, in turn */
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

/* What is kept becomes what is written, and the room of the last one is for what comes: nobody waits for a copy. */
static bool write_kept(void *arg)
{
	struct baton_ha_timeline_keeper *k = arg;
	struct baton_ha_timeline *last = k->writing;

	baton_ha_scribe_lock(k->scribe);
	k->writing = k->kept;
	k->kept = last;
	baton_ha_scribe_unlock(k->scribe, false);
	return !write_ring(k->dir, k->writing);
}

static void discard(void *arg)
{
	struct baton_ha_timeline_keeper *k = arg;

	close(k->dir);
	free(k);
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
	baton_ha_scribe_lock(k->scribe);
	*k->kept = *t;
	baton_ha_scribe_unlock(k->scribe, true);
}

int baton_ha_timeline_keeper_new(struct baton_ha_timeline_keeper **ret, const char *dir)
{
	struct baton_ha_timeline_keeper *k = calloc(1, sizeof(*k));
	struct baton_ha_scribe_job job = { .write = write_kept, .free = discard, .arg = k, .rest_ms = REST_MS };
	int error;

	if (!k)
		return -ENOMEM;
	k->writing = &k->ring[0];
	k->kept = &k->ring[1];
	k->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->dir < 0) {
		error = -errno;
		free(k);
		return error;
	}
	error = baton_ha_scribe_new(&k->scribe, &job);
	if (error) {
		discard(k);
		return error;
	}
	*ret = k;
	return 0;
}

void baton_ha_timeline_keeper_free(struct baton_ha_timeline_keeper *k, bool finish)
{
	if (k)
		baton_ha_scribe_free(k->scribe, finish);
}
