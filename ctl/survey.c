// SPDX-License-Identifier: GPL-2.0-or-later
#include "survey.h"

#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "json_field.h"
#include "model.h"

#define PLACES		(BATON_SURVEY_MAX / BATON_MATCH_MAX)
#define LOOKS		3	/* again, at what is not as it should be */

static const struct {
	const char *member, *words;
} met[__BATON_MATCH_MAX] = {
	[BATON_MATCH_SAME] = { "would_survive", "would go on" },
	[BATON_MATCH_OTHER] = { "other_server", "with another server or method there" },
	[BATON_MATCH_NONE] = { "unsynced", "not known there" },
	[BATON_MATCH_NO_SERVICE] = { "unknown_service", "of a service that is unknown there" },
	[BATON_MATCH_NO_SERVER] = { "unknown_server", "of a server that is unknown there" },
	[BATON_MATCH_INVALID] = { "not_understood", "not understood there" },
};

/* Those whose lookup was not as it should be; every one of them counts in the end. */
struct doubtful {
	struct baton_conn_record record[BATON_SURVEY_MAX];
	uint8_t met[BATON_SURVEY_MAX];
	uint32_t count;
};

static int match(const struct baton_survey_ops *ops, void *arg, bool active,
		 const struct baton_conn_record *records, uint32_t count, uint8_t *matches)
{
	int status = 0;

	for (uint32_t i = 0; i < count && !status; i += BATON_MATCH_MAX)
		status = ops->match(arg, active, records + i,
				    count - i < BATON_MATCH_MAX ? count - i : BATON_MATCH_MAX, matches + i);
	for (uint32_t i = 0; i < count && !status; i++)
		if (matches[i] >= __BATON_MATCH_MAX)
			matches[i] = BATON_MATCH_INVALID;
	return status;
}

static void judge(struct baton_survey *s, struct doubtful *d, const struct baton_conn_record *r, uint8_t what)
{
	if (what == BATON_MATCH_SAME) {
		s->met[what]++;
	} else if (what != BATON_MATCH_OTHER && r->flags & BATON_CONN_F_LEFT_OUT) {
		s->left_out++;
	} else {
		d->record[d->count] = *r;
		d->met[d->count++] = what;
	}
}

static int look(const struct baton_survey_ops *ops, void *arg, uint64_t *cursor, struct baton_survey *s,
		struct doubtful *d)
{
	struct baton_conn_record records[BATON_MATCH_MAX];
	uint8_t matches[BATON_MATCH_MAX];
	uint32_t count, room = BATON_SURVEY_MAX - s->asked;
	int status = ops->sample(arg, cursor, records, &count);

	if (status)
		return status;
	if (count > room)
		count = room;
	status = match(ops, arg, false, records, count, matches);
	for (uint32_t i = 0; i < count && !status; i++)
		judge(s, d, &records[i], matches[i]);
	s->asked += count;
	return status;
}

/* One more look at the doubtful ones. */
static int look_again(const struct baton_survey_ops *ops, void *arg, struct baton_survey *s, struct doubtful *d)
{
	uint8_t here[BATON_SURVEY_MAX], there[BATON_SURVEY_MAX];
	uint32_t count = d->count;
	int status;

	/* there first: what ends in between is found to have ended */
	status = match(ops, arg, false, d->record, count, there);
	if (!status)
		status = match(ops, arg, true, d->record, count, here);
	if (status)
		return status;
	d->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (here[i] == BATON_MATCH_SAME) {
			judge(s, d, &d->record[i], there[i]);
			continue;
		}
		s->ended++;
		s->asked--;
	}
	return 0;
}

static void settle(struct baton_survey *s, const struct doubtful *d)
{
	for (uint32_t i = 0; i < d->count; i++) {
		s->met[d->met[i]]++;
		if (s->examples == BATON_SURVEY_EXAMPLES)
			continue;
		s->example[s->examples] = d->record[i];
		s->example_met[s->examples++] = d->met[i];
	}
}

int baton_survey_take(const struct baton_survey_ops *ops, void *arg, uint32_t connections,
		      struct baton_survey *ret)
{
	struct doubtful d = { .count = 0 };
	uint64_t cursor = 0;
	int status = 0;

	memset(ret, 0, sizeof(*ret));
	if (connections <= BATON_SURVEY_MAX) {
		do
			status = look(ops, arg, &cursor, ret, &d);
		while (!status && cursor && ret->asked < BATON_SURVEY_MAX);
	} else {
		for (unsigned int i = 0; i < PLACES && !status; i++) {
			cursor = ops->random(arg);
			status = look(ops, arg, &cursor, ret, &d);
		}
	}
	for (unsigned int i = 0; i < LOOKS && d.count && !status; i++) {
		ops->rest(arg);
		status = look_again(ops, arg, ret, &d);
	}
	if (!status)
		settle(ret, &d);
	return status;
}

bool baton_survey_good(const struct baton_survey *s)
{
	return s->met[BATON_MATCH_SAME] + s->left_out == s->asked;
}

static json_object *example(const struct baton_conn_record *r, uint8_t what)
{
	char client[BATON_ENDPOINT_TEXT], virtual[BATON_ENDPOINT_TEXT], server[BATON_ENDPOINT_TEXT], protocol[16];
	json_object *o = json_object_new_object();

	baton_endpoint_format(r->family, &r->caddr, r->cport, client, sizeof(client));
	baton_endpoint_format(r->family, &r->vaddr, r->vport, virtual, sizeof(virtual));
	baton_endpoint_format(baton_conn_server_family(r), &r->daddr, r->dport, server, sizeof(server));
	baton_json_add_string(o, "reason", met[what].member);
	baton_json_add_string(o, "protocol", baton_protocol_format(r->protocol, protocol, sizeof(protocol)));
	baton_json_add_string(o, "client", client);
	baton_json_add_string(o, "virtual", virtual);
	baton_json_add_string(o, "server", server);
	return o;
}

json_object *baton_survey_json(const struct baton_survey *s)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	baton_json_add_number(o, "asked", s->asked);
	for (unsigned int i = 0; i < __BATON_MATCH_MAX; i++)
		baton_json_add_number(o, met[i].member, s->met[i]);
	baton_json_add_number(o, "policy", s->left_out);
	baton_json_add_number(o, "ended", s->ended);
	for (uint32_t i = 0; i < s->examples; i++)
		json_object_array_add(list, example(&s->example[i], s->example_met[i]));
	json_object_object_add(o, "examples", list);
	return o;
}

const char *baton_survey_words(const struct baton_survey *s, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%u of %u connections that were looked up in the standby's table would go on",
			 s->met[BATON_MATCH_SAME], s->asked);

	for (unsigned int i = BATON_MATCH_SAME + 1; i < __BATON_MATCH_MAX && n > 0 && (size_t)n < size; i++)
		if (s->met[i])
			n += snprintf(buf + n, size - (size_t)n, "; %u %s", s->met[i], met[i].words);
	if (s->left_out && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, "; %u left out by policy", s->left_out);
	return buf;
}
