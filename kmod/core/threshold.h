/* SPDX-License-Identifier: GPL-2.0-only */
/* When a server has too many connections, and until when. */
#ifndef BATON_CORE_THRESHOLD_H
#define BATON_CORE_THRESHOLD_H

#include "env.h"

/**
 * baton_overloaded - is a server overloaded now?
 * @was: it was before
 * @total: its connections, active and inactive
 * @upper: so many are too many; 0: no number is
 * @lower: what was overloaded is so until there are fewer; 0: than three quarters of @upper
 */
static inline bool baton_overloaded(bool was, u32 total, u32 upper, u32 lower)
{
	if (!upper)
		return false;
	if (total >= upper)
		return true;
	if (!was)
		return false;
	return lower ? total >= lower : 4 * (u64)total >= 3 * (u64)upper;
}

#endif /* BATON_CORE_THRESHOLD_H */
