/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BATON_TEST_FAKE_LAN_H
#define BATON_TEST_FAKE_LAN_H

#include "model.h"

/** fake_announce - 0, or a negative errno: nothing was sent. Needs CAP_NET_RAW. */
int fake_announce(unsigned int ifindex, uint8_t family, const union baton_addr *addr);

#endif /* BATON_TEST_FAKE_LAN_H */
