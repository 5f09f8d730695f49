// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct routing: the same packet, sent to the server's link address. The server
 * has the virtual address itself and answers the client past us.
 */
#include <net/ip.h>
#include <net/route.h>
#include "path.h"
#include "stats.h"

unsigned int baton_xmit_dr(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct rtable *rt = baton_route_get(ctx->bn, conn);

	if (unlikely(!rt))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	if (baton_route_is_local(rt))
		return baton_route_local(ctx, rt);
	if (baton_route_check(ctx, rt) != NF_ACCEPT)
		goto drop;
	if (!baton_skb_writable(ctx->skb, sizeof(struct iphdr))) {
		baton_drop(ctx->bn, BATON_DROP_WRITE);
		goto drop;
	}
	baton_route_hop(ctx);
	return baton_route_send(ctx, rt);

drop:
	ip_rt_put(rt);
	return NF_DROP;
}
