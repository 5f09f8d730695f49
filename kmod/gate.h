/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: whether this node may act for the virtual addresses. Enforced here
 * and not in a daemon, so that an agent that hangs cannot keep a node forwarding.
 *
 * The packet path does one comparison: baton_gate_open(). `until` is the end of
 * the lease in ktime nanoseconds (CLOCK_MONOTONIC); KTIME_MAX: no limit; 0: shut.
 * The rest is written under @lock.
 */
#ifndef BATON_GATE_H
#define BATON_GATE_H

#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <uapi/linux/baton.h>
#include "pause.h"

struct baton_net;
struct netlink_ext_ack;

struct baton_gate {
	u64		until;		/* READ_ONCE on the packet path */
	struct baton_pause pause;	/* of the same lease; the machine's stops */
	spinlock_t	lock;
	u32		epoch;
	u32		lease_ms;
	u8		role;		/* enum baton_role */
	atomic64_t	first;		/* baton_gate_passed(); 0: none yet; not under @lock */
	u64		opened;		/* anew, last; these three are CLOCK_MONOTONIC; 0: never */
	u64		announced;	/* ... and the LAN had been told; 0: not yet */
	u64		stale_until;	/* what waited while the last lease ran out; READ_ONCE */
	u64		fresh_until;	/* what the last active knew may still be missing; READ_ONCE */
};

/** baton_gate_leased - the same for a lease that ends, or one that has ended. Any context. */
bool baton_gate_leased(const struct baton_gate *gate, u64 until);

/** baton_gate_open - may packets pass now? Any context. */
static __always_inline bool baton_gate_open(const struct baton_gate *gate)
{
	u64 until = READ_ONCE(gate->until);

	return until == KTIME_MAX || baton_gate_leased(gate, until);
}

/**
 * baton_gate_stale - may a packet have waited here since a lease that ran out? Any context.
 *
 * Routed on to whoever holds the address now, it would come out of its time: seconds after
 * the client has sent it again. After an orderly demotion there are none.
 */
static inline bool baton_gate_stale(const struct baton_gate *gate)
{
	if (READ_ONCE(gate->role) == BATON_ROLE_ACTIVE)
		return !baton_gate_open(gate);
	return ktime_get_mono_fast_ns() < READ_ONCE(gate->stale_until);
}

/**
 * baton_gate_fresh - did it open anew so lately that connections which the last active did not
 * come to tell of may still be alive? Any context.
 */
static inline bool baton_gate_fresh(const struct baton_gate *gate)
{
	return ktime_get_mono_fast_ns() < READ_ONCE(gate->fresh_until);
}

/** Not for callers but baton_gate_passed(). */
void baton_gate_note_first(struct baton_gate *gate);

/**
 * baton_gate_passed - note when the first packet went through since the gate opened anew
 * @verdict: what became of the packet; returned
 *
 * For the slow path alone: opening anew sends every connection there. BH off.
 */
static __always_inline unsigned int baton_gate_passed(struct baton_gate *gate,
						      unsigned int verdict)
{
	if (unlikely(!atomic64_read(&gate->first)) && verdict != NF_DROP)
		baton_gate_note_first(gate);
	return verdict;
}

void baton_gate_init(struct baton_gate *gate);
/** Why it is not open: the drop reason. */
enum baton_drop baton_gate_reason(const struct baton_gate *gate);

/** struct baton_gate_order - what GATE_SET asks for; rules in the contract (enum baton_gate_attr) */
struct baton_gate_order {
	u32	epoch;
	u32	lease_ms;	/* active: 0: unlimited */
	u32	relay_ms;	/* standby: 0: no handover */
	u8	role;		/* enum baton_role */
};

/** Process context. Sends GATE_EVENT. */
int baton_gate_set(struct baton_net *bn, const struct baton_gate_order *order,
		   struct netlink_ext_ack *extack);
int baton_gate_renew(struct baton_net *bn, u32 epoch, u32 lease_ms, struct netlink_ext_ack *extack);

/** struct baton_gate_view - a consistent snapshot */
struct baton_gate_view {
	u64	opened, announced, first;	/* CLOCK_MONOTONIC, ns; 0: never, or not yet */
	u32	epoch, lease_ms, lease_left_ms;
	u8	role, state;
};
void baton_gate_read(struct baton_net *bn, struct baton_gate_view *ret);

#endif /* BATON_GATE_H */
