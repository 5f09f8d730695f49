// SPDX-License-Identifier: GPL-2.0-only
/* SERVER_ADD, _SET, _DEL, _GET. All under config_mutex. */
#include "nl_cmd.h"

/* What the request names replaces what is in @settings. */
static void parse_settings(struct nlattr **tb, struct baton_server_settings *settings)
{
	if (tb[BATON_SERVER_A_METHOD])
		settings->method = nla_get_u8(tb[BATON_SERVER_A_METHOD]);
	if (tb[BATON_SERVER_A_TUNNEL])
		settings->tunnel.kind = nla_get_u8(tb[BATON_SERVER_A_TUNNEL]);
	if (tb[BATON_SERVER_A_TUNNEL_CHECKSUM])
		settings->tunnel.checksum = nla_get_u8(tb[BATON_SERVER_A_TUNNEL_CHECKSUM]);
	if (tb[BATON_SERVER_A_TUNNEL_PORT])
		settings->tunnel.port = nla_get_be16(tb[BATON_SERVER_A_TUNNEL_PORT]);
	if (tb[BATON_SERVER_A_WEIGHT])
		settings->weight = nla_get_u32(tb[BATON_SERVER_A_WEIGHT]);
	if (tb[BATON_SERVER_A_UPPER])
		settings->upper = nla_get_u32(tb[BATON_SERVER_A_UPPER]);
	if (tb[BATON_SERVER_A_LOWER])
		settings->lower = nla_get_u32(tb[BATON_SERVER_A_LOWER]);
}

int baton_nl_server_add_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_server_settings settings = {
		.method = BATON_METHOD_NAT, .weight = 1,
		.tunnel.port = cpu_to_be16(BATON_TUNNEL_PORT_GUE),
	};
	struct nlattr *tb[BATON_SERVER_A_MAX + 1];
	struct baton_server_key key;
	int err;

	err = baton_nl_parse_server(info->attrs[BATON_A_SERVER], tb, &key, info->extack);
	if (err)
		return err;
	parse_settings(tb, &settings);
	return baton_server_add(baton_nl_svc(info), key.family, &key.addr, key.port, &settings,
				info->extack);
}

int baton_nl_server_set_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_server *server = baton_nl_server(info);
	struct baton_server_settings settings = {
		.method = server->method, .tunnel = server->tunnel, .weight = server->weight,
		.upper = server->upper, .lower = server->lower,
	};
	struct nlattr *tb[BATON_SERVER_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, BATON_SERVER_A_MAX, info->attrs[BATON_A_SERVER], NULL,
			       info->extack);
	if (err)
		return err;
	parse_settings(tb, &settings);
	return baton_server_set(baton_nl_svc(info), server, &settings, info->extack);
}

int baton_nl_server_del_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SERVER_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, BATON_SERVER_A_MAX, info->attrs[BATON_A_SERVER], NULL,
			       info->extack);
	if (err)
		return err;
	if (tb[BATON_SERVER_A_DRAIN])
		return baton_server_drain(baton_nl_svc(info), baton_nl_server(info),
					  nla_get_u32(tb[BATON_SERVER_A_DRAIN]), info->extack);
	baton_server_del(baton_nl_svc(info), baton_nl_server(info));
	return 0;
}

/* Seconds, rounded up: 0 would say that it does not drain. */
static u32 drain_left(const struct baton_server *server)
{
	u64 now = get_jiffies_64();

	if (!server->draining)
		return 0;
	if (time_after_eq64(now, server->drain_until))
		return 1;
	return div_u64(server->drain_until - now + HZ - 1, HZ);
}

static int put_tunnel(struct sk_buff *skb, const struct baton_server *server)
{
	const struct baton_tunnel *tunnel = &server->tunnel;

	if (server->method != BATON_METHOD_TUNNEL)
		return 0;
	if (nla_put_u8(skb, BATON_SERVER_A_TUNNEL, tunnel->kind) ||
	    nla_put_u8(skb, BATON_SERVER_A_TUNNEL_CHECKSUM, tunnel->checksum) ||
	    nla_put_be16(skb, BATON_SERVER_A_TUNNEL_PORT, tunnel->port))
		return -EMSGSIZE;
	return 0;
}

int baton_nl_put_server(struct sk_buff *skb, const struct baton_server *server, bool full)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_SERVER);
	struct baton_stats_sum sum = { };

	if (!nest || nla_put_u8(skb, BATON_SERVER_A_FAMILY, server->family) ||
	    baton_nl_put_addr(skb, BATON_SERVER_A_ADDR, server->family, &server->addr) ||
	    nla_put_be16(skb, BATON_SERVER_A_PORT, server->port) ||
	    nla_put_u8(skb, BATON_SERVER_A_METHOD, server->method) ||
	    put_tunnel(skb, server) ||
	    nla_put_u32(skb, BATON_SERVER_A_WEIGHT, server->weight) ||
	    nla_put_u32(skb, BATON_SERVER_A_ACTIVE, atomic_read(&server->active)) ||
	    nla_put_u32(skb, BATON_SERVER_A_INACTIVE, atomic_read(&server->inactive)) ||
	    nla_put_u32(skb, BATON_SERVER_A_UPPER, server->upper) ||
	    nla_put_u32(skb, BATON_SERVER_A_LOWER, server->lower) ||
	    nla_put_u8(skb, BATON_SERVER_A_OVERLOADED, READ_ONCE(server->overloaded)) ||
	    nla_put_u32(skb, BATON_SERVER_A_DRAIN, drain_left(server)))
		return -EMSGSIZE;
	if (full) {
		baton_stats_add(&sum, server->stats);
		if (baton_nl_put_stats(skb, BATON_SERVER_A_STATS, &sum))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct baton_server *server)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &baton_nl_family,
			  NLM_F_MULTI, BATON_CMD_SERVER_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (baton_nl_put_service_key(skb, &server->service->key) ||
	    baton_nl_put_server(skb, server, true)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* where a dump goes on; a change in between is told by the generation */
struct server_cursor {
	u32	bucket;
	u32	skip_services;
	u32	skip_servers;
};

static int dump_service(struct sk_buff *skb, struct netlink_callback *cb,
			const struct baton_service *svc, struct server_cursor *at)
{
	const struct baton_server *server;
	u32 i = 0;
	int err;

	list_for_each_entry(server, &svc->servers, list) {
		if (i++ < at->skip_servers)
			continue;
		err = dump_one(skb, cb, server);
		if (err)
			return err;
		at->skip_servers++;
	}
	return 0;
}

static int dump_all(struct sk_buff *skb, struct netlink_callback *cb, struct baton_net *bn,
		    struct server_cursor *at)
{
	const struct baton_service *svc;
	int err;

	for (; at->bucket < ARRAY_SIZE(bn->services); at->bucket++, at->skip_services = 0) {
		u32 i = 0;

		hlist_for_each_entry(svc, &bn->services[at->bucket], node) {
			if (i++ < at->skip_services)
				continue;
			err = dump_service(skb, cb, svc, at);
			if (err)
				return err;
			at->skip_services++;
			at->skip_servers = 0;
		}
	}
	return 0;
}

int baton_nl_server_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *attr = genl_info_dump(cb)->attrs[BATON_A_SERVICE];
	struct server_cursor *at = (struct server_cursor *)cb->ctx;
	struct baton_net *bn = baton_net(sock_net(skb->sk));
	struct nlattr *tb[BATON_SERVICE_A_MAX + 1];
	struct baton_service_key key;
	struct baton_service *svc;
	int err;

	if (attr) {
		err = baton_nl_parse_service(attr, tb, &key, cb->extack);
		if (err)
			return err;
	}
	mutex_lock(&bn->config_mutex);
	cb->seq = bn->generation + 1;	/* 0 means no check */
	if (attr) {
		rcu_read_lock();
		svc = baton_service_find_rcu(bn, &key);
		rcu_read_unlock();	/* config_mutex keeps it */
		err = -ENOENT;
		if (svc)
			err = dump_service(skb, cb, svc, at);
		else
			NL_SET_ERR_MSG_ATTR(cb->extack, attr, "there is no such service");
	} else {
		err = dump_all(skb, cb, bn, at);
	}
	mutex_unlock(&bn->config_mutex);
	return skb->len ? skb->len : err;
}
