/* SPDX-License-Identifier: GPL-2.0-only */
/* Control plane: the generic netlink family. Process context unless it says otherwise. */
#ifndef BATON_NL_H
#define BATON_NL_H

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

/** Any context, GFP_ATOMIC; connections are reported to group monitor only while it has a listener. */
static inline void baton_nl_conn_event(struct baton_net *bn, enum baton_event event,
				       const struct baton_conn *conn)
{
	if (unlikely(baton_nl_conn_heard(bn)))
		__baton_nl_conn_event(bn, event, conn);
}

#endif /* BATON_NL_H */
