// SPDX-License-Identifier: GPL-2.0-only
/* SERVICE_ADD, _SET, _DEL, _GET and FLUSH. All under config_mutex. */
#include "core/sched.h"
#include "nl_cmd.h"

/* where the settings of a request are kept while it is carried out */
struct settings {
	struct baton_service_settings	given;
	u32				sched_flags;
	u32				flags;
	u32				timeout[BATON_STATE_MAX + 1];
	u8				persist_prefix;
	__be16				port_last;
	u32				sync_after;
};

static int parse_settings(struct nlattr **tb, const struct baton_service_key *key,
			  struct settings *s, struct netlink_ext_ack *extack)
{
	int err = 0;

	memset(s, 0, sizeof(*s));
	if (tb[BATON_SERVICE_A_SCHED])
		s->given.sched = nla_data(tb[BATON_SERVICE_A_SCHED]);
	if (tb[BATON_SERVICE_A_SCHED_FLAGS]) {
		s->sched_flags = nla_get_u32(tb[BATON_SERVICE_A_SCHED_FLAGS]);
		s->given.sched_flags = &s->sched_flags;
	}
	if (tb[BATON_SERVICE_A_FLAGS]) {
		s->flags = nla_get_u32(tb[BATON_SERVICE_A_FLAGS]);
		s->given.flags = &s->flags;
	}
	if (tb[BATON_SERVICE_A_PERSIST_PREFIX]) {
		s->persist_prefix = nla_get_u8(tb[BATON_SERVICE_A_PERSIST_PREFIX]);
		s->given.persist_prefix = &s->persist_prefix;
	}
	if (tb[BATON_SERVICE_A_PORT_LAST]) {
		s->port_last = key->port_last;
		s->given.port_last = &s->port_last;
	}
	if (tb[BATON_SERVICE_A_SYNC_AFTER]) {
		s->sync_after = nla_get_u32(tb[BATON_SERVICE_A_SYNC_AFTER]);
		s->given.sync_after = &s->sync_after;
	}
	if (tb[BATON_SERVICE_A_TIMEOUTS]) {
		err = baton_nl_parse_timeouts(tb[BATON_SERVICE_A_TIMEOUTS], s->timeout, extack);
		s->given.timeout = s->timeout;
	}
	return err;
}

int baton_nl_service_add_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SERVICE_A_MAX + 1];
	struct nlattr *attr = info->attrs[BATON_A_SERVICE];
	struct baton_service_key key;
	struct settings settings;
	int err;

	err = baton_nl_parse_service(attr, tb, &key, info->extack);
	if (!err)
		err = parse_settings(tb, &key, &settings, info->extack);
	if (err)
		return err;
	if (!settings.given.sched) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "a new service needs a scheduler");
		return -EINVAL;
	}
	return baton_service_add(baton_nl_bn(info), &key, &settings.given, info->extack);
}

int baton_nl_service_set_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SERVICE_A_MAX + 1];
	struct baton_service_key key;
	struct settings settings;
	int err;

	err = baton_nl_parse_service(info->attrs[BATON_A_SERVICE], tb, &key, info->extack);
	if (!err)
		err = parse_settings(tb, &key, &settings, info->extack);
	if (err)
		return err;
	return baton_service_set(baton_nl_bn(info), baton_nl_svc(info), &settings.given,
				 info->extack);
}

int baton_nl_service_del_cmd(struct sk_buff *skb, struct genl_info *info)
{
	baton_service_del(baton_nl_bn(info), baton_nl_svc(info));
	return 0;
}

int baton_nl_flush_cmd(struct sk_buff *skb, struct genl_info *info)
{
	baton_service_flush(baton_nl_bn(info));
	return 0;
}

static int put_key(struct sk_buff *skb, const struct baton_service_key *key)
{
	if (nla_put_u8(skb, BATON_SERVICE_A_FAMILY, key->family))
		return -EMSGSIZE;
	if (key->mark)
		return nla_put_u32(skb, BATON_SERVICE_A_MARK, key->mark);
	if (nla_put_u8(skb, BATON_SERVICE_A_PROTOCOL, key->protocol) ||
	    baton_nl_put_addr(skb, BATON_SERVICE_A_ADDR, key->family, &key->addr) ||
	    nla_put_be16(skb, BATON_SERVICE_A_PORT, key->port) ||
	    (key->port_last && nla_put_be16(skb, BATON_SERVICE_A_PORT_LAST, key->port_last)))
		return -EMSGSIZE;
	return 0;
}

int baton_nl_put_service_key(struct sk_buff *skb, const struct baton_service_key *key)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_SERVICE);

	if (!nest || put_key(skb, key))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_timeouts(struct sk_buff *skb, const struct baton_service *svc)
{
	u32 seconds[BATON_STATE_MAX + 1];
	int i;

	for (i = 0; i <= BATON_STATE_MAX; i++)
		seconds[i] = READ_ONCE(svc->timeout[i]) / HZ;
	return nla_put(skb, BATON_SERVICE_A_TIMEOUTS, sizeof(seconds), seconds);
}

int baton_nl_put_service(struct sk_buff *skb, const struct baton_service *svc, bool full)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_SERVICE);
	struct baton_stats_sum sum = { };

	if (!nest || put_key(skb, &svc->key) ||
	    nla_put_string(skb, BATON_SERVICE_A_SCHED, svc->sched->name) ||
	    nla_put_u32(skb, BATON_SERVICE_A_SCHED_FLAGS, svc->sched_flags) ||
	    nla_put_u32(skb, BATON_SERVICE_A_FLAGS, svc->flags) ||
	    nla_put_u32(skb, BATON_SERVICE_A_SERVERS, svc->server_count) ||
	    nla_put_u8(skb, BATON_SERVICE_A_PERSIST_PREFIX, svc->persist_prefix) ||
	    nla_put_u32(skb, BATON_SERVICE_A_SYNC_AFTER, svc->sync_after) ||
	    put_timeouts(skb, svc))
		return -EMSGSIZE;
	if (full) {
		baton_service_stats(svc, &sum);
		if (baton_nl_put_stats(skb, BATON_SERVICE_A_STATS, &sum))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

int baton_nl_service_get_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	err = baton_nl_put_service(reply.skb, baton_nl_svc(info), true);
	return baton_nl_reply_end(&reply, info, err);
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct baton_service *svc)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &baton_nl_family,
			  NLM_F_MULTI, BATON_CMD_SERVICE_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (baton_nl_put_service(skb, svc, true)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* where a dump goes on; a change in between is told by the generation */
struct service_cursor {
	u32	bucket;
	u32	skip;
};

int baton_nl_service_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct service_cursor *at = (struct service_cursor *)cb->ctx;
	struct baton_net *bn = baton_net(sock_net(skb->sk));
	const struct baton_service *svc;
	int err = 0;

	if (genl_info_dump(cb)->attrs[BATON_A_SERVICE]) {
		NL_SET_ERR_MSG(cb->extack, "a dump gives every service: it takes no key");
		return -EINVAL;
	}
	mutex_lock(&bn->config_mutex);
	cb->seq = bn->generation + 1;	/* 0 means no check */
	for (; at->bucket < ARRAY_SIZE(bn->services); at->bucket++, at->skip = 0) {
		u32 i = 0;

		hlist_for_each_entry(svc, &bn->services[at->bucket], node) {
			if (i++ < at->skip)
				continue;
			err = dump_one(skb, cb, svc);
			if (err)
				goto unlock;
			at->skip++;
		}
	}
unlock:
	mutex_unlock(&bn->config_mutex);
	/* full is not a failure as long as something fits */
	return skb->len ? skb->len : err;
}
