// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rehearsal. Without a word nothing is touched: both daemons are asked, connections that live are looked up in the
 * standby's table, and everything that speaks against a failover now is listed. `live` then moves the role to the other node and back, and goes no further as soon as
 * something is not as it should be; the role stays where it is then. What was found is gathered as one JSON document:
 * the answer with --json, and what `report` writes to a file.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "err.h"
#include "json_field.h"
#include "status.h"
#include "survey.h"
#include "tool.h"
#include "verdict.h"

#define ANSWER_MS	2000
#define MOVE_MS		5000		/* for the flush of one move */
#define SETTLE_MS	30000		/* until the other node is warm again */
#define LOOK_MS		100
#define LIMIT_MS	1000

/** struct drill - one rehearsal */
struct drill {
	struct baton_writer *out;	/* lines as they come; NULL: with --json */
	json_object *report;
	json_object *list;		/* in the report: where lines go now */
	json_object *ha;		/* the agent's status, as last read */
	json_object *syncd;		/* the sync daemon's, or NULL */
	unsigned int bad;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void nap(unsigned int ms)
{
	struct timespec ts = { .tv_nsec = (long)ms * 1000000 };

	nanosleep(&ts, NULL);
}

static void begin(struct drill *d, const char *name)
{
	d->list = json_object_new_array();
	json_object_object_add(d->report, name, d->list);
}

/* One line of the list; the object of it, for numbers, is the list's. */
static json_object *add_line(struct drill *d, const char *mark, bool good, const char *text)
{
	json_object *line = json_object_new_object();

	d->bad += !good;
	baton_json_add_bool(line, "ok", good);
	baton_json_add_string(line, "text", text);
	json_object_array_add(d->list, line);
	if (d->out)
		baton_write_line(d->out, "%-4s %s", mark, text);
	return line;
}

static json_object *check(struct drill *d, bool good, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static json_object *check(struct drill *d, bool good, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return add_line(d, good ? "ok" : "NOT", good, text);
}

/* Both counts, as the last look found them. */
static void note_counts(const struct drill *d, json_object *to)
{
	if (!d->syncd)
		return;
	baton_json_add_number(to, "connections", (int64_t)baton_json_number(d->syncd, "connections"));
	baton_json_add_number(to, "would_survive", (int64_t)baton_json_number(d->syncd, "would_survive"));
}

static bool is_active(const struct drill *d)
{
	return !strcmp(baton_json_string(d->ha, "state", ""), "ACTIVE");
}

/* One of the two is active, the other one a warm standby; @active: this one. */
static bool is_whole(const struct drill *d, bool active)
{
	json_object *peer = baton_json_get(d->ha, "peer");
	const char *other = baton_json_string(peer, "state", "");

	if (is_active(d) != active)
		return false;
	if (active)
		return !strcmp(other, "STANDBY") && baton_json_bool(peer, "warm");
	return !strcmp(baton_json_string(d->ha, "state", ""), "STANDBY") && !strcmp(other, "ACTIVE");
}

/* Read both daemons anew; 0, or the exit status after a line was printed. */
static int look(struct drill *d)
{
	char err[512];

	json_object_put(d->ha);
	json_object_put(d->syncd);
	d->ha = NULL;
	d->syncd = NULL;
	baton_tool_try("baton-syncd", baton_tool_request("status"), ANSWER_MS, &d->syncd, err,
		       sizeof(err));
	return baton_tool_ask("baton-ha", baton_tool_request("status"), ANSWER_MS, &d->ha);
}

static void check_addresses(struct drill *d)
{
	json_object *vips = baton_json_list(d->ha, "vips");
	size_t all = vips ? json_object_array_length(vips) : 0, there = 0;

	for (size_t i = 0; i < all; i++)
		there += baton_json_bool(json_object_array_get_idx(vips, i), "present");
	check(d, there == all, "%zu of %zu virtual addresses are on their interfaces here", there, all);
}

static void check_table(struct drill *d)
{
	char policy[64] = "";
	struct baton_kept kept;

	if (!d->syncd) {
		check(d, false, "baton-syncd is not running here, so nobody knows what would survive");
		return;
	}
	baton_kept_of(d->syncd, &kept);
	if (kept.policy)
		snprintf(policy, sizeof(policy), "; by policy %llu are not synced", (unsigned long long)kept.policy);
	check(d, kept.good, "%llu of %llu connections would survive a failover now%s",
	      (unsigned long long)kept.survive, (unsigned long long)kept.all, policy);
}

/* @member: of the report, for the numbers */
static void check_sample(struct drill *d, const char *member)
{
	char text[256], err[160];
	struct baton_survey s;

	if (!baton_json_bool(baton_json_get(d->ha, "peer"), "present"))
		return;
	if (baton_survey_pair(is_active(d), &s, err, sizeof(err))) {
		snprintf(text, sizeof(text), "no connection was looked up in the standby's table: %s", err);
		baton_json_add_bool(add_line(d, "--", true, text), "skipped", true);
		return;
	}
	json_object_object_add(d->report, member, baton_survey_json(&s));
	check(d, baton_survey_good(&s), "%s", baton_survey_words(&s, text, sizeof(text)));
}

/* All that can be said without touching anything. */
static void inspect(struct drill *d)
{
	json_object *peer = baton_json_get(d->ha, "peer");
	bool active = is_active(d), heard = baton_json_bool(peer, "present");

	begin(d, "checks");
	check(d, active || is_whole(d, false), "this node is %s, the peer %s",
	      baton_json_string(d->ha, "state", "unknown"),
	      heard ? baton_json_string(peer, "state", "unknown") : "absent");
	check(d, baton_json_bool(d->ha, "quorate"), "the cluster is quorate");
	check(d, heard && baton_json_bool(peer, "healthy") && !baton_json_bool(peer, "failing"),
	      "the peer's agent is there, and fit");
	check(d, active ? baton_json_bool(peer, "warm") : baton_json_bool(d->ha, "warm"),
	      "the standby's table is proven equal to the active node's");
	if (!active)
		check(d, baton_json_bool(d->ha, "promotable"), "this node would take over%s%s",
		      baton_json_string(d->ha, "why_not", "")[0] ? ": " : "",
		      baton_json_string(d->ha, "why_not", ""));
	check_addresses(d);
	check_table(d);
	check_sample(d, "sample");
	note_counts(d, d->report);
}

/* Wait until the pair is whole again, with this node active or not. False: not in time. */
static bool settle(struct drill *d, bool active)
{
	uint64_t end = now_ms() + SETTLE_MS;

	do {
		if (look(d))
			return false;
		if (is_whole(d, active))
			return true;
		nap(LOOK_MS);
	} while (now_ms() < end);
	return false;
}

/* One move; @active: this node is to be active afterwards. */
static bool move(struct drill *d, bool active, unsigned long limit_ms)
{
	json_object *request = baton_tool_request("handover"), *reply = NULL;
	uint64_t began = now_ms(), took;
	json_object *line;
	double gap = 0;
	char err[512];
	bool good;

	json_object_object_add(request, "timeout_ms", json_object_new_int64(MOVE_MS));
	good = !baton_tool_try("baton-ha", request, 2 * MOVE_MS, &reply, err, sizeof(err));
	took = now_ms() - began;
	if (good)
		gap = baton_json_real(reply, "gap_hint_ms");
	json_object_put(reply);
	if (!good)
		line = check(d, false, "the role did not move: %s", err);
	else if (gap > (double)limit_ms)
		line = check(d, false, "the role moved, but nobody forwarded for about %.0f ms", gap);
	else if (!settle(d, active))
		line = check(d, false, "the role moved, but the other node was not a warm standby within %u s",
		      SETTLE_MS / 1000);
	else if (gap > 0)
		line = check(d, true, "the role moved to %s in %llu ms, for %.0f of which nobody forwarded; warm again after %llu ms",
		      active ? "this node" : "the peer", (unsigned long long)took, gap,
		      (unsigned long long)(now_ms() - began));
	else
		line = check(d, true, "the role moved to %s in %llu ms; warm again after %llu ms",
		      active ? "this node" : "the peer", (unsigned long long)took,
		      (unsigned long long)(now_ms() - began));
	baton_json_add_number(line, "took_ms", (int64_t)took);
	if (gap > 0)
		baton_json_add_number(line, "gap_ms", (int64_t)gap);
	baton_json_add_number(line, "whole_ms", (int64_t)(now_ms() - began));
	note_counts(d, line);
	return good && !d->bad;
}

static void rehearse(struct drill *d, unsigned long limit_ms)
{
	uint64_t before = baton_json_number(d->syncd, "connections");
	bool active = is_active(d);

	begin(d, "moves");
	if (move(d, !active, limit_ms) && move(d, active, limit_ms)) {
		check_table(d);
		check_sample(d, "sample_after");
		check(d, true, "%llu connections before, %llu now", (unsigned long long)before,
		      (unsigned long long)baton_json_number(d->syncd, "connections"));
	}
}

/* What was found, where it is wanted; the exit status. */
static int tell(const struct drill *d, bool live, const char *path)
{
	baton_json_add_bool(d->report, "passed", !d->bad);
	if (!d->out)
		baton_tool_print(d->report);
	else
		baton_write_line(d->out, "%s", !d->bad ? "passed" : live ?
				 "the drill ended here; the role stays where it is" :
				 "a failover now would not be as it should");
	if (path && json_object_to_file_ext(path, d->report, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE))
		return baton_tool_fail(BATON_EXIT_FILE, "cannot write %s: %s", path,
				       baton_err_text(errno));
	return d->bad ? BATON_EXIT_REFUSED : BATON_EXIT_OK;
}

static int parse(struct baton_args *args, bool *live, unsigned long *limit_ms, const char **path)
{
	*live = baton_args_is(args, "live");
	if (*live && baton_args_is(args, "limit") &&
	    baton_args_number(args, "limit", 1, 60000, limit_ms))
		return -EINVAL;
	if (baton_args_is(args, "report")) {
		*path = baton_args_word(args, "the FILE");
		if (!*path)
			return -EINVAL;
	}
	return baton_args_end(args);
}

int baton_cmd_drill(struct baton_tool *t)
{
	struct drill d = { .out = t->json ? NULL : &t->out };
	unsigned long limit_ms = LIMIT_MS;
	const char *path = NULL;
	bool live;
	int status;

	if (parse(&t->args, &live, &limit_ms, &path))
		return baton_tool_usage(t);
	status = look(&d);
	if (status)
		return status;
	d.report = json_object_new_object();
	baton_json_add_number(d.report, "time", (int64_t)time(NULL));
	baton_json_add_number(d.report, "nodeid", (int64_t)baton_json_number(d.ha, "nodeid"));
	baton_json_add_bool(d.report, "live", live);
	if (d.out)
		baton_write_object(d.out, NULL);
	inspect(&d);
	if (live && !d.bad)
		rehearse(&d, limit_ms);
	status = tell(&d, live, path);
	if (d.out)
		baton_write_end(d.out);
	json_object_put(d.report);
	json_object_put(d.ha);
	json_object_put(d.syncd);
	return status;
}
