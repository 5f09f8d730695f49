// SPDX-License-Identifier: GPL-2.0-or-later
#include "timeline.h"

#include <stdio.h>

void baton_ha_timeline_add(struct baton_ha_timeline *t, uint64_t usec, const char *event,
			   const char *detail)
{
	struct baton_ha_moment *m = &t->ring[t->next];

	m->usec = usec;
	snprintf(m->event, sizeof(m->event), "%s", event);
	snprintf(m->detail, sizeof(m->detail), "%s", detail);
	t->next = (t->next + 1) % BATON_HA_TIMELINE_MAX;
	if (t->count < BATON_HA_TIMELINE_MAX)
		t->count++;
}

const struct baton_ha_moment *baton_ha_timeline_get(const struct baton_ha_timeline *t,
						    unsigned int i)
{
	return &t->ring[(t->next + BATON_HA_TIMELINE_MAX - t->count + i) % BATON_HA_TIMELINE_MAX];
}
