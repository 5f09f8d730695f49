/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is active: (state, event, now) -> (state, actions, reason).
 *
 * Pure: no I/O, no clock, no allocation, no global state. struct baton_ha is plain data that may be
 * copied; the same files are driven by the daemon, by the unit tests and by the state explorer.
 * Times are milliseconds of a monotonic clock that the caller passes in.
 *
 *	view.c		what the events say about the world (no decision)
 *	decide.c	the rules of each state; the only place that elects
 *	role.c		taking, keeping and giving up the role
 *	handover.c	the rules of a planned move of the role
 *	succession.c	who takes over when the active falls silent, agreed beforehand
 *	operator.c	commands and SIGTERM
 *	text.c		names and sentences
 */
#ifndef BATON_HA_DECIDE_H
#define BATON_HA_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATON_HA_ACTIONS_MAX	32
#define BATON_HA_EPOCH_MAX	0xfffffu	/* BATON_EPOCH_MAX of the kernel's contract */

/** enum baton_ha_state - see baton-ha(8) for the picture */
enum baton_ha_state {
	BATON_HA_BOOT,		/* not started yet */
	BATON_HA_NO_CLUSTER,	/* corosync is not there */
	BATON_HA_WAIT_QUORUM,	/* corosync is there, nothing decided yet */
	BATON_HA_SYNCING,	/* standby, table not proven equal */
	BATON_HA_STANDBY,	/* standby, warm */
	BATON_HA_PROMOTING,	/* gate and announcements being switched on */
	BATON_HA_ACTIVE,
	BATON_HA_HANDOVER_OUT,	/* giving the role away, planned */
	BATON_HA_HANDOVER_IN,	/* promised to take the role, waiting for its release */
	BATON_HA_DEMOTING,	/* gate and announcements being switched off */
	BATON_HA_FAULT,		/* this node is not fit to be active */
	BATON_HA_HELD,		/* an operator took this node out */
	BATON_HA_STATES
};

/** enum baton_ha_reason - why the state is what it is; baton_ha_reason_text() has the sentence */
enum baton_ha_reason {
	BATON_HA_WHY_START,
	BATON_HA_WHY_RESUMED,		/* active: the kernel's gate was open when the agent started */
	BATON_HA_WHY_NO_CLUSTER,
	BATON_HA_WHY_NO_VERDICT,	/* no quorum verdict of the present ring yet */
	BATON_HA_WHY_NO_QUORUM,
	BATON_HA_WHY_PEER_SILENT,	/* peer's agent joined but has not spoken in this ring */
	BATON_HA_WHY_AGENT_GONE,	/* peer's node is there, its agent is not */
	BATON_HA_WHY_PEER_ACTIVE,
	BATON_HA_WHY_PEER_PREFERRED,	/* the election is the peer's */
	BATON_HA_WHY_CLAIMING,		/* own claim is out, the peer's consent is not in */
	BATON_HA_WHY_COLD,		/* cold, and the peer's syncd is still heard as active */
	BATON_HA_WHY_UNBOUNDED,		/* the peer may hold an unlimited lease, and its syncd is heard */
	BATON_HA_WHY_BRIDGE,		/* the peer's agent restarts under a longer lease */
	BATON_HA_WHY_FENCING,		/* the peer has to be fenced before, which has not succeeded yet */
	BATON_HA_WHY_LAPSE,		/* a lease of the peer's may not be over: it may not have read the verdict */
	BATON_HA_WHY_HOLDDOWN,
	BATON_HA_WHY_SETTLING,		/* just started cold, or stalled: a peer that is there is seen soon */
	BATON_HA_WHY_PEER_LOST,		/* active: a verdict says that the peer is gone */
	BATON_HA_WHY_AGENT_LOST,	/* active: the peer's agent stayed away, its lease is over */
	BATON_HA_WHY_SUCCEEDED,		/* active: the peer fell silent, and it was agreed that we go on */
	BATON_HA_WHY_ELECTED,
	BATON_HA_WHY_OPERATOR,
	BATON_HA_WHY_RELEASED,		/* active: the peer handed over */
	BATON_HA_WHY_TAKEN_BACK,	/* active: the peer did not take what was handed over */
	BATON_HA_WHY_LEASE_ENDED,
	BATON_HA_WHY_HIGHER_EPOCH,
	BATON_HA_WHY_OUTRANKED,		/* by a standby: see rule_active() */
	BATON_HA_WHY_QUORUM_LOST,
	BATON_HA_WHY_PROMOTE_FAILED,
	BATON_HA_WHY_MODULE,		/* the kernel module is missing */
	BATON_HA_WHY_CARRIER,		/* an interface of a virtual address has no carrier */
	BATON_HA_WHY_CHECK,		/* one of the site's checks fails */
	BATON_HA_WHY_HELD,
	BATON_HA_WHY_HANDED_OVER,
	BATON_HA_WHY_EPOCHS_USED_UP,
	BATON_HA_REASONS
};

/** struct baton_ha_ring - totem ring id; all zero: none */
struct baton_ha_ring {
	uint32_t nodeid;
	uint64_t seq;
};

/** enum baton_ha_message_type - what agents say to each other; all of it carries the sender's view */
enum baton_ha_message_type {
	BATON_HA_MSG_HELLO = 1,	/* periodic, and at every change */
	BATON_HA_MSG_CLAIM,	/* nobody is active: may I? (@ring; @value: number) */
	BATON_HA_MSG_ASK,	/* handover: will you take the role of epoch @ref? */
	BATON_HA_MSG_READY,	/* handover: yes, if released within the window */
	BATON_HA_MSG_REFUSE,	/* handover: no, and I shall not */
	BATON_HA_MSG_RELEASED,	/* handover: gate shut, all flushed: yours */
	BATON_HA_MSG_ABORT,	/* handover: called off; I stay active. @value: if you did not take the role
				 * of epoch @ref, REFUSE it: then I shall take it back
				 */
	BATON_HA_MSG_BRIDGE,	/* my agent restarts: my lease may last @value ms from now */
	BATON_HA_MSG_BRIDGE_OK,	/* I shall not take over before that is over */
	BATON_HA_MSG_GRANT,	/* your claim @value was the first one: go ahead (@ring) */
	BATON_HA_MSG_FETCH,	/* an operator here wants the role of epoch @ref, within @value ms (@ring) */
	BATON_HA_MSG_OFFER,	/* be my heir by contract @value; my lease will be @ref ms */
	BATON_HA_MSG_ACCEPT,	/* I am, in epoch @ref, by contract @value */
	BATON_HA_MSG_MAX
};

/** struct baton_ha_message - decoded; message.c has the wire form */
struct baton_ha_message {
	uint8_t type;			/* enum baton_ha_message_type */
	uint8_t state;			/* enum baton_ha_state of the sender */
	bool warm;
	bool healthy;
	bool failing;			/* a check fails, or has not been made: no handover to it */
	bool heir;			/* may take over by contract, as far as it knows */
	uint32_t epoch;			/* of the role the sender holds; 0: holds none */
	uint32_t epoch_seen;		/* highest epoch that the sender knows of */
	uint32_t history;		/* epoch of the sender's last role, its table lives; 0: none */
	uint32_t lease_ms;		/* lease it renews now; 0: unlimited or not active */
	uint32_t ref;			/* handover, bridge, ACCEPT: epoch that it is about; OFFER: ms */
	uint32_t value;			/* BRIDGE: ms; HELLO: when it was sent; else see its type */
	struct baton_ha_ring ring;	/* ring in which it was sent */
};

/** enum baton_ha_event_type - everything that can happen */
enum baton_ha_event_type {
	BATON_HA_EV_TICK,		/* time went by */
	BATON_HA_EV_START,		/* gate: as read from the kernel; epoch: as stored */
	BATON_HA_EV_CLUSTER_UP,		/* corosync connected, group joined; cluster */
	BATON_HA_EV_CLUSTER_DOWN,	/* connection lost: every earlier view is void */
	BATON_HA_EV_RING,		/* totem configuration change: view */
	BATON_HA_EV_GROUP,		/* CPG membership: view.peer = peer's agent is a member */
	BATON_HA_EV_VERDICT,		/* quorum: view */
	BATON_HA_EV_MESSAGE,		/* from, message */
	BATON_HA_EV_SYNCD,		/* syncd */
	BATON_HA_EV_FLUSHED,		/* the flush that was asked for ended: error */
	BATON_HA_EV_GATE,		/* gate, read anew after the kernel reported a change */
	BATON_HA_EV_HEALTH,		/* health */
	BATON_HA_EV_COMMAND,		/* command */
	BATON_HA_EV_CONFIRM,		/* every action up to BATON_HA_ACT_CONFIRM was done */
	BATON_HA_EV_FAILED,		/* failed: this action failed, the rest was not tried */
	BATON_HA_EV_STOP,		/* SIGTERM; shutdown: the machine goes down */
	BATON_HA_EV_FENCED,		/* the hook that was started ended: fenced */
	BATON_HA_EV_GIVEN,		/* baton-syncd has all of the role of @epoch, which was given to us */
	BATON_HA_EV_BEAT,		/* the peer's agent runs: beat, authentic and newer than the last */
	BATON_HA_EV_OWNER,		/* another machine answers for an address, as was asked by probe */
};
#define BATON_HA_EVENTS	(BATON_HA_EV_OWNER + 1)

enum baton_ha_command {
	BATON_HA_CMD_HANDOVER,
	BATON_HA_CMD_PROMOTE,
	BATON_HA_CMD_DEMOTE,
	BATON_HA_CMD_RESUME,
};

/** enum baton_ha_action_type - done by the caller in this order, each before the next */
enum baton_ha_action_type {
	BATON_HA_ACT_GATE_OPEN,		/* epoch, value = lease in ms, 0 unlimited */
	BATON_HA_ACT_GATE_SHUT,		/* epoch; value = ms for which what comes is passed on, 0 */
	BATON_HA_ACT_LEASE,		/* epoch, value = lease in ms, 0 unlimited */
	BATON_HA_ACT_VIP_ADD,		/* every address on its interface */
	BATON_HA_ACT_VIP_ARM,		/* those that a standby may have, and only those */
	BATON_HA_ACT_VIP_DEL,		/* none */
	BATON_HA_ACT_ANNOUNCE,		/* begin the schedule of announcements anew */
	BATON_HA_ACT_QUIET,		/* end it */
	BATON_HA_ACT_SEND,		/* message */
	BATON_HA_ACT_FLUSH,		/* value = time limit in ms, prove; answered by EV_FLUSHED; epoch:
					 * of the role that whoever gets all of it may take at once, 0
					 */
	BATON_HA_ACT_STORE,		/* epoch: keep on disk; a failure is only reported */
	BATON_HA_ACT_CONFIRM,		/* answer with EV_CONFIRM */
	BATON_HA_ACT_ANSWER,		/* the operator's command: value = 0 or errno, text, gap_ms */
	BATON_HA_ACT_EVENT,		/* timeline: text, reason, value = state */
	BATON_HA_ACT_EXIT,
	BATON_HA_ACT_FENCE,		/* value = number; start the hook; answered by EV_FENCED */
	BATON_HA_ACT_BEAT,		/* beat; tell the peer's agent on every path, now or not at all */
	BATON_HA_ACT_PROBE,		/* value = number; ask the LAN who has the addresses; each answer of
					 * another machine is EV_OWNER; a failure is only reported
					 */
};

struct baton_ha_gate {
	bool active;			/* role */
	bool open;
	uint32_t epoch;
	uint32_t lease_ms;		/* 0: unlimited */
	uint32_t left_ms;
};

struct baton_ha_syncd {
	bool connected;
	bool warm;
	bool peer_present;
	bool peer_active;		/* heard within a second, and says that it is active */
	uint32_t peer_epoch;		/* highest epoch of the peer's that was authenticated */
};

struct baton_ha_health {
	bool module;			/* present */
	bool carrier;			/* on every interface with a virtual address */
	bool check_fails;		/* one of them at least */
	bool check_due;			/* one has neither passed nor failed since the agent started */
	bool guarded;			/* the module makes the addresses mute while its gate is shut */
	bool vips_all;			/* every address is on its interface */
	bool vips_armed;		/* so is every one that a standby may have */
	bool vips_any;			/* at least one is */
};

/** struct baton_ha_cluster - what corosync's configuration says, read when connecting */
struct baton_ha_cluster {
	uint32_t nodeid;
	uint32_t peer;			/* 0: the node list does not say */
	uint32_t token_ms;
	uint32_t consensus_ms;
	bool two_node;			/* no third party: quorum is no proof that the peer is dead */
};

/** struct baton_ha_beat - what an active says every few milliseconds, past corosync */
struct baton_ha_beat {
	uint32_t epoch;			/* of the role */
	uint32_t number;		/* of the contract */
	uint32_t lease_ms;		/* renewed a moment ago; 0: nobody is to succeed this role */
	uint32_t last;			/* 1: the sender's kernel says that it has ended, and its gate is shut */
};

struct baton_ha_event {
	enum baton_ha_event_type type;
	union {
		struct {
			struct baton_ha_gate gate;
			uint32_t epoch;
		} start;
		struct baton_ha_cluster cluster;
		struct {
			struct baton_ha_ring ring;
			bool peer;
			uint32_t peer_nodeid;	/* when peer */
			bool quorate;		/* VERDICT only */
			bool died;		/* GROUP only: gone without having been stopped */
		} view;
		struct {
			bool self;
			struct baton_ha_message message;
		} from;
		struct baton_ha_syncd syncd;
		struct baton_ha_gate gate;
		struct baton_ha_health health;
		int error;			/* FLUSHED: 0 or errno */
		uint32_t epoch;			/* GIVEN */
		struct {
			enum baton_ha_command command;
			bool force;
			uint32_t timeout_ms;
		} command;
		struct {
			enum baton_ha_action_type action;
			int error;		/* positive errno */
		} failed;
		bool shutdown;			/* STOP */
		struct {
			uint32_t number;	/* of the action */
			int error;		/* 0: the peer is off; else positive */
		} fenced;
		struct baton_ha_beat beat;
		uint32_t probe;			/* OWNER: number of the action */
	};
};

struct baton_ha_action {
	enum baton_ha_action_type type;
	enum baton_ha_reason reason;
	uint32_t epoch;
	uint32_t value;
	uint32_t gap_ms;
	bool prove;
	const char *text;			/* static storage */
	struct baton_ha_message message;
	struct baton_ha_beat beat;
};

struct baton_ha_actions {
	unsigned int count;
	struct baton_ha_action list[BATON_HA_ACTIONS_MAX];
};

/** struct baton_ha_peer - what is known about the other node */
struct baton_ha_peer {
	uint32_t nodeid;
	bool in_ring;
	bool member;			/* of the group, as corosync said last */
	bool in_group;			/* that, and in the ring */
	bool heard;			/* since the last change of ring or group */
	bool rejoined;			/* its agent came back since it asked for a bridge */
	bool bounded;			/* in the last common ring it was active, by a lease */
	bool orphan;			/* its agent left while it was active under a limited lease */
	bool died;			/* its agent left without having been stopped */
	bool warm;
	bool healthy;
	bool failing;
	uint8_t state;
	uint32_t epoch;
	uint32_t history;
	uint32_t lease_ms;
	uint64_t heard_at;
	uint64_t left_at;
	uint64_t bridge_until;
};

enum baton_ha_phase {
	BATON_HA_PHASE_NONE,
	BATON_HA_PHASE_FLUSH,		/* gate open: flush, and the peer's READY, in any order */
	BATON_HA_PHASE_BARRIER,		/* gate shut: last flush, with which the role goes to the peer */
	BATON_HA_PHASE_RELEASED,	/* it was told so by the agent as well, or asked whether it has it */
};

struct baton_ha_handover {
	enum baton_ha_phase phase;
	bool flushed;
	bool ready;
	bool operator;			/* somebody waits for an answer */
	bool force;			/* a cold peer will do */
	enum baton_ha_reason before;	/* why we were active */
	uint32_t refuse;		/* taking this epoch over failed: tell when all is off again */
	uint32_t epoch;			/* the role that moves */
	uint64_t deadline;		/* of the phase; once the gate is shut, of the peer's promise */
	uint64_t flush_until;		/* BARRIER */
	uint64_t ready_at;
	uint64_t shut_at;
};

/**
 * struct baton_ha_succession - see succession.c
 *
 * A node has one of the two sides at a time, by its role.
 */
struct baton_ha_succession {
	uint32_t ms;			/* silence after which an heir takes over; 0: there are none */
	bool agreed;			/* active: the peer is the heir, or may believe so */
	bool heir;			/* standby: by contract @number */
	bool beating;			/* standby: the active was heard under that contract */
	bool over;			/* standby: ... and was heard to have ended */
	bool told;			/* standby: this silence was worth a word to people */
	bool probe;			/* the LAN is asked before; set once, before START */
	bool owned;			/* standby: ... and another machine answered in this silence */
	uint8_t probes;			/* standby: how often it was asked in this silence */
	uint32_t epoch;			/* of the role that it is about */
	uint32_t number;
	uint64_t offered_at;		/* active; 0: not in this membership */
	uint64_t offer_after;
	uint64_t beat_at;		/* active: the next one is due; standby: last heard */
	uint64_t asked_at;		/* standby: corosync, whether the peer lives; 0: not since the last beat */
	uint64_t probed_at;		/* standby: the LAN, first in this silence */
	uint32_t longest;		/* standby: silence between two beats, ms; for people, decides nothing */
};

/** struct baton_ha - the whole state; read by status, written only by baton_ha_step() */
struct baton_ha {
	enum baton_ha_state state;
	enum baton_ha_reason reason;
	enum baton_ha_reason next_reason;	/* why the demotion under way was begun */
	uint64_t since;				/* of the state */

	uint32_t lease_cfg_ms;
	uint32_t lease_ms;			/* in effect: the configured one, capped by corosync's timers */
	uint32_t evidence_ms;
	struct baton_ha_cluster cluster;

	bool connected;
	bool fresh;				/* no quorate verdict on this connection yet */
	bool verdict_seen;
	bool quorate;
	bool verdict_peer;
	bool alone;				/* an authority said: no peer */
	bool held;
	bool claimed;				/* a claim of ours is on its way ... */
	bool claim_first;			/* ... and came round before any of the peer's */
	bool cold;				/* promoted without a proven table */
	bool warm;
	bool override;				/* an operator promoted this node against the quorum */
	bool stopping;
	bool shutdown;
	bool vips_failed;
	bool unread;				/* we stalled, and have not read all that came since */
	bool answer_due;			/* an operator waits for the promotion ... */
	bool fences;				/* there is a fencing hook; set once, before START */
	bool fence_runs;
	bool fenced;				/* the peer was fenced since it was seen last */

	uint32_t epoch;				/* of the role held, else of the last one */
	uint32_t epoch_seen;
	uint32_t epoch_stored;
	uint32_t history;

	struct baton_ha_ring ring;
	struct baton_ha_ring verdict_ring;
	struct baton_ha_peer peer;
	struct baton_ha_syncd syncd;
	struct baton_ha_health health;
	struct baton_ha_handover handover;
	struct baton_ha_succession succession;
	struct baton_ha_message said;		/* last message sent: to see what is news */

	uint64_t ran_at;			/* the last step */
	uint64_t woke_at;			/* from a stall; 0: there was none */
	uint64_t connected_at;			/* to corosync */
	uint64_t parted_at;			/* the ring in which the peer is not began */
	uint64_t granted_at;			/* ... and is quorate */
	uint64_t self_at;			/* when the newest own message that came back was sent */
	uint64_t said_at;
	uint64_t renew_at;
	uint64_t lease_end;			/* 0: unlimited */
	uint64_t claimed_at;
	uint64_t elect_at;			/* when the preferred peer has had its chance */
	uint64_t holddown_until;
	uint64_t stalled_until;		/* no takeover from a peer that is out of sight before that */
	uint64_t retry_at;			/* of a demotion step or of the addresses */
	uint64_t fence_at;			/* no sooner: fencing failed */
	uint32_t fence_number;			/* rises when the peer is seen again */
	uint64_t arm_at;			/* no sooner: a standby's addresses could not be set */
	uint64_t fetch_until;			/* ... that the peer was asked for; 0: it was not */
	uint64_t stop_at;			/* latest moment to exit */
};

/** Timers, ms. The lease comes from the configuration. */
#define BATON_HA_AGENT_MS	2000	/* an agent that was stopped may be back within this */
#define BATON_HA_BRIDGE_MS	3000	/* lease that a restarting agent leaves behind */
#define BATON_HA_LONE_MS	1000	/* ... where a third party may give the role away meanwhile */
#define BATON_HA_WINDOW_MS	500	/* READY to RELEASED */
#define BATON_HA_BARRIER_MS	200	/* last flush, gate shut */
#define BATON_HA_RELAY_MS	3000	/* packets that still come are passed on */
#define BATON_HA_CLAIM_MS	500
#define BATON_HA_ELECT_MS	2000
#define BATON_HA_HOLDDOWN_MS	1000
#define BATON_HA_SETTLE_MS	3000	/* a peer that is there is in the ring by then */
#define BATON_HA_RETRY_MS	100
#define BATON_HA_FENCE_MS	5000	/* between two tries at fencing */
#define BATON_HA_ARM_MS		1000	/* between two tries at a standby's addresses */
#define BATON_HA_REST_MS	500	/* in one state: time for what nobody waits for */
#define BATON_HA_STOP_MS	200	/* waiting for BRIDGE_OK */
#define BATON_HA_MARGIN_MS	100	/* for what runs between two clocks */
#define BATON_HA_KEEP_MS	10000	/* active: no handover because of a check sooner than that */
#define BATON_HA_OFFER_MS	1000	/* until an offer that was not taken is made again */
#define BATON_HA_HANDOVER_MS	5000	/* default and longest time for the first flush */

/* No heir after a succession that was a mistake. The explorer waits less: what happens meanwhile is dull. */
#ifndef BATON_HA_MISTAKE_MS
#define BATON_HA_MISTAKE_MS	10000
#endif

/** baton_ha_init - @ha in state BOOT; @lease_ms: from the configuration, not 0 */
void baton_ha_init(struct baton_ha *ha, uint32_t lease_ms);

/**
 * baton_ha_step - take one event
 * @now: ms, monotonic, never less than at the call before
 * @out: overwritten with what has to be done
 *
 * Feed every event that is there before a TICK: after a stall, what time alone would
 * do waits for a TICK, because the world may have answered already.
 */
void baton_ha_step(struct baton_ha *ha, const struct baton_ha_event *event, uint64_t now,
		   struct baton_ha_actions *out);

/** When the next TICK is due, after @now at which the last step ran; UINT64_MAX: never. */
uint64_t baton_ha_deadline(const struct baton_ha *ha, uint64_t now);

/** enum baton_ha_takeover - what this node would do if the peer died now, and the cluster said so at once */
enum baton_ha_takeover {
	BATON_HA_TAKEOVER_NONE,		/* nothing, or not at once */
	BATON_HA_TAKEOVER_COLD,		/* take over without a proven table */
	BATON_HA_TAKEOVER_WARM,
};

/**
 * baton_ha_takeover - by the rules that decide it, on a copy of @ha in which the peer is gone
 * @now: as of the last step, or later
 * @why: the first obstacle, or what is missing to a warm takeover; NULL: nothing
 *
 * Where there is a fencing hook, the takeover begins with that; one that has just failed is an obstacle.
 */
enum baton_ha_takeover baton_ha_takeover(const struct baton_ha *ha, uint64_t now, const char **why);

/** The lease that is renewed now unless it is unlimited, ms. */
uint32_t baton_ha_lease(const struct baton_ha *ha);

/** Does the gate stand open because this agent holds it so? */
static inline bool baton_ha_holds(const struct baton_ha *ha)
{
	return ha->state == BATON_HA_ACTIVE ||
	       (ha->state == BATON_HA_HANDOVER_OUT &&
		ha->handover.phase == BATON_HA_PHASE_FLUSH);
}

const char *baton_ha_state_name(enum baton_ha_state state);
const char *baton_ha_reason_text(enum baton_ha_reason reason);
const char *baton_ha_message_name(enum baton_ha_message_type type);
const char *baton_ha_event_name(enum baton_ha_event_type type);

#endif /* BATON_HA_DECIDE_H */
