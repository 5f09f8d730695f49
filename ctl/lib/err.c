// SPDX-License-Identifier: GPL-2.0-or-later
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the C library's words would mislead: what these mean when the module says them. */
static const struct {
	int error;
	const char *text;
} words[] = {
	{ EPERM,	"not permitted without CAP_NET_ADMIN in this network namespace" },
	{ EACCES,	"permission denied" },
	{ ENOENT,	"it does not exist" },
	{ EEXIST,	"it exists already" },
	{ EINVAL,	"a value is not valid" },
	{ ERANGE,	"a value is out of range" },
	{ EOPNOTSUPP,	"the loaded module cannot do this" },
	{ ESTALE,	"a newer epoch is in force" },
	{ ETIME,	"the lease has run out" },
	{ ETIMEDOUT,	"no answer in time" },
	{ ENOMEM,	"not enough memory" },
	{ ENOBUFS,	"not enough buffer space" },
	{ ENOSPC,	"there is no room for more" },
	{ EMSGSIZE,	"the message is too large" },
	{ EPROTO,	"the answer does not follow the protocol" },
	{ EBUSY,	"it is in use" },
	{ EAGAIN,	"it kept changing while it was read" },
	{ ECONNREFUSED,	"nobody listens there" },
};

void baton_err_print(char *err, size_t size, const char *fmt, ...)
{
	va_list ap;

	if (!err || !size)
		return;
	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
}

const char *baton_err_text(int error)
{
	const char *text;

	error = abs(error);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].error == error)
			return words[i].text;
	text = strerrordesc_np(error);
	return text ? text : "an error that has no name";
}
