/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a fuzzer's sockets are: whoever runs it takes the folder away, since a fuzzer ends in any way. */
#ifndef BATON_FUZZ_TMP_H
#define BATON_FUZZ_TMP_H

#include <stdlib.h>

static inline const char *fuzz_tmp(void)
{
	const char *folder = getenv("TMPDIR");

	return folder ? folder : "/tmp";
}

#endif /* BATON_FUZZ_TMP_H */
