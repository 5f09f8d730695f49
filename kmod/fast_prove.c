// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a connection comes to the fast path: a packet has to have made the slow one, all of it.
 *
 * Three looks at the same packet. In PRE_ROUTING its generation is noted, before anybody has
 * judged it. Where our slow path has judged it, it is offered. In POST_ROUTING, after everybody
 * else, it is what we made of it and nothing more: proven. All three happen in one go, in one
 * context: a packet that was held in between (by a queue to user space, say, which wants to
 * see each of them) proves nothing.
 */
#include <linux/hash.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "conn_find.h"
#include "fast.h"
#include "fast_packet.h"
#include "fast_route.h"
#include "ftp.h"
#include "header.h"
#include "path.h"

#define NOTE_BITS 4
#define PROBES 8U

/*
 * The packets that came last: several may come in at once and be judged one by one. Tuple and hash
 * count only if no connection was found, and as long as @present is the generation: whatever
 * leaves packets unnoted has begun another one.
 */
struct note {
	const struct sk_buff	*skb;
	const struct baton_net	*bn;
	unsigned long		context;
	u64			addrs;		/* of IPv4 */
	u32			gen;
	u32			present;	/* 0: a connection was found, or not looked for */
	u32			hash;
	u32			ports;
} __aligned(64);

/* What was offered last, and how it has to look in POST_ROUTING. */
struct offer {
	const struct sk_buff	*skb;
	unsigned long		context;
	u32			serial;		/* stands in the packet, too */
	struct baton_net	*bn;
	const struct baton_conn	*conn;		/* to compare, never followed */
	struct baton_tuple	tuple;		/* as it came in */
	u32			gen;
	int			iif;
	union baton_addr	saddr, daddr;	/* as it goes out; of a tunnel only the latter */
	u8			tos, ttl;
	bool			wrapped;	/* in a tunnel: its source is looked at last */
	enum baton_dir		dir;
};

static DEFINE_PER_CPU(struct note [1 << NOTE_BITS], notes);
static DEFINE_PER_CPU(struct offer, offers);

/*
 * A mark in the packet itself, which names the offer: a buffer at the same address later on does not have
 * it. IP, and a bridge that calls IP's hooks, keep what they note about a packet in front of it.
 */
struct mark {
	u32	magic;
	u32	serial;
};

#define MARK_MAGIC	0x6261746fU
#define MARK_AT		(sizeof_field(struct sk_buff, cb) - sizeof(struct mark))

static struct mark *mark_of(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct inet_skb_parm) > MARK_AT);
	BUILD_BUG_ON(sizeof(struct inet6_skb_parm) > MARK_AT);
	return (struct mark *)(skb->cb + MARK_AT);
}

/* Who runs: a queue gives packets back in the context of its reader, not of whoever receives. */
static unsigned long context(void)
{
	return (unsigned long)current + (in_serving_softirq() ? 1 : 0);
}

void baton_fast_note(const struct sk_buff *skb, u32 gen)
{
	struct note *note = this_cpu_ptr(&notes[hash_ptr(skb, NOTE_BITS)]);

	note->skb = skb;
	note->context = context();
	note->gen = gen;
	note->present = 0;
}

void baton_fast_note_unknown(const struct baton_net *bn, const struct sk_buff *skb, u32 hash,
			     u32 ports, u64 addrs)
{
	struct note *note = this_cpu_ptr(&notes[hash_ptr(skb, NOTE_BITS)]);

	note->skb = skb;
	note->bn = bn;
	note->context = context();
	note->addrs = addrs;
	note->gen = 0;
	note->present = READ_ONCE(bn->fast.gen);
	note->hash = hash;
	note->ports = ports;
}

/* Apart, with the room on the stack that this needs. */
static noinline bool is_same_v6(const struct note *note, const struct baton_tuple *tuple, u32 *ret_hash)
{
	*ret_hash = note->hash;
	return note->hash == baton_tuple_hash(AF_INET6, tuple);
}

bool baton_fast_unknown(const struct baton_net *bn, const struct sk_buff *skb,
			const struct baton_tuple *tuple, u32 *ret_hash)
{
	const struct note *note = this_cpu_ptr(&notes[hash_ptr(skb, NOTE_BITS)]);

	if (note->skb != skb || note->ports != baton_fast_ports(tuple) || note->bn != bn ||
	    note->context != context() || !note->present ||
	    note->present != READ_ONCE(bn->fast.gen))
		return false;
	if (unlikely(tuple->family != AF_INET))
		return is_same_v6(note, tuple, ret_hash);
	*ret_hash = note->hash;
	return note->addrs == baton_fast_addrs(tuple);
}

static u32 noted(const struct sk_buff *skb)
{
	const struct note *note = this_cpu_ptr(&notes[hash_ptr(skb, NOTE_BITS)]);

	return note->skb == skb && note->context == context() ? note->gen : 0;
}

static u8 tos_of(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET ? ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));
}

static u8 ttl_of(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET ? ip_hdr(skb)->ttl : ipv6_hdr(skb)->hop_limit;
}

static bool is_established(const struct baton_conn *conn)
{
	u8 state = baton_conn_state(conn);

	return state == BATON_STATE_TCP_ESTABLISHED || state == BATON_STATE_UDP;
}

/* Established, so that no packet of it opens or ends anything; its service wants it. */
static bool is_wanted(const struct baton_ctx *ctx, const struct baton_conn *conn)
{
	if (conn->method == BATON_METHOD_TUNNEL && conn->server->family != conn->family)
		return false;
	return ctx->pkt.kind == BATON_PKT_FLOW && ctx->state->hook != NF_INET_LOCAL_OUT &&
	       is_established(conn) &&
	       !(READ_ONCE(conn->server->service->flags) &
		 (BATON_SERVICE_F_NOFAST | BATON_SERVICE_F_SIP | BATON_SERVICE_F_CONNTRACK)) &&
	       !baton_ftp_is_control(conn);
}

void baton_fast_offer(const struct baton_ctx *ctx, const struct baton_conn *conn, enum baton_dir dir)
{
	struct offer *offer = this_cpu_ptr(&offers);
	u32 gen, serial = offer->serial + 1;
	u8 family = conn->family;

	if (!READ_ONCE(ctx->bn->fast.on))
		return;
	gen = noted(ctx->skb);
	if (!gen || !is_wanted(ctx, conn))
		return;
	*offer = (struct offer){
		.skb = ctx->skb,
		.context = context(),
		.serial = serial,
		.bn = ctx->bn,
		.conn = conn,
		.tuple = ctx->pkt.tuple,
		.gen = gen,
		.iif = ctx->skb->dev->ifindex,
		.saddr = ctx->pkt.tuple.saddr,
		.daddr = ctx->pkt.tuple.daddr,
		.tos = tos_of(ctx->skb, family),
		.ttl = ttl_of(ctx->skb, family) - (ctx->state->hook != NF_INET_FORWARD),
		.wrapped = conn->method == BATON_METHOD_TUNNEL,
		.dir = dir,
	};
	if (dir == BATON_TO_CLIENT)
		baton_addr_set(&offer->saddr, family, baton_conn_addr(conn, BATON_ADDR_VIRTUAL));
	else if (conn->method != BATON_METHOD_DR)
		baton_addr_set(&offer->daddr, family, baton_conn_addr(conn, BATON_ADDR_SERVER));
	/* the outer packet's: xmit_tunnel.c */
	if (offer->wrapped)
		offer->tos = INET_ECN_encapsulate(offer->tos, offer->tos);
	*mark_of(ctx->skb) = (struct mark){ .magic = MARK_MAGIC, .serial = serial };
}

/*
 * Rules that write into packets, or that steer them by marks, want to see each of them. What
 * IPv4 forwards gets its priority from its TOS.
 */
static bool is_untouched(const struct sk_buff *skb, const struct offer *offer)
{
	u8 family = offer->tuple.family;
	void *ip = skb_network_header(skb);
	u32 priority = 0;

	if (family == AF_INET && offer->dir == BATON_TO_CLIENT)
		priority = rt_tos2priority(offer->tos);
	return (offer->wrapped ||
		!memcmp(baton_header_addr(ip, family, true), &offer->saddr, baton_addr_len(family))) &&
	       !memcmp(baton_header_addr(ip, family, false), &offer->daddr, baton_addr_len(family)) &&
	       tos_of(skb, family) == offer->tos && ttl_of(skb, family) == offer->ttl &&
	       !skb->mark && skb->priority == priority;
}

static bool is_simple_v4(const struct rtable *rt)
{
	return rt->rt_type == RTN_UNICAST && !(rt->rt_flags & RTCF_LOCAL) &&
	       rt->rt_gw_family != AF_INET6;
}

static bool is_simple_v6(const struct rt6_info *rt)
{
	return !(rt->rt6i_flags & (RTF_LOCAL | RTF_REJECT | RTF_ANYCAST));
}

/* A route that is nothing but an interface and a neighbour. */
static bool is_simple(const struct dst_entry *dst, u8 family, const struct net *net)
{
	const struct net_device *dev = dst->dev;

	if (dst->error || dst_xfrm(dst) || dst->lwtstate || dev->flags & IFF_LOOPBACK ||
	    netif_is_l3_master(dev) || netif_is_l3_slave(dev) ||
	    !baton_fast_route_lives(dst, family, net))
		return false;
	return family == AF_INET ? is_simple_v4(container_of(dst, struct rtable, dst)) :
				   is_simple_v6(container_of(dst, struct rt6_info, dst));
}

static void free_way(struct rcu_head *rcu)
{
	struct baton_fast_way *way = container_of(rcu, struct baton_fast_way, rcu);

	dst_release(way->dst);
	kfree(way);
}

static struct baton_fast_way *make_way(struct dst_entry *dst, const struct offer *offer)
{
	struct baton_fast_way *way = kzalloc(sizeof(*way), GFP_ATOMIC | __GFP_NOWARN);

	if (!way)
		return NULL;
	if (dst && !dst_hold_safe(dst)) {
		kfree(way);
		return NULL;
	}
	way->dst = dst;
	way->gen = offer->gen;
	way->iif = offer->iif;
	way->dscp = offer->tos & ~INET_ECN_MASK;
	return way;
}

/* The place of a way, made when there is none; BATON_FAST_WAYS: no memory or no place. */
static u32 place_of(struct baton_fast *fast, struct dst_entry *dst, const struct offer *offer)
{
	u8 dscp = offer->tos & ~INET_ECN_MASK;
	u32 first = hash_long((unsigned long)dst ^ (u32)offer->iif << 8 ^ dscp, BATON_FAST_WAY_BITS);
	struct baton_fast_way *old = NULL, *new;
	u32 i, at = 0;

	lockdep_assert_held(&fast->lock);
	for (i = 0; i < PROBES; i++) {
		at = (first + i) & BATON_FAST_WAY_MASK;
		old = rcu_dereference_protected(fast->ways[at], lockdep_is_held(&fast->lock));
		if (!old || old->gen != offer->gen)
			break;
		if (old->dst == dst && old->iif == offer->iif && old->dscp == dscp)
			return at;
	}
	new = i < PROBES ? make_way(dst, offer) : NULL;
	if (!new)
		return BATON_FAST_WAYS;
	rcu_assign_pointer(fast->ways[at], new);
	if (old)
		call_rcu(&old->rcu, free_way);
	return at;
}

void baton_fast_forget_ways(struct baton_net *bn)
{
	struct baton_fast *fast = &bn->fast;
	struct baton_fast_way *way;
	u32 i;

	spin_lock_bh(&fast->lock);
	for (i = 0; fast->ways && i < BATON_FAST_WAYS; i++) {
		way = rcu_dereference_protected(fast->ways[i], lockdep_is_held(&fast->lock));
		RCU_INIT_POINTER(fast->ways[i], NULL);
		if (way)
			call_rcu(&way->rcu, free_way);
	}
	spin_unlock_bh(&fast->lock);
}

/* For readers the old one lives on to the end of their read section. */
static void set_route(struct baton_server *server, unsigned int method, struct dst_entry *dst)
{
	dst_release(unrcu_pointer(xchg(&server->fast_dst[method], RCU_INITIALIZER(dst))));
}

/* All connections of a server leave by the same route; the one that is there may be as good. */
static bool keep_route(const struct offer *offer, struct baton_server *server, u8 method,
		       struct dst_entry *dst, const union baton_addr *source)
{
	const struct dst_entry *old = rcu_dereference(server->fast_dst[method]);

	lockdep_assert_held(&offer->bn->fast.lock);
	if (old && server->fast_gen[method] == offer->gen &&
	    baton_fast_route_lives(old, offer->tuple.family, offer->bn->net))
		return true;
	if (!dst_hold_safe(dst))
		return false;
	if (offer->wrapped && !baton_fast_keep_source(server, dst, source)) {
		dst_release(dst);
		return false;
	}
	server->fast_gen[method] = offer->gen;
	set_route(server, method, dst);
	return true;
}

void baton_fast_forget(struct baton_server *server)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(server->fast_dst); i++)
		set_route(server, i, NULL);
	baton_fast_forget_source(server);
}

static void prove(const struct offer *offer, const struct sk_buff *skb, struct dst_entry *dst)
{
	struct baton_net *bn = offer->bn;
	struct baton_fast *fast = &bn->fast;
	struct baton_conn *conn;
	enum baton_dir dir;
	u32 place = BATON_FAST_WAYS;
	union baton_addr source;

	conn = baton_conn_lookup(bn, &offer->tuple, &dir);
	if (!conn || conn != offer->conn || dir != offer->dir || !is_established(conn))
		return;
	if (offer->wrapped && !baton_fast_source_of(conn->server, dst, skb, &source))
		return;
	spin_lock(&fast->lock);
	if (fast->gen == offer->gen &&
	    (dir == BATON_TO_CLIENT ||
	     keep_route(offer, conn->server, conn->method, dst, &source)))
		place = place_of(fast, dir == BATON_TO_CLIENT ? dst : NULL, offer);
	if (place < BATON_FAST_WAYS)
		WRITE_ONCE(conn->proof[dir], offer->gen << BATON_FAST_WAY_BITS | place);
	spin_unlock(&fast->lock);
}

/* May be process context: what is not marked, nearly everything, is let go before that matters. */
unsigned int baton_fast_post_routing(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct mark *mark = mark_of(skb);
	struct offer *offer;
	struct dst_entry *dst = skb_dst(skb);

	if (likely(mark->magic != MARK_MAGIC))
		return NF_ACCEPT;
	local_bh_disable();
	offer = this_cpu_ptr(&offers);
	if (offer->skb == skb && offer->serial == mark->serial && offer->bn == priv) {
		if (dst && offer->context == context() && is_untouched(skb, offer) &&
		    is_simple(dst, offer->tuple.family, state->net))
			prove(offer, skb, dst);
		offer->skb = NULL;
		mark->magic = 0;
	}
	local_bh_enable();
	return NF_ACCEPT;
}
