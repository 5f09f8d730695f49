// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include "addr.h"
#include "tool.h"

static int unknown_service(const struct baton_service_key *key)
{
	char text[BATON_KEY_TEXT];

	return baton_tool_fail(BATON_EXIT_REFUSED,
			       "there is no service %s; 'batonctl service list' shows the services that exist",
			       baton_service_key_format(key, text, sizeof(text)));
}

static int add_servers(struct baton_nl *nl, struct baton_rule_service *to)
{
	struct baton_server *servers = NULL;
	size_t count = 0;
	int error;

	error = baton_nl_server_list(nl, &to->service.key, &servers, &count);
	/* Deleted between the two lists: it has no servers any more. */
	if (error == -ENOENT)
		return BATON_EXIT_OK;
	if (error)
		return baton_tool_refused(nl, error, "list the servers", NULL);
	for (size_t i = 0; !error && i < count; i++)
		error = baton_rules_add_server(to, &servers[i], 0);
	free(servers);
	return error ? baton_tool_fail(BATON_EXIT_REFUSED, "not enough memory") :
		       BATON_EXIT_OK;
}

int baton_kernel_rules(struct baton_nl *nl, const struct baton_service_key *only,
		       struct baton_rules *ret)
{
	struct baton_service *services = NULL;
	struct baton_rules rules = {};
	size_t count = 0;
	int error, status = BATON_EXIT_OK;

	error = baton_nl_service_list(nl, &services, &count);
	if (error)
		return baton_tool_refused(nl, error, "list the services", NULL);
	for (size_t i = 0; !error && i < count; i++)
		if (!only || baton_service_key_names(only, &services[i].key))
			error = baton_rules_add_service(&rules, &services[i], 0);
	free(services);
	if (error)
		status = baton_tool_fail(BATON_EXIT_REFUSED, "not enough memory");
	else if (only && !rules.services)
		status = unknown_service(only);
	for (size_t i = 0; !status && i < rules.services; i++)
		status = add_servers(nl, &rules.service[i]);
	if (status) {
		baton_rules_free(&rules);
		return status;
	}
	baton_rules_sort(&rules);
	*ret = rules;
	return BATON_EXIT_OK;
}

int baton_kernel_service(struct baton_nl *nl, const struct baton_service_key *key,
			 struct baton_service *ret)
{
	struct baton_service *services = NULL;
	size_t count = 0, i;
	int error;

	error = baton_nl_service_list(nl, &services, &count);
	if (error)
		return baton_tool_refused(nl, error, "list the services", NULL);
	for (i = 0; i < count && !baton_service_key_equal(&services[i].key, key); i++)
		;
	if (i < count)
		*ret = services[i];
	free(services);
	return i < count ? BATON_EXIT_OK : unknown_service(key);
}
