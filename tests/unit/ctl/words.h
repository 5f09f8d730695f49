/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line from one string, for tests of what takes words. */
#ifndef BATON_TEST_WORDS_H
#define BATON_TEST_WORDS_H

#include <stdio.h>
#include <string.h>
#include "ctl/args.h"

struct words {
	char text[512];
	char *word[32];
	struct baton_args args;
};

static inline struct baton_args *words_split(struct words *w, const char *text)
{
	char *save = NULL;

	snprintf(w->text, sizeof(w->text), "%s", text);
	w->args = (struct baton_args) { .word = w->word };
	for (char *p = strtok_r(w->text, " ", &save); p; p = strtok_r(NULL, " ", &save))
		w->word[w->args.count++] = p;
	return &w->args;
}

#endif /* BATON_TEST_WORDS_H */
