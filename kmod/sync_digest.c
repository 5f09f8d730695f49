// SPDX-License-Identifier: GPL-2.0-only
/*
 * Digests of the synced table: per bucket the sum, modulo 2^64, of a hash over every
 * connection that the peer knows, in the version that it knows. A sum can be
 * kept up to date by one subtraction and one addition per change. All under sync.mutex.
 */
#include "net.h"
#include "sync_commit.h"

u32 baton_sync_bucket(const struct baton_conn *conn)
{
	return baton_digest_bucket(__baton_sync_tuple(conn));
}

static void subtract(u64 *digest, const struct baton_conn *conn)
{
	u64 tuple = __baton_sync_tuple(conn);

	digest[baton_digest_bucket(tuple)] -= __baton_sync_hash(conn, tuple, conn->sync_state, conn->version);
}

bool __baton_sync_commit(struct baton_net *bn, struct baton_conn *conn, u64 version, u8 state)
{
	u64 tuple = __baton_sync_tuple(conn);

	return __baton_sync_cover(bn, conn, tuple, __baton_sync_hash(conn, tuple, state, version), version, state);
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
