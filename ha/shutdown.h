/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGTERM: is it about this agent alone, or does the whole machine go down? */
#ifndef BATON_HA_SHUTDOWN_H
#define BATON_HA_SHUTDOWN_H

struct baton_ha_agent;
struct baton_ha_shutdown;

/**
 * baton_ha_shutdown_ask - find out, then feed EV_STOP to the agent
 *
 * Asks systemd over the system bus, which the unit's order keeps alive until the agent has ended. A manager
 * that is stopping hundreds of units may be slow to answer, so nothing waits for it: the lease is renewed
 * meanwhile. Without an answer within two seconds the agent takes it as about itself alone, which is the
 * choice that changes nothing. Does nothing while a question is out.
 */
void baton_ha_shutdown_ask(struct baton_ha_agent *agent);
/** A question that is out will not be answered. */
void baton_ha_shutdown_free(struct baton_ha_shutdown *s);

#endif /* BATON_HA_SHUTDOWN_H */
