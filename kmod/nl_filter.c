// SPDX-License-Identifier: GPL-2.0-only
/* Which connections a dump or a kill is about: all that the filter names has to match. */
#include "nl_cmd.h"

static int parse_client(struct nlattr **tb, struct baton_conn_filter *filter,
			struct netlink_ext_ack *extack)
{
	struct nlattr *client = tb[BATON_FILTER_A_CLIENT];
	struct nlattr *prefix = tb[BATON_FILTER_A_CLIENT_PREFIX];
	unsigned int bits;

	if (tb[BATON_FILTER_A_CLIENT_PORT]) {
		filter->has_client_port = true;
		filter->client_port = nla_get_be16(tb[BATON_FILTER_A_CLIENT_PORT]);
	}
	if (!client) {
		if (!prefix)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, prefix, "a prefix length without a client's address");
		return -EINVAL;
	}
	filter->client_family = nla_len(client) == sizeof(__be32) ? AF_INET : AF_INET6;
	bits = 8 * baton_addr_len(filter->client_family);
	filter->client_prefix = prefix ? nla_get_u8(prefix) : bits;
	if (filter->client_prefix > bits) {
		NL_SET_ERR_MSG_ATTR(extack, prefix, "the prefix is longer than the client's address");
		return -EINVAL;
	}
	return baton_nl_parse_addr(client, filter->client_family, &filter->client, extack);
}

int baton_nl_parse_filter(struct nlattr *attr, struct baton_conn_filter *filter,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BATON_FILTER_A_MAX + 1];
	struct nlattr *service[BATON_SERVICE_A_MAX + 1];
	struct nlattr *server[BATON_SERVER_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, BATON_FILTER_A_MAX, attr, NULL, extack);
	if (!err && tb[BATON_FILTER_A_SERVICE])
		err = baton_nl_parse_service(tb[BATON_FILTER_A_SERVICE], service, &filter->service,
					     extack);
	if (!err && tb[BATON_FILTER_A_SERVER])
		err = baton_nl_parse_server(tb[BATON_FILTER_A_SERVER], server, &filter->server,
					    extack);
	return err ?: parse_client(tb, filter, extack);
}

bool baton_nl_filter_empty(const struct baton_conn_filter *filter)
{
	return !filter->service.family && !filter->server.family && !filter->client_family &&
	       !filter->has_client_port;
}

static bool client_fits(const struct baton_conn_filter *filter, const struct baton_conn *conn)
{
	union baton_addr client;

	if (filter->has_client_port &&
	    (filter->client_port != conn->cport || baton_conn_is_call(conn)))
		return false;
	if (!filter->client_family)
		return true;
	/* a call is nobody's */
	if (filter->client_family != conn->family || baton_conn_is_call(conn))
		return false;
	baton_addr_set(&client, conn->family, baton_conn_addr(conn, BATON_ADDR_CLIENT));
	return baton_addr_under(&client, &filter->client, conn->family, filter->client_prefix);
}

bool baton_nl_selected(const struct baton_conn_filter *filter, const struct baton_conn *conn)
{
	const struct baton_server *server = conn->server;

	if (!filter)
		return true;
	if (filter->service.family &&
	    !baton_service_named(&server->service->key, &filter->service))
		return false;
	if (filter->server.family &&
	    (filter->server.port != server->port || filter->server.family != server->family ||
	     !baton_addr_equal(&filter->server.addr, &server->addr, server->family)))
		return false;
	return client_fits(filter, conn);
}
