/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that arrive while the role moves to the peer.
 *
 * A gate that is shut for a handover does not drop what it must not treat any more. What comes waits here until
 * a neighbour on the same network announces a guarded address, which only a node whose gate is open does, and is
 * then passed on to that neighbour's link address, as it came, one hop older; so is what comes later from hosts
 * that have not learned yet. If this node's own gate opens anew, what waits comes in once more.
 *
 *  - Nothing passes while the gate is open, and nothing is answered, scheduled or translated while it is shut.
 *  - A packet goes to the node that announced, on the network that it came from, or nowhere.
 *  - Nothing waits longer than HOLD_NS, nothing is passed on after the time that the agent gave.
 *  - Each pass costs a hop, so that two nodes that are both wrong cannot send one to and fro.
 */
#ifndef BATON_RELAY_H
#define BATON_RELAY_H

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

struct baton_net;

#define BATON_RELAY_LINKS	16	/* networks on which the next active may be heard */

/** struct baton_relay - all but @until under @lock, which is taken with BH off and takes nothing */
struct baton_relay {
	u64			until;		/* ktime ns; 0: no handover; READ_ONCE on the packet path */
	spinlock_t		lock;
	u64			hold_until;
	struct sk_buff_head	held;		/* its own lock is not used */
	u32			bytes;		/* of memory that they hold */
	u32			links;
	struct {
		int	ifindex;
		u8	mac[ETH_ALEN];		/* of who announced there */
	}			link[BATON_RELAY_LINKS];
	struct delayed_work	end;		/* of waiting */
	atomic64_t		passed;		/* packets, since the namespace began */
};

void baton_relay_net_init(struct baton_net *bn);
/** After the hooks are gone. */
void baton_relay_net_exit(struct baton_net *bn);
/** For @ms from now on; before the gate shuts, with gate.lock held. */
void baton_relay_begin(struct baton_net *bn, u32 ms);
/** The gate opened here: what waits comes in once more. Process context. */
void baton_relay_stop(struct baton_net *bn);
/** baton_relay_runs - was the role given away lately? Any context. */
static inline bool baton_relay_runs(const struct baton_relay *relay)
{
	u64 until = READ_ONCE(relay->until);

	return until && ktime_get_mono_fast_ns() < until;
}

/** Milliseconds that a handover's relay has left; 0: there is none. */
u32 baton_relay_left(const struct baton_net *bn);

/**
 * baton_relay - what becomes of a packet that came from outside and met a shut gate
 *
 * Hooks LOCAL_IN and FORWARD, and INGRESS of a guarded device (vmac.h); BH off, inside rcu_read_lock(). Return: a verdict; a drop was counted.
 */
unsigned int baton_relay(struct baton_net *bn, struct sk_buff *skb,
			 const struct nf_hook_state *state);
/** Somebody else announced a guarded address in @skb, which is as it came. Same context. */
void baton_relay_hear(struct baton_net *bn, const struct sk_buff *skb,
		      const struct nf_hook_state *state);

#endif /* BATON_RELAY_H */
