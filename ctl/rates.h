/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much is going on: from two readings of the counters. Pure. */
#ifndef BATON_CTL_RATES_H
#define BATON_CTL_RATES_H

#include "rules.h"
#include "writer.h"

/** struct baton_rates - per second, over the time between two readings */
struct baton_rates {
	double conns;
	double in_packets, in_bytes;
	double out_packets, out_bytes;
};

/**
 * baton_rates_between - @now against @was, @seconds (> 0) earlier
 *
 * Counters that went back belong to something that was deleted and made anew: all that
 * they show happened since.
 */
void baton_rates_between(const struct baton_stats *was, const struct baton_stats *now,
			 double seconds, struct baton_rates *ret);
/**
 * baton_show_rates - one document: a total, each service, each of its servers
 * @was: what is missing there began at 0
 */
void baton_show_rates(struct baton_writer *w, const struct baton_rules *was,
		      const struct baton_rules *now, double seconds);

#endif /* BATON_CTL_RATES_H */
