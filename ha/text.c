// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and sentences of everything that decide.h enumerates. */
#include "decide_private.h"

static const char *const states[BATON_HA_STATES] = {
	[BATON_HA_BOOT]		= "BOOT",
	[BATON_HA_NO_CLUSTER]	= "NO_CLUSTER",
	[BATON_HA_WAIT_QUORUM]	= "WAIT_QUORUM",
	[BATON_HA_SYNCING]	= "SYNCING",
	[BATON_HA_STANDBY]	= "STANDBY",
	[BATON_HA_PROMOTING]	= "PROMOTING",
	[BATON_HA_ACTIVE]	= "ACTIVE",
	[BATON_HA_HANDOVER_OUT]	= "HANDOVER_OUT",
	[BATON_HA_HANDOVER_IN]	= "HANDOVER_IN",
	[BATON_HA_DEMOTING]	= "DEMOTING",
	[BATON_HA_FAULT]	= "FAULT",
	[BATON_HA_HELD]		= "HELD",
};

static const char *const reasons[BATON_HA_REASONS] = {
	[BATON_HA_WHY_START]		= "the agent has just started",
	[BATON_HA_WHY_RESUMED]		= "the kernel's gate was open when the agent started",
	[BATON_HA_WHY_NO_CLUSTER]	= "corosync is not reachable",
	[BATON_HA_WHY_NO_VERDICT]	= "corosync has not given a quorum verdict for the present membership yet",
	[BATON_HA_WHY_NO_QUORUM]	= "the cluster has no quorum; a pair that starts waits until both nodes were seen once",
	[BATON_HA_WHY_PEER_SILENT]	= "the peer's agent is there but has not spoken in this membership yet",
	[BATON_HA_WHY_AGENT_GONE]	= "the peer's node is there but its agent is not, so its gate may be open",
	[BATON_HA_WHY_PEER_ACTIVE]	= "the peer is active",
	[BATON_HA_WHY_PEER_PREFERRED]	= "nobody is active, and the peer goes first",
	[BATON_HA_WHY_CLAIMING]		= "nobody is active, and this node has claimed the role",
	[BATON_HA_WHY_COLD]		= "the table here is cold, and the peer's baton-syncd is still heard as active",
	[BATON_HA_WHY_UNBOUNDED]	= "the peer's baton-syncd is still heard as active, and for how long its gate stays open is not known",
	[BATON_HA_WHY_BRIDGE]		= "the peer's agent restarts under a lease that it announced",
	[BATON_HA_WHY_SETTLING]		= "this node has just started or stood still, the peer may not be in sight yet",
	[BATON_HA_WHY_FENCING]		= "the cluster says that the peer is gone, but it is not fenced yet",
	[BATON_HA_WHY_LAPSE]		= "the peer, if it lives, has stopped only when a lease of its own is surely over",
	[BATON_HA_WHY_HOLDDOWN]		= "the role was lost to the peer, or a failed attempt was made, a moment ago",
	[BATON_HA_WHY_PEER_LOST]	= "the cluster says that the peer is gone",
	[BATON_HA_WHY_AGENT_LOST]	= "the peer's agent died or hangs, and its lease is over",
	[BATON_HA_WHY_SUCCEEDED]	= "the peer fell silent, and both had agreed that this node goes on then",
	[BATON_HA_WHY_ELECTED]		= "both nodes were there, nobody was active, and this node was elected",
	[BATON_HA_WHY_OPERATOR]		= "an operator promoted this node",
	[BATON_HA_WHY_RELEASED]		= "the peer handed over to this node",
	[BATON_HA_WHY_TAKEN_BACK]	= "a handover to the peer failed, and the role was taken back",
	[BATON_HA_WHY_LEASE_ENDED]	= "the lease ended before it could be renewed",
	[BATON_HA_WHY_HIGHER_EPOCH]	= "the peer is active with a higher epoch",
	[BATON_HA_WHY_OUTRANKED]	= "the standby's kernel has a higher epoch, so it takes no connections of ours until we have a higher one",
	[BATON_HA_WHY_QUORUM_LOST]	= "the cluster lost its quorum",
	[BATON_HA_WHY_PROMOTE_FAILED]	= "the gate or the addresses could not be switched on",
	[BATON_HA_WHY_MODULE]		= "the kernel module is missing",
	[BATON_HA_WHY_CARRIER]		= "an interface with a virtual address has no carrier",
	[BATON_HA_WHY_CHECK]		= "a health check fails",
	[BATON_HA_WHY_HELD]		= "an operator took this node out of service",
	[BATON_HA_WHY_HANDED_OVER]	= "the role was handed over to the peer",
	[BATON_HA_WHY_EPOCHS_USED_UP]	= "there is no epoch left: reload the module on both nodes and remove the stored epoch",
};

static const char *const messages[BATON_HA_MSG_MAX] = {
	[BATON_HA_MSG_HELLO]	= "HELLO",
	[BATON_HA_MSG_CLAIM]	= "CLAIM",
	[BATON_HA_MSG_ASK]	= "ASK",
	[BATON_HA_MSG_READY]	= "READY",
	[BATON_HA_MSG_REFUSE]	= "REFUSE",
	[BATON_HA_MSG_RELEASED]	= "RELEASED",
	[BATON_HA_MSG_ABORT]	= "ABORT",
	[BATON_HA_MSG_BRIDGE]	= "BRIDGE",
	[BATON_HA_MSG_BRIDGE_OK] = "BRIDGE_OK",
	[BATON_HA_MSG_GRANT]	= "GRANT",
	[BATON_HA_MSG_FETCH]	= "FETCH",
	[BATON_HA_MSG_OFFER]	= "OFFER",
	[BATON_HA_MSG_ACCEPT]	= "ACCEPT",
};

static const char *const events[] = {
	[BATON_HA_EV_TICK]		= "tick",
	[BATON_HA_EV_START]		= "start",
	[BATON_HA_EV_CLUSTER_UP]	= "cluster up",
	[BATON_HA_EV_CLUSTER_DOWN]	= "cluster down",
	[BATON_HA_EV_RING]		= "ring",
	[BATON_HA_EV_GROUP]		= "group",
	[BATON_HA_EV_VERDICT]		= "verdict",
	[BATON_HA_EV_MESSAGE]		= "message",
	[BATON_HA_EV_SYNCD]		= "syncd",
	[BATON_HA_EV_FLUSHED]		= "flushed",
	[BATON_HA_EV_GATE]		= "gate",
	[BATON_HA_EV_HEALTH]		= "health",
	[BATON_HA_EV_COMMAND]		= "command",
	[BATON_HA_EV_CONFIRM]		= "confirm",
	[BATON_HA_EV_FAILED]		= "failed",
	[BATON_HA_EV_STOP]		= "stop",
	[BATON_HA_EV_FENCED]		= "fenced",
	[BATON_HA_EV_GIVEN]		= "given",
	[BATON_HA_EV_BEAT]		= "beat",
	[BATON_HA_EV_OWNER]		= "owner",
};
_Static_assert(sizeof(events) / sizeof(events[0]) == BATON_HA_EVENTS, "the last event has no name, or is not the last");

const char *baton_ha_state_name(enum baton_ha_state state)
{
	return state < BATON_HA_STATES ? states[state] : "UNKNOWN";
}

const char *baton_ha_reason_text(enum baton_ha_reason reason)
{
	return reason < BATON_HA_REASONS ? reasons[reason] : "unknown";
}

const char *baton_ha_message_name(enum baton_ha_message_type type)
{
	return type < BATON_HA_MSG_MAX && messages[type] ? messages[type] : "UNKNOWN";
}

const char *baton_ha_event_name(enum baton_ha_event_type type)
{
	return type < sizeof(events) / sizeof(events[0]) ? events[type] : "unknown";
}
