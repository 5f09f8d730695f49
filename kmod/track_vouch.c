// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that the peer told of, and that nobody has an entry of here: to connection tracking the first packet
 * after a failover begins something new. It goes on with what the peer's rules have let in, so that is what
 * rules are told, between connection tracking and all of them: established.
 *
 * What somebody has forgotten on purpose (conntrack -F) is not vouched for, nor what is of no service that
 * wants entries. Address translation behind us has to see a new one still: see baton_track_packet().
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include "path.h"
#include "track.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

static void read_tuple(const struct nf_conn *ct, struct baton_tuple *ret)
{
	const struct nf_conntrack_tuple *tuple = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	memset(ret, 0, sizeof(*ret));
	ret->family = tuple->src.l3num;
	ret->protocol = tuple->dst.protonum;
	memcpy(&ret->saddr, &tuple->src.u3, baton_addr_len(ret->family));
	memcpy(&ret->daddr, &tuple->dst.u3, baton_addr_len(ret->family));
	ret->sport = tuple->src.u.all;
	ret->dport = tuple->dst.u.all;
}

/* From the middle, as far as connection tracking can tell */
static bool goes_on(const struct nf_conn *ct, const struct baton_conn *conn)
{
	return conn->protocol != IPPROTO_TCP || ct->proto.tcp.state == TCP_CONNTRACK_ESTABLISHED;
}

static unsigned int vouch(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);
	struct baton_tuple tuple;
	struct baton_conn *conn;
	enum baton_dir dir;

	if (!ct || info != IP_CT_NEW || nf_ct_is_confirmed(ct))
		return NF_ACCEPT;
	read_tuple(ct, &tuple);
	conn = baton_conn_lookup(priv, &tuple, &dir);
	if (!conn || !test_bit(BATON_CONN_LEARNED, &conn->flags) || !baton_track_wants(conn) ||
	    !goes_on(ct, conn))
		return NF_ACCEPT;
	set_bit(IPS_SEEN_REPLY_BIT, &ct->status);
	set_bit(IPS_ASSURED_BIT, &ct->status);
	nf_ct_set(skb, ct, IP_CT_ESTABLISHED);
	return NF_ACCEPT;
}

int baton_track_vouch(struct baton_net *bn, u8 family)
{
	struct nf_hook_ops *ops = &bn->track.vouch[family != AF_INET];

	lockdep_assert_held(&bn->config_mutex);
	ops->hook = vouch;
	ops->priv = bn;
	ops->hooknum = NF_INET_PRE_ROUTING;
	ops->pf = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;
	ops->priority = family == AF_INET ? NF_IP_PRI_CONNTRACK + 1 : NF_IP6_PRI_CONNTRACK + 1;
	return nf_register_net_hook(bn->net, ops);
}

void baton_track_unvouch(struct baton_net *bn, u8 family)
{
	lockdep_assert_held(&bn->config_mutex);
	nf_unregister_net_hook(bn->net, &bn->track.vouch[family != AF_INET]);
}

#endif
