// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

bool baton_ha_check_result(struct baton_ha_check *c, bool good, uint32_t rise, uint32_t fall)
{
	uint32_t wanted = !good ? fall : c->state == BATON_HA_CHECK_DUE ? 1 : rise;

	if (c->state == (good ? BATON_HA_CHECK_PASSES : BATON_HA_CHECK_FAILS)) {
		c->streak = 0;
		return false;
	}
	if (++c->streak < wanted)
		return false;
	c->state = good ? BATON_HA_CHECK_PASSES : BATON_HA_CHECK_FAILS;
	c->streak = 0;
	return true;
}

const char *baton_ha_check_name(enum baton_ha_check_state state)
{
	return state == BATON_HA_CHECK_PASSES ? "passes" :
	       state == BATON_HA_CHECK_FAILS ? "fails" : "due";
}
