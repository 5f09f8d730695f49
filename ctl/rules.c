// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "args.h"
#include "err.h"
#include "list.h"
#include "names.h"

#define LINE_MAX_BYTES	512
#define WORDS_MAX	64

int baton_rules_add_service(struct baton_rules *rules, const struct baton_service *svc,
			    unsigned int line)
{
	struct baton_rule_service *all;

	all = reallocarray(rules->service, rules->services + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	rules->service = all;
	all[rules->services++] = (struct baton_rule_service) { .service = *svc, .line = line };
	return 0;
}

int baton_rules_add_server(struct baton_rule_service *to, const struct baton_server *server,
			   unsigned int line)
{
	struct baton_rule_server *all;

	all = reallocarray(to->server, to->servers + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	to->server = all;
	all[to->servers++] = (struct baton_rule_server) { .server = *server, .line = line };
	return 0;
}

struct baton_rule_service *baton_rules_find(const struct baton_rules *rules,
					    const struct baton_service_key *key)
{
	for (size_t i = 0; i < rules->services; i++)
		if (baton_service_key_equal(&rules->service[i].service.key, key))
			return &rules->service[i];
	return NULL;
}

struct baton_rule_service *baton_rules_overlap(const struct baton_rules *rules,
					       const struct baton_service_key *key)
{
	for (size_t i = 0; i < rules->services; i++)
		if (baton_service_key_overlap(&rules->service[i].service.key, key))
			return &rules->service[i];
	return NULL;
}

static int compare_servers(const void *one, const void *other)
{
	const struct baton_server *a = &((const struct baton_rule_server *)one)->server;
	const struct baton_server *b = &((const struct baton_rule_server *)other)->server;
	int diff;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	diff = memcmp(a->addr.bytes, b->addr.bytes, baton_addr_size(a->family));
	return diff ? diff : (int)ntohs(a->port) - (int)ntohs(b->port);
}

static int compare_services(const void *one, const void *other)
{
	const struct baton_rule_service *a = one, *b = other;

	return baton_service_key_compare(&a->service.key, &b->service.key);
}

struct baton_rule_server *baton_rules_find_server(const struct baton_rule_service *in,
						  const struct baton_server *server)
{
	struct baton_rule_server wanted = { .server = *server };

	for (size_t i = 0; i < in->servers; i++)
		if (!compare_servers(&in->server[i], &wanted))
			return &in->server[i];
	return NULL;
}

void baton_rules_sort(struct baton_rules *rules)
{
	if (rules->services)
		qsort(rules->service, rules->services, sizeof(*rules->service),
		      compare_services);
	for (size_t i = 0; i < rules->services; i++)
		if (rules->service[i].servers)
			qsort(rules->service[i].server, rules->service[i].servers,
			      sizeof(*rules->service[i].server), compare_servers);
}

void baton_rules_free(struct baton_rules *rules)
{
	for (size_t i = 0; i < rules->services; i++)
		free(rules->service[i].server);
	free(rules->service);
	*rules = (struct baton_rules) {};
}

/* --- reading --- */

static int parse_service(struct baton_rules *rules, struct baton_args *args,
			 unsigned int line)
{
	const struct baton_rule_service *earlier;
	struct baton_service svc;

	if (baton_args_new_service(args, &svc))
		return -EINVAL;
	earlier = baton_rules_find(rules, &svc.key);
	if (earlier)
		return baton_args_fail(args, "line %u has this service already", earlier->line);
	earlier = baton_rules_overlap(rules, &svc.key);
	if (earlier)
		return baton_args_fail(args, "line %u has a service with some of these ports",
				       earlier->line);
	return baton_rules_add_service(rules, &svc, line);
}

static int parse_server(struct baton_rules *rules, struct baton_args *args, unsigned int line)
{
	const struct baton_rule_server *earlier;
	struct baton_rule_service *to;
	struct baton_service_key key;
	struct baton_server server;
	struct baton_given given;

	if (baton_args_server(args, &key, &server, &given))
		return -EINVAL;
	to = baton_rules_find(rules, &key);
	if (!to || !baton_service_key_names(&key, &to->service.key))
		return baton_args_fail(args, "no line above has this server's service");
	if (baton_args_check_server(args, &to->service.key, &server))
		return -EINVAL;
	earlier = baton_rules_find_server(to, &server);
	if (earlier)
		return baton_args_fail(args, "line %u has this server already", earlier->line);
	return baton_rules_add_server(to, &server, line);
}

static int parse_line(struct baton_rules *rules, char *text, unsigned int line,
		      struct baton_args *args)
{
	char *word[WORDS_MAX], *save = NULL;

	*args = (struct baton_args) { .word = word };
	text[strcspn(text, "#")] = '\0';
	for (char *w = strtok_r(text, " \t\r\n", &save); w; w = strtok_r(NULL, " \t\r\n", &save)) {
		if (args->count == WORDS_MAX)
			return baton_args_fail(args, "too many words");
		word[args->count++] = w;
	}
	if (!args->count)
		return 0;
	if (baton_args_is(args, "service"))
		return parse_service(rules, args, line);
	if (baton_args_is(args, "server"))
		return parse_server(rules, args, line);
	return baton_args_fail(args, "'%s' is not a statement, it must be service or server",
			       word[0]);
}

int baton_rules_parse(FILE *in, const char *name, struct baton_rules *ret,
		      char *err, size_t err_size)
{
	struct baton_rules rules = {};
	char text[LINE_MAX_BYTES + 2];
	struct baton_args args;
	unsigned int line = 0;
	int error = 0;

	while (!error && fgets(text, sizeof(text), in)) {
		line++;
		if (strlen(text) == sizeof(text) - 1 && text[sizeof(text) - 2] != '\n')
			error = baton_args_fail(&args, "this line is longer than %d bytes",
						LINE_MAX_BYTES);
		else
			error = parse_line(&rules, text, line, &args);
		if (error == -EINVAL)
			baton_err_set(err, err_size, error, "%s:%u: %s", name, line, args.err);
		else if (error)
			baton_err_set(err, err_size, error, "%s", baton_err_text(error));
	}
	if (!error && ferror(in))
		error = baton_err_set(err, err_size, -EIO, "cannot read %s: %s", name,
				      baton_err_text(errno ? errno : EIO));
	if (error)
		baton_rules_free(&rules);
	else
		*ret = rules;
	return error;
}

/* --- writing --- */

static void __attribute__((format(printf, 3, 4)))
append(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

static void format_service(const struct baton_service *svc, char *buf, size_t size)
{
	const struct baton_sched_words *sched = baton_sched_find(svc->sched);
	char key[BATON_KEY_TEXT], flags[64] = "";
	const struct baton_sched_flag *f;
	char sync[24] = "on";
	size_t len = 0;

	if (svc->flags & BATON_SERVICE_F_NOSYNC)
		snprintf(sync, sizeof(sync), "off");
	else if (svc->sync_after)
		snprintf(sync, sizeof(sync), "after %u", svc->sync_after);
	for (size_t i = 0; sched && (f = baton_sched_flag_nth(i)); i++)
		if (sched->flags & f->flag)
			len += (size_t)snprintf(flags + len, sizeof(flags) - len, " %s %s", f->word,
						svc->sched_flags & f->flag ? "on" : "off");
	snprintf(buf, size, "service %s scheduler %s%s sync %s%s%s",
		 baton_service_key_format(&svc->key, key, sizeof(key)), svc->sched, flags,
		 sync,
		 svc->flags & BATON_SERVICE_F_NORESET ? " reset off" : "",
		 svc->flags & BATON_SERVICE_F_NOFAST ? " fastpath off" : "");
	if (svc->flags & BATON_SERVICE_F_ONEPACKET)
		append(buf, size, " onepacket on");
	if (svc->flags & BATON_SERVICE_F_FTP)
		append(buf, size, " helper ftp");
	if (svc->persist_prefix)
		append(buf, size, " persistent %u prefix %u", svc->timeouts[BATON_STATE_TEMPLATE],
		       svc->persist_prefix);
	if (svc->flags & BATON_SERVICE_F_SIP)
		append(buf, size, " by sip-call-id");
	if (svc->flags & BATON_SERVICE_F_EXPIRE_QUIESCENT)
		append(buf, size, " expire-quiescent on");
	if (svc->flags & BATON_SERVICE_F_BYPASS)
		append(buf, size, " bypass on");
	if (svc->flags & BATON_SERVICE_F_CONNTRACK)
		append(buf, size, " conntrack on");
	for (unsigned int i = 0; i <= BATON_STATE_MAX; i++)
		if (svc->timeouts[i] && i != BATON_STATE_TEMPLATE)
			append(buf, size, " timeout_%s %u", baton_state_name(i), svc->timeouts[i]);
}

static void format_tunnel(const struct baton_server *server, char *buf, size_t size)
{
	if (server->method != BATON_METHOD_TUNNEL)
		return;
	append(buf, size, " %s", baton_tunnel_name(server->tunnel));
	if (server->tunnel != BATON_TUNNEL_IPIP)
		append(buf, size, " tunnel-checksum %s",
		       baton_tunnel_checksum_name(server->tunnel_checksum));
	if (server->tunnel == BATON_TUNNEL_GUE)
		append(buf, size, " tunnel-port %u", ntohs(server->tunnel_port));
}

static void format_server(const struct baton_service_key *key,
			  const struct baton_server *server, char *buf, size_t size)
{
	char text[BATON_KEY_TEXT], endpoint[BATON_ENDPOINT_TEXT];

	snprintf(buf, size, "server %s %s %s",
		 baton_service_key_format(key, text, sizeof(text)),
		 baton_endpoint_format(server->family, &server->addr, server->port, endpoint,
				       sizeof(endpoint)),
		 baton_method_name(server->method));
	format_tunnel(server, buf, size);
	append(buf, size, " weight %u", server->weight);
	if (server->upper)
		append(buf, size, " upper %u", server->upper);
	if (server->lower)
		append(buf, size, " lower %u", server->lower);
}

void baton_rules_print(FILE *out, const struct baton_rules *rules)
{
	const struct baton_rule_service *s;
	char text[LINE_MAX_BYTES];

	for (size_t i = 0; i < rules->services; i++) {
		s = &rules->service[i];
		format_service(&s->service, text, sizeof(text));
		fprintf(out, "%s%s\n", i ? "\n" : "", text);
		for (size_t j = 0; j < s->servers; j++) {
			/* on its way out */
			if (s->server[j].server.drain)
				continue;
			format_server(&s->service.key, &s->server[j].server, text,
				      sizeof(text));
			fprintf(out, "%s\n", text);
		}
	}
}

char *baton_change_format(const struct baton_change *c, char *buf, size_t size)
{
	static const char *const ops[] = {
		[BATON_ADD] = "add", [BATON_SET] = "set", [BATON_DEL] = "del",
	};
	char text[LINE_MAX_BYTES];

	if (c->is_server)
		format_server(&c->service.key, &c->server, text, sizeof(text));
	else
		format_service(&c->service, text, sizeof(text));
	snprintf(buf, size, "%s %s", ops[c->op], text);
	return buf;
}
