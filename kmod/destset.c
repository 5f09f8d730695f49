// SPDX-License-Identifier: GPL-2.0-only
/* Between the schedulers in core/, which are pure, and what they schedule. */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "core/mix.h"
#include "core/threshold.h"
#include "destset.h"
#include "net.h"
#include "service.h"

/* How far from a server that cannot take a connection another one is looked for. */
#define NEXT_MAX 8U
/* The same while the array is out of date, until upkeep.c has run: no packet scans them all. */
#define OVER_MAX 64U

static const struct baton_sched *const schedulers[] = {
	&baton_sched_rr,
	&baton_sched_wrr,
	&baton_sched_lc,
	&baton_sched_wlc,
	&baton_sched_sed,
	&baton_sched_nq,
	&baton_sched_fo,
	&baton_sched_ovf,
	&baton_sched_twos,
	&baton_sched_dh,
	&baton_sched_sh,
	&baton_sched_mh,
	&baton_sched_lblc,
	&baton_sched_lblcr,
};

const struct baton_sched *baton_sched_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(schedulers); i++)
		if (!strcmp(schedulers[i]->name, name))
			return schedulers[i];
	return NULL;
}

static u32 weight_of(const struct baton_server *server)
{
	return READ_ONCE(server->overloaded) ? 0 : READ_ONCE(server->weight);
}

static u32 count_of(const atomic_t *connections)
{
	return max(atomic_read(connections), 0);
}

static struct baton_sched_server view(const struct baton_server *server)
{
	return (struct baton_sched_server) {
		.weight = weight_of(server),
		.active = count_of(&server->active),
		.inactive = count_of(&server->inactive),
	};
}

static struct baton_destset *make(const struct baton_service *svc, u32 count, gfp_t gfp)
{
	size_t head = ALIGN(struct_size((struct baton_destset *)NULL, server, count), 8);
	struct baton_destset *set;

	set = kvzalloc(head + svc->sched->size(count), gfp);
	if (set) {
		set->sched = svc->sched;
		set->state = (u8 *)set + head;
		set->count = count;
	}
	return set;
}

static void build(const struct baton_service *svc, struct baton_destset *set,
		  struct baton_sched_server *views)
{
	const struct baton_server *server;
	u32 i;

	for (i = 0; i < set->count; i++) {
		server = set->server[i];
		views[i] = view(server);
		/* what directors agree about is not a matter of loads: a pick looks for itself */
		if (set->sched->agrees)
			views[i].weight = READ_ONCE(server->weight);
		views[i].id = baton_mix_addr(&server->addr, server->family,
					     be16_to_cpu(server->port));
	}
	set->sched->build(set->state, views, set->count, svc->sched_flags);
}

struct change {
	const struct baton_destset *old, *set;
};

/* Of a server that went, the index is one of an earlier array. */
static u32 moved(const void *arg, u32 index)
{
	const struct change *change = arg;
	struct baton_server *server = change->old->server[index];

	index = server->index;
	return index < change->set->count && change->set->server[index] == server ?
	       index : BATON_SCHED_NONE;
}

/*
 * A scheduler that looks at connections reads the loads and builds its state under sched_lock, which
 * baton_server_recount() takes after it counted: so the state is current when it is published,
 * and stays so. The others may take their time.
 */
static void swap_in(struct baton_service *svc, struct baton_destset *set,
		    struct baton_sched_server *views)
{
	struct change change = { .set = set };
	struct baton_destset *old;
	u32 i;

	/* before the servers are looked at: what changes from here on asks for the next array */
	spin_lock_bh(&svc->sched_lock);
	svc->outdated = false;
	spin_unlock_bh(&svc->sched_lock);
	if (!set->sched->update)
		build(svc, set, views);
	spin_lock_bh(&svc->sched_lock);
	for (i = 0; i < set->count; i++)
		WRITE_ONCE(set->server[i]->index, i);
	if (set->sched->update)
		build(svc, set, views);
	change.old = rcu_dereference_protected(svc->destset, lockdep_is_held(&svc->sched_lock));
	if (set->sched->adopt && change.old && change.old->sched == set->sched)
		set->sched->adopt(set->state, change.old->state, moved, &change);
	old = rcu_replace_pointer(svc->destset, set, lockdep_is_held(&svc->sched_lock));
	spin_unlock_bh(&svc->sched_lock);
	if (old)
		baton_destset_free(old);
}

int baton_destset_publish(struct baton_service *svc, gfp_t gfp)
{
	struct baton_sched_server *views;
	struct baton_server *server;
	struct baton_destset *set;
	u32 i = 0;

	lockdep_assert_held(&svc->bn->config_mutex);
	set = make(svc, svc->server_count, gfp);
	if (!set)
		return -ENOMEM;
	views = kvcalloc(max(svc->server_count, 1U), sizeof(*views), gfp);
	if (!views) {
		kvfree(set);
		return -ENOMEM;
	}
	list_for_each_entry(server, &svc->servers, list)
		set->server[i++] = server;
	swap_in(svc, set, views);
	kvfree(views);
	return 0;
}

void baton_destset_free(struct baton_destset *set)
{
	kvfree_rcu(set, rcu);
}

static struct baton_sched_server look(const void *arg, u32 index)
{
	return view(((const struct baton_destset *)arg)->server[index]);
}

static u32 weigh(const void *arg, u32 index)
{
	return weight_of(((const struct baton_destset *)arg)->server[index]);
}

static bool takes(const struct baton_server *server)
{
	return READ_ONCE(server->weight) && !READ_ONCE(server->dead) &&
	       !READ_ONCE(server->overloaded);
}

/* The first of the @max - 1 after @index that takes connections. */
static struct baton_server *next_of(const struct baton_destset *set, u32 index, u32 max)
{
	struct baton_server *next;
	u32 i;

	for (i = 1; i < min(set->count, max); i++) {
		next = set->server[(index + i) % set->count];
		if (takes(next))
			return next;
	}
	return NULL;
}

/* The array knows of nobody; one may have come below its limit since it was built. */
static struct baton_server *any_of(const struct baton_destset *set)
{
	if (set->count && takes(set->server[0]))
		return set->server[0];
	return next_of(set, 0, OVER_MAX);
}

static noinline u32 pick_for(struct baton_service *svc, const struct baton_destset *set,
			     const struct baton_tuple *tuple)
{
	struct baton_sched_flow flow = { .tuple = tuple, .look = look, .weigh = weigh, .arg = set };
	const struct baton_sched *sched = set->sched;
	u32 index;

	if (sched->wants & BATON_SCHED_WANTS_TICKET)
		flow.ticket = atomic_inc_return(&svc->ticket);
	if (sched->wants & BATON_SCHED_WANTS_RANDOM)
		flow.random = get_random_u64();
	if (sched->wants & BATON_SCHED_WANTS_NOW)
		flow.now = (u32)ktime_get_seconds();
	if (sched->lockless)
		return sched->pick(set->state, &flow);
	spin_lock(&svc->sched_lock);
	index = sched->pick(set->state, &flow);
	spin_unlock(&svc->sched_lock);
	return index;
}

struct baton_server *baton_destset_pick_rcu(struct baton_service *svc,
					    const struct baton_tuple *tuple)
{
	struct baton_destset *set = rcu_dereference(svc->destset);
	const struct baton_sched *sched = set->sched;
	u32 index;

	index = sched->blind ? sched->pick(set->state, NULL) : pick_for(svc, set, tuple);
	if (unlikely(index == BATON_SCHED_NONE))
		return READ_ONCE(svc->outdated) ? any_of(set) : NULL;
	/* it reached its limit just now: upkeep.c is about to build the array without it */
	if (unlikely(READ_ONCE(set->server[index]->overloaded)) && !sched->agrees)
		return next_of(set, index, OVER_MAX);
	return set->server[index];
}

bool baton_destset_agrees_rcu(const struct baton_service *svc)
{
	return rcu_dereference(svc->destset)->sched->agrees;
}

struct baton_server *baton_destset_next_rcu(struct baton_service *svc,
					    const struct baton_server *server)
{
	return next_of(rcu_dereference(svc->destset), READ_ONCE(server->index), NEXT_MAX);
}

void baton_server_judge(struct baton_server *server)
{
	struct baton_service *svc = server->service;
	struct baton_sched_server now = view(server);
	bool over;

	lockdep_assert_held(&svc->sched_lock);
	over = baton_overloaded(server->overloaded, now.active + now.inactive,
				READ_ONCE(server->upper), READ_ONCE(server->lower));
	if (likely(over == server->overloaded))
		return;
	WRITE_ONCE(server->overloaded, over);
	if (rcu_dereference_protected(svc->destset,
				      lockdep_is_held(&svc->sched_lock))->sched->agrees)
		return;
	WRITE_ONCE(svc->outdated, true);
	baton_upkeep(svc->bn, 0);
}

/* Whoever comes last reads the newest counts, whatever the order of the lock was. */
void baton_server_counted(struct baton_server *server)
{
	struct baton_service *svc = server->service;
	struct baton_destset *set;
	u32 index;

	spin_lock(&svc->sched_lock);
	if (READ_ONCE(server->upper))
		baton_server_judge(server);
	set = rcu_dereference_bh(svc->destset);
	index = server->index;
	/* not there any more, or another one's place by now */
	if (set->sched->update && index < set->count && set->server[index] == server)
		set->sched->update(set->state, index, weight_of(server), count_of(&server->active),
				   count_of(&server->inactive));
	spin_unlock(&svc->sched_lock);
}
