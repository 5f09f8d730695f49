// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schedulers that go by address: a client (sh, mh) or a virtual address (dh) always gets
 * the same server. Which one depends on the servers' addresses, ports and weights alone, not on the
 * order in which they came, so directors agree without a word.
 *
 * A table has a server's number in each slot, by weight. In those of sh and dh the slots are dealt out in
 * turns: a server more or less moves most flows. In that of mh each server takes, in its turns, the
 * first free slot of an order of its own, so that nearly only the flows of a server that goes move
 * (Eisenbud et al., "Maglev", NSDI 2016, section 3.4).
 *
 * Without fallback a server keeps its part of the table when it is given weight 0, with weight 1, and
 * its flows are refused. With fallback they go elsewhere: sh and dh have a second table, of those that have
 * a weight, for the flows of those that have none, and all others stay where they are.
 */
#include "env.h"
#include "mix.h"
#include "sched.h"
#include "turns.h"

#define SERVERS_MAX	4096

#define SLOTS_MIN	256U	/* sh, dh */
#define SLOTS_A_SERVER	64U
#define MH_SLOTS	65537U	/* a prime: every step visits every slot */
#define FREE		0xffffU

/* How many slots are tried for one that takes connections at the moment. */
#define TRIES		32U

/* Different sequences from one hash. */
#define SALT_START	0x2545f4914f6cdd1dULL
#define SALT_STEP	0x60bee2bee120fc15ULL
#define SALT_AGAIN	0xa3b195354a39b70dULL

struct order {
	u32	at;	/* the next slot that the server wants */
	u32	step;
};

struct hash {
	u32	slots;
	u32	flags;
	bool	empty;		/* no server at all */
	bool	spare_empty;	/* none with a weight */
	u16	*slot;
	u16	*spare;		/* where flows of servers that take none fall to */
};

/* Then the turns, the orders (mh) and both tables. */
static struct baton_turns *turns_of(struct hash *hash)
{
	return (struct baton_turns *)(hash + 1);
}

static u32 deal_slots(u32 n)
{
	return max_t(u32, SLOTS_MIN, baton_tourney_leaves(n * SLOTS_A_SERVER));
}

static size_t deal_size(u32 n)
{
	return sizeof(struct hash) + baton_turns_size(n) + 2 * deal_slots(n) * sizeof(u16);
}

static size_t mh_size(u32 n)
{
	return sizeof(struct hash) + baton_turns_size(n) + n * sizeof(struct order) +
	       MH_SLOTS * sizeof(u16);
}

/* Return: whether there was nobody to deal to. */
static bool deal(struct hash *hash, const struct baton_sched_server *servers, u32 n, u32 least,
		 u16 *table)
{
	u32 i, server;

	baton_turns_start(turns_of(hash), servers, n, least);
	for (i = 0; i < hash->slots; i++) {
		server = baton_turns_next(turns_of(hash));
		if (server == BATON_SCHED_NONE)
			return true;
		table[i] = server;
	}
	return false;
}

static void deal_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	struct hash *hash = state;

	hash->slots = deal_slots(n);
	hash->flags = flags;
	hash->slot = (u16 *)((u8 *)turns_of(hash) + baton_turns_size(n));
	hash->spare = hash->slot + hash->slots;
	hash->empty = deal(hash, servers, n, 1, hash->slot);
	hash->spare_empty = deal(hash, servers, n, 0, hash->spare);
}

static void mh_fill(struct hash *hash, struct order *order)
{
	u32 filled, server;

	for (filled = 0; filled < MH_SLOTS; filled++) {
		server = baton_turns_next(turns_of(hash));
		while (hash->slot[order[server].at] != FREE) {
			order[server].at += order[server].step;
			if (order[server].at >= MH_SLOTS)
				order[server].at -= MH_SLOTS;
		}
		hash->slot[order[server].at] = server;
	}
}

static void mh_build(void *state, const struct baton_sched_server *servers, u32 n, u32 flags)
{
	struct hash *hash = state;
	struct order *order = (struct order *)((u8 *)turns_of(hash) + baton_turns_size(n));
	u32 i;

	hash->slots = MH_SLOTS;
	hash->flags = flags;
	hash->slot = (u16 *)&order[n];
	hash->spare = hash->slot;
	for (i = 0; i < n; i++) {
		order[i].at = baton_mix_place(baton_mix(servers[i].id ^ SALT_START), MH_SLOTS);
		order[i].step = 1 + baton_mix_place(baton_mix(servers[i].id ^ SALT_STEP),
						    MH_SLOTS - 1);
	}
	memset(hash->slot, 0xff, MH_SLOTS * sizeof(u16));
	baton_turns_start(turns_of(hash), servers, n, flags & BATON_SCHED_F_FALLBACK ? 0 : 1);
	hash->empty = baton_tourney_best(&turns_of(hash)->tourney) == BATON_NOBODY;
	hash->spare_empty = hash->empty;
	if (!hash->empty)
		mh_fill(hash, order);
}

static u32 pick(const struct hash *hash, const struct baton_sched_flow *flow, u64 key)
{
	u32 server, i;

	if (hash->empty)
		return BATON_SCHED_NONE;
	server = hash->slot[baton_mix_place(key, hash->slots)];
	if (flow->weigh(flow->arg, server))
		return server;
	if (!(hash->flags & BATON_SCHED_F_FALLBACK) || hash->spare_empty)
		return BATON_SCHED_NONE;
	for (i = 1; i <= TRIES; i++) {
		server = hash->spare[baton_mix_place(baton_mix(key + i * SALT_AGAIN), hash->slots)];
		if (flow->weigh(flow->arg, server))
			return server;
	}
	return BATON_SCHED_NONE;
}

static u32 dh_pick(void *state, const struct baton_sched_flow *flow)
{
	return pick(state, flow, baton_mix_addr(&flow->tuple->daddr, flow->tuple->family, 0));
}

static u32 client_pick(void *state, const struct baton_sched_flow *flow)
{
	const struct hash *hash = state;
	u64 port = 0;

	if (hash->flags & BATON_SCHED_F_PORT)
		port = 1 + (u64)be16_to_cpu(flow->tuple->sport);
	return pick(hash, flow, baton_mix_addr(&flow->tuple->saddr, flow->tuple->family, port));
}

const struct baton_sched baton_sched_dh = {
	.name		= "dh",
	.lockless	= true,
	.agrees		= true,
	.flags		= BATON_SCHED_F_FALLBACK,
	.max		= SERVERS_MAX,
	.size		= deal_size,
	.build		= deal_build,
	.pick		= dh_pick,
};

const struct baton_sched baton_sched_sh = {
	.name		= "sh",
	.lockless	= true,
	.agrees		= true,
	.flags		= BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT,
	.max		= SERVERS_MAX,
	.size		= deal_size,
	.build		= deal_build,
	.pick		= client_pick,
};

const struct baton_sched baton_sched_mh = {
	.name		= "mh",
	.lockless	= true,
	.agrees		= true,
	.flags		= BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT,
	.defaults	= BATON_SCHED_F_FALLBACK,
	.max		= SERVERS_MAX,
	.size		= mh_size,
	.build		= mh_build,
	.pick		= client_pick,
};
