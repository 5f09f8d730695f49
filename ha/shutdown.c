// SPDX-License-Identifier: GPL-2.0-or-later
#include "shutdown.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define LIMIT_USEC 200000

bool baton_ha_machine_stops(void)
{
	sd_bus *bus = NULL;
	char *state = NULL;
	bool stops = false;

	if (sd_bus_open_system(&bus) < 0)
		return false;
	sd_bus_set_method_call_timeout(bus, LIMIT_USEC);
	if (sd_bus_get_property_string(bus, "org.freedesktop.systemd1",
				       "/org/freedesktop/systemd1",
				       "org.freedesktop.systemd1.Manager", "SystemState", NULL,
				       &state) >= 0)
		stops = !strcmp(state, "stopping");
	free(state);
	sd_bus_close_unref(bus);
	return stops;
}
