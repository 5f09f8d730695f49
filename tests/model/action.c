// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <errno.h>
#include <string.h>

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
	w->opened_at = w->now;
	w->moved_at = w->faults ? w->now : 0;
	w->last_opened = i;
	*g = (struct gate){ true, false, epoch, lease_ms, w->now + lease_ms };
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

/* The peer is off before the hook says so. */
static void fence(struct world *w, int i, uint32_t number)
{
	struct node *n = &w->node[i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_FENCED, .fenced = { .number = number } };

	if (n->fail_fence) {
		n->fail_fence = 0;
		ev.fenced.error = EIO;
	} else {
		w->node[1 - i].touched = true;
		node_power_off(w, 1 - i);
	}
	node_push(w, i, w->now + FENCE_MS, &ev);
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

/*
 * The role that goes with a flush gets there before whoever asked hears that it did. A flush that was given up
 * may do its work all the same, at that moment. What is lost when beats are may be lost, too: then
 * corosync's message has to do.
 */
static void flush(struct world *w, int i, const struct baton_ha_action *a)
{
	struct node *n = &w->node[i], *peer = &w->node[1 - i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_FLUSHED };
	struct baton_ha_event given = { .type = BATON_HA_EV_GIVEN, .epoch = a->epoch };
	uint64_t due = w->now + 2, there = w->now + 1;

	bool whole = path_open(w, 0, PATH_SYNC) && path_open(w, 1, PATH_SYNC);

	if (n->fail_flush || !whole) {
		n->fail_flush = 0;
		ev.error = ETIMEDOUT;
		due = w->now + a->value;
		there = due;
	}
	if (a->epoch && path_open(w, i, PATH_SYNC) && !peer->deaf && peer->on && peer->agent)
		node_push(w, 1 - i, there, &given);
	node_push(w, i, due, &ev);
}

/* Past corosync: what is lost is lost, and of those that lie there unread the newest is enough. */
static void beat(struct world *w, int i, const struct baton_ha_beat *beat)
{
	struct node *peer = &w->node[1 - i];
	struct baton_ha_event ev = { .type = BATON_HA_EV_BEAT, .beat = *beat };

	if ((w->lost[i] & PATH_BEAT) || peer->deaf || !peer->on || !peer->agent)
		return;
	for (unsigned int k = 0; k < peer->queued; k++)
		if (peer->queue[k].event.type == BATON_HA_EV_BEAT &&
		    !memcmp(&peer->queue[k].event.beat, beat, sizeof(*beat)))
			return;
	node_push(w, 1 - i, w->now, &ev);
}

/* A kernel answers for its addresses as long as its gate is open, whatever its agent does. */
static void probe(struct world *w, int i, uint32_t number)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_OWNER, .probe = number };

	if (path_open(w, i, PATH_LAN) && path_open(w, 1 - i, PATH_LAN) && gate_is_open(w, &w->node[1 - i].gate))
		node_push(w, i, w->now + 1, &ev);
}

/* As long as a contract is agreed there is one; it stays until the next, also when the agent has gone. */
static void leave_will(struct world *w, int i, const struct baton_ha_beat *beat)
{
	if (beat->lease_ms)
		w->node[i].will = (struct baton_ha_beat){
			.epoch = beat->epoch, .number = beat->number, .last = 1 };
}

void kernel_last_word(struct world *w, int i)
{
	struct node *n = &w->node[i];

	if (!n->will.last || !gate_is_open(w, &n->gate) || n->gate.epoch != n->will.epoch)
		return;
	say(w, i, "the kernel has a last word");
	beat(w, i, &n->will);
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
		check_shutting(w, i);
		if (a->value)
			check_relay(w, i, a->epoch);
		if (a->value && gate_is_open(w, &n->gate))
			w->waits_since = w->now;
		n->gate.active = false;
		n->gate.forced = false;
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
		check_said(w, i, a);
		if (a->message.type != BATON_HA_MSG_HELLO)
			say(w, i, "says %s", baton_ha_message_name(a->message.type));
		cluster_send(w, i, &a->message);
		return 0;
	case BATON_HA_ACT_FLUSH:
		flush(w, i, a);
		return 0;
	case BATON_HA_ACT_FENCE:
		say(w, i, "fences the other one");
		fence(w, i, a->value);
		return 0;
	case BATON_HA_ACT_BEAT:
		check_said(w, i, a);
		leave_will(w, i, &a->beat);
		beat(w, i, &a->beat);
		return 0;
	case BATON_HA_ACT_PROBE:
		probe(w, i, a->value);
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

struct baton_ha_gate gate_read(const struct world *w, int i)
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
				.gate = gate_read(w, i) };
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

	if (event->type == BATON_HA_EV_OWNER)
		w->node[i].owned = event->probe;
	while (head < tail && tail < 10 && w->node[i].agent) {
		w->node[i].silence = (uint32_t)w->node[i].ha.succession.beat_at;
		baton_ha_step(&w->node[i].ha, &queue[head++], node_now(w, i), &out);
		if (out.count == BATON_HA_ACTIONS_MAX)
			w->broken = "more actions than fit into a list";
		tail += perform(w, i, &out, &queue[tail]);
	}
	if (head < tail && w->node[i].agent)
		w->broken = "an event leads to events without end";
}
