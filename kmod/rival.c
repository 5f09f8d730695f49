// SPDX-License-Identifier: GPL-2.0-only
/* Another machine claims an address of ours: see rival.h. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include "net.h"
#include "nl.h"
#include "rival.h"

static bool has_v4(const struct net_device *dev, __be32 addr)
{
	const struct in_device *in = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in)
		if (ifa->ifa_local == addr)
			return true;
	return false;
}

static bool has_v6(const struct net_device *dev, const struct in6_addr *addr)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifp;

	if (!idev)
		return false;
	list_for_each_entry_rcu(ifp, &idev->addr_list, if_list)
		if (ipv6_addr_equal(&ifp->addr, addr))
			return true;
	return false;
}

bool baton_rival_has(const struct net_device *dev, u8 family, const union baton_addr *addr)
{
	return family == AF_INET ? has_v4(dev, addr->v4) :
				   has_v6(dev, (const struct in6_addr *)addr);
}

/*
 * What this node sends may come in again where two of its devices are on one network. What comes from an address that
 * both nodes have is the peer's: none of this node's comes back by the device that it left by.
 */
static bool is_own(const struct baton_net *bn, const struct net_device *dev, const u8 *mac)
{
	return dev_getbyhwaddr_rcu(bn->net, dev->type, mac) && !baton_vmac_listed(bn, mac);
}

const u8 *baton_rival_source(const struct baton_net *bn, const struct sk_buff *skb,
			     struct net_device *dev)
{
	const u8 *mac;

	if (!dev || dev->type != ARPHRD_ETHER || !skb_mac_header_was_set(skb))
		return NULL;
	mac = eth_hdr(skb)->h_source;
	return is_valid_ether_addr(mac) && !is_own(bn, dev, mac) ? mac : NULL;
}

void baton_rival_hear(struct baton_net *bn, const struct sk_buff *skb, struct net_device *dev,
		      u8 family, const union baton_addr *addr)
{
	struct baton_rival *rival = &bn->rival;
	const u8 *mac = baton_rival_source(bn, skb, dev);

	if (!mac)
		return;
	if (!baton_rival_has(dev, family, addr) &&
	    !(baton_vmac_listed(bn, mac) && baton_vmac_beside(bn, dev, family, addr)))
		return;
	atomic64_inc(&rival->heard);
	if (!__ratelimit(&rival->reports))
		return;
	if (family == AF_INET)
		pr_notice("baton: %pM on %s claims the virtual address %pI4\n", mac, dev->name, addr);
	else
		pr_notice("baton: %pM on %s claims the virtual address %pI6c\n", mac, dev->name, addr);
	schedule_work(&rival->tell);
}

static void tell(struct work_struct *work)
{
	struct baton_rival *rival = container_of(work, struct baton_rival, tell);

	baton_nl_gate_event(container_of(rival, struct baton_net, rival));
}

void baton_rival_net_init(struct baton_net *bn)
{
	ratelimit_state_init(&bn->rival.reports, 10 * HZ, BATON_RIVAL_REPORTS);
	/* what is not reported is counted, which says more than a line about it */
	ratelimit_set_flags(&bn->rival.reports, RATELIMIT_MSG_ON_RELEASE);
	INIT_WORK(&bn->rival.tell, tell);
}

void baton_rival_net_exit(struct baton_net *bn)
{
	cancel_work_sync(&bn->rival.tell);
}
