/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was completed when. Two clocks: CLOCK_REALTIME is what is written down,
 * because it is compared with other programs' stamps; CLOCK_MONOTONIC measures
 * the gaps, so that a step of the wall clock cannot make or hide one.
 */
#ifndef BATON_LOADGEN_RECORD_H
#define BATON_LOADGEN_RECORD_H

#include <stdint.h>
#include <stdio.h>

#define BATON_MARKS_MAX		64
#define BATON_MARK_NAME		32

/** enum baton_kind - what a connection of the generator is for */
enum baton_kind {
	BATON_KIND_BUSY,	/* a request per interval */
	BATON_KIND_SILENT,	/* nothing until woken, then one request */
	BATON_KIND_NEW,		/* open, one request, close */
};

/** struct baton_now - one instant on both clocks, nanoseconds */
struct baton_now {
	uint64_t mono;
	uint64_t real;
};

/** struct baton_done - one completed request */
struct baton_done {
	uint64_t real_us;	/* CLOCK_REALTIME of the last byte */
	uint32_t latency_us;	/* since the first byte was sent; NEW: since connect() */
	uint32_t conn : 30;
	uint32_t kind : 2;
};

/** struct baton_gap - the longest of a series of intervals */
struct baton_gap {
	uint64_t ns;
	uint64_t began_real;	/* CLOCK_REALTIME when it began */
};

/** struct baton_mark - a named instant, and the gaps that ended after it and before the next */
struct baton_mark {
	char name[BATON_MARK_NAME];
	struct baton_now at;
	struct baton_gap gap;
	uint64_t worst_conn_ns;
};

/** struct baton_record - everything measured in one run; owned by the caller */
struct baton_record {
	struct baton_done *done;
	size_t n, room;
	struct baton_mark marks[BATON_MARKS_MAX];
	unsigned int n_marks;
	struct baton_gap gap;		/* no busy request at all completed */
	uint64_t worst_conn_ns;		/* one connection, beyond its interval */
	struct baton_now last;		/* last busy completion; mono 0: not counting */
};

struct baton_now baton_now(void);

/** baton_record_start - gaps count from here */
void baton_record_start(struct baton_record *rec, struct baton_now now);

/** baton_record_stop - the time since the last completion is the last gap; none count after it */
void baton_record_stop(struct baton_record *rec, struct baton_now now);

/**
 * baton_record_done - note a completed request
 *
 * Only busy ones count for gaps. Returns 0 or -ENOMEM.
 */
int baton_record_done(struct baton_record *rec, enum baton_kind kind, uint32_t conn,
		      uint64_t latency_ns, struct baton_now now);

/** baton_record_interval - note how much longer than its interval a connection waited */
void baton_record_interval(struct baton_record *rec, uint64_t excess_ns);

/** baton_record_mark - name this instant; -EINVAL: not [A-Za-z0-9_.-]{1,31}, -ENOSPC: 64 are there */
int baton_record_mark(struct baton_record *rec, const char *name, struct baton_now now);

/** baton_record_percentile - latency in microseconds of the busy requests, @q in 0..1; 0 if none */
double baton_record_percentile(const struct baton_record *rec, double q);

/** baton_record_csv - write marks and completions; returns 0 or -errno */
int baton_record_csv(const struct baton_record *rec, FILE *out);

const char *baton_kind_name(enum baton_kind kind);
void baton_record_free(struct baton_record *rec);

#endif
