// SPDX-License-Identifier: GPL-2.0-only
/*
 * Services with a range of ports.
 *
 * In the hash of services such a service stands under its first port. For the others there is,
 * for each address and protocol that has ranges at all, a sorted array, in which a packet
 * that found no service under its own port searches. An array never changes but for owners that
 * go; an addition makes a new one.
 */
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "core/range.h"
#include "net.h"
#include "range.h"
#include "service.h"

/** struct baton_ranges - of one address and protocol */
struct baton_ranges {
	struct hlist_node		node;	/* bn->ranges, RCU */
	struct rcu_head			rcu;
	struct baton_service_key	key;	/* without ports */
	u32				count;
	struct baton_range		range[];
};

static struct hlist_head *bucket_of(struct baton_net *bn, const struct baton_service_key *key)
{
	u32 hash = jhash_2words(jhash2((const u32 *)&key->addr, 4, 0), key->protocol, 0);

	return &bn->ranges[hash >> (32 - BATON_RANGE_HASH_BITS)];
}

static struct baton_ranges *find(struct baton_net *bn, const struct baton_service_key *key)
{
	struct baton_ranges *ranges;

	hlist_for_each_entry_rcu(ranges, bucket_of(bn, key), node,
				 lockdep_is_held(&bn->config_mutex))
		if (ranges->key.family == key->family && ranges->key.protocol == key->protocol &&
		    baton_addr_equal(&ranges->key.addr, &key->addr, key->family))
			return ranges;
	return NULL;
}

struct baton_service *baton_range_service_rcu(struct baton_net *bn,
					      const struct baton_service_key *key)
{
	const struct baton_ranges *ranges = find(bn, key);

	return ranges ? baton_range_find(ranges->range, ranges->count, ntohs(key->port)) : NULL;
}

/* A service without a range stands in no array. */
static bool single_overlaps(struct baton_net *bn, const struct baton_service_key *key, u16 last,
			    const struct baton_service *own)
{
	const struct baton_service *svc;
	u16 port;
	int i;

	for (i = 0; i < ARRAY_SIZE(bn->services); i++)
		hlist_for_each_entry(svc, &bn->services[i], node) {
			port = ntohs(svc->key.port);
			if (svc != own && port && svc->key.family == key->family &&
			    svc->key.protocol == key->protocol && ntohs(key->port) <= port &&
			    port <= last &&
			    baton_addr_equal(&svc->key.addr, &key->addr, key->family))
				return true;
		}
	return false;
}

int baton_range_check(struct baton_net *bn, const struct baton_service_key *key,
		      const struct baton_service *own, struct netlink_ext_ack *extack)
{
	u16 first = ntohs(key->port), last = ntohs(key->port_last ?: key->port);
	const struct baton_ranges *ranges = find(bn, key);

	lockdep_assert_held(&bn->config_mutex);
	if (!first && !key->port_last)
		return 0;
	if (!first || last < first) {
		NL_SET_ERR_MSG(extack, "a range of ports begins at 1 or more and does not end before that");
		return -EINVAL;
	}
	if ((ranges && baton_range_overlap(ranges->range, ranges->count, first, last, own)) ||
	    (last > first && single_overlaps(bn, key, last, own))) {
		NL_SET_ERR_MSG(extack, "another service of this address has some of these ports");
		return -EEXIST;
	}
	return 0;
}

static void replace(struct baton_net *bn, struct baton_ranges *old, struct baton_ranges *new)
{
	if (new && old)
		hlist_replace_rcu(&old->node, &new->node);
	else if (new)
		hlist_add_head_rcu(&new->node, bucket_of(bn, &new->key));
	else
		hlist_del_rcu(&old->node);
	if (old)
		kvfree_rcu(old, rcu);
}

int baton_range_set(struct baton_net *bn, struct baton_service *svc, __be16 port_last, gfp_t gfp)
{
	struct baton_ranges *old = find(bn, &svc->key), *new;
	struct baton_range add = {
		.first = ntohs(svc->key.port), .last = ntohs(port_last), .owner = svc,
	};
	u32 count = old ? old->count : 0;

	lockdep_assert_held(&bn->config_mutex);
	if (!port_last) {
		baton_range_clear(bn, svc);
		return 0;
	}
	new = kvzalloc(struct_size(new, range, count + 1), gfp);
	if (!new)
		return -ENOMEM;
	new->key = svc->key;
	new->count = baton_range_copy(new->range, old ? old->range : NULL, count, &add);
	replace(bn, old, new);
	return 0;
}

void baton_range_clear(struct baton_net *bn, struct baton_service *svc)
{
	struct baton_ranges *ranges = find(bn, &svc->key);
	u32 i, left = 0;

	lockdep_assert_held(&bn->config_mutex);
	if (!ranges)
		return;
	for (i = 0; i < ranges->count; i++) {
		if (ranges->range[i].owner == svc)
			WRITE_ONCE(ranges->range[i].owner, NULL);
		left += !!ranges->range[i].owner;
	}
	if (!left)
		replace(bn, ranges, NULL);
}
