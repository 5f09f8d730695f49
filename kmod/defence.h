/* SPDX-License-Identifier: GPL-2.0-only */
/* What new connections are refused for when there are too many: see defence.c. */
#ifndef BATON_DEFENCE_H
#define BATON_DEFENCE_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <uapi/linux/baton.h>

struct baton_net;

/* unless an administrator says otherwise */
#define BATON_DROP_RATE		10U
#define BATON_MEMORY_MIN	32U	/* MiB */

/** struct baton_defence - of one namespace; all READ_ONCE */
struct baton_defence {
	u32		mode;		/* enum baton_drop_mode */
	u32		rate;		/* of so many new connections one is dropped; not 0 */
	u32		memory_min;	/* MiB */
	bool		low;		/* there is less memory than that */
	atomic_t	count;		/* new connections while it lasted */
};

void baton_defence_init(struct baton_defence *defence);
/** Does it last? Any context. */
static inline bool baton_defence_lasts(const struct baton_defence *defence)
{
	u32 mode = READ_ONCE(defence->mode);

	return mode == BATON_DROP_MODE_ON || (mode == BATON_DROP_MODE_AUTO && READ_ONCE(defence->low));
}

/** While it lasts: is this new connection one of those that are dropped? Any context. */
bool baton_defence_drops(struct baton_defence *defence);
/** Look how much memory there is. Process context, about once a second. */
void baton_defence_look(struct baton_defence *defence);

#endif /* BATON_DEFENCE_H */
