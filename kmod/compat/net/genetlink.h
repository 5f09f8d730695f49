/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overlay, first on the include path: makes older kernels look like newer ones,
 * so that no version condition is needed elsewhere.
 */
#ifndef BATON_COMPAT_NET_GENETLINK_H
#define BATON_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

/* Since 6.2 pre_doit and post_doit get a struct genl_split_ops; what we read in it has the same name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#endif

/* Since 6.7 a dump has a struct genl_info; of which we read attrs, that both have. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline const struct genl_dumpit_info *genl_info_dump(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb);
}
#endif

#endif /* BATON_COMPAT_NET_GENETLINK_H */
