// SPDX-License-Identifier: GPL-2.0-or-later
/* The side that takes batches in, in whatever order they come, and never moves back. */
#include <errno.h>

#include "engine_priv.h"

#define ERROR_PAUSE	MS(50)

/* What held for the stream until now; records that wait would be older than what will come. */
static void forget_state(struct sink *s)
{
	s->has_source = false;
	s->unknowns = 0;
	s->compare_marks = false;
	s->compared_position = 0;
	s->compared_at = 0;
	s->told_at = 0;
	s->resync_waiting = false;
	s->parked_state.service = s->parked_state.server = 0;
	baton_recset_clear(&s->parked);
}

/* Nothing is known of any stream any more; the proof that there was one stays. */
static void forget_stream(struct sink *s)
{
	forget_state(s);
	s->start = 0;
	s->replaced_in = 0;
	s->ack_due = 0;
	s->unacked = 0;
	s->bulk.id = s->bulk.counted = s->bulk.done = 0;
	s->bulk.wait = 0;
	baton_recset_clear(&s->graves);
}

void baton_sink_reset(struct baton_engine *e)
{
	struct sink *s = &e->sink;

	forget_stream(s);
	s->from = NULL;
	s->adopt.hash = 0;
	s->warm = s->proven = s->differs = false;
	s->want_marks = false;
	s->differing = 0;
	s->refused = 0;
	s->released = 0;
}

void baton_sink_ack_soon(struct baton_engine *e, uint64_t delay)
{
	struct sink *s = &e->sink;

	if (!s->ack_due || e->now + delay < s->ack_due)
		s->ack_due = e->now + delay;
}

/*
 * The source counts from @start on. Batches of the new count may have come before we were told
 * of it: they are in, and so are the deletions that they brought.
 */
static void join_stream(struct baton_engine *e, uint64_t start)
{
	struct sink *s = &e->sink;

	forget_state(s);
	if (s->start && !MUTATION(5))
		baton_gaps_advance(&s->gaps, start);
	else
		baton_gaps_reset(&s->gaps, start);
	if (!baton_gaps_open(&s->gaps))
		baton_recset_clear(&s->graves);
	s->start = start;
	s->want_marks = true;
	baton_sink_ack_soon(e, 0);
}

/* Records of a connection whose newer deletion is in already are dropped. */
static uint32_t drop_dead(struct sink *s, uint32_t count)
{
	uint32_t n = 0;

	if (!s->graves.count || MUTATION(1))
		return count;
	for (uint32_t i = 0; i < count; i++) {
		const struct baton_conn_record *r = &s->records[i], *grave;

		grave = r->flags & BATON_CONN_F_DELETED ? NULL :
							  baton_recset_find(&s->graves, r);
		if (grave && grave->version > r->version)
			continue;
		s->records[n++] = *r;
	}
	return n;
}

static uint32_t count_deletions(const struct sink *s, uint32_t count)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		n += s->records[i].flags & BATON_CONN_F_DELETED ? 1 : 0;
	return n;
}

static void commit(struct baton_engine *e)
{
	struct sink *s = &e->sink;
	bool hole = s->apply.id != s->gaps.base + 1;

	for (uint32_t i = 0; hole && i < s->apply.count; i++)
		if (s->records[i].flags & BATON_CONN_F_DELETED)
			baton_recset_put(&s->graves, &s->records[i], 0);
	baton_gaps_mark(&s->gaps, s->apply.id);
	if (!baton_gaps_open(&s->gaps))
		baton_recset_clear(&s->graves);
	if (s->apply.bulk) {
		if (s->apply.bulk > s->bulk.id) {
			s->bulk.id = s->apply.bulk;
			s->bulk.counted = 0;
			s->bulk.wait = 0;
		}
		if (s->apply.bulk == s->bulk.id) {
			s->bulk.counted += s->apply.covers;
			if (s->apply.replaced_in > s->bulk.wait)
				s->bulk.wait = s->apply.replaced_in;
		}
		s->bulk.progress_at = e->now;
	}
	if (s->apply.replaced_in > s->replaced_in)
		s->replaced_in = s->apply.replaced_in;
	e->stats.rx_records += s->apply.count;
	s->unacked++;
	baton_sink_ack_soon(e, s->unacked >= ACK_BATCHES ? 0 :
			 hole ? ACK_GAP_DELAY : ACK_DELAY);
}

void baton_sink_apply(struct baton_engine *e, uint32_t count)
{
	struct sink *s = &e->sink;
	struct baton_action *a;

	s->apply.count = count;
	if (!count) {
		commit(e);
		return;
	}
	e->op = OP_APPLY;
	a = baton_engine_act(e, BATON_ACT_APPLY);
	a->apply.epoch = s->epoch;
	a->apply.records = s->records;
	a->apply.count = count;
}

static void take_batch(struct baton_engine *e, const Baton__Batch *b)
{
	struct sink *s = &e->sink;
	uint32_t count;
	int n;

	if (!s->start || e->now < s->error_until || e->op != OP_NONE)
		return;
	if (baton_gaps_state(&s->gaps, b->id) != BATON_GAPS_NEW) {
		baton_sink_ack_soon(e, ACK_DELAY);
		return;
	}
	n = baton_batch_read(b, &s->dict, s->records, s->unknown, &s->unknowns);
	if (n == -ENOKEY) {
		baton_sink_ack_soon(e, 0);
		return;
	}
	if (n < 0) {
		/*
		 * Authentic but nonsense. Were it refused for ever the stream would stand
		 * still; taken as empty, the digests show what is missing.
		 */
		baton_engine_refused(e, BATON_REFUSAL_MALFORMED);
		n = 0;
	}
	s->unknowns = 0;
	count = drop_dead(s, (uint32_t)n);
	if (b->id != s->gaps.base + 1) {
		if (b->id > s->gaps.top + 1)
			e->stats.rx_gaps++;
		/* Without a place to remember the deletions it comes too early: wait for it again. */
		if (s->graves.count + count_deletions(s, count) > BATON_RECSET_MAX)
			return;
	}
	s->apply.retry = false;
	s->apply.id = b->id;
	s->apply.bulk = b->bulk;
	s->apply.covers = b->covers;
	s->apply.replaced_in = b->replaced_in;
	baton_sink_apply(e, count);
}

void baton_sink_applied(struct baton_engine *e, const struct baton_input *in)
{
	struct sink *s = &e->sink;

	if (in->error && !MUTATION(2)) {
		if (in->error == -ESTALE)
			baton_engine_refused(e, BATON_REFUSAL_OLD_EPOCH);
		s->error_until = e->now + ERROR_PAUSE;
		s->parked_state.retry_at = e->now + PARK_RETRY;
		s->parked_state.retry = false;
		return;
	}
	if (!in->error)
		baton_parked_sort_out(s, in->result);
	if (s->apply.retry)
		baton_parked_retried(e, in->result);
	else if (s->start)
		commit(e);
}

/* Whom to listen to: the newest epoch; a source that is there is not left for an equal one. */
static bool choose(struct baton_engine *e, struct peer *p, const struct baton_frame *head)
{
	struct sink *s = &e->sink;

	if (s->from == p)
		return true;
	if (s->from && s->from->present && head->epoch <= s->epoch &&
	    !(head->epoch == s->epoch && p->role == BATON_ROLE_ACTIVE &&
	      s->from->role != BATON_ROLE_ACTIVE))
		return false;
	if (head->epoch < e->epoch || head->epoch < s->epoch)
		return false;
	/* We may have forgotten whom we heard before: who is active speaks up soon. */
	if (!s->from && p->role != BATON_ROLE_ACTIVE && e->now - e->born < SHUT_SOURCE_AFTER)
		return false;
	forget_stream(s);
	baton_dict_rx_reset(&s->dict);
	s->from = p;
	s->session = p->session;
	s->resync_failures = 0;
	s->resync_not_before = 0;
	s->want_marks = true;
	baton_engine_note(e, BATON_NOTE_SINK, p, head->epoch, 0);
	return true;
}

static void take_source(struct baton_engine *e, const struct peer *p,
			const struct baton_msg *msg)
{
	struct sink *s = &e->sink;

	s->has_source = true;
	s->source = msg->source;
	s->source.digest.marks = NULL;
	if (msg->source.digest.present)
		s->told_at = e->now;
	if (msg->source.digest.present && msg->source.digest.marks) {
		memcpy(s->marks, msg->source.digest.marks, BATON_DIGEST_BUCKETS);
		s->compare_marks = true;
		s->compare_position = msg->source.digest.position;
	} else {
		/* With the marks there is no room for the walk. */
		s->bulk.none = !msg->source.bulk.id;
	}
	if (s->start && p->given_start == s->start) {
		if (s->source.last > s->gaps.base)
			baton_sink_ack_soon(e, ACK_GAP_DELAY);
		if (s->resync_waiting && !s->resync_bulk &&
		    p->given_resync_seen == s->resync_id)
			s->resync_bulk = p->given_resync_bulk;
	}
	baton_proof_source(e, &s->source);
	baton_config_hear(e, &s->source);
}

void baton_sink_hear(struct baton_engine *e, struct peer *p, const struct baton_frame *head,
		     const struct baton_msg *msg)
{
	struct sink *s = &e->sink;

	if (!e->gate_known || e->role != BATON_ROLE_STANDBY)
		return;
	if (e->source.on) {
		if (!msg->has_source || p->role != BATON_ROLE_ACTIVE ||
		    head->epoch < e->source.epoch)
			return;
		baton_source_stop(e);
	}
	if (msg->has_source && head->seq >= p->state_seq && !choose(e, p, head)) {
		if (head->epoch < e->epoch || head->epoch < s->epoch)
			baton_engine_refused(e, BATON_REFUSAL_OLD_EPOCH);
		return;
	}
	if (s->from != p)
		return;
	if (head->epoch < e->epoch) {
		if (msg->batch || msg->has_source)
			baton_engine_refused(e, BATON_REFUSAL_OLD_EPOCH);
		return;
	}
	if (head->epoch > s->epoch)
		s->epoch = head->epoch;
	if (p->given_start > s->start)
		join_stream(e, p->given_start);
	if (baton_msg_learn(msg, &s->dict)) {
		baton_engine_refused(e, BATON_REFUSAL_MALFORMED);
		return;
	}
	if (msg->has_source && head->seq >= p->state_seq)
		take_source(e, p, msg);
	if (msg->has_config)
		baton_config_piece(e, &msg->config);
	if (msg->batch)
		take_batch(e, msg->batch);
}

bool baton_sink_ack_fill(struct baton_engine *e, struct baton_msg_ack *a)
{
	struct sink *s = &e->sink;
	uint64_t last, from, first, count;

	if (!s->from || !s->start || e->source.on)
		return false;
	memset(a, 0, offsetof(struct baton_msg_ack, missing));
	a->session = s->session;
	a->start = s->start;
	a->position = MUTATION(4) ? s->gaps.top : s->gaps.base;
	a->ranges = 0;
	last = s->has_source && s->source.last > s->gaps.top ? s->source.last : s->gaps.top;
	from = a->position + 1;
	while (a->ranges < BATON_ACK_RANGES && baton_gaps_next(&s->gaps, from, last, &first, &count)) {
		a->missing[a->ranges].first = first;
		a->missing[a->ranges++].count = count;
		from = first + count;
	}
	a->unknowns = s->unknowns;
	memcpy(a->unknown, s->unknown, s->unknowns * sizeof(s->unknown[0]));
	a->want_marks = s->want_marks;
	a->warm = s->warm;
	a->equal_at = s->proven ? s->equal_at : 0;
	a->equal_age = s->proven ? (e->now - s->proof_at) / 1000 : 0;
	a->synced = s->synced;
	a->parked_service = s->parked_state.service;
	a->parked_server = s->parked_state.server;
	a->refused = s->refused;
	a->bulk_done = s->bulk.done;
	a->resync_id = s->resync_waiting && !s->resync_bulk ? s->resync_id : 0;
	memcpy(a->resync_buckets, s->resync_map, BATON_MAP_SIZE);
	baton_config_ask(e, a);
	s->ack_due = 0;
	s->unacked = 0;
	return true;
}

static void send_ack(struct baton_engine *e)
{
	struct baton_msg_ack a;
	uint8_t *buf = baton_engine_payload(e);
	long n;

	if (!buf || !baton_sink_ack_fill(e, &a))
		return;
	n = baton_msg_write(NULL, NULL, &a, buf, PAYLOAD_MIN);
	if (n < 0) {
		/* Many gaps and a request for a walk do not fit together: the gaps can wait. */
		a.ranges = a.ranges < 8 ? a.ranges : 8;
		a.unknowns = a.unknowns < 8 ? a.unknowns : 8;
		n = baton_msg_write(NULL, NULL, &a, buf, PAYLOAD_MIN);
	}
	if (n > 0)
		baton_engine_send(e, buf, n);
}

/* Clients wait for this, and so does whoever gave the role away. */
static void check_release(struct baton_engine *e)
{
	struct sink *s = &e->sink;

	if (!s->has_source || !s->start || !s->from || s->from->given_start != s->start ||
	    !s->source.release.epoch || s->source.release.epoch == s->released ||
	    s->gaps.base < s->source.release.position)
		return;
	s->released = s->source.release.epoch;
	baton_engine_act(e, BATON_ACT_RELEASED)->released = s->released;
	baton_sink_ack_soon(e, 0);
}

void baton_sink_run(struct baton_engine *e)
{
	struct sink *s = &e->sink;

	if (e->source.on || e->role != BATON_ROLE_STANDBY)
		return;
	check_release(e);
	if (baton_config_deadline(e) <= e->now)
		baton_sink_ack_soon(e, 0);
	if (e->op == OP_NONE && baton_config_run(e))
		return;
	if (e->op == OP_NONE)
		baton_proof_run(e);
	if (e->op == OP_NONE && s->parked.count && e->now >= s->error_until &&
	    (s->parked_state.retry || e->now >= s->parked_state.retry_at))
		baton_parked_retry(e);
	if (s->ack_due && s->ack_due <= e->now) {
		s->ack_due = 0;
		send_ack(e);
	}
}

uint64_t baton_sink_deadline(const struct baton_engine *e)
{
	const struct sink *s = &e->sink;
	uint64_t due = s->ack_due ? s->ack_due : UINT64_MAX;

	if (e->source.on || e->role != BATON_ROLE_STANDBY)
		return UINT64_MAX;
	if (s->start && baton_config_deadline(e) < due)
		due = baton_config_deadline(e);
	if (s->parked.count) {
		uint64_t retry = s->parked_state.retry ? e->now : s->parked_state.retry_at;

		if (retry < s->error_until)
			retry = s->error_until;
		if (retry < due)
			due = retry;
	}
	return due;
}
