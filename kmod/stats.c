// SPDX-License-Identifier: GPL-2.0-only
/* Counters: one per-CPU set per packet, sums when somebody asks. */
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include "net.h"
#include "stats.h"

void baton_stats_add(struct baton_stats_sum *sum, const struct baton_stats __percpu *stats)
{
	const struct baton_stats *one;
	struct baton_stats_sum part;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		one = per_cpu_ptr(stats, cpu);
		do {
			start = u64_stats_fetch_begin(&one->syncp);
			part.conns = u64_stats_read(&one->conns);
			part.in_packets = u64_stats_read(&one->in_packets);
			part.in_bytes = u64_stats_read(&one->in_bytes);
			part.out_packets = u64_stats_read(&one->out_packets);
			part.out_bytes = u64_stats_read(&one->out_bytes);
		} while (u64_stats_fetch_retry(&one->syncp, start));
		baton_stats_sum_add(sum, &part);
	}
}

void baton_stats_sum_add(struct baton_stats_sum *sum, const struct baton_stats_sum *part)
{
	sum->conns += part->conns;
	sum->in_packets += part->in_packets;
	sum->in_bytes += part->in_bytes;
	sum->out_packets += part->out_packets;
	sum->out_bytes += part->out_bytes;
}

struct baton_stats __percpu *baton_stats_alloc(void)
{
	struct baton_stats __percpu *stats = alloc_percpu(struct baton_stats);
	int cpu;

	if (stats)
		for_each_possible_cpu(cpu)
			u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

unsigned int baton_drop(struct baton_net *bn, enum baton_drop reason)
{
	this_cpu_inc(bn->drops->count[reason]);
	return NF_DROP;
}

void baton_drops_sum(const struct baton_net *bn, u64 sum[BATON_DROP_COUNT])
{
	int cpu, i;

	memset(sum, 0, BATON_DROP_COUNT * sizeof(sum[0]));
	for_each_possible_cpu(cpu)
		for (i = 0; i < BATON_DROP_COUNT; i++)
			sum[i] += READ_ONCE(per_cpu_ptr(bn->drops, cpu)->count[i]);
}
