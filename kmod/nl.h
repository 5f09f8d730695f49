/* SPDX-License-Identifier: GPL-2.0-only */
/* Control plane: the generic netlink family. Process context unless it says otherwise. */
#ifndef BATON_NL_H
#define BATON_NL_H

#include <linux/types.h>
#include <uapi/linux/baton.h>

struct baton_conn;
struct baton_net;
struct baton_server;
struct baton_service;

int baton_nl_init(void);
void baton_nl_exit(void);

/* nl_event.c: notifications. Nothing is built when nobody listens. */
void baton_nl_service_event(struct baton_net *bn, enum baton_event event,
			    const struct baton_service *svc);
void baton_nl_server_event(struct baton_net *bn, enum baton_event event,
			   const struct baton_server *server);
void baton_nl_gate_event(struct baton_net *bn);
void baton_nl_sync_wake(struct baton_net *bn);
/** Any context, GFP_ATOMIC; connections are reported to group monitor only while it has a listener. */
void baton_nl_conn_event(struct baton_net *bn, enum baton_event event, const struct baton_conn *conn);
/** Whether anybody listens to these: for who makes many at once. */
bool baton_nl_conn_heard(struct baton_net *bn);

#endif /* BATON_NL_H */
