/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path of a packet, file by file. Everything here runs in a netfilter hook
 * with BH off, inside rcu_read_lock(). What returns unsigned int returns a verdict.
 */
#ifndef BATON_PATH_H
#define BATON_PATH_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include "conn.h"
#include "core/pkt.h"
#include "core/tcp_state.h"
#include "net.h"
#include "service.h"

struct dst_entry;

/** struct baton_ctx - a packet on its way through one of our hooks */
struct baton_ctx {
	struct baton_net		*bn;
	struct sk_buff			*skb;
	const struct nf_hook_state	*state;
	struct baton_pkt		pkt;
	u32				hash;	/* of a flow's tuple: baton_conn_hash() */
	bool				tracked;	/* its entry goes on with it: track.h */
};

/* hook.c: registered with the first service of a family, gone with the last service of all */
int baton_hook_register(struct baton_net *bn, u8 family);	/* config_mutex; again does nothing */
void baton_hook_unregister(struct baton_net *bn);

/* skb.c: the only place that pulls headers */
/** False: the packet is not ours to judge. */
bool baton_skb_parse(struct sk_buff *skb, u8 family, struct baton_pkt *pkt);
/** Make the first @len bytes of the packet private and linear. Moves headers. */
bool baton_skb_writable(struct sk_buff *skb, unsigned int len);
/** Connection tracking knows another packet than the one that goes on. */
void baton_skb_untrack(struct sk_buff *skb);

/** baton_ctx_untrack - unless it knows this one, too */
static inline void baton_ctx_untrack(struct baton_ctx *ctx)
{
	if (likely(!ctx->tracked))
		baton_skb_untrack(ctx->skb);
}

/** baton_skb_packets - packets in @skb, counting segments */
static inline u32 baton_skb_packets(const struct sk_buff *skb)
{
	return unlikely(skb_is_gso(skb)) ? max_t(u32, skb_shinfo(skb)->gso_segs, 1) : 1;
}

/* in.c: client -> server; @conn: what was found, or NULL */
unsigned int baton_in(struct baton_ctx *ctx, struct baton_conn *conn);
/* out.c: server -> client, NAT */
unsigned int baton_out(struct baton_ctx *ctx, struct baton_conn *conn);
/* icmp.c: related errors, both directions */
unsigned int baton_icmp(struct baton_ctx *ctx);
/** Is the ICMP message as its sender made it? */
bool baton_icmp_intact(const struct baton_ctx *ctx);
/* icmp_tunnel.c: errors about packets that we have wrapped; NF_ACCEPT: it is not about one */
unsigned int baton_icmp_tunnel(struct baton_ctx *ctx);

/* conn_open.c: schedule and insert; the connection, NULL (not ours, or past us), or ERR_PTR with a drop counted */
struct baton_conn *baton_conn_open(struct baton_ctx *ctx, struct baton_service *svc);
/** State of a connection that begins with @pkt, BATON_STATE_NONE: it opens none. */
u8 baton_conn_first_state(const struct baton_pkt *pkt);
/* persist.c */
/** The server for a new connection in @state: what the client had, or the scheduler's; NULL: none. */
struct baton_server *baton_persist_pick(struct baton_ctx *ctx, struct baton_service *svc, u8 state);
/**
 * The server of the call that the packet is of; if nobody knows it yet, or it has none: @server,
 * which the call has from now on. @server is where the packet goes to, or comes from.
 */
struct baton_server *baton_persist_call(struct baton_ctx *ctx, struct baton_server *server);
/** Has @client a server there that it comes back to, and not by NAT? */
bool baton_persist_knows(struct baton_net *bn, const struct baton_service *svc,
			 const union baton_addr *client);
/** @conn was established: its client is worth remembering. */
void baton_persist_assure(struct baton_net *bn, const struct baton_conn *conn);
/* conn_step.c: protocol state machine step, sync marks, activity counters */
/** Is it a SYN on a connection that has ended? */
bool baton_conn_renewed(const struct baton_conn *conn, const struct baton_pkt *pkt);
void baton_conn_step(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir);
/* conn_doubt.c: beginnings, and ends of established connections, on one packet's word */
/** A packet of @conn, which is opening, by NAT: true if it comes from a client that nobody has answered. */
bool baton_doubt_handshake(const struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir);
/** The packet of @ctx is about to end @conn: remember what it said. */
void baton_doubt_begin(const struct baton_ctx *ctx, struct baton_conn *conn);
/** It is established, or has ended for certain. */
void baton_doubt_end(struct baton_conn *conn);
/** A packet of @conn, which is in doubt and in @state: true if it shows that it goes on. */
bool baton_doubt_denied(const struct baton_ctx *ctx, struct baton_conn *conn,
			enum baton_tcp_view view, u8 state);

/* route.c */
/** The route to @conn's server, with a reference, or NULL. */
struct dst_entry *baton_route_get(struct baton_net *bn, const struct baton_conn *conn);
/** The same; @ret_source gets the address that this host has on it. */
struct dst_entry *baton_route_get_source(struct baton_net *bn, const struct baton_conn *conn,
					 union baton_addr *ret_source);
/** What is remembered of both for @method, or NULL. */
struct dst_entry *baton_route_cached(struct baton_server *server, u8 method,
				     union baton_addr *ret_source);
/** The route to who is no server, from @saddr (NULL: any), without a mark; with a reference, or NULL. */
struct dst_entry *baton_route_to(struct net *net, u8 family, const void *saddr, const void *daddr);
/** Is the server this host? */
bool baton_route_is_local(const struct dst_entry *dst);
/** NF_ACCEPT: the packet may take @dst; else it was dropped and its sender told. */
unsigned int baton_route_check(struct baton_ctx *ctx, const struct dst_entry *dst);
/** The same for a way on which @mtu bytes of the packet fit. */
unsigned int baton_route_check_mtu(struct baton_ctx *ctx, unsigned int mtu);
/** One hop less, for packets that came from outside; needs a writable IP header. */
void baton_route_hop(struct baton_ctx *ctx);
/** Send the packet to the server; takes @dst. */
unsigned int baton_route_send(struct baton_ctx *ctx, struct dst_entry *dst);
/** Send a packet of our own, with its headers; takes both. BH off. */
void baton_route_emit(struct baton_net *bn, struct sk_buff *skb, struct dst_entry *dst);
/** Send it as it is, with one hop less, if it may take @dst, which is taken; or drop it. */
unsigned int baton_route_forward(struct baton_ctx *ctx, struct dst_entry *dst);
/** Let the packet go on to a server on this host; takes @dst. */
unsigned int baton_route_local(struct baton_ctx *ctx, struct dst_entry *dst);
/** The source address changed: route again where that matters. Else than NF_ACCEPT: it was dropped. */
unsigned int baton_route_again(struct baton_ctx *ctx);
/** What baton_route_send() hands to LOCAL_OUT is not to be looked at again. */
bool baton_route_sent(const struct nf_hook_state *state);

/* route_dev.c */
/** Let go of routes, in a namespace that ends, after its hooks. config_mutex. */
void baton_route_net_exit(struct baton_net *bn);
int baton_route_module_init(void);
void baton_route_module_exit(void);

/* tell.c: ICMP to the sender; the caller counts the drop */
void baton_tell_no_server(struct baton_ctx *ctx);
void baton_tell_hops(struct baton_ctx *ctx);
void baton_tell_too_big(struct baton_ctx *ctx, u32 mtu);
/** An IPv6 source that means nothing on another link. */
void baton_tell_scope(struct baton_ctx *ctx);

/** baton_track - a packet of @conn that will be passed on, still as it came in */
static inline void baton_track(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir)
{
	if (unlikely(baton_track_on(&ctx->bn->track)))
		baton_track_packet(ctx, conn, dir);
}

/* xmit_bypass.c: to where the packet was sent; NF_ACCEPT: that is this host */
unsigned int baton_xmit_bypass(struct baton_ctx *ctx);
/* xmit_nat.c, xmit_dr.c, xmit_tunnel.c */
unsigned int baton_xmit_nat(struct baton_ctx *ctx, struct baton_conn *conn);
unsigned int baton_xmit_nat_reply(struct baton_ctx *ctx, struct baton_conn *conn);
unsigned int baton_xmit_dr(struct baton_ctx *ctx, struct baton_conn *conn);
unsigned int baton_xmit_tunnel(struct baton_ctx *ctx, struct baton_conn *conn);
/** struct baton_wrap - what baton_tunnel_wrap() puts a packet into */
struct baton_wrap {
	const struct baton_server	*server;
	const struct dst_entry		*dst;
	const union baton_addr		*source;
	u16				l4;	/* where the packet's transport header is */
	u8				family;	/* of the packet */
	bool				hop;	/* to have one hop less inside */
};

/** Make it the inner packet of a tunnel; it fits. False: no memory, and it is to be dropped. */
bool baton_tunnel_wrap(struct net *net, struct sk_buff *skb, const struct baton_wrap *how);
/** Bytes of a packet of @family that fit into @server's tunnel over @dst. */
unsigned int baton_tunnel_mtu(const struct baton_server *server, const struct dst_entry *dst,
			      u8 family);

#endif /* BATON_PATH_H */
