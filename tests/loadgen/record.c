// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

struct baton_now baton_now(void)
{
	return (struct baton_now){ clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME) };
}

const char *baton_kind_name(enum baton_kind kind)
{
	static const char *const names[] = {
		[BATON_KIND_BUSY] = "busy",
		[BATON_KIND_SILENT] = "silent",
		[BATON_KIND_NEW] = "new",
	};

	return names[kind];
}

static void gap_note(struct baton_gap *gap, struct baton_now from, struct baton_now to)
{
	uint64_t ns = to.mono - from.mono;

	if (ns <= gap->ns)
		return;
	gap->ns = ns;
	gap->began_real = from.real;
}

static void gap_to(struct baton_record *rec, struct baton_now now)
{
	gap_note(&rec->gap, rec->last, now);
	if (rec->n_marks)
		gap_note(&rec->marks[rec->n_marks - 1].gap, rec->last, now);
}

void baton_record_start(struct baton_record *rec, struct baton_now now)
{
	rec->last = now;
}

void baton_record_stop(struct baton_record *rec, struct baton_now now)
{
	if (!rec->last.mono)
		return;
	gap_to(rec, now);
	rec->last.mono = 0;
}

int baton_record_done(struct baton_record *rec, enum baton_kind kind, uint32_t conn,
		      uint64_t latency_ns, struct baton_now now)
{
	if (rec->n == rec->room) {
		size_t room = rec->room ? rec->room * 2 : 65536;
		struct baton_done *bigger = realloc(rec->done, room * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		rec->done = bigger;
		rec->room = room;
	}
	rec->done[rec->n++] = (struct baton_done){
		.real_us = now.real / 1000,
		.latency_us = (uint32_t)(latency_ns / 1000),
		.conn = conn & 0x3fffffff,
		.kind = kind,
	};
	if (kind == BATON_KIND_BUSY && rec->last.mono) {
		gap_to(rec, now);
		rec->last = now;
	}
	return 0;
}

void baton_record_interval(struct baton_record *rec, uint64_t excess_ns)
{
	struct baton_mark *mark = rec->n_marks ? &rec->marks[rec->n_marks - 1] : NULL;

	if (excess_ns > rec->worst_conn_ns)
		rec->worst_conn_ns = excess_ns;
	if (mark && excess_ns > mark->worst_conn_ns)
		mark->worst_conn_ns = excess_ns;
}

int baton_record_mark(struct baton_record *rec, const char *name, struct baton_now now)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);
	struct baton_mark *mark;

	if (!len || len >= BATON_MARK_NAME || strspn(name, allowed) != len)
		return -EINVAL;
	if (rec->n_marks == BATON_MARKS_MAX)
		return -ENOSPC;
	mark = &rec->marks[rec->n_marks++];
	memset(mark, 0, sizeof(*mark));
	memcpy(mark->name, name, len);
	mark->at = now;
	return 0;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

double baton_record_percentile(const struct baton_record *rec, double q)
{
	uint32_t *sorted = malloc((rec->n ? rec->n : 1) * sizeof(*sorted));
	size_t n = 0;
	double value = 0;

	if (!sorted)
		return 0;
	for (size_t i = 0; i < rec->n; i++)
		if (rec->done[i].kind == BATON_KIND_BUSY)
			sorted[n++] = rec->done[i].latency_us;
	if (n) {
		qsort(sorted, n, sizeof(*sorted), compare_u32);
		value = sorted[(size_t)(q * (double)(n - 1) + 0.5)];
	}
	free(sorted);
	return value;
}

int baton_record_csv(const struct baton_record *rec, FILE *out)
{
	for (unsigned int i = 0; i < rec->n_marks; i++)
		fprintf(out, "# mark %s %" PRIu64 ".%06" PRIu64 "\n", rec->marks[i].name,
			rec->marks[i].at.real / 1000000000, rec->marks[i].at.real / 1000 % 1000000);
	fputs("time_s,kind,connection,latency_us\n", out);
	for (size_t i = 0; i < rec->n; i++) {
		const struct baton_done *d = &rec->done[i];

		fprintf(out, "%" PRIu64 ".%06" PRIu64 ",%s,%u,%u\n", d->real_us / 1000000,
			d->real_us % 1000000, baton_kind_name(d->kind), d->conn, d->latency_us);
	}
	return ferror(out) ? -EIO : 0;
}

void baton_record_free(struct baton_record *rec)
{
	free(rec->done);
	rec->done = NULL;
	rec->n = rec->room = 0;
}
