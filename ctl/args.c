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

	protocol = baton_args_word(args, "the service's protocol (tcp, udp or sctp, or mark or mark6)");
	if (!protocol)
		return -EINVAL;
	endpoint = baton_args_word(args, strncmp(protocol, "mark", 4) ? "the service's ADDRESS:PORT" :
								       "the service's mark");
	if (!endpoint)
		return -EINVAL;
	return baton_service_key_parse(protocol, endpoint, ret, args->err,
				       sizeof(args->err));
}

int baton_args_server_key(struct baton_args *args, struct baton_server *ret)
{
	struct baton_server server = { .tunnel_port = htons(BATON_TUNNEL_PORT_GUE) };
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

int baton_args_twice(struct baton_args *args, bool *given, const char *what)
{
	if (*given)
		return baton_args_fail(args, "%s is given twice", what);
	*given = true;
	return 0;
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

/* 1: the next words are about the tunnel; 0: they are not */
static int parse_tunnel(struct baton_args *args, struct baton_server *server,
			struct baton_given *given)
{
	unsigned long port = 0;

	for (unsigned int k = 0; k <= BATON_TUNNEL_MAX; k++)
		if (baton_args_is(args, baton_tunnel_name(k))) {
			server->tunnel = (uint8_t)k;
			return baton_args_twice(args, &given->tunnel, "the kind of tunnel") ?: 1;
		}
	if (baton_args_is(args, "tunnel-port")) {
		if (baton_args_twice(args, &given->tunnel_port, "tunnel-port") ||
		    baton_args_number(args, "tunnel-port", 1, UINT16_MAX, &port))
			return -EINVAL;
		server->tunnel_port = htons((uint16_t)port);
		return 1;
	}
	if (!baton_args_is(args, "tunnel-checksum"))
		return 0;
	if (baton_args_twice(args, &given->tunnel_checksum, "tunnel-checksum"))
		return -EINVAL;
	for (unsigned int c = 0; c <= BATON_TUNNEL_CHECKSUM_MAX; c++)
		if (baton_args_is(args, baton_tunnel_checksum_name(c))) {
			server->tunnel_checksum = (uint8_t)c;
			return 1;
		}
	return baton_args_fail(args, "tunnel-checksum must be off, on or remote");
}

int baton_args_server(struct baton_args *args, struct baton_service_key *key,
		      struct baton_server *ret, struct baton_given *given)
{
	struct baton_service_key service;
	struct baton_server server;
	unsigned long weight = 1, upper = 0, lower = 0;
	int error, tunnel;

	*given = (struct baton_given) {};
	error = baton_args_key(args, &service) ?: baton_args_server_key(args, &server);
	while (!error && baton_args_left(args)) {
		if (baton_args_is(args, "weight"))
			error = baton_args_twice(args, &given->weight, "weight") ?:
				baton_args_number(args, "weight", 0, BATON_WEIGHT_MAX, &weight);
		else if (baton_args_is(args, "upper"))
			error = baton_args_twice(args, &given->upper, "upper") ?:
				baton_args_number(args, "upper", 0, UINT32_MAX, &upper);
		else if (baton_args_is(args, "lower"))
			error = baton_args_twice(args, &given->lower, "lower") ?:
				baton_args_number(args, "lower", 0, UINT32_MAX, &lower);
		else if (parse_method(args, &server.method))
			error = baton_args_twice(args, &given->method, "the forwarding method");
		else if ((tunnel = parse_tunnel(args, &server, given)) != 0)
			error = tunnel < 0 ? tunnel : 0;
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

static int check_tunnel(struct baton_args *args, const struct baton_server *server)
{
	if (server->method != BATON_METHOD_TUNNEL) {
		if (server->tunnel || server->tunnel_checksum ||
		    server->tunnel_port != htons(BATON_TUNNEL_PORT_GUE))
			return baton_args_fail(args, "%s is no tunnel, so it has no tunnel's settings",
					       baton_method_name(server->method));
		return 0;
	}
	if (server->tunnel == BATON_TUNNEL_IPIP && server->tunnel_checksum)
		return baton_args_fail(args, "ipip has no checksum of its own; gre and gue have");
	if (server->tunnel == BATON_TUNNEL_GRE &&
	    server->tunnel_checksum == BATON_TUNNEL_CHECKSUM_REMOTE)
		return baton_args_fail(args, "only gue has tunnel-checksum remote");
	if (server->tunnel != BATON_TUNNEL_GUE &&
	    server->tunnel_port != htons(BATON_TUNNEL_PORT_GUE))
		return baton_args_fail(args, "only gue has a tunnel-port");
	return 0;
}

int baton_args_check_server(struct baton_args *args, const struct baton_service_key *key,
			    const struct baton_server *server)
{
	if (server->method != BATON_METHOD_TUNNEL && key->family != server->family)
		return baton_args_fail(args,
				       "service and server must both be IPv4 or both IPv6, unless the method is tunnel");
	if (!key->port && !key->mark && server->port)
		return baton_args_fail(args,
				       "the service takes any port, so the server's port must be 0");
	if (key->mark && server->port && server->method != BATON_METHOD_NAT)
		return baton_args_fail(args, "%s does not rewrite packets, so the server's port must be 0",
				       baton_method_name(server->method));
	if (baton_service_key_last(key) != ntohs(key->port) && server->port)
		return baton_args_fail(args,
				       "the service has a range of ports, so the server's port must be 0");
	if (server->lower > server->upper)
		return baton_args_fail(args, "lower must not be above upper");
	if (server->method != BATON_METHOD_NAT && server->port && server->port != key->port)
		return baton_args_fail(args,
				       "%s does not rewrite packets, so the server's port must be the service's or 0",
				       baton_method_name(server->method));
	return check_tunnel(args, server);
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
			error = baton_args_twice(args, &m.has_service, "service") ?:
				baton_args_key(args, &m.service);
		} else if (baton_args_is(args, "server")) {
			error = baton_args_twice(args, &m.has_server, "server") ?:
				baton_args_server_key(args, &m.server);
		} else if (baton_args_is(args, "client")) {
			error = baton_args_twice(args, &m.has_client, "client") ?:
				parse_client(args, &m);
		} else {
			error = baton_args_end(args);
		}
	}
	if (!error)
		*ret = m;
	return error;
}
