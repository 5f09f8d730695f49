// SPDX-License-Identifier: GPL-2.0-only
/*
 * ARP for virtual addresses obeys the gate: see vip.h.
 *
 * The hooks run in softirq or process context inside rcu_read_lock(). The list is
 * replaced under config_mutex and read under RCU.
 */
#include <linux/bsearch.h>
#include <linux/if_arp.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "net.h"
#include "vip.h"

static int compare(const void *a, const void *b)
{
	u32 x = ntohl(*(const __be32 *)a);
	u32 y = ntohl(*(const __be32 *)b);

	return x < y ? -1 : x > y;
}

bool baton_vip_guarded(const struct baton_net *bn, __be32 addr)
{
	const struct baton_vips *vips = rcu_dereference(bn->vips);

	return vips && bsearch(&addr, vips->v4, vips->count, sizeof(addr), compare);
}

/* The two IPv4 addresses of an ARP packet; false for what is not IPv4. */
static bool arp_addresses(const struct sk_buff *skb, __be32 *ret_sender, __be32 *ret_target)
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
	memcpy(ret_sender, p, sizeof(__be32));
	memcpy(ret_target, p + sizeof(__be32) + hlen, sizeof(__be32));
	return true;
}

static unsigned int arp_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;
	__be32 sender, target;

	if (likely(baton_gate_open(&bn->gate)) || !arp_addresses(skb, &sender, &target))
		return NF_ACCEPT;
	return baton_vip_guarded(bn, target) ? NF_DROP : NF_ACCEPT;
}

static unsigned int arp_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct baton_net *bn = priv;
	__be32 sender, target;

	if (likely(baton_gate_open(&bn->gate)) || !arp_addresses(skb, &sender, &target))
		return NF_ACCEPT;
	return baton_vip_guarded(bn, sender) ? NF_DROP : NF_ACCEPT;
}

static const struct nf_hook_ops arp_hooks[] = {
	{ .hook = arp_in,  .pf = NFPROTO_ARP, .hooknum = NF_ARP_IN,  .priority = INT_MIN },
	{ .hook = arp_out, .pf = NFPROTO_ARP, .hooknum = NF_ARP_OUT, .priority = INT_MAX },
};

static int register_hooks(struct baton_net *bn)
{
	struct nf_hook_ops *ops;
	unsigned int i;
	int err;

	ops = kmemdup(arp_hooks, sizeof(arp_hooks), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(arp_hooks); i++)
		ops[i].priv = bn;
	err = nf_register_net_hooks(bn->net, ops, ARRAY_SIZE(arp_hooks));
	if (err)
		kfree(ops);
	else
		bn->arp_ops = ops;
	return err;
}

static void unregister_hooks(struct baton_net *bn)
{
	if (!bn->arp_ops)
		return;
	nf_unregister_net_hooks(bn->net, bn->arp_ops, ARRAY_SIZE(arp_hooks));
	kfree(bn->arp_ops);
	bn->arp_ops = NULL;
}

/* Build the sorted array; NULL for an empty list. */
static struct baton_vips *make(const struct baton_vip_addr *list, u32 count,
			       struct netlink_ext_ack *extack)
{
	struct baton_vips *vips;
	u32 i;

	if (!count)
		return NULL;
	vips = kmalloc(struct_size(vips, v4, count), GFP_KERNEL);
	if (!vips)
		return ERR_PTR(-ENOMEM);
	vips->count = count;
	for (i = 0; i < count; i++) {
		if (list[i].family != AF_INET) {
			NL_SET_ERR_MSG(extack, "virtual address is not IPv4");
			kfree(vips);
			return ERR_PTR(-EAFNOSUPPORT);
		}
		vips->v4[i] = list[i].addr.v4;
	}
	sort(vips->v4, count, sizeof(vips->v4[0]), compare, NULL);
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
	if (vips && !bn->arp_ops)
		err = register_hooks(bn);
	if (err) {
		NL_SET_ERR_MSG(extack, "the ARP hooks could not be registered");
		kfree(vips);
		goto unlock;
	}
	old = rcu_replace_pointer(bn->vips, vips, lockdep_is_held(&bn->config_mutex));
	if (old)
		kfree_rcu(old, rcu);
	if (!vips)
		unregister_hooks(bn);
unlock:
	mutex_unlock(&bn->config_mutex);
	return err;
}

void baton_vip_net_exit(struct baton_net *bn)
{
	baton_vip_set(bn, NULL, 0, NULL);
}
