/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual addresses on the interfaces, through rtnetlink. No state: the kernel has it.
 *
 * A standby has them, too; the module makes them mute there. But an address whose network the interface has
 * no other address in would be all that a standby has to send from, so those come with the role. One with a link
 * address of its own is on a device of its own (device.h).
 */
#ifndef BATON_HA_VIP_H
#define BATON_HA_VIP_H

#include <stdbool.h>
#include "config.h"

/** enum baton_ha_vips - which addresses are to be there */
enum baton_ha_vips {
	BATON_HA_VIPS_NONE,
	BATON_HA_VIPS_ARMED,		/* those that a standby may have, and no other */
	BATON_HA_VIPS_ALL,
};

/**
 * baton_ha_vip_set - have these addresses of @config on their interfaces
 * @ret_changed: was anything to be done? NULL-able
 * @err: names the address that failed; the others are done all the same
 *
 * Idempotent. Return: 0, or the negative errno of the last failure.
 */
int baton_ha_vip_set(const struct baton_config *config, enum baton_ha_vips want,
		     bool *ret_changed, char *err, size_t err_size);

/**
 * baton_ha_vip_look - which are there now
 * @present: present[i] for config->vip[i]
 * @armable: may a standby have it? NULL-able
 *
 * Return: 0 or a negative errno, and then all false.
 */
int baton_ha_vip_look(const struct baton_config *config, bool present[BATON_VIP_MAX],
		      bool armable[BATON_VIP_MAX]);

/** baton_ha_vip_errno - libnl's errors, as far as an address or a device can meet them, as negative errno */
int baton_ha_vip_errno(int nle);

#endif /* BATON_HA_VIP_H */
