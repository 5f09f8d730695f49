/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command gets, and the ways to fail: each prints one line on stderr and returns
 * an exit status (exit.h).
 */
#ifndef BATON_CTL_TOOL_H
#define BATON_CTL_TOOL_H

#include "args.h"
#include "exit.h"
#include "nl.h"
#include "writer.h"

/** struct baton_tool - one invocation */
struct baton_tool {
	const struct baton_command *command;
	struct baton_args args;		/* the words after the command */
	struct baton_writer out;	/* to stdout */
	bool json;
};

/** struct baton_command - a line of the table in main.c */
struct baton_command {
	const char *noun;
	const char *verb;		/* NULL: the noun alone */
	bool preset;			/* the verb that a bare noun means */
	const char *words;		/* what may follow, for usage */
	const char *help;
	int (*run)(struct baton_tool *t);
};

int baton_tool_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** The words do not make this command: what is wrong is in t->args.err. */
int baton_tool_usage(struct baton_tool *t);
/** Opens @nl; 0, or the exit status after the line was printed. */
int baton_tool_open(struct baton_nl **nl);
/**
 * baton_tool_refused - the kernel said no
 * @what: "add service tcp 192.0.2.1:80"
 * @hint: what to do about it, or NULL
 */
int baton_tool_refused(const struct baton_nl *nl, int error, const char *what,
		       const char *hint);
/** "noun verb KEY" with the words that the user gave: the @what of a refusal. */
const char *baton_tool_what(const struct baton_tool *t, char *buf, size_t size);

/**
 * baton_tool_ask - one exchange with a daemon
 * @daemon: "baton-syncd" or "baton-ha"
 * @request: ownership is taken
 * @reply: set on success only
 *
 * Return: 0, or the exit status after the line was printed
 */
int baton_tool_ask(const char *daemon, json_object *request, int timeout_ms,
		   json_object **reply);
/** The same without printing: the sentence is in @err. */
int baton_tool_try(const char *daemon, json_object *request, int timeout_ms,
		   json_object **reply, char *err, size_t err_size);
/** What a daemon said, as it said it, on one line. */
void baton_tool_print(json_object *reply);
/** Ends a command that only had to be done: @sentence, or the daemon's reply. Puts @reply. */
void baton_tool_done(struct baton_tool *t, json_object *reply, const char *sentence);
/**
 * baton_tool_tell - a whole command that a daemon only has to do: no word may be left, ask, done
 * @request: ownership is taken
 *
 * Return: the exit status
 */
int baton_tool_tell(struct baton_tool *t, const char *daemon, json_object *request, int timeout_ms,
		    const char *sentence);
json_object *baton_tool_request(const char *command);

/* cmd_*.c, in the order of the table */
int baton_cmd_status(struct baton_tool *t);
int baton_cmd_service_list(struct baton_tool *t);
int baton_cmd_service_add(struct baton_tool *t);
int baton_cmd_service_set(struct baton_tool *t);
int baton_cmd_service_del(struct baton_tool *t);
int baton_cmd_service_flush(struct baton_tool *t);
int baton_cmd_server_list(struct baton_tool *t);
int baton_cmd_server_add(struct baton_tool *t);
int baton_cmd_server_set(struct baton_tool *t);
int baton_cmd_server_del(struct baton_tool *t);
int baton_cmd_connection_list(struct baton_tool *t);
int baton_cmd_connection_count(struct baton_tool *t);
int baton_cmd_connection_kill(struct baton_tool *t);
int baton_cmd_apply(struct baton_tool *t);
int baton_cmd_save(struct baton_tool *t);
int baton_cmd_sync_status(struct baton_tool *t);
int baton_cmd_sync_warm(struct baton_tool *t);
int baton_cmd_sync_resync(struct baton_tool *t);
int baton_cmd_sync_reload(struct baton_tool *t);
int baton_cmd_sync_flush(struct baton_tool *t);
int baton_cmd_sync_genkey(struct baton_tool *t);
int baton_cmd_ha_status(struct baton_tool *t);
int baton_cmd_handover(struct baton_tool *t);
int baton_cmd_drill(struct baton_tool *t);
int baton_cmd_promote(struct baton_tool *t);
int baton_cmd_demote(struct baton_tool *t);
int baton_cmd_resume(struct baton_tool *t);
int baton_cmd_timeline(struct baton_tool *t);
int baton_cmd_gate_show(struct baton_tool *t);
int baton_cmd_gate_close(struct baton_tool *t);
int baton_cmd_gate_open(struct baton_tool *t);
int baton_cmd_monitor(struct baton_tool *t);
int baton_cmd_metrics(struct baton_tool *t);
int baton_cmd_stats(struct baton_tool *t);
int baton_cmd_top(struct baton_tool *t);
int baton_cmd_tunable_list(struct baton_tool *t);
int baton_cmd_tunable_set(struct baton_tool *t);
int baton_cmd_config(struct baton_tool *t);
int baton_cmd_version(struct baton_tool *t);

#endif /* BATON_CTL_TOOL_H */
