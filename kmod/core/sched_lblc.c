// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locality: connections to one address go to the same server, or the same few, while that has
 * room, so that a cache there is hit. For services with many addresses, as those of a
 * transparent proxy.
 *
 * Which servers an address has is remembered in a table of fixed size: an address has a bucket, and when
 * its places are taken the one forgotten is the one not asked for longest. So nothing is
 * allocated for a packet, and nothing has to be collected. Of an address only a hash is kept: two that
 * share it share their servers, no more.
 *
 * A server is crowded when it has more active connections than its weight; connections move
 * when the best server of all has less than half of its weight. lblc then gives the address that one
 * in place of the other; lblcr gives it that one besides, and takes the most loaded away after a day
 * without a change.
 */
#include "env.h"
#include "least.h"
#include "mix.h"
#include "sched.h"

#define WAYS		4U
#define FORGET_S	86400U		/* an address not asked for, a set that did not change */

#define LBLC_BUCKETS	4096U
#define LBLC_SET	1U
#define LBLCR_BUCKETS	2048U
#define LBLCR_SET	8U

#define ACTIVE_SHIFT	8

/* An address and its servers; @count 0: a free place. */
struct known {
	u32	tag;
	u32	used;		/* seconds */
	u32	changed;	/* seconds: when the set did */
	u32	count;
	u32	server[];
};

struct local {
	struct baton_least	*least;
	u32			buckets;
	u32			set;		/* most servers of an address */
	u64			known[];	/* the places, then least */
};

static size_t known_size(u32 set)
{
	return sizeof(struct known) + ALIGN(set * sizeof(u32), sizeof(u64));
}

static size_t local_size(u32 n, u32 buckets, u32 set)
{
	return sizeof(struct local) + buckets * WAYS * known_size(set) + baton_least_size(n);
}

static struct known *known_at(const struct local *local, u32 place)
{
	return (struct known *)((u8 *)local->known + place * known_size(local->set));
}

static u64 load_of(const struct baton_sched_server *server)
{
	return ((u64)server->active << ACTIVE_SHIFT) + server->inactive;
}

static struct baton_cost cost(const struct baton_sched_server *server)
{
	return (struct baton_cost) { load_of(server), server->weight };
}

static void build(void *state, const struct baton_sched_server *servers, u32 n, u32 buckets, u32 set)
{
	struct local *local = state;

	local->buckets = buckets;
	local->set = set;
	local->least = (struct baton_least *)known_at(local, buckets * WAYS);
	baton_least_build(local->least, servers, n, cost);
}

/* The place of the address with that hash: its own, or else a free one or the one to forget. */
static struct known *find(struct local *local, u64 hash, u32 now)
{
	u32 first = baton_mix_place(hash, local->buckets) * WAYS;
	u32 tag = (u32)hash;
	struct known *oldest = NULL;
	struct known *k;
	u32 i;

	for (i = 0; i < WAYS; i++) {
		k = known_at(local, first + i);
		if (k->count && now - k->used > FORGET_S)
			k->count = 0;
		if (k->count && k->tag == tag)
			return k;
		if (!oldest || (oldest->count &&
				(!k->count || now - k->used > now - oldest->used)))
			oldest = k;
	}
	oldest->tag = tag;
	oldest->count = 0;
	return oldest;
}

static bool less_loaded(const struct baton_sched_server *x, const struct baton_sched_server *y)
{
	return load_of(x) * y->weight < load_of(y) * x->weight;
}

/* The place within the set of its least loaded server that takes connections, or @count. */
static u32 best_of(const struct known *k, const struct baton_sched_flow *flow)
{
	struct baton_sched_server server, least = { };
	u32 i, best = k->count;

	for (i = 0; i < k->count; i++) {
		server = flow->look(flow->arg, k->server[i]);
		if (!server.weight || (best < k->count && !less_loaded(&server, &least)))
			continue;
		best = i;
		least = server;
	}
	return best;
}

/* The place of the one to lose: one that takes nothing, else the most loaded. */
static u32 worst_of(const struct known *k, const struct baton_sched_flow *flow)
{
	struct baton_sched_server server, most = { };
	u32 i, worst = 0;

	for (i = 0; i < k->count; i++) {
		server = flow->look(flow->arg, k->server[i]);
		if (!server.weight)
			return i;
		if (!i || less_loaded(&most, &server)) {
			worst = i;
			most = server;
		}
	}
	return worst;
}

static void add(const struct local *local, struct known *k, u32 server,
		const struct baton_sched_flow *flow)
{
	u32 i;

	for (i = 0; i < k->count; i++)
		if (k->server[i] == server)
			return;
	k->server[k->count < local->set ? k->count++ : worst_of(k, flow)] = server;
	k->changed = flow->now;
}

/* Whether connections are to move from @server to @best. */
static bool should_move(const struct baton_sched_flow *flow, u32 server, u32 best)
{
	struct baton_sched_server from = flow->look(flow->arg, server);
	struct baton_sched_server to = flow->look(flow->arg, best);

	return from.active > from.weight && 2ULL * to.active < to.weight;
}

static u32 pick(void *state, const struct baton_sched_flow *flow)
{
	struct local *local = state;
	struct known *k = find(local, baton_mix_addr(&flow->tuple->daddr, flow->tuple->family, 0),
			       flow->now);
	u32 best = baton_least_best(local->least);
	u32 at, server;

	if (k->count > 1 && flow->now - k->changed > FORGET_S) {
		at = worst_of(k, flow);
		k->server[at] = k->server[--k->count];
		k->changed = flow->now;
	}
	at = best_of(k, flow);
	server = at < k->count ? k->server[at] : BATON_SCHED_NONE;
	if (best != BATON_SCHED_NONE &&
	    (server == BATON_SCHED_NONE || should_move(flow, server, best))) {
		add(local, k, best, flow);
		server = best;
	}
	k->used = flow->now;
	return server;
}

static void update(void *state, u32 index, u32 weight, u32 active, u32 inactive)
{
	const struct baton_sched_server server = {
		.weight = weight, .active = active, .inactive = inactive,
	};

	baton_least_update(((struct local *)state)->least, index, &server, cost);
}

/* What was remembered stays, but for servers that went. */
static void adopt(void *state, const void *old, u32 (*moved)(const void *arg, u32 index),
		  const void *arg)
{
	struct local *local = state;
	const struct known *was;
	struct known *k;
	u32 place, i, server;

	for (place = 0; place < local->buckets * WAYS; place++) {
		was = known_at(old, place);
		k = known_at(local, place);
		k->tag = was->tag;
		k->used = was->used;
		k->changed = was->changed;
		for (i = 0; i < was->count; i++) {
			server = moved(arg, was->server[i]);
			if (server != BATON_SCHED_NONE)
				k->server[k->count++] = server;
		}
	}
}

static size_t lblc_size(u32 n)
{
	return local_size(n, LBLC_BUCKETS, LBLC_SET);
}

static void lblc_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	build(state, servers, n, LBLC_BUCKETS, LBLC_SET);
}

static size_t lblcr_size(u32 n)
{
	return local_size(n, LBLCR_BUCKETS, LBLCR_SET);
}

static void lblcr_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	build(state, servers, n, LBLCR_BUCKETS, LBLCR_SET);
}

const struct baton_sched baton_sched_lblc = {
	.name	= "lblc",
	.wants	= BATON_SCHED_WANTS_NOW,
	.size	= lblc_size,
	.build	= lblc_build,
	.pick	= pick,
	.update	= update,
	.adopt	= adopt,
};

const struct baton_sched baton_sched_lblcr = {
	.name	= "lblcr",
	.wants	= BATON_SCHED_WANTS_NOW,
	.size	= lblcr_size,
	.build	= lblcr_build,
	.pick	= pick,
	.update	= update,
	.adopt	= adopt,
};
