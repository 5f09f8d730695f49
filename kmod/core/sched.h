/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Schedulers: which of a service's servers gets the next connection.
 *
 * A scheduler sees servers as numbers 0 .. n-1 with a weight and a load. Its
 * state is one block of memory, built anew whenever a server or a weight
 * changes. A pick costs O(1) or O(log n); it neither scans nor allocates.
 */
#ifndef BATON_CORE_SCHED_H
#define BATON_CORE_SCHED_H

#include "addr.h"

/** What pick() says when no server can take the connection. */
#define BATON_SCHED_NONE 0xffffffffU

/** struct baton_sched_server - a server as a scheduler sees it */
struct baton_sched_server {
	u64	id;		/* of its address and port: baton_mix_addr(); only when building */
	u32	weight;		/* 0 .. BATON_WEIGHT_MAX; 0: gets nothing */
	u32	active;		/* connections in use */
	u32	inactive;	/* connections that are opening or closing */
};

/**
 * struct baton_sched_flow - what a pick may ask
 *
 * The caller fills what the scheduler @wants; @tuple, @look and @weigh are always there.
 */
struct baton_sched_flow {
	const struct baton_tuple *tuple;	/* client to virtual address */
	u64	random;
	u32	ticket;		/* counts the picks of a service; may wrap */
	u32	now;		/* seconds since any time; may wrap */
	/** A server as it is at this moment. */
	struct baton_sched_server (*look)(const void *arg, u32 index);
	/** Its weight alone. */
	u32 (*weigh)(const void *arg, u32 index);
	const void *arg;
};

#define BATON_SCHED_WANTS_TICKET	BIT(0)
#define BATON_SCHED_WANTS_RANDOM	BIT(1)
#define BATON_SCHED_WANTS_NOW		BIT(2)

/**
 * struct baton_sched - a scheduler
 *
 * The caller serialises build, pick and update of one state, unless @lockless: then
 * pick may run on any number of CPUs, also while another one updates.
 */
struct baton_sched {
	const char	*name;
	bool		lockless;
	bool		blind;		/* lockless, and its pick looks at no flow: it may be NULL */
	bool		agrees;		/* directors with the same servers pick the same one for a flow */
	u8		wants;		/* BATON_SCHED_WANTS_* */
	u32		flags;		/* BATON_SCHED_F_* that it knows */
	u32		defaults;	/* those that are set when nobody says */
	u32		max;		/* most servers; 0: 2^20 */
	/** Bytes of state for @n servers. */
	size_t		(*size)(u32 n);
	/** Make the state, in memory that is zero, at most @max servers; @flags: BATON_SCHED_F_*. */
	void		(*build)(void *state, const struct baton_sched_server *servers, u32 n,
				 u32 flags);
	/** The next server's number, or BATON_SCHED_NONE. */
	u32		(*pick)(void *state, const struct baton_sched_flow *flow);
	/** A server has so many connections now; NULL: the scheduler does not look at them. */
	void		(*update)(void *state, u32 index, u32 weight, u32 active, u32 inactive);
	/**
	 * Take over what the scheduler learned in @old, a state of its own: server @index of then is
	 * @moved of now, BATON_SCHED_NONE if it went. NULL: it learns nothing.
	 */
	void		(*adopt)(void *state, const void *old,
				 u32 (*moved)(const void *arg, u32 index), const void *arg);
};

extern const struct baton_sched baton_sched_rr;
extern const struct baton_sched baton_sched_wrr;
extern const struct baton_sched baton_sched_lc;
extern const struct baton_sched baton_sched_wlc;
extern const struct baton_sched baton_sched_sed;
extern const struct baton_sched baton_sched_nq;
extern const struct baton_sched baton_sched_fo;
extern const struct baton_sched baton_sched_ovf;
extern const struct baton_sched baton_sched_twos;
extern const struct baton_sched baton_sched_dh;
extern const struct baton_sched baton_sched_sh;
extern const struct baton_sched baton_sched_mh;
extern const struct baton_sched baton_sched_lblc;
extern const struct baton_sched baton_sched_lblcr;

#endif /* BATON_CORE_SCHED_H */
