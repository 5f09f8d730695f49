// SPDX-License-Identifier: GPL-2.0-only
/* Where the memory of connections comes from. What is done with it: conn_make.h. */
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "conn.h"
#include "conn_make.h"
#include "conn_table.h"

static struct kmem_cache *cache_v4 __ro_after_init;
static struct kmem_cache *cache_v6 __ro_after_init;
DEFINE_PER_CPU(struct baton_conn_spare, baton_spare_v4);
DEFINE_PER_CPU(struct baton_conn_spare, baton_spare_v6);

/* A lock with a debugger's notes in it is larger than the kernel's own. */
#define NOTED_LOCKS (sizeof(spinlock_t) > sizeof(u32))
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 4 <= 128);
static_assert(NOTED_LOCKS || sizeof(struct baton_conn) + 3 * 16 <= 192);

bool baton_conn_fetch(u8 family, struct baton_conn_spare *spare)
{
	struct kmem_cache *cache = likely(family == AF_INET) ? cache_v4 : cache_v6;
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN | __GFP_ZERO;

	spare->count = kmem_cache_alloc_bulk(cache, gfp, BATON_CONN_FETCH, spare->conn);
	if (unlikely(!spare->count)) {
		/* all or nothing: for one there may be room */
		spare->conn[0] = kmem_cache_alloc(cache, gfp);
		spare->count = !!spare->conn[0];
	}
	return spare->count;
}

void baton_conn_release(struct baton_conn *conn)
{
	kmem_cache_free(conn->family == AF_INET ? cache_v4 : cache_v6, conn);
}

void baton_conn_once(struct baton_once *once, const struct baton_conn_new *args)
{
	struct baton_conn *conn = &once->conn;

	/* its addresses lie behind it, in the room; who checks the sizes of copies must not know better */
	OPTIMIZER_HIDE_VAR(conn);
	memset(once, 0, sizeof(*once));
	baton_conn_fill(conn, args);
}

struct baton_conn *baton_conn_insert(struct baton_net *bn, const struct baton_conn_new *args, u32 hash)
{
	return baton_conn_begin(bn, args, hash);
}

/* Aligned, so that a node's address tells its direction: see conn_table.c. */
static struct kmem_cache *make_cache(const char *name, u8 family)
{
	unsigned int align = family == AF_INET ? BATON_CONN_ALIGN_V4 : BATON_CONN_ALIGN_V6;
	size_t size = sizeof(struct baton_conn) + 3 * baton_addr_len(family);

	/* to the last byte: what is no multiple of words is slower to clear */
	return kmem_cache_create(name, ALIGN(size, align), align, 0, NULL);
}

int __init baton_conn_make_init(void)
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

static void give_back(struct kmem_cache *cache, struct baton_conn_spare *spare)
{
	while (spare->count)
		kmem_cache_free(cache, spare->conn[--spare->count]);
}

void baton_conn_make_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		give_back(cache_v4, per_cpu_ptr(&baton_spare_v4, cpu));
		give_back(cache_v6, per_cpu_ptr(&baton_spare_v6, cpu));
	}
	kmem_cache_destroy(cache_v6);
	kmem_cache_destroy(cache_v4);
}
