// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop: inputs to the engine, actions to the world, one after the other. */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <time.h>

#include "addr.h"
#include "log.h"
#include "syncd.h"

#define SECOND	1000000ull
/* The application's own machine id: the same after a restart, and not the machine id itself. */
#define NODE_APP SD_ID128_MAKE(6b,61,74,6f,6e,2d,73,79,8e,63,64,2d,6e,6f,64,65)

uint64_t baton_syncd_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec / 1000;
}

void baton_syncd_give_up(struct syncd *d, const char *why)
{
	baton_log(LOG_ERR, "%s", why);
	sd_event_exit(d->event, 1);
}

static void send_datagram(struct syncd *d, const struct baton_action *a)
{
	struct baton_frame head = a->send.head;
	uint8_t datagram[BATON_FRAME_MAX];
	long n;

	head.key_id = baton_syncd_keys_send(&d->config);
	n = baton_frame_seal(&d->keys, &head, a->send.payload, a->send.size, datagram);
	if (n > 0)
		baton_syncd_transport_send(d->transport, datagram, n);
}

static bool carry_out(struct syncd *d, const struct baton_action *a, struct baton_input *result)
{
	switch (a->type) {
	case BATON_ACT_SEND:
		send_datagram(d, a);
		return false;
	case BATON_ACT_DRAIN:
	case BATON_ACT_READ:
	case BATON_ACT_APPLY:
	case BATON_ACT_DIGEST:
	case BATON_ACT_PRUNE:
	case BATON_ACT_ADOPT:
		baton_syncd_kernel_do(d->kernel, a, result);
		return true;
	case BATON_ACT_FLUSHED:
		baton_syncd_control_flushed(d->control);
		return false;
	case BATON_ACT_RELEASED:
		baton_syncd_control_released(d->control, a->released);
		return false;
	case BATON_ACT_NOTE:
		baton_syncd_note(a);
		return false;
	case BATON_ACT_RESTART:
		d->restart = true;
		return false;
	}
	return false;
}

static void arm(struct syncd *d)
{
	uint64_t due = baton_engine_deadline(d->engine);

	sd_event_source_set_time(d->timer, due);
	sd_event_source_set_enabled(d->timer, due == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void baton_syncd_feed(struct syncd *d, const struct baton_input *in)
{
	struct baton_input next = *in;
	bool more = true;

	while (more) {
		more = false;
		baton_engine_step(d->engine, baton_syncd_now(), &next, &d->actions);
		for (unsigned int i = 0; i < d->actions.count; i++)
			if (carry_out(d, &d->actions.action[i], &next))
				more = true;
	}
	baton_syncd_control_changed(d->control);
	arm(d);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *arg)
{
	struct baton_input in = { .type = BATON_IN_TIMER };

	(void)s;
	(void)usec;
	baton_syncd_feed(arg, &in);
	return 0;
}

/* A fresh session; its random numbers are all that an engine has of the outside. */
static int new_engine(struct syncd *d)
{
	struct baton_engine_params *p = &d->params;
	struct baton_engine *e;

	randombytes_buf(&p->session, sizeof(p->session));
	randombytes_buf(&p->seed, sizeof(p->seed));
	randombytes_buf(p->hash_key, sizeof(p->hash_key));
	p->payload = baton_syncd_transport_payload(d->transport);
	p->adopt = d->config.sync.adopt;
	e = baton_engine_new(p);
	if (!e)
		return -ENOMEM;
	baton_engine_free(d->engine);
	baton_engine_populate(e);
	d->engine = e;
	d->restart = false;
	return baton_syncd_kernel_begin(d->kernel);
}

static int on_second(sd_event_source *s, uint64_t usec, void *arg)
{
	struct syncd *d = arg;
	char line[256];

	sd_event_source_set_time(s, usec + SECOND);
	baton_syncd_transport_repair(d->transport);
	if (d->restart) {
		baton_log(LOG_NOTICE, "starting a new session: the old one is used up, or what it was made of changed");
		if (new_engine(d) < 0) {
			baton_syncd_give_up(d, "no memory for a new session");
			return 0;
		}
	}
	baton_syncd_status_line(d, line, sizeof(line));
	/* Only a loop that turns, with a kernel that answers, keeps the watchdog quiet. */
	sd_notifyf(0, "%sSTATUS=%s", d->kernel_lost ? "" : "WATCHDOG=1\n", line);
	return 0;
}

static int load(struct syncd *d)
{
	char err[512];
	sd_id128_t node;

	if (baton_config_load(d->options->config, &d->config, err, sizeof(err)) < 0 ||
	    baton_syncd_keys_load(&d->config, &d->keys, err, sizeof(err)) < 0) {
		baton_log(LOG_ERR, "%s", err);
		return -EINVAL;
	}
	baton_syncd_keys_log(&d->config);
	if (sd_id128_get_machine_app_specific(NODE_APP, &node) < 0)
		randombytes_buf(&node, sizeof(node));
	d->params.node = node.qwords[0];
	return 0;
}

/* What the sockets were made of. All bytes of an address count: those not used are zero. */
static bool paths_same(const struct baton_config *a, const struct baton_config *b)
{
	if (a->sync.interfaces != b->sync.interfaces || a->sync.port != b->sync.port ||
	    a->sync.group_family != b->sync.group_family ||
	    a->sync.peer_family != b->sync.peer_family ||
	    !baton_addr_equal(AF_INET6, &a->sync.group, &b->sync.group) ||
	    a->sync.peers != b->sync.peers)
		return false;
	for (unsigned int i = 0; i < a->sync.peers; i++)
		if (!baton_addr_equal(AF_INET6, &a->sync.peer[i].addr, &b->sync.peer[i].addr) ||
		    strcmp(a->sync.peer[i].interface, b->sync.peer[i].interface) != 0)
			return false;
	for (unsigned int i = 0; i < a->sync.interfaces; i++)
		if (strcmp(a->sync.interface[i], b->sync.interface[i]) != 0)
			return false;
	return true;
}

int baton_syncd_reload(struct syncd *d, char *err, size_t size)
{
	struct baton_keyring keys;
	struct baton_config config;
	int error = baton_config_load(d->options->config, &config, err, size);

	if (error)
		return error;
	if (!paths_same(&d->config, &config)) {
		snprintf(err, size, "%s: interface, group, peer and port change only with a restart: 'systemctl restart baton-syncd'; nothing was changed",
			 d->options->config);
		return -EINVAL;
	}
	error = baton_syncd_keys_load(&config, &keys, err, size);
	if (error)
		return error;
	if (d->config.sync.adopt != config.sync.adopt)
		d->restart = true;
	d->config = config;
	d->keys = keys;
	sodium_memzero(&keys, sizeof(keys));
	baton_log(LOG_NOTICE, "the configuration was read again");
	baton_syncd_keys_log(&d->config);
	return 0;
}

static int on_hangup(sd_event_source *s, const struct signalfd_siginfo *si, void *arg)
{
	char err[512];

	(void)s;
	(void)si;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)baton_syncd_now());
	if (baton_syncd_reload(arg, err, sizeof(err)))
		baton_log(LOG_ERR, "%s", err);
	sd_notify(0, "READY=1");
	return 0;
}

static int open_loop(struct syncd *d)
{
	sigset_t set;
	int err = sd_event_new(&d->event);

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (err < 0 || (err = sd_event_add_signal(d->event, NULL, SIGTERM, NULL, NULL)) < 0 ||
	    (err = sd_event_add_signal(d->event, NULL, SIGINT, NULL, NULL)) < 0 ||
	    (err = sd_event_add_signal(d->event, NULL, SIGHUP, on_hangup, d)) < 0 ||
	    (err = sd_event_add_time(d->event, &d->timer, CLOCK_MONOTONIC, UINT64_MAX, 1,
				     on_timer, d)) < 0 ||
	    (err = sd_event_add_time(d->event, &d->second, CLOCK_MONOTONIC,
				     baton_syncd_now() + SECOND, 0, on_second, d)) < 0)
		return err;
	err = baton_log_later(d->event, LOG_WARNING);
	return err < 0 ? err : sd_event_source_set_enabled(d->second, SD_EVENT_ON);
}

static int open_parts(struct syncd *d, const struct syncd_options *o)
{
	char text[512];
	int err;

	err = baton_syncd_kernel_open(&d->kernel, d, text, sizeof(text));
	if (!err)
		err = baton_syncd_transport_open(&d->transport, d, text, sizeof(text));
	if (err) {
		baton_log(LOG_ERR, "%s", text);
		return err;
	}
	err = baton_syncd_control_open(&d->control, d, o->control);
	if (err) {
		baton_log(LOG_ERR, "cannot listen on %s: %s; is its folder there and ours?",
			  o->control, strerror(-err));
		return err;
	}
	err = new_engine(d);
	if (err)
		baton_log(LOG_ERR, "cannot start: %s", strerror(-err));
	return err;
}

static void close_all(struct syncd *d)
{
	baton_syncd_control_close(d->control);
	baton_syncd_transport_close(d->transport);
	baton_syncd_kernel_close(d->kernel);
	baton_engine_free(d->engine);
	baton_log_later(NULL, 0);
	sd_event_source_unref(d->timer);
	sd_event_source_unref(d->second);
	sd_event_unref(d->event);
	sodium_memzero(&d->keys, sizeof(d->keys));
	free(d);
}

int baton_syncd_run(const struct syncd_options *o)
{
	struct syncd *d = calloc(1, sizeof(*d));
	int status = 1;

	if (!d || sodium_init() < 0) {
		free(d);
		return 1;
	}
	d->started = baton_syncd_now();
	d->options = o;
	if (load(d) < 0) {
		status = 2;	/* nothing that a restart could help */
	} else if (open_loop(d) < 0) {
		baton_log(LOG_ERR, "cannot set up the event loop");
	} else if (!open_parts(d, o)) {
		sd_notify(0, "READY=1");
		status = sd_event_loop(d->event);
		sd_notify(0, "STOPPING=1");
	}
	close_all(d);
	return status < 0 ? 1 : status;
}
