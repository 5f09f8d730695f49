// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <string.h>
#include "addr.h"
#include "list.h"

static bool same_tunnel(const struct baton_server *a, const struct baton_server *b)
{
	return a->tunnel == b->tunnel && a->tunnel_checksum == b->tunnel_checksum &&
	       a->tunnel_port == b->tunnel_port;
}

static int diff_server(const struct baton_rule_service *now,
		       const struct baton_rule_service *want,
		       const struct baton_server *server, struct baton_list *list)
{
	const struct baton_rule_server *old = now ? baton_rules_find_server(now, server) : NULL;
	struct baton_change c = {
		.op = BATON_ADD, .is_server = true, .service = want->service, .server = *server,
	};

	/* one that drains is on its way out: added again, it stays */
	if (old && !old->server.drain) {
		if (old->server.method == server->method && same_tunnel(&old->server, server) &&
		    old->server.weight == server->weight &&
		    old->server.upper == server->upper && old->server.lower == server->lower)
			return 0;
		c.op = BATON_SET;
		c.server_was = old->server;
	}
	return baton_list_append(list, &c);
}

/* What @want has and @now has not, or has differently. */
static int diff_service(const struct baton_rules *now, const struct baton_rule_service *want,
			struct baton_list *list)
{
	const struct baton_rule_service *old = baton_rules_find(now, &want->service.key);
	struct baton_change c = { .op = BATON_ADD, .service = want->service };
	int error = 0;

	if (old) {
		c.op = BATON_SET;
		c.service_was = old->service;
	}
	if (!old ||
	    baton_service_key_last(&old->service.key) != baton_service_key_last(&want->service.key) ||
	    strcmp(old->service.sched, want->service.sched) != 0 ||
	    old->service.sched_flags != want->service.sched_flags ||
	    old->service.flags != want->service.flags ||
	    old->service.persist_prefix != want->service.persist_prefix ||
	    old->service.sync_after != want->service.sync_after ||
	    memcmp(old->service.timeouts, want->service.timeouts, sizeof(old->service.timeouts)) != 0)
		error = baton_list_append(list, &c);
	for (size_t i = 0; !error && i < want->servers; i++)
		error = diff_server(old, want, &want->server[i].server, list);
	return error;
}

/* What @now has and @want has not. A service takes its servers with it. */
static int diff_gone(const struct baton_rule_service *now, const struct baton_rules *want,
		     struct baton_list *list)
{
	const struct baton_rule_service *kept = baton_rules_find(want, &now->service.key);
	struct baton_change c = { .op = BATON_DEL, .service = now->service };
	int error = 0;

	c.service_was = now->service;
	if (!kept)
		return baton_list_append(list, &c);
	c.is_server = true;
	for (size_t i = 0; !error && i < now->servers; i++) {
		if (now->server[i].server.drain ||
		    baton_rules_find_server(kept, &now->server[i].server))
			continue;
		c.server = c.server_was = now->server[i].server;
		error = baton_list_append(list, &c);
	}
	return error;
}

/* It goes, and one that is to come has some of its ports: it has to go first. */
static bool in_the_way(const struct baton_rule_service *now, const struct baton_rules *want)
{
	return !baton_rules_find(want, &now->service.key) &&
	       baton_rules_overlap(want, &now->service.key);
}

/* It loses ports, which another one may be about to get. */
static bool shrinks(const struct baton_rules *now, const struct baton_rule_service *want)
{
	const struct baton_rule_service *old = baton_rules_find(now, &want->service.key);

	return old && baton_service_key_last(&want->service.key) <
		      baton_service_key_last(&old->service.key);
}

int baton_rules_diff(const struct baton_rules *now, const struct baton_rules *want,
		     struct baton_change **ret, size_t *count)
{
	struct baton_list list = { .size = sizeof(struct baton_change) };
	int error = 0;

	for (size_t i = 0; !error && i < now->services; i++)
		if (in_the_way(&now->service[i], want))
			error = diff_gone(&now->service[i], want, &list);
	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; !error && i < want->services; i++)
			if (shrinks(now, &want->service[i]) == first)
				error = diff_service(now, &want->service[i], &list);
	for (size_t i = 0; !error && i < now->services; i++)
		if (!in_the_way(&now->service[i], want))
			error = diff_gone(&now->service[i], want, &list);
	return baton_list_finish(&list, error, (void **)ret, count);
}
