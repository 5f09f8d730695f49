// SPDX-License-Identifier: GPL-2.0-or-later
/* The last failover, from what both agents noted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "json_field.h"
#include "status.h"

#define QUIET_S	3.0		/* nothing noted for so long before it: that is where it begins */
#define BEFORE_S	30.0		/* ... but no earlier than this before the gate opened */
#define AFTER_S	15.0

static int compare(const void *a, const void *b)
{
	double ta = baton_json_real(*(json_object *const *)a, "t");
	double tb = baton_json_real(*(json_object *const *)b, "t");

	return (ta > tb) - (ta < tb);
}

static double at(json_object *const *list, size_t i)
{
	return baton_json_real(list[i], "t");
}

static bool opens(json_object *moment)
{
	return !strcmp(baton_json_string(moment, "event", ""), "gate_open");
}

/* The events of the last change of the active node: list[*first] to list[*end - 1]; false: there is none. */
static bool find_last(json_object *const *list, size_t count, size_t *first, size_t *end)
{
	size_t open = count, i;

	for (i = 0; i < count; i++)
		if (opens(list[i]))
			open = i;
	if (open == count)
		return false;
	for (i = open; i && !opens(list[i - 1]) && at(list, i) - at(list, i - 1) < QUIET_S &&
	     at(list, open) - at(list, i - 1) < BEFORE_S; i--)
		;
	*first = i;
	for (i = open; i + 1 < count && at(list, i + 1) - at(list, open) < AFTER_S; i++)
		;
	*end = i + 1;
	return true;
}

static void show_moment(struct baton_writer *w, json_object *moment, double zero)
{
	double t = baton_json_real(moment, "t");
	uint64_t node = baton_json_number(moment, "node");

	baton_write_object(w, NULL);
	baton_write_words(w, "%+10.3f s  node %-4llu %-16s %s", t - zero,
			  (unsigned long long)node, baton_json_string(moment, "event", "?"),
			  baton_json_string(moment, "detail", ""));
	baton_write_real(w, "time", NULL, t);
	baton_write_real(w, "after_ms", NULL, (t - zero) * 1000);
	baton_write_number(w, "node", NULL, node);
	baton_write_string(w, "event", NULL, baton_json_string(moment, "event", ""));
	baton_write_string(w, "detail", NULL, baton_json_string(moment, "detail", ""));
	baton_write_end(w);
}

static void show_head(struct baton_writer *w, json_object *reply, double zero, bool failover)
{
	double error_ms = baton_json_real(reply, "error_usec") / 1000;
	time_t seconds = (time_t)zero;
	char text[40] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%F %T", &tm);
	baton_write_words(w, "%s %s.%03u", failover ? "last change of the active node:" :
			  "everything noted, from", text,
			  (unsigned int)((zero - (double)seconds) * 1000));
	if (baton_json_bool(reply, "peer_answered"))
		baton_write_line(w, "both nodes, their clocks aligned to %.3f ms", error_ms);
	else
		baton_write_line(w, "this node alone: the peer's agent did not answer");
	baton_write_bool(w, "failover", NULL, failover);
	baton_write_bool(w, "peer_answered", NULL, baton_json_bool(reply, "peer_answered"));
	baton_write_real(w, "clock_error_ms", NULL, error_ms);
	baton_write_real(w, "zero", NULL, zero);
}

void baton_show_timeline(struct baton_writer *w, json_object *reply, bool all)
{
	json_object *events = baton_json_list(reply, "events");
	size_t count = events ? json_object_array_length(events) : 0, first = 0, end = count;
	json_object **list = calloc(count + 1, sizeof(*list));
	bool failover;

	for (size_t i = 0; list && i < count; i++)
		list[i] = json_object_array_get_idx(events, i);
	if (!list)
		end = 0;
	else if (count)
		qsort(list, count, sizeof(*list), compare);
	failover = list && !all && find_last(list, count, &first, &end);
	baton_write_object(w, NULL);
	show_head(w, reply, end > first ? at(list, first) : 0, failover);
	baton_write_array(w, "events");
	for (size_t i = first; i < end; i++)
		show_moment(w, list[i], at(list, first));
	baton_write_end(w);
	baton_write_end(w);
	free(list);
}
