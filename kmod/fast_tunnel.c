// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels on the fast path: xmit_tunnel.c wraps the packet there as it does on the slow one, so that
 * both look the same; here is what it has to know for that, the source of the outer packet.
 *
 * Inside and outside are of one family: what is mixed stays on the slow path.
 */
#include <linux/slab.h>
#include "core/tunnel.h"
#include "fast.h"
#include "header.h"
#include "path.h"
#include "service.h"

/*
 * Readers take the route first, writers write it last: who sees a route sees its source, or a later
 * one, which says that it is another route's. While a route is kept no other one has its address.
 */
const struct baton_fast_source *baton_fast_tunnel(const struct sk_buff *skb, u8 family,
						  const struct baton_server *server,
						  const struct dst_entry *dst)
{
	struct baton_tunnel tunnel = READ_ONCE(server->tunnel);
	unsigned int overhead = baton_header_len(family) +
				baton_tunnel_overhead(tunnel.kind, tunnel.checksum);
	const struct baton_fast_source *source;
	unsigned int mtu = dst_mtu(dst);

	smp_rmb();	/* pairs with the exchange of the route in fast_prove.c */
	source = rcu_dereference(server->fast_source);
	if (!source || source->dst != dst || mtu <= overhead || !baton_fast_fits(skb, mtu - overhead))
		return NULL;
	return source;
}

bool baton_fast_keep_source(struct baton_server *server, const struct dst_entry *dst,
			    const union baton_addr *addr)
{
	struct baton_fast_source *source = kzalloc(sizeof(*source), GFP_ATOMIC | __GFP_NOWARN), *old;

	if (!source)
		return false;
	source->dst = dst;
	source->addr = *addr;
	old = unrcu_pointer(xchg(&server->fast_source, RCU_INITIALIZER(source)));
	if (old)
		kfree_rcu(old, rcu);
	return true;
}

void baton_fast_forget_source(struct baton_server *server)
{
	struct baton_fast_source *old;

	old = unrcu_pointer(xchg(&server->fast_source, NULL));
	if (old)
		kfree_rcu(old, rcu);
}

bool baton_fast_source_of(struct baton_server *server, const struct dst_entry *dst,
			  const struct sk_buff *skb, union baton_addr *ret_addr)
{
	struct dst_entry *own;

	memset(ret_addr, 0, sizeof(*ret_addr));
	own = baton_route_cached(server, BATON_METHOD_TUNNEL, ret_addr);
	dst_release(own);	/* only compared */
	return own == dst &&
	       !memcmp(baton_header_addr(skb_network_header(skb), server->family, true), ret_addr,
		       baton_addr_len(server->family));
}
