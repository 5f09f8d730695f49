/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of kmod/core share. */
#ifndef BATON_TEST_UNIT_H
#define BATON_TEST_UNIT_H

#include <env.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#endif /* BATON_TEST_UNIT_H */
