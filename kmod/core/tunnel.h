/* SPDX-License-Identifier: GPL-2.0-only */
/* The headers between an outer and an inner IP header, as bytes. */
#ifndef BATON_CORE_TUNNEL_H
#define BATON_CORE_TUNNEL_H

#include "env.h"

/** baton_tunnel_protocol - the number by which a header says that an IP packet of @family follows */
static inline u8 baton_tunnel_protocol(u8 family)
{
	return family == AF_INET ? IPPROTO_IPIP : IPPROTO_IPV6;
}

/**
 * baton_tunnel_overhead - bytes that a tunnel puts before a packet, the outer IP header not counted
 * @kind: enum baton_tunnel_kind
 * @checksum: enum baton_tunnel_checksum
 *
 * The most that it can be: with remote checksums a packet that comes with a finished one needs less.
 */
unsigned int baton_tunnel_overhead(u8 kind, u8 checksum);

/**
 * baton_tunnel_peel - where the packet within a quoted tunnel packet begins
 * @protocol: what the outer IP header says comes next
 * @data: what is quoted behind the outer IP header
 * @have: bytes at @data
 * @ret_family: gets the inner packet's
 *
 * Return: its offset from @data, at most @have; -EINVAL: no tunnel such as we make them, or too
 * little is quoted.
 */
int baton_tunnel_peel(u8 protocol, const u8 *data, size_t have, u8 *ret_family);

#endif /* BATON_CORE_TUNNEL_H */
