// SPDX-License-Identifier: GPL-2.0-only
/* See probe.h. */
#include "probe.h"
#include "addr.h"

#define IP_LEN		40	/* IPv6 header */
#define ND_LEN		24	/* neighbour solicitation without options */
#define ICMPV6		58
#define SOLICITATION	135
#define CHECKSUM_AT	(IP_LEN + 2)

/* The solicited-node group of @target (RFC 4291 2.7.1). */
static void group_of(const u8 *target, u8 *to)
{
	static const u8 prefix[13] = { 0xff, 0x02, [11] = 0x01, [12] = 0xff };

	memcpy(to, prefix, sizeof(prefix));
	memcpy(to + sizeof(prefix), target + 13, 3);
}

/* Over both addresses, the length, the protocol and the message; what is summed has an even length. */
static u16 checksum(const u8 *packet)
{
	u32 sum = ND_LEN + ICMPV6;
	u32 i;

	for (i = 8; i < BATON_PROBE_SOLICIT_LEN; i += 2)
		sum += packet[i] << 8 | packet[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void baton_probe_solicit(u8 *packet, const u8 *target, u8 *ret_group)
{
	u16 sum;

	memset(packet, 0, BATON_PROBE_SOLICIT_LEN);
	packet[0] = 0x60;
	packet[5] = ND_LEN;
	packet[6] = ICMPV6;
	packet[7] = 255;
	group_of(target, packet + 24);
	packet[IP_LEN] = SOLICITATION;
	memcpy(packet + IP_LEN + 8, target, 16);
	sum = checksum(packet);
	packet[CHECKSUM_AT] = sum >> 8;
	packet[CHECKSUM_AT + 1] = sum & 0xff;
	ret_group[0] = 0x33;
	ret_group[1] = 0x33;
	memcpy(ret_group + 2, packet + 24 + 12, 4);
}

bool baton_probe_asked(const struct baton_probe_target *list, u32 count, u32 ifindex, u8 family,
		       const union baton_addr *addr)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (list[i].ifindex == ifindex && list[i].family == family &&
		    baton_addr_equal(&list[i].addr, addr, family))
			return true;
	return false;
}
