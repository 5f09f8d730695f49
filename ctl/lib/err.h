/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sentences for failures. A refusal has three parts: what was asked for (the caller
 * knows), why it was refused (errno, or the kernel's own words) and what to do about it.
 */
#ifndef BATON_LIB_ERR_H
#define BATON_LIB_ERR_H

#include <stddef.h>

/**
 * baton_err_set - print a sentence into @err and hand back @error
 * @err: may be NULL when @size is 0
 *
 * Lets a function fail in one statement:
 *	return baton_err_set(err, err_size, -EINVAL, "'%s' is not a port", text);
 */
int baton_err_set(char *err, size_t size, int error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * baton_err_text - why, in a few lower-case words
 * @error: errno, positive or negative
 *
 * Static storage for every errno that exists; never NULL.
 */
const char *baton_err_text(int error);

#endif /* BATON_LIB_ERR_H */
