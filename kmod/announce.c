// SPDX-License-Identifier: GPL-2.0-only
/* Gratuitous ARP: see announce.h. */
#include <linux/if_arp.h>
#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <net/arp.h>
#include "announce.h"
#include "net.h"

static int check_device(const struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (!dev) {
		NL_SET_ERR_MSG(extack, "there is no interface with this index");
		return -ENODEV;
	}
	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK) || !dev->addr_len) {
		NL_SET_ERR_MSG(extack, "the interface does not speak ARP");
		return -EOPNOTSUPP;
	}
	if (!(dev->flags & IFF_UP)) {
		NL_SET_ERR_MSG(extack, "the interface is down");
		return -ENETDOWN;
	}
	return 0;
}

/* Sender and target address are the announced one; everybody on the link gets it. */
static int send_form(struct net_device *dev, int op, __be32 addr)
{
	struct sk_buff *skb;

	skb = arp_create(op, ETH_P_ARP, addr, dev, addr, NULL, dev->dev_addr,
			 op == ARPOP_REPLY ? dev->dev_addr : NULL);
	if (!skb)
		return -ENOMEM;
	arp_xmit(skb);
	return 0;
}

int baton_announce(struct baton_net *bn, int ifindex, __be32 addr, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	if (!baton_gate_open(&bn->gate)) {
		NL_SET_ERR_MSG(extack, "the gate is not open: a node that may not forward must not attract traffic");
		return -EPERM;
	}
	if (ipv4_is_multicast(addr) || ipv4_is_lbcast(addr) || ipv4_is_zeronet(addr) ||
	    ipv4_is_loopback(addr)) {
		NL_SET_ERR_MSG(extack, "this is not an address that a host can have on a network");
		return -EADDRNOTAVAIL;
	}
	rcu_read_lock();
	dev = dev_get_by_index_rcu(bn->net, ifindex);
	err = check_device(dev, extack);
	if (!err)
		err = send_form(dev, ARPOP_REQUEST, addr);
	if (!err)
		err = send_form(dev, ARPOP_REPLY, addr);
	rcu_read_unlock();
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack, "there is no memory for an ARP packet");
	return err;
}
