// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet from a client to a virtual service.
 *
 * What belongs to no connection and opens none is left to this host's own stack while the
 * gate is open: it answers a lost TCP connection with a reset, which
 * tells the client at once, unless the service wants that dropped. A standby says nothing: its
 * peer may know the connection.
 */
#include "challenge.h"
#include "ftp.h"
#include "path.h"
#include "sip.h"
#include "stats.h"

static struct baton_service *service_of(struct baton_ctx *ctx)
{
	return baton_service_match_rcu(ctx->bn, &ctx->pkt.tuple, ctx->skb->mark) ?: baton_ftp_service(ctx);
}

static unsigned int transmit(struct baton_ctx *ctx, struct baton_conn *conn)
{
	switch ((enum baton_method)conn->method) {
	case BATON_METHOD_NAT:
		return baton_xmit_nat(ctx, conn);
	case BATON_METHOD_DR:
		return baton_xmit_dr(ctx, conn);
	case BATON_METHOD_TUNNEL:
		return baton_xmit_tunnel(ctx, conn);
	case __BATON_METHOD_MAX:
		break;
	}
	return NF_DROP;
}

static unsigned int bypass(struct baton_ctx *ctx, const struct baton_service *svc)
{
	baton_track_past(ctx, svc);
	return baton_xmit_bypass(ctx);
}

/* A packet for a service that belongs to no connection and opens none. */
static unsigned int unknown(struct baton_ctx *ctx, const struct baton_service *svc)
{
	u8 protocol = ctx->pkt.tuple.protocol;

	if (svc && READ_ONCE(svc->flags) & BATON_SERVICE_F_BYPASS)
		return bypass(ctx, svc);
	/* a stack without SCTP would say that the whole protocol is not there */
	if (svc && (protocol == IPPROTO_SCTP ||
		    (protocol == IPPROTO_TCP && READ_ONCE(svc->flags) & BATON_SERVICE_F_NORESET)))
		return baton_drop(ctx->bn, BATON_DROP_NOT_SYN);
	return NF_ACCEPT;
}

/* A datagram without a connection: transmission needs no more than addresses, method and server. */
static unsigned int send_once(struct baton_ctx *ctx, struct baton_server *server)
{
	struct baton_conn_new args = {
		.client = &ctx->pkt.tuple,
		.daddr = &server->addr,
		.dport = server->port ?: ctx->pkt.tuple.dport,
		.state = BATON_STATE_UDP,
		.server = server,
	};
	struct baton_once once;

	baton_conn_once(&once, &args);
	baton_stats_in(server->stats, baton_skb_packets(ctx->skb), ctx->skb->len);
	baton_track(ctx, &once.conn, BATON_TO_SERVER);
	return baton_gate_passed(&ctx->bn->gate, transmit(ctx, &once.conn));
}

/* It gets a server for itself. */
static unsigned int one_packet(struct baton_ctx *ctx, struct baton_service *svc)
{
	struct baton_server *server = baton_persist_pick(ctx, svc, BATON_STATE_UDP);

	if (!server || READ_ONCE(server->dead)) {
		if (READ_ONCE(svc->flags) & BATON_SERVICE_F_BYPASS)
			return bypass(ctx, svc);
		baton_tell_no_server(ctx);
		return baton_drop(ctx->bn, BATON_DROP_NO_SERVER);
	}
	baton_stats_conn(server->stats);
	return send_once(ctx, server);
}

/* Who was announced is let in before services of any port are asked. */
static struct baton_conn *announced(struct baton_ctx *ctx)
{
	return baton_ftp_waits(ctx->bn) ? baton_ftp_open(ctx) : NULL;
}

unsigned int baton_in(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct baton_net *bn = ctx->bn;
	struct baton_server *server;
	struct baton_service *svc;

	conn = conn ?: announced(ctx);
	if (IS_ERR(conn))
		return NF_DROP;		/* counted where it failed */
	svc = conn ? NULL : service_of(ctx);
	if (!conn && !svc)
		return NF_ACCEPT;
	if (!baton_gate_open(&bn->gate))
		return baton_relay(bn, ctx->skb, ctx->state);
	if (conn && unlikely(baton_conn_renewed(conn, &ctx->pkt))) {
		baton_conn_kill(bn, conn);
		conn = announced(ctx);
		svc = service_of(ctx);
	}
	if (!conn && svc && READ_ONCE(svc->flags) & BATON_SERVICE_F_ONEPACKET &&
	    baton_conn_first_state(&ctx->pkt) == BATON_STATE_UDP)
		return one_packet(ctx, svc);
	if (!conn)
		conn = baton_conn_open(ctx, svc);
	if (IS_ERR(conn))
		return NF_DROP;
	if (!conn)
		return unknown(ctx, svc);
	if (unlikely(READ_ONCE(conn->server->dead)))
		return baton_drop(bn, BATON_DROP_SERVER_GONE);
	if (unlikely(baton_challenge_ends(ctx, conn)))
		return NF_DROP;		/* it was for us */
	server = svc ? conn->server : baton_sip_server(ctx, conn);
	if (unlikely(server != conn->server))
		return send_once(ctx, server);
	baton_conn_step(ctx, conn, BATON_TO_SERVER);
	baton_stats_in(conn->server->stats, baton_skb_packets(ctx->skb), ctx->skb->len);
	baton_track(ctx, conn, BATON_TO_SERVER);
	if (!svc)
		baton_fast_offer(ctx, conn, BATON_TO_SERVER);	/* what begins one proves nothing */
	if (baton_ftp_is_control(conn))
		baton_ftp_hear(ctx, conn, BATON_TO_SERVER);
	return baton_gate_passed(&bn->gate, transmit(ctx, conn));
}
