// SPDX-License-Identifier: GPL-2.0-or-later
/* Services and servers as text, out of the kernel and into it: what a standby adopts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/rules.h"
#include "log.h"
#include "syncd.h"

static int add_servers(struct baton_nl *nl, struct baton_rule_service *to)
{
	struct baton_server *server = NULL;
	size_t count = 0;
	int err = baton_nl_server_list(nl, &to->service.key, &server, &count);

	/* Deleted between the two lists: the generation says so, and we come back. */
	if (err == -ENOENT)
		return 0;
	for (size_t i = 0; !err && i < count; i++)
		err = baton_rules_add_server(to, &server[i], 0);
	free(server);
	return err;
}

static int read_rules(struct baton_nl *nl, struct baton_rules *ret)
{
	struct baton_service *svc = NULL;
	struct baton_rules rules = { 0 };
	size_t count = 0;
	int err = baton_nl_service_list(nl, &svc, &count);

	for (size_t i = 0; !err && i < count; i++)
		err = baton_rules_add_service(&rules, &svc[i], 0);
	free(svc);
	for (size_t i = 0; !err && i < rules.services; i++)
		err = add_servers(nl, &rules.service[i]);
	if (err) {
		baton_rules_free(&rules);
		return err;
	}
	baton_rules_sort(&rules);
	*ret = rules;
	return 0;
}

/* A server that drains here keeps its connections there, too: it is one that gets no others. */
static void keep_draining(struct baton_rules *rules)
{
	for (size_t i = 0; i < rules->services; i++)
		for (size_t j = 0; j < rules->service[i].servers; j++) {
			struct baton_server *server = &rules->service[i].server[j].server;

			if (!server->drain)
				continue;
			server->drain = 0;
			server->weight = 0;
		}
}

int baton_syncd_services_text(struct baton_nl *nl, char **ret, size_t *size)
{
	struct baton_rules rules;
	FILE *out;
	int err = read_rules(nl, &rules);

	if (err)
		return err;
	keep_draining(&rules);
	out = open_memstream(ret, size);
	if (out) {
		baton_rules_print(out, &rules);
		if (fclose(out))
			err = -ENOMEM;
	} else {
		err = -ENOMEM;
	}
	baton_rules_free(&rules);
	return err;
}

static int make_equal(struct baton_nl *nl, const struct baton_rules *want)
{
	struct baton_change *changes = NULL;
	struct baton_rules now;
	size_t count = 0, refused;
	char step[512], reason[512];
	int err = read_rules(nl, &now);

	if (err)
		return err;
	err = baton_rules_diff(&now, want, &changes, &count);
	if (!err)
		err = baton_rules_apply(nl, changes, count, &refused, reason, sizeof(reason));
	else
		count = 0;
	if (err && count)
		baton_log(LOG_ERR, "cannot %s, as the active node has it: %s; nothing was changed",
			  baton_change_format(&changes[refused], step, sizeof(step)), reason);
	free(changes);
	baton_rules_free(&now);
	return err;
}

int baton_syncd_services_adopt(struct baton_nl *nl, const char *text, size_t size)
{
	/* an empty text is no service at all; fmemopen() wants at least a byte */
	FILE *in = fmemopen((void *)(size ? text : "\n"), size ? size : 1, "r");
	struct baton_rules want;
	char why[512];
	int err;

	if (!in)
		return -ENOMEM;
	err = baton_rules_parse(in, "the active node's services", &want, why, sizeof(why));
	fclose(in);
	if (err) {
		baton_log(LOG_ERR, "%s; nothing was changed", why);
		return err;
	}
	err = make_equal(nl, &want);
	baton_rules_free(&want);
	return err;
}
