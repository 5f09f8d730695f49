// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes <-> model: what more than one command carries. Every length is checked here. */
#include "nl_priv.h"

#include <errno.h>
#include <string.h>
#include "addr.h"

int baton_nl_put_key_members(struct nl_msg *msg, const struct baton_service_key *key,
			     __be16 port_last)
{
	size_t len = baton_addr_size(key->family);

	if (nla_put_u8(msg, BATON_SERVICE_A_FAMILY, key->family) < 0)
		return -EMSGSIZE;
	if (key->mark)
		return nla_put_u32(msg, BATON_SERVICE_A_MARK, key->mark) < 0 ? -EMSGSIZE : 0;
	if (nla_put_u8(msg, BATON_SERVICE_A_PROTOCOL, key->protocol) < 0 ||
	    nla_put(msg, BATON_SERVICE_A_ADDR, (int)len, key->addr.bytes) < 0 ||
	    nla_put_u16(msg, BATON_SERVICE_A_PORT, key->port) < 0 ||
	    (port_last && nla_put_u16(msg, BATON_SERVICE_A_PORT_LAST, port_last) < 0))
		return -EMSGSIZE;
	return 0;
}

int baton_nl_put_key(struct nl_msg *msg, int attr, const struct baton_service_key *key)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || baton_nl_put_key_members(msg, key, key->port_last))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int baton_nl_put_server_members(struct nl_msg *msg, const struct baton_server *server)
{
	size_t len = baton_addr_size(server->family);

	if (nla_put_u8(msg, BATON_SERVER_A_FAMILY, server->family) < 0 ||
	    nla_put(msg, BATON_SERVER_A_ADDR, (int)len, server->addr.bytes) < 0 ||
	    nla_put_u16(msg, BATON_SERVER_A_PORT, server->port) < 0)
		return -EMSGSIZE;
	return 0;
}

int baton_nl_put_server_key(struct nl_msg *msg, int attr, const struct baton_server *server)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || baton_nl_put_server_members(msg, server))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int baton_nl_get_addr(struct nlattr *attr, uint8_t family, union baton_addr *ret)
{
	size_t len = baton_addr_size(family);

	if (!attr || !len || nla_len(attr) != (int)len)
		return -EPROTO;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->bytes, nla_data(attr), len);
	return 0;
}

int baton_nl_get_stats(struct nlattr *attr, struct baton_stats *ret)
{
	struct nlattr *in[BATON_STATS_A_MAX + 1];

	if (nla_parse_nested(in, BATON_STATS_A_MAX, attr, NULL) < 0)
		return -EPROTO;
	ret->conns = baton_nl_u64(in[BATON_STATS_A_CONNS]);
	ret->in_packets = baton_nl_u64(in[BATON_STATS_A_IN_PACKETS]);
	ret->in_bytes = baton_nl_u64(in[BATON_STATS_A_IN_BYTES]);
	ret->out_packets = baton_nl_u64(in[BATON_STATS_A_OUT_PACKETS]);
	ret->out_bytes = baton_nl_u64(in[BATON_STATS_A_OUT_BYTES]);
	return 0;
}

/* A shorter list is an older module's, a longer one a newer one's. */
static void get_timeouts(struct nlattr *attr, uint32_t timeouts[BATON_STATE_MAX + 1])
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	if (len > (BATON_STATE_MAX + 1) * sizeof(timeouts[0]))
		len = (BATON_STATE_MAX + 1) * sizeof(timeouts[0]);
	if (len)
		memcpy(timeouts, nla_data(attr), len);
}

int baton_nl_get_service(struct nlattr *attr, struct baton_service *ret)
{
	struct nlattr *in[BATON_SERVICE_A_MAX + 1];
	struct baton_service svc = {};

	if (!attr || nla_parse_nested(in, BATON_SERVICE_A_MAX, attr, NULL) < 0)
		return -EPROTO;
	svc.key.family = baton_nl_u8(in[BATON_SERVICE_A_FAMILY]);
	svc.key.protocol = baton_nl_u8(in[BATON_SERVICE_A_PROTOCOL]);
	svc.key.port = baton_nl_u16(in[BATON_SERVICE_A_PORT]);
	svc.key.port_last = baton_nl_u16(in[BATON_SERVICE_A_PORT_LAST]);
	svc.key.mark = baton_nl_u32(in[BATON_SERVICE_A_MARK]);
	if (!svc.key.mark &&
	    baton_nl_get_addr(in[BATON_SERVICE_A_ADDR], svc.key.family, &svc.key.addr))
		return -EPROTO;
	if (in[BATON_SERVICE_A_SCHED])
		nla_strlcpy(svc.sched, in[BATON_SERVICE_A_SCHED], sizeof(svc.sched));
	svc.sched_flags = baton_nl_u32(in[BATON_SERVICE_A_SCHED_FLAGS]);
	svc.flags = baton_nl_u32(in[BATON_SERVICE_A_FLAGS]);
	svc.servers = baton_nl_u32(in[BATON_SERVICE_A_SERVERS]);
	svc.persist_prefix = baton_nl_u8(in[BATON_SERVICE_A_PERSIST_PREFIX]);
	svc.sync_after = baton_nl_u32(in[BATON_SERVICE_A_SYNC_AFTER]);
	get_timeouts(in[BATON_SERVICE_A_TIMEOUTS], svc.timeouts);
	if (in[BATON_SERVICE_A_STATS] &&
	    baton_nl_get_stats(in[BATON_SERVICE_A_STATS], &svc.stats))
		return -EPROTO;
	*ret = svc;
	return 0;
}

int baton_nl_get_server(struct nlattr *attr, struct baton_server *ret)
{
	struct nlattr *in[BATON_SERVER_A_MAX + 1];
	struct baton_server server = { .tunnel_port = htons(BATON_TUNNEL_PORT_GUE) };

	if (!attr || nla_parse_nested(in, BATON_SERVER_A_MAX, attr, NULL) < 0)
		return -EPROTO;
	server.family = baton_nl_u8(in[BATON_SERVER_A_FAMILY]);
	server.method = baton_nl_u8(in[BATON_SERVER_A_METHOD]);
	server.tunnel = baton_nl_u8(in[BATON_SERVER_A_TUNNEL]);
	server.tunnel_checksum = baton_nl_u8(in[BATON_SERVER_A_TUNNEL_CHECKSUM]);
	if (in[BATON_SERVER_A_TUNNEL_PORT])
		server.tunnel_port = baton_nl_u16(in[BATON_SERVER_A_TUNNEL_PORT]);
	server.port = baton_nl_u16(in[BATON_SERVER_A_PORT]);
	server.weight = baton_nl_u32(in[BATON_SERVER_A_WEIGHT]);
	server.active = baton_nl_u32(in[BATON_SERVER_A_ACTIVE]);
	server.inactive = baton_nl_u32(in[BATON_SERVER_A_INACTIVE]);
	server.upper = baton_nl_u32(in[BATON_SERVER_A_UPPER]);
	server.lower = baton_nl_u32(in[BATON_SERVER_A_LOWER]);
	server.overloaded = baton_nl_u8(in[BATON_SERVER_A_OVERLOADED]);
	server.drain = baton_nl_u32(in[BATON_SERVER_A_DRAIN]);
	if (baton_nl_get_addr(in[BATON_SERVER_A_ADDR], server.family, &server.addr))
		return -EPROTO;
	if (in[BATON_SERVER_A_STATS] &&
	    baton_nl_get_stats(in[BATON_SERVER_A_STATS], &server.stats))
		return -EPROTO;
	*ret = server;
	return 0;
}

int baton_nl_get_gate(struct nlattr *attr, struct baton_gate *ret)
{
	struct nlattr *in[BATON_GATE_A_MAX + 1];

	if (!attr || nla_parse_nested(in, BATON_GATE_A_MAX, attr, NULL) < 0)
		return -EPROTO;
	if (!in[BATON_GATE_A_ROLE] || !in[BATON_GATE_A_EPOCH])
		return -EPROTO;
	ret->role = baton_nl_u8(in[BATON_GATE_A_ROLE]);
	ret->epoch = baton_nl_u32(in[BATON_GATE_A_EPOCH]);
	ret->lease_ms = baton_nl_u32(in[BATON_GATE_A_LEASE_MS]);
	ret->lease_left_ms = baton_nl_u32(in[BATON_GATE_A_LEASE_LEFT_MS]);
	ret->state = baton_nl_u8(in[BATON_GATE_A_STATE]);
	ret->relay_ms = baton_nl_u32(in[BATON_GATE_A_RELAY_MS]);
	ret->relayed = baton_nl_u64(in[BATON_GATE_A_RELAYED]);
	ret->rivals = baton_nl_u64(in[BATON_GATE_A_RIVALS]);
	ret->probes = baton_nl_u64(in[BATON_GATE_A_PROBES]);
	ret->answers = baton_nl_u64(in[BATON_GATE_A_ANSWERS]);
	ret->opened_ns = baton_nl_u64(in[BATON_GATE_A_OPENED_NS]);
	ret->announced_ns = baton_nl_u64(in[BATON_GATE_A_ANNOUNCED_NS]);
	ret->first_ns = baton_nl_u64(in[BATON_GATE_A_FIRST_NS]);
	return 0;
}

int baton_nl_get_answer(struct nlattr *attr, struct baton_nl_answer *ret)
{
	struct nlattr *in[BATON_PROBE_A_MAX + 1];

	if (!attr || nla_parse_nested(in, BATON_PROBE_A_MAX, attr, NULL) < 0 ||
	    !in[BATON_PROBE_A_NUMBER] || !in[BATON_PROBE_A_ADDR] || !in[BATON_PROBE_A_LLADDR] ||
	    nla_len(in[BATON_PROBE_A_LLADDR]) != sizeof(ret->mac))
		return -EPROTO;
	ret->number = baton_nl_u32(in[BATON_PROBE_A_NUMBER]);
	ret->ifindex = baton_nl_u32(in[BATON_PROBE_A_IFINDEX]);
	ret->after_us = baton_nl_u32(in[BATON_PROBE_A_AFTER_US]);
	ret->family = baton_nl_u8(in[BATON_PROBE_A_FAMILY]);
	memcpy(ret->mac, nla_data(in[BATON_PROBE_A_LLADDR]), sizeof(ret->mac));
	return baton_nl_get_addr(in[BATON_PROBE_A_ADDR], ret->family, &ret->addr);
}

int baton_nl_get_records(struct nlattr *attr, struct baton_conn_record *to, size_t max,
			 uint32_t *count)
{
	size_t len;

	*count = 0;
	if (!attr)
		return 0;
	len = (size_t)nla_len(attr);
	if (len % sizeof(*to) || len / sizeof(*to) > max)
		return -EPROTO;
	memcpy(to, nla_data(attr), len);
	*count = (uint32_t)(len / sizeof(*to));
	return 0;
}
