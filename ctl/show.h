/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walks: from the model into a writer. Nothing here asks anybody for anything. */
#ifndef BATON_CTL_SHOW_H
#define BATON_CTL_SHOW_H

#include "nl.h"
#include "rules.h"
#include "writer.h"

/** Members protocol, address, port; in text the words of a key. */
void baton_show_key(struct baton_writer *w, const struct baton_service_key *key);
/** Its parts, which only JSON has. */
void baton_show_key_members(struct baton_writer *w, const struct baton_service_key *key);
/** One object; with @key it says of which service. */
void baton_show_server(struct baton_writer *w, const struct baton_service_key *key,
		       const struct baton_server *server);
/** A list of services, each with its servers. */
void baton_show_rules(struct baton_writer *w, const struct baton_rules *rules);
void baton_show_connection(struct baton_writer *w, const struct baton_conn_record *r);
void baton_show_count(struct baton_writer *w, uint64_t total, uint64_t synced,
		      const uint64_t by_state[BATON_STATE_MAX + 1]);
/** Members of an object that the caller began. */
void baton_show_gate(struct baton_writer *w, const struct baton_gate *gate);
void baton_show_counters(struct baton_writer *w, const struct baton_stats *total,
			 const uint64_t drops[BATON_DROP_COUNT], bool explain);
void baton_show_tunables(struct baton_writer *w, const struct baton_tunables *t);
/** One object. @time: seconds since 1970; @what: "exists" or baton_event_name(). */
void baton_show_event(struct baton_writer *w, double time, const struct baton_nl_event *event,
		      const char *what);

#endif /* BATON_CTL_SHOW_H */
