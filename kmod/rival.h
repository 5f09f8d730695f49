/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else says that it has one of our addresses.
 *
 * A host that was given an address twice, or a real server of a DR service that is not kept from speaking of it in
 * ARP, draws the clients away from the active node. So while the gate is open, a frame in which another machine
 * claims a guarded address on a network where this node has it is counted; the kernel's log names the other's link
 * address, and the agent is told. To announce against it is the agent's decision: the other one may be
 * the peer, behind a cut, and two who both insist would draw the clients to and fro.
 *
 * There are BATON_RIVAL_REPORTS in ten seconds at most. What a rival answers to one client alone is not seen.
 */
#ifndef BATON_RIVAL_H
#define BATON_RIVAL_H

#include <linux/atomic.h>
#include <linux/ratelimit.h>
#include <linux/workqueue.h>
#include <uapi/linux/baton.h>

#define BATON_RIVAL_REPORTS	4

struct baton_net;
struct net_device;
struct sk_buff;

/** struct baton_rival - of a network namespace */
struct baton_rival {
	atomic64_t		heard;		/* frames */
	struct ratelimit_state	reports;
	struct work_struct	tell;		/* the gate's listeners */
};

/**
 * baton_rival_hear - a frame on @dev claims @addr, which is guarded, for its sender
 *
 * Softirq, under RCU, gate open. Of @skb only the link header is looked at.
 */
void baton_rival_hear(struct baton_net *bn, const struct sk_buff *skb, struct net_device *dev,
		      u8 family, const union baton_addr *addr);

/**
 * baton_rival_source - the link address of the other machine that sent @skb
 *
 * Under RCU. Return: 6 bytes in @skb; NULL if that address is this node's alone, or on anything but Ethernet.
 */
const u8 *baton_rival_source(const struct baton_net *bn, const struct sk_buff *skb,
			     struct net_device *dev);

/** baton_rival_has - is @addr on @dev? Under RCU. */
bool baton_rival_has(const struct net_device *dev, u8 family, const union baton_addr *addr);

void baton_rival_net_init(struct baton_net *bn);
/** baton_rival_net_exit - after the last hook is gone */
void baton_rival_net_exit(struct baton_net *bn);

#endif /* BATON_RIVAL_H */
