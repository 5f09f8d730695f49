// SPDX-License-Identifier: GPL-2.0-or-later
#include "status.h"

#include <string.h>
#include "json_field.h"
#include "names.h"
#include "show.h"

#define LABEL "%-11s "

static void show_lost(struct baton_writer *w, json_object *reasons)
{
	if (!json_object_is_type(reasons, json_type_object))
		return;
	json_object_object_foreach(reasons, reason, count) {
		int64_t n = json_object_get_int64(count);

		if (n > 0)
			baton_write_line(w, LABEL "%lld %s", "", (long long)n,
					 baton_lost_words(reason));
	}
}

void baton_show_survival(struct baton_writer *w, json_object *syncd, uint32_t connections,
			 const char *why_none)
{
	json_object *reasons = baton_json_get(syncd, "lost_by_reason");
	uint64_t survive = baton_json_number(syncd, "would_survive");
	uint64_t all = syncd ? baton_json_number(syncd, "connections") : connections;

	baton_write_line(w, LABEL "%llu of %llu connections would survive a failover now",
			 "failover", (unsigned long long)survive, (unsigned long long)all);
	if (!syncd)
		baton_write_line(w, LABEL "%s", "", why_none);
	baton_write_number(w, "would_survive", NULL, survive);
	baton_write_number(w, "connections", NULL, all);
	if (reasons)
		baton_write_raw(w, "lost_by_reason", reasons);
	show_lost(w, reasons);
}

/* "300 ms", "12.3 s", "5 min", "3 h": as exact as anybody reads it. */
static const char *format_ms(uint64_t ms, char *buf, size_t size)
{
	if (ms < 1000)
		snprintf(buf, size, "%u ms", (unsigned int)ms);
	else if (ms < 120000)
		snprintf(buf, size, "%.1f s", (double)ms / 1000);
	else if (ms < 7200000)
		snprintf(buf, size, "%llu min", (unsigned long long)ms / 60000);
	else
		snprintf(buf, size, "%llu h", (unsigned long long)ms / 3600000);
	return buf;
}

static void show_warmth(struct baton_writer *w, json_object *syncd, const char *label)
{
	bool active = !strcmp(baton_json_string(syncd, "role", ""), "active");
	uint64_t differing = baton_json_number(syncd, "buckets_differing");
	json_object *bulk = baton_json_get(syncd, "bulk");
	char age[32];

	if (baton_json_bool(syncd, "warm"))
		baton_write_line(w, LABEL "warm: %s table was proven equal to %s %s ago", label,
				 active ? "the peer's" : "this node's",
				 active ? "this one" : "the active node's",
				 format_ms(baton_json_number(syncd, "warm_age_ms"), age,
					   sizeof(age)));
	else if (!baton_json_bool(baton_json_get(syncd, "peer"), "present"))
		baton_write_line(w, LABEL "not warm: there is no peer to compare with", label);
	else if (!differing)
		baton_write_line(w, LABEL "not warm: the peer has not proven its table yet", label);
	else
		baton_write_line(w, LABEL "not warm: %llu of %u parts of the table differ", label,
				 (unsigned long long)differing, BATON_DIGEST_BUCKETS);
	if (baton_json_bool(bulk, "running"))
		baton_write_line(w, LABEL "bulk transfer: %llu of %llu connections", "",
				 (unsigned long long)baton_json_number(bulk, "done"),
				 (unsigned long long)baton_json_number(bulk, "announced"));
}

void baton_show_warm(struct baton_writer *w, json_object *syncd)
{
	baton_write_object(w, NULL);
	baton_write_bool(w, "warm", NULL, baton_json_bool(syncd, "warm"));
	baton_write_number(w, "warm_age_ms", NULL, baton_json_number(syncd, "warm_age_ms"));
	show_warmth(w, syncd, "table");
	baton_write_end(w);
}

static void show_lag(struct baton_writer *w, json_object *syncd)
{
	json_object *lag = baton_json_get(syncd, "lag");
	char oldest[32];

	baton_write_line(w, LABEL "%llu changes not yet sent, %llu not yet acknowledged, the oldest for %s",
			 "lag", (unsigned long long)baton_json_number(lag, "pending"),
			 (unsigned long long)baton_json_number(lag, "unacked"),
			 format_ms(baton_json_number(lag, "oldest_ms"), oldest,
				   sizeof(oldest)));
}

static void show_traffic(struct baton_writer *w, json_object *syncd, const char *label,
			 const char *member, const char *trouble)
{
	json_object *side = baton_json_get(syncd, member);

	baton_write_line(w, LABEL "%llu datagrams, %llu bytes, %llu records, %llu %s", label,
			 (unsigned long long)baton_json_number(side, "datagrams"),
			 (unsigned long long)baton_json_number(side, "bytes"),
			 (unsigned long long)baton_json_number(side, "records"),
			 (unsigned long long)baton_json_number(side, trouble), trouble);
}

static void show_rejects(struct baton_writer *w, json_object *syncd)
{
	json_object *rejects = baton_json_get(syncd, "rejects");
	bool any = false;

	if (!json_object_is_type(rejects, json_type_object))
		return;
	json_object_object_foreach(rejects, reason, count) {
		int64_t n = json_object_get_int64(count);

		if (n <= 0)
			continue;
		if (!any)
			baton_write_line(w, "%-11s", "rejected");
		any = true;
		baton_write_words(w, "%s %lld", reason, (long long)n);
	}
	if (!any)
		baton_write_line(w, LABEL "nothing", "rejected");
}

/* What tells an operator when the next step of a new key may be taken: who still uses which. */
static void show_auth(struct baton_writer *w, json_object *syncd)
{
	json_object *auth = baton_json_get(syncd, "auth"), *keys = baton_json_list(auth, "keys");
	uint64_t sends = baton_json_number(auth, "send_key");

	if (!auth)
		return;
	if (sends)
		baton_write_line(w, LABEL "%s, sending with key %llu", "auth",
				 baton_json_string(auth, "mode", "unknown"),
				 (unsigned long long)sends);
	else
		baton_write_line(w, LABEL "%s, sending without a key", "auth",
				 baton_json_string(auth, "mode", "unknown"));
	for (size_t i = 0; keys && i < json_object_array_length(keys); i++) {
		json_object *key = json_object_array_get_idx(keys, i);
		uint64_t id = baton_json_number(key, "id");
		char name[32], heard[32];

		snprintf(name, sizeof(name), "key %llu", (unsigned long long)id);
		if (!baton_json_number(key, "received"))
			baton_write_line(w, LABEL "%s: never heard", "", id ? name : "no key");
		else
			baton_write_line(w, LABEL "%s: heard %s ago", "", id ? name : "no key",
					 format_ms(baton_json_number(key, "last_heard_ms"), heard,
						   sizeof(heard)));
	}
}

static void show_peer_of_sync(struct baton_writer *w, json_object *syncd, const char *label)
{
	json_object *peer = baton_json_get(syncd, "peer");
	json_object *equal = baton_json_get(peer, "config_equal");
	char heard[32];

	if (!baton_json_bool(peer, "present")) {
		baton_write_line(w, LABEL "not heard on the sync network", label);
		return;
	}
	baton_write_line(w, LABEL "heard %s ago, epoch %llu", label,
			 format_ms(baton_json_number(peer, "last_heard_ms"), heard,
				   sizeof(heard)),
			 (unsigned long long)baton_json_number(peer, "epoch"));
	/* a release that says more says it below */
	if (equal && !json_object_get_boolean(equal) && !baton_json_get(peer, "config"))
		baton_write_line(w, LABEL "its services or servers differ from this node's: apply the same services.conf on both",
				 "");
}

/* The fingerprint of services and servers, here and there. A daemon of an older release says none. */
static void show_config(struct baton_writer *w, json_object *syncd)
{
	json_object *peer = baton_json_get(syncd, "peer");
	const char *here = baton_json_string(syncd, "config", "");
	const char *there = baton_json_string(peer, "config", "");

	if (!*here)
		return;
	if (!*there || !baton_json_bool(peer, "present"))
		baton_write_line(w, LABEL "%s", "config", here);
	else if (!strcmp(here, there))
		baton_write_line(w, LABEL "%s, the peer has the same services and servers",
				 "config", here);
	else
		baton_write_line(w, LABEL "%s here, %s there: apply the same services.conf on both",
				 "config", here, there);
}

void baton_show_sync(struct baton_writer *w, json_object *syncd)
{
	baton_write_object(w, NULL);
	baton_write_line(w, LABEL "%s, epoch %llu", "role",
			 baton_json_string(syncd, "role", "unknown"),
			 (unsigned long long)baton_json_number(syncd, "epoch"));
	show_peer_of_sync(w, syncd, "peer");
	show_config(w, syncd);
	show_warmth(w, syncd, "table");
	baton_show_survival(w, syncd, 0, "");
	show_lag(w, syncd);
	show_traffic(w, syncd, "sent", "tx", "resends");
	show_traffic(w, syncd, "received", "rx", "gaps");
	show_rejects(w, syncd);
	show_auth(w, syncd);
	baton_write_end(w);
}

/* --- status --- */

static void show_role(struct baton_writer *w, const struct baton_gate *gate)
{
	baton_write_line(w, LABEL "%s, epoch %u", "role", baton_role_name(gate->role),
			 gate->epoch);
	switch (gate->state) {
	case BATON_GATE_OPEN:
		baton_write_line(w, LABEL "open", "gate");
		if (!gate->lease_ms)
			baton_write_words(w, "without a lease: nobody has to renew it");
		else
			baton_write_words(w, "for %u ms more (lease %u ms)",
					  gate->lease_left_ms, gate->lease_ms);
		break;
	case BATON_GATE_EXPIRED:
		baton_write_line(w, LABEL "expired: the lease of %u ms was not renewed, nothing is forwarded",
				 "gate", gate->lease_ms);
		break;
	default:
		if (gate->relay_ms)
			baton_write_line(w, LABEL "shut: what comes is passed on to the peer for %u ms more",
					 "gate", gate->relay_ms);
		else
			baton_write_line(w, LABEL "shut: nothing is forwarded here", "gate");
	}
	if (gate->rivals)
		baton_write_line(w, LABEL "%llu times another machine claimed a virtual address; see the kernel's log",
				 "rivals", (unsigned long long)gate->rivals);
}

/* Nothing where it is not configured. */
static void show_succession(struct baton_writer *w, json_object *ha)
{
	json_object *s = baton_json_get(ha, "succession");
	unsigned long long ms = baton_json_number(s, "ms");
	bool active = !strcmp(baton_json_string(ha, "role", ""), "active");

	if (!s)
		return;
	if (active && baton_json_bool(s, "agreed"))
		baton_write_line(w, LABEL "the peer takes over after %llu ms of silence", "heir", ms);
	else if (baton_json_bool(s, "heir"))
		baton_write_line(w, LABEL "this node takes over after %llu ms of silence (longest so far %llu ms)", "heir", ms,
				 (unsigned long long)baton_json_number(s, "longest_ms"));
	else
		baton_write_line(w, LABEL "nobody now: a takeover waits for corosync", "heir");
}

/* Those that are good are counted. */
static void show_checks(struct baton_writer *w, json_object *ha)
{
	json_object *list = baton_json_list(ha, "checks"), *check;
	size_t count = list ? json_object_array_length(list) : 0, good = 0;
	const char *why;
	char since[32];

	for (size_t i = 0; i < count; i++) {
		check = json_object_array_get_idx(list, i);
		if (!strcmp(baton_json_string(check, "state", ""), "passes")) {
			good++;
			continue;
		}
		why = baton_json_string(check, "why", "");
		baton_write_line(w, LABEL "%s: %s for %s%s%s", i == good ? "checks" : "",
				 baton_json_string(check, "name", "?"), baton_json_string(check, "state", "unknown"),
				 format_ms(baton_json_number(check, "since_ms"), since, sizeof(since)),
				 *why ? ", " : "", why);
	}
	if (count && good == count)
		baton_write_line(w, LABEL "%zu of %zu pass", "checks", good, count);
	/* an agent of an older release does not say */
	if (baton_json_get(ha, "syncd") && !baton_json_bool(ha, "syncd"))
		baton_write_line(w, LABEL "baton-syncd does not answer the agent: nothing goes to the peer, and no handover is possible",
				 "");
}

/* Of an active node: who is said to have the addresses, by those who were asked? */
static void show_lan(struct baton_writer *w, json_object *ha)
{
	json_object *lan = baton_json_get(ha, "lan");
	const char *verdict = baton_json_string(lan, "verdict", "unknown");

	if (!lan)
		return;
	if (!strcmp(verdict, "agrees"))
		baton_write_line(w, LABEL "agrees: nobody else claims an address (said %llu ms after the announcements began)",
				 "lan", (unsigned long long)baton_json_number(lan, "after_ms"));
	else if (!strcmp(verdict, "disagrees"))
		baton_write_line(w, LABEL "disagrees: %s", "lan", baton_json_string(lan, "who", "?"));
	else
		baton_write_line(w, LABEL "%s", "lan", baton_json_bool(lan, "asked") ?
				 "not asked yet" : "not asked: baton.conf says 'probe = no'");
}

static void show_agent(struct baton_writer *w, json_object *ha, const char *error)
{
	json_object *peer = baton_json_get(ha, "peer");
	char heard[32];

	if (!ha) {
		baton_write_line(w, LABEL "%s", "agent", error);
		return;
	}
	baton_write_line(w, LABEL "%s%s: %s", "agent", baton_json_string(ha, "state", "unknown"),
			 baton_json_bool(ha, "quorate") ? "" : " (no quorum)",
			 baton_json_string(ha, "reason", ""));
	if (!baton_json_bool(ha, "promotable") && baton_json_string(ha, "why_not", "")[0])
		baton_write_line(w, LABEL "%s: %s", "",
				 strcmp(baton_json_string(ha, "takeover", ""), "cold") ? "cannot take over" :
				 "would take over, but cold", baton_json_string(ha, "why_not", ""));
	if (!baton_json_bool(peer, "present"))
		baton_write_line(w, LABEL "absent", "peer");
	else
		baton_write_line(w, LABEL "node %llu, %s, %s, heard %s ago", "peer",
				 (unsigned long long)baton_json_number(peer, "nodeid"),
				 baton_json_string(peer, "state", "unknown"),
				 baton_json_bool(peer, "warm") ? "warm" : "not warm",
				 format_ms(baton_json_number(peer, "heard_ms"), heard,
					   sizeof(heard)));
	show_succession(w, ha);
	show_checks(w, ha);
	show_lan(w, ha);
}

static void show_vips(struct baton_writer *w, json_object *ha)
{
	json_object *list = baton_json_list(ha, "vips"), *vip;
	const char *mac;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		vip = json_object_array_get_idx(list, i);
		mac = baton_json_string(vip, "virtual_mac", "");
		baton_write_line(w, LABEL "%s on %s%s%s%s", i ? "" : "vips",
				 baton_json_string(vip, "address", "?"),
				 baton_json_string(vip, "interface", "?"), *mac ? " as " : "", mac,
				 baton_json_bool(vip, "present") ? "" : " (not here)");
	}
}

/* What the agent's decision rests on; nothing where its release does not say. */
static void show_inputs(struct baton_writer *w, json_object *ha)
{
	json_object *list = baton_json_list(ha, "inputs"), *input;
	char text[32];

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *age;

		input = json_object_array_get_idx(list, i);
		age = baton_json_get(input, "age_ms");
		baton_write_line(w, LABEL "%-9s %s", i ? "" : "rests on", baton_json_string(input, "name", "?"),
				 baton_json_string(input, "value", "?"));
		if (age && json_object_get_int64(age) >= 0)
			baton_write_words(w, "(%s ago)", format_ms(baton_json_number(input, "age_ms"), text,
								   sizeof(text)));
	}
}

/* One screen: more than this of services and servers is for those who ask. */
#define RULES_SHOWN	12

static void show_rules(struct baton_writer *w, const struct baton_status *s)
{
	size_t servers = 0;
	bool all;

	for (size_t i = 0; i < s->rules.services; i++)
		servers += s->rules.service[i].servers;
	all = s->verbose || s->rules.services + servers <= RULES_SHOWN;
	if (!s->rules.services)
		baton_write_line(w, "no services");
	else if (all)
		baton_write_line(w, "services");
	else
		baton_write_line(w, LABEL "%zu, with %zu servers: 'batonctl service list' shows them", "services",
				 s->rules.services, servers);
	if (all)
		baton_show_rules(w, &s->rules);
}

void baton_show_ha(struct baton_writer *w, json_object *ha)
{
	baton_write_object(w, NULL);
	baton_write_line(w, LABEL "%s, epoch %llu", "role",
			 baton_json_string(ha, "role", "unknown"),
			 (unsigned long long)baton_json_number(ha, "epoch"));
	show_agent(w, ha, "");
	if (!baton_json_bool(ha, "cluster"))
		baton_write_line(w, LABEL "not connected: corosync is not running; start it with 'systemctl start corosync'",
				 "cluster");
	else
		baton_write_line(w, LABEL "node %llu, ring %s, %s", "cluster",
				 (unsigned long long)baton_json_number(ha, "nodeid"),
				 baton_json_string(ha, "ring", "none"),
				 baton_json_bool(ha, "quorate") ? "quorate" : "not quorate");
	show_vips(w, ha);
	baton_write_end(w);
}

static void show_module(struct baton_writer *w, const struct baton_info *info)
{
	baton_write_object(w, "module");
	baton_write_string(w, "version", NULL, info->version);
	baton_write_number(w, "abi", NULL, info->abi);
	baton_write_number(w, "connections", NULL, info->conn_count);
	baton_write_number(w, "buckets", NULL, info->conn_buckets);
	baton_write_number(w, "connection_bytes", NULL, info->conn_size);
	baton_write_number(w, "services", NULL, info->service_count);
	baton_write_number(w, "generation", NULL, info->generation);
	baton_write_number(w, "adopted", NULL, info->adopted);
	baton_write_number(w, "evicted", NULL, info->evicted);
	baton_write_number(w, "revived", NULL, info->revived);
	baton_write_bool(w, "thinning", NULL, info->thinning);
	baton_write_end(w);
	if (info->adopted)
		baton_write_line(w, LABEL "%llu connections that the last active had not told of yet",
				 "adopted", (unsigned long long)info->adopted);
	if (info->evicted)
		baton_write_line(w, LABEL "%llu connections that were opening, for others: a flood of SYNs?",
				 "evicted", (unsigned long long)info->evicted);
	if (info->thinning)
		baton_write_line(w, LABEL "new connections are dropped now and then, see drop_mode", "thinning");
	if (info->revived)
		baton_write_line(w, LABEL "%llu connections after a reset or a FIN that was not true: forged?",
				 "revived", (unsigned long long)info->revived);
}

void baton_show_status(struct baton_writer *w, const struct baton_status *s)
{
	baton_write_object(w, NULL);
	baton_write_words(w, "Baton %s on %s, %u connections", s->info.version, s->host,
			  s->info.conn_count);
	baton_write_string(w, "host", NULL, s->host);
	show_module(w, &s->info);
	show_role(w, &s->info.gate);
	baton_write_object(w, "gate");
	baton_write_string(w, "role", NULL, baton_role_name(s->info.gate.role));
	baton_write_string(w, "state", NULL, baton_gate_state_name(s->info.gate.state));
	baton_write_number(w, "epoch", NULL, s->info.gate.epoch);
	baton_write_number(w, "lease_ms", NULL, s->info.gate.lease_ms);
	baton_write_number(w, "lease_left_ms", NULL, s->info.gate.lease_left_ms);
	baton_write_number(w, "relay_left_ms", NULL, s->info.gate.relay_ms);
	baton_write_number(w, "relayed", NULL, s->info.gate.relayed);
	baton_write_number(w, "rivals", NULL, s->info.gate.rivals);
	baton_write_number(w, "probes", NULL, s->info.gate.probes);
	baton_write_number(w, "answers", NULL, s->info.gate.answers);
	baton_write_end(w);
	show_agent(w, s->ha, s->ha_error);
	baton_write_object(w, "failover");
	baton_show_survival(w, s->syncd, s->info.conn_count, s->syncd_error);
	baton_write_end(w);
	if (s->syncd) {
		show_warmth(w, s->syncd, "sync");
		show_config(w, s->syncd);
	}
	show_vips(w, s->ha);
	if (s->verbose)
		show_inputs(w, s->ha);
	baton_write_raw(w, "syncd", s->syncd);
	baton_write_string(w, "syncd_error", NULL, s->syncd_error);
	baton_write_raw(w, "ha", s->ha);
	baton_write_string(w, "ha_error", NULL, s->ha_error);
	show_rules(w, s);
	baton_write_end(w);
}
