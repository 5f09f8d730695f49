// SPDX-License-Identifier: GPL-2.0-only
/* VIP_SET: the addresses whose ARP and neighbour discovery obey the gate, and the devices that do. */
#include <net/genetlink.h>
#include "net.h"
#include "nl_cmd.h"
#include "vip.h"
#include "vmac.h"

/* Entries in a list that the policy found not too long; negative: it is broken. */
static int count_of(const struct nlattr *attr, size_t size, struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (nla_len(attr) % size) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the list of virtual addresses has a broken length");
		return -EINVAL;
	}
	return nla_len(attr) / size;
}

int baton_nl_vip_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *vips = info->attrs[BATON_A_VIPS], *vmacs = info->attrs[BATON_A_VMACS];
	struct baton_net *bn = baton_net(genl_info_net(info));
	int count, macs, err;

	count = count_of(vips, sizeof(struct baton_vip_addr), info->extack);
	if (count < 0)
		return count;
	macs = count_of(vmacs, BATON_VMAC_LEN, info->extack);
	if (macs < 0)
		return macs;
	if (count > BATON_VIP_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, vips, "too many virtual addresses");
		return -E2BIG;
	}
	if (macs && !count) {
		NL_SET_ERR_MSG_ATTR(info->extack, vmacs, "a virtual link address without a virtual address");
		return -EINVAL;
	}
	/* before an address that may be on such a device gets its voice back */
	err = macs ? baton_vmac_set(bn, nla_data(vmacs), macs, info->extack) : 0;
	if (!err)
		err = baton_vip_set(bn, vips ? nla_data(vips) : NULL, count, info->extack);
	if (!err && !macs)
		err = baton_vmac_set(bn, NULL, 0, info->extack);
	return err;
}
