// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics as Prometheus reads them. A daemon that does not answer leaves its own metrics out and says
 * 0 in its *_up: what is not known is not reported as nought.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "json_field.h"
#include "names.h"
#include "status.h"

static void begin(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(FILE *out, const char *name, uint64_t value, const char *help)
{
	begin(out, name, "gauge", help);
	fprintf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void counter(FILE *out, const char *name, uint64_t value, const char *help)
{
	begin(out, name, "counter", help);
	fprintf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* A member's name becomes a label's value: only what needs no quoting there. */
static bool is_plain(const char *text)
{
	while (isalnum((unsigned char)*text) || *text == '_' || *text == '-')
		text++;
	return !*text;
}

/* One line for each number in @from. */
static void each(FILE *out, const char *name, const char *label, json_object *from)
{
	if (!json_object_is_type(from, json_type_object))
		return;
	json_object_object_foreach(from, key, value) {
		if (is_plain(key) && json_object_is_type(value, json_type_int))
			fprintf(out, "%s{%s=\"%s\"} %lld\n", name, label, key,
				(long long)json_object_get_int64(value));
	}
}

static void ways(FILE *out, const char *name, const char *member, json_object *syncd,
		 const char *help)
{
	begin(out, name, "counter", help);
	fprintf(out, "%s{direction=\"sent\"} %llu\n", name,
		(unsigned long long)baton_json_number(baton_json_get(syncd, "tx"), member));
	fprintf(out, "%s{direction=\"received\"} %llu\n", name,
		(unsigned long long)baton_json_number(baton_json_get(syncd, "rx"), member));
}

static void show_warmth(FILE *out, json_object *syncd)
{
	json_object *age = baton_json_get(syncd, "warm_age_ms");

	gauge(out, "baton_sync_peer_present", baton_json_bool(baton_json_get(syncd, "peer"), "present"),
	      "Whether the other node's sync daemon is heard.");
	gauge(out, "baton_sync_warm", baton_json_bool(syncd, "warm"),
	      "Whether the tables of both nodes are proven equal.");
	if (json_object_get_int64(age) >= 0 && age) {
		begin(out, "baton_sync_warm_age_seconds", "gauge", "Time since the last proof.");
		fprintf(out, "baton_sync_warm_age_seconds %.3f\n",
			(double)json_object_get_int64(age) / 1000);
	}
	gauge(out, "baton_sync_connections", baton_json_number(syncd, "connections"),
	      "Connections that the next two speak of.");
	gauge(out, "baton_sync_survivors", baton_json_number(syncd, "would_survive"),
	      "Connections that would survive a failover now.");
	begin(out, "baton_sync_lost", "gauge", "Connections that would not, by reason.");
	each(out, "baton_sync_lost", "reason", baton_json_get(syncd, "lost_by_reason"));
}

static void show_traffic(FILE *out, json_object *syncd)
{
	json_object *lag = baton_json_get(syncd, "lag");

	gauge(out, "baton_sync_lag_pending", baton_json_number(lag, "pending"),
	      "Changes that the kernel holds back.");
	gauge(out, "baton_sync_lag_unacked", baton_json_number(lag, "unacked"),
	      "Changes that were sent and not acknowledged.");
	begin(out, "baton_sync_lag_seconds", "gauge", "Age of the oldest of them.");
	fprintf(out, "baton_sync_lag_seconds %.3f\n",
		(double)baton_json_number(lag, "oldest_ms") / 1000);
	ways(out, "baton_sync_datagrams_total", "datagrams", syncd, "Datagrams of the sync daemon.");
	ways(out, "baton_sync_bytes_total", "bytes", syncd, "Bytes in them.");
	ways(out, "baton_sync_records_total", "records", syncd, "Changes of connections in them.");
	counter(out, "baton_sync_resends_total",
		baton_json_number(baton_json_get(syncd, "tx"), "resends"),
		"Datagrams that had to be sent again.");
	begin(out, "baton_sync_rejects_total", "counter", "Datagrams that were not listened to.");
	each(out, "baton_sync_rejects_total", "reason", baton_json_get(syncd, "rejects"));
	counter(out, "baton_sync_overruns_total", baton_json_number(syncd, "overruns"),
		"Times that the kernel forgot deletions and everything was sent again.");
	counter(out, "baton_sync_left_behind_total", baton_json_number(syncd, "left_behind"),
		"Times that one of several standbys was left behind, since it held the others back.");
	counter(out, "baton_sync_kernel_errors_total", baton_json_number(syncd, "kernel_errors"),
		"Requests that the kernel refused.");
}

static void show_agent(FILE *out, json_object *ha)
{
	json_object *peer = baton_json_get(ha, "peer"), *gap = baton_json_get(ha, "last_gap_ms");

	if (is_plain(baton_json_string(ha, "state", ""))) {
		begin(out, "baton_ha_state", "gauge", "What the failover agent is.");
		fprintf(out, "baton_ha_state{state=\"%s\"} 1\n", baton_json_string(ha, "state", ""));
	}
	gauge(out, "baton_ha_role_active", !strcmp(baton_json_string(ha, "role", ""), "active"),
	      "Whether the failover agent has the role.");
	gauge(out, "baton_ha_promotable", baton_json_bool(ha, "promotable"),
	      "Whether this node would take over with a warm table now.");
	gauge(out, "baton_ha_quorate", baton_json_bool(ha, "quorate"), "Whether the cluster is quorate.");
	gauge(out, "baton_ha_peer_present", baton_json_bool(peer, "present"),
	      "Whether the peer's agent is in the group.");
	gauge(out, "baton_ha_peer_healthy", baton_json_bool(peer, "healthy"), "Whether it says that it is fit.");
	gauge(out, "baton_ha_peer_warm", baton_json_bool(peer, "warm"), "Whether it says that its table is warm.");
	counter(out, "baton_ha_role_changes_total", baton_json_number(ha, "role_changes"),
		"Times that this node took or gave up the role since its agent started.");
	counter(out, "baton_ha_fence_failures_total", baton_json_number(ha, "fence_failures"),
		"Times that the fencing hook failed since the agent started.");
	if (gap && json_object_get_int64(gap) >= 0) {
		begin(out, "baton_ha_last_gap_seconds", "gauge",
		      "For how long nobody forwarded, at most, at the last change of roles that this node knows it of.");
		fprintf(out, "baton_ha_last_gap_seconds %.3f\n", (double)json_object_get_int64(gap) / 1000);
	}
}

void baton_show_metrics(FILE *out, const struct baton_status *s)
{
	const struct baton_gate *gate = &s->info.gate;

	gauge(out, "baton_active", gate->role == BATON_ROLE_ACTIVE, "Whether this node has the role.");
	gauge(out, "baton_forwarding", gate->state == BATON_GATE_OPEN, "Whether its gate is open.");
	gauge(out, "baton_epoch", gate->epoch, "Number of the change of roles.");
	gauge(out, "baton_connections", s->info.conn_count, "Connections in the table.");
	gauge(out, "baton_services", s->info.service_count, "Virtual services.");
	counter(out, "baton_adopted_total", s->info.adopted,
		"Connections that the last active had not told of.");
	counter(out, "baton_relayed_total", gate->relayed,
		"Packets passed on to the peer after a handover.");
	counter(out, "baton_evicted_total", s->info.evicted,
		"Connections that were opening and ended for others, since there were too many.");
	counter(out, "baton_revived_total", s->info.revived,
		"Connections that went on after a reset or a FIN that was not true.");
	gauge(out, "baton_thinning", s->info.thinning, "Whether new connections are thinned out.");
	counter(out, "baton_rivals_total", gate->rivals,
		"Frames in which another machine claimed a virtual address of this node.");
	counter(out, "baton_probes_total", gate->probes,
		"Questions to the LAN who has a virtual address.");
	counter(out, "baton_probe_answers_total", gate->answers,
		"Frames in which another machine answered that it has one.");
	gauge(out, "baton_sync_up", s->syncd != NULL, "Whether baton-syncd answers.");
	if (s->syncd) {
		show_warmth(out, s->syncd);
		show_traffic(out, s->syncd);
	}
	gauge(out, "baton_ha_up", s->ha != NULL, "Whether baton-ha answers.");
	if (s->ha)
		show_agent(out, s->ha);
}
