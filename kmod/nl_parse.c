// SPDX-License-Identifier: GPL-2.0-only
/* What several commands parse and put alike: keys, addresses, counters, replies. */
#include "nl_cmd.h"

int baton_nl_reply_begin(struct baton_nl_reply *reply, struct genl_info *info, size_t size)
{
	reply->skb = genlmsg_new(size, GFP_KERNEL);
	if (!reply->skb)
		return -ENOMEM;
	reply->hdr = genlmsg_put_reply(reply->skb, info, &baton_nl_family, 0, info->genlhdr->cmd);
	if (!reply->hdr) {
		nlmsg_free(reply->skb);
		return -EMSGSIZE;
	}
	return 0;
}

int baton_nl_reply_end(struct baton_nl_reply *reply, struct genl_info *info, int err)
{
	if (err) {
		if (err == -EMSGSIZE)
			NL_SET_ERR_MSG(info->extack, "the answer does not fit into its message");
		nlmsg_free(reply->skb);
		return err;
	}
	genlmsg_end(reply->skb, reply->hdr);
	return genlmsg_reply(reply->skb, info);
}

int baton_nl_parse_addr(const struct nlattr *attr, u8 family, union baton_addr *ret,
			struct netlink_ext_ack *extack)
{
	if (nla_len(attr) != baton_addr_len(family)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the length of the address does not fit its family");
		return -EINVAL;
	}
	memset(ret, 0, sizeof(*ret));
	nla_memcpy(ret, attr, sizeof(*ret));
	return 0;
}

static int parse_mark(struct nlattr *attr, struct nlattr **tb, struct baton_service_key *key,
		      struct netlink_ext_ack *extack)
{
	if (!tb[BATON_SERVICE_A_FAMILY] || tb[BATON_SERVICE_A_PROTOCOL] ||
	    tb[BATON_SERVICE_A_ADDR] || tb[BATON_SERVICE_A_PORT] ||
	    tb[BATON_SERVICE_A_PORT_LAST]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a service by mark has a family, and no protocol, address and port");
		return -EINVAL;
	}
	memset(key, 0, sizeof(*key));
	key->family = nla_get_u8(tb[BATON_SERVICE_A_FAMILY]);
	key->mark = nla_get_u32(tb[BATON_SERVICE_A_MARK]);
	if (key->mark)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "mark 0 is that of packets that nobody marked");
	return -ERANGE;
}

int baton_nl_parse_service(struct nlattr *attr, struct nlattr **tb, struct baton_service_key *key,
			   struct netlink_ext_ack *extack)
{
	int err;

	err = baton_nl_parse_nest(tb, BATON_SERVICE_A_MAX, attr, extack,
				  "the request does not name a service");
	if (err)
		return err;
	if (tb[BATON_SERVICE_A_MARK])
		return parse_mark(attr, tb, key, extack);
	if (!tb[BATON_SERVICE_A_FAMILY] || !tb[BATON_SERVICE_A_PROTOCOL] ||
	    !tb[BATON_SERVICE_A_ADDR] || !tb[BATON_SERVICE_A_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a service is named by family, protocol, address and port, or by family and mark: one is missing");
		return -EINVAL;
	}
	memset(key, 0, sizeof(*key));
	key->family = nla_get_u8(tb[BATON_SERVICE_A_FAMILY]);
	key->protocol = nla_get_u8(tb[BATON_SERVICE_A_PROTOCOL]);
	key->port = nla_get_be16(tb[BATON_SERVICE_A_PORT]);
	if (tb[BATON_SERVICE_A_PORT_LAST])
		key->port_last = nla_get_be16(tb[BATON_SERVICE_A_PORT_LAST]);
	if (key->port_last == key->port)
		key->port_last = 0;	/* one port is no range */
	return baton_nl_parse_addr(tb[BATON_SERVICE_A_ADDR], key->family, &key->addr, extack);
}

int baton_nl_parse_server(struct nlattr *attr, struct nlattr **tb, struct baton_server_key *key,
			  struct netlink_ext_ack *extack)
{
	int err;

	err = baton_nl_parse_nest(tb, BATON_SERVER_A_MAX, attr, extack,
				  "the request does not name a server");
	if (err)
		return err;
	if (!tb[BATON_SERVER_A_FAMILY] || !tb[BATON_SERVER_A_ADDR] || !tb[BATON_SERVER_A_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a server is named by family, address and port: one is missing");
		return -EINVAL;
	}
	memset(key, 0, sizeof(*key));
	key->family = nla_get_u8(tb[BATON_SERVER_A_FAMILY]);
	key->port = nla_get_be16(tb[BATON_SERVER_A_PORT]);
	return baton_nl_parse_addr(tb[BATON_SERVER_A_ADDR], key->family, &key->addr, extack);
}

/* A shorter list of timeouts is one of an older tool. */
int baton_nl_parse_timeouts(const struct nlattr *attr, u32 *seconds, struct netlink_ext_ack *extack)
{
	int i;

	if (nla_len(attr) % sizeof(*seconds)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the list of timeouts has a broken length");
		return -EINVAL;
	}
	nla_memcpy(seconds, attr, (BATON_STATE_MAX + 1) * sizeof(*seconds));
	for (i = 0; i <= BATON_STATE_MAX; i++) {
		if (seconds[i] > BATON_TIMEOUT_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "a timeout is longer than a day");
			return -ERANGE;
		}
	}
	return 0;
}

int baton_nl_put_addr(struct sk_buff *skb, int type, u8 family, const void *addr)
{
	return nla_put(skb, type, baton_addr_len(family), addr);
}

int baton_nl_put_stats(struct sk_buff *skb, int type, const struct baton_stats_sum *sum)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put_u64_64bit(skb, BATON_STATS_A_CONNS, sum->conns, BATON_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_STATS_A_IN_PACKETS, sum->in_packets, BATON_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_STATS_A_IN_BYTES, sum->in_bytes, BATON_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_STATS_A_OUT_PACKETS, sum->out_packets,
			      BATON_STATS_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_STATS_A_OUT_BYTES, sum->out_bytes, BATON_STATS_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
