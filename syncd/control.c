// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket: status, watch, flush, resync, reload. */
#include <errno.h>
#include <stdlib.h>

#include "syncd.h"

#define CLIENTS		16
#define PUSH_INTERVAL	50000ull	/* microseconds between two lines to those who watch */
#define COUNT_INTERVAL	1000000ull	/* ... when only numbers have changed */
#define FLUSH_MAX_MS	60000
#define FLUSH_DEFAULT_MS	2000

struct client {
	struct baton_control_client *client;	/* NULL: free */
	bool watches;
	uint64_t flush_until;			/* 0: does not wait for a flush */
};

/* What a watcher is told of when it changes. */
struct face {
	uint8_t role, peer_role;
	uint32_t epoch, peer_epoch;
	bool warm, present, quiet;
	uint32_t connections, survive;
};

static bool face_same(const struct face *a, const struct face *b)
{
	return a->role == b->role && a->epoch == b->epoch && a->warm == b->warm && a->present == b->present && a->quiet == b->quiet &&
	       a->peer_role == b->peer_role && a->peer_epoch == b->peer_epoch;
}

static bool numbers_same(const struct face *a, const struct face *b)
{
	return a->connections == b->connections && a->survive == b->survive;
}

struct syncd_control {
	struct syncd *daemon;
	struct baton_control *control;
	sd_event_source *timer;
	struct client client[CLIENTS];
	struct face told;
	uint64_t pushed_at;
	unsigned int watchers, flushes;
};

static struct client *find(struct syncd_control *c, struct baton_control_client *client)
{
	for (unsigned int i = 0; i < CLIENTS; i++)
		if (c->client[i].client == client)
			return &c->client[i];
	return NULL;
}

static struct client *find_or_add(struct syncd_control *c, struct baton_control_client *client)
{
	struct client *entry = find(c, client);

	if (entry)
		return entry;
	entry = find(c, NULL);
	if (entry)
		entry->client = client;
	return entry;
}

static void count(struct syncd_control *c)
{
	c->watchers = c->flushes = 0;
	for (unsigned int i = 0; i < CLIENTS; i++) {
		c->watchers += c->client[i].watches;
		c->flushes += c->client[i].flush_until != 0;
		if (!c->client[i].watches && !c->client[i].flush_until)
			c->client[i].client = NULL;
	}
}

static void arm(struct syncd_control *c, uint64_t at)
{
	uint64_t due = at;

	for (unsigned int i = 0; i < CLIENTS; i++)
		if (c->client[i].flush_until && (!due || c->client[i].flush_until < due))
			due = c->client[i].flush_until;
	if (!due) {
		sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(c->timer, due);
	sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
}

static void flush(struct syncd_control *c, struct baton_control_client *client,
		  json_object *request)
{
	struct baton_input in = { .type = BATON_IN_FLUSH, .flush = { .prove = true } };
	struct baton_engine_status st;
	int64_t ms = FLUSH_DEFAULT_MS, release = 0;
	struct client *entry;
	json_object *v;

	if (json_object_object_get_ex(request, "timeout_ms", &v))
		ms = json_object_get_int64(v);
	if (json_object_object_get_ex(request, "prove", &v))
		in.flush.prove = json_object_get_boolean(v);
	if (json_object_object_get_ex(request, "release", &v))
		release = json_object_get_int64(v);
	if (release < 0 || release > BATON_EPOCH_MAX) {
		baton_control_fail(client, EINVAL, "release must be an epoch, 1 to %u", BATON_EPOCH_MAX);
		return;
	}
	in.flush.release = (uint32_t)release;
	if (ms < 1 || ms > FLUSH_MAX_MS) {
		baton_control_fail(client, EINVAL, "timeout_ms must be 1 to %d", FLUSH_MAX_MS);
		return;
	}
	baton_engine_status(c->daemon->engine, baton_syncd_now(), &st);
	if (st.source && !st.peers) {
		baton_control_fail(client, ENOTCONN,
				   "no peer is heard, so nobody could acknowledge");
		return;
	}
	entry = find_or_add(c, client);
	if (!entry) {
		baton_control_fail(client, EBUSY, "too many clients wait already");
		return;
	}
	entry->flush_until = baton_syncd_now() + (uint64_t)ms * 1000;
	count(c);
	arm(c, 0);
	baton_syncd_feed(c->daemon, &in);
}

static void watch(struct syncd_control *c, struct baton_control_client *client)
{
	struct client *entry = find_or_add(c, client);

	if (!entry) {
		baton_control_fail(client, EBUSY, "too many clients watch already");
		return;
	}
	entry->watches = true;
	count(c);
	baton_control_reply(client, baton_syncd_status_json(c->daemon));
}

static void reload(struct syncd_control *c, struct baton_control_client *client)
{
	char err[512];
	int error = baton_syncd_reload(c->daemon, err, sizeof(err));

	if (error)
		baton_control_fail(client, -error, "%s", err);
	else
		baton_control_reply(client, baton_syncd_keys_json(c->daemon));
}

static void on_command(struct baton_control_client *client, const char *command,
		       json_object *request, void *arg)
{
	struct baton_input resync = { .type = BATON_IN_RESYNC };
	struct syncd_control *c = arg;

	if (!strcmp(command, "status")) {
		baton_control_reply(client, baton_syncd_status_json(c->daemon));
	} else if (!strcmp(command, "watch")) {
		watch(c, client);
	} else if (!strcmp(command, "flush")) {
		flush(c, client, request);
	} else if (!strcmp(command, "resync")) {
		baton_syncd_feed(c->daemon, &resync);
		baton_control_reply(client, json_object_new_object());
	} else if (!strcmp(command, "reload")) {
		reload(c, client);
	} else {
		baton_control_fail(client, EINVAL,
				   "unknown command; there are status, watch, flush, resync and reload");
	}
}

static void on_gone(struct baton_control_client *client, void *arg)
{
	struct client *entry = find(arg, client);

	if (!entry)
		return;
	*entry = (struct client){ 0 };
	count(arg);
}

void baton_syncd_control_flushed(struct syncd_control *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < CLIENTS && c->flushes; i++) {
		struct client *entry = &c->client[i];

		if (!entry->flush_until)
			continue;
		entry->flush_until = 0;
		baton_control_reply(entry->client, json_object_new_object());
	}
	count(c);
	arm(c, 0);
}

void baton_syncd_control_released(struct syncd_control *c, uint32_t epoch)
{
	for (unsigned int i = 0; c && i < CLIENTS; i++) {
		json_object *o;

		if (!c->client[i].watches)
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "released", json_object_new_int64(epoch));
		baton_control_push(c->client[i].client, o);
	}
}

static void push(struct syncd_control *c, const struct baton_engine_status *st)
{
	for (unsigned int i = 0; i < CLIENTS; i++)
		if (c->client[i].watches)
			baton_control_push(c->client[i].client, baton_syncd_change_json(st));
}

void baton_syncd_control_changed(struct syncd_control *c)
{
	struct baton_engine_status st;
	uint64_t now = baton_syncd_now();
	struct face f;

	if (!c || !c->watchers || !c->daemon->engine)
		return;
	baton_engine_status(c->daemon->engine, now, &st);
	f = (struct face){
		.role = st.role,
		.epoch = st.epoch,
		.warm = st.warm,
		.present = st.peers != 0,
		.quiet = st.peer_quiet,
		.peer_role = st.peer_role,
		.peer_epoch = st.peer_epoch,
		.connections = st.connections,
		.survive = st.would_survive,
	};
	if (face_same(&f, &c->told) &&
	    (numbers_same(&f, &c->told) || now - c->pushed_at < COUNT_INTERVAL))
		return;
	if (now - c->pushed_at < PUSH_INTERVAL) {
		arm(c, c->pushed_at + PUSH_INTERVAL);
		return;
	}
	c->told = f;
	c->pushed_at = now;
	push(c, &st);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *arg)
{
	struct syncd_control *c = arg;
	uint64_t now = baton_syncd_now();

	(void)s;
	(void)usec;
	for (unsigned int i = 0; i < CLIENTS; i++) {
		struct client *entry = &c->client[i];

		if (!entry->flush_until || entry->flush_until > now)
			continue;
		entry->flush_until = 0;
		baton_control_fail(entry->client, ETIMEDOUT,
				   "the peer has not proven to have everything in time");
	}
	count(c);
	arm(c, 0);
	baton_syncd_control_changed(c);
	return 0;
}

int baton_syncd_control_open(struct syncd_control **ret, struct syncd *d, const char *path)
{
	struct syncd_control *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->daemon = d;
	err = sd_event_add_time(d->event, &c->timer, CLOCK_MONOTONIC, UINT64_MAX, 1, on_timer, c);
	if (err >= 0)
		err = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	if (err >= 0)
		err = baton_control_listen(&c->control, d->event, path, on_command, on_gone, c);
	if (err < 0) {
		baton_syncd_control_close(c);
		return err;
	}
	*ret = c;
	return 0;
}

void baton_syncd_control_close(struct syncd_control *c)
{
	if (!c)
		return;
	if (c->control)
		baton_control_close(c->control);
	sd_event_source_disable_unref(c->timer);
	free(c);
}
