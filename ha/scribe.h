/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that writes to a disk, so that nothing else waits for one. What is to be written is the user's, shared with
 * the thread under the scribe's lock, which nobody holds for longer than a copy of it takes: not while writing.
 */
#ifndef BATON_HA_SCRIBE_H
#define BATON_HA_SCRIBE_H

#include <stdbool.h>

struct baton_ha_scribe;

/** struct baton_ha_scribe_job - called by the thread, without the lock */
struct baton_ha_scribe_job {
	/** Writes what is due, taken under the lock; false: it has to be tried again. */
	bool (*write)(void *arg);
	/** The last use of @arg, when nothing is or will be written. */
	void (*free)(void *arg);
	void *arg;
	unsigned int rest_ms;		/* before a write: changes come in bursts */
	unsigned int retry_ms;		/* after one that failed; 0: with the next change */
};

/** The job is copied. Return: 0, or negative errno: job->free was not called then. */
int baton_ha_scribe_new(struct baton_ha_scribe **ret, const struct baton_ha_scribe_job *job);
void baton_ha_scribe_lock(struct baton_ha_scribe *s);
/** @due: there is something new to write */
void baton_ha_scribe_unlock(struct baton_ha_scribe *s, bool due);
/**
 * baton_ha_scribe_free - the end
 * @finish: write what is due before
 *
 * Waits for no longer than two seconds. A disk that hangs for longer keeps the thread, which frees what it uses once
 * it gets to run, if the process still lives then: the caller uses neither the scribe nor job->arg any more.
 */
void baton_ha_scribe_free(struct baton_ha_scribe *s, bool finish);

#endif /* BATON_HA_SCRIBE_H */
