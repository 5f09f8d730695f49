/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has this machine been paused since the lease was granted?
 *
 * A lease that is measured by the guest's own clock does not see that a
 * hypervisor stopped the guest in between: the clock may stop with it, and a
 * director that resumes would forward for the rest of the lease although its
 * peer took over long ago. So a lease is also measured by a clock that goes on:
 *
 *  - bare metal: nothing pauses the machine behind its clock's back;
 *  - a hypervisor with a paravirtual clock: the raw time stamp counter goes on
 *    while the guest is stopped;
 *  - an emulator that stops every clock it emulates (QEMU without KVM): the battery-backed
 *    clock follows the host. It counts whole seconds, so pauses of less than two seconds can go
 *    unseen there.
 *
 * A clock that jumps by itself (migration to another host) voids a lease too
 * early, never too late: the agent has to win the role again.
 */
#ifndef BATON_PAUSE_H
#define BATON_PAUSE_H

#include <linux/types.h>

/** struct baton_pause - a lease's second opinion; written under gate.lock, READ_ONCE */
struct baton_pause {
	u64	tsc_until;
	u32	rtc_start;	/* seconds of the hour */
	u32	rtc_limit;	/* seconds */
};

#ifdef CONFIG_X86
/** Find out what kind of machine this is. Module init. */
void baton_pause_init(void);
/** A lease of @lease_ms begins now. */
void baton_pause_arm(struct baton_pause *pause, u32 lease_ms);
/** True: the lease is void. Any context, no sleep. */
bool baton_pause_seen(const struct baton_pause *pause);
#else
static inline void baton_pause_init(void) { }
static inline void baton_pause_arm(struct baton_pause *pause, u32 lease_ms) { }
static inline bool baton_pause_seen(const struct baton_pause *pause) { return false; }
#endif

#endif /* BATON_PAUSE_H */
