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
#include "err.h"

/* libnl's errors, as far as an address can meet them. */
static int to_errno(int nle)
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

/* Does the interface have an address of its own in the same network? */
static bool has_neighbour(struct nl_cache *cache, const struct baton_vip *vip, int ifindex,
			  struct nl_addr *addr)
{
	struct nl_object *o;

	for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *other = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(other);

		if (rtnl_addr_get_ifindex(other) == ifindex && local &&
		    rtnl_addr_get_family(other) == vip->family &&
		    nl_addr_get_prefixlen(local) <= vip->prefix &&
		    !nl_addr_cmp_prefix(local, addr) && nl_addr_cmp(local, addr))
			return true;
	}
	return false;
}

/*
 * The peer has just let go of it: to prove that nobody has it would cost a second. And it is there for
 * clients: IPv6 would choose it as the source of this host's own connections too, which
 * would end with the role.
 */
static void prepare_v6(struct rtnl_addr *ra)
{
	rtnl_addr_set_flags(ra, IFA_F_NODAD);
	rtnl_addr_set_preferred_lifetime(ra, 0);
	rtnl_addr_set_valid_lifetime(ra, UINT32_MAX);
}

static int set_one(struct nl_sock *sk, struct nl_cache *cache, const struct baton_vip *vip,
		   bool present)
{
	int ifindex = if_nametoindex(vip->interface), error = -NLE_NOMEM;
	struct rtnl_addr *ra = rtnl_addr_alloc();
	struct nl_addr *addr = to_nl(vip);

	if (!ifindex) {
		error = present ? -NLE_NODEV : 0;	/* no interface, no address on it */
	} else if (ra && addr && rtnl_addr_set_local(ra, addr) >= 0) {
		rtnl_addr_set_ifindex(ra, ifindex);
		/* The route to the network is there already and must not go with the address. */
		if (present && cache && has_neighbour(cache, vip, ifindex, addr))
			rtnl_addr_set_flags(ra, IFA_F_NOPREFIXROUTE);
		if (present && vip->family == AF_INET6)
			prepare_v6(ra);
		error = present ? rtnl_addr_add(sk, ra, 0) : rtnl_addr_delete(sk, ra, 0);
		if (error == (present ? -NLE_EXIST : -NLE_NOADDR))
			error = 0;
	}
	if (addr)
		nl_addr_put(addr);
	if (ra)
		rtnl_addr_put(ra);
	return error < 0 ? to_errno(error) : 0;
}

int baton_ha_vip_set(const struct baton_config *config, bool present, char *err, size_t err_size)
{
	struct nl_sock *sk = open_route();
	struct nl_cache *cache = NULL;
	char text[BATON_ADDR_TEXT];
	int error, ret = 0;

	if (!sk)
		return baton_err_set(err, err_size, -EIO, "cannot open a netlink socket");
	if (present)
		(void)!rtnl_addr_alloc_cache(sk, &cache);
	for (unsigned int i = 0; i < config->vips; i++) {
		const struct baton_vip *vip = &config->vip[i];

		error = set_one(sk, cache, vip, present);
		if (error)
			ret = baton_err_set(err, err_size, error, "cannot %s %s %s %s: %s",
					    present ? "add" : "remove",
					    baton_addr_format(vip->family, &vip->addr, text,
							      sizeof(text)),
					    present ? "to" : "from", vip->interface,
					    baton_err_text(error));
	}
	if (cache)
		nl_cache_free(cache);
	nl_socket_free(sk);
	return ret;
}

static bool is_in(struct nl_cache *cache, const struct baton_vip *vip)
{
	int ifindex = if_nametoindex(vip->interface);
	struct nl_addr *addr = to_nl(vip);
	struct nl_object *o;
	bool found = false;

	for (o = addr ? nl_cache_get_first(cache) : NULL; o && !found; o = nl_cache_get_next(o)) {
		struct rtnl_addr *other = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(other);

		found = rtnl_addr_get_ifindex(other) == ifindex && local &&
			!nl_addr_cmp(local, addr);
	}
	if (addr)
		nl_addr_put(addr);
	return found;
}

int baton_ha_vip_look(const struct baton_config *config, bool present[BATON_VIP_MAX])
{
	struct nl_sock *sk = open_route();
	struct nl_cache *cache;
	int error;

	memset(present, 0, sizeof(*present) * BATON_VIP_MAX);
	if (!sk)
		return -EIO;
	error = rtnl_addr_alloc_cache(sk, &cache);
	if (error < 0) {
		nl_socket_free(sk);
		return to_errno(error);
	}
	for (unsigned int i = 0; i < config->vips; i++)
		present[i] = is_in(cache, &config->vip[i]);
	nl_cache_free(cache);
	nl_socket_free(sk);
	return 0;
}
