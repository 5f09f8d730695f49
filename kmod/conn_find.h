/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a connection is found. Inline, so that the fast path has a copy for each family; conn_table.c
 * says what makes a walk safe while the table is resized.
 *
 * The hash is NH, as in UMAC: words plus secret words, multiplied in pairs. Of what somebody
 * chooses who does not know the secrets two tuples agree in all 64 bits once in 2^32 times. A
 * multiplication by a secret odd number brings that to 32 bits, of which the upper ones are best:
 * they go to the lower end, where tables look first.
 *
 * Ports that are neighbours are left out of that: they choose between the neighbours that share a cache
 * line of the table. A client that has many connections mostly has them from ports side by side, so
 * its packets find the line in the cache. Who chooses both ports gains eight nodes in one bucket by that.
 */
#ifndef BATON_CONN_FIND_H
#define BATON_CONN_FIND_H

#include <linux/rculist.h>
#include <linux/string.h>
#include <linux/swab.h>
#include "conn.h"
#include "conn_table.h"

/** struct baton_hash_key - random, the same as long as the module is loaded */
struct baton_hash_key {
	u64	odd;
	u32	word[10];
};

extern struct baton_hash_key baton_hash_key;

static __always_inline u64 baton_hash_pair(u32 a, u32 b, unsigned int at)
{
	const u32 *word = baton_hash_key.word;

	return (u64)(u32)(a + word[at]) * (u32)(b + word[at + 1]);
}

static __always_inline u32 baton_hash_end(u64 sum, __be16 sport, __be16 dport, u8 protocol)
{
	const u16 near = BATON_TABLE_GROUP - 1, far = (__force u16)cpu_to_be16((u16)~near);
	u32 ports = (__force u16)sport | (u32)(__force u16)dport << 16;

	sum += baton_hash_pair(ports & (far | (u32)far << 16), protocol, 0);
	return swab32((u32)(sum * baton_hash_key.odd >> 32)) ^ (ntohs(sport ^ dport) & near);
}

/** baton_hash_v4 - of a packet with these addresses and ports */
static __always_inline u32 baton_hash_v4(__be32 saddr, __be32 daddr, __be16 sport, __be16 dport,
					 u8 protocol)
{
	return baton_hash_end(baton_hash_pair((__force u32)saddr, (__force u32)daddr, 2),
			      sport, dport, protocol);
}

/** baton_hash_v6 - the same; @saddr, @daddr: 16 bytes each */
static __always_inline u32 baton_hash_v6(const void *saddr, const void *daddr, __be16 sport,
					 __be16 dport, u8 protocol)
{
	u32 s[4], d[4];

	memcpy(s, saddr, sizeof(s));
	memcpy(d, daddr, sizeof(d));
	return baton_hash_end(baton_hash_pair(s[0], s[1], 2) + baton_hash_pair(s[2], s[3], 4) +
			      baton_hash_pair(d[0], d[1], 6) + baton_hash_pair(d[2], d[3], 8),
			      sport, dport, protocol);
}

static __always_inline u32 baton_tuple_hash(u8 family, const struct baton_tuple *tuple)
{
	if (family == AF_INET)
		return baton_hash_v4(tuple->saddr.v4, tuple->daddr.v4, tuple->sport, tuple->dport,
				     tuple->protocol);
	return baton_hash_v6(tuple->saddr.bytes, tuple->daddr.bytes, tuple->sport, tuple->dport,
			     tuple->protocol);
}

/** baton_conn_from - whose address a packet in direction @dir comes from */
static __always_inline enum baton_conn_addr baton_conn_from(enum baton_dir dir)
{
	return dir == BATON_TO_SERVER ? BATON_ADDR_CLIENT : BATON_ADDR_SERVER;
}

/** baton_conn_to - whose address it goes to */
static __always_inline enum baton_conn_addr baton_conn_to(enum baton_dir dir)
{
	return dir == BATON_TO_SERVER ? BATON_ADDR_VIRTUAL : BATON_ADDR_CLIENT;
}

/** baton_conn_sport - the port that it comes from */
static __always_inline __be16 baton_conn_sport(const struct baton_conn *conn, enum baton_dir dir)
{
	return dir == BATON_TO_SERVER ? conn->cport : conn->dport;
}

/** baton_conn_dport - the port that it goes to */
static __always_inline __be16 baton_conn_dport(const struct baton_conn *conn, enum baton_dir dir)
{
	return dir == BATON_TO_SERVER ? conn->vport : conn->cport;
}

/** baton_conn_key - what baton_conn_tuple() says, as far as connections of @family are told apart by it */
static __always_inline void baton_conn_key(struct baton_tuple *ret, const struct baton_conn *conn,
					   u8 family, enum baton_dir dir)
{
	unsigned int len = baton_addr_len(family);

	memcpy(ret->saddr.bytes, conn->addr + len * baton_conn_from(dir), len);
	memcpy(ret->daddr.bytes, conn->addr + len * baton_conn_to(dir), len);
	ret->sport = baton_conn_sport(conn, dir);
	ret->dport = baton_conn_dport(conn, dir);
	ret->family = family;
	ret->protocol = conn->protocol;
}

/** baton_conn_hash_of - the hash of what baton_conn_key() says */
static __always_inline u32 baton_conn_hash_of(const struct baton_conn *conn, u8 family,
					      enum baton_dir dir)
{
	enum baton_conn_addr from = baton_conn_from(dir), to = baton_conn_to(dir);
	__be16 sport = baton_conn_sport(conn, dir), dport = baton_conn_dport(conn, dir);
	const __be32 *v4 = (const __be32 *)conn->addr;

	if (family == AF_INET)
		return baton_hash_v4(v4[from], v4[to], sport, dport, conn->protocol);
	return baton_hash_v6(conn->addr + 16 * from, conn->addr + 16 * to, sport, dport,
			     conn->protocol);
}

static __always_inline bool baton_conn_has_addr(const struct baton_conn *conn, u8 family,
						enum baton_conn_addr which,
						const union baton_addr *addr)
{
	const __be32 *own = (const __be32 *)conn->addr;

	if (family == AF_INET)
		return own[which] == addr->v4;
	own += 4 * which;
	return own[0] == addr->v6[0] && own[1] == addr->v6[1] && own[2] == addr->v6[2] &&
	       own[3] == addr->v6[3];
}

/** baton_conn_matches - does a packet with @tuple go in direction @dir of @conn? */
static __always_inline bool baton_conn_matches(const struct baton_conn *conn, enum baton_dir dir,
					       u8 family, const struct baton_tuple *tuple)
{
	/* first what tells most of them apart */
	if (conn->cport != (dir == BATON_TO_SERVER ? tuple->sport : tuple->dport) ||
	    conn->protocol != tuple->protocol || conn->family != family)
		return false;
	if (dir == BATON_TO_SERVER)
		return conn->vport == tuple->dport &&
		       baton_conn_has_addr(conn, family, BATON_ADDR_CLIENT, &tuple->saddr) &&
		       baton_conn_has_addr(conn, family, BATON_ADDR_VIRTUAL, &tuple->daddr);
	return conn->dport == tuple->sport &&
	       baton_conn_has_addr(conn, family, BATON_ADDR_SERVER, &tuple->saddr) &&
	       baton_conn_has_addr(conn, family, BATON_ADDR_CLIENT, &tuple->daddr);
}

/** baton_table_find - the node of a living connection, in both tables of a resize, or NULL. RCU. */
static __always_inline struct hlist_node *
baton_table_find(const struct baton_conn_table *ht, u32 hash, u8 family,
		 const struct baton_tuple *tuple)
{
	const struct baton_table *table = rcu_dereference(ht->table);
	struct hlist_node *node;

	do {
		__hlist_for_each_rcu(node, &table->bucket[hash & table->mask])
			if (baton_conn_matches(baton_node_conn(node), baton_node_dir(node), family,
					       tuple) &&
			    likely(!test_bit(BATON_CONN_DEAD, &baton_node_conn(node)->flags)))
				return node;
		/* pairs with the release in move_last(): gone there means present in the future */
		smp_rmb();
		table = rcu_dereference(table->future);
	} while (unlikely(table));
	return NULL;
}

/** baton_conn_hash - the hash of a tuple of any family */
static __always_inline u32 baton_conn_hash(const struct baton_tuple *tuple)
{
	return likely(tuple->family == AF_INET) ? baton_tuple_hash(AF_INET, tuple) :
						  baton_tuple_hash(AF_INET6, tuple);
}

/** baton_conn_find - baton_conn_lookup() for who has the hash of @tuple already */
static __always_inline struct baton_conn *baton_conn_find(const struct baton_conn_table *ht,
							  const struct baton_tuple *tuple, u32 hash,
							  enum baton_dir *ret_dir)
{
	struct hlist_node *node;

	node = likely(tuple->family == AF_INET) ? baton_table_find(ht, hash, AF_INET, tuple) :
						  baton_table_find(ht, hash, AF_INET6, tuple);
	if (!node)
		return NULL;
	*ret_dir = baton_node_dir(node);
	return baton_node_conn(node);
}

#endif /* BATON_CONN_FIND_H */
