/* SPDX-License-Identifier: GPL-2.0-only */
/* Services that go by the Call-ID of SIP: see sip.c. Hooks, BH off, inside an RCU read section. */
#ifndef BATON_SIP_H
#define BATON_SIP_H

#include "conn.h"
#include "net.h"
#include "path.h"
#include "service.h"

/** baton_sip_is_heard - do messages for @svc, and from it, have to be read? */
static inline bool baton_sip_is_heard(const struct baton_service *svc)
{
	return unlikely(READ_ONCE(svc->flags) & BATON_SERVICE_F_SIP);
}

/**
 * baton_sip_call - put the hash of the packet's Call-ID into @tuple, a template's: client address and port
 *
 * Moves headers. Return: false: it is no message of SIP, or has no Call-ID; @tuple is as it was.
 */
bool baton_sip_call(struct baton_ctx *ctx, struct baton_tuple *tuple);

struct baton_server *baton_sip_elsewhere(struct baton_ctx *ctx, struct baton_conn *conn);

/** baton_sip_server - where a client's packet of @conn has to go: its call may have another server than @conn */
static inline struct baton_server *baton_sip_server(struct baton_ctx *ctx, struct baton_conn *conn)
{
	return baton_sip_is_heard(conn->server->service) ? baton_sip_elsewhere(ctx, conn) : conn->server;
}

struct baton_server *baton_sip_find_sender(struct baton_ctx *ctx);

/** baton_sip_sender - a packet of no connection: the NAT server that sends it of its own accord, or NULL */
static inline struct baton_server *baton_sip_sender(struct baton_ctx *ctx)
{
	return unlikely(READ_ONCE(ctx->bn->sip_count)) && ctx->pkt.tuple.protocol == IPPROTO_UDP ?
	       baton_sip_find_sender(ctx) : NULL;
}

/** Such a packet of @server: a connection begins with it, if it can. Return: a verdict. */
unsigned int baton_sip_out(struct baton_ctx *ctx, struct baton_server *server);

/* config_mutex */
/** Servers can be senders from now on; not any more. */
void baton_sip_add(struct baton_net *bn, struct baton_server *server);
void baton_sip_del(struct baton_server *server);
/** The flags of a service change. */
void baton_sip_count(struct baton_net *bn, u32 before, u32 after);

#endif /* BATON_SIP_H */
