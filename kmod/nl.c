// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: which command takes which attributes, with which values.
 *
 * Everything is checked strictly: an attribute that a command does not list, a flag that is not
 * known, bytes that are left over are refused before a handler runs.
 */
#include <linux/netlink.h>
#include "nl.h"
#include "nl_cmd.h"
#include "opening.h"

#define TOMBSTONE_LIMIT (1U << 24)

/* A policy's own range check says "integer out of range": for what people type a sentence is better. */
static int check_family(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u8 family = nla_get_u8(attr);

	if (family == AF_INET || family == AF_INET6)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the address family is neither IPv4 nor IPv6");
	return -EAFNOSUPPORT;
}

static int check_protocol(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u8 protocol = nla_get_u8(attr);

	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the protocol is none of TCP, UDP and SCTP");
	return -EPROTONOSUPPORT;
}

static int check_method(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u8(attr) <= BATON_METHOD_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "there is no such forwarding method");
	return -ERANGE;
}

static int check_weight(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u32(attr) <= BATON_WEIGHT_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the weight is above 65535");
	return -ERANGE;
}

static int check_service_flags(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!(nla_get_u32(attr) & ~__BATON_SERVICE_F_ALL))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "this module does not know one of the service's flags");
	return -EOPNOTSUPP;
}

static int check_sched_flags(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!(nla_get_u32(attr) & ~__BATON_SCHED_F_ALL))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "this module does not know one of the scheduler's flags");
	return -EOPNOTSUPP;
}

static int check_role(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u8(attr) <= BATON_ROLE_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the role is neither standby nor active");
	return -ERANGE;
}

static int check_epoch(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u32(attr) <= BATON_EPOCH_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the epoch is above 1048575");
	return -ERANGE;
}

static int check_lease(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u32(attr) <= BATON_LEASE_MAX_MS)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the lease is longer than ten minutes");
	return -ERANGE;
}

static int check_relay(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u32 ms = nla_get_u32(attr);

	if (ms && ms <= BATON_RELAY_MAX_MS)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the time for passing packets on is not within 1 and 10000 ms");
	return -ERANGE;
}

static int check_max_records(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u32 max = nla_get_u32(attr);

	if (max && max <= BATON_SYNC_RECORDS_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the number of records is not within 1 and 600");
	return -ERANGE;
}

static int check_tombstones(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u32(attr) <= TOMBSTONE_LIMIT)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the limit of tombstones is above 16777216");
	return -ERANGE;
}

static int check_opening(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (nla_get_u32(attr) <= BATON_OPENING_LIMIT)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the limit of opening connections is above 4194304");
	return -ERANGE;
}

#define POLICY_ADDR	NLA_POLICY_RANGE(NLA_BINARY, sizeof(__be32), sizeof(union baton_addr))
#define POLICY_TIMEOUTS	NLA_POLICY_RANGE(NLA_BINARY, sizeof(u32), (BATON_STATE_MAX + 1) * sizeof(u32))
#define POLICY_EPOCH	NLA_POLICY_VALIDATE_FN(NLA_U32, check_epoch)
#define POLICY_LEASE	NLA_POLICY_VALIDATE_FN(NLA_U32, check_lease)
#define POLICY_RELAY	NLA_POLICY_VALIDATE_FN(NLA_U32, check_relay)
#define POLICY_MAX	NLA_POLICY_VALIDATE_FN(NLA_U32, check_max_records)
#define POLICY_MAP	NLA_POLICY_EXACT_LEN(BATON_DIGEST_BUCKETS / 8)

/* one level below a command */
static const struct nla_policy service_key_policy[BATON_SERVICE_A_MAX + 1] = {
	[BATON_SERVICE_A_FAMILY]	= NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
	[BATON_SERVICE_A_PROTOCOL]	= NLA_POLICY_VALIDATE_FN(NLA_U8, check_protocol),
	[BATON_SERVICE_A_ADDR]		= POLICY_ADDR,
	[BATON_SERVICE_A_PORT]		= { .type = NLA_U16 },
	[BATON_SERVICE_A_PORT_LAST]	= { .type = NLA_U16 },
	[BATON_SERVICE_A_MARK]		= { .type = NLA_U32 },
};

static const struct nla_policy service_policy[BATON_SERVICE_A_MAX + 1] = {
	[BATON_SERVICE_A_FAMILY]	= NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
	[BATON_SERVICE_A_PROTOCOL]	= NLA_POLICY_VALIDATE_FN(NLA_U8, check_protocol),
	[BATON_SERVICE_A_ADDR]		= POLICY_ADDR,
	[BATON_SERVICE_A_PORT]		= { .type = NLA_U16 },
	[BATON_SERVICE_A_SCHED]		= { .type = NLA_NUL_STRING, .len = BATON_SCHED_NAME_MAX - 1 },
	[BATON_SERVICE_A_FLAGS]		= NLA_POLICY_VALIDATE_FN(NLA_U32, check_service_flags),
	[BATON_SERVICE_A_SCHED_FLAGS]	= NLA_POLICY_VALIDATE_FN(NLA_U32, check_sched_flags),
	[BATON_SERVICE_A_TIMEOUTS]	= POLICY_TIMEOUTS,
	[BATON_SERVICE_A_PERSIST_PREFIX] = { .type = NLA_U8 },
	[BATON_SERVICE_A_PORT_LAST]	= { .type = NLA_U16 },
	[BATON_SERVICE_A_SYNC_AFTER] = { .type = NLA_U32 },
	[BATON_SERVICE_A_MARK]		= { .type = NLA_U32 },
};

static const struct nla_policy server_key_policy[BATON_SERVER_A_MAX + 1] = {
	[BATON_SERVER_A_FAMILY]		= NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
	[BATON_SERVER_A_ADDR]		= POLICY_ADDR,
	[BATON_SERVER_A_PORT]		= { .type = NLA_U16 },
};

static const struct nla_policy server_policy[BATON_SERVER_A_MAX + 1] = {
	[BATON_SERVER_A_FAMILY]		= NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
	[BATON_SERVER_A_ADDR]		= POLICY_ADDR,
	[BATON_SERVER_A_PORT]		= { .type = NLA_U16 },
	[BATON_SERVER_A_METHOD]		= NLA_POLICY_VALIDATE_FN(NLA_U8, check_method),
	[BATON_SERVER_A_TUNNEL]		= { .type = NLA_U8 },
	[BATON_SERVER_A_TUNNEL_CHECKSUM] = { .type = NLA_U8 },
	[BATON_SERVER_A_TUNNEL_PORT]	= { .type = NLA_U16 },
	[BATON_SERVER_A_WEIGHT]		= NLA_POLICY_VALIDATE_FN(NLA_U32, check_weight),
	[BATON_SERVER_A_UPPER]		= { .type = NLA_U32 },
	[BATON_SERVER_A_LOWER]		= { .type = NLA_U32 },
};

static const struct nla_policy server_del_policy[BATON_SERVER_A_MAX + 1] = {
	[BATON_SERVER_A_FAMILY]		= NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
	[BATON_SERVER_A_ADDR]		= POLICY_ADDR,
	[BATON_SERVER_A_PORT]		= { .type = NLA_U16 },
	[BATON_SERVER_A_DRAIN]		= { .type = NLA_U32 },
};

static const struct nla_policy filter_policy[BATON_FILTER_A_MAX + 1] = {
	[BATON_FILTER_A_SERVICE]	= NLA_POLICY_NESTED(service_key_policy),
	[BATON_FILTER_A_SERVER]		= NLA_POLICY_NESTED(server_key_policy),
	[BATON_FILTER_A_CLIENT]		= POLICY_ADDR,
	[BATON_FILTER_A_CLIENT_PREFIX]	= { .type = NLA_U8 },
	[BATON_FILTER_A_CLIENT_PORT]	= { .type = NLA_U16 },
};

static const struct nla_policy tunables_policy[BATON_TUNABLE_A_MAX + 1] = {
	[BATON_TUNABLE_A_TIMEOUTS]	= POLICY_TIMEOUTS,
	[BATON_TUNABLE_A_CONN_MAX]	= { .type = NLA_U32 },
	[BATON_TUNABLE_A_FASTPATH]	= NLA_POLICY_MAX(NLA_U32, 1),
	[BATON_TUNABLE_A_TOMBSTONE_MAX]	= NLA_POLICY_VALIDATE_FN(NLA_U32, check_tombstones),
	[BATON_TUNABLE_A_OPENING_MAX]	= NLA_POLICY_VALIDATE_FN(NLA_U32, check_opening),
	[BATON_TUNABLE_A_CHALLENGE_MAX]	= { .type = NLA_U32 },
	[BATON_TUNABLE_A_DROP_MODE]	= NLA_POLICY_MAX(NLA_U32, BATON_DROP_MODE_MAX),
	[BATON_TUNABLE_A_DROP_RATE]	= NLA_POLICY_MIN(NLA_U32, 1),
	[BATON_TUNABLE_A_MEMORY_MIN]	= { .type = NLA_U32 },
};

static const struct nla_policy gate_set_policy[BATON_GATE_A_MAX + 1] = {
	[BATON_GATE_A_ROLE]		= NLA_POLICY_VALIDATE_FN(NLA_U8, check_role),
	[BATON_GATE_A_EPOCH]		= POLICY_EPOCH,
	[BATON_GATE_A_LEASE_MS]		= POLICY_LEASE,
	[BATON_GATE_A_RELAY_MS]		= POLICY_RELAY,
};

static const struct nla_policy gate_renew_policy[BATON_GATE_A_MAX + 1] = {
	[BATON_GATE_A_EPOCH]		= POLICY_EPOCH,
	[BATON_GATE_A_LEASE_MS]		= POLICY_LEASE,
};

static const struct nla_policy announce_policy[BATON_ANNOUNCE_A_MAX + 1] = {
	[BATON_ANNOUNCE_A_IFINDEX]	= { .type = NLA_U32 },
	[BATON_ANNOUNCE_A_FAMILY]	= NLA_POLICY_VALIDATE_FN(NLA_U8, check_family),
	[BATON_ANNOUNCE_A_ADDR]		= POLICY_ADDR,
};

static const struct nla_policy will_policy[BATON_WILL_A_MAX + 1] = {
	[BATON_WILL_A_EPOCH]		= POLICY_EPOCH,
	[BATON_WILL_A_WORD]		= { .type = NLA_BINARY, .len = BATON_WILL_WORD_MAX },
	[BATON_WILL_A_PATHS]		= { .type = NLA_BINARY,
					    .len = BATON_WILL_PATHS * sizeof(struct baton_will_path) },
};

static const struct nla_policy probe_policy[BATON_PROBE_A_MAX + 1] = {
	[BATON_PROBE_A_NUMBER]		= { .type = NLA_U32 },
	[BATON_PROBE_A_TARGETS]		= { .type = NLA_BINARY },
};

static const struct nla_policy sync_drain_policy[BATON_SYNC_A_MAX + 1] = {
	[BATON_SYNC_A_MAX_RECORDS]	= POLICY_MAX,
};

static const struct nla_policy sync_read_policy[BATON_SYNC_A_MAX + 1] = {
	[BATON_SYNC_A_MAX_RECORDS]	= POLICY_MAX,
	[BATON_SYNC_A_CURSOR]		= { .type = NLA_U64 },
	[BATON_SYNC_A_BUCKET_MAP]	= POLICY_MAP,
};

static const struct nla_policy sync_apply_policy[BATON_SYNC_A_MAX + 1] = {
	[BATON_SYNC_A_EPOCH]		= POLICY_EPOCH,
	[BATON_SYNC_A_RECORDS]		= { .type = NLA_REJECT, .reject_message =
		"whole records were applied until version 2 of this interface: now they are LIKES and BRIEFS" },
	[BATON_SYNC_A_LIKES]		= { .type = NLA_BINARY, .len = BATON_SYNC_RECORDS_MAX *
						sizeof(struct baton_conn_record) },
	[BATON_SYNC_A_BRIEFS]		= { .type = NLA_BINARY, .len = BATON_SYNC_RECORDS_MAX *
						(sizeof(struct baton_conn_brief) + sizeof(union baton_addr)) },
};

static const struct nla_policy sync_prune_policy[BATON_SYNC_A_MAX + 1] = {
	[BATON_SYNC_A_EPOCH]		= POLICY_EPOCH,
	[BATON_SYNC_A_BUCKET_MAP]	= POLICY_MAP,
	[BATON_SYNC_A_VERSION_BEFORE]	= { .type = NLA_U64 },
};

/* per command, in the order of the contract; none: no attribute is taken */
#define COMMAND_POLICY(name) static const struct nla_policy name[BATON_A_MAX + 1]

COMMAND_POLICY(cmd_service) = { [BATON_A_SERVICE] = NLA_POLICY_NESTED(service_policy) };
COMMAND_POLICY(cmd_service_key) = { [BATON_A_SERVICE] = NLA_POLICY_NESTED(service_key_policy) };
COMMAND_POLICY(cmd_server) = {
	[BATON_A_SERVICE] = NLA_POLICY_NESTED(service_key_policy),
	[BATON_A_SERVER] = NLA_POLICY_NESTED(server_policy),
};
COMMAND_POLICY(cmd_server_del) = {
	[BATON_A_SERVICE] = NLA_POLICY_NESTED(service_key_policy),
	[BATON_A_SERVER] = NLA_POLICY_NESTED(server_del_policy),
};
COMMAND_POLICY(cmd_conn) = { [BATON_A_FILTER] = NLA_POLICY_NESTED(filter_policy) };
COMMAND_POLICY(cmd_kill) = {
	[BATON_A_FILTER] = NLA_POLICY_NESTED(filter_policy),
	[BATON_A_CURSOR] = { .type = NLA_U64 },
};
COMMAND_POLICY(cmd_sample) = { [BATON_A_CURSOR] = { .type = NLA_U64 } };
COMMAND_POLICY(cmd_match) = {
	[BATON_A_RECORDS] = { .type = NLA_BINARY,
			      .len = BATON_MATCH_MAX * sizeof(struct baton_conn_record) },
};
COMMAND_POLICY(cmd_tunables) = { [BATON_A_TUNABLES] = NLA_POLICY_NESTED(tunables_policy) };
COMMAND_POLICY(cmd_gate_set) = { [BATON_A_GATE] = NLA_POLICY_NESTED(gate_set_policy) };
COMMAND_POLICY(cmd_gate_renew) = { [BATON_A_GATE] = NLA_POLICY_NESTED(gate_renew_policy) };
COMMAND_POLICY(cmd_announce) = { [BATON_A_ANNOUNCE] = NLA_POLICY_NESTED(announce_policy) };
COMMAND_POLICY(cmd_vips) = {
	[BATON_A_VIPS] = { .type = NLA_BINARY,
			   .len = BATON_VIP_MAX * sizeof(struct baton_vip_addr) },
	[BATON_A_VMACS] = { .type = NLA_BINARY, .len = BATON_VIP_MAX * BATON_VMAC_LEN },
};
COMMAND_POLICY(cmd_will) = { [BATON_A_WILL] = NLA_POLICY_NESTED(will_policy) };
COMMAND_POLICY(cmd_probe) = { [BATON_A_PROBE] = NLA_POLICY_NESTED(probe_policy) };
COMMAND_POLICY(cmd_drain) = { [BATON_A_SYNC] = NLA_POLICY_NESTED(sync_drain_policy) };
COMMAND_POLICY(cmd_read) = { [BATON_A_SYNC] = NLA_POLICY_NESTED(sync_read_policy) };
COMMAND_POLICY(cmd_apply) = { [BATON_A_SYNC] = NLA_POLICY_NESTED(sync_apply_policy) };
COMMAND_POLICY(cmd_prune) = { [BATON_A_SYNC] = NLA_POLICY_NESTED(sync_prune_policy) };
COMMAND_POLICY(cmd_nothing) = { };

#define OP(command, takes, ...) {				\
	.cmd = BATON_CMD_##command, .policy = (takes), .maxattr = BATON_A_MAX,	\
	.flags = GENL_UNS_ADMIN_PERM, __VA_ARGS__		\
}
#define CONFIG	.internal_flags = BATON_NL_CONFIG
#define SERVICE	.internal_flags = BATON_NL_CONFIG | BATON_NL_SERVICE
#define SERVER	.internal_flags = BATON_NL_CONFIG | BATON_NL_SERVICE | BATON_NL_SERVER

static const struct genl_ops ops[] = {
	OP(INFO_GET,	cmd_nothing,	 .doit = baton_nl_info_get_cmd),
	OP(SERVICE_ADD,	cmd_service,	 .doit = baton_nl_service_add_cmd, CONFIG),
	OP(SERVICE_SET,	cmd_service,	 .doit = baton_nl_service_set_cmd, SERVICE),
	OP(SERVICE_DEL,	cmd_service_key, .doit = baton_nl_service_del_cmd, SERVICE),
	OP(SERVICE_GET,	cmd_service_key, .doit = baton_nl_service_get_cmd, SERVICE,
	   .dumpit = baton_nl_service_dump),
	OP(SERVER_ADD,	cmd_server,	 .doit = baton_nl_server_add_cmd, SERVICE),
	OP(SERVER_SET,	cmd_server,	 .doit = baton_nl_server_set_cmd, SERVER),
	OP(SERVER_DEL,	cmd_server_del,	 .doit = baton_nl_server_del_cmd, SERVER),
	OP(SERVER_GET,	cmd_service_key, .dumpit = baton_nl_server_dump),
	OP(FLUSH,	cmd_nothing,	 .doit = baton_nl_flush_cmd, CONFIG),
	OP(CONN_GET,	cmd_conn,	 .dumpit = baton_nl_conn_dump,
	   .done = baton_nl_conn_done),
	OP(STATS_GET,	cmd_nothing,	 .doit = baton_nl_stats_get_cmd, CONFIG),
	OP(TUNABLE_GET,	cmd_nothing,	 .doit = baton_nl_tunable_get_cmd),
	OP(TUNABLE_SET,	cmd_tunables,	 .doit = baton_nl_tunable_set_cmd, CONFIG),
	OP(GATE_GET,	cmd_nothing,	 .doit = baton_nl_gate_get_cmd),
	OP(GATE_SET,	cmd_gate_set,	 .doit = baton_nl_gate_set_cmd),
	OP(LEASE_RENEW,	cmd_gate_renew,	 .doit = baton_nl_lease_renew_cmd),
	OP(ANNOUNCE,	cmd_announce,	 .doit = baton_nl_announce_cmd),
	OP(SYNC_DRAIN,	cmd_drain,	 .doit = baton_nl_sync_drain_cmd),
	OP(SYNC_READ,	cmd_read,	 .doit = baton_nl_sync_read_cmd),
	OP(SYNC_APPLY,	cmd_apply,	 .doit = baton_nl_sync_apply_cmd),
	OP(SYNC_DIGEST,	cmd_nothing,	 .doit = baton_nl_sync_digest_cmd),
	OP(SYNC_PRUNE,	cmd_prune,	 .doit = baton_nl_sync_prune_cmd),
	OP(VIP_SET,	cmd_vips,	 .doit = baton_nl_vip_set),
	OP(CONN_KILL,	cmd_kill,	 .doit = baton_nl_conn_kill_cmd),
	OP(WILL_SET,	cmd_will,	 .doit = baton_nl_will_set),
	OP(PROBE,	cmd_probe,	 .doit = baton_nl_probe_cmd),
	OP(CONN_SAMPLE,	cmd_sample,	 .doit = baton_nl_conn_sample_cmd),
	OP(CONN_MATCH,	cmd_match,	 .doit = baton_nl_conn_match_cmd),
};

static const struct genl_multicast_group groups[] = {
	[BATON_NL_GROUP_MONITOR] = { .name = BATON_MCGRP_MONITOR, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[BATON_NL_GROUP_SYNC]	 = { .name = BATON_MCGRP_SYNC, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

/* A range that is given must be the service's, except where it is to become that. */
static int find_service(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_SERVICE];
	struct nlattr *tb[BATON_SERVICE_A_MAX + 1];
	struct baton_service_key key;
	struct baton_service *svc;
	int err;

	err = baton_nl_parse_service(attr, tb, &key, info->extack);
	if (err)
		return err;
	rcu_read_lock();
	svc = baton_service_find_rcu(baton_nl_bn(info), &key);
	rcu_read_unlock();	/* config_mutex keeps it */
	if (!svc) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "there is no such service");
		return -ENOENT;
	}
	if (info->genlhdr->cmd != BATON_CMD_SERVICE_SET && !baton_service_named(&svc->key, &key)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the service that begins at this port ends at another one");
		return -ENOENT;
	}
	info->user_ptr[0] = svc;
	return 0;
}

static int find_server(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_SERVER];
	struct nlattr *tb[BATON_SERVER_A_MAX + 1];
	struct baton_server_key key;
	int err;

	err = baton_nl_parse_server(attr, tb, &key, info->extack);
	if (err)
		return err;
	info->user_ptr[1] = baton_server_find(baton_nl_svc(info), key.family, &key.addr, key.port);
	if (info->user_ptr[1])
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "the service has no such server");
	return -ENOENT;
}

/* A module that is loaded while a lock is held may wait for who waits for that. */
static void load(const struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[BATON_A_SERVICE];

	attr = attr ? nla_find_nested(attr, BATON_SERVICE_A_FLAGS) : NULL;
	if (attr && nla_get_u32(attr) & BATON_SERVICE_F_CONNTRACK)
		baton_track_load();
}

static int pre_doit(const struct genl_split_ops *op, struct sk_buff *skb, struct genl_info *info)
{
	struct baton_net *bn = baton_nl_bn(info);
	int err = 0;

	baton_nl_hark(bn);
	load(info);
	if (op->internal_flags & BATON_NL_CONFIG)
		mutex_lock(&bn->config_mutex);
	if (op->internal_flags & BATON_NL_SERVICE)
		err = find_service(info);
	if (!err && op->internal_flags & BATON_NL_SERVER)
		err = find_server(info);
	if (err && op->internal_flags & BATON_NL_CONFIG)
		mutex_unlock(&bn->config_mutex);
	return err;
}

static void post_doit(const struct genl_split_ops *op, struct sk_buff *skb, struct genl_info *info)
{
	if (op->internal_flags & BATON_NL_CONFIG)
		mutex_unlock(&baton_nl_bn(info)->config_mutex);
}

struct genl_family baton_nl_family __ro_after_init = {
	.name		= BATON_GENL_NAME,
	.version	= BATON_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
	.pre_doit	= pre_doit,
	.post_doit	= post_doit,
};

int __init baton_nl_init(void)
{
	return genl_register_family(&baton_nl_family);
}

void baton_nl_exit(void)
{
	genl_unregister_family(&baton_nl_family);
}
