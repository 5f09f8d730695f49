// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

static uint64_t tag_of(enum baton_tag tag, uint32_t index)
{
	return (uint64_t)tag << 32 | index;
}

static void count_failure(struct baton_run *run, struct baton_lconn *c,
			  enum baton_outcome outcome, struct baton_now now)
{
	if (c->kind == BATON_KIND_NEW)
		run->new_failed[outcome]++;
	else
		run->failed[outcome]++;
	if (run->n_failures == BATON_FAILURES_KEPT)
		return;
	run->failures[run->n_failures++] = (struct baton_failure){ *c, outcome, now.real };
	fprintf(stderr, "loadgen: %s connection %u to %s (local port %u): %s%s%s after %u requests\n",
		baton_kind_name(c->kind), c->id, baton_run_target(run, c)->text, c->local_port,
		baton_outcome_name(outcome), c->error ? ": " : "",
		c->error ? strerror(c->error) : "", c->seq);
}

static void lost(struct baton_run *run, struct baton_lconn *c, enum baton_outcome outcome,
		 struct baton_now now)
{
	count_failure(run, c, outcome, now);
	baton_lconn_close(c, BATON_CONN_DEAD);
	if (c->kind == BATON_KIND_NEW)
		run->fresh_open--;
}

static void ask(struct baton_run *run, struct baton_lconn *c, enum baton_tag tag, uint32_t index,
		struct baton_now now)
{
	enum baton_outcome outcome = baton_lconn_send(c, run->epoll_fd, tag_of(tag, index),
						      run->opt.size, now.mono);

	if (outcome >= BATON_OUTCOME_RESET)
		lost(run, c, outcome, now);
}

void baton_traffic_open(struct baton_run *run, uint32_t index, struct baton_now now)
{
	struct baton_lconn *c = &run->conns[index];
	bool busy = index < run->opt.busy;
	int err;

	c->id = index;
	c->kind = busy ? BATON_KIND_BUSY : BATON_KIND_SILENT;
	/* Each kind is spread over the targets by itself. */
	c->target = (busy ? index : index - run->opt.busy) % run->opt.n_targets;
	err = baton_lconn_open(c, &run->opt.targets[c->target], run->epoll_fd,
			       tag_of(BATON_TAG_LONG, index), now.mono);
	if (err) {
		c->state = BATON_CONN_DEAD;
		c->error = -err;
		count_failure(run, c, BATON_OUTCOME_CONNECT, now);
	}
}

void baton_traffic_tick(struct baton_run *run, uint32_t index, struct baton_now now)
{
	struct baton_lconn *c = &run->conns[index];

	if (c->state != BATON_CONN_UP)
		return;
	if (c->waiting)
		run->skipped++;
	else
		ask(run, c, BATON_TAG_LONG, index, now);
}

void baton_traffic_ask(struct baton_run *run, uint32_t index, struct baton_now now)
{
	struct baton_lconn *c = &run->conns[index];

	if (c->state == BATON_CONN_UP && !c->waiting && !c->proven)
		ask(run, c, BATON_TAG_LONG, index, now);
}

void baton_traffic_open_new(struct baton_run *run, struct baton_now now)
{
	struct baton_lconn failed = { .kind = BATON_KIND_NEW, .fd = -1 };
	struct baton_lconn *c = &failed;
	uint32_t serial = run->fresh_serial++, index = 0;
	int err = -EMFILE;

	while (index < run->n_fresh && run->fresh[index].fd >= 0)
		index++;
	if (index < run->n_fresh)
		c = &run->fresh[index];
	c->id = run->n_conns + serial;
	c->kind = BATON_KIND_NEW;
	c->local_port = 0;
	c->target = serial % run->opt.n_new_targets;
	if (c != &failed)
		err = baton_lconn_open(c, baton_run_target(run, c), run->epoll_fd,
				       tag_of(BATON_TAG_NEW, index), now.mono);
	if (err) {
		c->error = -err;
		count_failure(run, c, BATON_OUTCOME_CONNECT, now);
		return;
	}
	run->fresh_open++;
}

static void answered_new(struct baton_run *run, struct baton_lconn *c, uint64_t took)
{
	run->new_ok++;
	if (took > run->new_worst_ns)
		run->new_worst_ns = took;
	baton_lconn_close(c, BATON_CONN_UNUSED);
	run->fresh_open--;
}

static void answered(struct baton_run *run, struct baton_lconn *c, struct baton_now now)
{
	uint64_t interval = (uint64_t)run->opt.interval_ms * 1000000;
	uint64_t took = now.mono - (c->kind == BATON_KIND_NEW ? c->opened : c->since);

	if (baton_record_done(&run->rec, c->kind, c->id, took, now) < 0) {
		fputs("loadgen: no memory left to note completions, stopping\n", stderr);
		baton_run_stop(run, now);
	}
	run->requests++;
	if (c->kind == BATON_KIND_NEW) {
		answered_new(run, c, took);
		return;
	}
	/* Between the end of the traffic and its own proof a connection waits for its turn. */
	if (c->kind == BATON_KIND_BUSY && c->answered && c->since <= run->stop_mono &&
	    now.mono - c->answered > interval)
		baton_record_interval(&run->rec, now.mono - c->answered - interval);
	c->answered = now.mono;
	c->proven = run->phase == BATON_PHASE_STOPPING;
}

void baton_traffic_event(struct baton_run *run, enum baton_tag tag, uint32_t index)
{
	struct baton_lconn *c = tag == BATON_TAG_NEW ? &run->fresh[index] : &run->conns[index];
	enum baton_outcome outcome;
	struct baton_now now;

	if (c->fd < 0)
		return;
	outcome = baton_lconn_event(c, run->epoll_fd, tag_of(tag, index), run->opt.size);
	now = baton_now();
	if (outcome >= BATON_OUTCOME_RESET)
		lost(run, c, outcome, now);
	else if (outcome == BATON_OUTCOME_ANSWERED)
		answered(run, c, now);
	else if (outcome == BATON_OUTCOME_CONNECTED && c->kind == BATON_KIND_NEW)
		ask(run, c, tag, index, now);
}

static void expire(struct baton_run *run, struct baton_lconn *c, struct baton_now now)
{
	uint64_t limit = (uint64_t)run->opt.timeout_ms * 1000000;

	if (c->fd < 0 || (!c->waiting && c->state != BATON_CONN_CONNECTING) ||
	    now.mono - c->since < limit)
		return;
	c->error = 0;
	lost(run, c, BATON_OUTCOME_TIMEOUT, now);
}

void baton_traffic_expire(struct baton_run *run, struct baton_now now)
{
	for (uint32_t i = 0; i < run->n_conns; i++)
		expire(run, &run->conns[i], now);
	for (uint32_t i = 0; i < run->n_fresh; i++)
		expire(run, &run->fresh[i], now);
}

uint32_t baton_traffic_alive(const struct baton_run *run, enum baton_kind kind, int target)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < run->n_conns; i++)
		n += run->conns[i].state == BATON_CONN_UP && run->conns[i].kind == kind &&
		     (target < 0 || run->conns[i].target == target);
	return n;
}

uint32_t baton_traffic_waiting(const struct baton_run *run)
{
	uint32_t n = run->fresh_open;

	for (uint32_t i = 0; i < run->n_conns; i++)
		n += run->conns[i].waiting || run->conns[i].state == BATON_CONN_CONNECTING;
	return n;
}

bool baton_traffic_flowing(const struct baton_run *run, uint64_t since)
{
	for (uint32_t i = 0; i < run->opt.busy; i++)
		if (run->conns[i].state == BATON_CONN_UP && run->conns[i].answered <= since)
			return false;
	return true;
}

bool baton_traffic_awake(const struct baton_run *run)
{
	for (uint32_t i = run->opt.busy; i < run->n_conns; i++)
		if (run->conns[i].state == BATON_CONN_UP && !run->conns[i].answered)
			return false;
	return run->woken;
}
