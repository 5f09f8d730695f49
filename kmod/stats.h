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

/** Add what all CPUs counted in @stats to @sum. */
void baton_stats_add(struct baton_stats_sum *sum, const struct baton_stats __percpu *stats);

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
