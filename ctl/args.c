// SPDX-License-Identifier: GPL-2.0-or-later
#include "args.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "names.h"

int baton_args_fail(struct baton_args *args, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(args->err, sizeof(args->err), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

bool baton_args_left(const struct baton_args *args)
{
	return args->next < args->count;
}

const char *baton_args_peek(const struct baton_args *args)
{
	return baton_args_left(args) ? args->word[args->next] : NULL;
}

const char *baton_args_word(struct baton_args *args, const char *what)
{
	if (baton_args_left(args))
		return args->word[args->next++];
	baton_args_fail(args, "%s is missing", what);
	return NULL;
}

bool baton_args_is(struct baton_args *args, const char *word)
{
	if (!baton_args_left(args) || strcmp(args->word[args->next], word) != 0)
		return false;
	args->next++;
	return true;
}

int baton_args_number(struct baton_args *args, const char *what, unsigned long min,
		      unsigned long max, unsigned long *ret)
{
	const char *word;

	if (!baton_args_left(args))
		return baton_args_fail(args, "the number after '%s' is missing", what);
	word = args->word[args->next++];
	return baton_number_parse(word, what, min, max, ret, args->err, sizeof(args->err));
}

int baton_args_end(struct baton_args *args)
{
	if (baton_args_left(args))
		return baton_args_fail(args, "'%s' is not expected here",
				       args->word[args->next]);
	return 0;
}

int baton_args_key(struct baton_args *args, struct baton_service_key *ret)
{
	const char *protocol, *endpoint;

	protocol = baton_args_word(args, "the service's protocol (tcp or udp)");
	if (!protocol)
		return -EINVAL;
	endpoint = baton_args_word(args, "the service's ADDRESS:PORT");
	if (!endpoint)
		return -EINVAL;
	return baton_service_key_parse(protocol, endpoint, ret, args->err,
				       sizeof(args->err));
}

int baton_args_server_key(struct baton_args *args, struct baton_server *ret)
{
	struct baton_server server = {};
	const char *word = baton_args_word(args, "the server's ADDRESS:PORT");
	int error;

	if (!word)
		return -EINVAL;
	error = baton_endpoint_parse(word, &server.family, &server.addr, &server.port,
				     args->err, sizeof(args->err));
	if (error)
		return error;
	if (!baton_addr_is_host(server.family, &server.addr))
		return baton_args_fail(args, "'%s' cannot be a server, it must be unicast",
				       word);
	*ret = server;
	return 0;
}

static int parse_scheduler(struct baton_args *args, struct baton_service *svc)
{
	const char *word = baton_args_word(args, "the scheduler's name");
	const struct baton_sched_words *s;
	char known[128] = "";
	size_t len = 0;

	if (!word)
		return -EINVAL;
	if (baton_sched_find(word)) {
		snprintf(svc->sched, sizeof(svc->sched), "%s", word);
		return 0;
	}
	for (size_t i = 0; (s = baton_sched_nth(i)); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
					!i ? "" : baton_sched_nth(i + 1) ? ", " : " or ", s->name);
	return baton_args_fail(args, "'%s' is not a scheduler, it must be %s", word, known);
}

/* 1: the next words are a flag of schedulers; 0: they are not */
static int parse_sched_flag(struct baton_args *args, struct baton_service *svc,
			    struct baton_given *given)
{
	const struct baton_sched_flag *f;

	for (size_t i = 0; (f = baton_sched_flag_nth(i)); i++) {
		if (!baton_args_is(args, f->word))
			continue;
		if (given->sched_flags & f->flag)
			return baton_args_fail(args, "%s is given twice", f->word);
		given->sched_flags |= f->flag;
		if (baton_args_is(args, "on"))
			svc->sched_flags |= f->flag;
		else if (!baton_args_is(args, "off"))
			return baton_args_fail(args, "%s must be on or off", f->word);
		return 1;
	}
	return 0;
}

int baton_args_sched_flags(struct baton_args *args, struct baton_service *svc,
			   const struct baton_given *given, uint32_t now)
{
	const struct baton_sched_words *sched = baton_sched_find(svc->sched);
	const struct baton_sched_flag *f;

	for (size_t i = 0; sched && (f = baton_sched_flag_nth(i)); i++)
		if (given->sched_flags & f->flag & ~sched->flags)
			return baton_args_fail(args, "the scheduler %s knows no '%s'", svc->sched,
					       f->word);
	svc->sched_flags |= now & ~given->sched_flags;
	return 0;
}

int baton_args_new_service(struct baton_args *args, struct baton_service *ret)
{
	const struct baton_sched_words *sched;
	struct baton_given given;
	int error = baton_args_service(args, ret, &given);

	if (error)
		return error;
	sched = baton_sched_find(ret->sched);
	return baton_args_sched_flags(args, ret, &given, sched ? sched->defaults : 0);
}

/* `WORD on` clears the flag that says no to it, `WORD off` sets it. */
static int parse_switch(struct baton_args *args, const char *word, uint32_t off_flag,
			struct baton_service *svc)
{
	if (baton_args_is(args, "on"))
		svc->flags &= ~off_flag;
	else if (baton_args_is(args, "off"))
		svc->flags |= off_flag;
	else
		return baton_args_fail(args, "%s must be on or off", word);
	return 0;
}

static int parse_onepacket(struct baton_args *args, struct baton_service *svc)
{
	/* the one switch whose flag says yes */
	svc->flags ^= BATON_SERVICE_F_ONEPACKET;
	if (parse_switch(args, "onepacket", BATON_SERVICE_F_ONEPACKET, svc))
		return -EINVAL;
	svc->flags ^= BATON_SERVICE_F_ONEPACKET;
	if (svc->key.protocol != IPPROTO_UDP && svc->flags & BATON_SERVICE_F_ONEPACKET)
		return baton_args_fail(args, "onepacket is for udp");
	return 0;
}

static int twice(struct baton_args *args, bool *given, const char *what)
{
	if (*given)
		return baton_args_fail(args, "%s is given twice", what);
	*given = true;
	return 0;
}

/* timeout_STATE, as the tunables are called; BATON_STATE_NONE: it is no such word. */
static unsigned int timeout_state(const char *word)
{
	static const char prefix[] = "timeout_";

	if (!word || strncmp(word, prefix, sizeof(prefix) - 1) != 0)
		return BATON_STATE_NONE;
	for (unsigned int i = BATON_STATE_NONE + 1; i <= BATON_STATE_MAX; i++)
		if (!strcmp(word + sizeof(prefix) - 1, baton_state_name(i)))
			return i;
	return BATON_STATE_NONE;
}

static int parse_timeout(struct baton_args *args, unsigned int state, struct baton_service *svc,
			 struct baton_given *given)
{
	const char *word = baton_args_word(args, "the timeout");
	unsigned long seconds = 0;

	if (twice(args, &given->timeout[state], word) ||
	    baton_args_number(args, word, 0, BATON_TIMEOUT_MAX, &seconds))
		return -EINVAL;
	svc->timeouts[state] = (uint32_t)seconds;
	return 0;
}

int baton_args_service(struct baton_args *args, struct baton_service *ret,
		       struct baton_given *given)
{
	struct baton_service svc = { .sched = "wlc" };
	int error, flag;

	*given = (struct baton_given) {};
	error = baton_args_key(args, &svc.key);
	while (!error && baton_args_left(args)) {
		if (baton_args_is(args, "scheduler"))
			error = twice(args, &given->sched, "scheduler") ?:
				parse_scheduler(args, &svc);
		else if (baton_args_is(args, "sync"))
			error = twice(args, &given->sync, "sync") ?:
				parse_switch(args, "sync", BATON_SERVICE_F_NOSYNC, &svc);
		else if (baton_args_is(args, "reset"))
			error = twice(args, &given->reset, "reset") ?:
				parse_switch(args, "reset", BATON_SERVICE_F_NORESET, &svc);
		else if ((flag = parse_sched_flag(args, &svc, given)) != 0)
			error = flag < 0 ? flag : 0;
		else if (baton_args_is(args, "onepacket"))
			error = twice(args, &given->onepacket, "onepacket") ?:
				parse_onepacket(args, &svc);
		else if (timeout_state(baton_args_peek(args)))
			error = parse_timeout(args, timeout_state(baton_args_peek(args)), &svc,
					      given);
		else
			error = baton_args_end(args);
	}
	if (!error)
		*ret = svc;
	return error;
}

static bool parse_method(struct baton_args *args, uint8_t *ret)
{
	for (unsigned int m = 0; m <= BATON_METHOD_MAX; m++)
		if (baton_args_is(args, baton_method_name(m))) {
			*ret = (uint8_t)m;
			return true;
		}
	return false;
}

int baton_args_server(struct baton_args *args, struct baton_service_key *key,
		      struct baton_server *ret, struct baton_given *given)
{
	struct baton_service_key service;
	struct baton_server server;
	unsigned long weight = 1, upper = 0, lower = 0;
	int error;

	*given = (struct baton_given) {};
	error = baton_args_key(args, &service) ?: baton_args_server_key(args, &server);
	while (!error && baton_args_left(args)) {
		if (baton_args_is(args, "weight"))
			error = twice(args, &given->weight, "weight") ?:
				baton_args_number(args, "weight", 0, BATON_WEIGHT_MAX, &weight);
		else if (baton_args_is(args, "upper"))
			error = twice(args, &given->upper, "upper") ?:
				baton_args_number(args, "upper", 0, UINT32_MAX, &upper);
		else if (baton_args_is(args, "lower"))
			error = twice(args, &given->lower, "lower") ?:
				baton_args_number(args, "lower", 0, UINT32_MAX, &lower);
		else if (parse_method(args, &server.method))
			error = twice(args, &given->method, "the forwarding method");
		else
			error = baton_args_end(args);
	}
	if (error)
		return error;
	server.weight = (uint32_t)weight;
	server.upper = (uint32_t)upper;
	server.lower = (uint32_t)lower;
	*key = service;
	*ret = server;
	return 0;
}

int baton_args_check_server(struct baton_args *args, const struct baton_service_key *key,
			    const struct baton_server *server)
{
	if (key->family != server->family)
		return baton_args_fail(args, "service and server must both be IPv4 or both IPv6");
	if (!key->port && server->port)
		return baton_args_fail(args,
				       "the service takes any port, so the server's port must be 0");
	if (server->lower > server->upper)
		return baton_args_fail(args, "lower must not be above upper");
	if (server->method == BATON_METHOD_DR && server->port && server->port != key->port)
		return baton_args_fail(args,
				       "dr does not rewrite packets, so the server's port must be the service's or 0");
	return 0;
}

/* The last letter is the unit; without one, seconds. */
int baton_args_drain(struct baton_args *args, uint32_t *seconds)
{
	unsigned long unit = 1, value;
	const char *word;
	char digits[16];
	size_t len;

	*seconds = 0;
	if (!baton_args_left(args))
		return 0;
	if (!baton_args_is(args, "drain"))
		return baton_args_end(args);
	word = baton_args_word(args, "the time to drain");
	if (!word)
		return -EINVAL;
	len = strlen(word);
	if (len && strchr("smh", word[len - 1]))
		unit = word[--len] == 'h' ? 3600 : word[len] == 'm' ? 60 : 1;
	snprintf(digits, sizeof(digits), "%.*s", (int)(len < 15 ? len : 15), word);
	if (baton_number_parse(digits, "drain", 1, BATON_TIMEOUT_MAX / unit, &value, args->err,
			       sizeof(args->err)))
		return -EINVAL;
	*seconds = (uint32_t)(value * unit);
	return baton_args_end(args);
}

static int parse_client(struct baton_args *args, struct baton_conn_match *m)
{
	const char *word = baton_args_word(args, "the client's ADDRESS");

	if (!word)
		return -EINVAL;
	return baton_client_parse(word, &m->client_family, &m->client, &m->client_prefix,
				  &m->has_client_port, &m->client_port, args->err,
				  sizeof(args->err));
}

int baton_args_match(struct baton_args *args, struct baton_conn_match *ret)
{
	struct baton_conn_match m = {};
	int error = 0;

	while (!error && baton_args_left(args)) {
		if (baton_args_is(args, "service")) {
			error = twice(args, &m.has_service, "service") ?:
				baton_args_key(args, &m.service);
		} else if (baton_args_is(args, "server")) {
			error = twice(args, &m.has_server, "server") ?:
				baton_args_server_key(args, &m.server);
		} else if (baton_args_is(args, "client")) {
			error = twice(args, &m.has_client, "client") ?:
				parse_client(args, &m);
		} else {
			error = baton_args_end(args);
		}
	}
	if (!error)
		*ret = m;
	return error;
}
