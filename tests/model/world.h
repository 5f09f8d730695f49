/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pair of directors as plain data: two real decision machines (ha/decide.c and its files), and models
 * of what surrounds them: kernel gate, corosync, sync daemon, clocks. A world can be copied, stepped and
 * hashed. Times are milliseconds.
 *
 *	world.c		the passing of time, and what is read when
 *	node.c		a machine, its agent and its sync daemon: how they start and end
 *	action.c	what an agent's actions do
 *	fault.c		what goes wrong, and what the operator wants
 *	cluster.c	corosync: rings, verdicts, ordered messages
 *	witness.c	corosync-qnetd and its device: whose vote makes a part of the cluster quorate
 *	check.c		the invariants
 *	hash.c		when two worlds are the same one
 *	explore.c	every order of faults, up to a bound
 */
#ifndef BATON_MODEL_WORLD_H
#define BATON_MODEL_WORLD_H

#include <ha/decide.h>

#define NODES		2
#define QUEUE_MAX	48
#define HELD_MAX	12
#define NEVER		UINT64_MAX
#define LEASE_MS	250
#define DETECT_MS	420	/* token + consensus */
#define MERGE_MS	150	/* until two rings that hear each other are one */
#define REBORN_MS	100	/* an agent that died is started again */
#define RESTART_MS	500	/* an agent that was stopped is started again */
#define COROSYNC_MS	1500	/* a corosync that died is started again */
#define HEIRS_LEASE_MS	240	/* greetings in step with beats: the pair repeats itself sooner */
#define HOLD_MS		1000	/* packets wait no longer in the kernel */
#define FENCE_MS	50	/* until the hook has ended */
#define STALL_MS	400
#define HANG_MS		2500
#define STRAY_MS	350	/* the belief to be active behind a shut gate: at most so long */
#define LAG_MS		20
#define PAUSE_MS	1500
#define BLINK_MS	200	/* a pause that the cluster does not notice */
#define WAKE_MS		600	/* two actives after a pause without a clock: at most so long */
#define HEAL_MS		2000	/* two actives after a healed cut: at most so long */
#define MISSED_MS	1200	/* until the witness gives a silent node up */
#define DEVICE_MS	1300	/* until a node gives a silent witness up */
#define DEVICE_START_MS	300	/* it is started after corosync */
#define SYNC_MS		3000	/* for which corosync waits for the witness's answer */
#define LONG_MS		3000	/* a pause that a witness does not wait for */
#define AGAIN_MS	600	/* what is delivered twice comes again after so long */
#define FLAPS		6	/* cuts of a link that flaps */

/** What a node says is heard on these, or not. */
enum path {
	PATH_RING = 1,		/* corosync: one direction is not enough */
	PATH_SYNC = 2,		/* sync daemon */
	PATH_BEAT = 4,
	PATH_LAN = 8,		/* the clients' network; it fails alone for nobody */
	PATH_PEER = 15,		/* all of them */
	PATH_WITNESS = 16,	/* both directions */
	PATH_REFUSED = 32,	/* ... and the witness's network says so */
};

enum fault {
	FAULT_NONE,
	FAULT_POWER_OFF,
	FAULT_PANIC,		/* the kernel has a last word, and then as power off */
	FAULT_BOOT,
	FAULT_AGENT_KILL,	/* and started again */
	FAULT_AGENT_GONE,	/* killed, and not started again */
	FAULT_AGENT_RESTART,	/* SIGTERM, and started again */
	FAULT_SHUTDOWN,		/* SIGTERM as part of a shutdown */
	FAULT_DIE_OPENING,	/* the agent dies right after it opens the gate next */
	FAULT_COROSYNC_KILL,	/* and started again */
	FAULT_STALL,		/* the agent does not run for a while */
	FAULT_HANG,		/* ... for long */
	FAULT_LAG,		/* ... for a moment: the other node is faster */
	FAULT_PAUSE,		/* the machine does not run; its clock goes on */
	FAULT_PAUSE_STOPPED,	/* ... and its clock stands still */
	FAULT_BLINK,		/* the same, short */
	FAULT_OPEN_FAILS,	/* the next opening of the gate fails */
	FAULT_VIP_FAILS,	/* the next change of the addresses fails */
	FAULT_VIP_LOST,		/* somebody takes the addresses off the interfaces */
	FAULT_FORCED,		/* somebody opens the gate by hand, past the agent */
	FAULT_DEAF,		/* beats to this node are lost from now on */
	FAULT_FENCE_FAILS,	/* the next fencing fails */
	FAULT_LEASE_FAILS,	/* the next renewal fails */
	FAULT_FLUSH_FAILS,	/* the next flush does not end */
	FAULT_CARRIER,		/* lost, or back */
	FAULT_COLD,		/* the table is not proven any more */
	FAULT_LATE_VERDICT,	/* the next verdict takes another 300 ms */
	FAULT_HANDOVER,		/* the operator's commands */
	FAULT_DEMOTE,
	FAULT_RESUME,
	FAULT_PROMOTE,
	FAULT_CUT,		/* of the network; node is not meant */
	FAULT_HEAL,
	FAULT_ONE_WAY,		/* what this node says is heard no more; it hears */
	FAULT_SYNC_CUT,		/* what its sync daemon says is heard no more */
	FAULT_RING_CUT,		/* the two corosyncs; node is not meant */
	FAULT_FLAP,		/* cut and healed, again and again; node 0: slowly, node 1: quickly */
	FAULT_TWICE,		/* what this node hears next comes again */
	FAULT_RENEWED,		/* the machine goes off and comes back with an empty disk */
	FAULT_WITNESS,		/* dies, or is back; node is not meant */
	FAULT_WITNESS_CUT,	/* this node and the witness hear each other no more, or again */
	FAULT_ISOLATED,		/* this node hears nobody, and nobody hears it */
	FAULTS
};

#define BIT(fault) (1ull << (fault))

/** The role must not move for these alone (I12); where there are heirs, a lease is too short for a crash. */
#define RESTARTS(w) (BIT(FAULT_AGENT_RESTART) | ((w)->heirs ? 0 : BIT(FAULT_AGENT_KILL)))

/** ... and for these alone no packet is lost (R2). */
#define HANDOVERS (BIT(FAULT_HANDOVER) | BIT(FAULT_FLUSH_FAILS))

/** These befall a link, and no node. */
#define LINKS (BIT(FAULT_CUT) | BIT(FAULT_HEAL) | BIT(FAULT_ONE_WAY) | BIT(FAULT_SYNC_CUT) | BIT(FAULT_RING_CUT) | \
	       BIT(FAULT_FLAP))

struct entry {
	uint64_t due;		/* not before */
	uint32_t order;		/* of arrival, over both nodes */
	struct baton_ha_event event;
};

struct gate {
	bool active;
	bool forced;		/* open by hand, and nobody has shut it yet */
	uint32_t epoch;
	uint32_t lease_ms;
	uint64_t until;
};

/** struct session - what the witness and a node think of each other */
struct session {
	bool there;		/* as the witness sees it */
	bool granted;		/* it may believe to have the vote */
	bool answer;		/* on its way */
	uint64_t answer_at;	/* NEVER: none is */
	uint64_t silent_at;	/* NEVER: they hear each other */
};

/** struct corosync - one daemon */
struct corosync {
	bool alive;
	bool waits;		/* for all: no quorum until both were seen */
	bool pending;		/* no verdict before the witness has answered */
	bool vote;		/* the witness's */
	bool joint;		/* the ring has both nodes */
	bool late;		/* FAULT_LATE_VERDICT */
	bool token;		/* one message comes back although the ring is dead */
	bool peer_agent;	/* the peer's agent is in the group, as last told */
	struct baton_ha_ring ring;
	uint64_t lost_at;	/* the other fell silent; NEVER: it is heard */
	uint64_t start_at;	/* NEVER: not due to be started */
	uint64_t device_at;	/* from then on there is something that speaks to the witness */
	uint64_t asked_at;	/* when the verdict became pending */
	unsigned int held;	/* messages that wait for the next ring */
	struct baton_ha_message hold[HELD_MAX];
};

struct node {
	bool on;
	bool agent;		/* runs */
	bool connected;		/* to corosync */
	bool gone;		/* the agent will not be started again */
	bool vips;
	bool announcing;
	bool carrier;
	bool proven;		/* what syncd knows */
	bool off_when_left;
	bool deaf;		/* for beats */
	bool twice;		/* FAULT_TWICE */
	bool met;		/* was in a ring with the other one since it was switched on */
	bool empty;		/* knows no epoch: it lost its disk and has not heard of any since */
	uint32_t owned;		/* silence in which the other one answered for an address, as it was heard */
	uint32_t silence;	/* the one before this step: when it began */
	uint8_t fail_open, fail_vip, fail_lease, fail_flush, fail_fence, die_opening;
	uint64_t start_at;	/* the agent; NEVER: not due */
	uint64_t stalled_until;
	uint64_t paused_until;
	bool clock_stopped;
	uint64_t behind;	/* the node's clock, against the true one */
	uint64_t prove_at;
	uint64_t stray_since;	/* the agent believes to be active behind a shut gate; 0: no */
	uint32_t stored;	/* epoch on disk */
	uint32_t promised;	/* the peer has said READY for the role of this epoch; 0: for none */
	bool touched;		/* something befell this node, or the network */
	uint32_t opened[4];	/* the last epochs that the gate was opened with */
	struct baton_ha_syncd told;
	struct baton_ha_beat will;	/* of the kernel; last 0: none */
	struct gate gate;
	struct corosync corosync;
	struct baton_ha ha;
	unsigned int queued;
	struct entry queue[QUEUE_MAX];
};

struct world {
	uint64_t now;
	uint64_t healed_at;	/* when a cut, or anything that can leave two actives, ended */
	uint64_t woke_at;	/* when a machine whose clock had stopped went on */
	uint64_t waits_since;	/* packets wait for the next active; 0: no */
	uint8_t lost[NODES];	/* enum path: what this node says there is not heard */
	bool was_cut;
	uint8_t flaps;		/* changes of a flapping link that are still to come */
	bool flaps_fast;
	uint64_t flap_at;
	bool witness;		/* there is one, in place of two_node */
	bool witness_on;
	uint8_t preferred;	/* the witness's preference in a tie */
	struct session session[NODES];
	uint64_t opened_at;	/* when a gate was last opened */
	uint64_t moved_at;	/* ... since the first fault; 0: not */
	uint8_t last_opened;
	uint32_t order;
	uint32_t ring_seq;
	uint64_t faults;	/* bit set of what happened so far */
	uint32_t fault_count;
	bool fenced;		/* both agents have a fencing hook */
	uint32_t heirs;		/* succession_ms of both agents; 0: none */
	bool unasked;		/* "probe = no" */
	bool settled;		/* at the first fault the pair was at rest */
	uint32_t promotions;
	uint8_t first_active;	/* node that was active at first; NODES: none */
	const char *broken;	/* an invariant, or NULL */
	struct node node[NODES];
};

extern bool world_verbose;	/* print what happens */

/** struct life - how a world begins */
struct life {
	bool fenced;
	uint32_t heirs;
	bool unasked;
	int witness;		/* the node that it prefers, from 1 on; 0: there is none */
};

void world_boot(struct world *w, const struct life *life);
/** One step without a fault: deliver something, else let time pass to the next thing due. */
void world_step(struct world *w);
bool gate_is_open(const struct world *w, const struct gate *g);
/** What it says while it ends: to the peer, if there is a will of the epoch that its gate is open with. */
void kernel_last_word(struct world *w, int i);
/** Is what @from says there heard by the other one? Both have to run. */
bool path_open(const struct world *w, int from, enum path path);
/** Is there anything between the two nodes that is lost? */
bool world_cut(const struct world *w);
/** ... everything, in both directions? */
bool world_parted(const struct world *w);
/** Can the two corosyncs hear each other? */
bool nodes_hear(const struct world *w);
/** Does the node run: powered and not paused? */
bool node_runs(const struct world *w, int i);
void say(const struct world *w, int node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Is there an agent that can read and act now? */
bool agent_runs(const struct world *w, int i);
/** The node's own clock: it stands still in some pauses. */
uint64_t node_now(const struct world *w, int i);
/** Lie in the agent's queue from @due on, after all that lie there. */
void node_push(struct world *w, int i, uint64_t due, const struct baton_ha_event *event);

/* node.c */
void node_power_on(struct world *w, int i);
void node_power_off(struct world *w, int i);
/** Tell the agent what its sync daemon knows, if that is news. */
void node_ask_syncd(struct world *w, int i);
/** What the monitor sees. */
struct baton_ha_health node_health(const struct node *n);
void agent_start(struct world *w, int i);
/** The agent ends; @died: nobody has said goodbye for it. */
void agent_goes(struct world *w, int i, bool died);

/* action.c */
/** One event to the decision, and what it does about it, and what follows from that. */
void node_feed(struct world *w, int i, const struct baton_ha_event *event);
struct baton_ha_gate gate_read(const struct world *w, int i);

/* fault.c */
/** What a flapping link does now. */
void world_flap(struct world *w);
bool world_can(const struct world *w, enum fault fault, int node);
void world_fault(struct world *w, enum fault fault, int node);
const char *fault_name(enum fault fault);
/** From @when on, at the earliest, whoever is there hears the other one. */
void world_heals(struct world *w, uint64_t when);

/* cluster.c */
void cluster_send(struct world *w, int i, const struct baton_ha_message *m);
void cluster_connect(struct world *w, int i);
void cluster_agent_gone(struct world *w, int i, bool died);
void cluster_start(struct world *w, int i);
void cluster_stop(struct world *w, int i);
/** What is due by the clock. */
void cluster_run(struct world *w);
uint64_t cluster_deadline(const struct world *w);
/** What waited for a ring, or for its verdict. */
void cluster_release(struct world *w, int i);
/** A verdict that changed, or that was waited for. */
void cluster_verdict(struct world *w, int i);

/* witness.c */
void witness_boot(struct world *w, int preferred);
void witness_run(struct world *w);
uint64_t witness_deadline(const struct world *w);
/** A node alone in a new ring asks for its vote. */
void witness_ask(struct world *w, int i);

/* hash.c */
uint64_t world_hash(const struct world *w, int faults_left);

/* check.c: set w->broken */
/** Something befalls a node (@i), or the network. */
void check_fault(struct world *w, enum fault fault, int i);
/** What it is about to say. */
void check_said(struct world *w, int i, const struct baton_ha_action *a);
void check_opening(struct world *w, int i, uint32_t epoch);
/** The gate is about to be shut. */
void check_shutting(struct world *w, int i);
/** ... in a way that lets packets wait. */
void check_relay(struct world *w, int i, uint32_t epoch);
void check_addresses(struct world *w, int i, enum baton_ha_action_type type);
void check_announcement(struct world *w, int i);
void check_now(struct world *w);
/** For a world that would stay like this for ever. */
void check_rest(struct world *w);

#endif /* BATON_MODEL_WORLD_H */
