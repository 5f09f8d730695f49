// SPDX-License-Identifier: GPL-2.0-only
/* Devices with a link address that both directors have: see vmac.h. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_macvlan.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "net.h"
#include "relay.h"
#include "rival.h"
#include "vmac.h"

/* A device that has a listed address, and its two hooks. */
struct guarded {
	struct list_head	list;
	struct net_device	*dev;
	struct nf_hook_ops	ops[2];
	struct rcu_head		rcu;	/* who lists hooks looks at them under RCU */
};

bool baton_vmac_listed(const struct baton_net *bn, const u8 *mac)
{
	const struct baton_vmacs *macs = rcu_dereference_rtnl(bn->vmac.macs);
	u32 i;

	for (i = 0; macs && i < macs->count; i++)
		if (ether_addr_equal_unaligned(macs->mac[i], mac))
			return true;
	return false;
}

static struct guarded *find(const struct baton_net *bn, const struct net_device *dev)
{
	struct guarded *g;

	list_for_each_entry_rcu(g, &bn->vmac.devices, list, lockdep_rtnl_is_held())
		if (g->dev == dev)
			return g;
	return NULL;
}

bool baton_vmac_guards(const struct baton_net *bn, const struct net_device *dev)
{
	return find(bn, dev);
}

static struct net_device *below(const struct baton_net *bn, const struct net_device *dev)
{
	struct net_device *lower = netif_is_macvlan(dev) ? macvlan_dev_real_dev(dev) : NULL;

	return lower && net_eq(dev_net(lower), bn->net) ? lower : NULL;
}

struct net_device *baton_vmac_below(const struct baton_net *bn, struct net_device *dev)
{
	return find(bn, dev) ? below(bn, dev) : dev;
}

bool baton_vmac_beside(const struct baton_net *bn, const struct net_device *dev, u8 family,
		       const union baton_addr *addr)
{
	struct guarded *g;

	list_for_each_entry_rcu(g, &bn->vmac.devices, list)
		if (below(bn, g->dev) == dev && baton_rival_has(g->dev, family, addr))
			return true;
	return false;
}

/* May @dev speak of it in ARP? */
static bool may_say(const struct baton_net *bn, const struct net_device *dev,
		    const union baton_addr *addr)
{
	return find(bn, dev) ? baton_rival_has(dev, AF_INET, addr) :
			       !baton_vmac_beside(bn, dev, AF_INET, addr);
}

/* The stack asks with the source of the packet that waits for the answer, whose ever that is. */
static unsigned int ask_with_own(const struct baton_net *bn, struct sk_buff *skb,
				 const union baton_addr *target)
{
	union baton_addr own = { .v4 = inet_select_addr(skb->dev, target->v4, RT_SCOPE_LINK) };
	unsigned int at = skb_network_offset(skb) + sizeof(struct arphdr) + skb->dev->addr_len;

	if (!may_say(bn, skb->dev, &own))
		own.v4 = 0;
	if (skb_ensure_writable(skb, at + sizeof(own.v4)))
		return NF_DROP;
	memcpy(skb->data + at, &own.v4, sizeof(own.v4));
	return NF_ACCEPT;
}

unsigned int baton_vmac_arp_out(struct baton_net *bn, struct sk_buff *skb,
				const union baton_addr *sender, const union baton_addr *target)
{
	if (likely(list_empty(&bn->vmac.devices)) || !sender->v4 || may_say(bn, skb->dev, sender))
		return NF_ACCEPT;
	if (arp_hdr(skb)->ar_op != htons(ARPOP_REQUEST) || sender->v4 == target->v4)
		return NF_DROP;
	return ask_with_own(bn, skb, target);
}

static unsigned int egress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct baton_net *bn = priv;

	return likely(baton_gate_open(&bn->gate)) ? NF_ACCEPT : NF_DROP;
}

/* A switch that does not know where the address is sends frames to both ports. */
static unsigned int ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;

	if (likely(baton_gate_open(&bn->gate)))
		return NF_ACCEPT;
	if (skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6))
		return NF_DROP;
	if (skb->pkt_type != PACKET_HOST || skb_shared(skb))
		return NF_DROP;
	return baton_relay(bn, skb, state);
}

static int attach(struct baton_net *bn, struct net_device *dev)
{
	struct guarded *g = kzalloc(sizeof(*g), GFP_KERNEL);
	int err;

	if (!g)
		return -ENOMEM;
	g->dev = dev;
	g->ops[0] = (struct nf_hook_ops) {
		.hook = egress, .pf = NFPROTO_NETDEV, .hooknum = NF_NETDEV_EGRESS,
		.dev = dev, .priv = bn, .priority = INT_MAX,
	};
	g->ops[1] = (struct nf_hook_ops) {
		.hook = ingress, .pf = NFPROTO_NETDEV, .hooknum = NF_NETDEV_INGRESS,
		.dev = dev, .priv = bn, .priority = INT_MIN,
	};
	err = nf_register_net_hooks(bn->net, g->ops, ARRAY_SIZE(g->ops));
	if (err) {
		kfree_rcu(g, rcu);
		return err;
	}
	list_add_tail_rcu(&g->list, &bn->vmac.devices);
	return 0;
}

static void detach(struct baton_net *bn, struct guarded *g)
{
	list_del_rcu(&g->list);
	nf_unregister_net_hooks(bn->net, g->ops, ARRAY_SIZE(g->ops));
	kfree_rcu(g, rcu);
}

/* Have the hooks there if, and only if, its address is listed. */
static int look_at(struct baton_net *bn, struct net_device *dev)
{
	bool listed = dev->type == ARPHRD_ETHER && baton_vmac_listed(bn, dev->dev_addr);
	struct guarded *g = find(bn, dev);

	if (listed && !g)
		return attach(bn, dev);
	if (!listed && g)
		detach(bn, g);
	return 0;
}

static struct baton_vmacs *make(const u8 *list, u32 count, struct netlink_ext_ack *extack)
{
	struct baton_vmacs *macs;
	u32 i;

	if (!count)
		return NULL;
	macs = kmalloc(struct_size(macs, mac, count), GFP_KERNEL);
	if (!macs)
		return ERR_PTR(-ENOMEM);
	macs->count = count;
	memcpy(macs->mac, list, count * ETH_ALEN);
	for (i = 0; i < count; i++) {
		if (is_zero_ether_addr(macs->mac[i]) || macs->mac[i][0] & 1) {
			NL_SET_ERR_MSG(extack, "a virtual link address is not one that a device can have");
			kfree(macs);
			return ERR_PTR(-EADDRNOTAVAIL);
		}
	}
	return macs;
}

int baton_vmac_set(struct baton_net *bn, const u8 *list, u32 count, struct netlink_ext_ack *extack)
{
	struct baton_vmacs *macs = make(list, count, extack), *old;
	struct net_device *dev;
	int err, ret = 0;

	if (IS_ERR(macs))
		return PTR_ERR(macs);
	rtnl_lock();
	old = rcu_replace_pointer(bn->vmac.macs, macs, lockdep_rtnl_is_held());
	for_each_netdev(bn->net, dev) {
		err = look_at(bn, dev);
		if (err)
			ret = err;
	}
	rtnl_unlock();
	if (old)
		kfree_rcu(old, rcu);
	if (ret)
		NL_SET_ERR_MSG(extack, "the hooks that guard a device could not be registered");
	return ret;
}

/* Under RTNL. A device that cannot be guarded does not come to be. */
static int on_event(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct baton_net *bn = baton_net(dev_net(dev));
	struct guarded *g;

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGEADDR:
		return notifier_from_errno(look_at(bn, dev));
	case NETDEV_UNREGISTER:
		g = find(bn, dev);
		if (g)
			detach(bn, g);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call	= on_event,
};

static void rejoin(struct work_struct *work)
{
	struct baton_vmac *vmac = container_of(work, struct baton_vmac, rejoin);
	struct guarded *g;

	rtnl_lock();
	list_for_each_entry(g, &vmac->devices, list)
		call_netdevice_notifiers(NETDEV_RESEND_IGMP, g->dev);
	rtnl_unlock();
}

void baton_vmac_opened(struct baton_net *bn)
{
	if (!list_empty(&bn->vmac.devices))
		schedule_work(&bn->vmac.rejoin);
}

void baton_vmac_net_init(struct baton_net *bn)
{
	INIT_LIST_HEAD(&bn->vmac.devices);
	INIT_WORK(&bn->vmac.rejoin, rejoin);
}

void baton_vmac_net_pre_exit(struct baton_net *bn)
{
	baton_vmac_set(bn, NULL, 0, NULL);
}

void baton_vmac_net_exit(struct baton_net *bn)
{
	cancel_work_sync(&bn->vmac.rejoin);
}

int __init baton_vmac_module_init(void)
{
	return register_netdevice_notifier(&notifier);
}

void baton_vmac_module_exit(void)
{
	unregister_netdevice_notifier(&notifier);
}
