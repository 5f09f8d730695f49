/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual addresses on the interfaces, through rtnetlink. No state: the kernel has it. */
#ifndef BATON_HA_VIP_H
#define BATON_HA_VIP_H

#include <stdbool.h>
#include "config.h"

/**
 * baton_ha_vip_set - have every address of @config on its interface, or none of them
 * @err: names the address that failed; the others are done all the same
 *
 * Idempotent. Return: 0, or the negative errno of the last failure.
 */
int baton_ha_vip_set(const struct baton_config *config, bool present, char *err, size_t err_size);

/** Which are there now: present[i] for config->vip[i]. Return: 0 or a negative errno. */
int baton_ha_vip_look(const struct baton_config *config, bool present[BATON_VIP_MAX]);

#endif /* BATON_HA_VIP_H */
