// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS	1000000ull
#define NS_PER_S	1000000000ull
#define SCAN_NS		(100 * NS_PER_MS)
#define SCAN_SOON_NS	(5 * NS_PER_MS)
#define BATCH		256

static void pacer_set(struct baton_pacer *p, uint64_t start, uint64_t period, uint64_t per,
		      uint64_t end)
{
	*p = (struct baton_pacer){ start, period, per, 0, end };
}

static uint64_t pacer_due(const struct baton_pacer *p)
{
	return p->n < p->end ? p->start + p->n * p->period / p->per : UINT64_MAX;
}

static int raise_file_limit(const struct baton_run *run)
{
	rlim_t want = (rlim_t)run->n_conns + run->n_fresh + 64;
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return -errno;
	if (lim.rlim_cur >= want)
		return 0;
	lim.rlim_cur = want;
	if (lim.rlim_max < want)
		lim.rlim_max = want;
	if (setrlimit(RLIMIT_NOFILE, &lim) < 0) {
		fprintf(stderr, "loadgen: needs %lu open files and may not have them; raise the limit (ulimit -n)\n",
			(unsigned long)want);
		return -errno;
	}
	return 0;
}

static int add_signals(struct baton_run *run)
{
	struct epoll_event ev = {
		.events = EPOLLIN, .data.u64 = (uint64_t)BATON_TAG_SIGNAL << 32,
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd < 0 ||
	    epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, run->signal_fd, &ev) < 0)
		return -errno;
	return 0;
}

int baton_run_init(struct baton_run *run)
{
	const struct baton_options *opt = &run->opt;
	uint64_t fresh = (uint64_t)opt->new_rate * (opt->timeout_ms + 1000) / 1000;
	int err;

	run->n_conns = opt->busy + opt->silent;
	run->n_fresh = fresh > 65536 ? 65536 : (uint32_t)fresh;
	run->listen_fd = run->signal_fd = -1;
	run->stop_mono = UINT64_MAX;
	for (unsigned int i = 0; i < BATON_CLIENTS_MAX; i++)
		run->clients[i].fd = -1;
	run->conns = calloc(run->n_conns + 1, sizeof(*run->conns));
	run->fresh = calloc(run->n_fresh + 1, sizeof(*run->fresh));
	run->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!run->conns || !run->fresh)
		return -ENOMEM;
	if (run->epoll_fd < 0)
		return -errno;
	for (uint32_t i = 0; i < run->n_conns; i++)
		run->conns[i].fd = -1;
	for (uint32_t i = 0; i < run->n_fresh; i++)
		run->fresh[i].fd = -1;
	err = raise_file_limit(run);
	if (err)
		return err;
	err = add_signals(run);
	if (err)
		return err;
	return opt->control ? baton_control_listen(run) : 0;
}

static void become_ready(struct baton_run *run, struct baton_now now)
{
	const struct baton_options *opt = &run->opt;

	run->before[BATON_KIND_BUSY] = baton_traffic_alive(run, BATON_KIND_BUSY, -1);
	run->before[BATON_KIND_SILENT] = baton_traffic_alive(run, BATON_KIND_SILENT, -1);
	if (run->before[0] + run->before[1] < run->n_conns) {
		fprintf(stderr, "loadgen: %u of %u connections could not be opened, giving up\n",
			run->n_conns - run->before[0] - run->before[1], run->n_conns);
		run->phase = BATON_PHASE_ENDED;
		return;
	}
	run->phase = BATON_PHASE_RUNNING;
	run->ready_mono = now.mono;
	if (opt->busy) {
		pacer_set(&run->busy, now.mono, opt->interval_ms * NS_PER_MS, opt->busy,
			  UINT64_MAX);
		baton_record_start(&run->rec, now);
	}
	if (opt->new_rate)
		pacer_set(&run->open_new, now.mono, NS_PER_S, opt->new_rate, UINT64_MAX);
	puts("READY");
	fflush(stdout);
}

void baton_run_wake(struct baton_run *run, struct baton_now now)
{
	if (run->woken || run->phase != BATON_PHASE_RUNNING)
		return;
	run->woken = true;
	pacer_set(&run->wake, now.mono, NS_PER_S, run->opt.connect_rate, run->opt.silent);
}

void baton_run_stop(struct baton_run *run, struct baton_now now)
{
	if (run->phase == BATON_PHASE_CONNECTING)
		run->phase = BATON_PHASE_ENDED;
	if (run->phase != BATON_PHASE_RUNNING)
		return;
	run->phase = BATON_PHASE_STOPPING;
	run->stop_mono = now.mono;
	run->busy.end = run->open_new.end = run->wake.end = 0;
	run->woken = true;
	baton_record_stop(&run->rec, now);
	pacer_set(&run->prove, now.mono, NS_PER_S, run->opt.connect_rate, run->n_conns);
}

static void progress(struct baton_run *run, struct baton_now now)
{
	if (run->phase != BATON_PHASE_CONNECTING || now.mono < run->next_progress)
		return;
	if (run->next_progress)
		fprintf(stderr, "loadgen: %u of %u connections up\n",
			baton_traffic_alive(run, BATON_KIND_BUSY, -1) +
			baton_traffic_alive(run, BATON_KIND_SILENT, -1), run->n_conns);
	run->next_progress = now.mono + NS_PER_S;
}

/* Everything that is looked at now and then instead of being told. */
static void scan(struct baton_run *run, struct baton_now now)
{
	bool soon = run->phase != BATON_PHASE_RUNNING || baton_control_waited(run);
	uint64_t duration = (uint64_t)run->opt.duration_ms * NS_PER_MS;

	if (now.mono < run->next_scan)
		return;
	run->next_scan = now.mono + (soon ? SCAN_SOON_NS : SCAN_NS);
	baton_traffic_expire(run, now);
	progress(run, now);
	if (run->phase == BATON_PHASE_CONNECTING && run->connect.n == run->n_conns &&
	    !baton_traffic_waiting(run))
		become_ready(run, now);
	if (run->phase == BATON_PHASE_RUNNING && duration &&
	    now.mono - run->ready_mono >= duration)
		baton_run_stop(run, now);
	if (run->phase == BATON_PHASE_STOPPING && run->prove.n == run->n_conns &&
	    !baton_traffic_waiting(run))
		run->phase = BATON_PHASE_ENDED;
	/* Who waits for the end is answered once the results are on disk. */
	if (run->phase != BATON_PHASE_ENDED)
		baton_control_answer(run);
}

static void pace(struct baton_run *run, struct baton_now now)
{
	while (pacer_due(&run->connect) <= now.mono)
		baton_traffic_open(run, (uint32_t)run->connect.n++, now);
	while (pacer_due(&run->busy) <= now.mono)
		baton_traffic_tick(run, (uint32_t)(run->busy.n++ % run->opt.busy), now);
	while (pacer_due(&run->open_new) <= now.mono) {
		run->open_new.n++;
		baton_traffic_open_new(run, now);
	}
	while (pacer_due(&run->wake) <= now.mono)
		baton_traffic_ask(run, run->opt.busy + (uint32_t)run->wake.n++, now);
	while (pacer_due(&run->prove) <= now.mono)
		baton_traffic_ask(run, (uint32_t)run->prove.n++, now);
}

static struct timespec until_due(const struct baton_run *run)
{
	const struct baton_pacer *const pacers[] = {
		&run->connect, &run->busy, &run->open_new, &run->wake, &run->prove,
	};
	uint64_t due = run->next_scan, now = baton_now().mono;

	for (unsigned int i = 0; i < sizeof(pacers) / sizeof(*pacers); i++)
		if (pacer_due(pacers[i]) < due)
			due = pacer_due(pacers[i]);
	due = due > now ? due - now : 0;
	return (struct timespec){ (time_t)(due / NS_PER_S), (long)(due % NS_PER_S) };
}

static void dispatch(struct baton_run *run, uint64_t data)
{
	enum baton_tag tag = (enum baton_tag)(data >> 32);
	struct signalfd_siginfo info;

	switch (tag) {
	case BATON_TAG_LONG:
	case BATON_TAG_NEW:
		baton_traffic_event(run, tag, (uint32_t)data);
		break;
	case BATON_TAG_LISTENER:
	case BATON_TAG_CLIENT:
		baton_control_event(run, tag, (uint32_t)data);
		run->next_scan = 0;
		break;
	case BATON_TAG_SIGNAL:
		if (read(run->signal_fd, &info, sizeof(info)) != sizeof(info))
			break;
		/* A second signal does not wait for connections that do not answer. */
		if (run->phase == BATON_PHASE_STOPPING)
			run->phase = BATON_PHASE_ENDED;
		baton_run_stop(run, baton_now());
		break;
	}
}

int baton_run_loop(struct baton_run *run)
{
	struct epoll_event events[BATCH];

	pacer_set(&run->connect, baton_now().mono, NS_PER_S, run->opt.connect_rate, run->n_conns);
	while (run->phase != BATON_PHASE_ENDED) {
		struct timespec wait;
		int n;

		pace(run, baton_now());
		scan(run, baton_now());
		wait = until_due(run);
		n = epoll_pwait2(run->epoll_fd, events, BATCH, &wait, NULL);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++)
			dispatch(run, events[i].data.u64);
	}
	return 0;
}

void baton_run_free(struct baton_run *run)
{
	for (uint32_t i = 0; i < run->n_conns; i++)
		if (run->conns && run->conns[i].fd >= 0)
			close(run->conns[i].fd);
	for (unsigned int i = 0; i < BATON_CLIENTS_MAX; i++)
		if (run->clients[i].fd >= 0)
			close(run->clients[i].fd);
	if (run->listen_fd >= 0) {
		close(run->listen_fd);
		unlink(run->opt.control);
	}
	if (run->signal_fd >= 0)
		close(run->signal_fd);
	if (run->epoll_fd >= 0)
		close(run->epoll_fd);
	free(run->conns);
	free(run->fresh);
	baton_record_free(&run->rec);
}
