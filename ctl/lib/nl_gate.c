// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include "addr.h"

static int read_gate(struct nlattr **attr, void *arg)
{
	return baton_nl_get_gate(attr[BATON_A_GATE], arg);
}

int baton_nl_gate_get(struct baton_nl *nl, struct baton_gate *ret)
{
	struct baton_gate gate = {};
	int error;

	error = baton_nl_call(nl, baton_nl_request(nl, BATON_CMD_GATE_GET, 0, 0),
			      "read the gate", read_gate, &gate);
	if (!error)
		*ret = gate;
	return error;
}

int baton_nl_gate_set(struct baton_nl *nl, const struct baton_gate *gate)
{
	static const char what[] = "set the gate";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_GATE_SET, 0, 64);
	struct nlattr *nest;

	if (!msg)
		return baton_nl_call(nl, NULL, what, NULL, NULL);
	nest = nla_nest_start(msg, BATON_A_GATE);
	if (!nest ||
	    nla_put_u8(msg, BATON_GATE_A_ROLE, gate->role) < 0 ||
	    nla_put_u32(msg, BATON_GATE_A_EPOCH, gate->epoch) < 0 ||
	    (gate->lease_ms &&
	     nla_put_u32(msg, BATON_GATE_A_LEASE_MS, gate->lease_ms) < 0) ||
	    (gate->relay_ms &&
	     nla_put_u32(msg, BATON_GATE_A_RELAY_MS, gate->relay_ms) < 0))
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_lease_renew(struct baton_nl *nl, uint32_t epoch, uint32_t lease_ms)
{
	static const char what[] = "renew the lease";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_LEASE_RENEW, 0, 64);
	struct nlattr *nest;

	if (!msg)
		return baton_nl_call(nl, NULL, what, NULL, NULL);
	nest = nla_nest_start(msg, BATON_A_GATE);
	if (!nest ||
	    nla_put_u32(msg, BATON_GATE_A_EPOCH, epoch) < 0 ||
	    nla_put_u32(msg, BATON_GATE_A_LEASE_MS, lease_ms) < 0)
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_announce(struct baton_nl *nl, unsigned int ifindex, uint8_t family,
		      const union baton_addr *addr)
{
	static const char what[] = "announce the address";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_ANNOUNCE, 0, 64);
	struct nlattr *nest;

	if (!msg)
		return baton_nl_call(nl, NULL, what, NULL, NULL);
	nest = nla_nest_start(msg, BATON_A_ANNOUNCE);
	if (!nest ||
	    nla_put_u32(msg, BATON_ANNOUNCE_A_IFINDEX, ifindex) < 0 ||
	    nla_put_u8(msg, BATON_ANNOUNCE_A_FAMILY, family) < 0 ||
	    nla_put(msg, BATON_ANNOUNCE_A_ADDR, (int)baton_addr_size(family),
		    addr->bytes) < 0)
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_vip_set(struct baton_nl *nl, const struct baton_vip_addr *list, uint32_t count,
		     const uint8_t (*vmac)[BATON_VMAC_LEN], uint32_t vmacs)
{
	static const char what[] = "set the virtual addresses";
	struct nl_msg *msg;

	if (count > BATON_VIP_MAX || vmacs > BATON_VIP_MAX)
		return baton_nl_fail(nl, -E2BIG, "cannot %s: %u are more than %u", what,
				     count > vmacs ? count : vmacs, BATON_VIP_MAX);
	msg = baton_nl_request(nl, BATON_CMD_VIP_SET, 0, 64 + count * sizeof(*list) + vmacs * sizeof(*vmac));
	if (msg && ((count && nla_put(msg, BATON_A_VIPS, (int)(count * sizeof(*list)), list) < 0) ||
		    (vmacs && nla_put(msg, BATON_A_VMACS, (int)(vmacs * sizeof(*vmac)), vmac) < 0)))
		return baton_nl_too_large(nl, msg, what);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_probe(struct baton_nl *nl, uint32_t number, const struct baton_probe_target *list,
		   uint32_t count)
{
	static const char what[] = "ask who has the virtual addresses";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_PROBE, 0, 64 + count * sizeof(*list));
	struct nlattr *nest;

	if (!msg)
		return baton_nl_call(nl, NULL, what, NULL, NULL);
	nest = nla_nest_start(msg, BATON_A_PROBE);
	if (!nest || nla_put_u32(msg, BATON_PROBE_A_NUMBER, number) < 0 ||
	    nla_put(msg, BATON_PROBE_A_TARGETS, (int)(count * sizeof(*list)), list) < 0)
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}

int baton_nl_will_set(struct baton_nl *nl, uint32_t epoch, const void *word, uint32_t size,
		      const struct baton_will_path *path, uint32_t count)
{
	static const char what[] = "leave a will with the kernel";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_WILL_SET, 0,
					      128 + size + count * sizeof(*path));
	struct nlattr *nest = msg && count ? nla_nest_start(msg, BATON_A_WILL) : NULL;

	if (msg && count) {
		if (!nest || nla_put_u32(msg, BATON_WILL_A_EPOCH, epoch) < 0 ||
		    nla_put(msg, BATON_WILL_A_WORD, (int)size, word) < 0 ||
		    nla_put(msg, BATON_WILL_A_PATHS, (int)(count * sizeof(*path)), path) < 0)
			return baton_nl_too_large(nl, msg, what);
		nla_nest_end(msg, nest);
	}
	return baton_nl_call(nl, msg, what, NULL, NULL);
}
