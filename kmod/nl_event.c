// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications. Nothing is built when nobody listens.
 *
 * MONITOR_SEQ has to arrive in order, or a listener would take two messages that overtook
 * each other on two CPUs for a loss. So number and delivery are one step under a
 * lock, which is only ever taken while there is a listener.
 */
#include <linux/spinlock.h>
#include "nl.h"
#include "nl_cmd.h"

static DEFINE_SPINLOCK(monitor_lock);

struct event {
	struct baton_nl_reply	msg;
	struct nlattr		*seq;	/* MONITOR_SEQ, filled in when it is sent */
	bool			monitor;
};

static bool has_listeners(struct baton_net *bn, enum baton_nl_group group)
{
	return genl_has_listeners(&baton_nl_family, bn->net, group);
}

/* A message that cannot be built is a loss, too: its number is used up. */
static void event_lost(struct baton_net *bn, struct event *ev)
{
	nlmsg_free(ev->msg.skb);
	if (ev->monitor)
		atomic_inc(&bn->monitor_seq);
}

/* Return: false when there is nothing to do. */
static bool event_begin(struct baton_net *bn, struct event *ev, enum baton_nl_group group, u8 cmd,
			gfp_t gfp)
{
	if (!has_listeners(bn, group))
		return false;
	ev->monitor = group == BATON_NL_GROUP_MONITOR;
	ev->msg.hdr = NULL;
	ev->seq = NULL;
	ev->msg.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp);
	if (ev->msg.skb)
		ev->msg.hdr = genlmsg_put(ev->msg.skb, 0, 0, &baton_nl_family, 0, cmd);
	if (ev->msg.hdr && ev->monitor)
		ev->seq = nla_reserve(ev->msg.skb, BATON_A_MONITOR_SEQ, sizeof(u32));
	if (ev->msg.hdr && (ev->seq || !ev->monitor))
		return true;
	event_lost(bn, ev);
	return false;
}

static void event_end(struct baton_net *bn, struct event *ev, int err)
{
	u32 seq;

	if (err) {
		event_lost(bn, ev);
		return;
	}
	genlmsg_end(ev->msg.skb, ev->msg.hdr);
	if (!ev->monitor) {
		genlmsg_multicast_netns(&baton_nl_family, bn->net, ev->msg.skb, 0,
					BATON_NL_GROUP_SYNC, GFP_ATOMIC);
		return;
	}
	spin_lock_bh(&monitor_lock);
	seq = atomic_inc_return(&bn->monitor_seq);
	memcpy(nla_data(ev->seq), &seq, sizeof(seq));
	genlmsg_multicast_netns(&baton_nl_family, bn->net, ev->msg.skb, 0, BATON_NL_GROUP_MONITOR,
				GFP_ATOMIC);
	spin_unlock_bh(&monitor_lock);
}

void baton_nl_service_event(struct baton_net *bn, enum baton_event event,
			    const struct baton_service *svc)
{
	struct event ev;
	int err;

	if (!event_begin(bn, &ev, BATON_NL_GROUP_MONITOR, BATON_CMD_SERVICE_EVENT, GFP_KERNEL))
		return;
	err = nla_put_u8(ev.msg.skb, BATON_A_EVENT, event);
	if (!err)
		err = baton_nl_put_service(ev.msg.skb, svc, false);
	event_end(bn, &ev, err);
}

void baton_nl_server_event(struct baton_net *bn, enum baton_event event,
			   const struct baton_server *server)
{
	struct event ev;
	int err;

	if (!event_begin(bn, &ev, BATON_NL_GROUP_MONITOR, BATON_CMD_SERVER_EVENT, GFP_KERNEL))
		return;
	err = nla_put_u8(ev.msg.skb, BATON_A_EVENT, event);
	if (!err)
		err = baton_nl_put_service_key(ev.msg.skb, &server->service->key);
	if (!err)
		err = baton_nl_put_server(ev.msg.skb, server, false);
	event_end(bn, &ev, err);
}

static void gate_event(struct baton_net *bn, enum baton_nl_group group)
{
	struct event ev;

	if (event_begin(bn, &ev, group, BATON_CMD_GATE_EVENT, GFP_KERNEL))
		event_end(bn, &ev, baton_nl_put_gate(ev.msg.skb, bn));
}

void baton_nl_gate_event(struct baton_net *bn)
{
	gate_event(bn, BATON_NL_GROUP_SYNC);
	gate_event(bn, BATON_NL_GROUP_MONITOR);
}

void baton_nl_sync_wake(struct baton_net *bn)
{
	struct nlattr *nest;
	struct event ev;
	int err = -EMSGSIZE;

	if (!event_begin(bn, &ev, BATON_NL_GROUP_SYNC, BATON_CMD_SYNC_WAKE, GFP_KERNEL))
		return;
	nest = nla_nest_start(ev.msg.skb, BATON_A_SYNC);
	if (nest)
		err = nla_put_u32(ev.msg.skb, BATON_SYNC_A_PENDING, baton_sync_pending(&bn->sync));
	if (!err)
		nla_nest_end(ev.msg.skb, nest);
	event_end(bn, &ev, err);
}

void baton_nl_probe_event(struct baton_net *bn, const struct baton_probe_answer *answer)
{
	struct nlattr *nest;
	struct event ev;
	int err = -EMSGSIZE;

	if (!event_begin(bn, &ev, BATON_NL_GROUP_SYNC, BATON_CMD_PROBE_EVENT, GFP_ATOMIC))
		return;
	nest = nla_nest_start(ev.msg.skb, BATON_A_PROBE);
	if (nest && !nla_put_u32(ev.msg.skb, BATON_PROBE_A_NUMBER, answer->number) &&
	    !nla_put_u32(ev.msg.skb, BATON_PROBE_A_IFINDEX, answer->ifindex) &&
	    !nla_put_u8(ev.msg.skb, BATON_PROBE_A_FAMILY, answer->family) &&
	    !baton_nl_put_addr(ev.msg.skb, BATON_PROBE_A_ADDR, answer->family, &answer->addr) &&
	    !nla_put(ev.msg.skb, BATON_PROBE_A_LLADDR, ETH_ALEN, answer->mac) &&
	    !nla_put_u32(ev.msg.skb, BATON_PROBE_A_AFTER_US, answer->after_us)) {
		nla_nest_end(ev.msg.skb, nest);
		err = 0;
	}
	event_end(bn, &ev, err);
}

bool baton_nl_conn_ask(struct baton_net *bn, u64 was)
{
	u64 now = get_jiffies_64() % BATON_UNHEARD_ONE;

	if (baton_nl_conn_heard(bn))
		return true;
	atomic64_cmpxchg(&bn->unheard, was, was - was % BATON_UNHEARD_ONE + now);
	return false;
}

void __baton_nl_conn_event(struct baton_net *bn, enum baton_event event,
			   const struct baton_conn *conn)
{
	struct baton_conn_record rec;
	struct event ev;
	int err;

	if (!event_begin(bn, &ev, BATON_NL_GROUP_MONITOR, BATON_CMD_CONN_EVENT, GFP_ATOMIC))
		return;
	baton_nl_conn_record(bn, conn, &rec);
	if (event == BATON_EVENT_DELETE)
		rec.flags |= BATON_CONN_F_DELETED;
	err = nla_put_u8(ev.msg.skb, BATON_A_EVENT, event);
	if (!err)
		err = nla_put_64bit(ev.msg.skb, BATON_A_RECORDS, sizeof(rec), &rec, BATON_A_PAD);
	event_end(bn, &ev, err);
}
