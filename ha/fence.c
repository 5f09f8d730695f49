// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fencing hook: a program of the site's that sees to it that the peer is off. Its contract is in
 * baton-ha(8). The agent goes on meanwhile; only the takeover waits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include "agent.h"
#include "program.h"

struct baton_ha_fencer {
	struct baton_ha_agent *agent;
	struct baton_ha_program *program;
	uint32_t number;
};

static void on_end(void *arg, const char *why)
{
	struct baton_ha_fencer *f = arg;
	struct baton_ha_event ev = { .type = BATON_HA_EV_FENCED,
		.fenced = { .number = f->number, .error = why ? EIO : 0 } };

	if (why)
		baton_ha_report(f->agent, LOG_ERR, "fence_failed", "%s: %s",
				f->agent->config.ha.fence, why);
	else
		baton_ha_report(f->agent, LOG_NOTICE, "fenced", "the peer is off");
	baton_ha_feed(f->agent, &ev);
}

void baton_ha_fencer_start(struct baton_ha_fencer *f, uint32_t number)
{
	struct baton_ha_agent *agent = f->agent;
	char id[16], variable[40];
	const char *const argv[] = { agent->config.ha.fence, "off", id, NULL };

	snprintf(id, sizeof(id), "%u", agent->ha.peer.nodeid);
	snprintf(variable, sizeof(variable), "BATON_FENCE_NODEID=%s", id);
	f->number = number;
	baton_ha_report(agent, LOG_NOTICE, "fence", "%s off %s", argv[0], id);
	baton_ha_program_run(f->program, argv, variable, agent->config.ha.fence_timeout_ms);
}

int baton_ha_fencer_new(struct baton_ha_fencer **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_fencer *f = calloc(1, sizeof(*f));
	int error;

	if (!f)
		return -ENOMEM;
	f->agent = agent;
	error = baton_ha_program_new(&f->program, agent->event, on_end, f);
	if (error < 0) {
		free(f);
		return error;
	}
	*ret = f;
	return 0;
}

void baton_ha_fencer_free(struct baton_ha_fencer *f)
{
	if (!f)
		return;
	baton_ha_program_free(f->program);
	free(f);
}
