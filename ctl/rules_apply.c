// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include "nl.h"

static int make_change(struct baton_nl *nl, const struct baton_change *c)
{
	const struct baton_service_key *key = &c->service.key;

	switch (c->op) {
	case BATON_ADD:
		return c->is_server ? baton_nl_server_add(nl, key, &c->server) :
				      baton_nl_service_add(nl, &c->service);
	case BATON_SET:
		return c->is_server ? baton_nl_server_set(nl, key, &c->server) :
				      baton_nl_service_set(nl, &c->service);
	case BATON_DEL:
		break;
	}
	return c->is_server ? baton_nl_server_del(nl, key, &c->server, 0) :
			      baton_nl_service_del(nl, key);
}

/* Best effort: the first refusal is what the user has to hear about. */
static void take_back(struct baton_nl *nl, const struct baton_change *changes, size_t done)
{
	struct baton_change c;

	while (done--) {
		c = changes[done];
		if (c.op == BATON_DEL)
			continue;
		c.op = c.op == BATON_ADD ? BATON_DEL : BATON_SET;
		c.service = c.op == BATON_SET && !c.is_server ? c.service_was : c.service;
		c.server = c.op == BATON_SET ? c.server_was : c.server;
		make_change(nl, &c);
	}
}

int baton_rules_apply(struct baton_nl *nl, const struct baton_change *changes, size_t count,
		      size_t *ret_refused, char *reason, size_t size)
{
	int error = 0;
	size_t i;

	for (i = 0; i < count && !error; i++) {
		error = make_change(nl, &changes[i]);
		/* Somebody else deleted it meanwhile. */
		if (changes[i].op == BATON_DEL && error == -ENOENT)
			error = 0;
	}
	if (!error)
		return 0;
	*ret_refused = --i;
	snprintf(reason, size, "%s", baton_nl_reason(nl));
	take_back(nl, changes, i);
	return error;
}
