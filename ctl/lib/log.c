// SPDX-License-Identifier: GPL-2.0-or-later
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>

#define FIELDS_MAX	16
#define LATER_LINES	32
#define LATER_FIELDS	4		/* and BATON_USEC */

/* A line that waits. */
struct line {
	int priority;
	char text[320];
	char field[LATER_FIELDS + 1][48];
};

static int log_level = LOG_INFO;

static struct {
	sd_event_source *timer;		/* NULL: nothing waits */
	int urgent;
	unsigned int first, count;
	struct line line[LATER_LINES];
} later;

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

static void write_line(int priority, const char *const *fields, const char *text)
{
	if (getenv("JOURNAL_STREAM"))
		to_journal(priority, fields, text);
	else
		fprintf(stderr, "<%d>%s\n", priority, text);
}

static void write_first(void)
{
	const struct line *l = &later.line[later.first];
	const char *fields[LATER_FIELDS + 2] = { NULL };

	for (unsigned int k = 0; k <= LATER_FIELDS && l->field[k][0]; k++)
		fields[k] = l->field[k];
	later.first = (later.first + 1) % LATER_LINES;
	later.count--;
	write_line(l->priority, fields, l->text);
}

static void write_waiting(void)
{
	while (later.count)
		write_first();
	sd_event_source_set_enabled(later.timer, SD_EVENT_OFF);
}

/* One line a turn: what arrives meanwhile goes first. */
static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)arg;
	if (later.count)
		write_first();
	if (!later.count)
		return 0;
	sd_event_source_set_time(source, usec);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static bool is_dated(const char *const *fields)
{
	for (; fields && *fields; fields++)
		if (!strncmp(*fields, "BATON_USEC=", strlen("BATON_USEC=")))
			return true;
	return false;
}

static bool fits(const char *const *fields, const char *text)
{
	unsigned int k = 0;

	for (; fields && *fields; fields++, k++)
		if (k == LATER_FIELDS || strlen(*fields) >= sizeof(later.line->field[k]))
			return false;
	return strlen(text) < sizeof(later.line->text);
}

/* False: it does not fit, or there is nobody to wake us. */
static bool keep(int priority, const char *const *fields, const char *text)
{
	bool dated = is_dated(fields);
	struct timespec ts;
	unsigned int k = 0;
	struct line *l;

	if (!fits(fields, text))
		return false;
	if (!later.count &&
	    (sd_event_source_set_time_relative(later.timer, BATON_LOG_LATER_USEC) < 0 ||
	     sd_event_source_set_enabled(later.timer, SD_EVENT_ONESHOT) < 0))
		return false;
	if (later.count == LATER_LINES)
		write_first();
	l = &later.line[(later.first + later.count++) % LATER_LINES];
	memset(l, 0, sizeof(*l));
	for (; fields && *fields; fields++, k++)
		snprintf(l->field[k], sizeof(l->field[k]), "%s", *fields);
	clock_gettime(CLOCK_REALTIME, &ts);
	if (!dated)
		snprintf(l->field[k], sizeof(l->field[k]), "BATON_USEC=%llu",
			 ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000);
	l->priority = priority;
	memcpy(l->text, text, strlen(text) + 1);
	return true;
}

int baton_log_later(sd_event *event, int urgent)
{
	int error;

	if (later.timer) {
		write_waiting();
		later.timer = sd_event_source_disable_unref(later.timer);
	}
	if (!event)
		return 0;
	later.urgent = urgent;
	error = sd_event_add_time(event, &later.timer, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_time, NULL);
	if (error >= 0)
		error = sd_event_source_set_priority(later.timer, BATON_LOG_LATER_PRIORITY);
	if (error >= 0)
		error = sd_event_source_set_enabled(later.timer, SD_EVENT_OFF);
	return error < 0 ? error : 0;
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
	if (later.timer && priority > later.urgent && keep(priority, fields, text))
		return;
	if (later.timer)
		write_waiting();
	write_line(priority, fields, text);
}
