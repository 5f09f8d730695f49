// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool world_verbose;

void say(const struct world *w, int node, const char *fmt, ...)
{
	va_list ap;

	if (!world_verbose)
		return;
	printf("%8llu ms  ", (unsigned long long)w->now);
	if (node >= 0)
		printf("node %d  ", node + 1);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

bool gate_is_open(const struct world *w, const struct gate *g)
{
	return g->active && (!g->lease_ms || w->now < g->until);
}

bool node_runs(const struct world *w, int i)
{
	return w->node[i].on && w->now >= w->node[i].paused_until;
}

bool nodes_hear(const struct world *w)
{
	return !w->cut && node_runs(w, 0) && node_runs(w, 1) && w->node[0].corosync.alive &&
	       w->node[1].corosync.alive;
}

static bool agent_runs(const struct world *w, int i)
{
	return node_runs(w, i) && w->node[i].agent && w->now >= w->node[i].stalled_until;
}

static uint64_t local_now(const struct world *w, int i)
{
	return w->now - w->node[i].behind;
}

static bool is_hello(const struct baton_ha_event *e)
{
	return e->type == BATON_HA_EV_MESSAGE && e->from.message.type == BATON_HA_MSG_HELLO;
}

/* A greeting like one that lies there unread, with nothing but greetings in between, is the same one. */
static bool is_repeated(struct node *n, const struct baton_ha_event *event)
{
	struct baton_ha_message a = event->from.message, b;

	for (unsigned int k = n->queued; k-- && is_hello(&n->queue[k].event);) {
		if (n->queue[k].event.from.self != event->from.self)
			continue;
		b = n->queue[k].event.from.message;
		a.value = b.value;
		if (memcmp(&a, &b, sizeof(a)))
			return false;
		n->queue[k].event = *event;
		return true;
	}
	return false;
}

void node_push(struct world *w, int i, uint64_t due, const struct baton_ha_event *event)
{
	struct node *n = &w->node[i];

	if (is_hello(event) && is_repeated(n, event))
		return;
	if (n->queued == QUEUE_MAX) {
		w->broken = "the model's queue is too short";
		return;
	}
	n->queue[n->queued++] = (struct entry){ due, w->order++, *event };
}

/* --- what an agent's actions do --- */

static void agent_goes(struct world *w, int i, bool died)
{
	struct node *n = &w->node[i];

	n->agent = false;
	n->queued = 0;
	n->announcing = false;
	cluster_agent_gone(w, i, died);
}

static int gate_open(struct world *w, int i, uint32_t epoch, uint32_t lease_ms)
{
	struct node *n = &w->node[i];
	struct gate *g = &n->gate;

	if (n->fail_open) {
		n->fail_open--;
		return ENOBUFS;
	}
	if (epoch < g->epoch || (epoch == g->epoch && !gate_is_open(w, g)))
		return ESTALE;
	check_opening(w, i, epoch);
	w->promotions++;
	*g = (struct gate){ true, epoch, lease_ms, w->now + lease_ms };
	memmove(n->opened + 1, n->opened, sizeof(n->opened) - sizeof(n->opened[0]));
	n->opened[0] = epoch;
	return 0;
}

static int gate_lease(struct world *w, int i, uint32_t epoch, uint32_t lease_ms)
{
	struct node *n = &w->node[i];

	if (n->fail_lease) {
		n->fail_lease--;
		return ENOBUFS;
	}
	if (n->gate.epoch != epoch || !n->gate.active)
		return ESTALE;
	if (!gate_is_open(w, &n->gate))
		return ETIME;
	n->gate.lease_ms = lease_ms;
	n->gate.until = w->now + lease_ms;
	return 0;
}

static void power_off(struct world *w, int i);

/* The peer is off before the hook says so. */
static void fence(struct world *w, int i, uint32_t number)
{
	struct node *n = &w->node[i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_FENCED, .fenced = { .number = number } };

	if (n->fail_fence) {
		n->fail_fence = 0;
		ev.fenced.error = EIO;
	} else {
		power_off(w, 1 - i);
	}
	node_push(w, i, w->now + FENCE_MS, &ev);
}

static struct baton_ha_health health_of(const struct node *n)
{
	return (struct baton_ha_health){ .module = true, .carrier = n->carrier, .guarded = true,
		.vips_all = n->vips, .vips_armed = n->vips, .vips_any = n->vips };
}

static int addresses(struct world *w, int i, enum baton_ha_action_type type)
{
	struct node *n = &w->node[i];

	check_addresses(w, i, type);
	if (n->fail_vip) {
		n->fail_vip--;
		return ENOBUFS;
	}
	n->vips = type != BATON_HA_ACT_VIP_DEL;
	node_push(w, i, w->now, &(struct baton_ha_event){ .type = BATON_HA_EV_HEALTH });
	return 0;
}

static void flush(struct world *w, int i, uint32_t timeout_ms)
{
	struct node *n = &w->node[i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_FLUSHED };
	uint64_t due = w->now + 2;

	if (n->fail_flush || !nodes_hear(w)) {
		n->fail_flush = 0;
		ev.error = ETIMEDOUT;
		due = w->now + timeout_ms;
	}
	node_push(w, i, due, &ev);
}

/* Past corosync: what is lost is lost, and of those that lie there unread the newest is enough. */
static void beat(struct world *w, int i, const struct baton_ha_beat *beat)
{
	struct node *peer = &w->node[1 - i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_BEAT, .beat = *beat };

	if (w->cut || peer->deaf || !peer->on || !peer->agent)
		return;
	for (unsigned int k = 0; k < peer->queued; k++)
		if (peer->queue[k].event.type == BATON_HA_EV_BEAT &&
		    !memcmp(&peer->queue[k].event.beat, beat, sizeof(*beat)))
			return;
	node_push(w, 1 - i, w->now, &ev);
}

static int do_action(struct world *w, int i, const struct baton_ha_action *a)
{
	struct node *n = &w->node[i];

	switch (a->type) {
	case BATON_HA_ACT_GATE_OPEN:
		say(w, i, "gate open, epoch %u, lease %u", a->epoch, a->value);
		return gate_open(w, i, a->epoch, a->value);
	case BATON_HA_ACT_GATE_SHUT:
		say(w, i, a->value ? "gate shut, packets wait" : "gate shut");
		if (a->value)
			check_relay(w, i, a->epoch);
		if (a->value && gate_is_open(w, &n->gate))
			w->waits_since = w->now;
		n->gate.active = false;
		return 0;
	case BATON_HA_ACT_LEASE:
		if (a->value != n->gate.lease_ms)
			say(w, i, "lease %u", a->value);
		return gate_lease(w, i, a->epoch, a->value);
	case BATON_HA_ACT_VIP_ADD:
	case BATON_HA_ACT_VIP_ARM:
	case BATON_HA_ACT_VIP_DEL:
		return addresses(w, i, a->type);
	case BATON_HA_ACT_ANNOUNCE:
		check_announcement(w, i);
		n->announcing = true;
		return 0;
	case BATON_HA_ACT_QUIET:
		n->announcing = false;
		return 0;
	case BATON_HA_ACT_SEND:
		if (a->message.type != BATON_HA_MSG_HELLO)
			say(w, i, "says %s", baton_ha_message_name(a->message.type));
		cluster_send(w, i, &a->message);
		return 0;
	case BATON_HA_ACT_FLUSH:
		flush(w, i, a->value);
		return 0;
	case BATON_HA_ACT_FENCE:
		say(w, i, "fences the other one");
		fence(w, i, a->value);
		return 0;
	case BATON_HA_ACT_BEAT:
		beat(w, i, &a->beat);
		return 0;
	case BATON_HA_ACT_STORE:
		n->stored = a->epoch;
		return 0;
	case BATON_HA_ACT_EVENT:
		if (!strcmp(a->text, "state"))
			say(w, i, "%s: %s", baton_ha_state_name(a->value),
			    baton_ha_reason_text(a->reason));
		return 0;
	case BATON_HA_ACT_ANSWER:
		say(w, i, "answers the operator: %s", a->value ? a->text : "done");
		return 0;
	case BATON_HA_ACT_CONFIRM:
	case BATON_HA_ACT_EXIT:
		return 0;
	}
	return 0;
}

static struct baton_ha_gate read_gate(const struct world *w, int i)
{
	const struct gate *g = &w->node[i].gate;

	return (struct baton_ha_gate){ .active = g->active, .open = gate_is_open(w, g),
		.epoch = g->epoch, .lease_ms = g->lease_ms,
		.left_ms = g->lease_ms && w->now < g->until ? g->until - w->now : 0 };
}

static void leave(struct world *w, int i)
{
	struct node *n = &w->node[i];

	say(w, i, "the agent leaves");
	if (!gate_is_open(w, &n->gate))
		n->vips = false;
	agent_goes(w, i, false);
	if (n->off_when_left)
		world_fault(w, FAULT_POWER_OFF, i);
	else
		n->start_at = w->now + RESTART_MS;
}

/* The same order of things as in ha/agent.c. */
static unsigned int perform(struct world *w, int i, const struct baton_ha_actions *out,
			    struct baton_ha_event *follow)
{
	struct node *n = &w->node[i];
	unsigned int count = 0;

	for (unsigned int k = 0; k < out->count && n->agent; k++) {
		const struct baton_ha_action *a = &out->list[k];
		int error = do_action(w, i, a);

		if (error) {
			say(w, i, "that fails");
			follow[0] = (struct baton_ha_event){ .type = BATON_HA_EV_FAILED,
				.failed = { a->type, error } };
			follow[1] = (struct baton_ha_event){ .type = BATON_HA_EV_GATE,
				.gate = read_gate(w, i) };
			return 2;
		}
		if (a->type == BATON_HA_ACT_CONFIRM)
			follow[count++] = (struct baton_ha_event){ .type = BATON_HA_EV_CONFIRM };
		if (a->type == BATON_HA_ACT_EXIT)
			leave(w, i);
		if (a->type == BATON_HA_ACT_GATE_OPEN && n->die_opening) {
			n->die_opening = 0;
			say(w, i, "the agent dies");
			agent_goes(w, i, true);
			n->start_at = w->now + REBORN_MS;
		}
	}
	return count;
}

void node_feed(struct world *w, int i, const struct baton_ha_event *event)
{
	struct baton_ha_event queue[12] = { *event };
	unsigned int head = 0, tail = 1;
	struct baton_ha_actions out;

	while (head < tail && tail < 10 && w->node[i].agent) {
		baton_ha_step(&w->node[i].ha, &queue[head++], local_now(w, i), &out);
		if (out.count == BATON_HA_ACTIONS_MAX)
			w->broken = "more actions than fit into a list";
		tail += perform(w, i, &out, &queue[tail]);
	}
	if (head < tail && w->node[i].agent)
		w->broken = "an event leads to events without end";
}

/* --- syncd: proves a standby equal some time after it hears an active --- */

static void syncd_look(struct world *w, int i)
{
	struct node *n = &w->node[i];
	const struct node *peer = &w->node[1 - i];
	bool heard = !w->cut && node_runs(w, i) && node_runs(w, 1 - i);
	bool peer_active = heard && gate_is_open(w, &peer->gate);
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD };

	if (!n->on || !n->agent)
		return;
	if (gate_is_open(w, &n->gate))
		n->proven = peer->proven;
	else if (!peer_active)
		n->prove_at = NEVER;
	else if (!n->proven && n->prove_at == NEVER)
		n->prove_at = w->now + 100;
	else if (w->now >= n->prove_at) {
		n->proven = true;
		n->prove_at = NEVER;
	}
	ev.syncd = (struct baton_ha_syncd){ .connected = true, .warm = n->proven,
		.peer_present = heard, .peer_active = peer_active };
	if (!memcmp(&ev.syncd, &n->told, sizeof(n->told)))
		return;
	n->told = ev.syncd;
	node_push(w, i, w->now, &ev);
}

/* --- agents --- */

static void start_agent(struct world *w, int i)
{
	struct node *n = &w->node[i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_START };

	say(w, i, "the agent starts");
	n->agent = true;
	n->start_at = NEVER;
	n->stalled_until = 0;
	n->queued = 0;
	memset(&n->told, 0, sizeof(n->told));
	baton_ha_init(&n->ha, w->heirs ? HEIRS_LEASE_MS : LEASE_MS);
	n->ha.health = health_of(n);
	n->ha.fences = w->fenced;
	n->ha.succession.ms = w->heirs;
	ev.start.gate = read_gate(w, i);
	ev.start.epoch = n->stored;
	node_feed(w, i, &ev);
}

static void power_on(struct world *w, int i)
{
	struct node *n = &w->node[i];
	uint32_t stored = n->stored;
	uint32_t opened[4];

	memcpy(opened, n->opened, sizeof(opened));
	memset(n, 0, sizeof(*n));
	memcpy(n->opened, opened, sizeof(opened));
	n->stored = stored;
	n->on = true;
	n->carrier = true;
	n->start_at = NEVER;
	n->prove_at = NEVER;
	cluster_start(w, i);
	start_agent(w, i);
}

void world_boot(struct world *w, bool fenced, uint32_t heirs)
{
	memset(w, 0, sizeof(*w));
	w->fenced = fenced;
	w->heirs = heirs;
	w->now = 10000;
	w->healed_at = w->now;
	w->first_active = NODES;
	power_on(w, 0);
	power_on(w, 1);
}

/* --- time --- */

static void sooner(uint64_t *when, uint64_t now, uint64_t candidate)
{
	if (candidate > now && candidate < *when)
		*when = candidate;
}

static uint64_t next_due(const struct world *w)
{
	uint64_t when = w->now + 1000;

	sooner(&when, w->now, cluster_deadline(w));
	for (int i = 0; i < NODES; i++) {
		const struct node *n = &w->node[i];
		uint64_t d;

		if (!n->on)
			continue;
		sooner(&when, w->now, n->paused_until);
		if (!node_runs(w, i))
			continue;
		sooner(&when, w->now, n->stalled_until);
		sooner(&when, w->now, n->start_at);
		sooner(&when, w->now, n->prove_at);
		if (n->stray_since)
			sooner(&when, w->now, n->stray_since + STRAY_MS + 1);
		for (unsigned int k = 0; k < n->queued; k++)
			sooner(&when, w->now, n->queue[k].due);
		if (!agent_runs(w, i))
			continue;
		d = baton_ha_deadline(&n->ha, local_now(w, i));
		if (d != NEVER)
			sooner(&when, w->now, d + n->behind);
	}
	return when;
}

/* From then on, at the earliest, whoever is there hears the other one. */
static void heals(struct world *w, uint64_t when)
{
	if (when > w->healed_at)
		w->healed_at = when;
}

static bool verdict_unread(const struct node *n)
{
	for (unsigned int k = 0; k < n->queued; k++)
		if (n->queue[k].event.type == BATON_HA_EV_VERDICT)
			return true;
	return false;
}

static void resume(struct world *w, uint64_t was)
{
	for (int i = 0; i < NODES; i++) {
		struct node *n = &w->node[i];

		if (n->on && was < n->paused_until && w->now >= n->paused_until) {
			say(w, i, "the machine goes on");
			n->corosync.token = true;
			if (n->clock_stopped || n->corosync.lost_at != NEVER || verdict_unread(n))
				w->woke_at = w->now;
			heals(w, w->now);
		}
	}
}

static bool has_mail(const struct world *w, int i)
{
	const struct node *n = &w->node[i];

	for (unsigned int k = 0; k < n->queued; k++)
		if (n->queue[k].due <= w->now)
			return true;
	return false;
}

static void pass_time(struct world *w)
{
	uint64_t was = w->now;

	w->now = next_due(w);
	resume(w, was);
	for (int i = 0; i < NODES; i++) {
		struct node *n = &w->node[i];

		if (!node_runs(w, i))
			continue;
		if (w->now >= n->corosync.start_at)
			cluster_start(w, i);
		if (w->now >= n->start_at)
			start_agent(w, i);
		if (n->agent && !n->connected && n->corosync.alive)
			cluster_connect(w, i);
	}
	cluster_run(w);
	for (int i = 0; i < NODES; i++)
		syncd_look(w, i);
	/* What has arrived is read before time counts: an agent with mail gets no tick now. */
	for (int i = 0; i < NODES; i++)
		if (agent_runs(w, i) && !has_mail(w, i))
			node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_TICK });
}

/* The entry that arrived first among those that may be read, or NULL. */
static struct entry *next_entry(struct world *w, int *node)
{
	struct entry *first = NULL;

	for (int i = 0; i < NODES; i++) {
		struct node *n = &w->node[i];

		for (unsigned int k = 0; k < n->queued && agent_runs(w, i); k++) {
			if (n->queue[k].due > w->now)
				continue;
			if (!first || n->queue[k].order < first->order) {
				first = &n->queue[k];
				*node = i;
			}
			break;
		}
	}
	return first;
}

static bool deliver_one(struct world *w, bool *dull)
{
	struct entry *e, copy;
	struct node *n;
	int i = 0;

	e = next_entry(w, &i);
	if (!e)
		return false;
	n = &w->node[i];
	copy = *e;
	n->queued--;
	memmove(e, e + 1, (n->queue + n->queued - e) * sizeof(*e));
	*dull = copy.event.type == BATON_HA_EV_BEAT ||
		(copy.event.type == BATON_HA_EV_MESSAGE &&
		 copy.event.from.message.type == BATON_HA_MSG_HELLO);
	if (copy.event.type == BATON_HA_EV_MESSAGE && !copy.event.from.self &&
	    copy.event.from.message.type == BATON_HA_MSG_READY)
		n->promised = copy.event.from.message.ref;
	if (copy.event.type == BATON_HA_EV_HEALTH)
		copy.event.health = health_of(n);	/* the monitor looks, it is not told */
	if (!*dull)
		say(w, i, "hears %s%s%s", baton_ha_event_name(copy.event.type),
		    copy.event.type == BATON_HA_EV_MESSAGE ? " " : "",
		    copy.event.type == BATON_HA_EV_MESSAGE ?
		    baton_ha_message_name(copy.event.from.message.type) : "");
	node_feed(w, i, &copy.event);
	return true;
}

void world_step(struct world *w)
{
	bool dull = true, any = false;

	/* Greetings come along with what follows them: faults between them show nothing new. */
	while (dull && deliver_one(w, &dull))
		any = true;
	if (!any)
		pass_time(w);
	for (int i = 0; i < NODES; i++)
		if (w->first_active == NODES && gate_is_open(w, &w->node[i].gate))
			w->first_active = i;
	check_now(w);
}

/* --- faults --- */

static void command(struct world *w, int i, enum baton_ha_command c)
{
	node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_COMMAND,
		.command = { .command = c } });
}

bool world_can(const struct world *w, enum fault fault, int i)
{
	const struct node *n = &w->node[i];
	bool runs = agent_runs(w, i);

	switch (fault) {
	case FAULT_POWER_OFF:
		return n->on;
	case FAULT_BOOT:
		return !n->on;
	case FAULT_AGENT_KILL:
	case FAULT_AGENT_GONE:
		return node_runs(w, i) && n->agent;
	case FAULT_AGENT_RESTART:
	case FAULT_SHUTDOWN:
		return runs && !n->ha.stopping;
	case FAULT_COROSYNC_KILL:
		return node_runs(w, i) && n->corosync.alive;
	case FAULT_STALL:
	case FAULT_HANG:
	case FAULT_LAG:
	case FAULT_FLUSH_FAILS:
		return runs;
	case FAULT_PAUSE:
	case FAULT_PAUSE_STOPPED:
	case FAULT_BLINK:
	case FAULT_LATE_VERDICT:
		return node_runs(w, i);
	case FAULT_OPEN_FAILS:
	case FAULT_DIE_OPENING:
		return runs && !baton_ha_holds(&n->ha);
	case FAULT_VIP_FAILS:
		return runs;
	case FAULT_VIP_LOST:
		return runs && n->vips;
	case FAULT_DEAF:
		return n->on && w->heirs && !n->deaf;
	case FAULT_FENCE_FAILS:
		return runs && w->fenced;
	case FAULT_LEASE_FAILS:
		return runs && baton_ha_holds(&n->ha);
	case FAULT_CARRIER:
		return runs;
	case FAULT_COLD:
		return runs && n->proven;
	case FAULT_HANDOVER:
		return runs && (n->ha.state == BATON_HA_ACTIVE || n->ha.state == BATON_HA_STANDBY);
	case FAULT_DEMOTE:
		return runs && !n->ha.held;
	case FAULT_RESUME:
		return runs && n->ha.held;
	case FAULT_PROMOTE:
		return runs && n->ha.state == BATON_HA_WAIT_QUORUM && !n->ha.peer.in_ring;
	case FAULT_CUT:
		return !i && !w->cut;
	case FAULT_HEAL:
		return !i && w->cut;
	case FAULT_NONE:
	case FAULTS:
		break;
	}
	return false;
}

static void stop_machine(struct world *w, int i, uint64_t ms, bool clock_stops)
{
	struct node *n = &w->node[i];

	n->paused_until = w->now + ms;
	n->clock_stopped = clock_stops || (n->gate.active && !n->gate.lease_ms);
	if (clock_stops)
		n->behind += ms;
}

static void kill_agent(struct world *w, int i, bool again)
{
	agent_goes(w, i, true);
	w->node[i].gone = !again;
	w->node[i].start_at = again ? w->now + REBORN_MS : NEVER;
}

static void power_off(struct world *w, int i)
{
	struct node *n = &w->node[i];

	agent_goes(w, i, true);
	cluster_stop(w, i);
	n->on = false;
	n->vips = false;
	n->gate = (struct gate){ 0 };
	n->proven = false;
	n->start_at = NEVER;
	n->corosync.start_at = NEVER;
	n->paused_until = 0;
}

/* Things that are going to fail, and things that the operator wants. */
static void arm(struct world *w, enum fault fault, int i)
{
	struct node *n = &w->node[i];

	switch ((int)fault) {
	case FAULT_DIE_OPENING:
		n->die_opening = 1;
		break;
	case FAULT_OPEN_FAILS:
		n->fail_open = 1;
		break;
	case FAULT_VIP_FAILS:
		n->fail_vip = 1;
		break;
	case FAULT_DEAF:
		n->deaf = true;
		break;
	case FAULT_FENCE_FAILS:
		n->fail_fence = 1;
		break;
	case FAULT_LEASE_FAILS:
		n->fail_lease = 1;
		break;
	case FAULT_FLUSH_FAILS:
		n->fail_flush = 1;
		break;
	case FAULT_COLD:
		n->proven = false;
		break;
	case FAULT_LATE_VERDICT:
		n->corosync.late = true;
		break;
	case FAULT_HANDOVER:
		command(w, i, BATON_HA_CMD_HANDOVER);
		break;
	case FAULT_DEMOTE:
		command(w, i, BATON_HA_CMD_DEMOTE);
		break;
	case FAULT_RESUME:
		command(w, i, BATON_HA_CMD_RESUME);
		break;
	case FAULT_PROMOTE:
		command(w, i, BATON_HA_CMD_PROMOTE);
		break;
	}
}

static void look(struct world *w, int i)
{
	node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_HEALTH,
		.health = health_of(&w->node[i]) });
}

/* What happens to an agent, a daemon, a machine or the network. */
static void strike(struct world *w, enum fault fault, int i)
{
	struct node *n = &w->node[i];

	switch ((int)fault) {
	case FAULT_POWER_OFF:
		power_off(w, i);
		break;
	case FAULT_BOOT:
		heals(w, w->now);
		power_on(w, i);
		break;
	case FAULT_AGENT_KILL:
	case FAULT_AGENT_GONE:
		kill_agent(w, i, fault == FAULT_AGENT_KILL);
		break;
	case FAULT_AGENT_RESTART:
	case FAULT_SHUTDOWN:
		n->off_when_left = fault == FAULT_SHUTDOWN;
		node_feed(w, i, &(struct baton_ha_event){ .type = BATON_HA_EV_STOP,
			.shutdown = fault == FAULT_SHUTDOWN });
		break;
	case FAULT_COROSYNC_KILL:
		cluster_stop(w, i);
		n->corosync.start_at = w->now + COROSYNC_MS;
		heals(w, w->now + COROSYNC_MS);
		break;
	case FAULT_STALL:
	case FAULT_HANG:
	case FAULT_LAG:
		n->stalled_until = w->now + (fault == FAULT_STALL ? STALL_MS :
					     fault == FAULT_HANG ? HANG_MS : LAG_MS);
		break;
	case FAULT_PAUSE:
	case FAULT_PAUSE_STOPPED:
		stop_machine(w, i, PAUSE_MS, fault == FAULT_PAUSE_STOPPED);
		break;
	case FAULT_BLINK:
		stop_machine(w, i, BLINK_MS, true);
		break;
	case FAULT_CARRIER:
		n->carrier = !n->carrier;
		look(w, i);
		break;
	case FAULT_VIP_LOST:
		n->vips = false;
		look(w, i);
		break;
	case FAULT_CUT:
		w->cut = true;
		w->was_cut = true;
		break;
	case FAULT_HEAL:
		w->cut = false;
		heals(w, w->now);
		break;
	}
}

void world_fault(struct world *w, enum fault fault, int i)
{
	say(w, fault == FAULT_CUT || fault == FAULT_HEAL ? -1 : i, "*** %s", fault_name(fault));
	w->faults |= 1u << fault;
	w->fault_count++;
	arm(w, fault, i);
	strike(w, fault, i);
	check_now(w);
}

const char *fault_name(enum fault fault)
{
	static const char *const names[FAULTS] = {
		[FAULT_NONE] = "nothing", [FAULT_POWER_OFF] = "power off", [FAULT_BOOT] = "boot",
		[FAULT_AGENT_KILL] = "the agent is killed, and started again",
		[FAULT_AGENT_GONE] = "the agent is killed for good",
		[FAULT_AGENT_RESTART] = "the agent is restarted",
		[FAULT_SHUTDOWN] = "shutdown",
		[FAULT_DIE_OPENING] = "(the agent is going to die when it opens the gate)",
		[FAULT_COROSYNC_KILL] = "corosync is killed, and started again",
		[FAULT_STALL] = "the agent stalls", [FAULT_HANG] = "the agent hangs",
		[FAULT_LAG] = "the agent lags",
		[FAULT_PAUSE] = "the machine is paused, its clock goes on",
		[FAULT_PAUSE_STOPPED] = "the machine is paused, its clock stands still",
		[FAULT_BLINK] = "the machine is paused for a moment",
		[FAULT_OPEN_FAILS] = "(opening the gate is going to fail)",
		[FAULT_VIP_FAILS] = "(changing the addresses is going to fail)",
		[FAULT_VIP_LOST] = "the addresses are taken off",
		[FAULT_DEAF] = "beats do not arrive any more",
		[FAULT_FENCE_FAILS] = "(fencing is going to fail)",
		[FAULT_LEASE_FAILS] = "(renewing the lease is going to fail)",
		[FAULT_FLUSH_FAILS] = "(the next flush is going to fail)",
		[FAULT_CARRIER] = "carrier lost, or back", [FAULT_COLD] = "the table is cold",
		[FAULT_LATE_VERDICT] = "(the next verdict is going to be late)",
		[FAULT_HANDOVER] = "the operator hands over",
		[FAULT_DEMOTE] = "the operator demotes", [FAULT_RESUME] = "the operator resumes",
		[FAULT_PROMOTE] = "the operator promotes", [FAULT_CUT] = "the network is cut",
		[FAULT_HEAL] = "the network is healed",
	};

	return names[fault];
}
