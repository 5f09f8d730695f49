// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of connections. Each processor has some at hand, which it fetches several at a time: that
 * costs less than one by one.
 */
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include "conn.h"
#include "conn_alloc.h"
#include "conn_table.h"

#define FETCH 16U

/* What a processor has at hand; BH off. */
struct spare {
	u32	count;
	void	*conn[FETCH];
};

static struct kmem_cache *cache_v4 __ro_after_init;
static struct kmem_cache *cache_v6 __ro_after_init;
static DEFINE_PER_CPU(struct spare, spare_v4);
static DEFINE_PER_CPU(struct spare, spare_v6);

/* A lock with a debugger's notes in it is larger than the kernel's own. */
#define NOTED_LOCKS (sizeof(spinlock_t) > sizeof(u32))
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 4 <= 128);
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 16 <= 192);

static bool fetch(struct kmem_cache *cache, struct spare *spare)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN | __GFP_ZERO;

	spare->count = kmem_cache_alloc_bulk(cache, gfp, FETCH, spare->conn);
	if (unlikely(!spare->count)) {
		/* all or nothing: for one there may be room */
		spare->conn[0] = kmem_cache_alloc(cache, gfp);
		spare->count = !!spare->conn[0];
	}
	return spare->count;
}

struct baton_conn *baton_conn_alloc(u8 family)
{
	bool v4 = likely(family == AF_INET);
	struct spare *spare = v4 ? this_cpu_ptr(&spare_v4) : this_cpu_ptr(&spare_v6);

	lockdep_assert(in_softirq());	/* or BH off */
	if (unlikely(!spare->count) && !fetch(v4 ? cache_v4 : cache_v6, spare))
		return NULL;
	return spare->conn[--spare->count];
}

void baton_conn_release(struct baton_conn *conn)
{
	kmem_cache_free(conn->family == AF_INET ? cache_v4 : cache_v6, conn);
}

/* Aligned, so that a node's address tells its direction: see conn_table.c. */
static struct kmem_cache *make_cache(const char *name, u8 family)
{
	unsigned int align = family == AF_INET ? BATON_CONN_ALIGN_V4 : BATON_CONN_ALIGN_V6;
	size_t size = sizeof(struct baton_conn) + 3 * baton_addr_len(family);

	/* to the last byte: what is no multiple of words is slower to clear */
	return kmem_cache_create(name, ALIGN(size, align), align, 0, NULL);
}

int __init baton_conn_alloc_init(void)
{
	cache_v4 = make_cache("baton_conn_v4", AF_INET);
	if (!cache_v4)
		return -ENOMEM;
	cache_v6 = make_cache("baton_conn_v6", AF_INET6);
	if (!cache_v6) {
		kmem_cache_destroy(cache_v4);
		return -ENOMEM;
	}
	return 0;
}

static void give_back(struct kmem_cache *cache, struct spare *spare)
{
	while (spare->count)
		kmem_cache_free(cache, spare->conn[--spare->count]);
}

void baton_conn_alloc_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		give_back(cache_v4, per_cpu_ptr(&spare_v4, cpu));
		give_back(cache_v6, per_cpu_ptr(&spare_v6, cpu));
	}
	kmem_cache_destroy(cache_v6);
	kmem_cache_destroy(cache_v4);
}
