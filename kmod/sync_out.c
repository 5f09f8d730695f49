// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a drain or a read hands out: a brief for each connection, from the front of the room, and its
 * like, from the end. All under sync.mutex.
 *
 * What is copied to a daemon costs by the byte, and so does the memory that it is copied from: of the
 * 88 bytes of a record all but 16 are those of many others.
 */
#include <linux/hash.h>
#include "net.h"
#include "service.h"

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
static u64 tuple_word(const struct baton_conn *conn)
{
	u64 word;

	BUILD_BUG_ON(offsetof(struct baton_conn, protocol) !=
		     offsetof(struct baton_conn, cport) + sizeof(word) - 1);
	memcpy(&word, &conn->cport, sizeof(word));
	return word & (__force u64)cpu_to_be64(U64_MAX >> 16);
}

static u32 new_like(struct baton_net *bn, const struct baton_conn *conn, u8 state, bool deleted,
		    struct baton_sync_out *out)
{
	struct baton_conn_record *like = like_at(out, out->likes);

	if (deleted)
		make_deletion(conn, like);
	else
		make_like(bn, conn, state, like);
	like->version = bn->sync.seq;
	return out->likes++;
}

/*
 * The number of a like of @conn, a new one if what was used lately in this turn is none. By its server
 * all else is given: what may change of it does not need to be of the very moment.
 */
static __always_inline u32 like_of(struct baton_net *bn, const struct baton_conn *conn, u8 state,
				   bool deleted, struct baton_sync_out *out)
{
	u32 bits = (u32)((unsigned long)conn->server >> 5) ^ state << 8;
	struct baton_sync_known *known = &bn->sync.known[hash_32(bits, ilog2(BATON_SYNC_KNOWN))];
	bool v4 = likely(conn->family == AF_INET);
	__be32 vaddr = *(const __be32 *)baton_conn_addr(conn, BATON_ADDR_VIRTUAL);
	u64 tuple = tuple_word(conn);

	if (known->server == conn->server && known->tuple == tuple && known->vaddr == vaddr &&
	    known->turn == bn->sync.turn && known->state == state && known->deleted == deleted &&
	    known->method == conn->method &&
	    (v4 || same_vaddr6(like_at(out, known->like), conn)))
		return known->like;
	*known = (struct baton_sync_known) {
		.server = conn->server, .tuple = tuple, .vaddr = vaddr, .turn = bn->sync.turn,
		.like = new_like(bn, conn, state, deleted, out), .state = state, .deleted = deleted,
		.method = conn->method,
	};
	return known->like;
}

static __always_inline void put_brief(const struct baton_conn *conn, u32 like, u64 version, u32 idle,
				      struct baton_sync_out *out)
{
	const void *client = baton_conn_addr(conn, BATON_ADDR_CLIENT);
	struct baton_conn_brief *brief = out->briefs + out->used;

	brief->version = version - like_at(out, like)->version;
	brief->like = like;
	brief->cport = conn->cport;
	brief->idle = idle;
	if (likely(conn->family == AF_INET)) {
		memcpy(brief + 1, client, 4);
		out->used += sizeof(*brief) + 4;
	} else {
		memcpy(brief + 1, client, 16);
		out->used += sizeof(*brief) + 16;
	}
	out->count++;
}

void __baton_sync_hand_out(struct baton_net *bn, struct baton_conn *conn, struct baton_sync_out *out)
{
	u64 version = bn->sync.seq + 1;
	/* it may change meanwhile: what counts is that record and digest agree */
	u8 state = READ_ONCE(conn->state);
	u32 like = like_of(bn, conn, state, false, out);

	if (!__baton_sync_commit(bn, conn, version, state))
		return;
	put_brief(conn, like, version, ((u32)jiffies - READ_ONCE(conn->used)) / HZ, out);
	bn->sync.seq = version;
}

void __baton_sync_hand_out_deletion(struct baton_net *bn, const struct baton_conn *conn,
				    struct baton_sync_out *out)
{
	u32 like = like_of(bn, conn, 0, true, out);

	put_brief(conn, like, ++bn->sync.seq, 0, out);
}
