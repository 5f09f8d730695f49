// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct baton_sched_words scheds[] = {
	{ "rr", 0, 0 },
	{ "wrr", 0, 0 },
	{ "lc", 0, 0 },
	{ "wlc", 0, 0 },
	{ "sed", 0, 0 },
	{ "nq", 0, 0 },
	{ "fo", 0, 0 },
	{ "ovf", 0, 0 },
	{ "twos", 0, 0 },
	{ "dh", BATON_SCHED_F_FALLBACK, 0 },
	{ "sh", BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT, 0 },
	{ "mh", BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT, BATON_SCHED_F_FALLBACK },
	{ "lblc", 0, 0 },
	{ "lblcr", 0, 0 },
};

static const struct baton_sched_flag sched_flags[] = {
	{ BATON_SCHED_F_FALLBACK, "fallback", "fallback" },
	{ BATON_SCHED_F_PORT, "hash-port", "hash_port" },
};

static const struct baton_tunable_words tunables[] = {
	{ "conn_max", BATON_TUNABLE_A_CONN_MAX, BATON_TUNABLE_NUMBER, 0, UINT32_MAX },
	{ "tombstone_max", BATON_TUNABLE_A_TOMBSTONE_MAX, BATON_TUNABLE_NUMBER, 0, UINT32_MAX },
	{ "fastpath", BATON_TUNABLE_A_FASTPATH, BATON_TUNABLE_SWITCH, 0, 1 },
	{ "opening_max", BATON_TUNABLE_A_OPENING_MAX, BATON_TUNABLE_NUMBER, 0, UINT32_MAX },
	{ "challenge_max", BATON_TUNABLE_A_CHALLENGE_MAX, BATON_TUNABLE_NUMBER, 0, UINT32_MAX },
	{ "drop_mode", BATON_TUNABLE_A_DROP_MODE, BATON_TUNABLE_MODE, 0, BATON_DROP_MODE_MAX },
	{ "drop_rate", BATON_TUNABLE_A_DROP_RATE, BATON_TUNABLE_NUMBER, 1, UINT32_MAX },
	{ "memory_min", BATON_TUNABLE_A_MEMORY_MIN, BATON_TUNABLE_NUMBER, 0, UINT32_MAX },
};
static_assert(COUNT(tunables) == BATON_TUNABLE_A_MAX - BATON_TUNABLE_A_TIMEOUTS, "a tunable without a name");

static const char *const drop_modes[] = {
	[BATON_DROP_MODE_OFF]	= "off",
	[BATON_DROP_MODE_AUTO]	= "auto",
	[BATON_DROP_MODE_ON]	= "on",
};
static_assert(COUNT(drop_modes) == __BATON_DROP_MODE_MAX, "a mode without a name");

static const struct {
	const char *name;
	const char *sentence;
} drops[] = {
	[BATON_DROP_GATE_SHUT] = { "gate_shut",
		"This node is the standby; packets for a service that reach it are dropped, and clients follow once they have learned the active node's address." },
	[BATON_DROP_LEASE_EXPIRED] = { "lease_expired",
		"This node was active but its lease ran out, because the agent stopped renewing it or the machine was paused; it forwards nothing until it is promoted anew." },
	[BATON_DROP_NO_SERVER] = { "no_server",
		"The service has no server with a weight above zero, or all of them have as many connections as they may; the client was told that the port is unreachable." },
	[BATON_DROP_SERVER_GONE] = { "server_gone",
		"The connection's server was deleted from the service; give a server weight 0 first to let its connections end." },
	[BATON_DROP_NO_MEMORY] = { "no_memory",
		"The kernel had no memory for a new connection." },
	[BATON_DROP_TABLE_FULL] = { "table_full",
		"The table holds as many connections as the tunable conn_max allows." },
	[BATON_DROP_NO_ROUTE] = { "no_route",
		"The routing table has no way to the server; check 'ip route get SERVER' on this node." },
	[BATON_DROP_TOO_BIG] = { "too_big",
		"The packet was larger than the path to the server and must not be fragmented; the client was told the size that fits." },
	[BATON_DROP_TTL] = { "ttl",
		"The packet's time to live ran out here; the sender was told." },
	[BATON_DROP_MALFORMED] = { "malformed",
		"The packet's headers contradict its length." },
	[BATON_DROP_CHECKSUM] = { "checksum",
		"A checksum in the packet was wrong; look for a faulty link or network card." },
	[BATON_DROP_NOT_SYN] = { "not_syn",
		"A TCP packet for a service with 'reset off', or an SCTP packet, belonged to no known connection and cannot open one; the connection was killed, timed out here or was opened before this node knew it." },
	[BATON_DROP_FRAGMENT] = { "fragment",
		"Fragments of a packet did not arrive completely or in time." },
	[BATON_DROP_WRITE] = { "write",
		"The packet could not be made writable, for want of memory." },
	[BATON_DROP_ICMP_UNRELATED] = { "icmp_unrelated",
		"An ICMP error spoke about a connection of a service that is not in the table." },
	[BATON_DROP_CLASH] = { "clash",
		"The client's port is in use at every server that was tried, by a connection through another virtual address." },
	[BATON_DROP_THINNED] = { "thinned",
		"The packet would have opened a connection, and new ones are thinned out: the tunable drop_mode is on, or auto and there is less memory than memory_min." },
	[BATON_DROP_NOT_TAKEN] = { "not_taken",
		"The packet came while this node was handing over, and nobody announced within a second that it had taken the role on the network that the packet came from." },
};
static_assert(COUNT(drops) == BATON_DROP_COUNT, "a drop reason without words");

static const char *const states[] = {
	[BATON_STATE_NONE]		= "none",
	[BATON_STATE_TCP_ESTABLISHED]	= "tcp_established",
	[BATON_STATE_TCP_SYN_SENT]	= "tcp_syn_sent",
	[BATON_STATE_TCP_SYN_RECV]	= "tcp_syn_recv",
	[BATON_STATE_TCP_FIN_WAIT]	= "tcp_fin_wait",
	[BATON_STATE_TCP_TIME_WAIT]	= "tcp_time_wait",
	[BATON_STATE_TCP_CLOSE]		= "tcp_close",
	[BATON_STATE_TCP_CLOSE_WAIT]	= "tcp_close_wait",
	[BATON_STATE_TCP_LAST_ACK]	= "tcp_last_ack",
	[BATON_STATE_TCP_SYNACK]	= "tcp_synack",
	[BATON_STATE_UDP]		= "udp",
	[BATON_STATE_TEMPLATE]		= "template",
	[BATON_STATE_SCTP_ESTABLISHED]	= "sctp_established",
	[BATON_STATE_SCTP_INIT]		= "sctp_init",
	[BATON_STATE_SCTP_COOKIE]	= "sctp_cookie",
	[BATON_STATE_SCTP_SHUTDOWN]	= "sctp_shutdown",
	[BATON_STATE_SCTP_SHUTDOWN_ACK]	= "sctp_shutdown_ack",
	[BATON_STATE_SCTP_CLOSED]	= "sctp_closed",
};
static_assert(COUNT(states) == BATON_STATE_MAX + 1, "a state without a name");

static const char *const roles[] = {
	[BATON_ROLE_STANDBY]	= "standby",
	[BATON_ROLE_ACTIVE]	= "active",
};
static_assert(COUNT(roles) == BATON_ROLE_MAX + 1, "a role without a name");

static const char *const gate_states[] = {
	[BATON_GATE_SHUT]	= "shut",
	[BATON_GATE_OPEN]	= "open",
	[BATON_GATE_EXPIRED]	= "expired",
};
static_assert(COUNT(gate_states) == __BATON_GATE_STATE_MAX, "a gate state without a name");

static const char *const methods[] = {
	[BATON_METHOD_NAT]	= "nat",
	[BATON_METHOD_DR]	= "dr",
	[BATON_METHOD_TUNNEL]	= "tunnel",
};
static_assert(COUNT(methods) == BATON_METHOD_MAX + 1, "a method without a name");

static const char *const tunnels[] = {
	[BATON_TUNNEL_IPIP]	= "ipip",
	[BATON_TUNNEL_GRE]	= "gre",
	[BATON_TUNNEL_GUE]	= "gue",
};
static_assert(COUNT(tunnels) == BATON_TUNNEL_MAX + 1, "a tunnel without a name");

static const char *const tunnel_checksums[] = {
	[BATON_TUNNEL_CHECKSUM_OFF]	= "off",
	[BATON_TUNNEL_CHECKSUM_ON]	= "on",
	[BATON_TUNNEL_CHECKSUM_REMOTE]	= "remote",
};
static_assert(COUNT(tunnel_checksums) == BATON_TUNNEL_CHECKSUM_MAX + 1,
	      "a tunnel's checksum without a name");

static const char *const events[] = {
	[BATON_EVENT_NEW]	= "new",
	[BATON_EVENT_CHANGE]	= "change",
	[BATON_EVENT_DELETE]	= "delete",
};
static_assert(COUNT(events) == __BATON_EVENT_MAX, "an event without a name");

static const struct {
	const char *reason;
	const char *words;
} lost[] = {
	{ "unsynced",		"not yet on the peer" },
	{ "policy",		"not synced by policy (handshake not done, or its service's sync is off or waits)" },
	{ "in_flight",		"sent to the peer but not yet acknowledged" },
	{ "unknown_service",	"of a service that the peer does not have" },
	{ "unknown_server",	"of a server that the peer does not have" },
	{ "refused",		"refused by the peer's module" },
};

static const char *name_of(const char *const *names, size_t count, unsigned int i)
{
	return i < count && names[i] ? names[i] : "unknown";
}

const struct baton_sched_words *baton_sched_find(const char *name)
{
	for (size_t i = 0; i < COUNT(scheds); i++)
		if (!strcmp(scheds[i].name, name))
			return &scheds[i];
	return NULL;
}

const struct baton_sched_words *baton_sched_nth(size_t i)
{
	return i < COUNT(scheds) ? &scheds[i] : NULL;
}

const struct baton_sched_flag *baton_sched_flag_nth(size_t i)
{
	return i < COUNT(sched_flags) ? &sched_flags[i] : NULL;
}

const struct baton_tunable_words *baton_tunable_nth(size_t i)
{
	return i < COUNT(tunables) ? &tunables[i] : NULL;
}

const char *baton_drop_mode_name(unsigned int mode)
{
	return name_of(drop_modes, COUNT(drop_modes), mode);
}

const char *baton_drop_name(unsigned int drop)
{
	return drop < COUNT(drops) ? drops[drop].name : "unknown";
}

const char *baton_drop_sentence(unsigned int drop)
{
	return drop < COUNT(drops) ? drops[drop].sentence : "";
}

const char *baton_state_name(unsigned int state)
{
	return name_of(states, COUNT(states), state);
}

const char *baton_role_name(unsigned int role)
{
	return name_of(roles, COUNT(roles), role);
}

const char *baton_gate_state_name(unsigned int state)
{
	return name_of(gate_states, COUNT(gate_states), state);
}

const char *baton_method_name(unsigned int method)
{
	return name_of(methods, COUNT(methods), method);
}

const char *baton_tunnel_name(unsigned int kind)
{
	return name_of(tunnels, COUNT(tunnels), kind);
}

const char *baton_tunnel_checksum_name(unsigned int checksum)
{
	return name_of(tunnel_checksums, COUNT(tunnel_checksums), checksum);
}

const char *baton_event_name(unsigned int event)
{
	return name_of(events, COUNT(events), event);
}

const char *baton_lost_words(const char *reason)
{
	for (size_t i = 0; i < COUNT(lost); i++)
		if (!strcmp(lost[i].reason, reason))
			return lost[i].words;
	return reason;
}
