/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemons' control sockets: SOCK_STREAM in /run, one JSON object a line each way.
 *
 *	-> {"command":"status"}
 *	<- {"ok":true, ...}		or {"ok":false,"error":"one sentence","code":ERRNO}
 *
 * Lines are at most BATON_CONTROL_LINE_MAX bytes; a longer one, or one that is not a JSON
 * object with a string "command", is answered with an error and the connection closed. A
 * server holds at most 16 clients and forgets one that is silent for 30 s, unless it waits
 * for an answer or its last command was "watch". Requests of one client are answered one
 * after the other.
 */
#ifndef BATON_LIB_CONTROL_H
#define BATON_LIB_CONTROL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#define BATON_CONTROL_SYNCD	"/run/baton-syncd/control"
#define BATON_CONTROL_HA	"/run/baton-ha/control"
#define BATON_CONTROL_LINE_MAX	65536

struct baton_control;
struct baton_control_client;

/**
 * typedef baton_control_fn - answer one request
 * @client: to answer with baton_control_reply(), now or later (a long command); exactly
 *	once per request. It may vanish before: see baton_control_gone_fn.
 * @command: the "command" string; @request: the whole object, valid during the call
 */
typedef void (*baton_control_fn)(struct baton_control_client *client, const char *command,
				 json_object *request, void *arg);
/**
 * The client went away while an answer was pending or it watched; @client must not be used
 * any more.
 */
typedef void (*baton_control_gone_fn)(struct baton_control_client *client, void *arg);

/**
 * baton_control_listen - serve @path, mode 0660, group baton where that exists
 * @gone: may be NULL
 *
 * Replaces a socket that an earlier run left. Return: 0 or negative errno.
 */
int baton_control_listen(struct baton_control **ret, sd_event *event, const char *path,
			 baton_control_fn fn, baton_control_gone_fn gone, void *arg);
/** Drops every client and removes the socket; not from within @fn. */
void baton_control_close(struct baton_control *c);
/** Takes ownership of @reply (an object; "ok" is added when missing). */
void baton_control_reply(struct baton_control_client *client, json_object *reply);
/** An extra line for a client that asked to watch; any number, after its reply. Takes ownership. */
void baton_control_push(struct baton_control_client *client, json_object *line);
/** A refusal: one sentence and an errno of either sign. */
void baton_control_fail(struct baton_control_client *client, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * baton_control_call - client side, synchronous
 * @timeout_ms: for the whole exchange
 * @ret: the reply object, put with json_object_put(); set only on success ("ok" true)
 *
 * Return: 0; -ENOENT/-ECONNREFUSED: daemon not running; -ETIMEDOUT; -EPROTO; or
 * the negative of the "code" in a refusal. @err is then one sentence.
 */
int baton_control_call(const char *path, json_object *request, int timeout_ms,
		       json_object **ret, char *err, size_t err_size);

/**
 * baton_control_running - does anybody listen on @path?
 *
 * A refusal may bear the same code as a socket that is not there; this tells them apart.
 */
bool baton_control_running(const char *path);

#endif /* BATON_LIB_CONTROL_H */
