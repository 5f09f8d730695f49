// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "sample" and "match" on the control socket: a rehearsal's questions, handed on to the other agent, which asks its
 * kernel and answers. They are the tool's; nothing here looks into them, and nothing is decided by them. The
 * connections are in hexadecimal digits, as the wire has them (ctl/lib/sample.h).
 */
#include <errno.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "agent.h"
#include "control.h"
#include "enquiry.h"
#include "json_field.h"

#define PATIENCE_MS	1000

struct baton_ha_enquirer {
	struct baton_ha_agent *agent;
	struct baton_control_client *asker;	/* waits; NULL: nobody */
	sd_event_source *limit;
	uint64_t number;			/* of the last question: when it was asked, usec */
	enum baton_ha_enquiry_kind due;		/* what answers it */
};

static int tell(struct baton_ha_enquirer *e, struct baton_ha_enquiry *q)
{
	uint8_t buf[BATON_HA_ENQUIRY_MAX];
	size_t size;

	q->target = e->agent->ha.peer.nodeid;
	size = baton_ha_enquiry_encode(q, buf);
	return baton_ha_corosync_send_record(e->agent->corosync, buf, size);
}

/* Who waits is told, and waits no longer. */
static void answer(struct baton_ha_enquirer *e, json_object *reply)
{
	struct baton_control_client *asker = e->asker;

	e->asker = NULL;
	sd_event_source_set_enabled(e->limit, SD_EVENT_OFF);
	if (reply)
		baton_control_reply(asker, reply);
	else
		baton_control_fail(asker, ENOENT, "the kernel module of the peer could not be asked");
}

static int on_limit(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_enquirer *e = arg;

	(void)source;
	(void)usec;
	if (e->asker)
		baton_control_fail(e->asker, ETIMEDOUT,
				   "the peer's agent gave no answer: is it of an older release?");
	e->asker = NULL;
	return 0;
}

/* What @request asks for; false: it is refused already. */
static bool make(struct baton_control_client *client, json_object *request, struct baton_ha_enquiry *q,
		 uint8_t body[BATON_HA_ENQUIRY_BODY])
{
	const char *text = baton_json_string(request, "connections", "");
	size_t size = 0;

	q->cursor = baton_json_number(request, "cursor");
	if (q->kind != BATON_HA_MATCH_ASKED)
		return true;
	if (sodium_hex2bin(body, BATON_HA_ENQUIRY_BODY, text, strlen(text), NULL, &size, NULL) || !size ||
	    size % BATON_SAMPLE_SIZE) {
		baton_control_fail(client, EINVAL, "connections: 1 to %u, of %u bytes in hexadecimal digits each",
				   BATON_MATCH_MAX, BATON_SAMPLE_SIZE);
		return false;
	}
	q->body = body;
	q->count = (uint32_t)(size / BATON_SAMPLE_SIZE);
	return true;
}

void baton_ha_enquirer_ask(struct baton_ha_enquirer *e, struct baton_control_client *client,
			   json_object *request, bool match)
{
	struct baton_ha_enquiry q = { .kind = match ? BATON_HA_MATCH_ASKED : BATON_HA_SAMPLE_ASKED };
	uint8_t body[BATON_HA_ENQUIRY_BODY];

	if (e->asker) {
		baton_control_fail(client, EBUSY, "the peer is being asked already: try again");
		return;
	}
	if (!make(client, request, &q, body))
		return;
	e->number = q.number = baton_ha_usec(CLOCK_MONOTONIC);
	e->due = match ? BATON_HA_MATCH_GIVEN : BATON_HA_SAMPLE_GIVEN;
	if (!e->agent->ha.peer.in_group || tell(e, &q)) {
		baton_control_fail(client, ENOTCONN, "the peer's agent is not there");
		return;
	}
	e->asker = client;
	sd_event_source_set_time_relative(e->limit, PATIENCE_MS * 1000);
	sd_event_source_set_enabled(e->limit, SD_EVENT_ONESHOT);
}

void baton_ha_enquirer_forget(struct baton_ha_enquirer *e, struct baton_control_client *client)
{
	if (e->asker == client)
		e->asker = NULL;
}

/* --- the peer asks --- */

static void give_sample(struct baton_ha_enquirer *e, const struct baton_ha_enquiry *q)
{
	struct baton_ha_enquiry given = *q;
	struct baton_conn_record records[BATON_MATCH_MAX];
	uint8_t body[BATON_HA_ENQUIRY_BODY];

	given.kind = BATON_HA_SAMPLE_GIVEN;
	given.count = 0;
	given.failed = baton_ha_kernel_sample(e->agent->kernel, &given.cursor, records, &given.count);
	for (uint32_t i = 0; i < given.count; i++)
		baton_sample_put(body + i * BATON_SAMPLE_SIZE, &records[i]);
	given.body = body;
	(void)!tell(e, &given);
}

static void give_matches(struct baton_ha_enquirer *e, const struct baton_ha_enquiry *q)
{
	struct baton_ha_enquiry given = *q;
	struct baton_conn_record records[BATON_MATCH_MAX];
	uint8_t matches[BATON_MATCH_MAX];

	given.failed = !q->count;
	for (uint32_t i = 0; i < q->count; i++)
		if (!baton_sample_get(q->body + i * BATON_SAMPLE_SIZE, &records[i]))
			given.failed = true;
	given.failed = given.failed || baton_ha_kernel_match(e->agent->kernel, records, q->count, matches);
	if (given.failed)
		given.count = 0;
	given.kind = BATON_HA_MATCH_GIVEN;
	given.body = matches;
	(void)!tell(e, &given);
}

static json_object *words(const struct baton_ha_enquiry *q)
{
	size_t size = baton_ha_enquiry_size(q->kind, q->count);
	char text[2 * BATON_HA_ENQUIRY_BODY + 1];
	json_object *o = json_object_new_object(), *list;

	if (q->kind == BATON_HA_SAMPLE_GIVEN) {
		baton_json_add_number(o, "cursor", (int64_t)q->cursor);
		baton_json_add_string(o, "connections", sodium_bin2hex(text, sizeof(text), q->body, size));
		return o;
	}
	list = json_object_new_array();
	for (uint32_t i = 0; i < q->count; i++)
		json_object_array_add(list, json_object_new_int(q->body[i]));
	json_object_object_add(o, "matches", list);
	return o;
}

void baton_ha_enquirer_hear(struct baton_ha_enquirer *e, const void *data, size_t size)
{
	struct baton_ha_enquiry q;

	if (baton_ha_enquiry_decode(data, size, &q) || q.target != e->agent->ha.cluster.nodeid)
		return;
	if (q.kind == BATON_HA_SAMPLE_ASKED)
		give_sample(e, &q);
	else if (q.kind == BATON_HA_MATCH_ASKED)
		give_matches(e, &q);
	else if (e->asker && q.kind == e->due && q.number == e->number)
		answer(e, q.failed ? NULL : words(&q));
}

int baton_ha_enquirer_new(struct baton_ha_enquirer **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_enquirer *e = calloc(1, sizeof(*e));
	int error;

	if (!e)
		return -ENOMEM;
	e->agent = agent;
	error = sd_event_add_time(agent->event, &e->limit, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_limit, e);
	if (error < 0) {
		free(e);
		return error;
	}
	sd_event_source_set_enabled(e->limit, SD_EVENT_OFF);
	*ret = e;
	return 0;
}

void baton_ha_enquirer_free(struct baton_ha_enquirer *e)
{
	if (!e)
		return;
	sd_event_source_disable_unref(e->limit);
	free(e);
}
