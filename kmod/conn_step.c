// SPDX-License-Identifier: GPL-2.0-only
/* What a packet does to its connection. Most packets of an established one do nothing but be seen. */
#include "core/doubt.h"
#include "core/sctp_state.h"
#include "core/tcp_state.h"
#include "nl.h"
#include "path.h"
#include "sync.h"

static enum baton_tcp_view view_of(const struct baton_conn *conn, enum baton_dir dir)
{
	if (dir == BATON_TO_CLIENT)
		return BATON_TCP_TO_CLIENT;
	return conn->method == BATON_METHOD_NAT ? BATON_TCP_TO_SERVER : BATON_TCP_INPUT_ONLY;
}

/* A server that takes no more connections does not get this one again. */
static bool is_kept(const struct baton_conn *conn)
{
	return test_bit(BATON_CONN_DOUBTED, &conn->flags) && READ_ONCE(conn->server->weight) &&
	       !READ_ONCE(conn->server->draining) && !READ_ONCE(conn->server->dead);
}

bool baton_conn_renewed(const struct baton_conn *conn, const struct baton_pkt *pkt)
{
	enum baton_tcp_view view = view_of(conn, BATON_TO_SERVER);

	return (baton_pkt_is_syn(pkt) && !is_kept(conn) && baton_tcp_reusable(view, READ_ONCE(conn->state))) ||
	       (baton_pkt_is_init(pkt) && baton_sctp_reusable(view, READ_ONCE(conn->state)));
}

static u8 next_state(const struct baton_conn *conn, enum baton_dir dir, u8 state,
		     const struct baton_pkt *pkt)
{
	if (likely(conn->protocol == IPPROTO_TCP))
		return baton_tcp_next(view_of(conn, dir), state, pkt->tcp_flags);
	return baton_sctp_next(view_of(conn, dir), state, pkt->sctp_chunk);
}

static void note(struct baton_conn *conn, enum baton_dir dir)
{
	unsigned int seen = dir == BATON_TO_SERVER ? BATON_CONN_IN_SEEN : BATON_CONN_OUT_SEEN;

	baton_conn_touch(conn);
	if (unlikely(!test_bit(seen, &conn->flags)))
		set_bit(seen, &conn->flags);
	if (unlikely(test_bit(BATON_CONN_LEARNED, &conn->flags)))
		clear_bit(BATON_CONN_LEARNED, &conn->flags);
}

/* False: it was in another state by now. */
static bool move(struct baton_ctx *ctx, struct baton_conn *conn, u8 state, u8 next)
{
	if (!baton_conn_change(ctx->bn, conn, state, next))
		return false;
	baton_sync_mark(ctx->bn, conn);
	if (baton_state_established(next)) {
		if (unlikely(test_bit(BATON_CONN_DOUBTED, &conn->flags)))
			baton_doubt_end(conn);
		baton_persist_assure(ctx->bn, conn);
	}
	baton_nl_conn_event(ctx->bn, BATON_EVENT_CHANGE, conn);
	return true;
}

static void judge_doubt(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir)
{
	u8 state = READ_ONCE(conn->state);

	if (baton_doubt_denied(ctx, conn, view_of(conn, dir), state) &&
	    move(ctx, conn, state, BATON_STATE_TCP_ESTABLISHED))
		atomic64_inc(&ctx->bn->revived);
}

void baton_conn_step(struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir)
{
	u8 state, next;

	note(conn, dir);
	if (conn->protocol == IPPROTO_UDP)
		return;
	if (unlikely(test_bit(BATON_CONN_DOUBTED, &conn->flags)))
		judge_doubt(ctx, conn, dir);
	/* two packets at once: the loser looks again from the winner's state */
	do {
		state = READ_ONCE(conn->state);
		next = next_state(conn, dir, state, &ctx->pkt);
		if (unlikely(state == BATON_STATE_TCP_SYN_RECV) && conn->method == BATON_METHOD_NAT &&
		    baton_doubt_handshake(ctx, conn, dir))
			return;
		if (likely(next == state))
			return;
		if (unlikely(test_bit(BATON_CONN_DEAD, &conn->flags)))
			return;
		if (baton_doubt_begins(state, next))
			baton_doubt_begin(ctx, conn);
	} while (!move(ctx, conn, state, next));
}
