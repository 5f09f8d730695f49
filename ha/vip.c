// SPDX-License-Identifier: GPL-2.0-or-later
#include "vip.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/cache.h>
#include <netlink/route/addr.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "device.h"
#include "err.h"

int baton_ha_vip_errno(int nle)
{
	switch (nle) {
	case -NLE_EXIST:
		return -EEXIST;
	case -NLE_NOADDR:
		return -EADDRNOTAVAIL;
	case -NLE_NODEV:
	case -NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case -NLE_PERM:
	case -NLE_NOACCESS:
		return -EPERM;
	case -NLE_NOMEM:
		return -ENOMEM;
	case -NLE_BUSY:
		return -EBUSY;
	default:
		return -EIO;
	}
}

static struct nl_sock *open_route(void)
{
	struct nl_sock *sk = nl_socket_alloc();

	if (sk && nl_connect(sk, NETLINK_ROUTE) < 0) {
		nl_socket_free(sk);
		return NULL;
	}
	return sk;
}

static struct nl_addr *to_nl(const struct baton_vip *vip)
{
	struct nl_addr *addr = nl_addr_build(vip->family, vip->addr.bytes,
					     baton_addr_size(vip->family));

	if (addr)
		nl_addr_set_prefixlen(addr, vip->prefix);
	return addr;
}

static bool is_virtual(const struct baton_config *config, int family, struct nl_addr *local)
{
	for (unsigned int i = 0; i < config->vips; i++)
		if (config->vip[i].family == family &&
		    !memcmp(config->vip[i].addr.bytes, nl_addr_get_binary_addr(local),
			    baton_addr_size(family)))
			return true;
	return false;
}

/* Does the interface have an address of its own in the same network? */
static bool has_neighbour(struct nl_cache *cache, const struct baton_config *config,
			  const struct baton_vip *vip, int ifindex, struct nl_addr *addr)
{
	struct nl_object *o;

	for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *other = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(other);

		if (rtnl_addr_get_ifindex(other) == ifindex && local &&
		    rtnl_addr_get_family(other) == vip->family &&
		    nl_addr_get_prefixlen(local) <= vip->prefix &&
		    !nl_addr_cmp_prefix(local, addr) && !is_virtual(config, vip->family, local))
			return true;
	}
	return false;
}

static bool is_there(struct nl_cache *cache, int ifindex, struct nl_addr *addr)
{
	struct nl_object *o;

	for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *other = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(other);

		if (rtnl_addr_get_ifindex(other) == ifindex && local && !nl_addr_cmp(local, addr))
			return true;
	}
	return false;
}

/*
 * The peer has it, mute, or has just let go of it: to prove that nobody has it would cost a second. And it
 * is there for clients: IPv6 would choose it as the source of this host's own connections too, which
 * would end with the role.
 */
static void prepare_v6(struct rtnl_addr *ra)
{
	rtnl_addr_set_flags(ra, IFA_F_NODAD);
	rtnl_addr_set_preferred_lifetime(ra, 0);
	rtnl_addr_set_valid_lifetime(ra, UINT32_MAX);
}

/* A negative error of libnl's. @own: the route to the network is there, and must not go with the address. */
static int change(struct nl_sock *sk, const struct baton_vip *vip, int ifindex,
		  struct nl_addr *addr, bool add, bool own)
{
	struct rtnl_addr *ra = rtnl_addr_alloc();
	int error = -NLE_NOMEM;

	if (ra && rtnl_addr_set_local(ra, addr) >= 0) {
		rtnl_addr_set_ifindex(ra, ifindex);
		if (add && own)
			rtnl_addr_set_flags(ra, IFA_F_NOPREFIXROUTE);
		if (add && vip->family == AF_INET6)
			prepare_v6(ra);
		error = add ? rtnl_addr_add(sk, ra, 0) : rtnl_addr_delete(sk, ra, 0);
		if (error == (add ? -NLE_EXIST : -NLE_NOADDR))
			error = 0;
	}
	if (ra)
		rtnl_addr_put(ra);
	return error;
}

static int set_one(struct nl_sock *sk, struct nl_cache *cache, const struct baton_config *config,
		   const struct baton_vip *vip, enum baton_ha_vips want, bool *changed)
{
	int ifindex = if_nametoindex(vip->device), error = 0;
	struct nl_addr *addr = to_nl(vip);
	bool own, add;

	if (!addr)
		return -ENOMEM;
	if (!ifindex) {
		error = want == BATON_HA_VIPS_NONE ? 0 : -NLE_NODEV;	/* no interface, no address */
	} else {
		/* from a time before it had a device of its own */
		if (baton_vip_has_mac(vip) && is_there(cache, if_nametoindex(vip->interface), addr))
			change(sk, vip, if_nametoindex(vip->interface), addr, false, false);
		own = has_neighbour(cache, config, vip, if_nametoindex(vip->interface), addr);
		add = want == BATON_HA_VIPS_ALL || (want == BATON_HA_VIPS_ARMED && own);
		if (add != is_there(cache, ifindex, addr)) {
			*changed = true;
			error = change(sk, vip, ifindex, addr, add, own);
		}
	}
	nl_addr_put(addr);
	return error < 0 ? baton_ha_vip_errno(error) : 0;
}

static int open_cache(struct nl_sock **ret_sk, struct nl_cache **ret)
{
	int error;

	*ret_sk = open_route();
	if (!*ret_sk)
		return -EIO;
	error = rtnl_addr_alloc_cache(*ret_sk, ret);
	if (error < 0)
		nl_socket_free(*ret_sk);
	return error < 0 ? baton_ha_vip_errno(error) : 0;
}

int baton_ha_vip_set(const struct baton_config *config, enum baton_ha_vips want,
		     bool *ret_changed, char *err, size_t err_size)
{
	char text[BATON_ADDR_TEXT];
	struct nl_cache *cache;
	struct nl_sock *sk;
	bool changed = false;
	int error, ret;

	ret = open_cache(&sk, &cache);
	if (ret)
		return baton_err_set(err, err_size, ret, "cannot read the addresses: %s",
				     baton_err_text(ret));
	for (unsigned int i = 0; i < config->vips; i++) {
		const struct baton_vip *vip = &config->vip[i];

		if (want != BATON_HA_VIPS_NONE) {
			error = baton_ha_device_add(sk, vip, err, err_size);
			if (error) {
				ret = error;
				continue;
			}
		}
		error = set_one(sk, cache, config, vip, want, &changed);
		if (error)
			ret = baton_err_set(err, err_size, error, "cannot %s %s %s %s: %s",
					    want ? "add" : "remove",
					    baton_addr_format(vip->family, &vip->addr, text,
							      sizeof(text)),
					    want ? "to" : "from", vip->device,
					    baton_err_text(error));
	}
	for (unsigned int i = 0; want == BATON_HA_VIPS_NONE && i < config->vips; i++) {
		error = baton_ha_device_del(sk, &config->vip[i]);
		if (error)
			ret = baton_err_set(err, err_size, error, "cannot remove %s: %s", config->vip[i].device,
					    baton_err_text(error));
	}
	nl_cache_free(cache);
	nl_socket_free(sk);
	if (ret_changed)
		*ret_changed = changed;
	return ret;
}

int baton_ha_vip_look(const struct baton_config *config, bool present[BATON_VIP_MAX],
		      bool armable[BATON_VIP_MAX])
{
	struct nl_cache *cache;
	struct nl_sock *sk;
	int error;

	memset(present, 0, sizeof(*present) * BATON_VIP_MAX);
	if (armable)
		memset(armable, 0, sizeof(*armable) * BATON_VIP_MAX);
	error = open_cache(&sk, &cache);
	if (error)
		return error;
	for (unsigned int i = 0; i < config->vips; i++) {
		const struct baton_vip *vip = &config->vip[i];
		int ifindex = if_nametoindex(vip->interface);
		struct nl_addr *addr = to_nl(vip);

		if (!addr || !ifindex)
			goto next;
		present[i] = is_there(cache, if_nametoindex(vip->device), addr) && baton_ha_device_look(sk, vip);
		if (armable)
			armable[i] = has_neighbour(cache, config, vip, ifindex, addr);
next:
		if (addr)
			nl_addr_put(addr);
	}
	nl_cache_free(cache);
	nl_socket_free(sk);
	return 0;
}
