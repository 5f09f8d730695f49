// SPDX-License-Identifier: GPL-2.0-only
/* PROBE: who has the guarded addresses? */
#include "nl_cmd.h"

static int check_targets(const struct baton_probe_target *list, u32 count, struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (list[i].family != AF_INET && list[i].family != AF_INET6) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "the address family is neither IPv4 nor IPv6");
			return -EAFNOSUPPORT;
		}
	}
	return 0;
}

int baton_nl_probe_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_PROBE];
	struct nlattr *tb[BATON_PROBE_A_MAX + 1];
	const struct baton_probe_target *list;
	u32 count;
	int err;

	err = baton_nl_parse_nest(tb, BATON_PROBE_A_MAX, attr, info->extack,
				  "the request does not say what to ask for");
	if (err)
		return err;
	if (!tb[BATON_PROBE_A_NUMBER] || !tb[BATON_PROBE_A_TARGETS]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "a question needs a number and addresses: one is missing");
		return -EINVAL;
	}
	attr = tb[BATON_PROBE_A_TARGETS];
	if (!nla_len(attr) || nla_len(attr) % sizeof(*list)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the list of addresses is empty, or has a broken length");
		return -EINVAL;
	}
	list = nla_data(attr);
	count = nla_len(attr) / sizeof(*list);
	if (count > BATON_VIP_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "too many addresses to ask for");
		return -E2BIG;
	}
	err = check_targets(list, count, attr, info->extack);
	return err ?: baton_probe(baton_nl_bn(info), nla_get_u32(tb[BATON_PROBE_A_NUMBER]), list, count,
				  info->extack);
}
