// SPDX-License-Identifier: GPL-2.0-only
#include "range.h"

void *baton_range_find(const struct baton_range *range, u32 count, u16 port)
{
	u32 low = 0, high = count;

	/* before low all begin at or below the port, from high on all begin above it */
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (range[middle].first <= port)
			low = middle + 1;
		else
			high = middle;
	}
	return low && port <= range[low - 1].last ? READ_ONCE(range[low - 1].owner) : NULL;
}

bool baton_range_overlap(const struct baton_range *range, u32 count, u16 first, u16 last,
			 const void *owner)
{
	u32 i;

	for (i = 0; i < count; i++) {
		const void *other = READ_ONCE(range[i].owner);

		if (other && other != owner && range[i].first <= last && first <= range[i].last)
			return true;
	}
	return false;
}

u32 baton_range_copy(struct baton_range *to, const struct baton_range *from, u32 count,
		     const struct baton_range *add)
{
	bool added = false;
	u32 i, n = 0;

	for (i = 0; i < count; i++) {
		void *owner = READ_ONCE(from[i].owner);

		if (!owner || owner == add->owner)
			continue;
		if (!added && from[i].first > add->first) {
			to[n++] = *add;
			added = true;
		}
		to[n++] = from[i];
	}
	if (!added)
		to[n++] = *add;
	return n;
}
