/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent around the decision machine: everything that touches the world.
 *
 *	agent.c		events in, actions out; the loop's timer; the watchdog
 *	corosync.c	connection, sending			membership.c	what it tells
 *	message.c	what agents say to each other, on the wire
 *	kernel.c	the module's gate, lease and announcements
 *	vip.c		the virtual addresses			announce.c	telling the LAN
 *	lan.c		does it agree?				device.c	link addresses that move with them
 *	opening.c	what came of a gate that was opened
 *	syncd_link.c	baton-syncd: warm or not, flush
 *	health.c	module, carrier, addresses in place
 *	checks.c	what the site has checked: a gateway.c or a program.c; check.c: hold-down
 *	epoch.c		the epoch on disk
 *	control.c	the control socket			timeline.c	what happened lately
 *	inputs.c	what the decision rests on, for people	timeline_keeper.c  the timeline on disk
 *	recorder.c	the same at the peer			record.c	that, on the wire
 *	enquirer.c	a rehearsal's questions to the peer	enquiry.c	those, on the wire
 *	fence.c		the program that sees to it that the peer is off
 *	pulse.c		beats to the peer, past corosync	beat.c		those, on the wire
 *	journal.c	the timeline, for the journal		shutdown.c	does the machine go down?
 *
 * One thread, one sd-event loop, all of whose descriptors come before its timer: after a stall what
 * has arrived is read before anything is done about the time that went by. The one exception to the
 * one thread is the disk (scribe.c, for epoch.c and timeline_keeper.c), which may hang.
 */
#ifndef BATON_HA_AGENT_H
#define BATON_HA_AGENT_H

#include <systemd/sd-event.h>
#include <time.h>
#include "config.h"
#include "decide.h"
#include "timeline.h"

/* What is read first when several descriptors are ready. */
#define BATON_HA_PRIORITY_CLUSTER	(-30)
#define BATON_HA_PRIORITY_KERNEL	(-20)
#define BATON_HA_PRIORITY_TIMER		SD_EVENT_PRIORITY_IDLE

/** struct baton_ha_counts - for monitoring; since the process began */
struct baton_ha_counts {
	uint32_t role_changes;		/* of this node, the start not among them */
	uint32_t fence_failures;
	int64_t gap_ms;			/* longest time for which nobody forwarded at the last change; -1: not known */
};

/** struct baton_ha_options - the command line */
struct baton_ha_options {
	const char *config;		/* path */
	const char *control;		/* path of our control socket */
	const char *syncd;		/* path of baton-syncd's */
	const char *state_dir;
	const char *timeline;		/* path */
	const char *beat_key;		/* path */
};

struct baton_ha_corosync;
struct baton_ha_kernel;
struct baton_ha_announcer;
struct baton_ha_lan;
struct baton_ha_opening;
struct baton_ha_syncd_link;
struct baton_ha_monitor;
struct baton_ha_checks;
struct baton_ha_epoch_file;
struct baton_ha_control;
struct baton_ha_recorder;
struct baton_ha_enquirer;
struct baton_ha_fencer;
struct baton_ha_pulse;
struct baton_ha_shutdown;
struct baton_control_client;
struct json_object;

/** struct baton_ha_agent - the process */
struct baton_ha_agent {
	sd_event *event;
	sd_event_source *timer;
	struct baton_config config;
	struct baton_ha_options options;
	struct baton_ha ha;
	struct baton_ha_timeline *timeline;
	struct baton_ha_timeline_keeper *keeper;
	sd_event_source *status;	/* when systemd is told */
	uint64_t watchdog_ms;		/* 0: not asked for */
	uint64_t fed_at;		/* the watchdog */
	uint32_t lease_told;		/* last one reported: renewals are not news */
	uint64_t event_at[BATON_HA_EVENTS];	/* ms; when the last one of each type came, 0: never */
	enum baton_ha_state told_state;	/* to systemd */
	enum baton_ha_reason told_reason;
	bool leaving;
	bool held;			/* the role, after the last event */
	struct baton_ha_counts counts;

	struct baton_ha_corosync *corosync;
	struct baton_ha_kernel *kernel;
	struct baton_ha_announcer *announcer;
	struct baton_ha_opening *opening;
	struct baton_ha_syncd_link *syncd;
	struct baton_ha_monitor *monitor;
	struct baton_ha_checks *checks;
	struct baton_ha_epoch_file *epoch;
	struct baton_ha_control *control;
	struct baton_ha_recorder *recorder;
	struct baton_ha_enquirer *enquirer;
	struct baton_ha_fencer *fencer;
	struct baton_ha_pulse *pulse;
	struct baton_ha_shutdown *shutdown;	/* since SIGTERM */
};

/** Microseconds of @clock. */
uint64_t baton_ha_usec(clockid_t clock);
/** Milliseconds of CLOCK_MONOTONIC. */
uint64_t baton_ha_now(void);

/**
 * baton_ha_agent_run - from start to stop
 *
 * Return: 0, or a negative errno with one sentence in @err. Leaves the gate and the addresses as the
 * decision machine left them.
 */
int baton_ha_agent_run(const struct baton_ha_options *options, char *err, size_t err_size);

/** Take one event, do what it asks for, and whatever follows from that. */
void baton_ha_feed(struct baton_ha_agent *agent, const struct baton_ha_event *event);

/* journal.c */
int baton_ha_journal_open(struct baton_ha_agent *agent);
/** systemd is told the state soon, if that is news. */
void baton_ha_journal_status(struct baton_ha_agent *agent);
/** Writes what waits. */
void baton_ha_journal_close(struct baton_ha_agent *agent);
/** Timeline at once, journal soon. @detail: printf-like, one short clause. */
void baton_ha_report(struct baton_ha_agent *agent, int priority, const char *event,
		     const char *detail, ...) __attribute__((format(printf, 4, 5)));
/** The same for what happened at @mono: CLOCK_MONOTONIC, usec, not in the future. */
void baton_ha_report_at(struct baton_ha_agent *agent, int priority, uint64_t mono, const char *event,
			const char *detail, ...) __attribute__((format(printf, 5, 6)));
/** ... and @ago_ms milliseconds ago. */
void baton_ha_report_past(struct baton_ha_agent *agent, int priority, uint64_t ago_ms,
			  const char *event, const char *detail);

/* corosync.c */
int baton_ha_corosync_new(struct baton_ha_corosync **ret, struct baton_ha_agent *agent);
void baton_ha_corosync_free(struct baton_ha_corosync *c);
/** Never waits for the cluster: what cannot be sent now is kept and sent later, in order. */
void baton_ha_corosync_send(struct baton_ha_corosync *c, const struct baton_ha_message *m);
/** Now or not at all (negative errno). */
int baton_ha_corosync_send_record(struct baton_ha_corosync *c, void *buf, size_t size);

/* kernel.c: negative errno on failure; the sentence is in baton_ha_kernel_error() */
int baton_ha_kernel_new(struct baton_ha_kernel **ret, struct baton_ha_agent *agent,
			char *err, size_t err_size);
void baton_ha_kernel_free(struct baton_ha_kernel *k);
const char *baton_ha_kernel_error(const struct baton_ha_kernel *k);
int baton_ha_kernel_gate(struct baton_ha_kernel *k, struct baton_ha_gate *ret);
int baton_ha_kernel_open(struct baton_ha_kernel *k, uint32_t epoch, uint32_t lease_ms);
/** @relay_ms: what comes waits for the next active, and is passed on for so long; 0: it is dropped */
int baton_ha_kernel_shut(struct baton_ha_kernel *k, uint32_t epoch, uint32_t relay_ms);
int baton_ha_kernel_lease(struct baton_ha_kernel *k, uint32_t epoch, uint32_t lease_ms);
/** What the kernel tells the peer should this node end as the active one of @epoch; @count 0: nothing. */
int baton_ha_kernel_will(struct baton_ha_kernel *k, uint32_t epoch, const void *word, uint32_t size,
			 const struct baton_will_path *path, uint32_t count);
/** struct baton_ha_moments - CLOCK_MONOTONIC, usec; 0: never, not yet, or a module that does not say */
struct baton_ha_moments {
	uint64_t opened;		/* the gate, anew, last */
	uint64_t announced;		/* since: the LAN had been told */
	uint64_t first;			/* since: the first packet went through */
};

int baton_ha_kernel_moments(struct baton_ha_kernel *k, struct baton_ha_moments *ret);
/** See baton_nl_conn_sample(), baton_nl_conn_match(). */
int baton_ha_kernel_sample(struct baton_ha_kernel *k, uint64_t *cursor, struct baton_conn_record *records,
			   uint32_t *ret_count);
int baton_ha_kernel_match(struct baton_ha_kernel *k, const struct baton_conn_record *records, uint32_t count,
			  uint8_t *matches);
int baton_ha_kernel_announce(struct baton_ha_kernel *k, const struct baton_vip *vip);
/** Ask the LAN who has the addresses; @active: we have them. A failure is reported once, until it works again. */
int baton_ha_kernel_probe(struct baton_ha_kernel *k, uint32_t number, bool active);
/** Does the module make the virtual addresses mute while its gate is shut? */
bool baton_ha_kernel_guards(const struct baton_ha_kernel *k);
/** No more; only when there is none of them on any interface. The module can be unloaded then. */
void baton_ha_kernel_unguard(struct baton_ha_kernel *k);
/** Look whether the module came or went, and connect anew if it came; is it there? */
bool baton_ha_kernel_check(struct baton_ha_kernel *k);

/* announce.c */
int baton_ha_announcer_new(struct baton_ha_announcer **ret, struct baton_ha_agent *agent);
void baton_ha_announcer_free(struct baton_ha_announcer *a);
void baton_ha_announcer_start(struct baton_ha_announcer *a);
void baton_ha_announcer_stop(struct baton_ha_announcer *a);
/** Once a second: an active node's virtual link addresses are not to be forgotten by the switch. */
void baton_ha_announcer_refresh(struct baton_ha_announcer *a);
/** Another machine answers; @who: address and link address. */
void baton_ha_announcer_hear(struct baton_ha_announcer *a, uint32_t number, const char *who);
/** What came of asking the LAN since the last promotion. */
const struct baton_ha_lan *baton_ha_announcer_lan(const struct baton_ha_announcer *a);

/* opening.c */
int baton_ha_opening_new(struct baton_ha_opening **ret, struct baton_ha_agent *agent);
void baton_ha_opening_free(struct baton_ha_opening *o);
/** The gate has just been opened: note what comes of it. */
void baton_ha_opening_watch(struct baton_ha_opening *o);

/* syncd_link.c */
int baton_ha_syncd_link_new(struct baton_ha_syncd_link **ret, struct baton_ha_agent *agent);
void baton_ha_syncd_link_free(struct baton_ha_syncd_link *l);
/**
 * Ask for a flush; EV_FLUSHED follows in every case. A flush under way is forgotten.
 * @prove: the peer has to prove its whole table equal, too
 * @release: epoch of the role that goes to the peer with the flush, whose agent gets EV_GIVEN; 0: none
 */
void baton_ha_syncd_link_flush(struct baton_ha_syncd_link *l, uint32_t timeout_ms, bool prove,
			       uint32_t release);

/** Notes how many connections go on and why the others do not, as baton-syncd counted last while the peer was there. */
void baton_ha_syncd_link_count(struct baton_ha_syncd_link *l);

/* health.c */
int baton_ha_monitor_new(struct baton_ha_monitor **ret, struct baton_ha_agent *agent);
void baton_ha_monitor_free(struct baton_ha_monitor *m);
/** Look again as soon as nothing else is to be done. */
void baton_ha_monitor_hurry(struct baton_ha_monitor *m);

/* checks.c; the rest is in checks.h */
/** Why the state is what it is, with the name of the check that is to blame. @buf may be what is returned. */
const char *baton_ha_why(const struct baton_ha_agent *agent, enum baton_ha_reason reason, char *buf,
			 size_t size);

/* epoch.c */
int baton_ha_epoch_open(struct baton_ha_epoch_file **ret, struct baton_ha_agent *agent,
			uint32_t *epoch, char *err, size_t err_size);
void baton_ha_epoch_close(struct baton_ha_epoch_file *f);
/** Write it in the background; a failure is reported, not returned. */
void baton_ha_epoch_store(struct baton_ha_epoch_file *f, uint32_t epoch);

/* control.c */
int baton_ha_control_new(struct baton_ha_control **ret, struct baton_ha_agent *agent);
void baton_ha_control_free(struct baton_ha_control *c);
/** The decision machine's answer to the command that it was given. */
void baton_ha_control_answer(struct baton_ha_control *c, const struct baton_ha_action *answer);

/* inputs.c */
/** A new array, an object for each of what the decision rests on: name, value in words, age. */
struct json_object *baton_ha_inputs(struct baton_ha_agent *agent);

/* recorder.c */
int baton_ha_recorder_new(struct baton_ha_recorder **ret, struct baton_ha_agent *agent);
void baton_ha_recorder_free(struct baton_ha_recorder *r);
/** Answers @client once the peer has answered, or was silent for a second. */
void baton_ha_recorder_ask(struct baton_ha_recorder *r, struct baton_control_client *client);
/** @client went away. */
void baton_ha_recorder_forget(struct baton_ha_recorder *r, struct baton_control_client *client);
/** A record came from the peer. */
void baton_ha_recorder_hear(struct baton_ha_recorder *r, const void *data, size_t size);

/* enquirer.c */
int baton_ha_enquirer_new(struct baton_ha_enquirer **ret, struct baton_ha_agent *agent);
void baton_ha_enquirer_free(struct baton_ha_enquirer *e);
/**
 * Hands @request on to the peer and answers @client once that has answered, or was silent for a second.
 * @match: else a sample
 */
void baton_ha_enquirer_ask(struct baton_ha_enquirer *e, struct baton_control_client *client,
			   struct json_object *request, bool match);
/** @client went away. */
void baton_ha_enquirer_forget(struct baton_ha_enquirer *e, struct baton_control_client *client);
/** A question or an answer came from the peer, or something else, which is nothing. */
void baton_ha_enquirer_hear(struct baton_ha_enquirer *e, const void *data, size_t size);

/* fence.c */
int baton_ha_fencer_new(struct baton_ha_fencer **ret, struct baton_ha_agent *agent);
/** A hook that runs is killed. */
void baton_ha_fencer_free(struct baton_ha_fencer *f);
/** Start the hook; EV_FENCED with @number follows in every case, never from in here. */
void baton_ha_fencer_start(struct baton_ha_fencer *f, uint32_t number);

#endif /* BATON_HA_AGENT_H */
