/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data connections that somebody announced on an FTP control connection: see ftp.c. An expectation
 * points at nothing; it names its control connection, without which it is worth nothing.
 */
#ifndef BATON_EXPECT_H
#define BATON_EXPECT_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "core/addr.h"

struct baton_net;

#define BATON_EXPECT_HASH_BITS 6

struct baton_expects {
	spinlock_t		lock;		/* protects all of this */
	u32			count;
	u32			waiting;	/* READ_ONCE; those whose connection has not come yet */
	struct delayed_work	work;
	struct hlist_head	bucket[1 << BATON_EXPECT_HASH_BITS];	/* by client */
};

/** struct baton_expected - what is expected; ports are big-endian */
struct baton_expected {
	struct baton_tuple	control;	/* client -> virtual address */
	union baton_addr	server;
	bool			active;		/* the server connects to the client */
	__be16			port;		/* that is connected to */
	/* passive: at the virtual address; active: of the server in the eyes of the client */
	__be16			vport;
	__be16			from;		/* active: the port of the server for which @vport stands */
};

/**
 * baton_expect_add - expect a data connection
 * @new: all of it; passive: @vport is a wish
 *
 * What the same control connection expected before is forgotten, unless it is the same. A port of the
 * virtual address is chosen that the client is not told of twice and that no service has; it has as
 * many digits as the one that is wished for.
 *
 * Any context, inside rcu_read_lock(). Return: @vport, big-endian; 0: no memory, or no such port.
 */
__be16 baton_expect_add(struct baton_net *bn, const struct baton_expected *new);
/**
 * baton_expect_take - has anybody announced the connection that begins with @tuple?
 * @active: @tuple is server -> client, else client -> virtual address
 * @ret: filled if so; @vport is final
 *
 * An expectation is taken once. As long as its data connection lives it keeps the control connection
 * alive. Any context.
 */
bool baton_expect_take(struct baton_net *bn, const struct baton_tuple *tuple, bool active,
		       struct baton_expected *ret);

void baton_expect_net_init(struct baton_net *bn);
/** After the hooks. Process context. */
void baton_expect_net_exit(struct baton_net *bn);

#endif /* BATON_EXPECT_H */
