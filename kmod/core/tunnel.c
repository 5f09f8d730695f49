// SPDX-License-Identifier: GPL-2.0-only
#include "tunnel.h"

#define GRE_MIN		4
#define GRE_SUM		4	/* checksum and padding */
#define GRE_FLAG_SUM	0x80	/* in the first byte */
#define UDP_LEN		8
#define GUE_MIN		4
#define GUE_REMOTE	8	/* private flags, and the field that one of them announces */
#define GUE_WORDS_MASK	0x1f	/* of the first byte: length of what is optional, in words */
#define ETHER_IP4	0x0800
#define ETHER_IP6	0x86dd

unsigned int baton_tunnel_overhead(u8 kind, u8 checksum)
{
	switch ((enum baton_tunnel_kind)kind) {
	case BATON_TUNNEL_GRE:
		return GRE_MIN + (checksum ? GRE_SUM : 0);
	case BATON_TUNNEL_GUE:
		return UDP_LEN + GUE_MIN +
		       (checksum == BATON_TUNNEL_CHECKSUM_REMOTE ? GUE_REMOTE : 0);
	case BATON_TUNNEL_IPIP:
	case __BATON_TUNNEL_MAX:
		break;
	}
	return 0;
}

static bool family_of(u8 protocol, u8 *ret_family)
{
	*ret_family = protocol == IPPROTO_IPIP ? AF_INET : AF_INET6;
	return protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6;
}

static int peel_gre(const u8 *data, size_t have, u8 *ret_family)
{
	size_t len;
	u16 type;

	if (have < GRE_MIN || data[0] & ~GRE_FLAG_SUM || data[1])
		return -EINVAL;
	type = data[2] << 8 | data[3];
	if (type != ETHER_IP4 && type != ETHER_IP6)
		return -EINVAL;
	*ret_family = type == ETHER_IP4 ? AF_INET : AF_INET6;
	len = GRE_MIN + (data[0] ? GRE_SUM : 0);
	return len <= have ? (int)len : -EINVAL;
}

/* Version and the mark of a control message are the upper bits of the first byte: both zero. */
static int peel_gue(const u8 *data, size_t have, u8 *ret_family)
{
	const u8 *gue = data + UDP_LEN;
	size_t len;

	if (have < UDP_LEN + GUE_MIN || gue[0] & ~GUE_WORDS_MASK || !family_of(gue[1], ret_family))
		return -EINVAL;
	len = UDP_LEN + GUE_MIN + gue[0] * 4;
	return len <= have ? (int)len : -EINVAL;
}

int baton_tunnel_peel(u8 protocol, const u8 *data, size_t have, u8 *ret_family)
{
	if (protocol == IPPROTO_GRE)
		return peel_gre(data, have, ret_family);
	if (protocol == IPPROTO_UDP)
		return peel_gue(data, have, ret_family);
	return family_of(protocol, ret_family) ? 0 : -EINVAL;
}
