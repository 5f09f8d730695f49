/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling the neighbours who has a virtual address now. */
#ifndef BATON_ANNOUNCE_H
#define BATON_ANNOUNCE_H

#include <linux/types.h>
#include <uapi/linux/baton.h>

struct baton_net;
struct net_device;
struct netlink_ext_ack;

/**
 * baton_announce_check - are there neighbours on @dev?
 * @dev: or NULL
 *
 * Return: 0, -ENODEV, -EOPNOTSUPP, -ENETDOWN, with an extack sentence. Under RCU.
 */
int baton_announce_check(const struct net_device *dev, struct netlink_ext_ack *extack);

/**
 * baton_announce - send what neighbours learn from without having asked
 * @ifindex: interface to send from; its own link address is announced
 * @family: AF_INET: one gratuitous ARP request and one reply, because there are hosts that learn
 *	from only one of them; AF_INET6: one neighbour advertisement to all nodes (RFC 4861 7.2.6)
 * @addr: unicast; an IPv6 address should be on the interface, or the advertisement has another
 *	source
 *
 * Process context.
 *
 * Return: 0: it is on its way; -EPERM: the gate is not open; -ENODEV: no such
 * interface; -EOPNOTSUPP: it has no ARP, or no IPv6; -ENETDOWN: it is down; -EADDRNOTAVAIL: not an
 * address that a host can have; -ENOMEM (ARP). Each with an extack sentence.
 */
int baton_announce(struct baton_net *bn, int ifindex, u8 family, const union baton_addr *addr,
		   struct netlink_ext_ack *extack);

/**
 * baton_announce_all - the same for every guarded address, on the interface that has it
 *
 * Who has none of them is left out; what fails now, the agent repeats. Process context.
 */
void baton_announce_all(struct baton_net *bn);

#endif /* BATON_ANNOUNCE_H */
