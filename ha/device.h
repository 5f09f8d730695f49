/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices for link addresses that both nodes have: a macvlan on top of the interface of the virtual address,
 * through rtnetlink. No state: the kernel has it.
 *
 * The device is there as long as the virtual addresses may be, on both nodes; the module keeps it silent on the one
 * whose gate is not open. So it is made after the module knows its address, and an agent that starts again finds it.
 */
#ifndef BATON_HA_DEVICE_H
#define BATON_HA_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include "config.h"

struct nl_sock;

/**
 * baton_ha_device_look - is the device of @vip there, as it should be, and up?
 * @vip: any; without a virtual_mac its device is the interface, which is as it should be
 */
bool baton_ha_device_look(struct nl_sock *sk, const struct baton_vip *vip);

/**
 * baton_ha_device_add - have it there, up
 * @err: one sentence
 *
 * Idempotent. Return: 0 or a negative errno: -EEXIST: something else has its name; -EADDRINUSE: the interface
 * has its address; -ENODEV: there is no interface; what the kernel says.
 */
int baton_ha_device_add(struct nl_sock *sk, const struct baton_vip *vip, char *err, size_t err_size);

/** baton_ha_device_del - have it gone; what only has its name stays. Return: 0 or a negative errno. */
int baton_ha_device_del(struct nl_sock *sk, const struct baton_vip *vip);

/**
 * baton_ha_device_sweep - have those gone that an earlier configuration named
 *
 * Before the module hears of a new one, which lets the others speak.
 */
void baton_ha_device_sweep(const struct baton_config *config);

#endif /* BATON_HA_DEVICE_H */
