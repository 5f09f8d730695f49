/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of services and servers: the same words on the command line, in
 * services.conf and in what `save` prints. Pure; every parser returns 0, or -EINVAL with a
 * clause in args->err that names the word and what would be right.
 */
#ifndef BATON_CTL_ARGS_H
#define BATON_CTL_ARGS_H

#include "model.h"

/** struct baton_args - words not yet consumed */
struct baton_args {
	char **word;
	int count;
	int next;
	char err[384];
};

/** struct baton_given - which optional words were there (a `set` keeps the others) */
struct baton_given {
	bool sched;
	uint32_t sched_flags;	/* BATON_SCHED_F_* */
	bool sync;
	bool reset;
	bool onepacket;
	bool helper;
	bool persistent;
	bool persistent_off;	/* it was `persistent off` */
	bool prefix;
	bool by;
	bool expire_quiescent;
	bool bypass;
	bool conntrack;
	bool fastpath;
	bool method;
	bool tunnel;		/* its kind */
	bool tunnel_checksum;
	bool tunnel_port;
	bool weight;
	bool upper;
	bool lower;
	bool timeout[BATON_STATE_MAX + 1];
};

/** struct baton_conn_match - the words of `connection list` */
struct baton_conn_match {
	bool has_service, has_server, has_client;
	struct baton_service_key service;
	struct baton_server server;
	union baton_addr client;
	uint8_t client_family, client_prefix;
	bool has_client_port;
	__be16 client_port;
};

int baton_args_fail(struct baton_args *args, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool baton_args_left(const struct baton_args *args);
/** The next word without consuming it, or NULL. */
const char *baton_args_peek(const struct baton_args *args);
/** Consume the next word; @what: "the FILE", for the sentence when there is none (NULL). */
const char *baton_args_word(struct baton_args *args, const char *what);
/** Consume the next word if it is @word. */
bool baton_args_is(struct baton_args *args, const char *word);
int baton_args_number(struct baton_args *args, const char *what, unsigned long min,
		      unsigned long max, unsigned long *ret);
/** Note in @given that @what was said; an error the second time. */
int baton_args_twice(struct baton_args *args, bool *given, const char *what);
/** Nothing may be left. */
int baton_args_end(struct baton_args *args);

/** tcp|udp|sctp ADDRESS:PORT */
int baton_args_key(struct baton_args *args, struct baton_service_key *ret);
/** ADDRESS:PORT of a server, any family */
int baton_args_server_key(struct baton_args *args, struct baton_server *ret);
/**
 * KEY [scheduler NAME] [fallback on|off] [hash-port on|off] [sync on|off] [reset on|off]
 * [fastpath on|off] [onepacket on|off] [helper ftp|off] [persistent SECONDS|off [prefix LENGTH]
 * [by address|sip-call-id]] [expire-quiescent on|off] [bypass on|off] [conntrack on|off] [timeout_STATE SECONDS]..., to the end.
 * Defaults: wlc, sync on, reset on, fastpath on, the others off, the timeouts of the namespace;
 * baton_args_sched_flags() puts in those of the scheduler's flags.
 */
int baton_args_service(struct baton_args *args, struct baton_service *ret,
		       struct baton_given *given);
/**
 * baton_args_sched_flags - of a service whose scheduler is known by now
 * @now: the flags that were not given
 *
 * A flag that was given and that the scheduler does not know is an error.
 */
int baton_args_sched_flags(struct baton_args *args, struct baton_service *svc,
			   const struct baton_given *given, uint32_t now);
/** Words that only @persistent services may have */
int baton_args_persistence(struct baton_args *args, const struct baton_given *given, bool persistent);
/** The same for a new service: with the scheduler's defaults. */
int baton_args_new_service(struct baton_args *args, struct baton_service *ret);
/**
 * KEY ADDRESS:PORT [nat|dr|tunnel] [ipip|gre|gue] [tunnel-checksum off|on|remote] [tunnel-port N]
 * [weight N] [upper N] [lower N], to the end. Defaults: nat, ipip, off, 6080, 1, 0, 0.
 */
int baton_args_server(struct baton_args *args, struct baton_service_key *key,
		      struct baton_server *ret, struct baton_given *given);
/** [service KEY] [server ADDRESS:PORT] [client ADDRESS[/LENGTH][:PORT]], to the end */
int baton_args_match(struct baton_args *args, struct baton_conn_match *ret);

/** drain SECONDS[s|m|h], to the end; nothing: 0 */
int baton_args_drain(struct baton_args *args, uint32_t *seconds);

/** What no single word shows: a server that does not fit its service. */
int baton_args_check_server(struct baton_args *args, const struct baton_service_key *key,
			    const struct baton_server *server);

#endif /* BATON_CTL_ARGS_H */
