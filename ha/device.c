// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/link/macvlan.h>
#include <string.h>
#include "err.h"
#include "vip.h"

/* NULL: there is none, or it could not be asked for, which shows at once when it is to be changed. */
static struct rtnl_link *get(struct nl_sock *sk, const char *name)
{
	struct rtnl_link *link = NULL;

	return rtnl_link_get_kernel(sk, 0, name, &link) < 0 ? NULL : link;
}

static bool has_mac(struct rtnl_link *link, const uint8_t *mac)
{
	struct nl_addr *addr = rtnl_link_get_addr(link);

	return addr && nl_addr_get_len(addr) == BATON_VMAC_LEN &&
	       !memcmp(nl_addr_get_binary_addr(addr), mac, BATON_VMAC_LEN);
}

/* Of another mode it would keep the peer's frames, which have the same source, from the interface. */
static bool is_it(struct rtnl_link *link, const struct baton_vip *vip)
{
	return rtnl_link_is_macvlan(link) && rtnl_link_macvlan_get_mode(link) == MACVLAN_MODE_BRIDGE &&
	       rtnl_link_get_link(link) == (int)if_nametoindex(vip->interface) && has_mac(link, vip->mac);
}

bool baton_ha_device_look(struct nl_sock *sk, const struct baton_vip *vip)
{
	struct rtnl_link *link;
	bool good;

	if (!baton_vip_has_mac(vip))
		return true;
	link = get(sk, vip->device);
	good = link && is_it(link, vip) && rtnl_link_get_flags(link) & IFF_UP;
	rtnl_link_put(link);
	return good;
}

static int create(struct nl_sock *sk, const struct baton_vip *vip, int below)
{
	struct rtnl_link *link = rtnl_link_macvlan_alloc();
	struct nl_addr *addr = nl_addr_build(AF_LLC, vip->mac, BATON_VMAC_LEN);
	int error = -NLE_NOMEM;

	if (link && addr) {
		rtnl_link_set_name(link, vip->device);
		rtnl_link_set_link(link, below);
		rtnl_link_set_addr(link, addr);
		error = rtnl_link_macvlan_set_mode(link, MACVLAN_MODE_BRIDGE);
		if (error >= 0)
			error = rtnl_link_add(sk, link, NLM_F_CREATE | NLM_F_EXCL);
	}
	nl_addr_put(addr);
	rtnl_link_put(link);
	return error;
}

/*
 * What the device does not need: an address of its own in IPv6, which would be the same on both nodes; and that the
 * way back to a client leads by it: that is the interface. Where IPv6 is off there is nothing to switch off.
 */
static int set_up(struct nl_sock *sk, struct rtnl_link *link)
{
	struct rtnl_link *change = rtnl_link_alloc();
	int error = -NLE_NOMEM;

	if (change && rtnl_link_inet6_set_addr_gen_mode(change, IN6_ADDR_GEN_MODE_NONE) >= 0) {
		error = rtnl_link_change(sk, link, change, 0);
		if (error == -NLE_AF_NOSUPPORT || error == -NLE_OPNOTSUPP)
			error = 0;
	}
	rtnl_link_put(change);
	if (error < 0)
		return error;
	change = rtnl_link_alloc();
	error = -NLE_NOMEM;
	if (change && rtnl_link_inet_set_conf(change, IPV4_DEVCONF_RP_FILTER, 2) >= 0)
		error = rtnl_link_change(sk, link, change, 0);
	rtnl_link_put(change);
	if (error < 0)
		return error;
	change = rtnl_link_alloc();
	if (!change)
		return -NLE_NOMEM;
	rtnl_link_set_flags(change, IFF_UP);
	error = rtnl_link_change(sk, link, change, 0);
	rtnl_link_put(change);
	return error;
}

static int fail(const struct baton_vip *vip, int nle, char *err, size_t err_size)
{
	int error = baton_ha_vip_errno(nle);

	return baton_err_set(err, err_size, error, "cannot make %s on %s: %s", vip->device, vip->interface,
			     baton_err_text(error));
}

int baton_ha_device_add(struct nl_sock *sk, const struct baton_vip *vip, char *err, size_t err_size)
{
	struct rtnl_link *link, *below;
	int error = 0;

	if (!baton_vip_has_mac(vip))
		return 0;
	below = get(sk, vip->interface);
	if (!below)
		return fail(vip, -NLE_NODEV, err, err_size);
	link = get(sk, vip->device);
	if (has_mac(below, vip->mac)) {
		error = baton_err_set(err, err_size, -EADDRINUSE, "%s has the virtual_mac itself; it needs one of its own",
				      vip->interface);
	} else if (!link) {
		error = create(sk, vip, rtnl_link_get_ifindex(below));
		link = error < 0 ? NULL : get(sk, vip->device);
		if (error < 0 || !link)
			error = fail(vip, error < 0 ? error : -NLE_NODEV, err, err_size);
	} else if (!is_it(link, vip)) {
		error = baton_err_set(err, err_size, -EEXIST,
				      "%s is there and is not the macvlan (mode bridge) of %s with the virtual_mac; remove it",
				      vip->device, vip->interface);
	}
	if (!error && !(rtnl_link_get_flags(link) & IFF_UP)) {
		error = set_up(sk, link);
		if (error < 0)
			error = fail(vip, error, err, err_size);
	}
	rtnl_link_put(link);
	rtnl_link_put(below);
	return error;
}

static bool is_named(const struct baton_config *config, struct rtnl_link *link)
{
	for (unsigned int i = 0; i < config->vips; i++)
		if (!strcmp(config->vip[i].device, rtnl_link_get_name(link)))
			return true;
	return false;
}

/* Is it a macvlan with the name that its address gives it? */
static bool is_ours(struct rtnl_link *link)
{
	struct nl_addr *addr = rtnl_link_get_addr(link);
	char name[IF_NAMESIZE];

	if (!rtnl_link_is_macvlan(link) || !addr || nl_addr_get_len(addr) != BATON_VMAC_LEN)
		return false;
	return !strcmp(baton_vip_device_name(nl_addr_get_binary_addr(addr), name, sizeof(name)),
		       rtnl_link_get_name(link));
}

void baton_ha_device_sweep(const struct baton_config *config)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct nl_cache *cache = NULL;

	if (sk && nl_connect(sk, NETLINK_ROUTE) >= 0 && rtnl_link_alloc_cache(sk, AF_UNSPEC, &cache) >= 0)
		for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o))
			if (is_ours((struct rtnl_link *)o) && !is_named(config, (struct rtnl_link *)o))
				rtnl_link_delete(sk, (struct rtnl_link *)o);
	nl_cache_free(cache);
	nl_socket_free(sk);
}

int baton_ha_device_del(struct nl_sock *sk, const struct baton_vip *vip)
{
	struct rtnl_link *link = baton_vip_has_mac(vip) ? get(sk, vip->device) : NULL;
	int error = link && is_it(link, vip) ? rtnl_link_delete(sk, link) : 0;

	rtnl_link_put(link);
	return error < 0 ? baton_ha_vip_errno(error) : 0;
}
