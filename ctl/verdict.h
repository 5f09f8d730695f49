/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is all as it should be? For `status --check`: pure, from what was gathered for `status`. */
#ifndef BATON_CTL_VERDICT_H
#define BATON_CTL_VERDICT_H

#include "status.h"

#define BATON_PROBLEMS_MAX	16

/** enum baton_level - as monitoring plugins count; the exit status of `status --check` */
enum baton_level {
	BATON_LEVEL_OK,
	BATON_LEVEL_WARNING,	/* clients are served; a failover now would not be as it should */
	BATON_LEVEL_CRITICAL,	/* clients are not served, or nobody here can tell that they are */
	BATON_LEVEL_UNKNOWN,	/* nothing could be looked at */
};

/** struct baton_problem - one thing that is not as it should be */
struct baton_problem {
	enum baton_level level;
	char text[160];
};

/** struct baton_verdict - gravest level, and what led to it in the order in which it was found */
struct baton_verdict {
	enum baton_level level;
	size_t count;
	struct baton_problem problem[BATON_PROBLEMS_MAX];
};

/**
 * struct baton_kept - what a failover now would leave of the active's connections
 * @policy: of those that would not survive, what nobody wants synced: services without sync, handshakes that are not done
 * @moving: ... what is on its way to the standby, or about to be
 * @good: the rest is next to nothing, and no more is on its way than a busy pair always has
 */
struct baton_kept {
	uint64_t all;
	uint64_t survive;
	uint64_t policy;
	uint64_t moving;
	bool good;
};

/** @syncd: the sync daemon's status */
void baton_kept_of(json_object *syncd, struct baton_kept *ret);
/**
 * baton_verdict_of - @s as gathered
 * @pair: this node is configured as one of a pair, so that both daemons should run
 */
void baton_verdict_of(const struct baton_status *s, bool pair, struct baton_verdict *ret);
/** OK, WARNING, CRITICAL, UNKNOWN */
const char *baton_level_name(enum baton_level level);
/** One line, with numbers after a bar, as monitoring plugins print it; as JSON an object. */
void baton_show_verdict(struct baton_writer *w, const struct baton_status *s,
			const struct baton_verdict *v);

#endif /* BATON_CTL_VERDICT_H */
