/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's state, seen by its own files only; each part names the file that changes it. */
#ifndef BATON_SYNCD_ENGINE_PRIV_H
#define BATON_SYNCD_ENGINE_PRIV_H

#include "engine.h"
#include "gaps.h"
#include "recset.h"
#include "replay.h"
#include "window.h"

#define MS(n)			((uint64_t)(n) * 1000)
#define HELLO_INTERVAL		MS(100)
#define HELLO_BUSY		MS(20)		/* while something is not acknowledged */
#define PEER_QUIET		MS(1000)	/* ten hellos: whether it still is what it was is not known */
#define PEER_TIMEOUT		MS(3000)
#define DRAIN_INTERVAL		MS(8)		/* changes come fast: datagrams get fuller */
#define DRAIN_INTERVAL_CALM	MS(2)
#define DRAIN_SAFETY		MS(1000)
#define DRAINS_A_TURN		4
#define RESEND_AFTER		MS(15)
#define BULK_TICK		MS(4)		/* half a million connections a second, if acks come as fast */
#define BULK_READS_A_TICK	4
#define BULK_READ_RECORDS	512	/* the kernel may return a few more */
#define DIGEST_INTERVAL		MS(1000)
#define DIGEST_HASTE		MS(50)		/* while somebody waits for a proof */
#define PROOF_MAX_AGE		MS(10000)	/* older than this is no proof while the peer is heard */
#define ACK_DELAY		MS(8)
#define ACK_GAP_DELAY		MS(3)
#define ACK_BATCHES		16
#define SHUT_SOURCE_AFTER	MS(500)		/* of an engine's life it may choose one whose gate is shut */
#define PARK_RETRY		MS(1000)
#define BULK_GONE		MS(500)		/* a walk of which the source does not speak is over */
#define RESYNC_PATIENCE		MS(5000)	/* without any progress of the bulk that was asked for */
#define FAIR_PERIOD		MS(1000)
#define FAIR_HELD		MS(500)		/* of a period: then it is left behind */
#define PAYLOAD_MIN		(1280 - 48 - BATON_FRAME_OVERHEAD)	/* IPv6 wants every path to have it */
#define WINDOW_MIN		4
#define WINDOW_BEGIN		32
#define WINDOW_MAX		512

/*
 * Deliberate defects, built only by the simulation to prove that it finds them:
 *	1	deletions that overtook older records are not remembered
 *	2	a batch that the kernel did not take is acknowledged
 *	3	a walk ends when the source has ended it, not when all of it was counted
 *	4	the highest batch is acknowledged instead of the last one without a gap
 *	5	a new count of the stream forgets what is in already
 *	6	a sequence number, and so a nonce, is used twice
 *	7	what the fastest of several standbys has is held to be with all
 *	8	datagrams are as large as the interface takes, whatever gets through
 */
#ifdef BATON_SIM_MUTATION
#define MUTATION(n)		(BATON_SIM_MUTATION == (n))
#else
#define MUTATION(n)		0
#endif

/* Sizes of the messages that were heard on one link, in this period and the last. */
struct heard_size {
	uint64_t since;			/* it is heard */
	uint32_t here, before;
};

/* One session that is heard. engine_peer.c; the source's view of it: engine_source.c */
struct peer {
	bool used;
	bool accepted;			/* it has echoed our challenge */
	bool present;
	struct baton_session session;
	uint64_t node;
	uint8_t role;
	uint32_t epoch;
	uint64_t fingerprint;
	uint64_t challenge;		/* ours to it */
	uint64_t echo;			/* its to us */
	uint64_t heard;
	uint64_t state_seq;		/* of the newest hello, source or ack taken from it */
	struct baton_replay replay;	/* of all links together */
	struct baton_replay link[BATON_LINKS];
	/* engine_size.c */
	struct heard_size heard_size[BATON_LINKS];
	uint32_t told_size;		/* what we last said that we hear */
	uint32_t reaches;		/* what it hears of us; 0: it does not say */
	/* what it said to us as a source */
	uint64_t given_start;
	uint32_t given_resync_seen;
	uint32_t given_resync_bulk;
	/* as a standby of ours */
	bool joined;
	uint64_t start;
	uint64_t acked;
	uint64_t dict_at;
	bool has_ack;
	struct baton_msg_ack ack;
	uint64_t ack_at;
	uint32_t resync_seen;
	uint32_t resync_bulk;
	/* engine_fair.c */
	uint64_t held;			/* microseconds of this period in which it alone held the stream */
	uint64_t behind_until;		/* not joined again before, while there are others */
	unsigned int behind;		/* how often lately */
};

/* engine_source.c, engine_bulk.c */
struct source {
	bool on;
	uint32_t epoch;
	bool looked;			/* the table was looked at before its first drain */
	bool want_drain;
	bool draining_more;		/* the last drain said so */
	uint64_t drain_at;		/* not before */
	uint64_t drained_at;
	unsigned int drains;		/* in this turn */
	uint32_t drained;		/* records since the list was last empty */
	uint64_t open_since;
	uint32_t pending;
	uint64_t version;		/* newest one handed out by the kernel */
	uint32_t cwnd;			/* batches in flight */
	uint32_t cwnd_acks;
	uint64_t cwnd_cut_at;
	uint64_t progress_at;
	uint64_t fair_at, fair_period;	/* last look; begin of the period */
	/* digest snapshot */
	bool want_digest;
	bool want_marks;
	uint64_t digest_at;
	uint64_t digest_not_before;	/* after the kernel refused */
	struct {
		bool valid;
		uint64_t position;
		uint8_t sum[BATON_SUM_SIZE];
		uint32_t synced, unsynced;
	} snap;
	/* bulk */
	struct {
		bool pending;		/* map_pending wants to be walked */
		bool running;		/* announced until every standby is done with it */
		bool prepared;		/* begin_version is known */
		bool read;		/* the cursor has come to its end */
		bool walked;		/* and what had died meanwhile was drained: final is known */
		uint32_t id;
		uint64_t cursor;
		uint64_t begin_version;
		uint64_t first, final;
		uint32_t announced, total;
		unsigned int reads;
		uint64_t tick_at;
		uint8_t map[BATON_MAP_SIZE];
		uint8_t map_pending[BATON_MAP_SIZE];
	} bulk;
	/* flush */
	struct {
		bool wanted;
		bool drained;
		bool prove;
		uint32_t release;	/* epoch of the role that goes with it; 0: none */
		uint64_t position;
	} flush;
	struct {
		uint32_t epoch;		/* 0: none */
		uint64_t position;
	} release;			/* told to all until the gate opens anew */
	struct baton_window window;
};

/* engine_sink.c, engine_proof.c */
struct sink {
	struct peer *from;		/* or NULL */
	struct baton_session session;
	uint32_t epoch;
	uint64_t start;			/* 0: not joined yet */
	bool has_source;
	struct baton_msg_source source;	/* without marks */
	struct baton_gaps gaps;
	uint64_t replaced_in;		/* newest batch that has what an earlier one left out */
	uint64_t ack_due;		/* 0: none */
	unsigned int unacked;		/* batches since the last ack */
	uint64_t error_until;		/* the kernel refused; let batches wait */
	unsigned int unknowns;
	uint32_t unknown[BATON_ACK_UNKNOWN];
	/* the batch being applied */
	struct {
		bool busy;
		bool retry;		/* parked records, not a batch */
		uint64_t id;
		uint32_t bulk, covers;
		uint64_t replaced_in;
		uint32_t count;
	} apply;
	struct {
		bool retry;
		uint64_t retry_at;
		uint32_t next;
		uint32_t service, server;
	} parked_state;
	uint32_t refused;
	uint32_t released;		/* epoch of the role whose release was told to the agent */
	/* bulk as it arrives */
	struct {
		uint32_t id;
		uint32_t counted;
		uint64_t wait;		/* positions that replaced records of it */
		uint32_t done;
		uint64_t progress_at;
		bool none;		/* the source's newest word is that it walks nothing */
	} bulk;
	/* proof */
	bool comparing;
	uint64_t told_at;		/* when the source last told its digest */
	uint64_t compare_told;		/* the same, of the one that is compared */
	uint64_t compare_position;
	uint8_t compare_sum[BATON_SUM_SIZE];
	bool compare_marks;
	uint8_t marks[BATON_DIGEST_BUCKETS];
	bool want_marks;
	bool warm;
	bool differs;
	bool proven;
	uint32_t differing;
	unsigned int blind;		/* comparisons in a row whose marks were all the same */
	uint64_t equal_at;
	uint64_t proof_at;
	uint64_t compared_at;
	uint64_t compared_position;
	uint32_t synced;
	/* request for a walk */
	uint32_t resync_id;
	bool resync_waiting;
	uint32_t resync_bulk;		/* 0: the source has not answered yet */
	uint64_t resync_at;
	uint64_t resync_not_before;
	unsigned int resync_failures;
	uint8_t resync_map[BATON_MAP_SIZE];
	/* engine_config.c */
	struct adopt {
		uint64_t hash;		/* of the text that is fetched; 0: none */
		uint64_t tried;		/* the last one that was applied, or could not be */
		uint64_t not_before, ask_at;
		uint32_t size, have;
		char text[BATON_CONFIG_TEXT_MAX];
	} adopt;
	struct baton_dict_rx dict;
	struct baton_recset graves;	/* deletions taken in before an older batch */
	struct baton_recset parked;	/* tag: enum baton_reject */
	struct baton_conn_record records[BATON_BATCH_RECORDS];
};

enum op { OP_NONE, OP_DRAIN, OP_READ, OP_APPLY, OP_DIGEST_SOURCE, OP_DIGEST_SINK, OP_PRUNE, OP_ADOPT };

struct baton_engine {
	struct baton_engine_params params;
	uint64_t now;
	uint64_t born;			/* time of the first step */
	uint8_t role;
	uint32_t epoch;
	uint32_t epoch_heard;		/* the highest that our gate or an accepted peer ever had */
	bool gate_known;
	uint64_t fingerprint;
	struct {
		uint64_t hash;
		uint32_t size;
		char text[BATON_CONFIG_TEXT_MAX];
	} config;			/* ours; engine_config.c */
	bool config_differs;
	uint64_t seq;
	uint64_t challenges;
	uint64_t hello_at;
	bool hello_now;
	size_t payload;			/* of a datagram that gets through */
	struct {
		uint64_t turned_at, probe_at;
		unsigned int turn;
		bool all;
		bool told;
		uint64_t narrow_since;
	} size;				/* engine_size.c */
	enum op op;			/* the kernel action under way */
	struct baton_actions *out;
	struct peer peer[BATON_ENGINE_PEERS];
	struct source source;
	struct sink sink;
	struct baton_engine_status stats;	/* counters only */
	struct baton_reader reader;
};

/* engine.c */
struct baton_action *baton_engine_act(struct baton_engine *e, enum baton_action_type type);
void baton_engine_note(struct baton_engine *e, enum baton_note what, const struct peer *p,
		       uint64_t value, int error);
/** Memory for one payload, or NULL when this step has no more. */
uint8_t *baton_engine_payload(struct baton_engine *e);
void baton_engine_send(struct baton_engine *e, const uint8_t *payload, size_t size);

/* engine_peer.c */
void baton_peer_frame(struct baton_engine *e, const struct baton_frame *head,
		      const uint8_t *payload, size_t size);
void baton_peer_expire(struct baton_engine *e);
void baton_peer_hello(struct baton_engine *e);
void baton_peer_fill_hello(struct baton_engine *e, struct baton_msg_hello *h);
uint64_t baton_peer_hello_due(const struct baton_engine *e);

/* engine_size.c */
/** A message of @size bytes came over @link; also the second copy of one. */
void baton_size_heard(struct baton_engine *e, struct peer *p, unsigned int link, size_t size);
/** What @p is to be told: the largest of its messages that come on all its links. */
uint32_t baton_size_tell(const struct baton_engine *e, struct peer *p);
void baton_size_new_peer(struct baton_engine *e);
void baton_size_run(struct baton_engine *e);
uint64_t baton_size_deadline(const struct baton_engine *e);

/* engine_source.c */
void baton_source_start(struct baton_engine *e);
void baton_source_stop(struct baton_engine *e);
void baton_source_join(struct baton_engine *e, struct peer *p);
/** What nobody has acknowledged is cut into new batches, with new positions for all. */
void baton_source_recut(struct baton_engine *e);
void baton_source_ack(struct baton_engine *e, struct peer *p, const struct baton_msg_ack *ack);
void baton_source_drained(struct baton_engine *e, const struct baton_input *in);
void baton_source_run(struct baton_engine *e);
void baton_source_send_fresh(struct baton_engine *e);
/** Take in what the kernel handed out, for bulk @bulk or 0. Return: false when only a new session helps. */
bool baton_source_add_all(struct baton_engine *e, const struct baton_sync_batch *b, uint32_t bulk);
uint64_t baton_source_deadline(const struct baton_engine *e);
uint32_t baton_source_joined(const struct baton_engine *e);
/** Lowest position that every standby has acknowledged. */
uint64_t baton_source_acked(const struct baton_engine *e);

/* engine_fair.c */
/** Look who holds the stream; who alone does for long is left behind. */
void baton_fair_run(struct baton_engine *e);
/** Whether @p may be part of the stream now. */
bool baton_fair_may_join(const struct baton_engine *e, const struct peer *p);

/* engine_bulk.c */
void baton_bulk_want(struct baton_engine *e, const uint8_t *map);
void baton_bulk_abort(struct baton_engine *e);
bool baton_bulk_run(struct baton_engine *e);
void baton_bulk_read(struct baton_engine *e, const struct baton_input *in);
void baton_bulk_drained(struct baton_engine *e);
void baton_snapshot_taken(struct baton_engine *e, const struct baton_input *in);
bool baton_snapshot_run(struct baton_engine *e);
void baton_snapshot_send(struct baton_engine *e, const uint8_t *marks);
void baton_source_fill(const struct baton_engine *e, struct baton_msg_source *s);
uint64_t baton_bulk_deadline(const struct baton_engine *e);
void baton_flush_run(struct baton_engine *e);

/* engine_sink.c */
void baton_sink_reset(struct baton_engine *e);
void baton_sink_hear(struct baton_engine *e, struct peer *p, const struct baton_frame *head,
		     const struct baton_msg *msg);
void baton_sink_applied(struct baton_engine *e, const struct baton_input *in);
void baton_sink_run(struct baton_engine *e);
bool baton_sink_ack_fill(struct baton_engine *e, struct baton_msg_ack *a);
uint64_t baton_sink_deadline(const struct baton_engine *e);
void baton_sink_ack_soon(struct baton_engine *e, uint64_t delay);

/** Apply the first @count of sink.records for what sink.apply says. */
void baton_sink_apply(struct baton_engine *e, uint32_t count);

/* engine_config.c */
void baton_config_own(struct baton_engine *e, const char *text, size_t size);
void baton_config_answer(struct baton_engine *e, const struct baton_msg_ack *ack);
void baton_config_hear(struct baton_engine *e, const struct baton_msg_source *m);
void baton_config_piece(struct baton_engine *e, const struct baton_msg_config *c);
void baton_config_ask(struct baton_engine *e, struct baton_msg_ack *ack);
/** Have a whole text applied. Return: whether the kernel is busy with that now. */
bool baton_config_run(struct baton_engine *e);
void baton_config_adopted(struct baton_engine *e, const struct baton_input *in);
uint64_t baton_config_deadline(const struct baton_engine *e);

/* engine_parked.c */
void baton_parked_sort_out(struct sink *s, const struct baton_sync_result *result);
void baton_parked_retry(struct baton_engine *e);
void baton_parked_retried(struct baton_engine *e, const struct baton_sync_result *result);
void baton_parked_forget(struct baton_engine *e, const uint8_t *map, uint64_t version);

/* engine_proof.c */
void baton_proof_source(struct baton_engine *e, const struct baton_msg_source *s);
void baton_proof_compared(struct baton_engine *e, const struct baton_input *in);
void baton_proof_pruned(struct baton_engine *e, const struct baton_input *in);
void baton_proof_run(struct baton_engine *e);
void baton_proof_resync(struct baton_engine *e, const uint8_t *map);
void baton_proof_sum(const uint64_t *bucket, uint8_t sum[BATON_SUM_SIZE]);
uint8_t baton_proof_mark(uint64_t digest, uint64_t position);

#endif /* BATON_SYNCD_ENGINE_PRIV_H */
