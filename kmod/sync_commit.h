/* SPDX-License-Identifier: GPL-2.0-only */
/* From now on the digests cover a connection as it is: what applying records and handing them out share. */
#ifndef BATON_SYNC_COMMIT_H
#define BATON_SYNC_COMMIT_H

#include "core/digest.h"
#include "net.h"
#include "service.h"

/** __baton_sync_tuple - the first half of the hash that @conn adds to its digest */
static __always_inline u64 __baton_sync_tuple(const struct baton_conn *conn)
{
	return baton_digest_tuple(conn->family, conn->protocol,
				  baton_conn_addr(conn, BATON_ADDR_CLIENT),
				  baton_conn_addr(conn, BATON_ADDR_VIRTUAL),
				  conn->cport, conn->vport);
}

/** __baton_sync_hash - the whole, as @version and @state */
static __always_inline u64 __baton_sync_hash(const struct baton_conn *conn, u64 tuple, u8 state, u64 version)
{
	const struct baton_server *server = conn->server;

	return baton_digest_conn(tuple, server->family, &server->addr, conn->dport, state, version);
}

/**
 * __baton_sync_cover - __baton_sync_commit() for those who know @tuple and @hash
 *
 * A kill sets DEAD, then reads SYNCED to know whether the peer is owed a deletion; here
 * SYNCED is set, then DEAD is read. With a full barrier on both sides at least one
 * sees the other's bit. When it is us, the kill may or may not have seen ours: so take it back.
 * If it did see it, the tombstone turns out not to be synced, and a
 * deletion of what the peer never heard of does no harm.
 */
static __always_inline bool __baton_sync_cover(struct baton_net *bn, struct baton_conn *conn, u64 tuple,
					       u64 hash, u64 version, u8 state)
{
	struct baton_sync *sync = &bn->sync;
	u64 *digest = &sync->digest[baton_digest_bucket(tuple)];

	lockdep_assert_held(&sync->mutex);
	if (test_bit(BATON_CONN_SYNCED, &conn->flags)) {
		*digest -= __baton_sync_hash(conn, tuple, conn->sync_state, conn->version);
	} else {
		set_bit(BATON_CONN_SYNCED, &conn->flags);
		smp_mb__after_atomic();	/* pairs with the one in baton_sync_bury() */
		if (unlikely(test_bit(BATON_CONN_DEAD, &conn->flags))) {
			clear_bit(BATON_CONN_SYNCED, &conn->flags);
			return false;
		}
		sync->synced++;
	}
	WRITE_ONCE(conn->version, version);
	conn->sync_state = state;
	*digest += hash;
	return true;
}

#endif /* BATON_SYNC_COMMIT_H */
