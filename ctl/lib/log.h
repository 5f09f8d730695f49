/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journal logging for the daemons (never for the library or the tool): one call, one
 * decision, structured fields. Without a journal (JOURNAL_STREAM unset) it writes
 * "<priority>text" lines to stderr.
 */
#ifndef BATON_LIB_LOG_H
#define BATON_LIB_LOG_H

#include <syslog.h>

/**
 * baton_log - MESSAGE plus fields
 * @priority: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG
 * @fields: NULL-terminated array of "NAME=value", or NULL
 */
void baton_log_fields(int priority, const char *const *fields, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define baton_log(priority, ...) baton_log_fields(priority, NULL, __VA_ARGS__)
/** Messages above this priority are dropped; default LOG_INFO. */
void baton_log_level(int priority);

#endif /* BATON_LIB_LOG_H */
