// SPDX-License-Identifier: GPL-2.0-only
/*
 * Digests of the synced table: per bucket the sum, modulo 2^64, of a hash over every
 * connection that the peer knows, in the version that it knows. A sum can be
 * kept up to date by one subtraction and one addition per change. All under sync.mutex.
 */
#include "core/digest.h"
#include "net.h"
#include "service.h"

static __always_inline u64 tuple_of(const struct baton_conn *conn)
{
	return baton_digest_tuple(conn->family, conn->protocol,
				  baton_conn_addr(conn, BATON_ADDR_CLIENT),
				  baton_conn_addr(conn, BATON_ADDR_VIRTUAL),
				  conn->cport, conn->vport);
}

/* What @conn, which is covered, adds to its digest. */
static __always_inline u64 hash_of(const struct baton_conn *conn, u64 tuple)
{
	const struct baton_server *server = conn->server;

	return baton_digest_conn(tuple, server->family, &server->addr, conn->dport,
				 conn->sync_state, conn->version);
}

u32 baton_sync_bucket(const struct baton_conn *conn)
{
	return baton_digest_bucket(tuple_of(conn));
}

static void subtract(u64 *digest, const struct baton_conn *conn)
{
	u64 tuple = tuple_of(conn);

	digest[baton_digest_bucket(tuple)] -= hash_of(conn, tuple);
}

/*
 * A kill sets DEAD, then reads SYNCED to know whether the peer is owed a deletion; here
 * SYNCED is set, then DEAD is read. With a full barrier on both sides at least one
 * sees the other's bit. When it is us, the kill may or may not have seen ours: so take it back.
 * If it did see it, the tombstone turns out not to be synced, and a
 * deletion of what the peer never heard of does no harm.
 */
bool __baton_sync_commit(struct baton_net *bn, struct baton_conn *conn, u64 version, u8 state)
{
	struct baton_sync *sync = &bn->sync;
	u64 tuple = tuple_of(conn);
	u64 *digest = &sync->digest[baton_digest_bucket(tuple)];

	lockdep_assert_held(&sync->mutex);
	if (test_bit(BATON_CONN_SYNCED, &conn->flags)) {
		*digest -= hash_of(conn, tuple);
	} else {
		set_bit(BATON_CONN_SYNCED, &conn->flags);
		smp_mb__after_atomic();	/* pairs with the one in baton_sync_bury() */
		if (test_bit(BATON_CONN_DEAD, &conn->flags)) {
			clear_bit(BATON_CONN_SYNCED, &conn->flags);
			return false;
		}
		sync->synced++;
	}
	WRITE_ONCE(conn->version, version);
	conn->sync_state = state;
	*digest += hash_of(conn, tuple);
	return true;
}

void __baton_sync_forget(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_sync *sync = &bn->sync;

	lockdep_assert_held(&sync->mutex);
	if (!test_and_clear_bit(BATON_CONN_SYNCED, &conn->flags))
		return;
	subtract(sync->digest, conn);
	sync->synced--;
}

/*
 * A node that hands out records owes its peer the deletions on its lists, and until
 * they are drained the digests cover them too. On a standby nobody may ever ask for
 * them, and its digests must not claim a connection that it could not continue: so
 * they are left out of what is reported, and stay owed.
 */
static void leave_out_dead(struct baton_net *bn, u64 *digest)
{
	struct baton_sync *sync = &bn->sync;
	struct llist_node *node;

	__baton_sync_take(sync);
	for (node = sync->backlog; node; node = node->next) {
		struct baton_conn *conn = llist_entry(node, struct baton_conn, dirty);

		if (test_bit(BATON_CONN_DEAD, &conn->flags) &&
		    test_bit(BATON_CONN_SYNCED, &conn->flags))
			subtract(digest, conn);
		cond_resched();
	}
}

void baton_sync_digest_read(struct baton_net *bn, u64 *digest, struct baton_sync_view *ret)
{
	struct baton_sync *sync = &bn->sync;
	u32 count, dead;

	mutex_lock(&sync->mutex);
	__baton_sync_enable(bn);
	memcpy(digest, sync->digest, BATON_DIGEST_BUCKETS * sizeof(*digest));
	dead = max(atomic_read(&sync->tombstones), 0);
	if (dead && READ_ONCE(bn->gate.role) == BATON_ROLE_STANDBY)
		leave_out_dead(bn, digest);
	count = baton_conn_count(bn);
	ret->seq = sync->seq;
	/* kills go on meanwhile: the two counts may be apart by what happened just now */
	ret->synced = sync->synced > dead ? sync->synced - dead : 0;
	ret->unsynced = count > ret->synced ? count - ret->synced : 0;
	ret->pending = baton_sync_pending(sync);
	ret->flags = baton_sync_flags(sync);
	mutex_unlock(&sync->mutex);
}
