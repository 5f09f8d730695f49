/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A standby knows its neighbours before it needs them.
 *
 * The first packets after a promotion would wait for the answers to questions that could have been asked at any time
 * before. So while the gate is not open, every server's link address is found out and kept, and that of
 * some of the clients that servers behind NAT answer through this node: mostly they are behind a few routers. The
 * host asks in its own name: guarded addresses ask for nothing while the gate is shut (vip.c).
 */
#ifndef BATON_NEAR_H
#define BATON_NEAR_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct baton_net;

/** struct baton_near - @cursor belongs to @work */
struct baton_near {
	struct delayed_work	work;
	u64			cursor;		/* of the walk through the connections */
};

void baton_near_net_init(struct baton_net *bn);
/** When no gate can be set any more, and services and connections are still there. */
void baton_near_net_exit(struct baton_net *bn);
/** The gate is shut: begin. It ends by itself when the gate opens. Process context. */
void baton_near_begin(struct baton_net *bn);

#endif /* BATON_NEAR_H */
