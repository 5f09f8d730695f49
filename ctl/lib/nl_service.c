// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include <stdlib.h>
#include "list.h"

static int put_service(struct nl_msg *msg, const struct baton_service *svc)
{
	struct nlattr *nest = nla_nest_start(msg, BATON_A_SERVICE);
	const struct baton_service_key *key = &svc->key;

	if (!nest ||
	    baton_nl_put_key_members(msg, key, key->port_last ? key->port_last : key->port) ||
	    nla_put_string(msg, BATON_SERVICE_A_SCHED, svc->sched) < 0 ||
	    nla_put_u32(msg, BATON_SERVICE_A_SCHED_FLAGS, svc->sched_flags) < 0 ||
	    nla_put_u32(msg, BATON_SERVICE_A_FLAGS, svc->flags) < 0 ||
	    nla_put_u8(msg, BATON_SERVICE_A_PERSIST_PREFIX, svc->persist_prefix) < 0 ||
	    nla_put_u32(msg, BATON_SERVICE_A_SYNC_AFTER, svc->sync_after) < 0 ||
	    nla_put(msg, BATON_SERVICE_A_TIMEOUTS, sizeof(svc->timeouts), svc->timeouts) < 0)
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int change(struct baton_nl *nl, uint8_t cmd, const struct baton_service *svc,
		  const char *what)
{
	struct nl_msg *msg = baton_nl_request(nl, cmd, 0, 256);

	if (msg && put_service(msg, svc))
		return baton_nl_too_large(nl, msg, what);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_service_add(struct baton_nl *nl, const struct baton_service *svc)
{
	return change(nl, BATON_CMD_SERVICE_ADD, svc, "add the service");
}

int baton_nl_service_set(struct baton_nl *nl, const struct baton_service *svc)
{
	return change(nl, BATON_CMD_SERVICE_SET, svc, "change the service");
}

int baton_nl_service_del(struct baton_nl *nl, const struct baton_service_key *key)
{
	static const char what[] = "delete the service";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_SERVICE_DEL, 0, 128);

	if (msg && baton_nl_put_key(msg, BATON_A_SERVICE, key))
		return baton_nl_too_large(nl, msg, what);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

static int read_service(struct nlattr **attr, void *arg)
{
	struct baton_service svc;
	int ret = baton_nl_get_service(attr[BATON_A_SERVICE], &svc);

	return ret ? ret : baton_list_append(arg, &svc);
}

int baton_nl_service_list(struct baton_nl *nl, struct baton_service **ret, size_t *count)
{
	static const char what[] = "list the services";
	struct baton_list list = { .size = sizeof(struct baton_service) };
	int error;

	for (int tries = 0; tries < BATON_NL_DUMP_TRIES; tries++) {
		list.count = 0;
		error = baton_nl_call(nl, baton_nl_request(nl, BATON_CMD_SERVICE_GET,
							   NLM_F_DUMP, 0),
				      what, read_service, &list);
		if (error || !nl->torn)
			break;
	}
	if (!error && nl->torn)
		error = baton_nl_torn(nl, what);
	return baton_list_finish(&list, error, (void **)ret, count);
}

int baton_nl_flush(struct baton_nl *nl)
{
	return baton_nl_call(nl, baton_nl_request(nl, BATON_CMD_FLUSH, 0, 0),
			     "delete all services", NULL, NULL);
}
