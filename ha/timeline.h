/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened lately: a ring of the last events, oldest overwritten. */
#ifndef BATON_HA_TIMELINE_H
#define BATON_HA_TIMELINE_H

#include <stdint.h>

#define BATON_HA_TIMELINE_MAX	64

/** struct baton_ha_moment - one event; @usec: CLOCK_REALTIME */
struct baton_ha_moment {
	uint64_t usec;
	char event[20];
	char detail[140];
};

struct baton_ha_timeline {
	struct baton_ha_moment ring[BATON_HA_TIMELINE_MAX];
	unsigned int next;
	unsigned int count;
};

void baton_ha_timeline_add(struct baton_ha_timeline *t, uint64_t usec, const char *event,
			   const char *detail);
/** The @i-th oldest, 0 <= @i < t->count. */
const struct baton_ha_moment *baton_ha_timeline_get(const struct baton_ha_timeline *t,
						    unsigned int i);

#endif /* BATON_HA_TIMELINE_H */
