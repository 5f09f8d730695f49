/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes that the fast path keeps. */
#ifndef BATON_FAST_ROUTE_H
#define BATON_FAST_ROUTE_H

#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/route.h>

/* It was made from an entry of a table, which is still there. */
static inline bool baton_fast_route_from(const struct rt6_info *rt)
{
	const struct fib6_info *from = rcu_dereference(rt->from);

	return from && rcu_access_pointer(from->fib6_node) && !fib6_check_expired(from);
}

/**
 * baton_fast_route_lives - is @dst, kept since @net had its present rt_genid, still good?
 *
 * What the routing code asks of a route that somebody kept. Inside an RCU read section.
 */
static __always_inline bool baton_fast_route_lives(const struct dst_entry *dst, u8 family,
						   const struct net *net)
{
	const struct rt6_info *rt6 = container_of(dst, struct rt6_info, dst);

	if (READ_ONCE(dst->obsolete) != DST_OBSOLETE_FORCE_CHK)
		return false;
	if (family == AF_INET)
		return container_of(dst, struct rtable, dst)->rt_genid == rt_genid_ipv4(net);
	if (rt6->rt6i_flags & RTF_EXPIRES && time_after(jiffies, dst->expires))
		return false;
	return baton_fast_route_from(rt6);
}

#endif /* BATON_FAST_ROUTE_H */
