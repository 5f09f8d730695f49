// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "config.h"
#include "kernel.h"
#include "status.h"
#include "tool.h"
#include "verdict.h"

#define ANSWER_MS 2000

static void ask_daemons(struct baton_status *s)
{
	baton_tool_try("baton-syncd", baton_tool_request("status"), ANSWER_MS, &s->syncd,
		       s->syncd_error, sizeof(s->syncd_error));
	baton_tool_try("baton-ha", baton_tool_request("status"), ANSWER_MS, &s->ha,
		       s->ha_error, sizeof(s->ha_error));
}

/* One of a pair: the agent is to look after virtual addresses. */
static bool is_pair(void)
{
	struct baton_config config;
	char err[512];

	return !baton_config_load(BATON_CONFIG_PATH, &config, err, sizeof(err)) && config.vips;
}

/* For monitoring: whatever happens is a line on standard output and a level. */
static int check(struct baton_tool *t)
{
	struct baton_verdict v = { .level = BATON_LEVEL_UNKNOWN, .count = 1 };
	struct baton_status s = {};
	struct baton_nl *nl = NULL;
	int error;

	v.problem[0].level = BATON_LEVEL_UNKNOWN;
	error = baton_nl_open(&nl, v.problem[0].text, sizeof(v.problem[0].text));
	if (!error) {
		error = baton_nl_info(nl, &s.info);
		if (error)
			snprintf(v.problem[0].text, sizeof(v.problem[0].text), "cannot read the module's state: %s",
				 baton_nl_reason(nl));
		baton_nl_close(nl);
	} else if (error == -ENOENT) {
		v.level = v.problem[0].level = BATON_LEVEL_CRITICAL;
	}
	if (!error) {
		ask_daemons(&s);
		baton_verdict_of(&s, is_pair(), &v);
	}
	baton_show_verdict(&t->out, &s, &v);
	json_object_put(s.syncd);
	json_object_put(s.ha);
	return (int)v.level;
}

int baton_cmd_status(struct baton_tool *t)
{
	bool checks = baton_args_is(&t->args, "--check");
	struct baton_status s = { .verbose = t->json };
	struct baton_nl *nl;
	int status, error;

	if (baton_args_is(&t->args, "--verbose") || baton_args_is(&t->args, "-v"))
		s.verbose = true;
	if (baton_args_end(&t->args)) {
		status = baton_tool_usage(t);
		return checks ? BATON_LEVEL_UNKNOWN : status;
	}
	if (checks)
		return check(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	if (gethostname(s.host, sizeof(s.host) - 1))
		snprintf(s.host, sizeof(s.host), "this node");
	status = baton_kernel_rules(nl, NULL, &s.rules);
	ask_daemons(&s);
	/* Last: what the lease has left is only true when it is printed at once. */
	error = status ? 0 : baton_nl_info(nl, &s.info);
	if (error)
		status = baton_tool_refused(nl, error, "read the module's state", NULL);
	if (!status)
		baton_show_status(&t->out, &s);
	baton_rules_free(&s.rules);
	json_object_put(s.syncd);
	json_object_put(s.ha);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_metrics(struct baton_tool *t)
{
	struct baton_status s = {};
	struct baton_nl *nl;
	int status, error;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	if (t->json)
		return baton_tool_fail(BATON_EXIT_USAGE,
				       "metrics has one format; 'batonctl --json status' has the same as JSON");
	status = baton_tool_open(&nl);
	if (status)
		return status;
	ask_daemons(&s);
	error = baton_nl_info(nl, &s.info);
	if (error)
		status = baton_tool_refused(nl, error, "read the module's state", NULL);
	else
		baton_show_metrics(stdout, &s);
	json_object_put(s.syncd);
	json_object_put(s.ha);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_version(struct baton_tool *t)
{
	struct baton_info info;
	struct baton_nl *nl;
	char err[512];
	bool loaded;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	/* Without a module this is still an answer; with another release it is not. */
	loaded = !baton_nl_open(&nl, err, sizeof(err));
	if (loaded && baton_nl_info(nl, &info)) {
		baton_nl_close(nl);
		loaded = false;
	}
	baton_write_object(&t->out, NULL);
	baton_write_string(&t->out, "batonctl", "batonctl", BATON_RELEASE);
	baton_write_number(&t->out, "abi", "interface", BATON_ABI_VERSION);
	baton_write_string(&t->out, "module", NULL, loaded ? info.version : "");
	if (loaded)
		baton_write_line(&t->out, "module %s interface %u", info.version, info.abi);
	else
		baton_write_line(&t->out, "module unknown: %s", err);
	baton_write_end(&t->out);
	if (loaded)
		baton_nl_close(nl);
	return BATON_EXIT_OK;
}
