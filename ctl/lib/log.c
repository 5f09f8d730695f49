// SPDX-License-Identifier: GPL-2.0-or-later
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#define FIELDS_MAX 16

static int log_level = LOG_INFO;

void baton_log_level(int priority)
{
	log_level = priority;
}

static void to_journal(int priority, const char *const *fields, const char *text)
{
	struct iovec iov[FIELDS_MAX + 2];
	char head[16], message[1024];
	int n = 2;

	snprintf(head, sizeof(head), "PRIORITY=%d", priority);
	snprintf(message, sizeof(message), "MESSAGE=%s", text);
	iov[0] = (struct iovec) { head, strlen(head) };
	iov[1] = (struct iovec) { message, strlen(message) };
	for (; fields && *fields && n < FIELDS_MAX + 2; fields++)
		iov[n++] = (struct iovec) { (void *)*fields, strlen(*fields) };
	sd_journal_sendv(iov, n);
}

void baton_log_fields(int priority, const char *const *fields, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	if (priority > log_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (getenv("JOURNAL_STREAM"))
		to_journal(priority, fields, text);
	else
		fprintf(stderr, "<%d>%s\n", priority, text);
}
