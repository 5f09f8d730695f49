/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Schedulers: which of a service's servers gets the next connection.
 *
 * A scheduler sees servers as numbers 0 .. n-1 with a weight and a load. Its
 * state is one block of memory, built anew whenever a server or a weight
 * changes; servers of weight 0 are left out when it is built.
 */
#ifndef BATON_CORE_SCHED_H
#define BATON_CORE_SCHED_H

#include "env.h"

/** What pick() says when no server has a weight. */
#define BATON_SCHED_NONE 0xffffffffU

/** struct baton_sched_server - a server as a scheduler sees it */
struct baton_sched_server {
	u32	weight;		/* 0 .. BATON_WEIGHT_MAX; 0: gets nothing */
	u32	active;		/* connections in use */
	u32	inactive;	/* connections that are opening or closing */
};

/**
 * struct baton_sched - a scheduler
 *
 * The caller serialises build, pick and update of one state, unless @lockless: then
 * pick may run on any number of CPUs, each with its own ticket.
 */
struct baton_sched {
	const char	*name;
	bool		lockless;
	/** Bytes of state for @n servers. */
	size_t		(*size)(u32 n);
	/** Make the state: @n servers, at most 2^20. */
	void		(*build)(void *state, const struct baton_sched_server *servers, u32 n);
	/** The next server's number. @ticket: counts the picks of a service; may wrap. */
	u32		(*pick)(void *state, u32 ticket);
	/** A server's connections changed; NULL: the scheduler does not look at them. */
	void		(*update)(void *state, u32 index, const struct baton_sched_server *server);
};

extern const struct baton_sched baton_sched_rr;
extern const struct baton_sched baton_sched_wrr;
extern const struct baton_sched baton_sched_wlc;

#endif /* BATON_CORE_SCHED_H */
