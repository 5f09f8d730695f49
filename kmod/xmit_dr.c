// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct routing: the same packet, sent to the server's link address. The server
 * has the virtual address itself and answers the client past us.
 */
#include <net/dst.h>
#include "path.h"
#include "stats.h"

unsigned int baton_xmit_dr(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct dst_entry *dst = baton_route_get(ctx->bn, conn);

	if (unlikely(!dst))
		return baton_drop(ctx->bn, BATON_DROP_NO_ROUTE);
	if (baton_route_is_local(dst))
		return baton_route_local(ctx, dst);
	return baton_route_forward(ctx, dst);
}
