/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking the LAN who has the guarded addresses, without saying a word about oneself.
 *
 * A standby that is about to take over because it hears nothing of the active one asks: an active node answers
 * as any host does, one that has ended, that stands still, or whose lease is over does not. And one that has
 * announced the addresses asks whether anybody else still claims them.
 *
 * What was asked last is kept in one immutable round: replaced whole by PROBE, read under RCU by the hooks of vip.c,
 * freed a grace period later. At most BATON_VIP_MAX addresses; nothing runs when nobody asks.
 */
#ifndef BATON_PROBE_H
#define BATON_PROBE_H

#include <linux/atomic.h>
#include <linux/if_ether.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <uapi/linux/baton.h>

struct baton_net;
struct net_device;
struct netlink_ext_ack;
struct sk_buff;

/** struct baton_probe_round - one PROBE; @heard is the only member that changes */
struct baton_probe_round {
	struct rcu_head	rcu;
	u64		asked;		/* monotonic clock, ns */
	atomic_t	heard;
	u32		number;
	u32		count;
	struct baton_probe_target target[];
};

/** struct baton_probe - of a network namespace */
struct baton_probe {
	struct baton_probe_round __rcu *round;	/* by xchg(); NULL: nobody ever asked */
	atomic64_t		sent;		/* frames */
	atomic64_t		answers;	/* frames */
	struct ratelimit_state	rate;
};

/** struct baton_probe_answer - what a listener is told; see enum baton_probe_attr */
struct baton_probe_answer {
	u32			number;
	u32			ifindex;
	u32			after_us;
	u8			family;
	u8			mac[ETH_ALEN];
	union baton_addr	addr;
};

/**
 * baton_probe - ask for @count addresses, each on its interface
 * @list: families are checked by the caller
 *
 * Process context, takes no lock; two at once: the answers are those of one of them.
 * Return: 0, or as in enum baton_probe_attr, with an extack sentence.
 */
int baton_probe(struct baton_net *bn, u32 number, const struct baton_probe_target *list, u32 count,
		struct netlink_ext_ack *extack);
/**
 * baton_probe_hear - a frame on @dev says that its sender has @addr, which is guarded
 *
 * Softirq, under RCU, whatever the gate. Of @skb only the link header is looked at.
 * Return: is it an answer?
 */
bool baton_probe_hear(struct baton_net *bn, const struct sk_buff *skb, struct net_device *dev,
		      u8 family, const union baton_addr *addr);

void baton_probe_net_init(struct baton_net *bn);
/** baton_probe_net_exit - after the last hook is gone */
void baton_probe_net_exit(struct baton_net *bn);

#endif /* BATON_PROBE_H */
