/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journal logging for the daemons (never for the library or the tool): one call, one
 * decision, structured fields. Without a journal (JOURNAL_STREAM unset) it writes
 * "<priority>text" lines to stderr.
 */
#ifndef BATON_LIB_LOG_H
#define BATON_LIB_LOG_H

#include <syslog.h>
#include <systemd/sd-event.h>

/**
 * baton_log - MESSAGE plus fields
 * @priority: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG
 * @fields: NULL-terminated array of "NAME=value", or NULL
 */
void baton_log_fields(int priority, const char *const *fields, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define baton_log(priority, ...) baton_log_fields(priority, NULL, __VA_ARGS__)

/* Longer than a handover takes, and when nothing else is to be done: for what is told besides, too. */
#define BATON_LOG_LATER_USEC		300000
#define BATON_LOG_LATER_PRIORITY	(SD_EVENT_PRIORITY_IDLE + 10)

/**
 * baton_log_later - from now on lines wait 300 ms; what comes meanwhile goes first
 * @event: the daemon's loop; NULL: what waits is written, and nothing waits any more
 * @urgent: a line of this priority or a more urgent one does not wait, and those before it wait no longer;
 *	-1: each waits
 *
 * For a daemon that others wait for when there is something to say: writing a line wakes the journal, and on a
 * small machine that competes with what the line is about. Lines keep their order; there is room for 32, then
 * the first is written at once. A line that waited has the field BATON_USEC, the time of day that it is of in
 * microseconds, if it did not bring one.
 *
 * Return: 0 or negative errno.
 */
int baton_log_later(sd_event *event, int urgent);
/** Messages above this priority are dropped; default LOG_INFO. */
void baton_log_level(int priority);

#endif /* BATON_LIB_LOG_H */
