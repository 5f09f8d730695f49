/* SPDX-License-Identifier: GPL-2.0-only */
/* Before 6.5 (d457a0e329b0) segmentation was declared with the packet buffers. */
#ifndef BATON_COMPAT_NET_GSO_H
#define BATON_COMPAT_NET_GSO_H

#include <linux/skbuff.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include_next <net/gso.h>
#endif

#endif /* BATON_COMPAT_NET_GSO_H */
