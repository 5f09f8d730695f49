// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include "addr.h"
#include "kernel.h"
#include "show.h"
#include "tool.h"

static const char *hint_for(int error)
{
	return error == -EEXIST ? "change it with 'batonctl server set'" :
	       error == -ENOENT ? "'batonctl service list' shows services and servers that exist" :
	       NULL;
}

static int refused(struct baton_tool *t, struct baton_nl *nl, int error)
{
	char what[256];

	return baton_tool_refused(nl, error, baton_tool_what(t, what, sizeof(what)),
				  hint_for(error));
}

int baton_cmd_server_list(struct baton_tool *t)
{
	const struct baton_rule_service *s;
	struct baton_rules rules = {};
	struct baton_service_key key;
	struct baton_nl *nl;
	bool one = baton_args_left(&t->args);
	int status;

	if (one && (baton_args_key(&t->args, &key) || baton_args_end(&t->args)))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	status = baton_kernel_rules(nl, one ? &key : NULL, &rules);
	if (!status) {
		baton_write_array(&t->out, NULL);
		for (size_t i = 0; i < rules.services; i++) {
			s = &rules.service[i];
			for (size_t j = 0; j < s->servers; j++)
				baton_show_server(&t->out, &s->service.key,
						  &s->server[j].server);
		}
		baton_write_end(&t->out);
	}
	baton_rules_free(&rules);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_server_add(struct baton_tool *t)
{
	struct baton_service_key key;
	struct baton_server server;
	struct baton_given given;
	struct baton_nl *nl;
	int status, error;

	if (baton_args_server(&t->args, &key, &server, &given) ||
	    baton_args_check_server(&t->args, &key, &server))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_server_add(nl, &key, &server);
	if (error)
		status = refused(t, nl, error);
	baton_nl_close(nl);
	return status;
}

/* Another method or another kind of tunnel begins with its own defaults. */
static void take_tunnel(struct baton_server *server, const struct baton_server *wanted,
			const struct baton_given *given)
{
	bool anew = (given->method && wanted->method != server->method) ||
		    (given->tunnel && wanted->tunnel != server->tunnel);

	if (given->method)
		server->method = wanted->method;
	if (given->tunnel || anew)
		server->tunnel = wanted->tunnel;
	if (given->tunnel_checksum || anew)
		server->tunnel_checksum = wanted->tunnel_checksum;
	if (given->tunnel_port || anew)
		server->tunnel_port = wanted->tunnel_port;
}

/* As for services: what is not named stays. */
static int set_server(struct baton_tool *t, struct baton_nl *nl,
		      const struct baton_service_key *key, const struct baton_server *wanted,
		      const struct baton_given *given)
{
	const struct baton_rule_server *found;
	struct baton_rules rules = {};
	struct baton_server server;
	int status, error;

	status = baton_kernel_rules(nl, key, &rules);
	if (status)
		return status;
	found = baton_rules_find_server(&rules.service[0], wanted);
	server = found ? found->server : *wanted;
	baton_rules_free(&rules);
	if (!found)
		return baton_tool_fail(BATON_EXIT_REFUSED,
				       "the service has no server %s; 'batonctl server list' shows those that exist",
				       t->args.word[2]);
	take_tunnel(&server, wanted, given);
	if (given->weight)
		server.weight = wanted->weight;
	if (given->upper)
		server.upper = wanted->upper;
	if (given->lower)
		server.lower = wanted->lower;
	if (baton_args_check_server(&t->args, key, &server))
		return baton_tool_usage(t);
	error = baton_nl_server_set(nl, key, &server);
	return error ? refused(t, nl, error) : BATON_EXIT_OK;
}

int baton_cmd_server_set(struct baton_tool *t)
{
	struct baton_service_key key;
	struct baton_server server;
	struct baton_given given;
	struct baton_nl *nl;
	int status;

	if (baton_args_server(&t->args, &key, &server, &given))
		return baton_tool_usage(t);
	if (!given.method && !given.tunnel && !given.tunnel_checksum && !given.tunnel_port &&
	    !given.weight && !given.upper && !given.lower) {
		baton_args_fail(&t->args, "there is nothing to change");
		return baton_tool_usage(t);
	}
	status = baton_tool_open(&nl);
	if (status)
		return status;
	status = set_server(t, nl, &key, &server, &given);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_server_del(struct baton_tool *t)
{
	struct baton_service_key key;
	struct baton_server server;
	struct baton_nl *nl;
	uint32_t drain;
	int status, error;

	if (baton_args_key(&t->args, &key) || baton_args_server_key(&t->args, &server) ||
	    baton_args_drain(&t->args, &drain))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_server_del(nl, &key, &server, drain);
	if (error)
		status = refused(t, nl, error);
	baton_nl_close(nl);
	return status;
}
