/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the LAN agree about who has the addresses? Asked after each round of announcements.
 *
 * Pure: no I/O, no clock. Times are milliseconds of a monotonic clock that the caller passes in. Used by the
 * agent's one thread.
 */
#ifndef BATON_HA_LAN_H
#define BATON_HA_LAN_H

#include <stdbool.h>
#include <stdint.h>

#define BATON_HA_LAN_WAIT_MS	80	/* who has not answered by then does not: sooner than the second round */

enum baton_ha_lan_verdict {
	BATON_HA_LAN_UNKNOWN,		/* nothing was asked, or it is too early to say */
	BATON_HA_LAN_AGREES,		/* nobody else claims an address */
	BATON_HA_LAN_DISAGREES,
};

/** struct baton_ha_lan - since the announcements began */
struct baton_ha_lan {
	enum baton_ha_lan_verdict verdict;
	uint32_t number;		/* of the last question; never 0 once asked */
	uint64_t began;
	uint64_t asked_at;		/* 0: no question waits for its answer */
	uint32_t after_ms;		/* from the beginning to the verdict */
	bool claimed;			/* the last question was answered */
	char who[128];			/* the last one that did: text for people, or empty */
};

/** baton_ha_lan_begin - a schedule of announcements begins: what was known before is not known now */
void baton_ha_lan_begin(struct baton_ha_lan *l, uint64_t now);
/** baton_ha_lan_ask - a question is sent now. Return: its number */
uint32_t baton_ha_lan_ask(struct baton_ha_lan *l, uint64_t now);
/**
 * baton_ha_lan_hear - another machine answered question @number
 * @who: copied, cut to what there is room for
 * @ret_news: does the verdict turn by it?
 *
 * Return: are the addresses to be announced again? Once for each question.
 */
bool baton_ha_lan_hear(struct baton_ha_lan *l, uint32_t number, const char *who, uint64_t now,
		       bool *ret_news);
/** baton_ha_lan_tick - time went by. Return: does the verdict turn to AGREES? */
bool baton_ha_lan_tick(struct baton_ha_lan *l, uint64_t now);
/** When the next tick is due; UINT64_MAX: never. */
uint64_t baton_ha_lan_deadline(const struct baton_ha_lan *l);
/** "unknown", "agrees", "disagrees" */
const char *baton_ha_lan_name(enum baton_ha_lan_verdict verdict);

#endif /* BATON_HA_LAN_H */
