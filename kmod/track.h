/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connection tracking, for services that want entries of their connections ("conntrack on").
 *
 * The kernel's entry of a flow through us says what it looks like on both sides: the client's
 * packets as they come in, and the answers as the server sends them. So rules about states see a
 * connection and not two halves, and address translation behind us has an entry to work on.
 *
 * Nothing of that is there for others: the module does not need nf_conntrack to be loaded, and a
 * namespace without such a service has none of its hooks from us.
 */
#ifndef BATON_TRACK_H
#define BATON_TRACK_H

#include <asm/barrier.h>
#include <linux/netfilter.h>
#include <linux/types.h>
#include "conn.h"

struct baton_ctx;
struct baton_net;
struct netlink_ext_ack;

/** struct baton_track - of one namespace */
struct baton_track {
	bool	on;		/* entries may be touched; see baton_track_on() */
	u32	services[2];	/* that want them, IPv4 and IPv6; config_mutex */
	struct nf_hook_ops vouch[2];	/* the same; track_vouch.c */
};

/** baton_track_on - an RCU read section that has seen it ends before what it needs goes */
static inline bool baton_track_on(const struct baton_track *track)
{
	return smp_load_acquire(&track->on);	/* pairs with begin() */
}

/** Have nf_conntrack loaded, which takes locks of everybody: before any of ours. Process context. */
void baton_track_load(void);
/**
 * baton_track_change - the flags of a service of @family become @to
 *
 * A service that is not there has none. Process context, config_mutex.
 *
 * Return: 0; -EOPNOTSUPP: there is no connection tracking, or its own error. Nothing fails that wants less.
 */
int baton_track_change(struct baton_net *bn, u8 family, u32 from, u32 to,
		       struct netlink_ext_ack *extack);
/** The namespace ends. config_mutex. */
void baton_track_net_exit(struct baton_net *bn);

/** Does its service want entries that its packets can have? */
bool baton_track_wants(const struct baton_conn *conn);

/* track_vouch.c: what the peer told of is established to rules, of one family. config_mutex. */
int baton_track_vouch(struct baton_net *bn, u8 family);
/** Packets may be in there to the end of a grace period. */
void baton_track_unvouch(struct baton_net *bn, u8 family);

/* The rest of a packet's way: in a hook, before it is rewritten. */
/** baton_track_on(): the entry of the packet, if it has one that its service wants, shall go on with it. */
void baton_track_packet(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir);
/** The same for what is about a connection, not of it. */
void baton_track_related(struct baton_ctx *ctx, const struct baton_conn *conn);
/** The same for what goes past the servers. */
void baton_track_past(struct baton_ctx *ctx, const struct baton_service *svc);
/** The packet is about to be wrapped: its entry has done its work. False: it clashes, and the packet is to be dropped. */
bool baton_track_finish(struct baton_ctx *ctx);
/** @conn, which has BATON_CONN_TRACKED, has ended. In an RCU read section. */
void baton_track_forget(struct baton_net *bn, const struct baton_conn *conn);

#endif /* BATON_TRACK_H */
