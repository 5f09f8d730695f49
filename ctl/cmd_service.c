// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "kernel.h"
#include "names.h"
#include "show.h"
#include "tool.h"

static const char *hint_for(int error)
{
	return error == -EEXIST ? "change it with 'batonctl service set'" :
	       error == -ENOENT ? "'batonctl service list' shows the services that exist" :
	       NULL;
}

int baton_cmd_service_list(struct baton_tool *t)
{
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
	if (!status)
		baton_show_rules(&t->out, &rules);
	baton_rules_free(&rules);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_service_add(struct baton_tool *t)
{
	struct baton_service svc;
	struct baton_nl *nl;
	char what[256];
	int status, error;

	if (baton_args_new_service(&t->args, &svc))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_service_add(nl, &svc);
	if (error)
		status = baton_tool_refused(nl, error, baton_tool_what(t, what, sizeof(what)),
					    hint_for(error));
	baton_nl_close(nl);
	return status;
}

static void take_flag(struct baton_service *to, const struct baton_service *from, uint32_t flag)
{
	to->flags = (to->flags & ~flag) | (from->flags & flag);
}

/* A `set` changes what is named and leaves the rest as it is. */
static int set_service(struct baton_tool *t, struct baton_nl *nl, struct baton_service *svc,
		       const struct baton_given *given)
{
	const struct baton_sched_words *sched;
	struct baton_service now;
	uint32_t sched_flags;
	char what[256];
	int status, error;

	status = baton_kernel_service(nl, &svc->key, &now);
	if (status)
		return status;
	if (svc->key.port_last)
		now.key.port_last = svc->key.port_last;
	sched_flags = now.sched_flags;
	sched = baton_sched_find(svc->sched);
	if (given->sched && sched && strcmp(now.sched, svc->sched) != 0)
		sched_flags = sched->defaults;
	if (given->sched)
		memcpy(now.sched, svc->sched, sizeof(now.sched));
	now.sched_flags = svc->sched_flags;
	if (baton_args_sched_flags(&t->args, &now, given, sched_flags))
		return baton_tool_usage(t);
	if (given->sync) {
		take_flag(&now, svc, BATON_SERVICE_F_NOSYNC);
		now.sync_after = svc->sync_after;
	}
	if (given->reset)
		take_flag(&now, svc, BATON_SERVICE_F_NORESET);
	if (given->fastpath)
		take_flag(&now, svc, BATON_SERVICE_F_NOFAST);
	if (given->onepacket)
		take_flag(&now, svc, BATON_SERVICE_F_ONEPACKET);
	if (given->helper)
		take_flag(&now, svc, BATON_SERVICE_F_FTP);
	if (given->expire_quiescent)
		take_flag(&now, svc, BATON_SERVICE_F_EXPIRE_QUIESCENT);
	if (given->bypass)
		take_flag(&now, svc, BATON_SERVICE_F_BYPASS);
	if (given->conntrack)
		take_flag(&now, svc, BATON_SERVICE_F_CONNTRACK);
	if (baton_args_persistence(&t->args, given, given->persistent || now.persist_prefix))
		return baton_tool_usage(t);
	if (given->by || given->persistent_off)
		take_flag(&now, svc, BATON_SERVICE_F_SIP);
	if (given->persistent)
		now.timeouts[BATON_STATE_TEMPLATE] = svc->timeouts[BATON_STATE_TEMPLATE];
	if (given->prefix || given->persistent_off || !now.persist_prefix)
		now.persist_prefix = svc->persist_prefix;
	for (unsigned int i = 0; i <= BATON_STATE_MAX; i++)
		if (given->timeout[i])
			now.timeouts[i] = svc->timeouts[i];
	error = baton_nl_service_set(nl, &now);
	return error ? baton_tool_refused(nl, error, baton_tool_what(t, what, sizeof(what)),
					  hint_for(error)) : BATON_EXIT_OK;
}

int baton_cmd_service_set(struct baton_tool *t)
{
	struct baton_service svc;
	struct baton_given given;
	struct baton_nl *nl;
	int status;

	if (baton_args_service(&t->args, &svc, &given))
		return baton_tool_usage(t);
	/* protocol and address are two words */
	if (t->args.count == 2 && !svc.key.port_last) {
		baton_args_fail(&t->args, "there is nothing to change");
		return baton_tool_usage(t);
	}
	status = baton_tool_open(&nl);
	if (status)
		return status;
	status = set_service(t, nl, &svc, &given);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_service_del(struct baton_tool *t)
{
	struct baton_service_key key;
	struct baton_nl *nl;
	char what[256];
	int status, error;

	if (baton_args_key(&t->args, &key) || baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_service_del(nl, &key);
	if (error)
		status = baton_tool_refused(nl, error, baton_tool_what(t, what, sizeof(what)),
					    hint_for(error));
	baton_nl_close(nl);
	return status;
}

int baton_cmd_service_flush(struct baton_tool *t)
{
	struct baton_nl *nl;
	int status, error;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_flush(nl);
	if (error)
		status = baton_tool_refused(nl, error, "delete all services", NULL);
	baton_nl_close(nl);
	return status;
}
