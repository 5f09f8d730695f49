/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon around the engine. daemon.c owns the loop and carries out actions; transport.c
 * the sockets of the links; kernel.c the netlink side; control.c the control socket. None of
 * them decides anything about the protocol.
 */
#ifndef BATON_SYNCD_SYNCD_H
#define BATON_SYNCD_SYNCD_H

#include <json-c/json.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "control.h"
#include "engine.h"
#include "nl.h"

struct syncd_transport;
struct syncd_kernel;
struct syncd_control;

struct syncd_options {
	const char *config;
	const char *control;
};

/** struct syncd_heard - what came under one key id */
struct syncd_heard {
	uint64_t count;
	uint64_t at;			/* microseconds */
};

struct syncd {
	const struct syncd_options *options;
	sd_event *event;
	sd_event_source *timer;		/* the engine's deadline */
	sd_event_source *second;	/* once a second: watchdog, status line, links */
	uint64_t started;
	struct baton_config config;
	struct baton_keyring keys;
	struct syncd_heard heard[256];	/* by key id */
	struct baton_engine_params params;
	struct baton_engine *engine;
	struct syncd_transport *transport;
	struct syncd_kernel *kernel;
	struct syncd_control *control;
	bool restart;			/* a new engine with a new session is due */
	bool kernel_lost;
	struct baton_actions actions;
};

/* daemon.c */
/** Runs until SIGTERM or a failure that only a restart can help. Return: exit status. */
int baton_syncd_run(const struct syncd_options *options);
/** Microseconds, monotonic. */
uint64_t baton_syncd_now(void);
/** Step the engine and carry out what it wants, to the end. */
void baton_syncd_feed(struct syncd *d, const struct baton_input *in);
/**
 * Read the configuration again, for SIGHUP and the control socket. Keys and auth change at once
 * and in mid-stream; what the sockets are made of needs a restart, and is refused. @err: one
 * sentence.
 *
 * Return: 0, or negative errno: nothing has changed.
 */
int baton_syncd_reload(struct syncd *d, char *err, size_t size);
/** Log and end the loop with a failure. */
void baton_syncd_give_up(struct syncd *d, const char *why);

/* transport.c */
/**
 * Opens a socket for each link. @err: one sentence.
 *
 * Return: 0, or negative errno when no link at all could be opened.
 */
int baton_syncd_transport_open(struct syncd_transport **ret, struct syncd *d, char *err,
			       size_t size);
void baton_syncd_transport_close(struct syncd_transport *t);
/** Plaintext bytes that fit into one datagram on every link. */
size_t baton_syncd_transport_payload(const struct syncd_transport *t);
void baton_syncd_transport_send(struct syncd_transport *t, const uint8_t *datagram, size_t size);
/** Open again what has failed. */
void baton_syncd_transport_repair(struct syncd_transport *t);
json_object *baton_syncd_transport_json(const struct syncd_transport *t);

/* kernel.c */
int baton_syncd_kernel_open(struct syncd_kernel **ret, struct syncd *d, char *err, size_t size);
void baton_syncd_kernel_close(struct syncd_kernel *k);
/** Tell a fresh engine of the gate and the services. */
int baton_syncd_kernel_begin(struct syncd_kernel *k);
/** Carry out a kernel action; the result is in @in, whose pointers live until the next call. */
void baton_syncd_kernel_do(struct syncd_kernel *k, const struct baton_action *a,
			   struct baton_input *in);

/* services.c */
struct baton_nl;
/** As services.conf, what drains with weight 0. @ret: free(). Return: 0 or negative errno. */
int baton_syncd_services_text(struct baton_nl *nl, char **ret, size_t *size);
/** Have what @text says and nothing else; logs what is refused. Return: 0 or negative errno. */
int baton_syncd_services_adopt(struct baton_nl *nl, const char *text, size_t size);

/* control.c */
int baton_syncd_control_open(struct syncd_control **ret, struct syncd *d, const char *path);
void baton_syncd_control_close(struct syncd_control *c);
/** Tells watchers: the role of @epoch was given away to whoever promised to take it, and all of it is here. */
void baton_syncd_control_released(struct syncd_control *c, uint32_t epoch);
/** The barrier of every flush that waits has been reached. */
void baton_syncd_control_flushed(struct syncd_control *c);
/** Something may have changed: push to those who watch. */
void baton_syncd_control_changed(struct syncd_control *c);

/* status.c */
json_object *baton_syncd_status_json(const struct syncd *d);
json_object *baton_syncd_change_json(const struct baton_engine_status *st);
/** One line for systemctl status. */
void baton_syncd_status_line(const struct syncd *d, char *buf, size_t size);

/* keys.c */
/** @ret is written only on success. Return: 0 or negative errno, with @err as one sentence. */
int baton_syncd_keys_load(const struct baton_config *c, struct baton_keyring *ret, char *err,
			  size_t size);
/** The key id of what is sent; BATON_KEY_NONE: none. */
uint8_t baton_syncd_keys_send(const struct baton_config *c);
void baton_syncd_keys_log(const struct baton_config *c);
json_object *baton_syncd_keys_json(const struct syncd *d);

/* journal.c */
void baton_syncd_note(const struct baton_action *a);
/** A datagram that was refused; what only an operator can mend is worth a line a minute. */
void baton_syncd_refused(const struct baton_frame *f, enum baton_refusal why);

#endif /* BATON_SYNCD_SYNCD_H */
