// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include "addr.h"
#include "list.h"

/* A module that knows no tunnels knows none of these either. */
static int put_tunnel(struct nl_msg *msg, const struct baton_server *server)
{
	if (server->method != BATON_METHOD_TUNNEL)
		return 0;
	if (nla_put_u8(msg, BATON_SERVER_A_TUNNEL, server->tunnel) < 0 ||
	    nla_put_u8(msg, BATON_SERVER_A_TUNNEL_CHECKSUM, server->tunnel_checksum) < 0 ||
	    nla_put_u16(msg, BATON_SERVER_A_TUNNEL_PORT, server->tunnel_port) < 0)
		return -EMSGSIZE;
	return 0;
}

static int put_server(struct nl_msg *msg, const struct baton_server *server)
{
	struct nlattr *nest = nla_nest_start(msg, BATON_A_SERVER);
	size_t len = baton_addr_size(server->family);

	if (!nest ||
	    nla_put_u8(msg, BATON_SERVER_A_FAMILY, server->family) < 0 ||
	    nla_put(msg, BATON_SERVER_A_ADDR, (int)len, server->addr.bytes) < 0 ||
	    nla_put_u16(msg, BATON_SERVER_A_PORT, server->port) < 0 ||
	    nla_put_u8(msg, BATON_SERVER_A_METHOD, server->method) < 0 ||
	    put_tunnel(msg, server) ||
	    nla_put_u32(msg, BATON_SERVER_A_WEIGHT, server->weight) < 0 ||
	    nla_put_u32(msg, BATON_SERVER_A_UPPER, server->upper) < 0 ||
	    nla_put_u32(msg, BATON_SERVER_A_LOWER, server->lower) < 0)
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int change(struct baton_nl *nl, uint8_t cmd, const struct baton_service_key *key,
		  const struct baton_server *server, const char *what)
{
	struct nl_msg *msg = baton_nl_request(nl, cmd, 0, 256);

	if (msg && (baton_nl_put_key(msg, BATON_A_SERVICE, key) || put_server(msg, server)))
		return baton_nl_too_large(nl, msg, what);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_server_add(struct baton_nl *nl, const struct baton_service_key *key,
			const struct baton_server *server)
{
	return change(nl, BATON_CMD_SERVER_ADD, key, server, "add the server");
}

int baton_nl_server_set(struct baton_nl *nl, const struct baton_service_key *key,
			const struct baton_server *server)
{
	return change(nl, BATON_CMD_SERVER_SET, key, server, "change the server");
}

static int put_drain(struct nl_msg *msg, const struct baton_server *server, uint32_t seconds)
{
	struct nlattr *nest = nla_nest_start(msg, BATON_A_SERVER);

	if (!nest || baton_nl_put_server_members(msg, server) ||
	    (seconds && nla_put_u32(msg, BATON_SERVER_A_DRAIN, seconds) < 0))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int baton_nl_server_del(struct baton_nl *nl, const struct baton_service_key *key,
			const struct baton_server *server, uint32_t drain)
{
	static const char what[] = "delete the server";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_SERVER_DEL, 0, 256);

	if (msg && (baton_nl_put_key(msg, BATON_A_SERVICE, key) || put_drain(msg, server, drain)))
		return baton_nl_too_large(nl, msg, what);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

static int read_server(struct nlattr **attr, void *arg)
{
	struct baton_server server;
	int ret = baton_nl_get_server(attr[BATON_A_SERVER], &server);

	return ret ? ret : baton_list_append(arg, &server);
}

int baton_nl_server_list(struct baton_nl *nl, const struct baton_service_key *key,
			 struct baton_server **ret, size_t *count)
{
	static const char what[] = "list the servers";
	struct baton_list list = { .size = sizeof(struct baton_server) };
	struct nl_msg *msg;
	int error;

	for (int tries = 0; tries < BATON_NL_DUMP_TRIES; tries++) {
		list.count = 0;
		msg = baton_nl_request(nl, BATON_CMD_SERVER_GET, NLM_F_DUMP, 128);
		if (msg && key && baton_nl_put_key(msg, BATON_A_SERVICE, key)) {
			error = baton_nl_too_large(nl, msg, what);
			break;
		}
		error = baton_nl_call(nl, msg, what, read_server, &list);
		if (error || !nl->torn)
			break;
	}
	if (!error && nl->torn)
		error = baton_nl_torn(nl, what);
	return baton_list_finish(&list, error, (void **)ret, count);
}
