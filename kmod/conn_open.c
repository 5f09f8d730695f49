// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet that opens a connection: choose a server, put the connection into the table.
 *
 * Or one from the middle of a connection that this director never heard of: the last active died
 * before it could tell. Where the scheduler goes by the flow alone, the server is known all the same.
 */
#include "conn_make.h"
#include "core/sctp_state.h"
#include "core/tcp_state.h"
#include "destset.h"
#include "ftp.h"
#include "nl.h"
#include "opening.h"
#include "path.h"
#include "stats.h"
#include "sync.h"

/* How many servers are tried when the client's port is in use at the chosen one. */
#define TRIES 4

u8 baton_conn_first_state(const struct baton_pkt *pkt)
{
	/* who has no keys has nothing to say: AH and ESP begin nothing */
	if (pkt->kind == BATON_PKT_IPSEC)
		return BATON_STATE_NONE;
	if (pkt->tuple.protocol == IPPROTO_UDP)
		return BATON_STATE_UDP;
	if (baton_pkt_is_init(pkt))
		return BATON_STATE_SCTP_INIT;
	return baton_pkt_is_syn(pkt) ? BATON_STATE_TCP_SYN_RECV : BATON_STATE_NONE;
}

static struct baton_conn *fail(struct baton_ctx *ctx, enum baton_drop reason)
{
	baton_drop(ctx->bn, reason);
	return ERR_PTR(-EIO);
}

static struct baton_conn *no_server(struct baton_ctx *ctx)
{
	baton_tell_no_server(ctx);
	return fail(ctx, BATON_DROP_NO_SERVER);
}

static noinline struct baton_conn *found(struct baton_ctx *ctx, const struct baton_tuple *tuple,
					 enum baton_dir dir)
{
	struct baton_conn *conn;
	enum baton_dir found_dir;

	conn = baton_conn_lookup(ctx->bn, tuple, &found_dir);
	return conn && found_dir == dir ? conn : NULL;
}

/*
 * The server already has a connection from this client's port, through another
 * virtual address. One that has ended makes room.
 */
static bool make_room(struct baton_ctx *ctx, const struct baton_conn_new *args)
{
	struct baton_tuple reply = {
		.saddr = *args->daddr,
		.daddr = args->client->saddr,
		.sport = args->dport,
		.dport = args->client->sport,
		.family = args->client->family,
		.protocol = args->client->protocol,
	};
	struct baton_conn *old = found(ctx, &reply, BATON_TO_CLIENT);

	if (!old || test_bit(BATON_CONN_DOUBTED, &old->flags) ||
	    !(baton_tcp_reusable(BATON_TCP_TO_SERVER, READ_ONCE(old->state)) ||
	      baton_sctp_reusable(BATON_TCP_TO_SERVER, READ_ONCE(old->state))))
		return false;
	baton_conn_kill(ctx->bn, old);
	return true;
}

/* Most services are not persistent, and then no template is asked. */
static struct baton_server *pick(struct baton_ctx *ctx, struct baton_service *svc, u8 state)
{
	return unlikely(READ_ONCE(svc->persist_prefix)) ? baton_persist_pick(ctx, svc, state) :
							  baton_destset_pick_rcu(svc, &ctx->pkt.tuple);
}

static __always_inline struct baton_conn_new args_of(const struct baton_ctx *ctx,
						     struct baton_server *server, u8 state)
{
	return (struct baton_conn_new) {
		.client = &ctx->pkt.tuple,
		.daddr = &server->addr,
		.dport = server->port ?: ctx->pkt.tuple.dport,
		.state = state,
		.server = server,
		/* a record could not say that: an answer to a server of FTP */
		.unsynced = ntohs(ctx->pkt.tuple.dport) < ntohs(server->service->key.port),
	};
}

/* It could not be inserted, for the reason @conn: some of them can be removed. */
static noinline struct baton_conn *insist(struct baton_ctx *ctx, struct baton_server *server, u8 state,
					  struct baton_conn *conn)
{
	struct baton_conn_new args = args_of(ctx, server, state);

	if (conn == ERR_PTR(-EADDRINUSE) && make_room(ctx, &args))
		conn = baton_conn_insert(ctx->bn, &args, ctx->hash);
	if ((conn == ERR_PTR(-ENOSPC) || conn == ERR_PTR(-ENOMEM)) && baton_opening_reclaim(ctx->bn))
		conn = baton_conn_insert(ctx->bn, &args, ctx->hash);
	return conn;
}

static __always_inline struct baton_conn *open_to(struct baton_ctx *ctx, struct baton_server *server,
						  u8 state)
{
	struct baton_conn_new args = args_of(ctx, server, state);
	struct baton_conn *conn = baton_conn_begin(ctx->bn, &args, ctx->hash);

	if (IS_ERR(conn))
		conn = insist(ctx, server, state, conn);
	if (!IS_ERR(conn)) {
		baton_stats_conn(server->stats);
		if (baton_sync_on(&ctx->bn->sync))
			baton_sync_mark(ctx->bn, conn);
	} else if (conn == ERR_PTR(-EEXIST)) {
		/* another CPU opened it for a copy of this packet */
		conn = found(ctx, &ctx->pkt.tuple, BATON_TO_SERVER) ?: ERR_PTR(-ENOENT);
	}
	return conn;
}

/* Why the last try failed; a server that went while it was being chosen is none. NULL: bypass it. */
static struct baton_conn *explain(struct baton_ctx *ctx, const struct baton_service *svc,
				  struct baton_conn *conn)
{
	switch (PTR_ERR(conn)) {
	case -ENOMEM:
		return fail(ctx, BATON_DROP_NO_MEMORY);
	case -ENOSPC:
		return fail(ctx, BATON_DROP_TABLE_FULL);
	case -EADDRINUSE:
		return fail(ctx, BATON_DROP_CLASH);
	}
	return READ_ONCE(svc->flags) & BATON_SERVICE_F_BYPASS ? NULL : no_server(ctx);
}

/* The state of the connection that the packet is from the middle of; NONE: it is not */
static u8 amid(const struct baton_pkt *pkt)
{
	const u8 mask = BATON_TCP_SYN | BATON_TCP_ACK | BATON_TCP_RST;

	if (pkt->tuple.protocol == IPPROTO_TCP && (pkt->tcp_flags & mask) == BATON_TCP_ACK)
		return BATON_STATE_TCP_ESTABLISHED;
	if (pkt->tuple.protocol == IPPROTO_SCTP && baton_sctp_is_amid(pkt->sctp_chunk))
		return BATON_STATE_SCTP_ESTABLISHED;
	return BATON_STATE_NONE;
}

static bool may_adopt(const struct baton_ctx *ctx, const struct baton_service *svc)
{
	return amid(&ctx->pkt) != BATON_STATE_NONE && baton_gate_fresh(&ctx->bn->gate) &&
	       baton_destset_agrees_rcu(svc);
}

/* There is one server that can be right: another one would only reset it. */
static noinline struct baton_conn *adopt(struct baton_ctx *ctx, struct baton_service *svc)
{
	u8 state = amid(&ctx->pkt);
	struct baton_server *server = pick(ctx, svc, state);
	struct baton_conn *conn;

	if (!server)
		return NULL;
	conn = open_to(ctx, server, state);
	if (IS_ERR(conn))
		return explain(ctx, svc, conn);
	atomic64_inc(&ctx->bn->adopted);
	return conn;
}

struct baton_conn *baton_conn_open(struct baton_ctx *ctx, struct baton_service *svc)
{
	u8 state = baton_conn_first_state(&ctx->pkt);
	struct baton_conn *conn = ERR_PTR(-ENOENT);
	struct baton_server *server;
	int i;

	if (!svc)
		return NULL;
	if (state == BATON_STATE_NONE && baton_ftp_is_answer(ctx, svc))
		state = BATON_STATE_TCP_SYN_RECV;
	if (state == BATON_STATE_NONE)
		return may_adopt(ctx, svc) ? adopt(ctx, svc) : NULL;
	if (unlikely(baton_defence_lasts(&ctx->bn->defence)) && baton_defence_drops(&ctx->bn->defence))
		return fail(ctx, BATON_DROP_THINNED);
	server = pick(ctx, svc, state);
	for (i = 0; server && i < TRIES; i++) {
		conn = open_to(ctx, server, state);
		if (!IS_ERR(conn))
			return conn;
		if (conn != ERR_PTR(-EADDRINUSE) && conn != ERR_PTR(-ENOENT))
			break;
		server = baton_destset_next_rcu(svc, server);
	}
	return explain(ctx, svc, conn);
}
