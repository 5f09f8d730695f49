/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of sync that need no kernel: what is put on the wire, what a
 * record must look like, and what a record does to a connection.
 */
#ifndef BATON_CORE_SYNC_RULE_H
#define BATON_CORE_SYNC_RULE_H

#include "env.h"

/**
 * baton_sync_policy - is a connection in this state worth telling the peer for the first time?
 *
 * Once the peer knows a connection it is told everything, whatever this says:
 * otherwise it would keep a state that ended long ago.
 */
bool baton_sync_policy(u8 protocol, u8 state);

/**
 * baton_record_check - may this record be applied at all?
 * @epoch: of the node that sent it; a version of a later epoch cannot be its own
 *
 * Ports may be zero: UDP allows it for the source, and an any-port service sees
 * whatever clients send. A record that a correct peer can hand out is never refused here, for
 * a refusal keeps the tables different for good.
 *
 * Return: BATON_REJECT_NONE or BATON_REJECT_INVALID.
 */
enum baton_reject baton_record_check(const struct baton_conn_record *rec, u32 epoch);

/** baton_record_check_like - the part of it that looks at neither client nor version: once for many records */
enum baton_reject baton_record_check_like(const struct baton_conn_record *rec);
/** baton_record_check_rest - the other part */
enum baton_reject baton_record_check_rest(const struct baton_conn_record *rec, u32 epoch);

/** baton_record_server_family - AF_INET or AF_INET6, of the address in @rec->daddr */
static inline u8 baton_record_server_family(const struct baton_conn_record *rec)
{
	bool v6 = (rec->family == AF_INET6) ^ !!(rec->flags & BATON_CONN_F_MIXED);

	return v6 ? AF_INET6 : AF_INET;
}

/** enum baton_record_act - what a valid record asks for */
enum baton_record_act {
	BATON_RECORD_STALE,	/* not newer than what is there */
	BATON_RECORD_NOTHING,	/* a deletion of what is not there: applied, nothing to do */
	BATON_RECORD_KILL,	/* a deletion */
	BATON_RECORD_INSERT,
	BATON_RECORD_UPDATE,	/* same server: state and version */
	BATON_RECORD_REPLACE,	/* the tuple was used again, towards another server */
};

/**
 * baton_record_judge - compare a record with the connection of the same tuple
 * @present: there is one
 * @have: its version; 0 when it was never handed out, so that any record is newer
 * @same: it goes to the same server by the same method
 */
enum baton_record_act baton_record_judge(const struct baton_conn_record *rec, bool present,
					 u64 have, bool same);

/** baton_bucket_selected - is @bucket in @map? (bit b of byte b/8; NULL: every bucket) */
static inline bool baton_bucket_selected(const u8 *map, u32 bucket)
{
	return !map || map[bucket / 8] & (1U << (bucket % 8));
}

#endif /* BATON_CORE_SYNC_RULE_H */
