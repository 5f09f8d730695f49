/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hold-down: what single tries come to. Pure; the unit tests drive it, and checks.c with what it tried.
 */
#ifndef BATON_HA_CHECK_H
#define BATON_HA_CHECK_H

#include <stdbool.h>
#include <stdint.h>

enum baton_ha_check_state {
	BATON_HA_CHECK_DUE,		/* neither so far: nothing is decided by it */
	BATON_HA_CHECK_PASSES,
	BATON_HA_CHECK_FAILS,
};

/** struct baton_ha_check - all zero: never tried */
struct baton_ha_check {
	enum baton_ha_check_state state;
	uint32_t streak;		/* tries in a row that speak against the state */
};

/**
 * baton_ha_check_result - a try ended
 * @rise: so many good ones in a row end FAILS, not 0
 * @fall: so many bad ones in a row end any other state, not 0
 *
 * The first good one ever is enough: nothing has failed yet.
 * Return: whether the state is another one now.
 */
bool baton_ha_check_result(struct baton_ha_check *c, bool good, uint32_t rise, uint32_t fall);

/** "due", "passes" or "fails" */
const char *baton_ha_check_name(enum baton_ha_check_state state);

#endif /* BATON_HA_CHECK_H */
