/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges of ports that do not overlap, sorted: whose is a port? */
#ifndef BATON_CORE_RANGE_H
#define BATON_CORE_RANGE_H

#include "env.h"

/**
 * struct baton_range - ports of one owner
 * @first, @last: host byte order, @first <= @last
 * @owner: NULL once it is gone; it may go while others look
 */
struct baton_range {
	u16	first;
	u16	last;
	void	*owner;
};

/**
 * baton_range_find - whose is a port?
 * @range: @count of them, ascending, none overlaps another
 * @port: host byte order
 *
 * O(log @count). Return: the owner, or NULL.
 */
void *baton_range_find(const struct baton_range *range, u32 count, u16 port);

/** baton_range_overlap - does one of @range have a port from @first to @last and another owner? */
bool baton_range_overlap(const struct baton_range *range, u32 count, u16 first, u16 last,
			 const void *owner);

/**
 * baton_range_copy - the array without what is gone, with one owner's range changed
 * @to: room for @count + 1
 * @from: as above
 * @add: takes the place of what its owner had in @from; must not overlap any other
 *
 * Return: how many there are in @to, ascending.
 */
u32 baton_range_copy(struct baton_range *to, const struct baton_range *from, u32 count,
		     const struct baton_range *add);

#endif /* BATON_CORE_RANGE_H */
