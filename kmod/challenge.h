/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking whether a connection has ended: see challenge.c. */
#ifndef BATON_CHALLENGE_H
#define BATON_CHALLENGE_H

#include <linux/jiffies.h>
#include <linux/types.h>

struct baton_conn;
struct baton_ctx;
struct baton_net;

#define BATON_CHALLENGE_MAX	1000U		/* a second, unless an administrator says otherwise */
#define BATON_CHALLENGE_WAIT	(3 * HZ)	/* jiffies that an answer may take */

/** struct baton_challenge - of one namespace */
struct baton_challenge {
	u32	max;		/* tunable: questions in a second; 0: none; READ_ONCE */
	u32	second;		/* to which @sent belongs; the wheel's worker only */
	u32	sent;
};

/** May one more be asked now? The wheel's worker only. */
bool baton_challenge_may(struct baton_net *bn);
/** Ask about @conn. Process context, inside an RCU read section, no lock held. */
void baton_challenge_send(struct baton_net *bn, const struct baton_conn *conn);
/** Is the packet of @conn the answer that nobody could give who was not asked? Then @conn is killed. */
bool baton_challenge_ends(const struct baton_ctx *ctx, struct baton_conn *conn);
void baton_challenge_module_init(void);

#endif /* BATON_CHALLENGE_H */
