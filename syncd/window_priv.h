/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the window's two files share: window_put.c takes records in, window.c does all else. */
#ifndef BATON_SYNCD_WINDOW_PRIV_H
#define BATON_SYNCD_WINDOW_PRIV_H

#include "window.h"

#define ITEM(w, i)	(&(w)->item[((i) - (w)->origin) & (BATON_WINDOW_SLOTS - 1)])
#define LIKE(w, i)	(&(w)->like[(i) & (BATON_WINDOW_LIKES - 1)])
#define BATCH(w, i)	(&(w)->batch[(i) & (BATON_WINDOW_BATCHES - 1)])

_Static_assert(BATON_WINDOW_LIKES <= BATON_ITEM_DEAD, "the bit is free");

static inline bool is_dead(const struct baton_batch_item *item)
{
	return item->like & BATON_ITEM_DEAD;
}

static inline struct baton_like *like_of(struct baton_window *w, const struct baton_batch_item *item)
{
	return LIKE(w, item->like);
}

/** baton_window_kill - the record is not sent any more; @replaced_in: the batch that has a newer one, or 0 */
void baton_window_kill(struct baton_window *w, uint64_t index, uint64_t replaced_in);

/** Make the record at the head, which is not counted yet, part of the open batch; close that first if it is full. */
void baton_window_append(struct baton_window *w, struct baton_like *like, struct baton_batch_item *item);

#endif /* BATON_SYNCD_WINDOW_PRIV_H */
