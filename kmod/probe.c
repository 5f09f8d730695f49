// SPDX-License-Identifier: GPL-2.0-only
/* Who has our addresses? See probe.h. */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include "announce.h"
#include "core/probe.h"
#include "net.h"
#include "nl.h"
#include "probe.h"
#include "vip.h"

static int no_memory(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "there is no memory for the question");
	return -ENOMEM;
}

/* From nobody, so that no neighbour learns anything: RFC 5227 2.1.1. */
static int ask_v4(struct net_device *dev, __be32 addr, struct netlink_ext_ack *extack)
{
	struct sk_buff *skb;

	skb = arp_create(ARPOP_REQUEST, ETH_P_ARP, addr, dev, 0, NULL, dev->dev_addr, NULL);
	if (!skb)
		return no_memory(extack);
	arp_xmit(skb);
	return 0;
}

/* Past the stack, whose own question would be taken for a claim (vip.c), and which has no function for this one. */
static int ask_v6(struct net_device *dev, const union baton_addr *addr, struct netlink_ext_ack *extack)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	u8 group[ETH_ALEN];
	struct sk_buff *skb;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6)) {
		NL_SET_ERR_MSG(extack, "the interface does not speak IPv6");
		return -EOPNOTSUPP;
	}
	skb = alloc_skb(LL_RESERVED_SPACE(dev) + BATON_PROBE_SOLICIT_LEN + dev->needed_tailroom,
			GFP_ATOMIC);
	if (!skb)
		return no_memory(extack);
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_network_header(skb);
	baton_probe_solicit(skb_put(skb, BATON_PROBE_SOLICIT_LEN), addr->bytes, group);
	skb->protocol = htons(ETH_P_IPV6);
	skb->dev = dev;
	if (dev_hard_header(skb, dev, ETH_P_IPV6, group, dev->dev_addr, skb->len) < 0) {
		kfree_skb(skb);
		return no_memory(extack);
	}
	dev_queue_xmit(skb);
	return 0;
}

/* Inside rcu_read_lock(). */
static int ask(struct baton_net *bn, const struct baton_probe_target *target,
	       struct netlink_ext_ack *extack)
{
	struct net_device *dev = dev_get_by_index_rcu(bn->net, target->ifindex);
	int err = baton_announce_check(dev, extack);

	if (err)
		return err;
	if (dev->type != ARPHRD_ETHER) {
		NL_SET_ERR_MSG(extack, "the interface is not Ethernet");
		return -EOPNOTSUPP;
	}
	return target->family == AF_INET ? ask_v4(dev, target->addr.v4, extack) :
					   ask_v6(dev, &target->addr, extack);
}

static bool all_guarded(const struct baton_net *bn, const struct baton_probe_target *list, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!baton_vip_guarded(bn, list[i].family, &list[i].addr))
			return false;
	return true;
}

/* Answers may come before the last question is out: what was asked is known before the first. */
static int publish(struct baton_net *bn, u32 number, const struct baton_probe_target *list, u32 count,
		   struct netlink_ext_ack *extack)
{
	struct baton_probe_round *round, *old;

	round = kzalloc(struct_size(round, target, count), GFP_KERNEL);
	if (!round)
		return no_memory(extack);
	round->number = number;
	round->count = count;
	memcpy(round->target, list, count * sizeof(*list));
	round->asked = ktime_get_ns();
	old = unrcu_pointer(xchg(&bn->probe.round, RCU_INITIALIZER(round)));
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

int baton_probe(struct baton_net *bn, u32 number, const struct baton_probe_target *list, u32 count,
		struct netlink_ext_ack *extack)
{
	bool known;
	int err, ret = -EINVAL;
	u32 i;

	rcu_read_lock();
	known = all_guarded(bn, list, count);
	rcu_read_unlock();
	if (!known) {
		NL_SET_ERR_MSG(extack, "this is none of the guarded addresses");
		return -EADDRNOTAVAIL;
	}
	if (!__ratelimit(&bn->probe.rate)) {
		NL_SET_ERR_MSG(extack, "the LAN was asked too often within a second");
		return -EBUSY;
	}
	err = publish(bn, number, list, count, extack);
	if (err)
		return err;
	rcu_read_lock();
	for (i = 0; i < count; i++) {
		err = ask(bn, &list[i], extack);
		if (!err)
			atomic64_inc(&bn->probe.sent);
		if (ret)
			ret = err;
	}
	rcu_read_unlock();
	return ret;
}

bool baton_probe_hear(struct baton_net *bn, const struct sk_buff *skb, struct net_device *dev,
		      u8 family, const union baton_addr *addr)
{
	struct baton_probe_round *round = rcu_dereference(bn->probe.round);
	struct baton_probe_answer answer = { .family = family, .addr = *addr };
	u64 now = ktime_get_ns();
	const u8 *mac;

	if (!round || !baton_probe_waits(round->asked, now))
		return false;
	mac = baton_rival_source(bn, skb, dev);
	if (!mac || !baton_probe_asked(round->target, round->count, dev->ifindex, family, addr))
		return false;
	atomic64_inc(&bn->probe.answers);
	if (atomic_inc_return(&round->heard) > BATON_PROBE_EVENTS)
		return true;
	answer.number = round->number;
	answer.ifindex = dev->ifindex;
	answer.after_us = div_u64(now - round->asked, NSEC_PER_USEC);
	memcpy(answer.mac, mac, sizeof(answer.mac));
	baton_nl_probe_event(bn, &answer);
	return true;
}

void baton_probe_net_init(struct baton_net *bn)
{
	ratelimit_state_init(&bn->probe.rate, HZ, BATON_PROBE_ROUNDS);
	/* who is refused is told so */
	ratelimit_set_flags(&bn->probe.rate, RATELIMIT_MSG_ON_RELEASE);
}

void baton_probe_net_exit(struct baton_net *bn)
{
	kfree(rcu_access_pointer(bn->probe.round));
}
