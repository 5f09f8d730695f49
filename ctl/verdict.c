// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json_field.h"
#include "names.h"

#define LOST_OF		1000	/* one of so many may be lost for no good reason */
#define MOVING_OF	20	/* one of so many may be on its way */
#define MOVING_MIN	32	/* as may so many of few */
#define KEPT_OF		100	/* below so many connections a share says nothing */

const char *baton_level_name(enum baton_level level)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	return names[level];
}

static void add(struct baton_verdict *v, enum baton_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void add(struct baton_verdict *v, enum baton_level level, const char *fmt, ...)
{
	struct baton_problem *p;
	va_list ap;

	if (level > v->level)
		v->level = level;
	if (v->count == BATON_PROBLEMS_MAX)
		return;
	p = &v->problem[v->count++];
	p->level = level;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
	/* What a daemon says stays one line, and without the bar that begins the numbers. */
	for (char *c = p->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '|')
			*c = ' ';
}

static bool says(json_object *from, const char *member, const char *word)
{
	return !strcmp(baton_json_string(from, member, ""), word);
}

static void judge_addresses(json_object *ha, struct baton_verdict *v)
{
	json_object *list = baton_json_list(ha, "vips"), *vip;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		vip = json_object_array_get_idx(list, i);
		if (!baton_json_bool(vip, "present"))
			add(v, BATON_LEVEL_CRITICAL, "%s is not on %s", baton_json_string(vip, "address", "?"),
			    baton_json_string(vip, "interface", "?"));
	}
}

static bool is_busy(json_object *peer)
{
	return says(peer, "state", "ACTIVE") || says(peer, "state", "PROMOTING") ||
	       says(peer, "state", "HANDOVER_OUT");
}

static void judge_active(const struct baton_status *s, struct baton_verdict *v)
{
	json_object *peer = baton_json_get(s->ha, "peer");

	if (s->info.gate.role != BATON_ROLE_ACTIVE || s->info.gate.state != BATON_GATE_OPEN)
		add(v, BATON_LEVEL_CRITICAL, "the agent has the role, but the kernel's gate is %s",
		    baton_gate_state_name(s->info.gate.state));
	judge_addresses(s->ha, v);
	if (says(peer, "state", "ACTIVE"))
		add(v, BATON_LEVEL_CRITICAL, "the peer says that it is active, too");
	else if (!baton_json_bool(peer, "present"))
		add(v, BATON_LEVEL_WARNING, "there is no standby: the peer's agent is not there");
	else if (!baton_json_bool(peer, "healthy"))
		add(v, BATON_LEVEL_WARNING, "the peer is not fit to take over (%s)",
		    baton_json_string(peer, "state", "UNKNOWN"));
	else if (!says(peer, "state", "STANDBY") || !baton_json_bool(peer, "warm"))
		add(v, BATON_LEVEL_WARNING, "the standby is not warm (%s)",
		    baton_json_string(peer, "state", "UNKNOWN"));
	else if (baton_json_bool(peer, "failing"))
		add(v, BATON_LEVEL_WARNING, "a health check fails on the peer");
}

static void judge_checks(json_object *ha, struct baton_verdict *v)
{
	json_object *list = baton_json_list(ha, "checks"), *check;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		check = json_object_array_get_idx(list, i);
		if (says(check, "state", "fails"))
			add(v, BATON_LEVEL_WARNING, "the health check %s fails: %s",
			    baton_json_string(check, "name", "?"), baton_json_string(check, "why", ""));
	}
}

static void judge_standby(const struct baton_status *s, struct baton_verdict *v)
{
	json_object *peer = baton_json_get(s->ha, "peer");
	bool there = baton_json_bool(peer, "present");
	const char *why = baton_json_string(s->ha, "why_not", "");

	if (s->info.gate.state == BATON_GATE_OPEN)
		add(v, BATON_LEVEL_CRITICAL, "this node is not active, but its gate is open");
	if (!there || !is_busy(peer))
		add(v, BATON_LEVEL_CRITICAL, "nobody is active as far as this node knows: %s",
		    baton_json_string(s->ha, "reason", "unknown"));
	if (!baton_json_bool(s->ha, "promotable"))
		add(v, BATON_LEVEL_WARNING, "this node would not take over warm: %s", why);
}

/* The agent's word, and what the kernel does. */
static void judge_agent(const struct baton_status *s, struct baton_verdict *v)
{
	const char *state = baton_json_string(s->ha, "state", "UNKNOWN");

	if (says(s->ha, "role", "active"))
		judge_active(s, v);
	else if (strcmp(state, "PROMOTING") != 0 && strcmp(state, "DEMOTING") != 0 &&
		 strcmp(state, "HANDOVER_IN") != 0 && strcmp(state, "HANDOVER_OUT") != 0)
		judge_standby(s, v);
	else
		add(v, BATON_LEVEL_WARNING, "the role is changing (%s)", state);
	if (!baton_json_bool(s->ha, "cluster"))
		add(v, BATON_LEVEL_WARNING, "corosync is not reachable");
	else if (!baton_json_bool(s->ha, "quorate"))
		add(v, BATON_LEVEL_WARNING, "the cluster is not quorate");
	judge_checks(s->ha, v);
	if (says(s->ha, "fencing", "failed"))
		add(v, BATON_LEVEL_CRITICAL, "the peer could not be fenced");
}

/* Without an agent somebody else moves the gate, or nobody does. */
static void judge_alone(const struct baton_status *s, bool pair, struct baton_verdict *v)
{
	const struct baton_gate *g = &s->info.gate;
	json_object *peer = baton_json_get(s->syncd, "peer");

	if (pair)
		add(v, BATON_LEVEL_CRITICAL, "%s", s->ha_error);
	if (g->state == BATON_GATE_EXPIRED)
		add(v, BATON_LEVEL_CRITICAL, "the lease ran out, nothing is forwarded");
	else if (g->state != BATON_GATE_OPEN && !says(peer, "role", "active"))
		add(v, BATON_LEVEL_CRITICAL, "the gate is shut, and the peer is not heard as active");
}

void baton_kept_of(json_object *syncd, struct baton_kept *ret)
{
	json_object *reasons = baton_json_get(syncd, "lost_by_reason");
	uint64_t known;

	ret->all = baton_json_number(syncd, "connections");
	ret->survive = baton_json_number(syncd, "would_survive");
	ret->policy = baton_json_number(reasons, "policy");
	ret->moving = baton_json_number(reasons, "unsynced") + baton_json_number(reasons, "in_flight");
	known = ret->survive + ret->policy + ret->moving;
	ret->good = (known >= ret->all || (ret->all - known) * LOST_OF <= ret->all) &&
		    (ret->moving <= MOVING_MIN || ret->moving * MOVING_OF <= ret->all);
}

static void judge_table(const struct baton_status *s, bool pair, struct baton_verdict *v)
{
	json_object *peer = baton_json_get(s->syncd, "peer");
	json_object *equal = baton_json_get(peer, "config_equal");
	struct baton_kept kept;

	if (!s->syncd) {
		if (pair)
			add(v, BATON_LEVEL_WARNING, "%s", s->syncd_error);
		return;
	}
	baton_kept_of(s->syncd, &kept);
	if (!baton_json_bool(peer, "present"))
		add(v, BATON_LEVEL_WARNING, "the peer's baton-syncd is not heard");
	else if (equal && !json_object_get_boolean(equal))
		add(v, BATON_LEVEL_WARNING, "the peer has other services or servers");
	else if (!baton_json_bool(s->syncd, "warm"))
		add(v, BATON_LEVEL_WARNING, "the tables are not proven equal");
	else if (kept.all >= KEPT_OF && !kept.good)
		add(v, BATON_LEVEL_WARNING, "only %llu of %llu connections would survive a failover",
		    (unsigned long long)kept.survive, (unsigned long long)kept.all);
}

void baton_verdict_of(const struct baton_status *s, bool pair, struct baton_verdict *ret)
{
	*ret = (struct baton_verdict){ .level = BATON_LEVEL_OK };
	if (s->ha)
		judge_agent(s, ret);
	else
		judge_alone(s, pair, ret);
	judge_table(s, pair, ret);
}

/* The gravest first: whoever reads it on a telephone reads the beginning. */
static void put_problems(FILE *out, const struct baton_verdict *v)
{
	const char *mark = ":";

	for (enum baton_level level = BATON_LEVEL_UNKNOWN; level > BATON_LEVEL_OK; level--)
		for (size_t i = 0; i < v->count; i++) {
			if (v->problem[i].level != level)
				continue;
			fprintf(out, "%s %s", mark, v->problem[i].text);
			mark = ";";
		}
}

static void put_good(FILE *out, const struct baton_status *s)
{
	unsigned long long peer = baton_json_number(baton_json_get(s->ha, "peer"), "nodeid");

	if (!s->ha)
		fprintf(out, ": the gate is %s, no agent runs", baton_gate_state_name(s->info.gate.state));
	else if (says(s->ha, "role", "active"))
		fprintf(out, ": this node is active, node %llu is a warm standby", peer);
	else
		fprintf(out, ": this node is a warm standby, node %llu is active", peer);
}

/* free(); NULL: no memory */
static char *sentence(const struct baton_status *s, const struct baton_verdict *v)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "BATON %s", baton_level_name(v->level));
	if (v->count)
		put_problems(out, v);
	else
		put_good(out, s);
	return fclose(out) ? NULL : text;
}

void baton_show_verdict(struct baton_writer *w, const struct baton_status *s,
			const struct baton_verdict *v)
{
	uint64_t all = s->syncd ? baton_json_number(s->syncd, "connections") : s->info.conn_count;
	char *text = sentence(s, v);

	baton_write_object(w, NULL);
	baton_write_string(w, "status", NULL, baton_level_name(v->level));
	baton_write_number(w, "code", NULL, v->level);
	baton_write_string(w, "text", "", text ? text : "BATON UNKNOWN: no memory");
	baton_write_words(w, "| active=%d connections=%llu survivors=%llu epoch=%u",
			  s->info.gate.role == BATON_ROLE_ACTIVE, (unsigned long long)all,
			  (unsigned long long)baton_json_number(s->syncd, "would_survive"),
			  s->info.gate.epoch);
	baton_write_array(w, "problems");
	for (size_t i = 0; i < v->count; i++) {
		baton_write_object(w, NULL);
		baton_write_string(w, "level", NULL, baton_level_name(v->problem[i].level));
		baton_write_string(w, "text", NULL, v->problem[i].text);
		baton_write_end(w);
	}
	baton_write_end(w);
	baton_write_end(w);
	free(text);
}
