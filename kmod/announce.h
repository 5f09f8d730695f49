/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling the neighbours who has a virtual address now. */
#ifndef BATON_ANNOUNCE_H
#define BATON_ANNOUNCE_H

#include <linux/types.h>

struct baton_net;
struct netlink_ext_ack;

/**
 * baton_announce - send one gratuitous ARP request and one gratuitous ARP reply
 * @ifindex: interface to send from; its own link address is announced
 * @addr: IPv4, unicast
 *
 * Process context. Two forms, because there are hosts that learn from only one of them.
 *
 * Return: 0: both are on their way; -EPERM: the gate is not open; -ENODEV: no such
 * interface; -EOPNOTSUPP: it has no ARP; -ENETDOWN: it is down; -EADDRNOTAVAIL: not an address
 * that a host can have; -ENOMEM. Each with an extack sentence.
 */
int baton_announce(struct baton_net *bn, int ifindex, __be32 addr, struct netlink_ext_ack *extack);

#endif /* BATON_ANNOUNCE_H */
