/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Link addresses that both directors have: devices that only the holder of the gate may use.
 *
 * A switch learns from every frame where its source is. With one address on two ports a single frame of the
 * standby's, of whatever kind, draws the clients there. So the agent names such addresses (VIP_SET), and a device of
 * this namespace that has one is, from its registration on and as long as the gate is not open, as if it had no cable:
 *
 *  - Nothing leaves by it: ARP, neighbour discovery, reports of groups, whatever hosts send or forward, and frames of
 *    packet sockets alike. The hook is behind all of them, at the device.
 *  - Nothing that comes in by it is heard, but for a handover: then what was sent to it is passed on (relay.h), by the
 *    device below it, whose address is this node's own.
 *
 * Behind an open gate it speaks only of addresses that it has itself, and the device below never of those: each would
 * answer ARP for all addresses of the host, and a neighbour would learn the wrong link address. It hears no router
 * advertisement, since routes by a device that may be mute are none. As the gate opens it reports its groups
 * again: a switch that listens to reports has heard none of them.
 *
 * The list of devices is written under RTNL and read under RCU.
 */
#ifndef BATON_VMAC_H
#define BATON_VMAC_H

#include <linux/if_ether.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <uapi/linux/baton.h>

struct baton_net;
struct net_device;
struct netlink_ext_ack;
struct sk_buff;

/** struct baton_vmacs - immutable once published */
struct baton_vmacs {
	struct rcu_head	rcu;
	u32		count;
	u8		mac[][ETH_ALEN];
};

/** struct baton_vmac - of a network namespace */
struct baton_vmac {
	struct baton_vmacs __rcu *macs;		/* NULL: none */
	struct list_head	devices;	/* that have one of them */
	struct work_struct	rejoin;
};

/**
 * baton_vmac_set - replace the whole list
 * @list: @count times ETH_ALEN bytes; checked here; @count may be 0
 *
 * Process context, takes RTNL. Devices whose address was and is listed are mute without a gap.
 * Return: 0, -EADDRNOTAVAIL: no unicast address; -EOPNOTSUPP: the kernel has no hook at devices; -ENOMEM. With an
 * extack sentence.
 */
int baton_vmac_set(struct baton_net *bn, const u8 *list, u32 count, struct netlink_ext_ack *extack);

/** baton_vmac_listed - is it one of them? Under RCU. */
bool baton_vmac_listed(const struct baton_net *bn, const u8 *mac);

/** baton_vmac_guards - has @dev one of them? Under RCU. */
bool baton_vmac_guards(const struct baton_net *bn, const struct net_device *dev);

/** baton_vmac_beside - has a guarded device on top of @dev this address? Under RCU. */
bool baton_vmac_beside(const struct baton_net *bn, const struct net_device *dev, u8 family,
		       const union baton_addr *addr);

/**
 * baton_vmac_below - the device that speaks for @dev while that is mute
 *
 * Under RCU. Return: @dev if it is not guarded; the device that it is on top of; NULL if that is in another
 * namespace, or there is none.
 */
struct net_device *baton_vmac_below(const struct baton_net *bn, struct net_device *dev);

/**
 * baton_vmac_arp_out - an ARP packet leaves, behind an open gate
 * @sender, @target: what it says
 *
 * A claim of an address that is another device's is dropped; a question that is asked with one is asked with
 * one of the device's own, or with none. Under RCU. Return: a verdict.
 */
unsigned int baton_vmac_arp_out(struct baton_net *bn, struct sk_buff *skb,
				const union baton_addr *sender, const union baton_addr *target);

/** baton_vmac_opened - the gate opened: groups are reported again, soon. Process context. */
void baton_vmac_opened(struct baton_net *bn);

void baton_vmac_net_init(struct baton_net *bn);
/** Takes RTNL. After a grace period no packet is in a hook any more. */
void baton_vmac_net_pre_exit(struct baton_net *bn);
void baton_vmac_net_exit(struct baton_net *bn);
int baton_vmac_module_init(void);
void baton_vmac_module_exit(void);

#endif /* BATON_VMAC_H */
