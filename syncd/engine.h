/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sync engine: (state, input, now) -> (state, actions). No socket, clock, netlink or
 * randomness; it allocates once, when it is made. The daemon and the simulation drive the
 * same code.
 *
 * Contract with the driver: after each baton_engine_step() carry out the actions in order;
 * the result of a kernel action (DRAIN .. ADOPT) is the next input, before anything else.
 * Call again with BATON_IN_TIMER when baton_engine_deadline() is reached. Times are
 * microseconds of a clock that only goes forward.
 *
 * Two halves that do not know each other: the source (what the kernel hands out goes to the
 * standbys) and the sink (what a source sends goes into the kernel). The gate's role says
 * which one works; a source whose gate was shut goes on until somebody with a newer epoch
 * speaks, so that a handover can be completed.
 */
#ifndef BATON_SYNCD_ENGINE_H
#define BATON_SYNCD_ENGINE_H

#include "codec.h"
#include "tuple.h"

#define BATON_ENGINE_PEERS	8
#define BATON_ENGINE_ACTIONS	96
#define BATON_CONFIG_TEXT_MAX	262144	/* bytes of services and servers that are told to others */

/** struct baton_engine_params - fixed for an engine's life; all of it is random or configured */
struct baton_engine_params {
	struct baton_session session;	/* random */
	uint64_t node;			/* the same after a restart of this node, not of others */
	uint64_t seed;			/* random, for challenges */
	uint8_t hash_key[BATON_HASH_KEY];	/* random */
	size_t payload;			/* plaintext bytes that fit into one datagram */
	bool adopt;			/* as a standby, have the active's services and servers */
};

enum baton_input_type {
	BATON_IN_TIMER,
	BATON_IN_GATE,			/* role, epoch: at start and at each change */
	BATON_IN_WAKE,			/* the dirty list became non-empty, or may have */
	BATON_IN_FRAME,			/* frame, payload, size: authenticated */
	BATON_IN_DRAINED,		/* error, batch */
	BATON_IN_READ,			/* error, batch */
	BATON_IN_APPLIED,		/* error, result */
	BATON_IN_DIGEST,		/* error, digest */
	BATON_IN_PRUNED,		/* error, removed */
	BATON_IN_SERVICES,		/* services: at start and when services or servers change */
	BATON_IN_ADOPTED,		/* error */
	BATON_IN_RESYNC,		/* the operator wants all buckets walked */
	BATON_IN_FLUSH,			/* somebody waits for BATON_ACT_FLUSHED */
};

struct baton_input {
	enum baton_input_type type;
	int error;			/* 0 or negative errno, of kernel results */
	union {
		struct {
			uint8_t role;	/* enum baton_role */
			uint32_t epoch;
		} gate;
		struct {
			bool prove;	/* also that the whole tables are equal */
			uint32_t release;	/* the gate is shut: who has all of it may take the
						 * role of this epoch; 0: no role moves
						 */
		} flush;
		struct {
			const struct baton_frame *head;
			const uint8_t *payload;
			size_t size;
		} frame;
		const struct baton_sync_batch *batch;
		const struct baton_sync_result *result;
		const struct baton_sync_digest *digest;
		uint32_t removed;
		struct {
			uint64_t fingerprint;
			const char *text;	/* or NULL */
			size_t size;
		} services;
	};
};

enum baton_action_type {
	BATON_ACT_SEND,			/* to every peer */
	BATON_ACT_DRAIN,
	BATON_ACT_READ,
	BATON_ACT_APPLY,
	BATON_ACT_DIGEST,
	BATON_ACT_PRUNE,
	BATON_ACT_ADOPT,		/* have these services and servers, and no others */
	BATON_ACT_FLUSHED,		/* every BATON_IN_FLUSH until now is done */
	BATON_ACT_RELEASED,		/* the role of epoch @released may be ours: we have all of it */
	BATON_ACT_NOTE,			/* worth a line in the journal */
	BATON_ACT_RESTART,		/* this session is used up: start over with a new engine */
};

enum baton_note {
	BATON_NOTE_PEER_UP,		/* peer */
	BATON_NOTE_PEER_DOWN,		/* peer */
	BATON_NOTE_PEER_RESTARTED,	/* peer: a new session of a node that was known */
	BATON_NOTE_SOURCE,		/* value: epoch; we send from now on */
	BATON_NOTE_SINK,		/* peer, value: epoch; we apply what it sends */
	BATON_NOTE_WARM,		/* value: position of the proof */
	BATON_NOTE_DIFFERS,		/* value: buckets that differ */
	BATON_NOTE_BULK_BEGIN,		/* value: records announced */
	BATON_NOTE_BULK_END,		/* value: records */
	BATON_NOTE_BULK_MISSED,		/* value: records missed */
	BATON_NOTE_OVERRUN,
	BATON_NOTE_KERNEL,		/* error: a kernel action failed */
	BATON_NOTE_CONFIG,		/* value 1: services differ from the peer's; 0: no more */
	BATON_NOTE_LEFT_BEHIND,		/* peer, value: milliseconds; too slow for the others */
	BATON_NOTE_ADOPTED,		/* peer, value: bytes, error: services and servers of the peer */
	BATON_NOTE_NARROW,		/* value: bytes of a datagram that gets through; 0: all do */
};

struct baton_action {
	enum baton_action_type type;
	union {
		struct {
			struct baton_frame head;	/* session, epoch, seq, fingerprint */
			const uint8_t *payload;
			size_t size;
		} send;
		uint32_t max_records;			/* DRAIN */
		uint32_t released;			/* RELEASED */
		struct {
			uint64_t cursor;
			uint32_t max_records;
			const uint8_t *map;
		} read;
		struct {
			uint32_t epoch;
			const struct baton_conn_record *records;
			uint32_t count;			/* 1 .. BATON_SYNC_RECORDS_MAX */
		} apply;
		struct {
			uint32_t epoch;
			const uint8_t *map;
			uint64_t version_before;
		} prune;
		struct {
			const char *text;
			size_t size;
		} adopt;
		struct {
			enum baton_note what;
			int error;
			uint64_t value;
			struct baton_session peer;
		} note;
	};
};

/** struct baton_actions - what a step wants done; valid until the next step */
struct baton_actions {
	unsigned int count;
	struct baton_action action[BATON_ENGINE_ACTIONS];
	size_t used;
	uint8_t bytes[64 * 2048];
};

/** struct baton_engine_status - everything that can be asked; see control.c for the words */
struct baton_engine_status {
	uint8_t role;
	bool source;
	uint32_t epoch;
	struct baton_session session;
	uint32_t datagram, datagram_limit;	/* bytes in UDP: that get through; that the interface takes */
	unsigned int peers;		/* present ones */
	bool peer_known;
	struct baton_session peer;
	uint8_t peer_role;
	uint32_t peer_epoch;
	uint32_t epoch_heard;		/* the highest of all: our gate's, or any peer's, since the start */
	uint64_t peer_heard;		/* time */
	bool peer_quiet;		/* ... and that is a second ago: what it said then may not be so now */
	uint64_t fingerprint, peer_fingerprint;	/* of services and servers */
	bool config_equal;
	bool warm;
	bool proven;			/* proof_at is valid */
	uint64_t proof_at;		/* time of the last proof of equality */
	bool digests_equal;
	uint32_t buckets_differing;
	uint32_t connections, would_survive;
	uint32_t lost_unsynced, lost_policy, lost_in_flight, lost_service, lost_server, lost_refused;
	bool bulk_running;
	uint32_t bulk_announced, bulk_done;
	uint32_t lag_pending, lag_unacked;
	uint64_t lag_oldest;		/* age in microseconds of the oldest thing not acknowledged */
	uint64_t tx_datagrams, tx_bytes, tx_records, tx_resends;
	uint64_t rx_datagrams, rx_bytes, rx_records, rx_gaps, rx_duplicates;
	uint64_t left_behind;
	uint64_t adopted;
	uint64_t drains, bulks, bulk_reruns, overruns, kernel_errors;
	uint64_t refusals[BATON_REFUSAL_COUNT];
};

struct baton_engine;

/** Return: the engine, or NULL when there is no memory. */
struct baton_engine *baton_engine_new(const struct baton_engine_params *params);
/** Have all of its memory at once, not page by page when there is much to do; a hint. */
void baton_engine_populate(struct baton_engine *e);
void baton_engine_free(struct baton_engine *e);
/** @out is emptied first. */
void baton_engine_step(struct baton_engine *e, uint64_t now, const struct baton_input *in,
		       struct baton_actions *out);
/** When BATON_IN_TIMER is due next. */
uint64_t baton_engine_deadline(const struct baton_engine *e);
/** Count a datagram that never became a BATON_IN_FRAME. */
void baton_engine_refused(struct baton_engine *e, enum baton_refusal why);
void baton_engine_status(const struct baton_engine *e, uint64_t now,
			 struct baton_engine_status *ret);

#endif /* BATON_SYNCD_ENGINE_H */
