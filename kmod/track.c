// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of connection tracking: see track.h.
 *
 * An entry that is not in the kernel's table yet belongs to its first packet: the direction that
 * we know better is corrected there, and nothing else has to be done for the packets that follow.
 * After a failover the first packet may come from either side, from the middle of its connection
 * (track_vouch.c).
 *
 * Functions of nf_conntrack are asked for by name, while somebody wants them: a module that
 * needed them would have it loaded for everybody, and nf_ct_hook, which is always there, can
 * neither switch its hooks on nor delete an entry.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include "path.h"
#include "sip.h"
#include "track.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

/* All or none, but for tell; set and cleared under lock, used while some baton_track is on. */
static struct {
	typeof(nf_ct_netns_get) *netns_get;
	typeof(nf_ct_netns_put) *netns_put;
	typeof(nf_conntrack_in) *in;
	typeof(nf_conntrack_find_get) *find_get;
	typeof(nf_ct_delete) *delete;
	typeof(__nf_conntrack_confirm) *confirm;
	typeof(nf_ct_deliver_cached_events) *tell;	/* NULL: a kernel without events */
} ct_api;

static DEFINE_MUTEX(lock);	/* inside config_mutex */
static u32 users;		/* namespaces */

static void put_symbols(void)
{
	if (ct_api.netns_get)
		symbol_put(nf_ct_netns_get);
	if (ct_api.netns_put)
		symbol_put(nf_ct_netns_put);
	if (ct_api.in)
		symbol_put(nf_conntrack_in);
	if (ct_api.find_get)
		symbol_put(nf_conntrack_find_get);
	if (ct_api.delete)
		symbol_put(nf_ct_delete);
	if (ct_api.confirm)
		symbol_put(__nf_conntrack_confirm);
	if (ct_api.tell)
		symbol_put(nf_ct_deliver_cached_events);
	memset(&ct_api, 0, sizeof(ct_api));
}

void baton_track_load(void)
{
	if (symbol_request(nf_ct_netns_get))
		symbol_put(nf_ct_netns_get);
}

/* From here on it cannot be unloaded. */
static bool get_symbols(void)
{
	ct_api.netns_get = symbol_get(nf_ct_netns_get);
	ct_api.netns_put = symbol_get(nf_ct_netns_put);
	ct_api.in = symbol_get(nf_conntrack_in);
	ct_api.find_get = symbol_get(nf_conntrack_find_get);
	ct_api.delete = symbol_get(nf_ct_delete);
	ct_api.confirm = symbol_get(__nf_conntrack_confirm);
	ct_api.tell = symbol_get(nf_ct_deliver_cached_events);
	if (ct_api.netns_get && ct_api.netns_put && ct_api.in && ct_api.find_get && ct_api.delete &&
	    ct_api.confirm)
		return true;
	put_symbols();
	return false;
}

static int begin(struct baton_net *bn, struct netlink_ext_ack *extack)
{
	bool there;

	mutex_lock(&lock);
	there = users || get_symbols();
	if (there)
		users++;
	mutex_unlock(&lock);
	if (!there) {
		NL_SET_ERR_MSG(extack, "this kernel has no connection tracking: nf_conntrack cannot be loaded");
		return -EOPNOTSUPP;
	}
	smp_store_release(&bn->track.on, true);	/* pairs with baton_track_on() */
	return 0;
}

static void end(struct baton_net *bn)
{
	WRITE_ONCE(bn->track.on, false);
	synchronize_rcu();	/* packets and ends of connections that have seen it */
	mutex_lock(&lock);
	if (!--users)
		put_symbols();
	mutex_unlock(&lock);
}

static u32 *count_of(struct baton_net *bn, u8 family)
{
	lockdep_assert_held(&bn->config_mutex);
	return &bn->track.services[family != AF_INET];
}

static u8 protocol_of(u8 family)
{
	return family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;
}

static int hook(struct baton_net *bn, u8 family)
{
	int err = ct_api.netns_get(bn->net, protocol_of(family));

	if (err)
		return err;
	err = baton_track_vouch(bn, family);
	if (err)
		ct_api.netns_put(bn->net, protocol_of(family));
	return err;
}

static void unhook(struct baton_net *bn, u8 family)
{
	baton_track_unvouch(bn, family);
	ct_api.netns_put(bn->net, protocol_of(family));
}

static int want(struct baton_net *bn, u8 family, struct netlink_ext_ack *extack)
{
	u32 *count = count_of(bn, family);
	int err = 0;

	if (!bn->track.on)
		err = begin(bn, extack);
	if (err)
		return err;
	if (!*count)
		err = hook(bn, family);
	if (!err) {
		(*count)++;
		return 0;
	}
	NL_SET_ERR_MSG(extack, "the hooks of connection tracking could not be registered");
	if (!bn->track.services[0] && !bn->track.services[1])
		end(bn);
	return err;
}

static void unwant(struct baton_net *bn, u8 family)
{
	u32 *count = count_of(bn, family);

	/* in a namespace that ended before its services */
	if (!*count)
		return;
	if (!--*count)
		unhook(bn, family);
	if (!bn->track.services[0] && !bn->track.services[1])
		end(bn);
}

void baton_track_net_exit(struct baton_net *bn)
{
	bool on = bn->track.on;
	int i;

	lockdep_assert_held(&bn->config_mutex);
	for (i = 0; i < ARRAY_SIZE(bn->track.services); i++) {
		if (bn->track.services[i])
			unhook(bn, i ? AF_INET6 : AF_INET);
		bn->track.services[i] = 0;
	}
	if (on)
		end(bn);
}

/* What one end alone says of an association tells connection tracking nothing. */
bool baton_track_wants(const struct baton_conn *conn)
{
	return READ_ONCE(conn->server->service->flags) & BATON_SERVICE_F_CONNTRACK &&
	       (conn->protocol != IPPROTO_SCTP || conn->method == BATON_METHOD_NAT);
}

static void set_addr(union nf_inet_addr *to, const struct baton_conn *conn,
		     enum baton_conn_addr which)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, baton_conn_addr(conn, which), baton_addr_len(conn->family));
}

/* AH and ESP have none, though they go with a connection that has. */
static __be16 port_of(const struct baton_ctx *ctx, __be16 port)
{
	return ctx->pkt.portless ? 0 : port;
}

/* Who answers the client: by NAT the server, else somebody with the virtual address. */
static void set_answerer(struct nf_conntrack_man *src, const struct baton_ctx *ctx,
			 const struct baton_conn *conn)
{
	bool nat = conn->method == BATON_METHOD_NAT;

	set_addr(&src->u3, conn, nat ? BATON_ADDR_SERVER : BATON_ADDR_VIRTUAL);
	src->u.all = port_of(ctx, nat ? conn->dport : conn->vport);
}

/*
 * Packets of one connection pass two directors in a failover, so sequence numbers jump. Where answers
 * take another way the client's handshake is all that is seen: the rest would be invalid.
 */
static void relax(struct nf_conn *ct, const struct baton_conn *conn, enum baton_dir dir)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;

	if (conn->protocol != IPPROTO_TCP)
		return;
	tcp->seen[IP_CT_DIR_ORIGINAL].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	tcp->seen[IP_CT_DIR_REPLY].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	if (dir == BATON_TO_CLIENT || conn->method == BATON_METHOD_NAT)
		return;
	if (tcp->state == TCP_CONNTRACK_SYN_SENT)
		tcp->state = TCP_CONNTRACK_SYN_RECV;
	set_bit(IPS_SEEN_REPLY_BIT, &ct->status);
}

/* The packet is the first one of its entry, which is in no table yet. */
static void adapt(const struct baton_ctx *ctx, struct nf_conn *ct, const struct baton_conn *conn,
		  enum baton_dir dir)
{
	struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;

	if (dir == BATON_TO_SERVER) {
		set_answerer(&reply->src, ctx, conn);
	} else {
		set_addr(&reply->dst.u3, conn, BATON_ADDR_VIRTUAL);
		reply->dst.u.all = port_of(ctx, conn->vport);
	}
	relax(ct, conn, dir);
}

/* Of an earlier connection between the same two, which went to another server, or that has just ended. */
static bool is_stale(const struct baton_ctx *ctx, const struct nf_conn *ct,
		     const struct baton_conn *conn, enum baton_dir dir, enum ip_conntrack_info info)
{
	const struct nf_conntrack_man *src = &ct->tuplehash[IP_CT_DIR_REPLY].tuple.src;
	struct nf_conntrack_man answerer;

	if (!nf_ct_is_confirmed(ct))
		return false;
	if (nf_ct_is_dying(ct))
		return true;
	if (dir == BATON_TO_CLIENT || CTINFO2DIR(info) == IP_CT_DIR_REPLY)
		return false;
	set_answerer(&answerer, ctx, conn);
	return src->u.all != answerer.u.all || !nf_inet_addr_cmp(&src->u3, &answerer.u3);
}

/* The packet is as it came in: it is tracked as if nobody had known it. Its checksum was looked at before. */
static struct nf_conn *track_anew(struct baton_ctx *ctx, struct nf_conn *old,
				  enum ip_conntrack_info *ret_info)
{
	ct_api.delete(old, 0, 0);
	nf_reset_ct(ctx->skb);
	ct_api.in(ctx->skb, ctx->state);	/* what it does not want has no entry then */
	return nf_ct_get(ctx->skb, ret_info);
}

/* By calls a client's port has several servers and one entry: a second one, of what a server sends, would clash. */
static bool is_extra(const struct nf_conn *ct, const struct baton_conn *conn, enum baton_dir dir)
{
	return dir == BATON_TO_CLIENT && !nf_ct_is_confirmed(ct) &&
	       baton_sip_is_heard(conn->server->service);
}

void baton_track_packet(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct;

	if (!baton_track_wants(conn))
		return;
	ct = nf_ct_get(ctx->skb, &info);
	if (ct && unlikely(is_stale(ctx, ct, conn, dir, info)))
		ct = track_anew(ctx, ct, &info);
	if (!ct || unlikely(is_extra(ct, conn, dir)))
		return;
	if (!nf_ct_is_confirmed(ct) && CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL) {
		adapt(ctx, ct, conn, dir);
		/* rules have judged it as established: the source of a new one may be translated behind us */
		if (dir == BATON_TO_SERVER && info == IP_CT_ESTABLISHED)
			nf_ct_set(ctx->skb, ct, IP_CT_NEW);
	}
	if (!test_bit(BATON_CONN_TRACKED, &conn->flags))
		set_bit(BATON_CONN_TRACKED, &conn->flags);
	ctx->tracked = true;
}

void baton_track_related(struct baton_ctx *ctx, const struct baton_conn *conn)
{
	ctx->tracked = baton_track_wants(conn) && skb_nfct(ctx->skb);
}

void baton_track_past(struct baton_ctx *ctx, const struct baton_service *svc)
{
	ctx->tracked = READ_ONCE(svc->flags) & BATON_SERVICE_F_CONNTRACK && skb_nfct(ctx->skb);
}

bool baton_track_finish(struct baton_ctx *ctx)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(ctx->skb, &info);

	if (!ctx->tracked || !ct)
		return true;
	ctx->tracked = false;
	if (!nf_ct_is_confirmed(ct) && ct_api.confirm(ctx->skb) != NF_ACCEPT)
		return false;
	ct = nf_ct_get(ctx->skb, &info);
	if (ct && ct_api.tell)
		ct_api.tell(ct);
	return true;
}

/* As the client sent it; behind a translation of the administrator's the entry has another name, and ages. */
void baton_track_forget(struct baton_net *bn, const struct baton_conn *conn)
{
	const struct nf_conntrack_zone zone = {
		.id = NF_CT_DEFAULT_ZONE_ID, .dir = NF_CT_DEFAULT_ZONE_DIR,
	};
	struct nf_conntrack_tuple tuple = { };
	struct nf_conntrack_tuple_hash *found;
	struct nf_conn *ct;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "the functions of nf_conntrack may go");
	set_addr(&tuple.src.u3, conn, BATON_ADDR_CLIENT);
	tuple.src.u.all = conn->cport;
	tuple.src.l3num = conn->family;
	set_addr(&tuple.dst.u3, conn, BATON_ADDR_VIRTUAL);
	tuple.dst.u.all = conn->vport;
	tuple.dst.protonum = conn->protocol;
	found = ct_api.find_get(bn->net, &zone, &tuple);
	if (!found)
		return;
	ct = nf_ct_tuplehash_to_ctrack(found);
	ct_api.delete(ct, 0, 0);
	nf_conntrack_put(&ct->ct_general);
}

#else

void baton_track_load(void)
{
}

static int want(struct baton_net *bn, u8 family, struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "this kernel has no connection tracking");
	return -EOPNOTSUPP;
}

static void unwant(struct baton_net *bn, u8 family)
{
}

void baton_track_net_exit(struct baton_net *bn)
{
}

void baton_track_packet(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir)
{
}

void baton_track_related(struct baton_ctx *ctx, const struct baton_conn *conn)
{
}

void baton_track_past(struct baton_ctx *ctx, const struct baton_service *svc)
{
}

bool baton_track_finish(struct baton_ctx *ctx)
{
	return true;
}

void baton_track_forget(struct baton_net *bn, const struct baton_conn *conn)
{
}

#endif

int baton_track_change(struct baton_net *bn, u8 family, u32 from, u32 to,
		       struct netlink_ext_ack *extack)
{
	if (!((from ^ to) & BATON_SERVICE_F_CONNTRACK))
		return 0;
	if (to & BATON_SERVICE_F_CONNTRACK)
		return want(bn, family, extack);
	unwant(bn, family);
	return 0;
}
