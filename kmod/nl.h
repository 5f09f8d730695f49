/* SPDX-License-Identifier: GPL-2.0-only */
/* Control plane: the generic netlink family. Process context unless it says otherwise. */
#ifndef BATON_NL_H
#define BATON_NL_H

#include <linux/jiffies.h>
#include <linux/types.h>
#include <net/genetlink.h>
#include <uapi/linux/baton.h>
#include "net.h"

struct baton_conn;
struct baton_probe_answer;
struct baton_server;
struct baton_service;

extern struct genl_family baton_nl_family;

/* index into the family's multicast groups */
enum baton_nl_group {
	BATON_NL_GROUP_MONITOR,
	BATON_NL_GROUP_SYNC,
};

int baton_nl_init(void);
void baton_nl_exit(void);

/* nl_event.c: notifications. Nothing is built when nobody listens. */
void baton_nl_service_event(struct baton_net *bn, enum baton_event event,
			    const struct baton_service *svc);
void baton_nl_server_event(struct baton_net *bn, enum baton_event event,
			   const struct baton_server *server);
void baton_nl_gate_event(struct baton_net *bn);
void baton_nl_sync_wake(struct baton_net *bn);
/** Any context, GFP_ATOMIC. */
void baton_nl_probe_event(struct baton_net *bn, const struct baton_probe_answer *answer);
void __baton_nl_conn_event(struct baton_net *bn, enum baton_event event,
			   const struct baton_conn *conn);

/** Whether anybody listens to what happens to connections: for who makes many at once. */
static inline bool baton_nl_conn_heard(const struct baton_net *bn)
{
	return genl_has_listeners(&baton_nl_family, bn->net, BATON_NL_GROUP_MONITOR);
}

/* baton_net.unheard: the tick in which nobody listened, below what counts commands. */
#define BATON_UNHEARD_ONE (1ULL << 48)

/** baton_nl_hark - who listens now has to be asked anew. Any context. */
static inline void baton_nl_hark(struct baton_net *bn)
{
	atomic64_add(BATON_UNHEARD_ONE, &bn->unheard);
}

/** The same as baton_nl_conn_heard(); if nobody listens, that is noted, unless @bn->unheard is not @was any more. */
bool baton_nl_conn_ask(struct baton_net *bn, u64 was);

/**
 * baton_nl_conn_event - report a connection to group monitor, if it has a listener. Any context, GFP_ATOMIC
 *
 * Where nobody listens, that holds to the end of the tick, or until the next command of anybody: who begins to
 * listen, and then asks for anything, hears all that happens from there on.
 */
static inline void baton_nl_conn_event(struct baton_net *bn, enum baton_event event,
				       const struct baton_conn *conn)
{
	u64 unheard = atomic64_read(&bn->unheard);

	if (likely(!((unheard ^ get_jiffies_64()) % BATON_UNHEARD_ONE)))
		return;
	if (unlikely(baton_nl_conn_ask(bn, unheard)))
		__baton_nl_conn_event(bn, event, conn);
}

#endif /* BATON_NL_H */
