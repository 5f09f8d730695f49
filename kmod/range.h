/* SPDX-License-Identifier: GPL-2.0-only */
/* Services with a range of ports: see range.c. Configuration functions: config_mutex held. */
#ifndef BATON_RANGE_H
#define BATON_RANGE_H

#include <linux/types.h>

struct baton_net;
struct baton_service;
struct baton_service_key;
struct netlink_ext_ack;

/** The service that has @key's port in its range, or NULL. RCU. */
struct baton_service *baton_range_service_rcu(struct baton_net *bn,
					      const struct baton_service_key *key);
/**
 * baton_range_check - may a service have the ports of @key?
 * @own: the service itself, if it is there already
 *
 * Return: 0; -EINVAL no such range; -EEXIST another service has one of them.
 */
int baton_range_check(struct baton_net *bn, const struct baton_service_key *key,
		      const struct baton_service *own, struct netlink_ext_ack *extack);
/**
 * baton_range_set - the ports of @svc end at @port_last from now on
 * @port_last: big-endian; 0: it has only one port, or any
 *
 * Return: 0; -ENOMEM: nothing has changed.
 */
int baton_range_set(struct baton_net *bn, struct baton_service *svc, __be16 port_last, gfp_t gfp);
/** No packet finds @svc by its range any more; cannot fail. */
void baton_range_clear(struct baton_net *bn, struct baton_service *svc);

#endif /* BATON_RANGE_H */
