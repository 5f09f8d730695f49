/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the kernel's services for commands: like tool.h, failures are printed here. */
#ifndef BATON_CTL_KERNEL_H
#define BATON_CTL_KERNEL_H

#include "nl.h"
#include "rules.h"

/** Every service (or @only that one) with its servers, sorted. 0 or an exit status. */
int baton_kernel_rules(struct baton_nl *nl, const struct baton_service_key *only,
		       struct baton_rules *ret);
/** One service without its servers. */
int baton_kernel_service(struct baton_nl *nl, const struct baton_service_key *key,
			 struct baton_service *ret);

#endif /* BATON_CTL_KERNEL_H */
