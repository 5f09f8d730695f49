/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual addresses that only the holder of the gate may use.
 *
 * The agent hands over the list once. From then on, while the gate is not open, the kernel itself sees
 * to it that a listed address that is configured here is as if it were not: no ARP reply or neighbour
 * advertisement leaves, no request or solicitation for it is heard, nothing that is sent to it is
 * delivered, and nothing leaves with it as its source. So both directors can have the addresses
 * all the time; the one whose gate opens has them at that instant, and one whose lease ran out, or that
 * was paused and resumed, has lost them before its agent gets to run.
 *
 * What the guard holds back would be let go with the module: it cannot be unloaded while a list is set.
 */
#ifndef BATON_VIP_H
#define BATON_VIP_H

#include <linux/types.h>
#include <linux/rcupdate.h>
#include <uapi/linux/baton.h>

struct baton_net;
struct netlink_ext_ack;

/** struct baton_vips - immutable once published; sorted for the binary search */
struct baton_vips {
	struct rcu_head	rcu;
	u32		count;
	struct baton_vip_addr addr[];
};

/**
 * baton_vip_set - replace the whole list
 * @list: checked here; @count may be 0
 *
 * Process context, takes config_mutex. Registers the hooks and holds the module with the first address,
 * lets both go with the last.
 * Return: 0, -EINVAL, -ENOMEM, or what the registration said, with an extack sentence.
 */
int baton_vip_set(struct baton_net *bn, const struct baton_vip_addr *list, u32 count,
		  struct netlink_ext_ack *extack);
/** baton_vip_guarded - is @addr one of them? Under RCU. */
bool baton_vip_guarded(const struct baton_net *bn, u8 family, const union baton_addr *addr);
void baton_vip_net_exit(struct baton_net *bn);

#endif /* BATON_VIP_H */
