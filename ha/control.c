// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket: status, and the operator's commands. See baton-ha(8) for the answers. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "agent.h"
#include "checks.h"
#include "control.h"
#include "lan.h"
#include "pulse.h"
#include "vip.h"

struct baton_ha_control {
	struct baton_ha_agent *agent;
	struct baton_control *server;
	struct baton_control_client *asked;	/* waits for the command under way */
	bool busy;				/* a command is under way, its asker may be gone */
};

static void add_text(json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_number(json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void add_bool(json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static json_object *peer_object(const struct baton_ha *ha)
{
	const struct baton_ha_peer *p = &ha->peer;
	json_object *o = json_object_new_object();
	bool known = p->heard;

	add_number(o, "nodeid", p->nodeid);
	add_bool(o, "present", p->in_group);
	add_bool(o, "node_present", p->in_ring);
	add_text(o, "state", known ? baton_ha_state_name(p->state) : "UNKNOWN");
	add_number(o, "epoch", known ? p->epoch : 0);
	add_bool(o, "warm", known && p->warm);
	add_bool(o, "healthy", known && p->healthy);
	add_bool(o, "failing", known && p->failing);
	add_number(o, "heard_ms", p->heard_at ? (int64_t)(baton_ha_now() - p->heard_at) : -1);
	return o;
}

static json_object *gate_object(struct baton_ha_agent *agent)
{
	json_object *o = json_object_new_object();
	struct baton_ha_gate gate;

	if (baton_ha_kernel_gate(agent->kernel, &gate)) {
		add_text(o, "error", baton_ha_kernel_error(agent->kernel));
		return o;
	}
	add_text(o, "role", gate.active ? "active" : "standby");
	add_text(o, "state", gate.open ? "open" : gate.active ? "expired" : "shut");
	add_number(o, "epoch", gate.epoch);
	add_number(o, "lease_ms", gate.lease_ms);
	add_number(o, "lease_left_ms", gate.left_ms);
	return o;
}

static json_object *vip_array(const struct baton_config *config)
{
	json_object *list = json_object_new_array(), *o;
	bool present[BATON_VIP_MAX];
	char text[BATON_ADDR_TEXT], network[BATON_ADDR_TEXT + 4], mac[BATON_MAC_TEXT];

	baton_ha_vip_look(config, present, NULL);
	for (unsigned int i = 0; i < config->vips; i++) {
		const struct baton_vip *vip = &config->vip[i];

		o = json_object_new_object();
		snprintf(network, sizeof(network), "%s/%u",
			 baton_addr_format(vip->family, &vip->addr, text, sizeof(text)),
			 vip->prefix);
		add_text(o, "address", network);
		add_text(o, "interface", vip->interface);
		if (baton_vip_has_mac(vip)) {
			add_text(o, "virtual_mac", baton_mac_format(vip->mac, mac, sizeof(mac)));
			add_text(o, "device", vip->device);
		}
		add_bool(o, "present", present[i]);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *check_array(const struct baton_ha_checks *checks)
{
	json_object *list = json_object_new_array(), *o;
	struct baton_ha_check_view v;
	char text[BATON_ADDR_TEXT];

	for (unsigned int i = 0; baton_ha_checks_get(checks, i, &v); i++) {
		o = json_object_new_object();
		add_text(o, "name", v.config->name);
		if (v.config->family)
			add_text(o, "gateway", baton_addr_format(v.config->family, &v.config->gateway, text,
								 sizeof(text)));
		else
			add_text(o, "program", v.config->program);
		if (v.config->family)
			add_text(o, "interface", v.config->interface);
		add_text(o, "state", baton_ha_check_name(v.state));
		add_number(o, "since_ms", (int64_t)v.since_ms);
		add_number(o, "tried_ms", v.tried_ms);
		add_text(o, "why", v.why);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *timeline_array(const struct baton_ha_timeline *t)
{
	json_object *list = json_object_new_array(), *o;

	for (unsigned int i = 0; i < t->count; i++) {
		const struct baton_ha_moment *m = baton_ha_timeline_get(t, i);
		char text[32];

		/* The text is kept: a double alone would print 17 digits of it. */
		snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)m->usec / 1000000,
			 (unsigned long long)m->usec % 1000000);
		o = json_object_new_object();
		json_object_object_add(o, "t", json_object_new_double_s(m->usec / 1e6, text));
		add_text(o, "event", m->event);
		add_text(o, "detail", m->detail);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *succession_object(struct baton_ha_agent *agent)
{
	const struct baton_ha_succession *s = &agent->ha.succession;
	bool heir = s->heir && agent->ha.state == BATON_HA_STANDBY;
	json_object *o = json_object_new_object();
	struct baton_ha_pulse_counters n;

	baton_ha_pulse_counters(agent->pulse, &n);
	add_number(o, "ms", s->ms);
	add_bool(o, "agreed", baton_ha_holds(&agent->ha) && s->agreed);
	add_bool(o, "heir", heir);
	add_number(o, "silent_ms", heir && s->beating ? (int64_t)(baton_ha_now() - s->beat_at) : -1);
	add_number(o, "longest_ms", heir ? (int64_t)s->longest : -1);
	add_number(o, "paths", n.paths);
	add_number(o, "sent", n.sent);
	add_number(o, "heard", n.heard);
	add_number(o, "refused", n.refused);
	return o;
}

static json_object *lan_object(struct baton_ha_agent *agent)
{
	const struct baton_ha_lan *lan = baton_ha_announcer_lan(agent->announcer);
	json_object *o = json_object_new_object();

	add_bool(o, "asked", agent->config.ha.probe);
	add_text(o, "verdict", baton_ha_lan_name(lan->verdict));
	add_number(o, "after_ms", lan->after_ms);
	add_text(o, "who", lan->who);
	return o;
}

static json_object *status(struct baton_ha_agent *agent)
{
	const struct baton_ha *ha = &agent->ha;
	json_object *o = json_object_new_object();
	enum baton_ha_takeover takeover;
	char ring[40], text[96];
	const char *why;

	snprintf(ring, sizeof(ring), "%u.%llu", ha->ring.nodeid, (unsigned long long)ha->ring.seq);
	add_bool(o, "ok", true);
	add_text(o, "version", BATON_RELEASE);
	add_text(o, "state", baton_ha_state_name(ha->state));
	add_text(o, "role", baton_ha_holds(ha) ? "active" : "standby");
	add_number(o, "epoch", baton_ha_holds(ha) ? ha->epoch : ha->epoch_seen);
	add_text(o, "reason", baton_ha_why(agent, ha->reason, text, sizeof(text)));
	add_number(o, "since_ms", baton_ha_now() - ha->since);
	add_number(o, "nodeid", ha->cluster.nodeid);
	add_bool(o, "cluster", ha->connected);
	add_bool(o, "quorate", ha->connected && ha->verdict_seen && ha->quorate);
	add_text(o, "ring", ha->connected ? ring : "");
	json_object_object_add(o, "peer", peer_object(ha));
	add_bool(o, "syncd", ha->syncd.connected);
	add_bool(o, "warm", ha->warm);
	add_bool(o, "cold", baton_ha_holds(ha) && ha->cold);
	json_object_object_add(o, "gate", gate_object(agent));
	add_number(o, "lease_ms", baton_ha_holds(ha) && !ha->lease_end ? 0 : baton_ha_lease(ha));
	if (ha->succession.ms)
		json_object_object_add(o, "succession", succession_object(agent));
	if (baton_ha_holds(ha))
		json_object_object_add(o, "lan", lan_object(agent));
	json_object_object_add(o, "vips", vip_array(&agent->config));
	json_object_object_add(o, "checks", check_array(agent->checks));
	add_number(o, "role_changes", agent->counts.role_changes);
	add_number(o, "fence_failures", agent->counts.fence_failures);
	add_number(o, "last_gap_ms", agent->counts.gap_ms);
	takeover = baton_ha_takeover(ha, baton_ha_now(), &why);
	add_bool(o, "promotable", takeover == BATON_HA_TAKEOVER_WARM);
	add_text(o, "takeover", takeover == BATON_HA_TAKEOVER_WARM ? "warm" :
		 takeover == BATON_HA_TAKEOVER_COLD ? "cold" : "none");
	add_text(o, "why_not", why ? why : "");
	add_text(o, "fencing", !ha->fences ? "none" : ha->fence_runs ? "runs" : ha->fenced ? "done" :
		 ha->fence_at ? "failed" : "idle");
	json_object_object_add(o, "inputs", baton_ha_inputs(agent));
	json_object_object_add(o, "timeline", timeline_array(agent->timeline));
	return o;
}

static bool flag(json_object *request, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(request, key, &v) && json_object_get_boolean(v);
}

static int64_t number(json_object *request, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(request, key, &v) ? json_object_get_int64(v) : 0;
}

static void on_request(struct baton_control_client *client, const char *command,
		       json_object *request, void *arg)
{
	static const struct { const char *name; enum baton_ha_command command; } commands[] = {
		{ "handover", BATON_HA_CMD_HANDOVER }, { "promote", BATON_HA_CMD_PROMOTE },
		{ "demote", BATON_HA_CMD_DEMOTE }, { "resume", BATON_HA_CMD_RESUME },
	};
	struct baton_ha_control *c = arg;
	struct baton_ha_event ev = { .type = BATON_HA_EV_COMMAND };
	int64_t timeout = number(request, "timeout_ms");

	if (!strcmp(command, "status")) {
		baton_control_reply(client, status(c->agent));
		return;
	}
	if (!strcmp(command, "timeline")) {
		baton_ha_recorder_ask(c->agent->recorder, client);
		return;
	}
	if (!strcmp(command, "sample") || !strcmp(command, "match")) {
		baton_ha_enquirer_ask(c->agent->enquirer, client, request, !strcmp(command, "match"));
		return;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(command, commands[i].name) != 0)
			continue;
		if (c->busy) {
			baton_control_fail(client, EBUSY, "another command is under way: try again");
			return;
		}
		if (timeout < 0 || timeout > 600000) {
			baton_control_fail(client, EINVAL, "timeout_ms has to be 0 to 600000");
			return;
		}
		ev.command.command = commands[i].command;
		ev.command.force = flag(request, "force");
		ev.command.timeout_ms = timeout;
		c->busy = true;
		c->asked = client;
		baton_ha_feed(c->agent, &ev);
		return;
	}
	baton_control_fail(client, EINVAL,
			   "unknown command '%.40s': status, timeline, sample, match, handover, promote, demote or resume",
			   command);
}

static void on_gone(struct baton_control_client *client, void *arg)
{
	struct baton_ha_control *c = arg;

	if (c->asked == client)
		c->asked = NULL;
	baton_ha_recorder_forget(c->agent->recorder, client);
	baton_ha_enquirer_forget(c->agent->enquirer, client);
}

void baton_ha_control_answer(struct baton_ha_control *c, const struct baton_ha_action *a)
{
	struct baton_control_client *client = c->asked;
	json_object *o;

	c->busy = false;
	c->asked = NULL;
	if (!client)
		return;
	if (a->value) {
		baton_control_fail(client, a->value, "%s", a->text);
		return;
	}
	o = json_object_new_object();
	if (a->gap_ms)
		add_number(o, "gap_hint_ms", a->gap_ms);
	add_text(o, "state", baton_ha_state_name(c->agent->ha.state));
	baton_control_reply(client, o);
}

int baton_ha_control_new(struct baton_ha_control **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_control *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->agent = agent;
	error = baton_control_listen(&c->server, agent->event, agent->options.control, on_request,
				     on_gone, c);
	if (error) {
		free(c);
		return error;
	}
	*ret = c;
	return 0;
}

void baton_ha_control_free(struct baton_ha_control *c)
{
	if (!c)
		return;
	baton_control_close(c->server);
	free(c);
}
