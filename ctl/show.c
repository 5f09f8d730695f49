// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>
#include "addr.h"
#include "names.h"

void baton_show_key_members(struct baton_writer *w, const struct baton_service_key *key)
{
	char addr[BATON_ADDR_TEXT], protocol[16];

	if (key->mark) {
		baton_write_string(w, "family", NULL, key->family == AF_INET ? "ipv4" : "ipv6");
		baton_write_number(w, "mark", NULL, key->mark);
		return;
	}
	baton_write_string(w, "protocol", NULL,
			   baton_protocol_format(key->protocol, protocol, sizeof(protocol)));
	baton_write_string(w, "address", NULL,
			   baton_addr_format(key->family, &key->addr, addr, sizeof(addr)));
	baton_write_number(w, "port", NULL, ntohs(key->port));
	if (baton_service_key_last(key) != ntohs(key->port))
		baton_write_number(w, "port_last", NULL, baton_service_key_last(key));
}

void baton_show_key(struct baton_writer *w, const struct baton_service_key *key)
{
	char text[BATON_KEY_TEXT];

	baton_write_string(w, NULL, "", baton_service_key_format(key, text, sizeof(text)));
	baton_show_key_members(w, key);
}

/* An endpoint: one word in text, an object in JSON. */
static void show_endpoint(struct baton_writer *w, const char *name, const char *label,
			  uint8_t family, const union baton_addr *addr, __be16 port)
{
	char text[BATON_ENDPOINT_TEXT], host[BATON_ADDR_TEXT];

	baton_write_object(w, name);
	baton_write_string(w, NULL, label,
			   baton_endpoint_format(family, addr, port, text, sizeof(text)));
	baton_write_string(w, "address", NULL,
			   baton_addr_format(family, addr, host, sizeof(host)));
	baton_write_number(w, "port", NULL, ntohs(port));
	baton_write_end(w);
}

static void show_stats(struct baton_writer *w, const struct baton_stats *s)
{
	baton_write_object(w, "stats");
	baton_write_number(w, "connections", "opened", s->conns);
	baton_write_number(w, "in_packets", "in", s->in_packets);
	baton_write_number(w, "in_bytes", NULL, s->in_bytes);
	baton_write_number(w, "out_packets", "out", s->out_packets);
	baton_write_number(w, "out_bytes", NULL, s->out_bytes);
	baton_write_end(w);
}

static void show_service_settings(struct baton_writer *w, const struct baton_service *svc)
{
	const struct baton_sched_words *sched = baton_sched_find(svc->sched);
	bool reset = !(svc->flags & BATON_SERVICE_F_NORESET);
	bool sync = !(svc->flags & BATON_SERVICE_F_NOSYNC);
	bool fast = !(svc->flags & BATON_SERVICE_F_NOFAST);
	bool onepacket = svc->flags & BATON_SERVICE_F_ONEPACKET;
	bool expire = svc->flags & BATON_SERVICE_F_EXPIRE_QUIESCENT;
	bool bypass = svc->flags & BATON_SERVICE_F_BYPASS;
	bool conntrack = svc->flags & BATON_SERVICE_F_CONNTRACK;
	const struct baton_sched_flag *f;
	char label[64];
	bool on;

	baton_show_key(w, &svc->key);
	baton_write_string(w, "scheduler", "scheduler", svc->sched);
	for (size_t i = 0; sched && (f = baton_sched_flag_nth(i)); i++) {
		if (!(sched->flags & f->flag))
			continue;
		on = svc->sched_flags & f->flag;
		baton_write_string(w, NULL, f->word, on ? "on" : "off");
		baton_write_bool(w, f->member, NULL, on);
	}
	if (sync && svc->sync_after)
		baton_write_number(w, "sync_after", "sync after", svc->sync_after);
	else
		baton_write_string(w, NULL, "sync", sync ? "on" : "off");
	baton_write_bool(w, "sync", NULL, sync);
	if (!reset)
		baton_write_string(w, NULL, "reset", "off");
	baton_write_bool(w, "reset", NULL, reset);
	if (!fast)
		baton_write_string(w, NULL, "fastpath", "off");
	baton_write_bool(w, "fastpath", NULL, fast);
	if (onepacket)
		baton_write_string(w, NULL, "onepacket", "on");
	baton_write_bool(w, "onepacket", NULL, onepacket);
	if (svc->flags & BATON_SERVICE_F_FTP)
		baton_write_string(w, "helper", "helper", "ftp");
	if (expire)
		baton_write_string(w, NULL, "expire-quiescent", "on");
	baton_write_bool(w, "expire_quiescent", NULL, expire);
	if (bypass)
		baton_write_string(w, NULL, "bypass", "on");
	if (svc->key.mark)
		baton_write_bool(w, "bypass", NULL, bypass);
	if (conntrack)
		baton_write_string(w, NULL, "conntrack", "on");
	baton_write_bool(w, "conntrack", NULL, conntrack);
	if (svc->persist_prefix) {
		baton_write_number(w, "persistent", "persistent",
				   svc->timeouts[BATON_STATE_TEMPLATE]);
		baton_write_number(w, "prefix", "prefix", svc->persist_prefix);
		if (svc->flags & BATON_SERVICE_F_SIP)
			baton_write_string(w, "by", "by", "sip-call-id");
	}
	baton_write_object(w, "timeouts");
	for (unsigned int i = 0; i <= BATON_STATE_MAX; i++) {
		snprintf(label, sizeof(label), "timeout_%s", baton_state_name(i));
		if (svc->timeouts[i] && i != BATON_STATE_TEMPLATE)
			baton_write_number(w, baton_state_name(i), label, svc->timeouts[i]);
	}
	baton_write_end(w);
}

static void show_tunnel(struct baton_writer *w, const struct baton_server *server)
{
	if (server->method != BATON_METHOD_TUNNEL)
		return;
	baton_write_string(w, "tunnel", "", baton_tunnel_name(server->tunnel));
	if (server->tunnel != BATON_TUNNEL_IPIP)
		baton_write_string(w, "tunnel_checksum", "tunnel-checksum",
				   baton_tunnel_checksum_name(server->tunnel_checksum));
	if (server->tunnel == BATON_TUNNEL_GUE)
		baton_write_number(w, "tunnel_port", "tunnel-port", ntohs(server->tunnel_port));
}

static void show_server_settings(struct baton_writer *w, const struct baton_server *server)
{
	char text[BATON_ENDPOINT_TEXT], addr[BATON_ADDR_TEXT];

	baton_write_string(w, NULL, "server",
			   baton_endpoint_format(server->family, &server->addr, server->port,
						 text, sizeof(text)));
	baton_write_string(w, "address", NULL,
			   baton_addr_format(server->family, &server->addr, addr,
					     sizeof(addr)));
	baton_write_number(w, "port", NULL, ntohs(server->port));
	baton_write_string(w, "method", "", baton_method_name(server->method));
	show_tunnel(w, server);
	baton_write_number(w, "weight", "weight", server->weight);
	baton_write_number(w, "upper", server->upper ? "upper" : NULL, server->upper);
	baton_write_number(w, "lower", server->lower ? "lower" : NULL, server->lower);
	baton_write_bool(w, "overloaded", server->overloaded ? "overloaded" : NULL,
			 server->overloaded);
	baton_write_number(w, "drain", server->drain ? "draining" : NULL, server->drain);
}

void baton_show_server(struct baton_writer *w, const struct baton_service_key *key,
		       const struct baton_server *server)
{
	baton_write_object(w, NULL);
	if (key) {
		baton_write_object(w, "service");
		baton_show_key(w, key);
		baton_write_end(w);
	}
	show_server_settings(w, server);
	baton_write_number(w, "active", "active", server->active);
	baton_write_number(w, "inactive", "inactive", server->inactive);
	show_stats(w, &server->stats);
	baton_write_end(w);
}

void baton_show_rules(struct baton_writer *w, const struct baton_rules *rules)
{
	const struct baton_rule_service *s;

	baton_write_array(w, "services");
	for (size_t i = 0; i < rules->services; i++) {
		s = &rules->service[i];
		baton_write_object(w, NULL);
		show_service_settings(w, &s->service);
		show_stats(w, &s->service.stats);
		baton_write_array(w, "servers");
		for (size_t j = 0; j < s->servers; j++)
			baton_show_server(w, NULL, &s->server[j].server);
		baton_write_end(w);
		baton_write_end(w);
	}
	baton_write_end(w);
}

/* Of a call's template it is no address: one word. */
static void show_client(struct baton_writer *w, const struct baton_conn_record *r)
{
	char text[16];

	if (!(r->protocol & BATON_PROTOCOL_TEMPLATE) || !r->cport) {
		show_endpoint(w, "client", "client", r->family, &r->caddr, r->cport);
		return;
	}
	snprintf(text, sizeof(text), "%08x%04x", ntohl(r->caddr.v4), ntohs(r->cport));
	baton_write_string(w, "call", "call", text);
}

static void show_connection_members(struct baton_writer *w, const struct baton_conn_record *r)
{
	char protocol[16];

	baton_write_string(w, "protocol", "",
			   r->protocol == BATON_PROTOCOL_TEMPLATE ? "any" :
			   baton_protocol_format(r->protocol & ~BATON_PROTOCOL_TEMPLATE, protocol,
						 sizeof(protocol)));
	show_client(w, r);
	/* a template of a mark is of all its addresses */
	if (r->protocol != BATON_PROTOCOL_TEMPLATE)
		show_endpoint(w, "virtual", "virtual", r->family, &r->vaddr, r->vport);
	if (r->mark)
		baton_write_number(w, "mark", "mark", r->mark);
	show_endpoint(w, "server", "server", baton_conn_server_family(r), &r->daddr, r->dport);
	/* the method of a template says nothing: each connection has its server's */
	if (!(r->protocol & BATON_PROTOCOL_TEMPLATE))
		baton_write_string(w, "method", "", baton_method_name(r->method));
	baton_write_string(w, "state", "state", baton_state_name(r->state));
	baton_write_number(w, "idle", "idle", r->idle);
	baton_write_number(w, "timeout", "timeout", r->timeout);
	baton_write_number(w, "service_port", NULL, ntohs(r->svc_port));
	baton_write_number(w, "version", NULL, r->version);
	baton_write_bool(w, "synced", "synced", r->flags & BATON_CONN_F_SYNCED);
	baton_write_bool(w, "learned", "learned", r->flags & BATON_CONN_F_LEARNED);
	baton_write_bool(w, "input_only", NULL, r->flags & BATON_CONN_F_INPUT_ONLY);
}

void baton_show_connection(struct baton_writer *w, const struct baton_conn_record *r)
{
	baton_write_object(w, NULL);
	show_connection_members(w, r);
	baton_write_end(w);
}

void baton_show_count(struct baton_writer *w, uint64_t total, uint64_t synced,
		      const uint64_t by_state[BATON_STATE_MAX + 1])
{
	baton_write_object(w, NULL);
	baton_write_number(w, "connections", "connections", total);
	baton_write_number(w, "synced", "synced", synced);
	baton_write_object(w, "states");
	for (unsigned int i = 0; i <= BATON_STATE_MAX; i++)
		if (by_state[i])
			baton_write_number(w, baton_state_name(i), baton_state_name(i),
					   by_state[i]);
	baton_write_end(w);
	baton_write_end(w);
}

void baton_show_gate(struct baton_writer *w, const struct baton_gate *gate)
{
	baton_write_string(w, "state", "", baton_gate_state_name(gate->state));
	baton_write_string(w, "role", "role", baton_role_name(gate->role));
	baton_write_number(w, "epoch", "epoch", gate->epoch);
	baton_write_number(w, "lease_ms", NULL, gate->lease_ms);
	baton_write_number(w, "lease_left_ms", NULL, gate->lease_left_ms);
	baton_write_number(w, "relay_left_ms", NULL, gate->relay_ms);
	if (gate->role == BATON_ROLE_ACTIVE && !gate->lease_ms)
		baton_write_words(w, "lease unlimited");
	else if (gate->role == BATON_ROLE_ACTIVE)
		baton_write_words(w, "lease %u ms, %u ms left", gate->lease_ms,
				  gate->lease_left_ms);
}

void baton_show_counters(struct baton_writer *w, const struct baton_stats *total,
			 const uint64_t drops[BATON_DROP_COUNT], bool explain)
{
	baton_write_object(w, NULL);
	baton_write_number(w, "connections", "connections", total->conns);
	baton_write_line(w, "in   %llu packets, %llu bytes",
			 (unsigned long long)total->in_packets,
			 (unsigned long long)total->in_bytes);
	baton_write_line(w, "out  %llu packets, %llu bytes",
			 (unsigned long long)total->out_packets,
			 (unsigned long long)total->out_bytes);
	baton_write_number(w, "in_packets", NULL, total->in_packets);
	baton_write_number(w, "in_bytes", NULL, total->in_bytes);
	baton_write_number(w, "out_packets", NULL, total->out_packets);
	baton_write_number(w, "out_bytes", NULL, total->out_bytes);
	baton_write_line(w, "drops");
	baton_write_array(w, "drops");
	for (unsigned int i = 0; i < BATON_DROP_COUNT; i++) {
		baton_write_object(w, NULL);
		baton_write_string(w, "reason", NULL, baton_drop_name(i));
		baton_write_number(w, "count", NULL, drops[i]);
		baton_write_words(w, "%-16s %llu", baton_drop_name(i),
				  (unsigned long long)drops[i]);
		if (explain) {
			baton_write_line(w, "  %s", baton_drop_sentence(i));
			baton_write_string(w, "explanation", NULL, baton_drop_sentence(i));
		}
		baton_write_end(w);
	}
	baton_write_end(w);
	baton_write_end(w);
}

static void show_tunable(struct baton_writer *w, const struct baton_tunable_words *words, uint32_t value)
{
	switch (words->kind) {
	case BATON_TUNABLE_NUMBER:
		baton_write_line(w, "%-26s %u", words->name, value);
		baton_write_number(w, words->name, NULL, value);
		break;
	case BATON_TUNABLE_SWITCH:
		baton_write_line(w, "%-26s %s", words->name, value ? "on" : "off");
		baton_write_bool(w, words->name, NULL, value);
		break;
	case BATON_TUNABLE_MODE:
		baton_write_line(w, "%-26s %s", words->name, baton_drop_mode_name(value));
		baton_write_string(w, words->name, NULL, baton_drop_mode_name(value));
		break;
	}
}

void baton_show_tunables(struct baton_writer *w, const struct baton_tunables *t)
{
	const struct baton_tunable_words *words;
	char name[48];

	baton_write_object(w, NULL);
	for (unsigned int i = BATON_STATE_NONE + 1; i <= BATON_STATE_MAX; i++) {
		if (i == BATON_STATE_TEMPLATE)
			continue;	/* each persistent service has its own */
		snprintf(name, sizeof(name), "timeout_%s", baton_state_name(i));
		baton_write_line(w, "%-26s %u", name, t->timeouts[i]);
		baton_write_number(w, name, NULL, t->timeouts[i]);
	}
	for (size_t i = 0; (words = baton_tunable_nth(i)); i++)
		show_tunable(w, words, t->value[words->attr]);
	baton_write_end(w);
}

/* Beginning of an event's object, up to what it is about. */
static void begin_event(struct baton_writer *w, double time, const char *object,
			const char *what)
{
	time_t seconds = (time_t)time;
	struct tm tm;
	char text[16];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	baton_write_object(w, NULL);
	baton_write_words(w, "%s.%03u", text, (unsigned int)((time - (double)seconds) * 1000));
	baton_write_real(w, "time", NULL, time);
	baton_write_string(w, "event", "", what);
	baton_write_string(w, "object", "", object);
}

void baton_show_event(struct baton_writer *w, double time, const struct baton_nl_event *event,
		      const char *what)
{
	switch (event->type) {
	case BATON_NL_EVENT_WAKE:
	case BATON_NL_EVENT_PROBE:
		return;
	case BATON_NL_EVENT_GATE:
		begin_event(w, time, "gate", what);
		baton_show_gate(w, &event->gate);
		break;
	case BATON_NL_EVENT_SERVICE:
		begin_event(w, time, "service", what);
		show_service_settings(w, &event->service);
		break;
	case BATON_NL_EVENT_SERVER:
		begin_event(w, time, "server", what);
		baton_write_object(w, "service");
		baton_show_key(w, &event->service.key);
		baton_write_end(w);
		show_server_settings(w, &event->server);
		break;
	case BATON_NL_EVENT_CONN:
		for (uint32_t i = 0; i < event->count; i++) {
			begin_event(w, time, "connection", what);
			show_connection_members(w, &event->records[i]);
			baton_write_end(w);
		}
		return;
	case BATON_NL_EVENT_LOST:
		begin_event(w, time, "monitor", "lost");
		baton_write_words(w, "some events could not be delivered");
		break;
	}
	baton_write_end(w);
}
