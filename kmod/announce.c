// SPDX-License-Identifier: GPL-2.0-only
/* Gratuitous ARP and unsolicited neighbour advertisements: see announce.h. */
#include <linux/if_arp.h>
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ipv6_stubs.h>
#include "announce.h"
#include "net.h"
#include "vip.h"

int baton_announce_check(const struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (!dev) {
		NL_SET_ERR_MSG(extack, "there is no interface with this index");
		return -ENODEV;
	}
	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK) || !dev->addr_len) {
		NL_SET_ERR_MSG(extack, "the interface has no neighbours to tell: it speaks no ARP");
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

static int send_arp(struct net_device *dev, __be32 addr, struct netlink_ext_ack *extack)
{
	int err;

	err = send_form(dev, ARPOP_REQUEST, addr);
	if (!err)
		err = send_form(dev, ARPOP_REPLY, addr);
	if (err)
		NL_SET_ERR_MSG(extack, "there is no memory for an ARP packet");
	return err;
}

/* Overrides what neighbours know, and says as any answer does whether this is a router. */
static int send_advertisement(struct net_device *dev, const union baton_addr *addr,
			      struct netlink_ext_ack *extack)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	struct in6_addr target;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6)) {
		NL_SET_ERR_MSG(extack, "the interface does not speak IPv6");
		return -EOPNOTSUPP;
	}
	memcpy(&target, addr->bytes, sizeof(target));
	ipv6_stub->ndisc_send_na(dev, &in6addr_linklocal_allnodes, &target,
				 READ_ONCE(idev->cnf.forwarding), false, true, true);
	return 0;
}

/* Link-local addresses, too: the interface says which link, and a gateway may have one. */
static bool is_host(u8 family, const union baton_addr *addr)
{
	int type;

	if (family == AF_INET6) {
		type = ipv6_addr_type((const struct in6_addr *)addr);
		return type & IPV6_ADDR_UNICAST && !(type & IPV6_ADDR_LOOPBACK);
	}
	return !ipv4_is_multicast(addr->v4) && !ipv4_is_lbcast(addr->v4) &&
	       !ipv4_is_zeronet(addr->v4) && !ipv4_is_loopback(addr->v4);
}

/* Inside rcu_read_lock(). */
static int send(struct net_device *dev, u8 family, const union baton_addr *addr,
		struct netlink_ext_ack *extack)
{
	int err = baton_announce_check(dev, extack);

	if (err)
		return err;
	return family == AF_INET ? send_arp(dev, addr->v4, extack) :
				   send_advertisement(dev, addr, extack);
}

int baton_announce(struct baton_net *bn, int ifindex, u8 family, const union baton_addr *addr,
		   struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	if (!baton_gate_open(&bn->gate)) {
		NL_SET_ERR_MSG(extack, "the gate is not open: a node that may not forward must not attract traffic");
		return -EPERM;
	}
	if (!is_host(family, addr)) {
		NL_SET_ERR_MSG(extack, "this is not an address that a host can have on a network");
		return -EADDRNOTAVAIL;
	}
	rcu_read_lock();
	dev = dev_get_by_index_rcu(bn->net, ifindex);
	err = send(dev, family, addr, extack);
	rcu_read_unlock();
	return err;
}

/* The interface that has the address, or NULL. Inside rcu_read_lock(). */
static struct net_device *who_has(struct net *net, u8 family, const union baton_addr *addr)
{
	struct in6_addr v6;

	if (family == AF_INET)
		return __ip_dev_find(net, addr->v4, false);
	memcpy(&v6, addr->bytes, sizeof(v6));
	return ipv6_dev_find(net, &v6, NULL);
}

void baton_announce_all(struct baton_net *bn)
{
	const struct baton_vips *vips;
	struct net_device *dev;
	u32 i;

	rcu_read_lock();
	vips = rcu_dereference(bn->vips);
	for (i = 0; vips && i < vips->count && baton_gate_open(&bn->gate); i++) {
		dev = who_has(bn->net, vips->addr[i].family, &vips->addr[i].addr);
		if (dev)
			send(dev, vips->addr[i].family, &vips->addr[i].addr, NULL);
	}
	rcu_read_unlock();
}
