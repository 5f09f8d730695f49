// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <string.h>

struct baton_ha_health node_health(const struct node *n)
{
	return (struct baton_ha_health){ .module = true, .carrier = n->carrier, .guarded = true,
		.vips_all = n->vips, .vips_armed = n->vips, .vips_any = n->vips };
}

/* --- syncd: proves a standby equal some time after it hears an active --- */

void node_ask_syncd(struct world *w, int i)
{
	struct node *n = &w->node[i];
	const struct node *peer = &w->node[1 - i];
	bool heard = path_open(w, 1 - i, PATH_SYNC);
	bool peer_active = heard && gate_is_open(w, &peer->gate);
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD };

	if (!n->on || !n->agent)
		return;
	if (gate_is_open(w, &n->gate))
		n->proven = peer->proven;
	else if (!peer_active || !path_open(w, i, PATH_SYNC))
		n->prove_at = NEVER;
	else if (!n->proven && n->prove_at == NEVER)
		n->prove_at = w->now + 100;
	else if (w->now >= n->prove_at) {
		n->proven = true;
		n->prove_at = NEVER;
	}
	ev.syncd = (struct baton_ha_syncd){ .connected = true, .warm = n->proven,
		.peer_present = heard, .peer_active = peer_active,
		.peer_epoch = heard ? peer->gate.epoch : n->told.peer_epoch };
	if (!memcmp(&ev.syncd, &n->told, sizeof(n->told)))
		return;
	n->told = ev.syncd;
	node_push(w, i, w->now, &ev);
}

/* --- agents --- */

void agent_goes(struct world *w, int i, bool died)
{
	struct node *n = &w->node[i];

	n->agent = false;
	n->queued = 0;
	n->announcing = false;
	cluster_agent_gone(w, i, died);
}

void agent_start(struct world *w, int i)
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
	n->ha.health = node_health(n);
	n->ha.fences = w->fenced;
	n->ha.succession.ms = w->heirs;
	n->ha.succession.probe = !w->unasked;
	n->owned = 0;
	ev.start.gate = gate_read(w, i);
	ev.start.epoch = n->stored;
	node_feed(w, i, &ev);
}

void node_power_on(struct world *w, int i)
{
	struct node *n = &w->node[i];
	uint32_t stored = n->stored;
	bool touched = n->touched;
	bool empty = n->empty;
	uint32_t opened[4];

	memcpy(opened, n->opened, sizeof(opened));
	memset(n, 0, sizeof(*n));
	memcpy(n->opened, opened, sizeof(opened));
	n->stored = stored;
	n->touched = touched;
	n->empty = empty;
	n->on = true;
	n->carrier = true;
	n->start_at = NEVER;
	n->prove_at = NEVER;
	cluster_start(w, i);
	agent_start(w, i);
}

void node_power_off(struct world *w, int i)
{
	struct node *n = &w->node[i];

	agent_goes(w, i, true);
	cluster_stop(w, i);
	n->on = false;
	n->vips = false;
	n->gate = (struct gate){ 0 };
	n->will = (struct baton_ha_beat){ 0 };
	n->proven = false;
	n->start_at = NEVER;
	n->corosync.start_at = NEVER;
	n->paused_until = 0;
}
