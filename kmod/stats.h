/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters. A packet writes one per-CPU set, its server's; what a service or
 * the namespace did is summed up when somebody asks. A server that goes away
 * folds its counters into its service's.
 */
#ifndef BATON_STATS_H
#define BATON_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/baton.h>

struct baton_net;
struct sk_buff;

/** struct baton_stats - one CPU's share, or a sum */
struct baton_stats {
	u64_stats_t		conns;
	u64_stats_t		in_packets;
	u64_stats_t		in_bytes;
	u64_stats_t		out_packets;
	u64_stats_t		out_bytes;
	struct u64_stats_sync	syncp;
};

/** struct baton_stats_sum - plain numbers */
struct baton_stats_sum {
	u64	conns, in_packets, in_bytes, out_packets, out_bytes;
};

/** Zeroed counters, or NULL; free_percpu() ends them. May sleep. */
struct baton_stats __percpu *baton_stats_alloc(void);
/** Add what all CPUs counted in @stats to @sum. */
void baton_stats_add(struct baton_stats_sum *sum, const struct baton_stats __percpu *stats);
void baton_stats_sum_add(struct baton_stats_sum *sum, const struct baton_stats_sum *part);
/** baton_stats_conn - a connection was opened. BH off. */
static inline void baton_stats_conn(struct baton_stats __percpu *stats)
{
	struct baton_stats *one = this_cpu_ptr(stats);

	u64_stats_update_begin(&one->syncp);
	u64_stats_inc(&one->conns);
	u64_stats_update_end(&one->syncp);
}

/** baton_stats_in - packets from a client, @bytes by IP length. BH off. */
static inline void baton_stats_in(struct baton_stats __percpu *stats, u32 packets, u32 bytes)
{
	struct baton_stats *one = this_cpu_ptr(stats);

	u64_stats_update_begin(&one->syncp);
	u64_stats_add(&one->in_packets, packets);
	u64_stats_add(&one->in_bytes, bytes);
	u64_stats_update_end(&one->syncp);
}

/** baton_stats_out - packets from a server, @bytes by IP length. BH off. */
static inline void baton_stats_out(struct baton_stats __percpu *stats, u32 packets, u32 bytes)
{
	struct baton_stats *one = this_cpu_ptr(stats);

	u64_stats_update_begin(&one->syncp);
	u64_stats_add(&one->out_packets, packets);
	u64_stats_add(&one->out_bytes, bytes);
	u64_stats_update_end(&one->syncp);
}

/** struct baton_drops - per-CPU drop counters, index enum baton_drop */
struct baton_drops {
	u64	count[BATON_DROP_COUNT];
};

/**
 * baton_drop - count a reason and say NF_DROP: `return baton_drop(bn, BATON_DROP_TTL);`
 * Context: softirq or process with BH off.
 */
unsigned int baton_drop(struct baton_net *bn, enum baton_drop reason);
void baton_drops_sum(const struct baton_net *bn, u64 sum[BATON_DROP_COUNT]);

#endif /* BATON_STATS_H */
