/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A service's servers as the packet path sees them: an immutable array with the
 * state of its scheduler, replaced as a whole when a server or a weight changes.
 */
#ifndef BATON_DESTSET_H
#define BATON_DESTSET_H

#include <linux/rcupdate.h>
#include "core/sched.h"
#include "service.h"

/** struct baton_destset - published under RCU in service->destset */
struct baton_destset {
	struct rcu_head			rcu;
	const struct baton_sched	*sched;
	void				*state;		/* service->sched_lock, unless lockless */
	u32				count;
	struct baton_server		*server[];	/* alive as long as the destset is */
};

/** The scheduler of that name, or NULL. */
const struct baton_sched *baton_sched_find(const char *name);

/**
 * baton_destset_publish - build a service's array anew and swap it in
 *
 * config_mutex. Return: 0 or -ENOMEM, and then nothing changed.
 */
int baton_destset_publish(struct baton_service *svc, gfp_t gfp);
void baton_destset_free(struct baton_destset *set);

/**
 * baton_destset_pick_rcu - the server for a new connection
 * @tuple: of the packet that opens it
 *
 * BH off. Return: a server, without a reference, that may just have been removed; or NULL
 * when none has a weight.
 */
struct baton_server *baton_destset_pick_rcu(struct baton_service *svc,
					    const struct baton_tuple *tuple);
/** Would another director with the same servers pick the same one for a flow? */
bool baton_destset_agrees_rcu(const struct baton_service *svc);
/** Another server with a weight, for when @server cannot take it; looks at a few only. */
struct baton_server *baton_destset_next_rcu(struct baton_service *svc,
					    const struct baton_server *server);

/** Tell the scheduler of a server's new counts, if it looks at them, and compare them with its limits. */
void baton_server_counted(struct baton_server *server);

/**
 * baton_server_recount - @active and @inactive connections came (or went, below 0)
 *
 * Called with conn->lock held and BH off, so per connection the counts go up before they go down.
 */
static inline void baton_server_recount(struct baton_server *server, int active, int inactive)
{
	if (active)
		atomic_add(active, &server->active);
	if (inactive)
		atomic_add(inactive, &server->inactive);
	if (rcu_dereference_bh(server->service->destset)->sched->update ||
	    unlikely(READ_ONCE(server->upper)))
		baton_server_counted(server);
}

/** Compare a server's connections with its limits. service->sched_lock held. */
void baton_server_judge(struct baton_server *server);

#endif /* BATON_DESTSET_H */
