// SPDX-License-Identifier: GPL-2.0-or-later
#include "timeline.h"

#include <stdio.h>
#include <string.h>

#define MAGIC	0x42744c31u

void baton_ha_timeline_init(struct baton_ha_timeline *t)
{
	memset(t, 0, sizeof(*t));
	t->magic = MAGIC;
	t->size = sizeof(*t);
}

bool baton_ha_timeline_check(struct baton_ha_timeline *t)
{
	if (t->magic != MAGIC || t->size != sizeof(*t) || t->next >= BATON_HA_TIMELINE_MAX ||
	    t->count > BATON_HA_TIMELINE_MAX)
		return false;
	for (unsigned int i = 0; i < BATON_HA_TIMELINE_MAX; i++) {
		t->ring[i].event[sizeof(t->ring[i].event) - 1] = '\0';
		t->ring[i].detail[sizeof(t->ring[i].detail) - 1] = '\0';
	}
	return true;
}

void baton_ha_timeline_add(struct baton_ha_timeline *t, uint64_t usec, uint64_t mono,
			   const char *event, const char *detail)
{
	struct baton_ha_moment *m = &t->ring[t->next];

	m->usec = usec;
	m->mono = mono;
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

void baton_ha_timeline_rebase(struct baton_ha_timeline *t, uint64_t usec, uint64_t mono)
{
	uint64_t ahead = 0;

	for (unsigned int i = 0; i < t->count; i++) {
		const struct baton_ha_moment *m = baton_ha_timeline_get(t, i);

		if (m->usec > usec && m->usec - usec > ahead)
			ahead = m->usec - usec;
	}
	for (unsigned int i = 0; i < BATON_HA_TIMELINE_MAX; i++)
		t->ring[i].mono = mono - (usec + ahead - t->ring[i].usec);
}
