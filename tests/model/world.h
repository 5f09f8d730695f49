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
 *	check.c		the invariants
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
	FAULTS
};

/** The role must not move for these alone (I12); where there are heirs, a lease is too short for a crash. */
#define RESTARTS(w) ((1u << FAULT_AGENT_RESTART) | ((w)->heirs ? 0 : 1u << FAULT_AGENT_KILL))

/** ... and for these alone no packet is lost (R2). */
#define HANDOVERS ((1u << FAULT_HANDOVER) | (1u << FAULT_FLUSH_FAILS))

struct entry {
	uint64_t due;		/* not before */
	uint32_t order;		/* of arrival, over both nodes */
	struct baton_ha_event event;
};

struct gate {
	bool active;
	uint32_t epoch;
	uint32_t lease_ms;
	uint64_t until;
};

/** struct corosync - one daemon */
struct corosync {
	bool alive;
	bool waits;		/* for all: no quorum until both were seen */
	bool joint;		/* the ring has both nodes */
	bool late;		/* FAULT_LATE_VERDICT */
	bool token;		/* one message comes back although the ring is dead */
	bool peer_agent;	/* the peer's agent is in the group, as last told */
	struct baton_ha_ring ring;
	uint64_t lost_at;	/* the other fell silent; NEVER: it is heard */
	uint64_t start_at;	/* NEVER: not due to be started */
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
	bool cut;
	bool was_cut;
	uint32_t order;
	uint32_t ring_seq;
	uint32_t faults;	/* bit set of what happened so far */
	uint32_t fault_count;
	bool fenced;		/* both agents have a fencing hook */
	uint32_t heirs;		/* succession_ms of both agents; 0: none */
	bool settled;		/* at the first fault the pair was at rest */
	uint32_t promotions;
	uint8_t first_active;	/* node that was active at first; NODES: none */
	const char *broken;	/* an invariant, or NULL */
	struct node node[NODES];
};

extern bool world_verbose;	/* print what happens */

void world_boot(struct world *w, bool fenced, uint32_t heirs);
/** One step without a fault: deliver something, else let time pass to the next thing due. */
void world_step(struct world *w);
bool gate_is_open(const struct world *w, const struct gate *g);
/** What it says while it ends: to the peer, if there is a will of the epoch that its gate is open with. */
void kernel_last_word(struct world *w, int i);
/** Can the two corosyncs, or the two sync daemons, hear each other? */
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

/* check.c: set w->broken */
void check_opening(struct world *w, int i, uint32_t epoch);
/** The gate is about to be shut in a way that lets packets wait. */
void check_relay(struct world *w, int i, uint32_t epoch);
void check_addresses(struct world *w, int i, enum baton_ha_action_type type);
void check_announcement(struct world *w, int i);
void check_now(struct world *w);
/** For a world that would stay like this for ever. */
void check_rest(struct world *w);

#endif /* BATON_MODEL_WORLD_H */
