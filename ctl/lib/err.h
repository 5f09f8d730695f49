/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sentences for failures. A refusal has three parts: what was asked for (the caller
 * knows), why it was refused (errno, or the kernel's own words) and what to do about it.
 */
#ifndef BATON_LIB_ERR_H
#define BATON_LIB_ERR_H

#include <stddef.h>

/** Print a sentence into @err, which may be NULL when @size is 0. */
void baton_err_print(char *err, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * baton_err_set - print a sentence into @err and hand back @error
 *
 * Lets a function fail in one statement; a macro, so that compilers see that it fails:
 *	return baton_err_set(err, err_size, -EINVAL, "'%s' is not a port", text);
 */
#define baton_err_set(err, size, error, ...) ({			\
	int error_set_ = (error);				\
	baton_err_print(err, size, __VA_ARGS__);		\
	error_set_;						\
})

/**
 * baton_err_text - why, in a few lower-case words
 * @error: errno, positive or negative
 *
 * Static storage for every errno that exists; never NULL.
 */
const char *baton_err_text(int error);

#endif /* BATON_LIB_ERR_H */
