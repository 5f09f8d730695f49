// SPDX-License-Identifier: GPL-2.0-only
/* A packet from a NAT server to a client: it has to look as if it came from the virtual address. */
#include "challenge.h"
#include "ftp.h"
#include "path.h"
#include "sip.h"
#include "stats.h"

unsigned int baton_out(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct baton_net *bn = ctx->bn;

	if (!baton_gate_open(&bn->gate))
		return baton_relay(bn, ctx->skb, ctx->state);
	if (unlikely(READ_ONCE(conn->server->dead)))
		return baton_drop(bn, BATON_DROP_SERVER_GONE);
	if (unlikely(baton_challenge_ends(ctx, conn)))
		return NF_DROP;		/* it was for us */
	baton_conn_step(ctx, conn, BATON_TO_CLIENT);
	baton_stats_out(conn->server->stats, baton_skb_packets(ctx->skb), ctx->skb->len);
	baton_track(ctx, conn, BATON_TO_CLIENT);
	baton_fast_offer(ctx, conn, BATON_TO_CLIENT);
	if (baton_ftp_is_control(conn))
		baton_ftp_hear(ctx, conn, BATON_TO_CLIENT);
	if (baton_sip_is_heard(conn->server->service))
		baton_persist_call(ctx, conn->server);
	return baton_gate_passed(&bn->gate, baton_xmit_nat_reply(ctx, conn));
}
