/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for the kernel's numbers. The same words in text, in JSON and in commands; they
 * follow the names in <linux/baton.h> without the prefix, in lower case. A number that is
 * newer than this program is "unknown".
 */
#ifndef BATON_CTL_NAMES_H
#define BATON_CTL_NAMES_H

#include <linux/baton.h>

const char *baton_drop_name(unsigned int drop);
/** One sentence: what happened to such a packet, and what an operator can do about it. */
const char *baton_drop_sentence(unsigned int drop);
const char *baton_state_name(unsigned int state);
const char *baton_role_name(unsigned int role);
const char *baton_gate_state_name(unsigned int state);
const char *baton_method_name(unsigned int method);
const char *baton_event_name(unsigned int event);
/** The words for a reason in the sync daemon's "lost_by_reason", or @reason itself. */
const char *baton_lost_words(const char *reason);

#endif /* BATON_CTL_NAMES_H */
