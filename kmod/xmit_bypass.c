// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bypass: a transparent service that has nobody to serve lets its clients through to the host that
 * they asked for.
 *
 * Nothing is remembered. A connection that began this way is of no service: its packets belong to no
 * connection here and open none, so all of them go the same way, also when a server is there
 * again, and also after a failover. What has lost its connection goes to a host that never
 * had it, whose reset tells the client.
 */
#include <net/dst.h>
#include "path.h"
#include "stats.h"

unsigned int baton_xmit_bypass(struct baton_ctx *ctx)
{
	struct dst_entry *dst;

	/* on its way there already */
	if (ctx->state->hook != NF_INET_LOCAL_IN)
		return NF_ACCEPT;
	dst = baton_route_to(ctx->bn->net, ctx->pkt.tuple.family, NULL, &ctx->pkt.tuple.daddr);
	if (!dst)
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	if (baton_route_is_local(dst)) {
		dst_release(dst);
		return NF_ACCEPT;
	}
	return baton_route_forward(ctx, dst);
}
