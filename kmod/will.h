/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The will: a datagram that the agent has made ready, and that the kernel sends to the peer when this node ends
 * as the active one: in a panic, and when the module goes. Who gets it need not wait for a silence.
 *
 * It is sent by netpoll, which is made for a kernel in which nothing else runs any more.
 */
#ifndef BATON_WILL_H
#define BATON_WILL_H

#include <linux/list.h>
#include <linux/workqueue.h>

struct baton_net;
struct baton_testament;		/* will.c */
struct baton_will_path;
struct netlink_ext_ack;

struct baton_will {
	struct list_head	node;		/* of all namespaces; RTNL, a panic reads it without */
	struct baton_testament	*now;		/* RTNL; a panic reads it without */
	struct baton_testament	*next;		/* by xchg(): what @work is to prepare */
	struct work_struct	work;
};

/** struct baton_will_order - a request; without @paths: there is to be no will */
struct baton_will_order {
	u32			epoch;
	const void		*word;
	unsigned int		size;
	const struct baton_will_path *path;
	unsigned int		paths;
};

/**
 * baton_will_set - replace the namespace's will
 *
 * Returns at once: the interfaces are prepared by a work item, since RTNL may be held for
 * long, and who asks has a lease to renew.
 *
 * Return: 0, -ENOMEM, -EOPNOTSUPP in a kernel without netpoll.
 */
int baton_will_set(struct baton_net *bn, const struct baton_will_order *order,
		   struct netlink_ext_ack *extack);

void baton_will_net_init(struct baton_net *bn);
/** Shuts the gate and says it, if it was open; while the devices are there. */
void baton_will_net_pre_exit(struct baton_net *bn);
void baton_will_net_exit(struct baton_net *bn);
int baton_will_module_init(void);
/** The same for every namespace. */
void baton_will_module_exit(void);

#endif /* BATON_WILL_H */
