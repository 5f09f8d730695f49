// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz the language of services.conf, which is also what a standby adopts from the active node. What is taken
 * is printed, and read again it has to be the same: else two nodes would never agree.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(char *text, size_t size, struct baton_rules *ret)
{
	FILE *in = fmemopen(text, size, "r");
	char why[512];
	int err;

	if (!in)
		abort();
	err = baton_rules_parse(in, "fuzz", ret, why, sizeof(why));
	fclose(in);
	if (err && !*why)
		abort();
	return err;
}

static void must_be_equal(const struct baton_rules *a, const struct baton_rules *b)
{
	struct baton_change *changes;
	size_t count;

	if (baton_rules_diff(a, b, &changes, &count) || count)
		abort();
	free(changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct baton_rules rules, again;
	char *text = NULL;
	size_t length;
	FILE *out;

	if (!size || parse((char *)data, size, &rules))
		return 0;
	baton_rules_sort(&rules);
	out = open_memstream(&text, &length);
	if (!out)
		abort();
	baton_rules_print(out, &rules);
	fclose(out);
	if (length) {
		if (parse(text, length, &again))
			abort();
		must_be_equal(&rules, &again);
		must_be_equal(&again, &rules);
		baton_rules_free(&again);
	}
	free(text);
	baton_rules_free(&rules);
	return 0;
}
