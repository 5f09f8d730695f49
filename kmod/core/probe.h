/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has this address? Questions that claim nothing: an ARP probe (RFC 5227) is made by the kernel's own
 * function, a solicitation from nobody (RFC 4862 5.4.2) here; and what is an answer.
 */
#ifndef BATON_CORE_PROBE_H
#define BATON_CORE_PROBE_H

#include "env.h"

#define BATON_PROBE_SOLICIT_LEN	64	/* IPv6 and ICMPv6 headers, target */
#define BATON_PROBE_WAIT_NS	1000000000ULL	/* what comes later answers nothing */

/**
 * baton_probe_solicit - write an IPv6 packet that asks who has @target
 * @packet: BATON_PROBE_SOLICIT_LEN bytes, overwritten; checksum included
 * @target: 16 bytes, big-endian
 * @ret_group: the Ethernet group that it goes to, 6 bytes
 */
void baton_probe_solicit(u8 *packet, const u8 *target, u8 *ret_group);

/** baton_probe_waits - may what is heard at @now_ns answer what was asked at @asked_ns? */
static inline bool baton_probe_waits(u64 asked_ns, u64 now_ns)
{
	return now_ns - asked_ns < BATON_PROBE_WAIT_NS;
}

/** baton_probe_asked - is it one of the @count addresses in @list, on the interface where it was asked for? */
bool baton_probe_asked(const struct baton_probe_target *list, u32 count, u32 ifindex, u8 family,
		       const union baton_addr *addr);

/**
 * baton_probe_claim - does an ARP packet speak unasked?
 *
 * An announcement has its own address as its target. Of a node whose gate is open such a claim is a rival's,
 * whatever was asked.
 */
static inline bool baton_probe_claim(const union baton_addr *sender, const union baton_addr *target)
{
	return sender->v4 == target->v4;
}

#endif /* BATON_CORE_PROBE_H */
