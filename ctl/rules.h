/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of services with their servers: what services.conf says, what the kernel has, and
 * the way from one to the other. Pure but for reading the file.
 */
#ifndef BATON_CTL_RULES_H
#define BATON_CTL_RULES_H

#include <stdio.h>
#include "model.h"

struct baton_rule_server {
	struct baton_server server;
	unsigned int line;		/* in the file; 0 when from the kernel */
};

struct baton_rule_service {
	struct baton_service service;
	unsigned int line;
	struct baton_rule_server *server;
	size_t servers;
};

/** struct baton_rules - free with baton_rules_free() */
struct baton_rules {
	struct baton_rule_service *service;
	size_t services;
};

/** struct baton_change - one step; `was` is valid but for an addition */
struct baton_change {
	enum { BATON_ADD, BATON_SET, BATON_DEL } op;
	bool is_server;
	struct baton_service service;	/* of a server: the one it belongs to */
	struct baton_server server;
	struct baton_service service_was;
	struct baton_server server_was;
};

/** Add to the end; pointers into @rules become invalid. 0 or -ENOMEM. */
int baton_rules_add_service(struct baton_rules *rules, const struct baton_service *svc,
			    unsigned int line);
int baton_rules_add_server(struct baton_rule_service *to, const struct baton_server *server,
			   unsigned int line);
struct baton_rule_service *baton_rules_find(const struct baton_rules *rules,
					    const struct baton_service_key *key);
/** The first service that has one of @key's ports, or NULL. */
struct baton_rule_service *baton_rules_overlap(const struct baton_rules *rules,
					       const struct baton_service_key *key);
struct baton_rule_server *baton_rules_find_server(const struct baton_rule_service *in,
						  const struct baton_server *server);
/** Into the one order in which `save` and lists print. */
void baton_rules_sort(struct baton_rules *rules);
void baton_rules_free(struct baton_rules *rules);

/**
 * baton_rules_parse - read a whole services.conf
 * @name: for messages
 *
 * Return: 0; -EINVAL: @err is "NAME:LINE: clause"; -ENOMEM, -EIO. @ret is written only on
 * success.
 */
int baton_rules_parse(FILE *in, const char *name, struct baton_rules *ret,
		      char *err, size_t err_size);
/** What baton_rules_parse() reads back to the same rules. */
void baton_rules_print(FILE *out, const struct baton_rules *rules);

/**
 * baton_rules_diff - the steps from @now to @want
 * @ret: malloc()ed; additions and changes first, so that what the kernel refuses it refuses
 *	while everything can still be taken back; deletions, which end connections, last
 */
int baton_rules_diff(const struct baton_rules *now, const struct baton_rules *want,
		     struct baton_change **ret, size_t *count);
struct baton_nl;

/**
 * baton_rules_apply - take the steps
 * @ret_refused: which one the kernel refused; those before it were taken back
 * @reason: why, in the kernel's own words
 *
 * Return: 0 or negative errno.
 */
int baton_rules_apply(struct baton_nl *nl, const struct baton_change *changes, size_t count,
		      size_t *ret_refused, char *reason, size_t size);
/** "add service tcp 192.0.2.1:80 scheduler wlc sync on" */
char *baton_change_format(const struct baton_change *change, char *buf, size_t size);

#endif /* BATON_CTL_RULES_H */
