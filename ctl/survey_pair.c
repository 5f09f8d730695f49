// SPDX-License-Identifier: GPL-2.0-or-later
/* A survey of this pair: the kernel here is asked directly, the one of the other node by way of both agents. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "json_field.h"
#include "sample.h"
#include "survey.h"
#include "tool.h"

#define ANSWER_MS	2000
#define REST_MS		300
#define BODY		(BATON_MATCH_MAX * BATON_SAMPLE_SIZE)

struct pair {
	struct baton_nl *nl;
	bool active;			/* this node is */
	char *err;
	size_t err_size;
};

/* What the other node's agent answers; NULL: p->err says why not. Takes @request. */
static json_object *ask(struct pair *p, json_object *request)
{
	json_object *reply = NULL;

	return baton_tool_try("baton-ha", request, ANSWER_MS, &reply, p->err, p->err_size) ? NULL : reply;
}

/* An exit status. */
static int own(struct pair *p, int error)
{
	if (!error)
		return BATON_EXIT_OK;
	snprintf(p->err, p->err_size, "%s", baton_nl_error(p->nl));
	return BATON_EXIT_REFUSED;
}

static int broken(struct pair *p)
{
	snprintf(p->err, p->err_size, "the peer's answer is broken");
	return BATON_EXIT_REFUSED;
}

static int sample(void *arg, uint64_t *cursor, struct baton_conn_record *records, uint32_t *ret_count)
{
	json_object *request, *reply;
	struct pair *p = arg;
	uint8_t body[BODY];
	const char *text;
	size_t size = 0;
	bool good;

	if (p->active)
		return own(p, baton_nl_conn_sample(p->nl, cursor, records, ret_count));
	request = baton_tool_request("sample");
	baton_json_add_number(request, "cursor", (int64_t)*cursor);
	reply = ask(p, request);
	if (!reply)
		return BATON_EXIT_REFUSED;
	text = baton_json_string(reply, "connections", "?");
	good = !sodium_hex2bin(body, sizeof(body), text, strlen(text), NULL, &size, NULL) &&
	       size % BATON_SAMPLE_SIZE == 0;
	*cursor = baton_json_number(reply, "cursor");
	*ret_count = (uint32_t)(size / BATON_SAMPLE_SIZE);
	for (uint32_t i = 0; i < *ret_count && good; i++)
		good = baton_sample_get(body + i * BATON_SAMPLE_SIZE, &records[i]);
	json_object_put(reply);
	return good ? BATON_EXIT_OK : broken(p);
}

static int match(void *arg, bool active, const struct baton_conn_record *records, uint32_t count,
		 uint8_t *matches)
{
	json_object *request, *reply, *list;
	char text[2 * BODY + 1];
	struct pair *p = arg;
	uint8_t body[BODY];
	bool good;

	if (active == p->active)
		return own(p, baton_nl_conn_match(p->nl, records, count, matches));
	for (uint32_t i = 0; i < count; i++)
		baton_sample_put(body + i * BATON_SAMPLE_SIZE, &records[i]);
	request = baton_tool_request("match");
	baton_json_add_string(request, "connections",
			      sodium_bin2hex(text, sizeof(text), body, count * BATON_SAMPLE_SIZE));
	reply = ask(p, request);
	if (!reply)
		return BATON_EXIT_REFUSED;
	list = baton_json_list(reply, "matches");
	good = list && json_object_array_length(list) == count;
	for (uint32_t i = 0; i < count && good; i++)
		matches[i] = (uint8_t)json_object_get_int(json_object_array_get_idx(list, i));
	json_object_put(reply);
	return good ? BATON_EXIT_OK : broken(p);
}

static void rest(void *arg)
{
	struct timespec ts = { .tv_nsec = REST_MS * 1000000L };

	(void)arg;
	nanosleep(&ts, NULL);
}

static uint64_t somewhere(void *arg)
{
	(void)arg;
	return randombytes_random();
}

int baton_survey_pair(bool active, struct baton_survey *ret, char *err, size_t err_size)
{
	static const struct baton_survey_ops ops = {
		.sample = sample, .match = match, .rest = rest, .random = somewhere,
	};
	struct pair p = { .active = active, .err = err, .err_size = err_size };
	struct baton_info info;
	int status;

	if (baton_nl_open(&p.nl, err, err_size))
		return BATON_EXIT_REFUSED;
	status = own(&p, baton_nl_info(p.nl, &info));
	/* the standby's number is not the active's, but tells a small table from a large one */
	if (!status)
		status = baton_survey_take(&ops, &p, info.conn_count, ret);
	baton_nl_close(p.nl);
	return status;
}
