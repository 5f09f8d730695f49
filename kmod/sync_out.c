// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a drain or a read hands out: a brief for each connection, from the front of the room, and its
 * like, from the end; and the drain itself. All under sync.mutex.
 *
 * What is copied to a daemon costs by the byte, and so does the memory that it is copied from: of the
 * 88 bytes of a record all but 16 are those of many others.
 */
#include <linux/hash.h>
#include "core/sync_rule.h"
#include "net.h"
#include "service.h"
#include "sync_commit.h"

/* From the end of the room. */
static struct baton_conn_record *like_at(const struct baton_sync_out *out, u32 like)
{
	return (struct baton_conn_record *)PTR_ALIGN_DOWN(out->briefs + out->room, 8) - like - 1;
}

void __baton_sync_take_back(struct baton_net *bn, struct baton_sync_out *out, u32 count, u32 used,
			    u32 likes)
{
	out->count = count;
	out->used = used;
	out->likes = likes;
	bn->sync.turn++;
}

void __baton_sync_out_likes(struct baton_sync_out *out, void *to)
{
	struct baton_conn_record *first = like_at(out, 0), *newest = first + 1 - out->likes, *last;

	for (last = newest; last < first; last++, first--)
		swap(*first, *last);
	memmove(to, newest, out->likes * sizeof(*newest));
}

static bool same_vaddr6(const struct baton_conn_record *like, const struct baton_conn *conn)
{
	return !memcmp(&like->vaddr, baton_conn_addr(conn, BATON_ADDR_VIRTUAL), sizeof(like->vaddr));
}

/* From constants only: the server of a dead connection may be gone. */
static void make_deletion(const struct baton_conn *conn, struct baton_conn_record *like)
{
	memset(like, 0, sizeof(*like));
	baton_addr_set(&like->vaddr, conn->family, baton_conn_addr(conn, BATON_ADDR_VIRTUAL));
	like->vport = conn->vport;
	like->family = conn->family;
	like->protocol = conn->protocol;
	like->mark = conn->server->service->key.mark;
	like->flags = BATON_CONN_F_DELETED;
}

static void make_like(struct baton_net *bn, const struct baton_conn *conn, u8 state,
		      struct baton_conn_record *like)
{
	baton_conn_record(bn, conn, like);
	memset(&like->caddr, 0, sizeof(like->caddr));
	like->cport = 0;
	like->idle = 0;
	like->state = state;
	like->flags &= BATON_CONN_F_MIXED;
}

/* Ports, family and protocol, without the client's port: they lie in one word. */
static __always_inline u64 tuple_word(const struct baton_conn *conn)
{
	u64 word;

	BUILD_BUG_ON(offsetof(struct baton_conn, protocol) !=
		     offsetof(struct baton_conn, cport) + sizeof(word) - 1);
	memcpy(&word, &conn->cport, sizeof(word));
	return word & (__force u64)cpu_to_be64(U64_MAX >> 16);
}

/* The new like of @conn is what @known knows from now on. */
static void new_like(struct baton_net *bn, const struct baton_conn *conn, u8 state, bool deleted,
		     struct baton_sync_known *known, struct baton_sync_out *out)
{
	struct baton_conn_record *like = like_at(out, out->likes);
	const struct baton_server *server = conn->server;

	if (deleted)
		make_deletion(conn, like);
	else
		make_like(bn, conn, state, like);
	like->version = bn->sync.seq;
	known->version = like->version;
	known->like = out->likes++;
	known->wanted = baton_sync_policy(conn->protocol, state);
	known->v4 = conn->family == AF_INET && server->family == AF_INET;
	if (!known->v4)
		return;
	known->digest_kind = baton_digest_kind(conn->family, conn->protocol, conn->vport);
	known->digest_vaddr = baton_digest_v4(like->vaddr.v4);
	known->digest_place = baton_digest_place(server->family, &server->addr, conn->dport, state);
}

static u32 kind_of(const struct baton_conn *conn, u8 state, bool deleted)
{
	return state | conn->method << 8 | deleted << 16;
}

/* Where that is kept which is known of the like of @conn, if anything is. */
static __always_inline struct baton_sync_known *place_of(struct baton_net *bn, const struct baton_conn *conn, u8 state)
{
	u32 bits = (u32)((unsigned long)conn->server >> 5) ^ state << 8;

	return &bn->sync.known[hash_32(bits, ilog2(BATON_SYNC_KNOWN))];
}

/*
 * What is known of the like of @conn: a new one if what was used lately in this turn is none. By its server
 * all else is given: what may change of it does not need to be of the very moment.
 */
static __always_inline const struct baton_sync_known *
like_of(struct baton_net *bn, const struct baton_conn *conn, u8 state, bool deleted, struct baton_sync_out *out)
{
	struct baton_sync_known *known = place_of(bn, conn, state);
	u32 kind = kind_of(conn, state, deleted);
	__be32 vaddr = *(const __be32 *)baton_conn_addr(conn, BATON_ADDR_VIRTUAL);
	u64 tuple = tuple_word(conn);

	if (likely(known->server == conn->server && known->tuple == tuple && known->vaddr == vaddr &&
		   known->turn == bn->sync.turn && known->kind == kind) &&
	    (likely(conn->family == AF_INET) || same_vaddr6(like_at(out, known->like), conn)))
		return known;
	known->server = conn->server;
	known->tuple = tuple;
	known->vaddr = vaddr;
	known->turn = bn->sync.turn;
	known->kind = kind;
	new_like(bn, conn, state, deleted, known, out);
	return known;
}

/* @v4: the family, for who knows it */
static __always_inline void put_brief(const struct baton_conn *conn, bool v4, const struct baton_sync_known *known,
				      u64 version, u32 idle, struct baton_sync_out *out)
{
	struct baton_conn_brief *brief = out->briefs + out->used;

	brief->version = version - known->version;
	brief->like = known->like;
	brief->cport = conn->cport;
	brief->idle = idle;
	memcpy(brief + 1, conn->addr, v4 ? 4 : 16);	/* the client's is the first */
	out->used += sizeof(*brief) + (v4 ? 4 : 16);
	out->count++;
}

static u32 idle_of(const struct baton_conn *conn)
{
	return ((u32)jiffies - READ_ONCE(conn->used)) / HZ;
}

/* Of a like whose digest is known as far as it goes. */
static __always_inline void hand_out_v4(struct baton_net *bn, struct baton_conn *conn,
					const struct baton_sync_known *known, u8 state, struct baton_sync_out *out)
{
	u64 version = bn->sync.seq + 1;
	u64 tuple = baton_digest_tuple4(known->digest_kind, conn->cport, known->digest_vaddr,
					baton_digest_v4(*(const __be32 *)conn->addr));
	u64 hash = baton_digest_end(tuple, known->digest_place, version);

	if (unlikely(!__baton_sync_cover(bn, conn, tuple, hash, version, state)))
		return;
	put_brief(conn, true, known, version, idle_of(conn), out);
	bn->sync.seq = version;
}

/* Unless it is not @asked for and policy does not want it. */
static void hand_out(struct baton_net *bn, struct baton_conn *conn, bool asked, struct baton_sync_out *out)
{
	u64 version = bn->sync.seq + 1;
	/* it may change meanwhile: what counts is that record and digest agree */
	u8 state = READ_ONCE(conn->state);
	const struct baton_sync_known *known = like_of(bn, conn, state, false, out);

	if (!known->wanted && !asked)
		return;
	if (known->v4) {
		hand_out_v4(bn, conn, known, state, out);
	} else if (__baton_sync_commit(bn, conn, version, state)) {
		put_brief(conn, conn->family == AF_INET, known, version, idle_of(conn), out);
		bn->sync.seq = version;
	}
}

void __baton_sync_hand_out(struct baton_net *bn, struct baton_conn *conn, struct baton_sync_out *out)
{
	hand_out(bn, conn, true, out);
}

/* Has the tuple of a dead connection been handed out again? Then the peer has forgotten the dead one. */
static bool replaced(struct baton_net *bn, const struct baton_conn *dead)
{
	struct baton_tuple tuple;
	struct baton_conn *conn;
	enum baton_dir dir;

	baton_conn_tuple(dead, BATON_TO_SERVER, &tuple);
	conn = baton_conn_lookup(bn, &tuple, &dir);
	return conn && dir == BATON_TO_SERVER && test_bit(BATON_CONN_SYNCED, &conn->flags);
}

static noinline void drain_buried(struct baton_net *bn, struct baton_conn *conn, struct baton_sync_out *out)
{
	const struct baton_sync_known *known;

	if (test_and_set_bit(BATON_CONN_DIRTY, &conn->flags))
		return;
	if (test_bit(BATON_CONN_TOMBSTONE, &conn->flags) && !replaced(bn, conn)) {
		known = like_of(bn, conn, 0, true, out);
		put_brief(conn, conn->family == AF_INET, known, ++bn->sync.seq, 0, out);
	}
	__baton_sync_release(bn, conn);
}

/* Everything that a connection can be, its bits being @flags. */
static noinline void drain_any(struct baton_net *bn, struct baton_conn *conn, unsigned long flags,
			       struct baton_sync_out *out)
{
	if (flags & BIT(BATON_CONN_BURIED))
		drain_buried(bn, conn, out);
	else if (flags & BIT(BATON_CONN_DEAD))
		return;	/* being killed right now: its burial links it again if the peer knows it */
	else if (flags & BIT(BATON_CONN_SYNCED))
		hand_out(bn, conn, true, out);
	else if (!(flags & (BIT(BATON_CONN_NOSYNC) | BIT(BATON_CONN_YOUNG))))
		hand_out(bn, conn, false, out);
}

/* Nothing else is to be said of @conn than what is @known. */
static __always_inline bool is_known(const struct baton_conn *conn, u8 state, const struct baton_sync_known *known)
{
	return known->server == conn->server && known->tuple == tuple_word(conn) &&
	       known->vaddr == ((const __be32 *)conn->addr)[BATON_ADDR_VIRTUAL] &&
	       known->kind == kind_of(conn, state, false);
}

/*
 * What is known of the like of @conn, its bits being @flags, if nothing special is about it. @last: that of
 * another one, mostly of the same like.
 */
static __always_inline const struct baton_sync_known *
known_of(struct baton_net *bn, const struct baton_conn *conn, unsigned long flags, u8 state,
	 const struct baton_sync_known *last)
{
	const unsigned long special = BIT(BATON_CONN_BURIED) | BIT(BATON_CONN_DEAD) | BIT(BATON_CONN_NOSYNC) |
				      BIT(BATON_CONN_YOUNG);

	if (unlikely(flags & special))
		return NULL;
	if (likely(is_known(conn, state, last)))
		return last;
	last = place_of(bn, conn, state);
	return last->turn == bn->sync.turn && last->v4 && last->wanted && is_known(conn, state, last) ? last : NULL;
}

/* Connections before somebody else may run. Likes are looked up anew in each turn, and handed out again. */
#define DRAIN_TURN (BATON_SYNC_RECORDS_MAX / 2)

/* How many more fit of IPv4 and of likes that are there, and one of any kind in the place of the last. */
static u32 room_in(const struct baton_sync_out *out)
{
	u32 used = out->used + out->likes * sizeof(struct baton_conn_record) + BATON_SYNC_ONE_MORE;

	if (!__baton_sync_has_room(out))
		return 0;
	return min(out->max - out->count,
		   (out->room - used) / (u32)(sizeof(struct baton_conn_brief) + sizeof(__be32)) + 1);
}

/*
 * Some of the backlog. Those that are off it are counted at the end: who marks meanwhile may find that there
 * are others and wake nobody, but what is pending then is told with the drain.
 */
static u32 drain_turn(struct baton_net *bn, struct baton_sync_out *out)
{
	const struct baton_sync_known none = { }, *last = &none, *known;
	struct baton_sync *sync = &bn->sync;
	struct llist_node *node = sync->backlog;
	u32 turn, end = min_t(u32, room_in(out), DRAIN_TURN);

	sync->turn++;
	for (turn = 0; turn < end && node; turn++) {
		struct baton_conn *conn = llist_entry(node, struct baton_conn, dirty);
		unsigned long flags;
		u8 state;

		node = node->next;	/* a marker may link it again */
		clear_bit(BATON_CONN_DIRTY, &conn->flags);
		smp_mb__after_atomic();	/* DIRTY before BURIED and state: see sync.c */
		flags = READ_ONCE(conn->flags);
		state = READ_ONCE(conn->state);
		known = known_of(bn, conn, flags, state, last);
		if (likely(known)) {
			last = known;
			hand_out_v4(bn, conn, known, state, out);
			continue;
		}
		drain_any(bn, conn, flags, out);
		last = &none;	/* its place may be another's now */
		end = min_t(u32, turn + 1 + room_in(out), DRAIN_TURN);
	}
	sync->backlog = node;
	if (!node)
		sync->backlog_tail = &sync->backlog;
	atomic_sub(turn, &sync->pending);
	return turn;
}

void baton_sync_drain(struct baton_net *bn, struct baton_sync_out *out)
{
	struct baton_sync *sync = &bn->sync;
	u32 turn;

	mutex_lock(&sync->mutex);
	__baton_sync_enable(bn);
	__baton_sync_take(sync);
	do {
		rcu_read_lock();
		turn = drain_turn(bn, out);
		rcu_read_unlock();
		cond_resched();
	} while (turn == DRAIN_TURN);
	out->seq = sync->seq;
	out->pending = baton_sync_pending(sync);
	out->flags = out->pending ? BATON_SYNC_F_MORE : 0;
	if (atomic_xchg(&sync->overrun, 0))
		out->flags |= BATON_SYNC_F_OVERRUN;
	mutex_unlock(&sync->mutex);
}
