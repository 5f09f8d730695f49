// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A witness as corosync-qnetd is one (ffsplit), and the device that speaks to it on each node. A node that is alone in
 * its ring is quorate with the witness's vote. Of two that are apart it first says no to one, and yes to the other
 * after the first has heard that, or has been silent for so long that it is given up: by then its device has given up
 * the witness, too, or is about to. Corosync has no verdict, and the group delivers nothing, until the answer is there.
 */
#include "world.h"

void witness_boot(struct world *w, int preferred)
{
	w->witness = preferred > 0;
	w->witness_on = w->witness;
	w->preferred = preferred - 1;
	for (int i = 0; i < NODES; i++)
		w->session[i] = (struct session){ .answer_at = NEVER, .silent_at = NEVER };
}

static bool hears(const struct world *w, int i)
{
	return w->witness_on && node_runs(w, i) && w->node[i].corosync.alive &&
	       w->now >= w->node[i].corosync.device_at && !(w->lost[i] & PATH_WITNESS);
}

/* The network says that nobody is there: a machine without power, or a process that ended. */
static bool refused(const struct world *w, int i)
{
	return !w->node[i].on || (w->lost[i] & PATH_REFUSED) || (node_runs(w, i) && !w->node[i].corosync.alive && !(w->lost[i] & PATH_WITNESS));
}

static void answered(struct world *w, int i, bool vote)
{
	struct corosync *c = &w->node[i].corosync;
	bool news = c->pending || c->vote != vote;

	c->vote = vote;
	c->pending = false;
	if (c->joint || !news)
		return;
	say(w, i, "corosync: ring %u, %s", (unsigned int)c->ring.seq, vote ? "quorate, by the witness" : "not quorate");
	cluster_verdict(w, i);
	cluster_release(w, i);
}

void witness_ask(struct world *w, int i)
{
	w->node[i].corosync.asked_at = w->now;
	w->session[i].granted = false;
	w->session[i].answer_at = NEVER;
}

static void contact(struct world *w, int i)
{
	struct session *s = &w->session[i];
	struct corosync *c = &w->node[i].corosync;

	if (hears(w, i)) {
		if (!s->there && c->vote && !c->joint)
			answered(w, i, false);	/* it has to ask anew */
		s->there = true;
		s->silent_at = NEVER;
		return;
	}
	if (s->silent_at == NEVER)
		s->silent_at = w->now;
	if (!w->witness_on || refused(w, i) || w->now >= s->silent_at + MISSED_MS) {
		s->there = false;
		s->granted = false;
		s->answer_at = NEVER;
	}
	if (c->alive && node_runs(w, i) && (c->vote || c->pending) && !c->joint &&
	    (!w->witness_on || w->now >= s->silent_at + DEVICE_MS))
		answered(w, i, false);
}

static bool alone(const struct world *w, int i)
{
	return w->node[i].corosync.alive && !w->node[i].corosync.joint;
}

/* Whose is the vote? NODES: that is not to be said as long as one of them has not told its new ring. */
static int winner(const struct world *w)
{
	if (!w->session[0].there || !w->session[1].there)
		return w->session[0].there ? 0 : 1;
	return alone(w, 0) && alone(w, 1) ? w->preferred : NODES;
}

static void answer(struct world *w, int i, bool vote)
{
	struct session *s = &w->session[i];

	if (s->answer_at != NEVER)
		return;
	s->answer = vote;
	s->answer_at = w->now + 1;
	if (vote)
		s->granted = true;
}

void witness_run(struct world *w)
{
	int wins;

	if (!w->witness)
		return;
	for (int i = 0; i < NODES; i++) {
		struct session *s = &w->session[i];
		struct corosync *c = &w->node[i].corosync;

		contact(w, i);
		if (w->now >= s->answer_at && hears(w, i)) {
			s->answer_at = NEVER;
			s->granted = s->answer;
			answered(w, i, s->answer);
		}
		if (c->pending && c->alive && node_runs(w, i) && w->now >= c->asked_at + SYNC_MS)
			answered(w, i, false);
	}
	wins = winner(w);
	if (wins == NODES)
		return;
	for (int i = 0; i < NODES; i++) {
		const struct corosync *c = &w->node[i].corosync;
		const struct session *other = &w->session[1 - i];
		bool free = !other->there || !(other->granted || w->node[1 - i].corosync.pending);

		if (!w->session[i].there || !alone(w, i))
			continue;
		if (i != wins && (c->pending || c->vote))
			answer(w, i, false);
		else if (i == wins && !c->vote && free)
			answer(w, i, true);
	}
}

uint64_t witness_deadline(const struct world *w)
{
	uint64_t when = NEVER;

	for (int i = 0; w->witness && i < NODES; i++) {
		const struct session *s = &w->session[i];
		const struct corosync *c = &w->node[i].corosync;
		uint64_t at[] = { s->answer_at, s->silent_at == NEVER ? NEVER : s->silent_at + MISSED_MS,
				  s->silent_at == NEVER ? NEVER : s->silent_at + DEVICE_MS,
				  c->pending && c->alive ? c->asked_at + SYNC_MS : NEVER,
				  c->alive ? c->device_at : NEVER };

		for (unsigned int k = 0; k < sizeof(at) / sizeof(at[0]); k++)
			if (at[k] > w->now && at[k] < when)
				when = at[k];
	}
	return when;
}
