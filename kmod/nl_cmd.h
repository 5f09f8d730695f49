/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the nl*.c files share. Handlers run in process context, in parallel
 * (nothing is serialized by generic netlink); pre_doit() in nl.c has locked and looked
 * up what the command's internal flags ask for.
 */
#ifndef BATON_NL_CMD_H
#define BATON_NL_CMD_H

#include <net/genetlink.h>
#include "net.h"
#include "nl.h"
#include "service.h"

/* internal flags of an operation */
#define BATON_NL_CONFIG		BIT(0)	/* config_mutex is held */
#define BATON_NL_SERVICE	BIT(1)	/* the service of the key exists: baton_nl_svc() */
#define BATON_NL_SERVER		BIT(2)	/* and its server: baton_nl_server() */

static inline struct baton_net *baton_nl_bn(struct genl_info *info)
{
	return baton_net(genl_info_net(info));
}

static inline struct baton_service *baton_nl_svc(struct genl_info *info)
{
	return info->user_ptr[0];
}

static inline struct baton_server *baton_nl_server(struct genl_info *info)
{
	return info->user_ptr[1];
}

/** struct baton_nl_reply - a reply in the making */
struct baton_nl_reply {
	struct sk_buff	*skb;
	void		*hdr;
};

/** Begin a reply to @info with room for @size bytes of attributes; -ENOMEM. */
int baton_nl_reply_begin(struct baton_nl_reply *reply, struct genl_info *info, size_t size);
/**
 * baton_nl_reply_end - send or drop a reply
 * @err: 0, or what went wrong while it was filled: it is dropped then
 *
 * Return: @err, or what sending said.
 */
int baton_nl_reply_end(struct baton_nl_reply *reply, struct genl_info *info, int err);

/* nl_parse.c; tb has room for the attributes of its level; -EINVAL with a sentence */
int baton_nl_parse_service(struct nlattr *attr, struct nlattr **tb, struct baton_service_key *key,
			   struct netlink_ext_ack *extack);

/** struct baton_server_key - as baton_service_key, without a protocol */
struct baton_server_key {
	union baton_addr	addr;
	__be16			port;
	u8			family;
};

int baton_nl_parse_server(struct nlattr *attr, struct nlattr **tb, struct baton_server_key *key,
			  struct netlink_ext_ack *extack);
/** struct baton_conn_filter - which connections; a family of zero: not given */
struct baton_conn_filter {
	struct baton_service_key	service;
	struct baton_server_key		server;
	union baton_addr		client;
	u8				client_family;
	u8				client_prefix;
	bool				has_client_port;
	__be16				client_port;
};

/* nl_filter.c */
int baton_nl_parse_filter(struct nlattr *attr, struct baton_conn_filter *filter,
			  struct netlink_ext_ack *extack);
bool baton_nl_filter_empty(const struct baton_conn_filter *filter);
/** RCU. @filter NULL: yes. */
bool baton_nl_selected(const struct baton_conn_filter *filter, const struct baton_conn *conn);
/** 4 or 16 bytes as @family says. */
int baton_nl_parse_addr(const struct nlattr *attr, u8 family, union baton_addr *ret,
			struct netlink_ext_ack *extack);
/** @seconds: BATON_STATE_MAX + 1, zeroed; checked whole before any is used. */
int baton_nl_parse_timeouts(const struct nlattr *attr, u32 *seconds, struct netlink_ext_ack *extack);
/** The attributes of a nest that the command needs; -EINVAL with @missing as sentence. */
#define baton_nl_parse_nest(tb, max, attr, extack, missing) ({		\
	int __err = -EINVAL;						\
									\
	if (attr)							\
		__err = nla_parse_nested(tb, max, attr, NULL, extack);	\
	else								\
		NL_SET_ERR_MSG(extack, missing);			\
	__err;								\
})

/** Shorten @attr, the last one in @skb, to the @len bytes of it that were used. */
static inline void baton_nl_trim(struct sk_buff *skb, struct nlattr *attr, u32 len)
{
	attr->nla_len = nla_attr_size(len);
	skb_trim(skb, (u8 *)attr + nla_total_size(len) - skb->data);
}

/* put one nest or attribute; -EMSGSIZE when it does not fit */
int baton_nl_put_addr(struct sk_buff *skb, int type, u8 family, const void *addr);
int baton_nl_put_service_key(struct sk_buff *skb, const struct baton_service_key *key);
/** Key, scheduler, flags, number of servers; @full: and counters. config_mutex. */
int baton_nl_put_service(struct sk_buff *skb, const struct baton_service *svc, bool full);
/** @full: and counters. config_mutex. */
int baton_nl_put_server(struct sk_buff *skb, const struct baton_server *server, bool full);
int baton_nl_put_stats(struct sk_buff *skb, int type, const struct baton_stats_sum *sum);
int baton_nl_put_gate(struct sk_buff *skb, struct baton_net *bn);
/** A record as CONN_GET and the monitor show it. RCU. */
void baton_nl_conn_record(struct baton_net *bn, const struct baton_conn *conn,
			  struct baton_conn_record *rec);

/* nl_service.c */
int baton_nl_service_add_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_service_set_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_service_del_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_service_get_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_service_dump(struct sk_buff *skb, struct netlink_callback *cb);
int baton_nl_flush_cmd(struct sk_buff *skb, struct genl_info *info);
/* nl_server.c */
int baton_nl_server_add_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_server_set_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_server_del_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_server_dump(struct sk_buff *skb, struct netlink_callback *cb);
/* nl_conn.c */
int baton_nl_conn_dump(struct sk_buff *skb, struct netlink_callback *cb);
int baton_nl_conn_done(struct netlink_callback *cb);
int baton_nl_conn_kill_cmd(struct sk_buff *skb, struct genl_info *info);
/* nl_match.c */
int baton_nl_conn_sample_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_conn_match_cmd(struct sk_buff *skb, struct genl_info *info);
/* nl_stats.c */
int baton_nl_info_get_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_stats_get_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_tunable_get_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_tunable_set_cmd(struct sk_buff *skb, struct genl_info *info);
/* nl_gate.c */
int baton_nl_gate_get_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_gate_set_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_lease_renew_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_announce_cmd(struct sk_buff *skb, struct genl_info *info);
/* nl_vip.c */
int baton_nl_vip_set(struct sk_buff *skb, struct genl_info *info);

/* nl_probe.c */
int baton_nl_probe_cmd(struct sk_buff *skb, struct genl_info *info);
/* nl_will.c */
int baton_nl_will_set(struct sk_buff *skb, struct genl_info *info);
/* nl_sync.c */
int baton_nl_sync_drain_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_sync_read_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_sync_apply_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_sync_digest_cmd(struct sk_buff *skb, struct genl_info *info);
int baton_nl_sync_prune_cmd(struct sk_buff *skb, struct genl_info *info);

#endif /* BATON_NL_CMD_H */
