// SPDX-License-Identifier: GPL-2.0-or-later
/* Events in, actions out. */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include "checks.h"
#include "err.h"
#include "pulse.h"
#include "shutdown.h"
#include "vip.h"

#define TICK_MAX_MS	500	/* so that the watchdog is fed whatever the state */
#define FOLLOW_MAX	8

uint64_t baton_ha_usec(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

uint64_t baton_ha_now(void)
{
	return baton_ha_usec(CLOCK_MONOTONIC) / 1000;
}

/* --- what the decision machine asks for --- */

static int set_addresses(struct baton_ha_agent *agent, enum baton_ha_vips want, const char *event)
{
	bool changed;
	char err[160];
	int error;

	error = baton_ha_vip_set(&agent->config, want, &changed, err, sizeof(err));
	if (error)
		baton_ha_report(agent, LOG_ERR, "vip_failed", "%s", err);
	else if (changed)
		baton_ha_report(agent, LOG_NOTICE, event, "%u addresses", agent->config.vips);
	baton_ha_monitor_hurry(agent->monitor);
	return error;
}

/*
 * From the last message of a peer that did not hand over until our gate opened. Beats came after it, but whose they
 * were is forgotten by now: it is an upper limit.
 */
static void measure_gap(struct baton_ha_agent *agent)
{
	const struct baton_ha *ha = &agent->ha;
	uint64_t last = ha->peer.heard_at;

	agent->counts.gap_ms = -1;
	if (last && (ha->reason == BATON_HA_WHY_PEER_LOST || ha->reason == BATON_HA_WHY_AGENT_LOST ||
		     ha->reason == BATON_HA_WHY_SUCCEEDED))
		agent->counts.gap_ms = (int64_t)(baton_ha_now() - last);
}

static void note_event(struct baton_ha_agent *agent, const struct baton_ha_action *a)
{
	char gap[60] = "", why[96];

	if (a->gap_ms) {
		agent->counts.gap_ms = a->gap_ms;
		snprintf(gap, sizeof(gap), "; nobody forwarded for about %u ms", a->gap_ms);
	}
	baton_ha_report(agent, LOG_NOTICE, a->text, "%s: %s%s", baton_ha_state_name(a->value),
			baton_ha_why(agent, a->reason, why, sizeof(why)), gap);
	if (!strcmp(a->text, "promote"))
		baton_ha_syncd_link_count(agent->syncd);
}

/* Every one of these is safe to repeat. */
static int do_action(struct baton_ha_agent *agent, const struct baton_ha_action *a)
{
	int error;

	switch (a->type) {
	case BATON_HA_ACT_GATE_OPEN:
		error = baton_ha_kernel_open(agent->kernel, a->epoch, a->value);
		measure_gap(agent);
		if (error)
			return error;
		baton_ha_report(agent, LOG_NOTICE, "gate_open", "epoch %u, lease %u ms", a->epoch, a->value);
		baton_ha_opening_watch(agent->opening);
		return 0;
	case BATON_HA_ACT_GATE_SHUT:
		error = baton_ha_kernel_shut(agent->kernel, a->epoch, a->value);
		if (!error)
			baton_ha_report(agent, LOG_NOTICE, "gate_shut", "epoch %u%s", a->epoch,
					a->value ? ", packets wait for the peer" : "");
		return error;
	case BATON_HA_ACT_LEASE:
		error = baton_ha_kernel_lease(agent->kernel, a->epoch, a->value);
		if (!error && a->value != agent->lease_told) {
			agent->lease_told = a->value;
			baton_ha_report(agent, LOG_INFO, "lease", "%u ms", a->value);
		}
		return error;
	case BATON_HA_ACT_VIP_ADD:
		return set_addresses(agent, BATON_HA_VIPS_ALL, "vip_added");
	case BATON_HA_ACT_VIP_ARM:
		return set_addresses(agent, BATON_HA_VIPS_ARMED, "vip_armed");
	case BATON_HA_ACT_VIP_DEL:
		return set_addresses(agent, BATON_HA_VIPS_NONE, "vip_removed");
	case BATON_HA_ACT_ANNOUNCE:
		baton_ha_announcer_start(agent->announcer);
		return 0;
	case BATON_HA_ACT_QUIET:
		baton_ha_announcer_stop(agent->announcer);
		return 0;
	case BATON_HA_ACT_SEND:
		baton_ha_corosync_send(agent->corosync, &a->message);
		return 0;
	case BATON_HA_ACT_FLUSH:
		baton_ha_syncd_link_flush(agent->syncd, a->value, a->prove, a->epoch);
		return 0;
	case BATON_HA_ACT_STORE:
		baton_ha_epoch_store(agent->epoch, a->epoch);
		return 0;
	case BATON_HA_ACT_ANSWER:
		baton_ha_control_answer(agent->control, a);
		return 0;
	case BATON_HA_ACT_EVENT:
		note_event(agent, a);
		return 0;
	case BATON_HA_ACT_EXIT:
		agent->leaving = true;
		return 0;
	case BATON_HA_ACT_FENCE:
		baton_ha_fencer_start(agent->fencer, a->value);
		return 0;
	case BATON_HA_ACT_BEAT:
		baton_ha_pulse_send(agent->pulse, &a->beat);
		return 0;
	case BATON_HA_ACT_PROBE:
		(void)baton_ha_kernel_probe(agent->kernel, a->value, false);
		return 0;
	case BATON_HA_ACT_CONFIRM:
		break;
	}
	return 0;
}

static bool is_kernel_action(enum baton_ha_action_type type)
{
	return type == BATON_HA_ACT_GATE_OPEN || type == BATON_HA_ACT_GATE_SHUT ||
	       type == BATON_HA_ACT_LEASE;
}

/* The events that follow from doing @out: at most a confirmation, or a failure and the gate's state. */
static unsigned int perform(struct baton_ha_agent *agent, const struct baton_ha_actions *out,
			    struct baton_ha_event *follow)
{
	unsigned int n = 0;
	int error;

	for (unsigned int i = 0; i < out->count; i++) {
		const struct baton_ha_action *a = &out->list[i];

		if (a->type == BATON_HA_ACT_CONFIRM) {
			follow[n++] = (struct baton_ha_event){ .type = BATON_HA_EV_CONFIRM };
			continue;
		}
		error = do_action(agent, a);
		if (!error)
			continue;
		if (is_kernel_action(a->type))
			baton_ha_report(agent, LOG_ERR, "gate_failed", "%s",
					baton_ha_kernel_error(agent->kernel));
		follow[0] = (struct baton_ha_event){ .type = BATON_HA_EV_FAILED,
			.failed = { a->type, -error } };
		follow[1].type = BATON_HA_EV_GATE;
		if (is_kernel_action(a->type) &&
		    !baton_ha_kernel_gate(agent->kernel, &follow[1].gate))
			return 2;
		return 1;
	}
	return n;
}

static void feed_watchdog(struct baton_ha_agent *agent, uint64_t now)
{
	if (!agent->watchdog_ms || now < agent->fed_at + agent->watchdog_ms / 4)
		return;
	agent->fed_at = now;
	sd_notify(0, "WATCHDOG=1");
}

static void arm(struct baton_ha_agent *agent, uint64_t now)
{
	uint64_t when = baton_ha_deadline(&agent->ha, now);

	if (when > now + TICK_MAX_MS)
		when = now + TICK_MAX_MS;
	sd_event_source_set_time(agent->timer, when * 1000);
	sd_event_source_set_enabled(agent->timer, SD_EVENT_ONESHOT);
}

/* After @event and all that followed from it. */
static void count(struct baton_ha_agent *agent, const struct baton_ha_event *event)
{
	bool holds = baton_ha_holds(&agent->ha);

	agent->counts.role_changes += holds != agent->held && event->type != BATON_HA_EV_START;
	agent->held = holds;
	agent->counts.fence_failures += event->type == BATON_HA_EV_FENCED && event->fenced.error;
}

void baton_ha_feed(struct baton_ha_agent *agent, const struct baton_ha_event *event)
{
	struct baton_ha_event queue[FOLLOW_MAX + 2] = { *event };
	unsigned int head = 0, tail = 1;
	struct baton_ha_actions out;
	uint64_t now = 0;

	/* A promotion that fails is demoted, and that is where it ends: the chain is short. */
	while (head < tail && tail <= FOLLOW_MAX) {
		now = baton_ha_now();
		agent->event_at[queue[head].type] = now;
		baton_ha_step(&agent->ha, &queue[head++], now, &out);
		tail += perform(agent, &out, &queue[tail]);
	}
	count(agent, event);
	baton_ha_journal_status(agent);
	arm(agent, now);
	if (agent->leaving)
		sd_event_exit(agent->event, 0);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_agent *agent = arg;

	(void)source;
	(void)usec;
	baton_ha_feed(agent, &(struct baton_ha_event){ .type = BATON_HA_EV_TICK });
	feed_watchdog(agent, baton_ha_now());
	return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *arg)
{
	(void)source;
	(void)si;
	sd_notify(0, "STOPPING=1");
	baton_ha_shutdown_ask(arg);
	return 0;
}

/* --- start and stop --- */

static int open_loop(struct baton_ha_agent *agent)
{
	uint64_t usec;
	int error;

	error = sd_event_default(&agent->event);
	if (error < 0)
		return error;
	error = sd_event_add_time(agent->event, &agent->timer, CLOCK_MONOTONIC, UINT64_MAX, 1000,
				  on_tick, agent);
	if (error >= 0)
		error = sd_event_source_set_priority(agent->timer, BATON_HA_PRIORITY_TIMER);
	if (error >= 0)
		error = sd_event_add_signal(agent->event, NULL, SIGTERM, on_signal, agent);
	if (error >= 0)
		error = sd_event_add_signal(agent->event, NULL, SIGINT, on_signal, agent);
	if (error >= 0)
		error = baton_ha_journal_open(agent);
	if (sd_watchdog_enabled(0, &usec) > 0)
		agent->watchdog_ms = usec / 1000;
	return error < 0 ? error : 0;
}

static int open_timeline(struct baton_ha_agent *agent)
{
	const char *dir = agent->options.state_dir;
	bool recalled;
	int error;

	agent->timeline = baton_ha_timeline_open(agent->options.timeline, &error);
	if (!agent->timeline)
		return -ENOMEM;
	/* None in memory: the machine has just started. */
	recalled = !agent->timeline->count &&
		   baton_ha_timeline_recall(agent->timeline, dir, baton_ha_usec(CLOCK_REALTIME),
					    baton_ha_usec(CLOCK_MONOTONIC));
	if (error)
		baton_ha_report(agent, LOG_WARNING, "timeline", "%s cannot be written: %s",
				agent->options.timeline, baton_err_text(error));
	error = baton_ha_timeline_keeper_new(&agent->keeper, dir);
	if (error)
		baton_ha_report(agent, LOG_WARNING, "timeline", "cannot be kept in %s: %s", dir,
				baton_err_text(error));
	if (recalled)
		baton_ha_report(agent, LOG_INFO, "recalled", "what is before this is of an earlier boot, by the clock on the wall");
	baton_ha_report(agent, LOG_INFO, "agent", "starts, version %s", BATON_RELEASE);
	return 0;
}

static int open_parts(struct baton_ha_agent *agent, struct baton_ha_event *start, char *err,
		      size_t err_size)
{
	int error;

	error = baton_ha_epoch_open(&agent->epoch, agent, &start->start.epoch, err, err_size);
	if (!error)
		error = baton_ha_kernel_new(&agent->kernel, agent, err, err_size);
	if (error)
		return error;
	error = baton_ha_announcer_new(&agent->announcer, agent);
	if (!error)
		error = baton_ha_opening_new(&agent->opening, agent);
	if (!error)
		error = baton_ha_recorder_new(&agent->recorder, agent);
	if (!error)
		error = baton_ha_enquirer_new(&agent->enquirer, agent);
	if (!error)
		error = baton_ha_fencer_new(&agent->fencer, agent);
	if (!error)
		error = baton_ha_pulse_new(&agent->pulse, agent);
	if (!error)
		error = baton_ha_control_new(&agent->control, agent);
	if (error)
		return baton_err_set(err, err_size, error, "cannot listen on %s: %s",
				     agent->options.control, baton_err_text(error));
	error = baton_ha_syncd_link_new(&agent->syncd, agent);
	if (!error)
		error = baton_ha_corosync_new(&agent->corosync, agent);
	if (!error)
		error = baton_ha_checks_new(&agent->checks, agent);
	if (!error)
		error = baton_ha_monitor_new(&agent->monitor, agent);
	return error ? baton_err_set(err, err_size, error, "cannot start: %s",
				     baton_err_text(error)) : 0;
}

static void close_parts(struct baton_ha_agent *agent)
{
	baton_ha_shutdown_free(agent->shutdown);
	baton_ha_monitor_free(agent->monitor);
	baton_ha_checks_free(agent->checks);
	baton_ha_corosync_free(agent->corosync);
	baton_ha_syncd_link_free(agent->syncd);
	baton_ha_control_free(agent->control);
	baton_ha_pulse_free(agent->pulse);
	baton_ha_fencer_free(agent->fencer);
	baton_ha_enquirer_free(agent->enquirer);
	baton_ha_recorder_free(agent->recorder);
	baton_ha_opening_free(agent->opening);
	baton_ha_announcer_free(agent->announcer);
	baton_ha_kernel_free(agent->kernel);
	baton_ha_journal_close(agent);
	/* The disk last: it may take its time. The next agent finds the ring in memory, and clients wait for it; the next machine does not. */
	baton_ha_epoch_close(agent->epoch);
	baton_ha_timeline_keeper_free(agent->keeper, agent->ha.shutdown);
	baton_ha_timeline_close(agent->timeline);
	sd_event_source_disable_unref(agent->timer);
	sd_event_unref(agent->event);
}

/* A standby whose agent is stopped has no use for the addresses, nor for the module's guard. */
static void disarm(struct baton_ha_agent *agent)
{
	char err[160];

	if (baton_ha_vip_set(&agent->config, BATON_HA_VIPS_NONE, NULL, err, sizeof(err)))
		baton_ha_report(agent, LOG_ERR, "vip_failed", "%s", err);
	else
		baton_ha_kernel_unguard(agent->kernel);
}

static int run(struct baton_ha_agent *agent, char *err, size_t err_size)
{
	struct baton_ha_event start = { .type = BATON_HA_EV_START };
	int error;

	error = open_timeline(agent);
	if (!error)
		error = open_loop(agent);
	if (error)
		return baton_err_set(err, err_size, error, "cannot start: %s",
				     baton_err_text(error));
	error = open_parts(agent, &start, err, err_size);
	if (error)
		return error;
	/* The gate is read last: it says what we were, and its lease is running. */
	baton_ha_kernel_gate(agent->kernel, &start.start.gate);
	baton_ha_feed(agent, &start);
	sd_notify(0, "READY=1");
	error = sd_event_loop(agent->event);
	if (!baton_ha_holds(&agent->ha))
		disarm(agent);
	return error < 0 ? baton_err_set(err, err_size, error, "the event loop failed: %s",
					 baton_err_text(error)) : 0;
}

int baton_ha_agent_run(const struct baton_ha_options *options, char *err, size_t err_size)
{
	static struct baton_ha_agent agent;
	int error;

	memset(&agent, 0, sizeof(agent));
	agent.options = *options;
	agent.lease_told = UINT32_MAX;
	agent.told_state = BATON_HA_STATES;
	agent.counts.gap_ms = -1;
	error = baton_config_load(options->config, &agent.config, err, err_size);
	if (error)
		return error;
	baton_ha_init(&agent.ha, agent.config.ha.lease_ms);
	agent.ha.fences = agent.config.ha.fence[0];
	agent.ha.succession.ms = agent.config.ha.succession_ms;
	agent.ha.succession.probe = agent.config.ha.probe;
	error = run(&agent, err, err_size);
	close_parts(&agent);
	return error;
}
