/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for the kernel's numbers. The same words in text, in JSON and in commands; they
 * follow the names in <linux/baton.h> without the prefix, in lower case. A number that is
 * newer than this program is "unknown".
 */
#ifndef BATON_CTL_NAMES_H
#define BATON_CTL_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <linux/baton.h>

/** struct baton_sched_words - a scheduler and the BATON_SCHED_F_* that it knows */
struct baton_sched_words {
	const char *name;
	uint32_t flags;
	uint32_t defaults;	/* those that are set when nobody says */
};

/** struct baton_sched_flag - a flag of schedulers: `WORD on|off`, and its member in JSON */
struct baton_sched_flag {
	uint32_t flag;
	const char *word;
	const char *member;
};

/** enum baton_tunable_kind - how a tunable is written */
enum baton_tunable_kind {
	BATON_TUNABLE_NUMBER,
	BATON_TUNABLE_SWITCH,	/* on, off */
	BATON_TUNABLE_MODE,	/* enum baton_drop_mode */
};

/** struct baton_tunable_words - a tunable but for the timeouts, which are named after their states */
struct baton_tunable_words {
	const char *name;
	unsigned int attr;	/* BATON_TUNABLE_A_* */
	enum baton_tunable_kind kind;
	uint32_t min, max;	/* of a number */
};

/** The one with that number, counted from 0, in the order of the attributes; NULL: there are no more. */
const struct baton_tunable_words *baton_tunable_nth(size_t i);
/** off, auto or on */
const char *baton_drop_mode_name(unsigned int mode);

/** The scheduler of that name; NULL: none that this program knows. */
const struct baton_sched_words *baton_sched_find(const char *name);
/** The one with that number, counted from 0; NULL: there are no more. */
const struct baton_sched_words *baton_sched_nth(size_t i);
const struct baton_sched_flag *baton_sched_flag_nth(size_t i);

const char *baton_drop_name(unsigned int drop);
/** One sentence: what happened to such a packet, and what an operator can do about it. */
const char *baton_drop_sentence(unsigned int drop);
const char *baton_state_name(unsigned int state);
const char *baton_role_name(unsigned int role);
const char *baton_gate_state_name(unsigned int state);
const char *baton_method_name(unsigned int method);
const char *baton_tunnel_name(unsigned int kind);
const char *baton_tunnel_checksum_name(unsigned int checksum);
const char *baton_event_name(unsigned int event);
/** The words for a reason in the sync daemon's "lost_by_reason", or @reason itself. */
const char *baton_lost_words(const char *reason);

#endif /* BATON_CTL_NAMES_H */
