/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare output with a file under tests/golden/cli. With BATON_GOLDEN=update in the
 * environment the files are written instead; what changed then is for git diff to show.
 */
#ifndef BATON_TEST_GOLDEN_H
#define BATON_TEST_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void golden_compare(const char *name, const char *output)
{
	const char *mode = getenv("BATON_GOLDEN");
	char path[256], want[65536];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/cli/%s", name);
	if (mode && !strcmp(mode, "update")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(output, f);
		assert_int_equal(fclose(f), 0);
		return;
	}
	f = fopen(path, "r");
	if (!f)
		fail_msg("no %s; run from the top of the tree", path);
	len = fread(want, 1, sizeof(want) - 1, f);
	want[len] = '\0';
	fclose(f);
	assert_string_equal(output, want);
}

#endif /* BATON_TEST_GOLDEN_H */
