/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of the load generator: all of its connections on one epoll loop, one
 * thread, no lock.
 */
#ifndef BATON_LOADGEN_RUN_H
#define BATON_LOADGEN_RUN_H

#include "conn.h"
#include "options.h"
#include "record.h"

#define BATON_FAILURES_KEPT	32
#define BATON_CLIENTS_MAX	16
#define BATON_CLIENT_LINE	256

/** enum baton_tag - upper half of the epoll data: what the event belongs to */
enum baton_tag {
	BATON_TAG_LONG,		/* run->conns[index] */
	BATON_TAG_NEW,		/* run->fresh[index] */
	BATON_TAG_LISTENER,
	BATON_TAG_CLIENT,	/* run->clients[index] */
	BATON_TAG_SIGNAL,
};

enum baton_phase {
	BATON_PHASE_CONNECTING,
	BATON_PHASE_RUNNING,
	BATON_PHASE_STOPPING,	/* every connection shows that it lives */
	BATON_PHASE_ENDED,
};

enum baton_wait {
	BATON_WAIT_NONE,
	BATON_WAIT_READY,
	BATON_WAIT_FLOWING,
	BATON_WAIT_AWAKE,
	BATON_WAIT_STOPPED,
};

/** struct baton_pacer - event number n is due at start + n * period / per */
struct baton_pacer {
	uint64_t start, period;		/* monotonic ns */
	uint64_t per, n;
	uint64_t end;			/* n stops here */
};

/** struct baton_failure - one connection that did not live */
struct baton_failure {
	struct baton_lconn conn;	/* as it was */
	enum baton_outcome outcome;
	uint64_t real;
};

/** struct baton_client - a connection to the control socket */
struct baton_client {
	int fd;				/* -1: slot is free */
	enum baton_wait wait;
	uint64_t since;			/* monotonic ns of the wait */
	size_t len;
	char line[BATON_CLIENT_LINE];
};

struct baton_run {
	struct baton_options opt;
	enum baton_phase phase;
	int epoll_fd, signal_fd, listen_fd;
	struct baton_lconn *conns;	/* busy ones first */
	uint32_t n_conns;
	struct baton_lconn *fresh;	/* connections made at the new-rate */
	uint32_t n_fresh, fresh_open;
	uint32_t fresh_serial;
	bool woken;			/* the silent ones were told to send */
	struct baton_pacer connect, busy, open_new, wake, prove;
	struct baton_record rec;
	uint64_t ready_mono, next_scan, next_progress;
	uint64_t stop_mono;		/* UINT64_MAX while the traffic runs */
	uint32_t before[2];		/* busy and silent, up at READY */
	uint32_t failed[BATON_OUTCOMES], new_failed[BATON_OUTCOMES];
	uint64_t new_ok, new_worst_ns, requests, skipped;
	struct baton_failure failures[BATON_FAILURES_KEPT];
	unsigned int n_failures;
	struct baton_client clients[BATON_CLIENTS_MAX];
};

/** Where @c goes: what asks once may have targets of its own. */
static inline const struct baton_endpoint *baton_run_target(const struct baton_run *run,
							    const struct baton_lconn *c)
{
	const struct baton_options *opt = &run->opt;

	return c->kind == BATON_KIND_NEW ? &opt->new_targets[c->target] : &opt->targets[c->target];
}

/* run.c: the loop and its phases */

int baton_run_init(struct baton_run *run);
/** baton_run_loop - returns once the run has ended; 0 or -errno if it could not be made */
int baton_run_loop(struct baton_run *run);
void baton_run_stop(struct baton_run *run, struct baton_now now);
void baton_run_wake(struct baton_run *run, struct baton_now now);
void baton_run_free(struct baton_run *run);

/* traffic.c: what connections do; every failure passes through here */

void baton_traffic_open(struct baton_run *run, uint32_t index, struct baton_now now);
void baton_traffic_tick(struct baton_run *run, uint32_t index, struct baton_now now);
void baton_traffic_ask(struct baton_run *run, uint32_t index, struct baton_now now);
void baton_traffic_open_new(struct baton_run *run, struct baton_now now);
void baton_traffic_event(struct baton_run *run, enum baton_tag tag, uint32_t index);
void baton_traffic_expire(struct baton_run *run, struct baton_now now);
uint32_t baton_traffic_alive(const struct baton_run *run, enum baton_kind kind, int target);
uint32_t baton_traffic_waiting(const struct baton_run *run);
/** baton_traffic_flowing - every living busy connection was answered after @since */
bool baton_traffic_flowing(const struct baton_run *run, uint64_t since);
/** baton_traffic_awake - the silent ones were woken and each one answered or failed */
bool baton_traffic_awake(const struct baton_run *run);

/* control.c: the unix socket */

int baton_control_listen(struct baton_run *run);
void baton_control_event(struct baton_run *run, enum baton_tag tag, uint32_t index);
/** baton_control_answer - answer whoever waits for something that has come true */
void baton_control_answer(struct baton_run *run);
bool baton_control_waited(const struct baton_run *run);
/** baton_control_send - be a client: send one line, print the answer; an exit status */
int baton_control_send(const char *path, const char *command);

/* report.c */

/** baton_report_status - one line of JSON; the caller frees it */
char *baton_report_status(const struct baton_run *run);
/** baton_report_write - write the results and the times where the options say; 0 or -errno */
int baton_report_write(const struct baton_run *run);
/** baton_report_exit - the exit status that the run deserves; a summary goes to stderr */
int baton_report_exit(const struct baton_run *run);

#endif
