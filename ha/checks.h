/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of baton.conf, made: what they say is part of the node's health. */
#ifndef BATON_HA_CHECKS_H
#define BATON_HA_CHECKS_H

#include "agent.h"
#include "check.h"

struct baton_ha_checks;

/** struct baton_ha_check_view - how one of them stands, for people */
struct baton_ha_check_view {
	const struct baton_check *config;
	enum baton_ha_check_state state;
	uint64_t since_ms;		/* of the state, ago */
	int64_t tried_ms;		/* since the last try ended; -1: none has */
	const char *why;		/* that one was bad, a clause; empty: it was good */
};

/** Begin with all of them, soon; the first results come from the loop. */
int baton_ha_checks_new(struct baton_ha_checks **ret, struct baton_ha_agent *agent);
/** A program that runs is killed. NULL is fine. */
void baton_ha_checks_free(struct baton_ha_checks *c);
/** Sets check_fails and check_due of @health, and nothing else. */
void baton_ha_checks_health(const struct baton_ha_checks *c, struct baton_ha_health *health);
/** The @i-th in the order of the file; false: there is none. */
bool baton_ha_checks_get(const struct baton_ha_checks *c, unsigned int i,
			 struct baton_ha_check_view *ret);

/* gateway.c: 0, or a negative errno with a clause in @why. The kernel answers at once. */
/** Have the kernel ask for the gateway of @check, unless it is doing that. */
int baton_ha_gateway_ask(const struct baton_check *check, char *why, size_t size);
/** Has the gateway answered since? */
int baton_ha_gateway_look(const struct baton_check *check, char *why, size_t size);

#endif /* BATON_HA_CHECKS_H */
