// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring in a file that is mapped: an agent that is killed leaves what it wrote to the next one. The file
 * is in memory (/run), where writing never waits for a disk; what the machine forgets with it is in the
 * journal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "timeline.h"

static struct baton_ha_timeline *map(const char *path, int *ret_error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	void *p = MAP_FAILED;

	if (fd < 0) {
		*ret_error = -errno;
		return NULL;
	}
	if (!ftruncate(fd, sizeof(struct baton_ha_timeline)))
		p = mmap(NULL, sizeof(struct baton_ha_timeline), PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	*ret_error = p == MAP_FAILED ? -errno : 0;
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

struct baton_ha_timeline *baton_ha_timeline_open(const char *path, int *ret_error)
{
	struct baton_ha_timeline *t = map(path, ret_error);

	if (t && baton_ha_timeline_check(t))
		return t;
	if (!t) {
		t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (t == MAP_FAILED)
			return NULL;
	}
	baton_ha_timeline_init(t);
	return t;
}

void baton_ha_timeline_close(struct baton_ha_timeline *t)
{
	if (t)
		munmap(t, sizeof(*t));
}
