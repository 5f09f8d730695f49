/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Beats, there and back; see pulse.c. */
#ifndef BATON_HA_PULSE_H
#define BATON_HA_PULSE_H

#include <stdint.h>

#define BATON_HA_PATH_MAX	8	/* as many links as corosync has */
#define BATON_HA_PATH_TEXT	64

struct baton_ha_agent;
struct baton_ha_beat;
struct baton_ha_pulse;

/** struct baton_ha_path - two addresses of corosync's node list that belong to one link, as text */
struct baton_ha_path {
	char own[BATON_HA_PATH_TEXT];
	char peer[BATON_HA_PATH_TEXT];
};

/** struct baton_ha_pulse_counters - datagrams, since the agent started */
struct baton_ha_pulse_counters {
	unsigned int paths;
	uint64_t sent;
	uint64_t heard;		/* but for those that came by another path before */
	uint64_t refused;	/* malformed, not authentic, of a newer version */
};

int baton_ha_pulse_new(struct baton_ha_pulse **ret, struct baton_ha_agent *agent);
void baton_ha_pulse_free(struct baton_ha_pulse *p);
/** From now on these; those before are closed. Does nothing where succession is off. */
void baton_ha_pulse_paths(struct baton_ha_pulse *p, uint32_t nodeid, uint32_t peer,
			  const struct baton_ha_path *list, unsigned int count);
/** On every path, now or not at all. */
void baton_ha_pulse_send(struct baton_ha_pulse *p, const struct baton_ha_beat *beat);
/** Our key, BATON_HA_BEAT_KEY bytes; made when first asked for. */
const uint8_t *baton_ha_pulse_key(struct baton_ha_pulse *p);
/** The peer's key. What was heard with another one may not come again, but need not be remembered. */
void baton_ha_pulse_learn(struct baton_ha_pulse *p, const uint8_t *key);
void baton_ha_pulse_counters(const struct baton_ha_pulse *p, struct baton_ha_pulse_counters *ret);

#endif /* BATON_HA_PULSE_H */
