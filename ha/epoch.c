// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The highest epoch that this node may have used, on disk. Written to a second file that replaces the
 * first, by a thread of its own: a disk that hangs must not hang the agent. What could not be written is tried
 * again: a disk that was full has room some time.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>
#include "agent.h"
#include "err.h"
#include "scribe.h"

#define RETRY_MS	5000

struct baton_ha_epoch_file {
	struct baton_ha_agent *agent;
	int dir;
	int done;			/* eventfd: a write ended */
	sd_event_source *io;
	struct baton_ha_scribe *scribe;
	int told;			/* the error that was reported; 0: none since a write succeeded */
	/* under the scribe's lock */
	uint32_t wanted;
	uint32_t written;
	int error;			/* of the last write, positive */
};

static int read_epoch(int dir, uint32_t *ret)
{
	int fd = openat(dir, "epoch", O_RDONLY | O_CLOEXEC);
	unsigned long value;
	char buf[32], *end;
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	got = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (got < 0)
		return -errno;
	buf[got] = '\0';
	errno = 0;
	value = strtoul(buf, &end, 10);
	if (end == buf || errno || value > BATON_HA_EPOCH_MAX || (*end && *end != '\n'))
		return -EBADMSG;
	*ret = value;
	return 0;
}

static int write_epoch(int dir, uint32_t epoch)
{
	int fd = openat(dir, "epoch.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	char buf[32];
	int len = snprintf(buf, sizeof(buf), "%" PRIu32 "\n", epoch), error = 0;

	if (fd < 0)
		return errno;
	errno = ENOSPC;
	if (write(fd, buf, len) != len || fsync(fd))
		error = errno;
	close(fd);
	if (!error && (renameat(dir, "epoch.new", dir, "epoch") || fsync(dir)))
		error = errno;
	return error;
}

static bool write_wanted(void *arg)
{
	struct baton_ha_epoch_file *f = arg;
	uint64_t one = 1;
	uint32_t epoch;
	int error;

	baton_ha_scribe_lock(f->scribe);
	epoch = f->wanted;
	baton_ha_scribe_unlock(f->scribe, false);
	error = write_epoch(f->dir, epoch);
	baton_ha_scribe_lock(f->scribe);
	if (!error)
		f->written = epoch;
	f->error = error;
	baton_ha_scribe_unlock(f->scribe, false);
	(void)!write(f->done, &one, sizeof(one));
	return !error;
}

static void discard(void *arg)
{
	struct baton_ha_epoch_file *f = arg;

	if (f->done >= 0)
		close(f->done);
	if (f->dir >= 0)
		close(f->dir);
	free(f);
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_epoch_file *f = arg;
	uint64_t count;
	uint32_t written;
	int error;

	(void)source;
	(void)revents;
	(void)!read(fd, &count, sizeof(count));
	baton_ha_scribe_lock(f->scribe);
	error = f->error;
	written = f->written;
	baton_ha_scribe_unlock(f->scribe, false);
	if (error && error != f->told)
		baton_ha_report(f->agent, LOG_WARNING, "epoch",
				"cannot be stored in %s: %s; it is still in the kernel and with the peer",
				f->agent->options.state_dir, baton_err_text(error));
	else if (!error && f->told)
		baton_ha_report(f->agent, LOG_NOTICE, "epoch", "%" PRIu32 " is stored now", written);
	f->told = error;
	return 0;
}

void baton_ha_epoch_store(struct baton_ha_epoch_file *f, uint32_t epoch)
{
	baton_ha_scribe_lock(f->scribe);
	if (epoch > f->wanted)
		f->wanted = epoch;
	baton_ha_scribe_unlock(f->scribe, f->wanted > f->written);
}

static int start_writer(struct baton_ha_epoch_file *f)
{
	struct baton_ha_scribe_job job = {
		.write = write_wanted, .free = discard, .arg = f, .retry_ms = RETRY_MS,
	};
	int error;

	f->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->done < 0)
		return -errno;
	error = sd_event_add_io(f->agent->event, &f->io, f->done, EPOLLIN, on_done, f);
	return error < 0 ? error : baton_ha_scribe_new(&f->scribe, &job);
}

int baton_ha_epoch_open(struct baton_ha_epoch_file **ret, struct baton_ha_agent *agent,
			uint32_t *epoch, char *err, size_t err_size)
{
	const char *path = agent->options.state_dir;
	struct baton_ha_epoch_file *f = calloc(1, sizeof(*f));
	int error;

	if (!f)
		return -ENOMEM;
	f->agent = agent;
	f->done = -1;
	*epoch = 0;
	f->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = f->dir < 0 ? -errno : read_epoch(f->dir, epoch);
	if (error == -EBADMSG)
		baton_err_set(err, err_size, error,
			      "%s/epoch is not a number up to %u: if the peer or the kernel knows the epoch, remove the file",
			      path, BATON_HA_EPOCH_MAX);
	else if (error)
		baton_err_set(err, err_size, error, "cannot read %s: %s", path,
			      baton_err_text(error));
	f->wanted = *epoch;
	f->written = *epoch;
	if (!error) {
		error = start_writer(f);
		if (error)
			baton_err_set(err, err_size, error, "cannot start a thread: %s",
				      baton_err_text(error));
	}
	if (error) {
		baton_ha_epoch_close(f);
		return error;
	}
	*ret = f;
	return 0;
}

void baton_ha_epoch_close(struct baton_ha_epoch_file *f)
{
	if (!f)
		return;
	f->io = sd_event_source_disable_unref(f->io);
	if (f->scribe)
		baton_ha_scribe_free(f->scribe, true);
	else
		discard(f);
}
