// SPDX-License-Identifier: GPL-2.0-only
/*
 * Digests of the synced table: per bucket the sum, modulo 2^64, of a hash over every
 * connection that the peer knows, in the version that it knows. A sum can be
 * kept up to date by one subtraction and one addition per change. All under sync.mutex.
 */
#include <linux/siphash.h>
#include "core/sync_rule.h"
#include "net.h"
#include "service.h"

/*
 * Published and part of the protocol: the digests guard against loss and
 * mistakes, the wire's authentication guards against forgery.
 */
static const siphash_key_t digest_key = { { 0x6261746f6e206469ULL, 0x6765737473207631ULL } };

static void fill_tuple(const struct baton_conn *conn, struct baton_digest_tuple *tuple)
{
	unsigned int len = baton_addr_len(conn->family);

	memset(tuple, 0, sizeof(*tuple));
	memcpy(&tuple->caddr, baton_conn_addr(conn, BATON_ADDR_CLIENT), len);
	memcpy(&tuple->vaddr, baton_conn_addr(conn, BATON_ADDR_VIRTUAL), len);
	tuple->cport = conn->cport;
	tuple->vport = conn->vport;
	tuple->family = conn->family;
	tuple->protocol = conn->protocol;
}

u32 baton_sync_bucket(const struct baton_conn *conn)
{
	struct baton_digest_tuple tuple;

	fill_tuple(conn, &tuple);
	return siphash(&tuple, sizeof(tuple), &digest_key) % BATON_DIGEST_BUCKETS;
}

u64 __baton_sync_hash(const struct baton_conn *conn)
{
	struct baton_digest_input in = { };

	fill_tuple(conn, &in.tuple);
	in.daddr = conn->server->addr;
	in.dport = conn->dport;
	in.state = conn->sync_state;
	in.version = cpu_to_le64(conn->version);
	return siphash(&in, sizeof(in), &digest_key);
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
	u64 *digest = &sync->digest[baton_sync_bucket(conn)];

	lockdep_assert_held(&sync->mutex);
	if (test_bit(BATON_CONN_SYNCED, &conn->flags)) {
		*digest -= __baton_sync_hash(conn);
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
	*digest += __baton_sync_hash(conn);
	return true;
}

void __baton_sync_forget(struct baton_net *bn, struct baton_conn *conn)
{
	struct baton_sync *sync = &bn->sync;

	lockdep_assert_held(&sync->mutex);
	if (!test_and_clear_bit(BATON_CONN_SYNCED, &conn->flags))
		return;
	sync->digest[baton_sync_bucket(conn)] -= __baton_sync_hash(conn);
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
			digest[baton_sync_bucket(conn)] -= __baton_sync_hash(conn);
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
