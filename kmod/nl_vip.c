// SPDX-License-Identifier: GPL-2.0-only
/* VIP_SET: the addresses whose ARP and neighbour discovery obey the gate. */
#include <net/genetlink.h>
#include "net.h"
#include "nl_cmd.h"
#include "vip.h"

int baton_nl_vip_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[BATON_A_VIPS];
	const struct baton_vip_addr *list = NULL;
	u32 count = 0;

	if (attr) {
		if (nla_len(attr) % sizeof(*list)) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "the list of virtual addresses has a broken length");
			return -EINVAL;
		}
		list = nla_data(attr);
		count = nla_len(attr) / sizeof(*list);
	}
	if (count > BATON_VIP_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "too many virtual addresses");
		return -E2BIG;
	}
	return baton_vip_set(baton_net(genl_info_net(info)), list, count, info->extack);
}
