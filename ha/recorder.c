// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "timeline" on the control socket: what happened here and at the peer, on one axis. The peer's agent is
 * asked over the group when somebody wants to know, not before; where it does not answer soon, what
 * happened here is all there is. Distances are those of CLOCK_MONOTONIC, which nobody sets; the answer
 * itself tells how the two clocks stand to each other.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "agent.h"
#include "control.h"
#include "record.h"

#define PATIENCE_MS	1000

struct baton_ha_recorder {
	struct baton_ha_agent *agent;
	struct baton_control_client *asker;	/* waits; NULL: nobody */
	sd_event_source *limit;
	uint64_t asked;				/* usec: names the question */
};

/*
 * @mono: on our own clock; before its zero for an earlier boot, and whatever the peer pleases, so it wraps. What a
 * clock on the wall here would have shown, had it never been set since.
 */
static void add_moment(json_object *list, uint32_t node, uint64_t mono,
		       const struct baton_ha_moment *m)
{
	int64_t wall = (int64_t)(baton_ha_usec(CLOCK_REALTIME) - baton_ha_usec(CLOCK_MONOTONIC) + mono);
	json_object *o = json_object_new_object();
	char text[32];

	/* The text is kept: a double alone would print 17 digits of it. */
	snprintf(text, sizeof(text), "%lld.%06lld", (long long)wall / 1000000,
		 (long long)(wall < 0 ? 0 : wall % 1000000));
	json_object_object_add(o, "t", json_object_new_double_s((double)wall / 1e6, text));
	json_object_object_add(o, "node", json_object_new_int64(node));
	json_object_object_add(o, "event", json_object_new_string(m->event));
	json_object_object_add(o, "detail", json_object_new_string(m->detail));
	json_object_array_add(list, o);
}

static uint32_t own_id(const struct baton_ha_recorder *r)
{
	return r->agent->ha.cluster.nodeid;
}

/* @given: NULL when the peer said nothing. */
static void answer(struct baton_ha_recorder *r, const struct baton_ha_record *given,
		   const struct baton_ha_offset *offset)
{
	const struct baton_ha_timeline *t = r->agent->timeline;
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	struct baton_control_client *asker = r->asker;
	struct baton_ha_moment m;

	r->asker = NULL;
	sd_event_source_set_enabled(r->limit, SD_EVENT_OFF);
	for (unsigned int i = 0; i < t->count; i++) {
		const struct baton_ha_moment *own = baton_ha_timeline_get(t, i);

		add_moment(list, own_id(r), own->mono, own);
	}
	for (unsigned int i = 0; given && i < given->count; i++) {
		baton_ha_record_moment(given, i, &m);
		add_moment(list, r->agent->ha.peer.nodeid, m.mono - (uint64_t)offset->usec, &m);
	}
	json_object_object_add(o, "nodeid", json_object_new_int64(own_id(r)));
	json_object_object_add(o, "peer", json_object_new_int64(r->agent->ha.peer.nodeid));
	json_object_object_add(o, "peer_answered", json_object_new_boolean(given != NULL));
	json_object_object_add(o, "error_usec", json_object_new_int64(given ? offset->error : 0));
	json_object_object_add(o, "events", list);
	baton_control_reply(asker, o);
}

static int on_limit(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_recorder *r = arg;

	(void)source;
	(void)usec;
	if (r->asker)
		answer(r, NULL, NULL);
	return 0;
}

void baton_ha_recorder_ask(struct baton_ha_recorder *r, struct baton_control_client *client)
{
	struct baton_ha_record question = { .kind = BATON_HA_RECORD_ASKED };
	uint8_t buf[BATON_HA_RECORD_MAX];
	size_t size;

	if (r->asker) {
		baton_control_fail(client, EBUSY, "the peer is being asked already: try again");
		return;
	}
	r->asker = client;
	r->asked = baton_ha_usec(CLOCK_MONOTONIC);
	question.asked = r->asked;
	question.target = r->agent->ha.peer.nodeid;
	size = baton_ha_record_encode(&question, NULL, buf);
	if (!r->agent->ha.peer.in_group ||
	    baton_ha_corosync_send_record(r->agent->corosync, buf, size)) {
		answer(r, NULL, NULL);
		return;
	}
	sd_event_source_set_time_relative(r->limit, PATIENCE_MS * 1000);
	sd_event_source_set_enabled(r->limit, SD_EVENT_ONESHOT);
}

void baton_ha_recorder_forget(struct baton_ha_recorder *r, struct baton_control_client *client)
{
	if (r->asker == client)
		r->asker = NULL;
}

static void give(struct baton_ha_recorder *r, const struct baton_ha_record *question, uint64_t came)
{
	struct baton_ha_record given = { .kind = BATON_HA_RECORD_GIVEN, .asked = question->asked,
		.heard = came, .target = r->agent->ha.peer.nodeid };
	uint8_t buf[BATON_HA_RECORD_MAX];
	size_t size;

	given.given = baton_ha_usec(CLOCK_MONOTONIC);
	size = baton_ha_record_encode(&given, r->agent->timeline, buf);
	(void)!baton_ha_corosync_send_record(r->agent->corosync, buf, size);
}

void baton_ha_recorder_hear(struct baton_ha_recorder *r, const void *data, size_t size)
{
	uint64_t came = baton_ha_usec(CLOCK_MONOTONIC);
	struct baton_ha_offset offset;
	struct baton_ha_record record;

	if (baton_ha_record_decode(data, size, &record) || record.target != own_id(r))
		return;
	if (record.kind == BATON_HA_RECORD_ASKED)
		give(r, &record, came);
	else if (r->asker && record.asked == r->asked &&
		 baton_ha_record_offset(&record, came, &offset))
		answer(r, &record, &offset);
}

int baton_ha_recorder_new(struct baton_ha_recorder **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_recorder *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	r->agent = agent;
	error = sd_event_add_time(agent->event, &r->limit, CLOCK_MONOTONIC, UINT64_MAX, 1000,
				  on_limit, r);
	if (error < 0) {
		free(r);
		return error;
	}
	sd_event_source_set_enabled(r->limit, SD_EVENT_OFF);
	*ret = r;
	return 0;
}

void baton_ha_recorder_free(struct baton_ha_recorder *r)
{
	if (!r)
		return;
	sd_event_source_disable_unref(r->limit);
	free(r);
}
