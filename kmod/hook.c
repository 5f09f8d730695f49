// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where packets come in.
 *
 * LOCAL_IN after the filter rules: an administrator's INPUT rules judge new and
 * known connections alike. LOCAL_OUT for clients and servers on this host. FORWARD for the
 * replies of NAT servers, after the filter rules too. The fast path has the first
 * word in PRE_ROUTING and, to know what the slow path did, the last in POST_ROUTING.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include "conn_find.h"
#include "ftp.h"
#include "path.h"
#include "sip.h"
#include "vip.h"

/* The stack goes on at the transport header, which is the first that it has not read yet. */
static unsigned int gather_v6(struct net *net, struct sk_buff *skb)
{
	int offset = skb_transport_offset(skb);
	int err = nf_ct_frag6_gather(net, skb, IP6_DEFRAG_CONNTRACK_IN);

	if (err)
		return err == -EINPROGRESS ? NF_STOLEN : NF_DROP;
	skb_set_transport_header(skb, offset);
	return NF_ACCEPT;
}

/* Collect the pieces; NF_ACCEPT: the packet is whole. Else this one is kept, or was bad. */
static unsigned int gather(struct baton_ctx *ctx)
{
	if (ctx->state->pf == NFPROTO_IPV6)
		return gather_v6(ctx->bn->net, ctx->skb);
	if (ip_defrag(ctx->bn->net, ctx->skb, IP_DEFRAG_VS_FWD))
		return NF_STOLEN;
	ctx->skb->ignore_df = 1;	/* of pieces that were not to be cut the whole says so, too */
	return NF_ACCEPT;
}

/* A datagram that nobody knew in PRE_ROUTING; should somebody by now, that shows when it is inserted. */
static bool is_unknown(struct baton_ctx *ctx)
{
	return ctx->pkt.tuple.protocol == IPPROTO_UDP && ctx->state->hook == NF_INET_LOCAL_IN &&
	       READ_ONCE(ctx->bn->fast.on) &&
	       baton_fast_unknown(ctx->bn, ctx->skb, &ctx->pkt.tuple, &ctx->hash);
}

static struct baton_conn *find(struct baton_ctx *ctx, enum baton_dir *ret_dir)
{
	if (is_unknown(ctx))
		return NULL;
	ctx->hash = baton_conn_hash(&ctx->pkt.tuple);
	return baton_conn_find(ctx->bn->conns, &ctx->pkt.tuple, ctx->hash, ret_dir);
}

static unsigned int flow(struct baton_ctx *ctx)
{
	struct baton_server *sender;
	struct baton_conn *conn;
	enum baton_dir dir;

	conn = find(ctx, &dir);
	if (!conn && baton_ftp_waits(ctx->bn)) {
		conn = baton_ftp_answer(ctx);
		if (IS_ERR(conn))
			return NF_DROP;
		dir = BATON_TO_CLIENT;
	}
	sender = conn ? NULL : baton_sip_sender(ctx);
	if (unlikely(sender))
		return baton_sip_out(ctx, sender);
	if (conn && dir == BATON_TO_CLIENT)
		return baton_out(ctx, conn);
	/* of a connection that the next active has opened already */
	if (!conn && ctx->state->hook == NF_INET_FORWARD && unlikely(baton_relay_runs(&ctx->bn->relay)) &&
	    baton_service_serves_rcu(ctx->bn, &ctx->pkt.tuple))
		return baton_relay(ctx->bn, ctx->skb, ctx->state);
	/* what is forwarded to a virtual address is another director's, unless it is out of date */
	if (ctx->state->hook == NF_INET_FORWARD)
		return baton_gate_stale(&ctx->bn->gate) &&
		       baton_vip_guarded(ctx->bn, ctx->pkt.tuple.family,
					 &ctx->pkt.tuple.daddr) ?
		       baton_drop(ctx->bn, BATON_DROP_LEASE_EXPIRED) : NF_ACCEPT;
	return baton_in(ctx, conn);
}

static unsigned int enter(struct baton_net *bn, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct baton_ctx ctx = {
		.bn = bn,
		.skb = skb,
		.state = state,
	};
	unsigned int verdict;

	if (!skb_dst(skb) || !baton_skb_parse(skb, state->pf, &ctx.pkt))
		return NF_ACCEPT;
	if (unlikely(ctx.pkt.kind == BATON_PKT_FRAGMENT)) {
		/* from a raw socket; it turns round and is put together before LOCAL_IN */
		if (state->hook == NF_INET_LOCAL_OUT)
			return NF_ACCEPT;
		verdict = gather(&ctx);
		if (verdict != NF_ACCEPT)
			return verdict;
		if (!baton_skb_parse(skb, state->pf, &ctx.pkt))
			return NF_ACCEPT;
	}
	switch (ctx.pkt.kind) {
	case BATON_PKT_FLOW:
	case BATON_PKT_IPSEC:
		return flow(&ctx);
	case BATON_PKT_ERROR:
		return baton_icmp(&ctx);
	case BATON_PKT_TUNNEL_ERROR:
		return baton_icmp_tunnel(&ctx);
	case BATON_PKT_OTHER:
	case BATON_PKT_FRAGMENT:
		break;
	}
	return NF_ACCEPT;
}

/* A socket, or a queue that gives a packet back, may have BH on, which counters and locks could not bear. */
static unsigned int enter_safely(struct baton_net *bn, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (likely(in_softirq()))
		return enter(bn, skb, state);
	local_bh_disable();
	verdict = enter(bn, skb, state);
	local_bh_enable();
	return verdict;
}

static unsigned int local_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	return enter_safely(priv, skb, state);
}

static unsigned int forward(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return enter_safely(priv, skb, state);
}

static unsigned int local_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (baton_route_sent(state))
		return NF_ACCEPT;
	return enter_safely(priv, skb, state);
}

/* of each namespace there is a copy, whose @priv is its struct baton_net */
static const struct nf_hook_ops hooks_v4[] = {
	{
		.hook		= baton_fast_pre_routing_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_CONNTRACK_DEFRAG - 1,
	}, {
		.hook		= local_in,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP_PRI_NAT_SRC - 1,
	}, {
		.hook		= forward,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP_PRI_NAT_SRC - 1,
	}, {
		.hook		= local_out,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_NAT_DST + 1,
	}, {
		.hook		= baton_fast_post_routing,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_LAST,
	},
};

/* as many as above */
static const struct nf_hook_ops hooks_v6[] = {
	{
		.hook		= baton_fast_pre_routing_v6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_CONNTRACK_DEFRAG - 1,
	}, {
		.hook		= local_in,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_NAT_SRC - 1,
	}, {
		.hook		= forward,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_FORWARD,
		.priority	= NF_IP6_PRI_NAT_SRC - 1,
	}, {
		.hook		= local_out,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP6_PRI_NAT_DST + 1,
	}, {
		.hook		= baton_fast_post_routing,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static struct nf_hook_ops *add_hooks(struct baton_net *bn, const struct nf_hook_ops *hooks)
{
	struct nf_hook_ops *ops = kmemdup(hooks, sizeof(hooks_v4), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!ops)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ARRAY_SIZE(hooks_v4); i++)
		ops[i].priv = bn;
	err = nf_register_net_hooks(bn->net, ops, ARRAY_SIZE(hooks_v4));
	if (!err)
		return ops;
	synchronize_rcu();	/* see below */
	kfree(ops);
	return ERR_PTR(err);
}

int baton_hook_register(struct baton_net *bn, u8 family)
{
	struct nf_hook_ops **hooked = family == AF_INET ? &bn->hooked_v4 : &bn->hooked_v6;
	bool first = !bn->hooked_v4 && !bn->hooked_v6;
	struct nf_hook_ops *ops;
	int err = 0;

	lockdep_assert_held(&bn->config_mutex);
	if (*hooked)
		return 0;
	if (first)
		err = baton_fast_start(bn);
	if (err)
		return err;
	ops = add_hooks(bn, family == AF_INET ? hooks_v4 : hooks_v6);
	if (!IS_ERR(ops)) {
		*hooked = ops;
		return 0;
	}
	if (first)
		baton_fast_stop(bn);
	return PTR_ERR(ops);
}

void baton_hook_unregister(struct baton_net *bn)
{
	lockdep_assert_held(&bn->config_mutex);
	if (!bn->hooked_v4 && !bn->hooked_v6)
		return;
	if (bn->hooked_v4)
		nf_unregister_net_hooks(bn->net, bn->hooked_v4, ARRAY_SIZE(hooks_v4));
	if (bn->hooked_v6)
		nf_unregister_net_hooks(bn->net, bn->hooked_v6, ARRAY_SIZE(hooks_v6));
	/* packets that are still in them prove something, and who lists hooks may look at them */
	synchronize_rcu();
	kfree(bn->hooked_v4);
	kfree(bn->hooked_v6);
	bn->hooked_v4 = NULL;
	bn->hooked_v6 = NULL;
	baton_fast_stop(bn);
}
