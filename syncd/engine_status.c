// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be asked of the engine: how many connections would survive, and how that is known. */
#include "engine_priv.h"

static uint32_t less(uint32_t a, uint32_t b)
{
	return a > b ? a - b : 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The peer that the numbers are about: the one that we send to or listen to, else any. */
static const struct peer *main_peer(const struct baton_engine *e)
{
	const struct peer *best = NULL;

	if (!e->source.on && e->sink.from)
		return e->sink.from;
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++) {
		const struct peer *p = &e->peer[i];

		if (!p->used || !p->accepted)
			continue;
		if (!best || (p->present && !best->present) ||
		    (p->joined && !best->joined && p->present == best->present))
			best = p;
	}
	return best;
}

static void take(uint32_t *left, uint32_t *reason, uint32_t n)
{
	*reason = least(n, *left);
	*left -= *reason;
}

static void source_status(const struct baton_engine *e, const struct peer *p,
			  struct baton_engine_status *st)
{
	const struct source *s = &e->source;
	const struct baton_window *w = &s->window;
	uint32_t left, missing;

	st->connections = s->snap.synced + s->snap.unsynced;
	st->lag_pending = s->pending;
	st->lag_unacked = baton_window_live(w);
	st->bulk_running = s->bulk.running;
	st->bulk_announced = s->bulk.walked ? s->bulk.total : s->bulk.announced;
	st->bulk_done = s->bulk.total;
	if (w->first < w->unsent) {
		const struct baton_window_batch *b =
			&w->batch[w->first & (BATON_WINDOW_BATCHES - 1)];

		st->lag_oldest = e->now - (b->sent_at < s->progress_at ? b->sent_at :
								     s->progress_at);
	}
	left = st->connections;
	take(&left, &st->lost_policy, s->snap.unsynced);
	if (!p || !p->joined || !p->has_ack) {
		take(&left, &st->lost_unsynced, left);
		return;
	}
	take(&left, &st->lost_unsynced, s->pending);
	take(&left, &st->lost_in_flight, baton_window_live(w) - baton_window_live_deletions(w));
	take(&left, &st->lost_service, p->ack.parked_service);
	take(&left, &st->lost_server, p->ack.parked_server);
	take(&left, &st->lost_refused, p->ack.refused);
	st->proven = p->ack.equal_at != 0;
	st->proof_at = p->ack_at > MS(p->ack.equal_age) ? p->ack_at - MS(p->ack.equal_age) : 0;
	st->warm = p->ack.warm && e->now - st->proof_at <= PROOF_MAX_AGE;
	st->digests_equal = p->ack.warm;
	/* Not proven: no more than what the standby says that it holds. */
	if (!st->warm) {
		take(&left, &missing, less(left, p->ack.synced));
		st->lost_in_flight += missing;
	}
	st->would_survive = left;
}

static void sink_status(const struct baton_engine *e, struct baton_engine_status *st)
{
	const struct sink *s = &e->sink;
	uint32_t left;

	st->warm = s->warm;
	st->proven = s->proven;
	st->proof_at = s->proof_at;
	st->digests_equal = s->proven && !s->differs;
	st->buckets_differing = s->differing;
	if (!s->has_source)
		return;
	st->connections = s->source.connections;
	st->lag_pending = s->source.pending;
	st->lag_unacked = s->source.last > s->gaps.base ? s->source.last - s->gaps.base : 0;
	st->bulk_running = s->source.bulk.id > s->bulk.done;
	st->bulk_announced = s->source.bulk.walked ? s->source.bulk.total :
						     s->source.bulk.announced;
	st->bulk_done = s->bulk.counted;
	left = st->connections;
	take(&left, &st->lost_policy, s->source.unsynced);
	/* What is known here comes first: what the source said last may be over. */
	take(&left, &st->lost_service, s->parked_state.service);
	take(&left, &st->lost_server, s->parked_state.server);
	take(&left, &st->lost_refused, s->refused);
	take(&left, &st->lost_unsynced, s->source.pending);
	if (!st->warm)
		take(&left, &st->lost_in_flight, less(left, s->synced));
	st->would_survive = left;
}

void baton_engine_status(const struct baton_engine *e, uint64_t now,
			 struct baton_engine_status *st)
{
	const struct peer *p = main_peer(e);

	*st = e->stats;
	st->role = e->role;
	st->source = e->source.on;
	st->epoch = e->epoch;
	st->epoch_heard = e->epoch_heard;
	st->session = e->params.session;
	st->fingerprint = e->fingerprint;
	st->datagram = (uint32_t)(e->payload + BATON_FRAME_OVERHEAD);
	st->datagram_limit = (uint32_t)(e->params.payload + BATON_FRAME_OVERHEAD);
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		st->peers += e->peer[i].present;
	if (p) {
		st->peer_known = true;
		st->peer = p->session;
		st->peer_role = p->role;
		st->peer_epoch = p->epoch;
		st->peer_heard = p->heard;
		st->peer_quiet = now >= p->heard + PEER_QUIET;
		st->peer_fingerprint = p->fingerprint;
		st->config_equal = p->fingerprint == e->fingerprint;
	}
	if (e->source.on)
		source_status(e, p, st);
	else
		sink_status(e, st);
}
