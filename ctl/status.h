/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything that `status` shows on one screen, gathered before any of it is printed. */
#ifndef BATON_CTL_STATUS_H
#define BATON_CTL_STATUS_H

#include "nl.h"
#include "rules.h"
#include "writer.h"

/** struct baton_status - a daemon that gave no answer is NULL, and its error is a sentence */
struct baton_status {
	char host[65];
	struct baton_info info;
	struct baton_rules rules;
	json_object *syncd;
	json_object *ha;
	bool verbose;			/* every service, and in text what the decision rests on */
	char syncd_error[512];
	char ha_error[512];
};

/** One document. */
void baton_show_status(struct baton_writer *w, const struct baton_status *s);
/**
 * How many connections would survive, and why the others would not.
 * @syncd: the daemon's status, or NULL; then @connections (the kernel's count) are lost
 *
 * Members of an object that the caller began; in text two or more lines.
 */
void baton_show_survival(struct baton_writer *w, json_object *syncd, uint32_t connections,
			 const char *why_none);
/** As Prometheus reads it: name, labels and value a line. */
void baton_show_metrics(FILE *out, const struct baton_status *s);
/** What the daemons said about themselves, as text; as JSON it is printed as they said it. */
void baton_show_sync(struct baton_writer *w, json_object *syncd);
/** The proof that the tables are equal, of a daemon that has one. */
void baton_show_warm(struct baton_writer *w, json_object *syncd);
void baton_show_ha(struct baton_writer *w, json_object *ha);
/** One object: what both agents noted, on one axis; the last failover only, unless @all. */
void baton_show_timeline(struct baton_writer *w, json_object *reply, bool all);

#endif /* BATON_CTL_STATUS_H */
