// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine's frame: inputs in, the two halves in turn, actions out. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine_priv.h"

struct baton_engine *baton_engine_new(const struct baton_engine_params *params)
{
	struct baton_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->params = *params;
	e->payload = params->payload;
	e->role = BATON_ROLE_STANDBY;
	baton_window_init(&e->source.window, params->payload, params->hash_key);
	baton_recset_init(&e->sink.graves, params->hash_key);
	baton_recset_init(&e->sink.parked, params->hash_key);
	return e;
}

void baton_engine_populate(struct baton_engine *e)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)e + page - 1) & -page;

	madvise((void *)begin, (((uintptr_t)(e + 1)) & -page) - begin, MADV_POPULATE_WRITE);
}

void baton_engine_free(struct baton_engine *e)
{
	free(e);
}

struct baton_action *baton_engine_act(struct baton_engine *e, enum baton_action_type type)
{
	struct baton_action *a = &e->out->action[e->out->count++];

	a->type = type;
	return a;
}

void baton_engine_note(struct baton_engine *e, enum baton_note what, const struct peer *p,
		       uint64_t value, int error)
{
	struct baton_action *a;

	/* A line for the journal is the one thing that may be dropped when the list is full. */
	if (e->out->count >= BATON_ENGINE_ACTIONS - 8)
		return;
	a = baton_engine_act(e, BATON_ACT_NOTE);
	a->note.what = what;
	a->note.error = error;
	a->note.value = value;
	a->note.peer = p ? p->session : (struct baton_session){ 0 };
}

uint8_t *baton_engine_payload(struct baton_engine *e)
{
	if (e->out->count >= BATON_ENGINE_ACTIONS - 16 ||
	    e->out->used + e->params.payload > sizeof(e->out->bytes))
		return NULL;
	return e->out->bytes + e->out->used;
}

void baton_engine_send(struct baton_engine *e, const uint8_t *payload, size_t size)
{
	struct baton_action *a = baton_engine_act(e, BATON_ACT_SEND);

	a->send.head = (struct baton_frame){
		.session = e->params.session, .epoch = e->epoch, .seq = ++e->seq,
		.fingerprint = e->fingerprint,
	};
	a->send.payload = payload;
	a->send.size = size;
	e->out->used += size;
	e->stats.tx_datagrams++;
	e->stats.tx_bytes += size + BATON_FRAME_OVERHEAD;
}

static void gate_changed(struct baton_engine *e, uint8_t role, uint32_t epoch)
{
	bool newer = epoch > e->epoch;

	e->role = role;
	e->epoch = epoch;
	if (epoch > e->epoch_heard)
		e->epoch_heard = epoch;
	e->gate_known = true;
	e->hello_now = true;
	if (role == BATON_ROLE_ACTIVE) {
		baton_sink_reset(e);
		/* Somebody was active in between: what we have not sent may be older than what he did. */
		if (e->source.on && epoch > e->source.epoch + 1)
			baton_source_stop(e);
		if (!e->source.on)
			baton_source_start(e);
		e->source.epoch = epoch;
		e->source.release.epoch = e->source.flush.release = 0;
		e->source.want_drain = true;
	} else if (e->source.on && newer) {
		/* Shut with a newer epoch: another node has the role, ours to send is over. */
		baton_source_stop(e);
	}
}

static void flush_begin(struct baton_engine *e, bool prove, uint32_t release)
{
	if (!e->source.on) {
		baton_engine_act(e, BATON_ACT_FLUSHED);
		return;
	}
	e->source.flush.prove = prove || (e->source.flush.wanted && e->source.flush.prove);
	e->source.flush.wanted = true;
	e->source.flush.release = release;
	e->source.flush.drained = false;
	e->source.want_drain = true;
	e->source.drain_at = e->now;
}

static void resync_all(struct baton_engine *e)
{
	uint8_t all[BATON_MAP_SIZE];

	memset(all, 0xff, sizeof(all));
	if (e->source.on)
		baton_bulk_want(e, all);
	else
		baton_proof_resync(e, all);
}

static void services_changed(struct baton_engine *e, const struct baton_input *in)
{
	e->fingerprint = in->services.fingerprint;
	baton_config_own(e, in->services.text, in->services.size);
	e->sink.parked_state.retry = e->sink.parked.count != 0;
	e->sink.parked_state.next = e->sink.parked.count;
	e->sink.resync_failures = 0;
	e->sink.resync_not_before = 0;
	e->hello_now = true;
}

static void kernel_result(struct baton_engine *e, const struct baton_input *in)
{
	enum op op = e->op;

	e->op = OP_NONE;
	if (in->error) {
		e->stats.kernel_errors++;
		baton_engine_note(e, BATON_NOTE_KERNEL, NULL, op, in->error);
	}
	switch (op) {
	case OP_DRAIN:
		baton_source_drained(e, in);
		break;
	case OP_READ:
		baton_bulk_read(e, in);
		break;
	case OP_APPLY:
		baton_sink_applied(e, in);
		break;
	case OP_DIGEST_SOURCE:
		baton_snapshot_taken(e, in);
		break;
	case OP_DIGEST_SINK:
		baton_proof_compared(e, in);
		break;
	case OP_PRUNE:
		baton_proof_pruned(e, in);
		break;
	case OP_ADOPT:
		baton_config_adopted(e, in);
		break;
	case OP_NONE:
		break;
	}
}

static void take_input(struct baton_engine *e, const struct baton_input *in)
{
	switch (in->type) {
	case BATON_IN_TIMER:
		break;
	case BATON_IN_GATE:
		gate_changed(e, in->gate.role, in->gate.epoch);
		break;
	case BATON_IN_WAKE:
		e->source.want_drain = true;
		break;
	case BATON_IN_FRAME:
		e->stats.rx_datagrams++;
		e->stats.rx_bytes += in->frame.size + BATON_FRAME_OVERHEAD;
		baton_peer_frame(e, in->frame.head, in->frame.payload, in->frame.size);
		break;
	case BATON_IN_SERVICES:
		services_changed(e, in);
		break;
	case BATON_IN_RESYNC:
		resync_all(e);
		break;
	case BATON_IN_FLUSH:
		flush_begin(e, in->flush.prove, in->flush.release);
		break;
	case BATON_IN_DRAINED:
	case BATON_IN_READ:
	case BATON_IN_APPLIED:
	case BATON_IN_DIGEST:
	case BATON_IN_PRUNED:
	case BATON_IN_ADOPTED:
		kernel_result(e, in);
		return;
	}
	/* Anything from outside begins a new turn, in which the kernel may be asked again. */
	e->source.drains = 0;
}

void baton_engine_step(struct baton_engine *e, uint64_t now, const struct baton_input *in,
		       struct baton_actions *out)
{
	out->count = 0;
	out->used = 0;
	e->out = out;
	if (now > e->now)
		e->now = now;
	if (!e->born)
		e->born = e->now;
	take_input(e, in);
	baton_peer_expire(e);
	baton_size_run(e);
	baton_sink_run(e);
	baton_source_run(e);
	if (baton_peer_hello_due(e) <= e->now)
		baton_peer_hello(e);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t baton_engine_deadline(const struct baton_engine *e)
{
	uint64_t due = earlier(baton_peer_hello_due(e), baton_size_deadline(e));

	return earlier(earlier(due, baton_source_deadline(e)),
		       earlier(baton_bulk_deadline(e), baton_sink_deadline(e)));
}

void baton_engine_refused(struct baton_engine *e, enum baton_refusal why)
{
	e->stats.refusals[why]++;
}
