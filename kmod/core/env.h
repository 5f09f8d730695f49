/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one header that files in core/ include for the outside world. The unit
 * tests and the fuzzers put their own env.h with the same guard first, so the
 * code that ships is the code that is tested. Nothing here may bring in an
 * skb, a lock, an allocator, a clock or a source of randomness: core/ gets all
 * of these as arguments.
 */
#ifndef BATON_CORE_ENV_H
#define BATON_CORE_ENV_H

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#include <uapi/linux/baton.h>

#endif /* BATON_CORE_ENV_H */
