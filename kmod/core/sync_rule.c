// SPDX-License-Identifier: GPL-2.0-only
/* See sync_rule.h. */
#include "sync_rule.h"

bool baton_sync_policy(u8 protocol, u8 state)
{
	switch (state) {
	case BATON_STATE_TCP_ESTABLISHED:
	case BATON_STATE_TCP_FIN_WAIT:
	case BATON_STATE_TCP_CLOSE_WAIT:
	case BATON_STATE_TCP_LAST_ACK:
		return protocol == IPPROTO_TCP;
	case BATON_STATE_SCTP_ESTABLISHED:
	case BATON_STATE_SCTP_SHUTDOWN:
	case BATON_STATE_SCTP_SHUTDOWN_ACK:
		return protocol == IPPROTO_SCTP;
	case BATON_STATE_UDP:
		return protocol == IPPROTO_UDP;
	case BATON_STATE_TEMPLATE:
		return protocol & BATON_PROTOCOL_TEMPLATE;
	default:
		/* opening: the client repeats its SYN; closed: there is nothing left to save */
		return false;
	}
}

static bool addr_fits(u8 family, const union baton_addr *addr)
{
	return family != AF_INET || !(addr->v6[1] | addr->v6[2] | addr->v6[3]);
}

/* A service by mark has one template for all its protocols, and no port. */
static bool protocol_fits(const struct baton_conn_record *rec)
{
	union baton_addr mark = { .v4 = cpu_to_be32(rec->mark) };

	switch (rec->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return !rec->mark || !rec->svc_port;
	case IPPROTO_TCP | BATON_PROTOCOL_TEMPLATE:
	case IPPROTO_UDP | BATON_PROTOCOL_TEMPLATE:
	case IPPROTO_SCTP | BATON_PROTOCOL_TEMPLATE:
		return !rec->mark;
	case BATON_PROTOCOL_TEMPLATE:
		return rec->mark && !rec->vport && !memcmp(&rec->vaddr, &mark, sizeof(mark));
	default:
		return false;
	}
}

static bool state_fits(u8 protocol, u8 state)
{
	switch (protocol) {
	case BATON_PROTOCOL_TEMPLATE:
	case IPPROTO_TCP | BATON_PROTOCOL_TEMPLATE:
	case IPPROTO_UDP | BATON_PROTOCOL_TEMPLATE:
	case IPPROTO_SCTP | BATON_PROTOCOL_TEMPLATE:
		return state == BATON_STATE_TEMPLATE;
	case IPPROTO_TCP:
		return state >= BATON_STATE_TCP_ESTABLISHED && state <= BATON_STATE_TCP_SYNACK;
	case IPPROTO_UDP:
		return state == BATON_STATE_UDP;
	case IPPROTO_SCTP:
		return state >= BATON_STATE_SCTP_ESTABLISHED && state <= BATON_STATE_SCTP_CLOSED;
	default:
		return false;
	}
}

enum baton_reject baton_record_check_rest(const struct baton_conn_record *rec, u32 epoch)
{
	if (!rec->version || rec->version >> BATON_VERSION_SHIFT > epoch)
		return BATON_REJECT_INVALID;
	return addr_fits(rec->family, &rec->caddr) ? BATON_REJECT_NONE : BATON_REJECT_INVALID;
}

enum baton_reject baton_record_check_like(const struct baton_conn_record *rec)
{
	if (rec->flags & ~__BATON_CONN_F_APPLY)
		return BATON_REJECT_INVALID;
	if (rec->family != AF_INET && rec->family != AF_INET6)
		return BATON_REJECT_INVALID;
	if (!protocol_fits(rec) || rec->reserved)
		return BATON_REJECT_INVALID;
	if (!addr_fits(rec->family, &rec->vaddr) ||
	    !addr_fits(baton_record_server_family(rec), &rec->daddr))
		return BATON_REJECT_INVALID;
	/* a deletion needs no more than the tuple */
	if (rec->flags & BATON_CONN_F_DELETED)
		return BATON_REJECT_NONE;
	if (!state_fits(rec->protocol, rec->state) || rec->method > BATON_METHOD_MAX)
		return BATON_REJECT_INVALID;
	if (rec->flags & BATON_CONN_F_MIXED && rec->method != BATON_METHOD_TUNNEL)
		return BATON_REJECT_INVALID;
	if (be16_to_cpu(rec->svc_port) > be16_to_cpu(rec->vport))
		return BATON_REJECT_INVALID;
	return BATON_REJECT_NONE;
}

enum baton_reject baton_record_check(const struct baton_conn_record *rec, u32 epoch)
{
	if (baton_record_check_rest(rec, epoch) != BATON_REJECT_NONE)
		return BATON_REJECT_INVALID;
	return baton_record_check_like(rec);
}

enum baton_record_act baton_record_judge(const struct baton_conn_record *rec, bool present,
					 u64 have, bool same)
{
	bool deleted = rec->flags & BATON_CONN_F_DELETED;

	if (!present)
		return deleted ? BATON_RECORD_NOTHING : BATON_RECORD_INSERT;
	if (have >= rec->version)
		return BATON_RECORD_STALE;
	if (deleted)
		return BATON_RECORD_KILL;
	return same ? BATON_RECORD_UPDATE : BATON_RECORD_REPLACE;
}
