/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual addresses that only the holder of the gate may answer for.
 *
 * The agent hands over the list once. From then on the kernel itself
 * keeps quiet about these addresses while the gate is not open: no ARP reply or neighbour
 * advertisement leaves and no request or solicitation for them is heard, whatever addresses
 * are configured on the interfaces. So a director whose lease ran out, or that was paused and resumed, cannot
 * attract traffic between that moment and the moment its agent gets to run.
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
 * Process context, takes config_mutex. Registers the hooks with the first address, removes them with the last.
 * Return: 0, -EINVAL, -ENOMEM, or what the registration said, with an extack sentence.
 */
int baton_vip_set(struct baton_net *bn, const struct baton_vip_addr *list, u32 count,
		  struct netlink_ext_ack *extack);
/** baton_vip_guarded - is @addr one of them? Under RCU. */
bool baton_vip_guarded(const struct baton_net *bn, u8 family, const union baton_addr *addr);
void baton_vip_net_exit(struct baton_net *bn);

#endif /* BATON_VIP_H */
