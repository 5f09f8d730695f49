// SPDX-License-Identifier: GPL-2.0-only
/* WILL_SET: what the peer is told when this node ends. */
#include "nl_cmd.h"

static int check_paths(const struct baton_will_path *path, unsigned int count, struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (path[i].family != AF_INET && path[i].family != AF_INET6) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "the address family is neither IPv4 nor IPv6");
			return -EAFNOSUPPORT;
		}
	}
	return 0;
}

int baton_nl_will_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_WILL];
	struct nlattr *tb[BATON_WILL_A_MAX + 1];
	struct baton_will_order order = {};
	int err;

	if (!attr)
		return baton_will_set(baton_nl_bn(info), &order, info->extack);
	err = baton_nl_parse_nest(tb, BATON_WILL_A_MAX, attr, info->extack,
				  "the request does not say what to tell the peer");
	if (err)
		return err;
	if (!tb[BATON_WILL_A_EPOCH] || !tb[BATON_WILL_A_WORD] || !tb[BATON_WILL_A_PATHS]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "a will needs epoch, word and paths: one is missing");
		return -EINVAL;
	}
	attr = tb[BATON_WILL_A_PATHS];
	if (!nla_len(attr) || nla_len(attr) % sizeof(*order.path) || !nla_len(tb[BATON_WILL_A_WORD])) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the word is empty, or the paths have a broken length");
		return -EINVAL;
	}
	order.epoch = nla_get_u32(tb[BATON_WILL_A_EPOCH]);
	order.word = nla_data(tb[BATON_WILL_A_WORD]);
	order.size = nla_len(tb[BATON_WILL_A_WORD]);
	order.path = nla_data(attr);
	order.paths = nla_len(attr) / sizeof(*order.path);
	err = check_paths(order.path, order.paths, attr, info->extack);
	return err ?: baton_will_set(baton_nl_bn(info), &order, info->extack);
}
