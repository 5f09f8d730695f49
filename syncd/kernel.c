// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module: wake-ups and gate events in, kernel actions out. Wake-ups may be lost, so the
 * gate and the generation of the services are also looked at a few times a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "log.h"
#include "syncd.h"

#define LOOK_INTERVAL	250000ull	/* microseconds */
#define LOOKS_LOST	12		/* failures in a row after which only a restart can help */

struct syncd_kernel {
	struct syncd *daemon;
	struct baton_nl *nl;
	struct baton_nl_events *events;
	sd_event_source *io, *timer;
	bool known;			/* the next three are valid */
	uint8_t role;
	uint32_t epoch;
	uint32_t generation;
	unsigned int failures;
	struct baton_sync_batch batch;
	struct baton_sync_result result;
	struct baton_sync_digest digest;
};

static void gate(struct syncd_kernel *k, const struct baton_gate *g)
{
	struct baton_input in = {
		.type = BATON_IN_GATE, .gate = { .role = g->role, .epoch = g->epoch },
	};

	if (k->known && g->role == k->role && g->epoch == k->epoch)
		return;
	k->role = g->role;
	k->epoch = g->epoch;
	/* The journal may take its time, a handover does not. */
	baton_syncd_feed(k->daemon, &in);
	baton_log(LOG_INFO, "the gate is %s, epoch %u",
		  g->role == BATON_ROLE_ACTIVE ? "active" : "standby", g->epoch);
}

static uint64_t hash(const void *p, size_t n)
{
	static const uint8_t key[crypto_shorthash_KEYBYTES];
	uint64_t h;

	crypto_shorthash((uint8_t *)&h, p, n, key);
	return h;
}

/* States that every release knows; timeouts of later ones count where they are set. */
#define FIRST_STATES (BATON_STATE_TEMPLATE + 1)

/* None, as long as a service has none: a release without them computes the same then. */
static uint64_t settings(const struct baton_service *svc, const void *key, size_t key_size)
{
	static const uint32_t none[BATON_STATE_MAX + 1];
	const uint32_t *later = svc->timeouts + FIRST_STATES;
	struct {
		uint64_t key;
		uint32_t timeouts[FIRST_STATES];
		uint8_t persist_prefix;
		uint8_t by_call;
		__be16 port_last;
	} t;

	if (!svc->persist_prefix && !svc->key.port_last && !memcmp(svc->timeouts, none, sizeof(none)))
		return 0;
	memset(&t, 0, sizeof(t));
	t.key = hash(key, key_size);
	memcpy(t.timeouts, svc->timeouts, sizeof(t.timeouts));
	t.persist_prefix = svc->persist_prefix;
	t.by_call = !!(svc->flags & BATON_SERVICE_F_SIP);
	t.port_last = svc->key.port_last;
	if (memcmp(later, none, sizeof(none) - sizeof(t.timeouts)) != 0)
		t.key ^= hash(later, sizeof(none) - sizeof(t.timeouts));
	return hash(&t, sizeof(t));
}

/* Both nodes compute the same number for the same services and servers, in whatever order. */
static int fingerprint(struct syncd_kernel *k, uint64_t *ret)
{
	struct baton_service *svc;
	size_t services;
	uint64_t sum = 0;
	int err = baton_nl_service_list(k->nl, &svc, &services);

	for (size_t i = 0; !err && i < services; i++) {
		struct {
			union baton_addr vaddr, addr;
			__be16 vport, port;
			uint8_t family, protocol, server_family, method;
		} t;
		struct baton_server *server;
		size_t servers;

		memset(&t, 0, sizeof(t));
		t.vaddr = svc[i].key.addr;
		if (svc[i].key.mark)
			t.vaddr.v4 = htonl(svc[i].key.mark);
		t.vport = svc[i].key.port;
		t.family = svc[i].key.family;
		t.protocol = svc[i].key.protocol;
		sum += hash(&t, sizeof(t)) + settings(&svc[i], &t, sizeof(t));
		err = baton_nl_server_list(k->nl, &svc[i].key, &server, &servers);
		for (size_t j = 0; !err && j < servers; j++) {
			/* on its way out, maybe a little later on the other node */
			if (server[j].drain)
				continue;
			t.addr = server[j].addr;
			t.port = server[j].port;
			t.server_family = server[j].family;
			t.method = server[j].method;
			sum += hash(&t, sizeof(t));
		}
		if (!err)
			free(server);
		/* Gone since the list was made: the generation says so, and we come back. */
		if (err == -ENOENT)
			err = 0;
	}
	if (!err || services)
		free(svc);
	*ret = sum;
	return err;
}

static int tell_services(struct syncd_kernel *k)
{
	struct baton_input in = { .type = BATON_IN_SERVICES };
	char *text = NULL;
	int err = fingerprint(k, &in.services.fingerprint);

	if (!err)
		err = baton_syncd_services_text(k->nl, &text, &in.services.size);
	in.services.text = text;
	if (!err)
		baton_syncd_feed(k->daemon, &in);
	free(text);
	return err;
}

/*
 * Who stood still may find both another role and other services: what these mean depends on the role, and who has become active
 * adopts nothing. Only at the beginning the services come first, before anybody hears that there is a role here.
 */
static int look(struct syncd_kernel *k)
{
	struct baton_info info;
	int err = baton_nl_info(k->nl, &info);

	if (err)
		return err;
	if (k->known)
		gate(k, &info.gate);
	if (!k->known || info.generation != k->generation) {
		err = tell_services(k);
		if (err)
			return err;
		k->generation = info.generation;
	}
	if (!k->known)
		gate(k, &info.gate);
	k->known = true;
	return 0;
}

int baton_syncd_kernel_begin(struct syncd_kernel *k)
{
	k->known = false;
	return look(k);
}

static int on_look(sd_event_source *s, uint64_t usec, void *arg)
{
	struct syncd_kernel *k = arg;

	(void)usec;
	sd_event_source_set_time(s, baton_syncd_now() + LOOK_INTERVAL);
	if (!look(k)) {
		k->failures = 0;
	} else if (++k->failures == LOOKS_LOST) {
		baton_syncd_give_up(k->daemon, baton_nl_error(k->nl));
	}
	k->daemon->kernel_lost = k->failures > 1;
	return 0;
}

static void on_event(const struct baton_nl_event *ev, void *arg)
{
	struct baton_input wake = { .type = BATON_IN_WAKE };
	struct syncd_kernel *k = arg;

	switch (ev->type) {
	case BATON_NL_EVENT_WAKE:
		baton_syncd_feed(k->daemon, &wake);
		break;
	case BATON_NL_EVENT_GATE:
		gate(k, &ev->gate);
		break;
	case BATON_NL_EVENT_LOST:
		baton_syncd_feed(k->daemon, &wake);
		look(k);
		break;
	case BATON_NL_EVENT_SERVICE:
	case BATON_NL_EVENT_SERVER:
	case BATON_NL_EVENT_CONN:
	case BATON_NL_EVENT_PROBE:
		break;
	}
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *arg)
{
	struct syncd_kernel *k = arg;

	(void)s;
	(void)fd;
	(void)revents;
	baton_nl_events_dispatch(k->events);
	return 0;
}

int baton_syncd_kernel_open(struct syncd_kernel **ret, struct syncd *d, char *err, size_t size)
{
	struct syncd_kernel *k = calloc(1, sizeof(*k));
	int e;

	if (!k)
		return -ENOMEM;
	k->daemon = d;
	e = baton_nl_open(&k->nl, err, size);
	if (!e)
		e = baton_nl_events_open(&k->events, BATON_MCGRP_SYNC, on_event, k, err, size);
	if (!e) {
		snprintf(err, size, "cannot watch the kernel's events");
		e = sd_event_add_io(d->event, &k->io, baton_nl_events_fd(k->events), EPOLLIN,
				    on_readable, k);
	}
	if (e >= 0)
		e = sd_event_add_time(d->event, &k->timer, CLOCK_MONOTONIC,
				      baton_syncd_now() + LOOK_INTERVAL, 10000, on_look, k);
	if (e >= 0)
		e = sd_event_source_set_enabled(k->timer, SD_EVENT_ON);
	if (e < 0) {
		baton_syncd_kernel_close(k);
		return e;
	}
	*ret = k;
	return 0;
}

void baton_syncd_kernel_close(struct syncd_kernel *k)
{
	if (!k)
		return;
	sd_event_source_disable_unref(k->io);
	sd_event_source_disable_unref(k->timer);
	if (k->events)
		baton_nl_events_close(k->events);
	if (k->nl)
		baton_nl_close(k->nl);
	free(k);
}

void baton_syncd_kernel_do(struct syncd_kernel *k, const struct baton_action *a,
			   struct baton_input *in)
{
	memset(in, 0, sizeof(*in));
	switch (a->type) {
	case BATON_ACT_DRAIN:
		in->type = BATON_IN_DRAINED;
		in->batch = &k->batch;
		in->error = baton_nl_sync_drain(k->nl, a->max_records, &k->batch);
		break;
	case BATON_ACT_READ:
		in->type = BATON_IN_READ;
		in->batch = &k->batch;
		in->error = baton_nl_sync_read(k->nl, a->read.cursor, a->read.max_records,
					       a->read.map, &k->batch);
		break;
	case BATON_ACT_APPLY:
		in->type = BATON_IN_APPLIED;
		in->result = &k->result;
		in->error = baton_nl_sync_apply(k->nl, a->apply.epoch, a->apply.records,
						a->apply.count, &k->result);
		break;
	case BATON_ACT_DIGEST:
		in->type = BATON_IN_DIGEST;
		in->digest = &k->digest;
		in->error = baton_nl_sync_digest(k->nl, &k->digest);
		break;
	case BATON_ACT_PRUNE:
		in->type = BATON_IN_PRUNED;
		in->error = baton_nl_sync_prune(k->nl, a->prune.epoch, a->prune.map,
						a->prune.version_before, &in->removed);
		break;
	case BATON_ACT_ADOPT:
		in->type = BATON_IN_ADOPTED;
		in->error = baton_syncd_services_adopt(k->nl, a->adopt.text, a->adopt.size);
		break;
	default:
		return;
	}
	if (in->error)
		baton_log(LOG_DEBUG, "%s", baton_nl_error(k->nl));
}
