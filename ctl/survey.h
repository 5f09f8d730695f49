/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would connections that live go on at the standby? Some of them are looked up there, by the lookup of packets. What
 * is not as it should be is looked at again a little later, since a table that lives is never quite equal: what ended
 * meanwhile is left out of account, and what was on its way has arrived.
 */
#ifndef BATON_CTL_SURVEY_H
#define BATON_CTL_SURVEY_H

#include <stdbool.h>
#include <stdint.h>
#include "writer.h"
#include <linux/baton.h>

#define BATON_SURVEY_MAX	256	/* connections that are looked up; a smaller table is looked up whole */
#define BATON_SURVEY_EXAMPLES	5

/** struct baton_survey_ops - both nodes; 0, or an exit status, which ends it */
struct baton_survey_ops {
	/** Of the active's connections, see baton_nl_conn_sample(). */
	int (*sample)(void *arg, uint64_t *cursor, struct baton_conn_record *records, uint32_t *ret_count);
	/** What they meet on the active itself, or on the standby: see baton_nl_conn_match(). */
	int (*match)(void *arg, bool active, const struct baton_conn_record *records, uint32_t count,
		     uint8_t *matches);
	void (*rest)(void *arg);	/* a few hundred milliseconds */
	uint64_t (*random)(void *arg);	/* of 32 bits */
};

/** struct baton_survey - what was found, in connections */
struct baton_survey {
	uint32_t asked;			/* all but those that ended meanwhile */
	uint32_t ended;
	uint32_t left_out;		/* not there, and by policy not to be */
	uint32_t met[__BATON_MATCH_MAX];	/* the others */
	struct baton_conn_record example[BATON_SURVEY_EXAMPLES];	/* that would not go on */
	uint8_t example_met[BATON_SURVEY_EXAMPLES];
	uint32_t examples;
};

/**
 * baton_survey_take - look up some
 * @connections: how many there are, about
 *
 * Return: 0, or what an operation returned; @ret is worth nothing then.
 */
int baton_survey_take(const struct baton_survey_ops *ops, void *arg, uint32_t connections,
		      struct baton_survey *ret);
/**
 * baton_survey_pair - of this node and its peer, by netlink and by way of the agents
 * @active: this node is the active one, else the peer is
 *
 * Return: 0, or an exit status with a sentence in @err.
 */
int baton_survey_pair(bool active, struct baton_survey *ret, char *err, size_t err_size);
/** Would all go on that policy does not leave out? */
bool baton_survey_good(const struct baton_survey *s);
/** Numbers, and examples in words. */
json_object *baton_survey_json(const struct baton_survey *s);
/** One clause: "250 of 253 would go on; 1 has another server there", at most @size bytes. */
const char *baton_survey_words(const struct baton_survey *s, char *buf, size_t size);

#endif /* BATON_CTL_SURVEY_H */
