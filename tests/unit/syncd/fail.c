// SPDX-License-Identifier: GPL-2.0-or-later
/* What the simulated kernel finds wrong ends a unit test at once: the sanitizers then show where. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "tests/sim/sim.h"

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	abort();
}
