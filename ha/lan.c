// SPDX-License-Identifier: GPL-2.0-or-later
#include "lan.h"

#include <stdio.h>

void baton_ha_lan_begin(struct baton_ha_lan *l, uint64_t now)
{
	*l = (struct baton_ha_lan){ .began = now, .number = l->number };
}

uint32_t baton_ha_lan_ask(struct baton_ha_lan *l, uint64_t now)
{
	l->number++;
	l->number += !l->number;
	l->asked_at = now;
	l->claimed = false;
	return l->number;
}

bool baton_ha_lan_hear(struct baton_ha_lan *l, uint32_t number, const char *who, uint64_t now,
		       bool *ret_news)
{
	bool first = !l->claimed;

	*ret_news = false;
	if (number != l->number || !l->asked_at)
		return false;
	*ret_news = l->verdict != BATON_HA_LAN_DISAGREES;
	if (*ret_news)
		l->after_ms = (uint32_t)(now - l->began);
	l->verdict = BATON_HA_LAN_DISAGREES;
	l->claimed = true;
	snprintf(l->who, sizeof(l->who), "%s", who);
	return first;
}

bool baton_ha_lan_tick(struct baton_ha_lan *l, uint64_t now)
{
	bool news = !l->claimed && l->verdict != BATON_HA_LAN_AGREES;

	if (now < baton_ha_lan_deadline(l))
		return false;
	l->asked_at = 0;
	if (!news)
		return false;
	l->verdict = BATON_HA_LAN_AGREES;
	l->after_ms = (uint32_t)(now - l->began);
	return true;
}

uint64_t baton_ha_lan_deadline(const struct baton_ha_lan *l)
{
	return l->asked_at ? l->asked_at + BATON_HA_LAN_WAIT_MS : UINT64_MAX;
}

const char *baton_ha_lan_name(enum baton_ha_lan_verdict verdict)
{
	static const char *const names[] = {
		[BATON_HA_LAN_UNKNOWN] = "unknown", [BATON_HA_LAN_AGREES] = "agrees",
		[BATON_HA_LAN_DISAGREES] = "disagrees",
	};

	return names[verdict];
}
