// SPDX-License-Identifier: GPL-2.0-only
/* INFO_GET, STATS_GET, TUNABLE_GET and _SET: what a namespace says about itself. */
#include "conn_table.h"
#include "nl_cmd.h"
#include "opening.h"
#include "version.h"

#define FEATURES (BATON_FEATURE_IPV4 | BATON_FEATURE_IPV6 | BATON_FEATURE_NAT | BATON_FEATURE_DR | \
		  BATON_FEATURE_SYNC | BATON_FEATURE_TUNNEL | BATON_FEATURE_PORT_RANGE | \
		  BATON_FEATURE_SCTP | BATON_FEATURE_FTP | BATON_FEATURE_MARK | \
		  BATON_FEATURE_SIP)

/* addresses end the object: see struct baton_conn */
#define CONN_SIZE_V4 round_up(sizeof(struct baton_conn) + 3 * sizeof(__be32), BATON_CONN_ALIGN_V4)

static int put_info(struct sk_buff *skb, struct baton_net *bn)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_INFO);

	if (!nest || nla_put_u32(skb, BATON_INFO_A_ABI, BATON_ABI_VERSION) ||
	    nla_put_string(skb, BATON_INFO_A_VERSION, BATON_RELEASE) ||
	    nla_put_u64_64bit(skb, BATON_INFO_A_FEATURES, FEATURES, BATON_INFO_A_PAD) ||
	    nla_put_u32(skb, BATON_INFO_A_CONN_COUNT, baton_conn_count(bn)) ||
	    nla_put_u32(skb, BATON_INFO_A_CONN_BUCKETS, baton_conn_buckets(bn)) ||
	    nla_put_u32(skb, BATON_INFO_A_CONN_SIZE, CONN_SIZE_V4) ||
	    nla_put_u32(skb, BATON_INFO_A_SERVICE_COUNT, READ_ONCE(bn->service_count)) ||
	    nla_put_u32(skb, BATON_INFO_A_GENERATION, READ_ONCE(bn->generation)) ||
	    nla_put_u32(skb, BATON_INFO_A_DIGEST_BUCKETS, BATON_DIGEST_BUCKETS) ||
	    nla_put_u64_64bit(skb, BATON_INFO_A_ADOPTED, atomic64_read(&bn->adopted),
			      BATON_INFO_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_INFO_A_EVICTED, atomic64_read(&bn->evicted),
			      BATON_INFO_A_PAD) ||
	    nla_put_u64_64bit(skb, BATON_INFO_A_REVIVED, atomic64_read(&bn->revived),
			      BATON_INFO_A_PAD) ||
	    nla_put_u8(skb, BATON_INFO_A_THINNING, baton_defence_lasts(&bn->defence)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int baton_nl_info_get_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_net *bn = baton_nl_bn(info);
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	err = put_info(reply.skb, bn);
	if (!err)
		err = baton_nl_put_gate(reply.skb, bn);
	return baton_nl_reply_end(&reply, info, err);
}

int baton_nl_stats_get_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_net *bn = baton_nl_bn(info);
	struct baton_stats_sum sum = { };
	u64 drops[BATON_DROP_COUNT];
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	baton_service_totals(bn, &sum);
	err = baton_nl_put_stats(reply.skb, BATON_A_STATS, &sum);
	baton_drops_sum(bn, drops);
	if (!err)
		err = nla_put_64bit(reply.skb, BATON_A_DROPS, sizeof(drops), drops, BATON_A_PAD);
	return baton_nl_reply_end(&reply, info, err);
}

static int put_tunables(struct sk_buff *skb, struct baton_net *bn)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_TUNABLES);
	u32 seconds[BATON_STATE_MAX + 1];
	int i;

	for (i = 0; i <= BATON_STATE_MAX; i++)
		seconds[i] = READ_ONCE(bn->timeout[i]) / HZ;
	if (!nest || nla_put(skb, BATON_TUNABLE_A_TIMEOUTS, sizeof(seconds), seconds) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_CONN_MAX, READ_ONCE(bn->conn_max)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_TOMBSTONE_MAX, READ_ONCE(bn->sync.tombstone_max)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_FASTPATH, READ_ONCE(bn->fast.on)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_OPENING_MAX, READ_ONCE(bn->opening_max)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_CHALLENGE_MAX, READ_ONCE(bn->challenge.max)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_DROP_MODE, READ_ONCE(bn->defence.mode)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_DROP_RATE, READ_ONCE(bn->defence.rate)) ||
	    nla_put_u32(skb, BATON_TUNABLE_A_MEMORY_MIN, READ_ONCE(bn->defence.memory_min)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int baton_nl_tunable_get_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, GENLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	err = put_tunables(reply.skb, baton_nl_bn(info));
	return baton_nl_reply_end(&reply, info, err);
}

/* What it takes is there from the first service on. */
static int set_opening_max(struct baton_net *bn, u32 max, struct netlink_ext_ack *extack)
{
	if (bn->service_count)
		return baton_opening_set(bn, max, extack);
	bn->opening_max = max;
	return 0;
}

static void set_defence(struct baton_defence *defence, struct nlattr **tb)
{
	if (tb[BATON_TUNABLE_A_DROP_MODE])
		WRITE_ONCE(defence->mode, nla_get_u32(tb[BATON_TUNABLE_A_DROP_MODE]));
	if (tb[BATON_TUNABLE_A_DROP_RATE])
		WRITE_ONCE(defence->rate, nla_get_u32(tb[BATON_TUNABLE_A_DROP_RATE]));
	if (tb[BATON_TUNABLE_A_MEMORY_MIN])
		WRITE_ONCE(defence->memory_min, nla_get_u32(tb[BATON_TUNABLE_A_MEMORY_MIN]));
}

int baton_nl_tunable_set_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_TUNABLE_A_MAX + 1];
	struct baton_net *bn = baton_nl_bn(info);
	u32 seconds[BATON_STATE_MAX + 1] = { };
	int i, err;

	err = baton_nl_parse_nest(tb, BATON_TUNABLE_A_MAX, info->attrs[BATON_A_TUNABLES],
				  info->extack, "the request does not say which tunables to set");
	if (!err && tb[BATON_TUNABLE_A_TIMEOUTS])
		err = baton_nl_parse_timeouts(tb[BATON_TUNABLE_A_TIMEOUTS], seconds, info->extack);
	if (!err && tb[BATON_TUNABLE_A_OPENING_MAX])
		err = set_opening_max(bn, nla_get_u32(tb[BATON_TUNABLE_A_OPENING_MAX]), info->extack);
	if (err)
		return err;
	for (i = 0; i <= BATON_STATE_MAX; i++)
		if (seconds[i])
			WRITE_ONCE(bn->timeout[i], seconds[i] * HZ);
	if (tb[BATON_TUNABLE_A_CONN_MAX])
		WRITE_ONCE(bn->conn_max, nla_get_u32(tb[BATON_TUNABLE_A_CONN_MAX]));
	if (tb[BATON_TUNABLE_A_TOMBSTONE_MAX])
		WRITE_ONCE(bn->sync.tombstone_max, nla_get_u32(tb[BATON_TUNABLE_A_TOMBSTONE_MAX]));
	if (tb[BATON_TUNABLE_A_CHALLENGE_MAX])
		WRITE_ONCE(bn->challenge.max, nla_get_u32(tb[BATON_TUNABLE_A_CHALLENGE_MAX]));
	set_defence(&bn->defence, tb);
	if (tb[BATON_TUNABLE_A_FASTPATH])
		baton_fast_switch(bn, nla_get_u32(tb[BATON_TUNABLE_A_FASTPATH]));
	return 0;
}
