// SPDX-License-Identifier: GPL-2.0-or-later
#include "shutdown.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-bus.h>
#include "agent.h"

#define LIMIT_USEC 2000000

struct baton_ha_shutdown {
	struct baton_ha_agent *agent;
	sd_bus *bus;
	sd_event_source *limit;
	bool answered;
};

static void answer(struct baton_ha_shutdown *s, bool machine, const char *text)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_STOP, .shutdown = machine };

	if (s->answered)
		return;
	s->answered = true;
	baton_ha_report(s->agent, LOG_NOTICE, "stop", "%s", text);
	baton_ha_feed(s->agent, &ev);
}

static int on_state(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct baton_ha_shutdown *s = arg;
	const char *state;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "v", "s", &state) < 0)
		answer(s, false, "the agent alone, as systemd does not say whether it is more");
	else if (!strcmp(state, "stopping"))
		answer(s, true, "the machine goes down");
	else
		answer(s, false, "the agent alone");
	return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	answer(arg, false, "the agent alone, as systemd did not answer in time");
	return 0;
}

static int ask(struct baton_ha_shutdown *s)
{
	int error;

	error = sd_event_add_time_relative(s->agent->event, &s->limit, CLOCK_MONOTONIC, LIMIT_USEC,
					   1000, on_limit, s);
	if (error >= 0)
		error = sd_bus_open_system(&s->bus);
	if (error >= 0)
		error = sd_bus_attach_event(s->bus, s->agent->event, SD_EVENT_PRIORITY_NORMAL);
	if (error >= 0)
		error = sd_bus_call_method_async(s->bus, NULL, "org.freedesktop.systemd1",
						 "/org/freedesktop/systemd1",
						 "org.freedesktop.DBus.Properties", "Get", on_state, s,
						 "ss", "org.freedesktop.systemd1.Manager",
						 "SystemState");
	return error;
}

void baton_ha_shutdown_ask(struct baton_ha_agent *agent)
{
	struct baton_ha_shutdown *s;

	if (agent->shutdown)
		return;
	s = calloc(1, sizeof(*s));
	if (!s) {
		baton_ha_feed(agent, &(struct baton_ha_event){ .type = BATON_HA_EV_STOP });
		return;
	}
	s->agent = agent;
	agent->shutdown = s;
	if (ask(s) < 0)
		answer(s, false, "the agent alone, as there is no system bus to ask");
}

void baton_ha_shutdown_free(struct baton_ha_shutdown *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->limit);
	sd_bus_close_unref(s->bus);
	free(s);
}
