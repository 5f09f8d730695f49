// SPDX-License-Identifier: GPL-2.0-or-later
#include "scribe.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define PATIENCE_MS	2000

struct baton_ha_scribe {
	struct baton_ha_scribe_job job;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;		/* for the thread */
	pthread_cond_t gone;		/* from the thread */
	/* under lock, as is what job.arg shares */
	bool due;
	bool quit;
	bool finish;			/* ... but write what is due before */
	bool ended;			/* the thread is about to return */
	bool orphan;			/* nobody waits for that */
};

static struct timespec in(unsigned int ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += (long)(ms % 1000) * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void discard(struct baton_ha_scribe *s)
{
	s->job.free(s->job.arg);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->gone);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Under lock. Until the burst is over, or nobody will add to it any more. */
static void rest(struct baton_ha_scribe *s)
{
	struct timespec until = in(s->job.rest_ms);

	while (!s->quit && !pthread_cond_timedwait(&s->wake, &s->lock, &until))
		;
}

/* Under lock. Until it is worth another try, or there is something new. */
static void wait_again(struct baton_ha_scribe *s)
{
	struct timespec until = in(s->job.retry_ms);

	while (!s->quit && !s->due && !pthread_cond_timedwait(&s->wake, &s->lock, &until))
		;
	s->due = true;
}

/* Under lock. One write; false: the thread is to end. */
static bool serve(struct baton_ha_scribe *s)
{
	bool good;

	while (!s->quit && !s->due)
		pthread_cond_wait(&s->wake, &s->lock);
	if (s->due)
		rest(s);
	if (!s->due || (s->quit && !s->finish))
		return false;
	s->due = false;
	pthread_mutex_unlock(&s->lock);
	good = s->job.write(s->job.arg);
	pthread_mutex_lock(&s->lock);
	if (!good && s->quit)
		return false;
	if (!good && s->job.retry_ms)
		wait_again(s);
	return true;
}

static void *run(void *arg)
{
	struct baton_ha_scribe *s = arg;
	bool orphan;

	pthread_mutex_lock(&s->lock);
	while (serve(s))
		;
	s->ended = true;
	orphan = s->orphan;
	pthread_cond_signal(&s->gone);
	pthread_mutex_unlock(&s->lock);
	if (orphan)
		discard(s);
	return NULL;
}

void baton_ha_scribe_lock(struct baton_ha_scribe *s)
{
	pthread_mutex_lock(&s->lock);
}

void baton_ha_scribe_unlock(struct baton_ha_scribe *s, bool due)
{
	if (due) {
		s->due = true;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

int baton_ha_scribe_new(struct baton_ha_scribe **ret, const struct baton_ha_scribe_job *job)
{
	struct baton_ha_scribe *s = calloc(1, sizeof(*s));
	pthread_mutexattr_t heir;
	pthread_condattr_t clock;
	int error;

	if (!s)
		return -ENOMEM;
	s->job = *job;
	/* Who decides may run before all others, and must not wait for a thread that they keep from running. */
	pthread_mutexattr_init(&heir);
	pthread_mutexattr_setprotocol(&heir, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&s->lock, &heir);
	pthread_mutexattr_destroy(&heir);
	/* the time of day may be set */
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &clock);
	pthread_cond_init(&s->gone, &clock);
	pthread_condattr_destroy(&clock);
	error = pthread_create(&s->thread, NULL, run, s);
	if (error) {
		free(s);
		return -error;
	}
	*ret = s;
	return 0;
}

void baton_ha_scribe_free(struct baton_ha_scribe *s, bool finish)
{
	struct timespec until = in(PATIENCE_MS);
	pthread_t thread;
	bool orphan;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->quit = true;
	s->finish = finish;
	pthread_cond_signal(&s->wake);
	while (!s->ended && !pthread_cond_timedwait(&s->gone, &s->lock, &until))
		;
	orphan = !s->ended;
	s->orphan = orphan;
	thread = s->thread;
	pthread_mutex_unlock(&s->lock);
	/* an orphan may be gone from here on */
	if (orphan) {
		pthread_detach(thread);
		return;
	}
	pthread_join(thread, NULL);
	discard(s);
}
