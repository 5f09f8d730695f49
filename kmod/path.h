/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path of a packet, file by file. Everything here runs in a netfilter hook:
 * softirq or process context with BH off, inside rcu_read_lock().
 */
#ifndef BATON_PATH_H
#define BATON_PATH_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include "conn.h"
#include "core/pkt.h"
#include "net.h"

/* hook.c: registered with the first service of a namespace, gone with the last */
int baton_hook_register(struct baton_net *bn);		/* config_mutex */
void baton_hook_unregister(struct baton_net *bn);

/* skb.c: the only place that pulls headers */
bool baton_skb_parse(struct sk_buff *skb, struct baton_pkt *pkt);
bool baton_skb_writable(struct sk_buff *skb, unsigned int len);

/* in.c: client -> server */
unsigned int baton_in(struct baton_net *bn, struct sk_buff *skb, const struct nf_hook_state *state);
/* out.c: server -> client, NAT */
unsigned int baton_out(struct baton_net *bn, struct sk_buff *skb, const struct nf_hook_state *state);
/* icmp.c: related errors, both directions */
unsigned int baton_icmp(struct baton_net *bn, struct sk_buff *skb, const struct baton_pkt *pkt,
			const struct nf_hook_state *state);
/* conn_open.c: schedule and insert; the connection, NULL (not ours), or ERR_PTR with a drop counted */
struct baton_conn *baton_conn_open(struct baton_net *bn, struct sk_buff *skb, const struct baton_pkt *pkt);
/* conn_step.c: protocol state machine step, sync marks, activity counters */
void baton_conn_step(struct baton_net *bn, struct baton_conn *conn, const struct baton_pkt *pkt,
		     enum baton_dir dir);
/* xmit_nat.c, xmit_dr.c */
unsigned int baton_xmit_nat(struct baton_net *bn, struct baton_conn *conn, struct sk_buff *skb,
			    const struct baton_pkt *pkt, const struct nf_hook_state *state);
unsigned int baton_xmit_dr(struct baton_net *bn, struct baton_conn *conn, struct sk_buff *skb,
			   const struct baton_pkt *pkt, const struct nf_hook_state *state);

#endif /* BATON_PATH_H */
