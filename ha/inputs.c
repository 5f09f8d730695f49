// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the decision rests on, in words, and how old each of it is: "why is this node active, why does it not take
 * over". For people and scripts; nothing is decided by these words.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include "agent.h"

/* @at: ms, when it was told last; 0: never */
static void add(json_object *list, const char *name, uint64_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void add(json_object *list, const char *name, uint64_t at, const char *fmt, ...)
{
	json_object *o = json_object_new_object();
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "value", json_object_new_string(text));
	json_object_object_add(o, "age_ms",
			       json_object_new_int64(at ? (int64_t)(baton_ha_now() - at) : -1));
	json_object_array_add(list, o);
}

static void add_cluster(json_object *list, const struct baton_ha_agent *agent)
{
	const uint64_t *at = agent->event_at;
	const struct baton_ha *ha = &agent->ha;
	bool present = ha->verdict_ring.nodeid == ha->ring.nodeid && ha->verdict_ring.seq == ha->ring.seq;

	add(list, "corosync", ha->connected ? at[BATON_HA_EV_CLUSTER_UP] : at[BATON_HA_EV_CLUSTER_DOWN],
	    ha->connected ? "connected" : "not connected");
	if (!ha->connected)
		return;
	add(list, "ring", at[BATON_HA_EV_RING], "%u.%llu, %s", ha->ring.nodeid,
	    (unsigned long long)ha->ring.seq, ha->peer.in_ring ? "both nodes" : "this node alone");
	if (!ha->verdict_seen)
		add(list, "verdict", 0, "none");
	else
		add(list, "verdict", at[BATON_HA_EV_VERDICT], "%s, %s the peer%s",
		    ha->quorate ? "quorate" : "not quorate", ha->verdict_peer ? "with" : "without",
		    present ? "" : "; of another ring");
	add(list, "group", at[BATON_HA_EV_GROUP], "the peer's agent %s",
	    ha->peer.in_group ? "is a member" : "is not a member");
}

static void add_peer(json_object *list, const struct baton_ha_agent *agent)
{
	const struct baton_ha_peer *p = &agent->ha.peer;
	const struct baton_ha_succession *s = &agent->ha.succession;
	uint64_t now = baton_ha_now();
	char lease[32] = "without a limit";

	if (p->lease_ms)
		snprintf(lease, sizeof(lease), "lease %u ms", p->lease_ms);
	if (!p->heard)
		add(list, "peer", p->heard_at, "has said nothing in this ring");
	else if (p->epoch)
		add(list, "peer", p->heard_at, "%s, epoch %u, %s", baton_ha_state_name(p->state), p->epoch, lease);
	else
		add(list, "peer", p->heard_at, "%s, %s, %s", baton_ha_state_name(p->state),
		    p->warm ? "warm" : "not warm", !p->healthy ? "not fit" : p->failing ? "a check fails" : "fit");
	if (now < p->bridge_until)
		add(list, "bridge", 0, "the peer's agent restarts, for %llu ms more",
		    (unsigned long long)(p->bridge_until - now));
	if (s->ms && agent->ha.state == BATON_HA_STANDBY)
		add(list, "beats", s->beat_at, s->heir ? s->beating ? "heard" : "lost" : "this node is no heir");
}

static void add_self(json_object *list, struct baton_ha_agent *agent)
{
	const struct baton_ha *ha = &agent->ha;
	const struct baton_ha_health *h = &ha->health;
	const struct baton_ha_syncd *s = &ha->syncd;
	const uint64_t *at = agent->event_at;
	struct baton_ha_gate gate;

	if (!s->connected)
		add(list, "syncd", at[BATON_HA_EV_SYNCD], "not connected");
	else
		add(list, "syncd", at[BATON_HA_EV_SYNCD], "%s, the peer's is %s", s->warm ? "warm" : "not warm",
		    !s->peer_present ? "not heard" : s->peer_active ? "heard as active" : "heard as standby");
	add(list, "table", at[BATON_HA_EV_SYNCD], ha->warm ? "proven equal when last heard" : "not proven equal");
	add(list, "health", at[BATON_HA_EV_HEALTH], "module %s, carrier %s, checks %s, addresses %s",
	    h->module ? "there" : "missing", h->carrier ? "there" : "missing",
	    h->check_fails ? "fail" : h->check_due ? "due" : "pass",
	    h->vips_all ? "all there" : h->vips_any ? "not all there" : "not there");
	if (baton_ha_kernel_gate(agent->kernel, &gate))
		add(list, "gate", 0, "cannot be read");
	else
		add(list, "gate", baton_ha_now(), "%s, epoch %u, lease %u ms",
		    gate.open ? "open" : gate.active ? "expired" : "shut", gate.epoch, gate.lease_ms);
	add(list, "operator", at[BATON_HA_EV_COMMAND], ha->held ? "holds this node" : "holds nothing");
	if (ha->fences)
		add(list, "fence", at[BATON_HA_EV_FENCED], ha->fence_runs ? "runs" : ha->fenced ? "the peer is off" :
		    ha->fence_at ? "failed" : "the peer was not fenced");
}

json_object *baton_ha_inputs(struct baton_ha_agent *agent)
{
	json_object *list = json_object_new_array();

	add_cluster(list, agent);
	add_peer(list, agent);
	add_self(list, agent);
	return list;
}
