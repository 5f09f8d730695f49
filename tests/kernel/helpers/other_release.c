// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked into batonctl-other: a batonctl for which every module is of another release, so that the
 * refusal can be seen without building the module twice.
 */
#include "nl.h"

int __real_baton_nl_info(struct baton_nl *nl, struct baton_info *ret);
int __wrap_baton_nl_info(struct baton_nl *nl, struct baton_info *ret);

int __wrap_baton_nl_info(struct baton_nl *nl, struct baton_info *ret)
{
	int error = __real_baton_nl_info(nl, ret);

	if (!error)
		ret->abi++;
	return error;
}
