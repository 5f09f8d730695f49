// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual addresses are mute and deaf while the gate is not open: see vip.h.
 *
 * The hooks run in softirq or process context inside rcu_read_lock(). The list is
 * replaced under config_mutex and read under RCU.
 */
#include <linux/bsearch.h>
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include "core/addr.h"
#include "core/probe.h"
#include "net.h"
#include "stats.h"
#include "vip.h"

/* Entries have no bytes that mean nothing: make() leaves them zero. */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct baton_vip_addr));
}

static void set_entry(struct baton_vip_addr *entry, u8 family, const void *addr)
{
	memset(entry, 0, sizeof(*entry));
	entry->family = family;
	baton_addr_set(&entry->addr, family, addr);
}

bool baton_vip_guarded(const struct baton_net *bn, u8 family, const union baton_addr *addr)
{
	const struct baton_vips *vips = rcu_dereference(bn->vips);
	struct baton_vip_addr key;

	if (!vips)
		return false;
	set_entry(&key, family, addr);
	return bsearch(&key, vips->addr, vips->count, sizeof(key), compare);
}

/* The two IPv4 addresses of an ARP packet; false for what is not IPv4. */
static bool arp_addresses(const struct sk_buff *skb, union baton_addr *ret_sender,
			  union baton_addr *ret_target)
{
	const struct arphdr *arp = arp_hdr(skb);
	unsigned int hlen = skb->dev ? skb->dev->addr_len : 0;
	unsigned int body = 2 * (hlen + sizeof(__be32));
	const u8 *p;

	/* arp_rcv() and arp_create() leave the whole packet in the linear part */
	if (skb_network_offset(skb) + sizeof(*arp) + body > skb_headlen(skb))
		return false;
	if (arp->ar_pro != htons(ETH_P_IP) || arp->ar_pln != sizeof(__be32) || arp->ar_hln != hlen)
		return false;
	p = (const u8 *)(arp + 1) + hlen;
	memcpy(&ret_sender->v4, p, sizeof(__be32));
	memcpy(&ret_target->v4, p + sizeof(__be32) + hlen, sizeof(__be32));
	return true;
}

static unsigned int arp_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;
	union baton_addr sender, target;
	bool open = baton_gate_open(&bn->gate);
	bool answer;

	if (!arp_addresses(skb, &sender, &target))
		return NF_ACCEPT;
	/* only the active node says that it has one, and whoever was asked and has it, too */
	if (baton_vip_guarded(bn, AF_INET, &sender)) {
		answer = !(open && baton_probe_claim(&sender, &target)) &&
			 baton_probe_hear(bn, skb, state->in, AF_INET, &sender);
		if (!open)
			baton_relay_hear(bn, skb, state);
		else if (!answer)
			baton_rival_hear(bn, skb, state->in, AF_INET, &sender);
	}
	if (open)
		return NF_ACCEPT;
	return baton_vip_guarded(bn, AF_INET, &target) ? NF_DROP : NF_ACCEPT;
}

static unsigned int arp_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;
	union baton_addr sender, target;

	if (!arp_addresses(skb, &sender, &target))
		return NF_ACCEPT;
	if (likely(baton_gate_open(&bn->gate)))
		return baton_vmac_arp_out(bn, skb, &sender, &target);
	return baton_vip_guarded(bn, AF_INET, &sender) ? NF_DROP : NF_ACCEPT;
}

/*
 * The type of a message of neighbour discovery and the address that it is about; 0 for what is
 * none. The kernel makes them without extension headers and hears no others.
 */
static u8 nd_target(struct sk_buff *skb, struct in6_addr *ret_target)
{
	struct {
		struct ipv6hdr	ip;
		struct nd_msg	nd;
	} buf;
	unsigned int len = sizeof(buf.ip) + sizeof(struct icmp6hdr);
	const typeof(buf) *msg;

	msg = skb_header_pointer(skb, skb_network_offset(skb), len, &buf);
	if (!msg || msg->ip.nexthdr != IPPROTO_ICMPV6)
		return 0;
	switch (msg->nd.icmph.icmp6_type) {
	case NDISC_NEIGHBOUR_SOLICITATION:
	case NDISC_NEIGHBOUR_ADVERTISEMENT:
		msg = skb_header_pointer(skb, skb_network_offset(skb), sizeof(buf), &buf);
		if (!msg)
			return 0;
		*ret_target = msg->nd.target;
		break;
	case NDISC_ROUTER_SOLICITATION:
	case NDISC_ROUTER_ADVERTISEMENT:
	case NDISC_REDIRECT:
		*ret_target = in6addr_any;
		break;
	default:
		return 0;
	}
	return msg->nd.icmph.icmp6_type;
}

static bool guarded_v6(const struct baton_net *bn, const struct in6_addr *addr)
{
	return baton_vip_guarded(bn, AF_INET6, (const union baton_addr *)addr);
}

static bool guarded_v4(const struct baton_net *bn, __be32 addr)
{
	union baton_addr key = { .v4 = addr };

	return baton_vip_guarded(bn, AF_INET, &key);
}

/* May be process context with BH on, which the counters could not bear. */
static unsigned int drop_out(struct baton_net *bn)
{
	unsigned int verdict;

	local_bh_disable();
	verdict = baton_drop(bn, baton_gate_reason(&bn->gate));
	local_bh_enable();
	return verdict;
}

/* Whoever sends to the wrong node finds nobody there, whatever listens; in a handover, the right one. */
static unsigned int v4_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;

	if (likely(baton_gate_open(&bn->gate)) || !guarded_v4(bn, ip_hdr(skb)->daddr))
		return NF_ACCEPT;
	return baton_relay(bn, skb, state);
}

static unsigned int v4_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;

	if (likely(baton_gate_open(&bn->gate)) || !guarded_v4(bn, ip_hdr(skb)->saddr))
		return NF_ACCEPT;
	return drop_out(bn);
}

/* Behind an open gate. An answer to who asked from nobody looks like an announcement. */
static unsigned int discovery_in(struct baton_net *bn, struct sk_buff *skb, struct net_device *dev)
{
	struct in6_addr target;
	const union baton_addr *addr = (const union baton_addr *)&target;
	u8 type = nd_target(skb, &target);

	if (type == NDISC_NEIGHBOUR_ADVERTISEMENT && guarded_v6(bn, &target) &&
	    !baton_probe_hear(bn, skb, dev, AF_INET6, addr))
		baton_rival_hear(bn, skb, dev, AF_INET6, addr);
	return type == NDISC_ROUTER_ADVERTISEMENT && baton_vmac_guards(bn, dev) ? NF_DROP : NF_ACCEPT;
}

static unsigned int v6_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;
	struct in6_addr target;
	u8 type;

	if (likely(baton_gate_open(&bn->gate)))
		return ipv6_hdr(skb)->nexthdr == IPPROTO_ICMPV6 ? discovery_in(bn, skb, state->in) : NF_ACCEPT;
	if (guarded_v6(bn, &ipv6_hdr(skb)->daddr))
		return baton_relay(bn, skb, state);
	type = nd_target(skb, &target);
	if (!type || !guarded_v6(bn, &target))
		return NF_ACCEPT;
	if (type == NDISC_NEIGHBOUR_ADVERTISEMENT) {
		baton_probe_hear(bn, skb, state->in, AF_INET6, (const union baton_addr *)&target);
		baton_relay_hear(bn, skb, state);
	}
	return type == NDISC_NEIGHBOUR_SOLICITATION ? NF_DROP : NF_ACCEPT;
}

/*
 * What has a virtual address as its source, of whatever kind, is the other node's to send. An advertisement
 * claims its target, and so does a solicitation from nobody (RFC 4862 5.4), which the
 * active node would answer: the address then would be refused here for ever.
 */
static unsigned int v6_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;
	struct in6_addr target;
	bool claims;
	u8 type;

	if (likely(baton_gate_open(&bn->gate)))
		return NF_ACCEPT;
	if (guarded_v6(bn, &ipv6_hdr(skb)->saddr))
		return drop_out(bn);
	type = nd_target(skb, &target);
	claims = type && (type == NDISC_NEIGHBOUR_ADVERTISEMENT ||
			  ipv6_addr_any(&ipv6_hdr(skb)->saddr));
	return claims && guarded_v6(bn, &target) ? NF_DROP : NF_ACCEPT;
}

static const struct nf_hook_ops hooks[] = {
	{ .hook = arp_in,  .pf = NFPROTO_ARP, .hooknum = NF_ARP_IN,  .priority = INT_MIN },
	{ .hook = arp_out, .pf = NFPROTO_ARP, .hooknum = NF_ARP_OUT, .priority = INT_MAX },
	{ .hook = v4_in,  .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_IN,  .priority = INT_MIN },
	{ .hook = v4_out, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_OUT, .priority = INT_MAX },
	{ .hook = v6_in,  .pf = NFPROTO_IPV6, .hooknum = NF_INET_LOCAL_IN,  .priority = INT_MIN },
	{ .hook = v6_out, .pf = NFPROTO_IPV6, .hooknum = NF_INET_LOCAL_OUT, .priority = INT_MAX },
};

/* Who lists hooks (nfnetlink_hook) looks at them under RCU. */
static void free_ops(struct nf_hook_ops *ops)
{
	synchronize_rcu();
	kfree(ops);
}

static int register_hooks(struct baton_net *bn)
{
	struct nf_hook_ops *ops;
	unsigned int i;
	int err;

	ops = kmemdup(hooks, sizeof(hooks), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		ops[i].priv = bn;
	err = nf_register_net_hooks(bn->net, ops, ARRAY_SIZE(hooks));
	if (err)
		free_ops(ops);
	else
		bn->vip_ops = ops;
	return err;
}

static void unregister_hooks(struct baton_net *bn)
{
	if (!bn->vip_ops)
		return;
	nf_unregister_net_hooks(bn->net, bn->vip_ops, ARRAY_SIZE(hooks));
	free_ops(bn->vip_ops);
	bn->vip_ops = NULL;
}

/* Build the sorted array; NULL for an empty list. */
static struct baton_vips *make(const struct baton_vip_addr *list, u32 count,
			       struct netlink_ext_ack *extack)
{
	struct baton_vips *vips;
	u32 i;

	if (!count)
		return NULL;
	vips = kmalloc(struct_size(vips, addr, count), GFP_KERNEL);
	if (!vips)
		return ERR_PTR(-ENOMEM);
	vips->count = count;
	for (i = 0; i < count; i++) {
		if (list[i].family != AF_INET && list[i].family != AF_INET6) {
			NL_SET_ERR_MSG(extack, "virtual address is neither IPv4 nor IPv6");
			kfree(vips);
			return ERR_PTR(-EAFNOSUPPORT);
		}
		set_entry(&vips->addr[i], list[i].family, &list[i].addr);
	}
	sort(vips->addr, count, sizeof(vips->addr[0]), compare, NULL);
	return vips;
}

int baton_vip_set(struct baton_net *bn, const struct baton_vip_addr *list, u32 count,
		  struct netlink_ext_ack *extack)
{
	struct baton_vips *vips, *old;
	int err = 0;

	vips = make(list, count, extack);
	if (IS_ERR(vips))
		return PTR_ERR(vips);

	mutex_lock(&bn->config_mutex);
	if (vips && !bn->vip_ops)
		err = register_hooks(bn);
	if (err) {
		NL_SET_ERR_MSG(extack, "the hooks that guard the addresses could not be registered");
		kfree(vips);
		goto unlock;
	}
	old = rcu_replace_pointer(bn->vips, vips, lockdep_is_held(&bn->config_mutex));
	if (!vips)
		unregister_hooks(bn);
	/* Without the module the addresses would answer: it stays while it guards any. */
	if (vips && !old)
		__module_get(THIS_MODULE);
	else if (!vips && old)
		module_put(THIS_MODULE);
	if (old)
		kfree_rcu(old, rcu);
unlock:
	mutex_unlock(&bn->config_mutex);
	return err;
}

void baton_vip_net_exit(struct baton_net *bn)
{
	baton_vip_set(bn, NULL, 0, NULL);
}
