/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BATON_HA_SHUTDOWN_H
#define BATON_HA_SHUTDOWN_H

#include <stdbool.h>

/**
 * baton_ha_machine_stops - is SIGTERM part of a shutdown or reboot?
 *
 * Asks systemd over the system bus, which lives on through a shutdown. Without an answer within
 * 200 ms: no, which is the choice that changes nothing.
 */
bool baton_ha_machine_stops(void);

#endif /* BATON_HA_SHUTDOWN_H */
