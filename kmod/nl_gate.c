// SPDX-License-Identifier: GPL-2.0-only
/* GATE_GET, GATE_SET, LEASE_RENEW and ANNOUNCE. */
#include "announce.h"
#include "nl_cmd.h"

int baton_nl_put_gate(struct sk_buff *skb, struct baton_net *bn)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_GATE);
	struct baton_gate_view view;

	baton_gate_read(bn, &view);
	if (!nest || nla_put_u8(skb, BATON_GATE_A_ROLE, view.role) ||
	    nla_put_u32(skb, BATON_GATE_A_EPOCH, view.epoch) ||
	    nla_put_u32(skb, BATON_GATE_A_LEASE_MS, view.lease_ms) ||
	    nla_put_u32(skb, BATON_GATE_A_LEASE_LEFT_MS, view.lease_left_ms) ||
	    nla_put_u8(skb, BATON_GATE_A_STATE, view.state) ||
	    nla_put_u32(skb, BATON_GATE_A_RELAY_MS, baton_relay_left(bn)) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_RELAYED, atomic64_read(&bn->relay.passed),
			      BATON_GATE_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_RIVALS, atomic64_read(&bn->rival.heard),
			      BATON_GATE_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_PROBES, atomic64_read(&bn->probe.sent),
			      BATON_GATE_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_ANSWERS, atomic64_read(&bn->probe.answers),
			      BATON_GATE_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_OPENED_NS, view.opened, BATON_GATE_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_ANNOUNCED_NS, view.announced, BATON_GATE_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_GATE_A_FIRST_NS, view.first, BATON_GATE_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int baton_nl_gate_get_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	err = baton_nl_put_gate(reply.skb, baton_nl_bn(info));
	return baton_nl_reply_end(&reply, info, err);
}

int baton_nl_gate_set_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_GATE];
	struct nlattr *tb[BATON_GATE_A_MAX + 1];
	struct baton_gate_order order = {};
	int err;

	err = baton_nl_parse_nest(tb, BATON_GATE_A_MAX, attr, info->extack,
				  "the request does not say how to set the gate");
	if (err)
		return err;
	if (!tb[BATON_GATE_A_ROLE] || !tb[BATON_GATE_A_EPOCH]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the gate is set by role and epoch: one is missing");
		return -EINVAL;
	}
	order.role = nla_get_u8(tb[BATON_GATE_A_ROLE]);
	order.epoch = nla_get_u32(tb[BATON_GATE_A_EPOCH]);
	if (tb[BATON_GATE_A_LEASE_MS])
		order.lease_ms = nla_get_u32(tb[BATON_GATE_A_LEASE_MS]);
	if (tb[BATON_GATE_A_RELAY_MS])
		order.relay_ms = nla_get_u32(tb[BATON_GATE_A_RELAY_MS]);
	return baton_gate_set(baton_nl_bn(info), &order, info->extack);
}

int baton_nl_lease_renew_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_GATE];
	struct nlattr *tb[BATON_GATE_A_MAX + 1];
	int err;

	err = baton_nl_parse_nest(tb, BATON_GATE_A_MAX, attr, info->extack,
				  "the request does not say which lease to renew");
	if (err)
		return err;
	if (!tb[BATON_GATE_A_EPOCH] || !tb[BATON_GATE_A_LEASE_MS]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "a lease is renewed by epoch and duration: one is missing");
		return -EINVAL;
	}
	return baton_gate_renew(baton_nl_bn(info), nla_get_u32(tb[BATON_GATE_A_EPOCH]),
				nla_get_u32(tb[BATON_GATE_A_LEASE_MS]), info->extack);
}

int baton_nl_announce_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_ANNOUNCE];
	struct nlattr *tb[BATON_ANNOUNCE_A_MAX + 1];
	union baton_addr addr;
	u8 family;
	int err;

	err = baton_nl_parse_nest(tb, BATON_ANNOUNCE_A_MAX, attr, info->extack,
				  "the request does not say what to announce");
	if (err)
		return err;
	if (!tb[BATON_ANNOUNCE_A_IFINDEX] || !tb[BATON_ANNOUNCE_A_FAMILY] ||
	    !tb[BATON_ANNOUNCE_A_ADDR]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "an announcement needs interface, family and address: one is missing");
		return -EINVAL;
	}
	family = nla_get_u8(tb[BATON_ANNOUNCE_A_FAMILY]);
	if (family != AF_INET && family != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[BATON_ANNOUNCE_A_FAMILY],
				    "the address family is neither IPv4 nor IPv6");
		return -EAFNOSUPPORT;
	}
	err = baton_nl_parse_addr(tb[BATON_ANNOUNCE_A_ADDR], family, &addr, info->extack);
	if (err)
		return err;
	return baton_announce(baton_nl_bn(info), nla_get_u32(tb[BATON_ANNOUNCE_A_IFINDEX]), family,
			      &addr, info->extack);
}
