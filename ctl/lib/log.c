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
#define LATER_USEC	300000		/* longer than a handover takes */
#define LATER_LINES	32
#define LATER_FIELDS	2

/* A line that waits. */
struct line {
	int priority;
	char text[256];
	char field[LATER_FIELDS + 1][48];
};

static int log_level = LOG_INFO;

static struct {
	sd_event_source *timer;		/* NULL: nothing waits */
	unsigned int count;
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

static void write_waiting(void)
{
	for (unsigned int i = 0; i < later.count; i++) {
		const struct line *l = &later.line[i];
		const char *fields[LATER_FIELDS + 2] = { NULL };

		for (unsigned int k = 0; k <= LATER_FIELDS && l->field[k][0]; k++)
			fields[k] = l->field[k];
		write_line(l->priority, fields, l->text);
	}
	later.count = 0;
	sd_event_source_set_enabled(later.timer, SD_EVENT_OFF);
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	(void)arg;
	write_waiting();
	return 0;
}

/* False: it does not fit, or must not wait. */
static bool keep(int priority, const char *const *fields, const char *text)
{
	struct line *l = &later.line[later.count];
	struct timespec ts;
	unsigned int k = 0;

	if (priority <= LOG_WARNING || later.count == LATER_LINES || strlen(text) >= sizeof(l->text))
		return false;
	memset(l, 0, sizeof(*l));
	for (; fields && *fields; fields++, k++) {
		if (k == LATER_FIELDS || strlen(*fields) >= sizeof(l->field[k]))
			return false;
		snprintf(l->field[k], sizeof(l->field[k]), "%s", *fields);
	}
	if (!later.count &&
	    (sd_event_source_set_time_relative(later.timer, LATER_USEC) < 0 ||
	     sd_event_source_set_enabled(later.timer, SD_EVENT_ONESHOT) < 0))
		return false;
	clock_gettime(CLOCK_REALTIME, &ts);
	snprintf(l->field[k], sizeof(l->field[k]), "BATON_USEC=%llu",
		 ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000);
	l->priority = priority;
	snprintf(l->text, sizeof(l->text), "%s", text);
	later.count++;
	return true;
}

int baton_log_later(sd_event *event)
{
	int error;

	if (later.timer) {
		write_waiting();
		later.timer = sd_event_source_disable_unref(later.timer);
	}
	if (!event)
		return 0;
	error = sd_event_add_time(event, &later.timer, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_time, NULL);
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
	if (later.timer && keep(priority, fields, text))
		return;
	if (later.timer)
		write_waiting();
	write_line(priority, fields, text);
}
