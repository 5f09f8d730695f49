// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

static void add_count(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)value));
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void add_real(struct json_object *o, const char *key, double value, const char *format)
{
	struct json_object *number = json_object_new_double(value);

	json_object_set_serializer(number, json_object_double_to_json_string, (void *)format,
				   NULL);
	json_object_object_add(o, key, number);
}

static void add_ms(struct json_object *o, const char *key, uint64_t ns)
{
	add_real(o, key, (double)ns / 1e6, "%.3f");
}

static void add_time(struct json_object *o, const char *key, uint64_t real_ns)
{
	add_real(o, key, (double)(real_ns / 1000) / 1e6, "%.6f");
}

static uint32_t sum(const uint32_t *by_outcome)
{
	uint32_t n = 0;

	for (int i = BATON_OUTCOME_RESET; i < BATON_OUTCOMES; i++)
		n += by_outcome[i];
	return n;
}

/* The counters that the status line and the results share. */
static void add_counters(struct json_object *o, const struct baton_run *run)
{
	add_count(o, "resets", run->failed[BATON_OUTCOME_RESET]);
	add_count(o, "eofs", run->failed[BATON_OUTCOME_EOF]);
	add_count(o, "timeouts", run->failed[BATON_OUTCOME_TIMEOUT]);
	add_count(o, "mismatches", run->failed[BATON_OUTCOME_MISMATCH]);
	add_count(o, "connect_failures", run->failed[BATON_OUTCOME_CONNECT]);
	add_count(o, "other_errors", run->failed[BATON_OUTCOME_OTHER]);
	add_count(o, "new_ok", run->new_ok);
	add_count(o, "new_failed", sum(run->new_failed));
	add_count(o, "new_resets", run->new_failed[BATON_OUTCOME_RESET]);
	add_count(o, "new_timeouts", run->new_failed[BATON_OUTCOME_TIMEOUT]);
	add_ms(o, "new_worst_ms", run->new_worst_ns);
	add_count(o, "requests", run->requests);
	add_count(o, "skipped", run->skipped);
	add_ms(o, "gap_ms", run->rec.gap.ns);
	add_time(o, "gap_at", run->rec.gap.began_real);
	add_ms(o, "worst_connection_gap_ms", run->rec.worst_conn_ns);
}

char *baton_report_status(const struct baton_run *run)
{
	static const char *const phases[] = {
		[BATON_PHASE_CONNECTING] = "connecting",
		[BATON_PHASE_RUNNING] = "running",
		[BATON_PHASE_STOPPING] = "stopping",
		[BATON_PHASE_ENDED] = "ended",
	};
	struct json_object *o = json_object_new_object();
	struct baton_now now = baton_now();
	char *line = NULL;

	json_object_object_add(o, "ok", json_object_new_boolean(run->phase != BATON_PHASE_ENDED ||
								run->ready_mono));
	add_text(o, "state", phases[run->phase]);
	add_time(o, "now", now.real);
	add_count(o, "busy", baton_traffic_alive(run, BATON_KIND_BUSY, -1));
	add_count(o, "silent", baton_traffic_alive(run, BATON_KIND_SILENT, -1));
	json_object_object_add(o, "awake", json_object_new_boolean(baton_traffic_awake(run)));
	add_count(o, "waiting", baton_traffic_waiting(run));
	if (run->rec.last.mono)
		add_ms(o, "since_last_ms", now.mono - run->rec.last.mono);
	add_counters(o, run);
	if (asprintf(&line, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) < 0)
		line = NULL;
	json_object_put(o);
	return line;
}

static struct json_object *targets(const struct baton_run *run)
{
	struct json_object *list = json_object_new_array();
	const struct baton_options *opt = &run->opt;

	for (unsigned int i = 0; i < opt->n_targets; i++) {
		struct json_object *o = json_object_new_object();
		bool up = run->ready_mono;

		add_text(o, "address", opt->targets[i].text);
		/* Both kinds were dealt out in turn from the first target on. */
		add_count(o, "busy_before",
			  up ? (opt->busy + opt->n_targets - 1 - i) / opt->n_targets : 0);
		add_count(o, "busy_after", baton_traffic_alive(run, BATON_KIND_BUSY, (int)i));
		add_count(o, "silent_before",
			  up ? (opt->silent + opt->n_targets - 1 - i) / opt->n_targets : 0);
		add_count(o, "silent_after", baton_traffic_alive(run, BATON_KIND_SILENT, (int)i));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *marks(const struct baton_run *run)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < run->rec.n_marks; i++) {
		const struct baton_mark *mark = &run->rec.marks[i];
		struct json_object *o = json_object_new_object();

		add_text(o, "name", mark->name);
		add_time(o, "at", mark->at.real);
		add_ms(o, "gap_ms", mark->gap.ns);
		add_time(o, "gap_at", mark->gap.began_real);
		add_ms(o, "worst_connection_gap_ms", mark->worst_conn_ns);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *failures(const struct baton_run *run)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < run->n_failures; i++) {
		const struct baton_failure *f = &run->failures[i];
		struct json_object *o = json_object_new_object();

		add_time(o, "at", f->real);
		add_text(o, "kind", baton_kind_name(f->conn.kind));
		add_count(o, "connection", f->conn.id);
		add_text(o, "target", baton_run_target(run, &f->conn)->text);
		add_count(o, "local_port", f->conn.local_port);
		add_text(o, "what", baton_outcome_name(f->outcome));
		add_text(o, "error", f->conn.error ? strerror(f->conn.error) : "");
		add_count(o, "requests", f->conn.seq);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *results(const struct baton_run *run)
{
	struct json_object *o = json_object_new_object();

	add_count(o, "busy_before", run->before[BATON_KIND_BUSY]);
	add_count(o, "busy_after", baton_traffic_alive(run, BATON_KIND_BUSY, -1));
	add_count(o, "silent_before", run->before[BATON_KIND_SILENT]);
	add_count(o, "silent_after", baton_traffic_alive(run, BATON_KIND_SILENT, -1));
	add_counters(o, run);
	add_real(o, "p50_ms", baton_record_percentile(&run->rec, 0.50) / 1e3, "%.3f");
	add_real(o, "p99_ms", baton_record_percentile(&run->rec, 0.99) / 1e3, "%.3f");
	add_count(o, "interval_ms", run->opt.interval_ms);
	add_count(o, "size", run->opt.size);
	json_object_object_add(o, "targets", targets(run));
	json_object_object_add(o, "marks", marks(run));
	json_object_object_add(o, "failures", failures(run));
	return o;
}

static int write_times(const struct baton_run *run)
{
	FILE *file = fopen(run->opt.times, "we");
	int err;

	if (!file)
		return -errno;
	err = baton_record_csv(&run->rec, file);
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

int baton_report_write(const struct baton_run *run)
{
	struct json_object *o;
	int err = 0;

	if (run->opt.out) {
		o = results(run);
		if (json_object_to_file_ext(run->opt.out, o, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED) < 0)
			err = -errno;
		json_object_put(o);
	}
	if (err) {
		fprintf(stderr, "loadgen: %s: %s\n", run->opt.out, strerror(-err));
		return err;
	}
	err = run->opt.times ? write_times(run) : 0;
	if (err)
		fprintf(stderr, "loadgen: %s: %s\n", run->opt.times, strerror(-err));
	return err;
}

int baton_report_exit(const struct baton_run *run)
{
	uint32_t busy = baton_traffic_alive(run, BATON_KIND_BUSY, -1);
	uint32_t silent = baton_traffic_alive(run, BATON_KIND_SILENT, -1);
	uint32_t new_failed = sum(run->new_failed);

	fprintf(stderr, "loadgen: busy %u of %u and silent %u of %u live; new %lu, failed %u; resets %u, ends of file %u, timeouts %u, mismatches %u; longest gap %.1f ms\n",
		busy, run->opt.busy, silent, run->opt.silent, (unsigned long)run->new_ok, new_failed,
		run->failed[BATON_OUTCOME_RESET], run->failed[BATON_OUTCOME_EOF],
		run->failed[BATON_OUTCOME_TIMEOUT], run->failed[BATON_OUTCOME_MISMATCH],
		(double)run->rec.gap.ns / 1e6);
	if (busy + silent < run->n_conns || !run->ready_mono)
		return 1;
	return new_failed ? 3 : 0;
}
