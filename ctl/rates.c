// SPDX-License-Identifier: GPL-2.0-or-later
#include "rates.h"

#include <arpa/inet.h>
#include <stdio.h>
#include "addr.h"
#include "show.h"

#define COLUMNS		"%8s %8s %8s %8s %8s %8s"
#define NAME_WIDTH	44
#define CELL_TEXT	16

/* How deep a line is in the document: text is indented by two blanks a step. */
enum depth { TOTAL, SERVICE, SERVER };

static const struct baton_stats none;

static double rate(uint64_t was, uint64_t now, double seconds)
{
	return (double)(now < was ? now : now - was) / seconds;
}

void baton_rates_between(const struct baton_stats *was, const struct baton_stats *now,
			 double seconds, struct baton_rates *ret)
{
	*ret = (struct baton_rates) {
		.conns = rate(was->conns, now->conns, seconds),
		.in_packets = rate(was->in_packets, now->in_packets, seconds),
		.in_bytes = rate(was->in_bytes, now->in_bytes, seconds),
		.out_packets = rate(was->out_packets, now->out_packets, seconds),
		.out_bytes = rate(was->out_bytes, now->out_bytes, seconds),
	};
}

/* Four digits at most and a power of 1000: "7.5", "120", "61.0k", "9999M". */
static const char *cell(double value, char buf[CELL_TEXT])
{
	static const char units[] = " kMGTP";
	unsigned int unit = 0;

	while (value >= 9999.5 && unit < sizeof(units) - 2) {
		value /= 1000;
		unit++;
	}
	snprintf(buf, CELL_TEXT, value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
	return buf;
}

static void show_line(struct baton_writer *w, enum depth depth, const char *name,
		      const struct baton_rates *r, uint64_t active)
{
	char conns[CELL_TEXT], in[CELL_TEXT], in_bytes[CELL_TEXT], out[CELL_TEXT];
	char out_bytes[CELL_TEXT], open[CELL_TEXT];

	snprintf(open, sizeof(open), "%llu", (unsigned long long)active);
	baton_write_line(w, "%-*s " COLUMNS, NAME_WIDTH - 2 * (int)depth, name, cell(r->conns, conns),
			 cell(r->in_packets, in), cell(r->in_bytes, in_bytes),
			 cell(r->out_packets, out), cell(r->out_bytes, out_bytes), open);
}

/* A line of text, and the members that say the same. */
static void show_rates(struct baton_writer *w, enum depth depth, const char *name,
		       const struct baton_rates *r, uint64_t active)
{
	show_line(w, depth, name, r, active);
	baton_write_number(w, "active", NULL, active);
	baton_write_object(w, "per_second");
	baton_write_real(w, "connections", NULL, r->conns);
	baton_write_real(w, "in_packets", NULL, r->in_packets);
	baton_write_real(w, "in_bytes", NULL, r->in_bytes);
	baton_write_real(w, "out_packets", NULL, r->out_packets);
	baton_write_real(w, "out_bytes", NULL, r->out_bytes);
	baton_write_end(w);
}

static void show_server(struct baton_writer *w, const struct baton_rule_service *was,
			const struct baton_rule_server *now, double seconds)
{
	const struct baton_server *server = &now->server;
	const struct baton_rule_server *old = was ? baton_rules_find_server(was, server) : NULL;
	char name[BATON_ENDPOINT_TEXT], addr[BATON_ADDR_TEXT];
	struct baton_rates r;

	baton_rates_between(old ? &old->server.stats : &none, &server->stats, seconds, &r);
	baton_endpoint_format(server->family, &server->addr, server->port, name, sizeof(name));
	baton_write_object(w, NULL);
	baton_write_string(w, "address", NULL,
			   baton_addr_format(server->family, &server->addr, addr, sizeof(addr)));
	baton_write_number(w, "port", NULL, ntohs(server->port));
	show_rates(w, SERVER, name, &r, server->active);
	baton_write_end(w);
}

static uint64_t active_of(const struct baton_rule_service *s)
{
	uint64_t active = 0;

	for (size_t i = 0; i < s->servers; i++)
		active += s->server[i].server.active;
	return active;
}

static void show_service(struct baton_writer *w, const struct baton_rule_service *old,
			 const struct baton_rule_service *s, double seconds)
{
	const struct baton_service_key *key = &s->service.key;
	char name[BATON_KEY_TEXT];
	struct baton_rates r;

	baton_rates_between(old ? &old->service.stats : &none, &s->service.stats, seconds, &r);
	baton_write_object(w, NULL);
	baton_show_key_members(w, key);
	show_rates(w, SERVICE, baton_service_key_format(key, name, sizeof(name)), &r,
		   active_of(s));
	baton_write_array(w, "servers");
	for (size_t i = 0; i < s->servers; i++)
		show_server(w, old, &s->server[i], seconds);
	baton_write_end(w);
	baton_write_end(w);
}

static void show_total(struct baton_writer *w, const struct baton_rules *was,
		       const struct baton_rules *now, double seconds)
{
	struct baton_rates sum = {}, r;
	uint64_t active = 0;

	for (size_t i = 0; i < now->services; i++) {
		const struct baton_rule_service *s = &now->service[i];
		const struct baton_rule_service *old = baton_rules_find(was, &s->service.key);

		baton_rates_between(old ? &old->service.stats : &none, &s->service.stats,
				    seconds, &r);
		sum.conns += r.conns;
		sum.in_packets += r.in_packets;
		sum.in_bytes += r.in_bytes;
		sum.out_packets += r.out_packets;
		sum.out_bytes += r.out_bytes;
		active += active_of(s);
	}
	baton_write_object(w, "total");
	show_rates(w, TOTAL, "total", &sum, active);
	baton_write_end(w);
}

void baton_show_rates(struct baton_writer *w, const struct baton_rules *was,
		      const struct baton_rules *now, double seconds)
{
	baton_write_object(w, NULL);
	baton_write_real(w, "seconds", NULL, seconds);
	baton_write_words(w, "%-*s " COLUMNS, NAME_WIDTH, "per second", "opened", "in pkt",
			  "in byte", "out pkt", "out byte", "active");
	show_total(w, was, now, seconds);
	baton_write_array(w, "services");
	for (size_t i = 0; i < now->services; i++)
		show_service(w, baton_rules_find(was, &now->service[i].service.key),
			     &now->service[i], seconds);
	baton_write_end(w);
	baton_write_end(w);
}
