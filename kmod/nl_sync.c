// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYNC_DRAIN, _READ, _APPLY, _DIGEST, _PRUNE. Records go out and come in as briefs and their
 * likes (sync_out.c). Those that go out are written straight into the reply, which is
 * allocated before anything is read, as large as memory allows.
 */
#include <linux/mm.h>
#include "nl_cmd.h"

#define REPLY_OTHER	256	/* attributes besides the records, and alignment */
#define RECORDS_FEW	16	/* no attempt to do with less */
#define LIKES_ROOM	64	/* likes besides a full count of IPv4's briefs; what is not used is for briefs */
#define CHAIN_ROOM	64	/* a read's last hash bucket may go beyond what was asked for */

struct records_reply {
	struct baton_nl_reply	reply;
	struct nlattr		*nest;
	struct nlattr		*briefs;
	struct baton_sync_out	out;
};

static int parse_sync(struct genl_info *info, struct nlattr **tb)
{
	return baton_nl_parse_nest(tb, BATON_SYNC_A_MAX, info->attrs[BATON_A_SYNC], info->extack,
				   "the request has no sync attributes");
}

static u32 max_records(struct nlattr **tb)
{
	if (tb[BATON_SYNC_A_MAX_RECORDS])
		return nla_get_u32(tb[BATON_SYNC_A_MAX_RECORDS]);
	return BATON_SYNC_RECORDS_MAX;
}

static u32 room_for(u32 max)
{
	return max * (sizeof(struct baton_conn_brief) + sizeof(__be32)) +
	       min_t(u32, max, LIKES_ROOM) * sizeof(struct baton_conn_record) + BATON_SYNC_ONE_MORE;
}

/*
 * The memory of one reply is kept for the next, because a kernel that clears what it allocates clears four
 * pages for each. Who takes it has it alone; when the last reply has not been read yet, there is new memory.
 */
static struct sk_buff *take_memory(struct baton_net *bn, size_t size)
{
	struct sk_buff *skb = xchg(&bn->sync.reply, NULL);

	if (skb && !skb_cloned(skb) && skb_end_offset(skb) >= nlmsg_total_size(genlmsg_total_size(size))) {
		skb_trim(skb, 0);
		return skb;
	}
	consume_skb(skb);
	return genlmsg_new(size, GFP_KERNEL | __GFP_NOWARN);
}

/* baton_nl_reply_end(); what is sent is a clone, and its memory is kept. */
static int send_and_keep(struct baton_nl_reply *reply, struct genl_info *info)
{
	struct sk_buff *skb = reply->skb, *clone = skb_clone(skb, GFP_KERNEL);
	int err;

	if (clone)
		reply->skb = clone;
	err = baton_nl_reply_end(reply, info, 0);
	if (clone)
		consume_skb(xchg(&baton_nl_bn(info)->sync.reply, skb));
	return err;
}

static int records_begin(struct records_reply *rr, struct genl_info *info, u32 max)
{
	for (;; max /= 2) {
		rr->out.room = room_for(max);
		rr->reply.skb = take_memory(baton_nl_bn(info), rr->out.room + REPLY_OTHER);
		if (rr->reply.skb)
			break;
		if (max / 2 < RECORDS_FEW)
			return -ENOMEM;
	}
	rr->reply.hdr = genlmsg_put_reply(rr->reply.skb, info, &baton_nl_family, 0,
					  info->genlhdr->cmd);
	if (rr->reply.hdr)
		rr->nest = nla_nest_start(rr->reply.skb, BATON_A_SYNC);
	if (rr->nest)
		rr->briefs = nla_reserve(rr->reply.skb, BATON_SYNC_A_BRIEFS, rr->out.room);
	if (!rr->briefs)
		return baton_nl_reply_end(&rr->reply, info, -EMSGSIZE);
	rr->out.briefs = nla_data(rr->briefs);
	rr->out.max = max;
	return 0;
}

static int put_view(struct sk_buff *skb, u64 seq, u32 pending, u32 flags)
{
	if (nla_put_u64_64bit(skb, BATON_SYNC_A_SEQ, seq, BATON_SYNC_A_PAD) ||
	    nla_put_u32(skb, BATON_SYNC_A_PENDING, pending) ||
	    nla_put_u32(skb, BATON_SYNC_A_FLAGS, flags))
		return -EMSGSIZE;
	return 0;
}

/* The likes are in the room of the briefs: what is written before they have moved lies in front of them. */
static int put_records(struct records_reply *rr)
{
	struct sk_buff *skb = rr->reply.skb;
	struct baton_sync_out *out = &rr->out;
	struct nlattr *likes;

	baton_nl_trim(skb, rr->briefs, out->used);
	likes = nla_reserve_64bit(skb, BATON_SYNC_A_LIKES, out->likes * sizeof(struct baton_conn_record),
				  BATON_SYNC_A_PAD);
	if (!likes)
		return -EMSGSIZE;
	__baton_sync_out_likes(out, nla_data(likes));
	return 0;
}

static int records_end(struct records_reply *rr, struct genl_info *info, bool cursor)
{
	const struct baton_sync_out *out = &rr->out;
	struct sk_buff *skb = rr->reply.skb;
	int err;

	err = put_records(rr);
	if (!err)
		err = put_view(skb, out->seq, out->pending, out->flags);
	if (!err && cursor)
		err = nla_put_u64_64bit(skb, BATON_SYNC_A_CURSOR, out->cursor, BATON_SYNC_A_PAD);
	if (err)
		return baton_nl_reply_end(&rr->reply, info, err);
	nla_nest_end(skb, rr->nest);
	return send_and_keep(&rr->reply, info);
}

int baton_nl_sync_drain_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SYNC_A_MAX + 1];
	struct records_reply rr = { };
	int err;

	err = parse_sync(info, tb);
	if (!err)
		err = records_begin(&rr, info, max_records(tb));
	if (err)
		return err;
	baton_sync_drain(baton_nl_bn(info), &rr.out);
	err = records_end(&rr, info, false);
	if (err) {
		/* the records count as handed out, but nobody has them */
		baton_sync_lost(baton_nl_bn(info));
		NL_SET_ERR_MSG(info->extack, "the records could not be delivered: resync");
	}
	return err;
}

int baton_nl_sync_read_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SYNC_A_MAX + 1];
	struct records_reply rr = { };
	u8 *bucket_map = NULL;
	u32 soft_max;
	int err;

	err = parse_sync(info, tb);
	if (err)
		return err;
	if (!tb[BATON_SYNC_A_CURSOR]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BATON_A_SYNC],
				    "a read needs a cursor; it begins with 0");
		return -EINVAL;
	}
	if (tb[BATON_SYNC_A_BUCKET_MAP])
		bucket_map = nla_data(tb[BATON_SYNC_A_BUCKET_MAP]);
	soft_max = max_records(tb);
	err = records_begin(&rr, info, min_t(u32, soft_max + CHAIN_ROOM, BATON_SYNC_RECORDS_MAX));
	if (err)
		return err;
	rr.out.cursor = nla_get_u64(tb[BATON_SYNC_A_CURSOR]);
	err = baton_sync_read(baton_nl_bn(info), bucket_map, min(soft_max, rr.out.max), &rr.out,
			      info->extack);
	if (err)
		return baton_nl_reply_end(&rr.reply, info, err);
	return records_end(&rr, info, true);
}

static int put_applied(struct sk_buff *skb, const struct baton_sync_applied *applied)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_SYNC);

	if (!nest || nla_put_u32(skb, BATON_SYNC_A_APPLIED, applied->applied) ||
	    nla_put_u32(skb, BATON_SYNC_A_STALE, applied->stale) ||
	    nla_put(skb, BATON_SYNC_A_REJECTED, applied->rejects * sizeof(*applied->reject),
		    applied->reject))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The reply is allocated first: what was applied must not go unreported for want of memory. */
static int apply(struct genl_info *info, u32 epoch, struct baton_sync_in *in)
{
	struct baton_sync_applied applied = { };
	struct baton_nl_reply reply;
	int err;

	in->known = kvcalloc(in->like_count, sizeof(*in->known), GFP_KERNEL);
	applied.reject = kvmalloc_array(in->count, sizeof(*applied.reject), GFP_KERNEL);
	err = -ENOMEM;
	if (!in->known || !applied.reject)
		goto out;
	err = baton_nl_reply_begin(&reply, info, REPLY_OTHER + in->count * sizeof(*applied.reject));
	if (err)
		goto out;
	err = baton_sync_apply(baton_nl_bn(info), epoch, in, &applied, info->extack);
	if (!err)
		err = put_applied(reply.skb, &applied);
	err = baton_nl_reply_end(&reply, info, err);
out:
	kvfree(applied.reject);
	kvfree(in->known);
	return err;
}

/* Return: bytes of a brief of @like; 0: it is of no family. */
static u32 brief_size(const struct baton_conn_record *like)
{
	switch (like->family) {
	case AF_INET:
		return sizeof(struct baton_conn_brief) + sizeof(__be32);
	case AF_INET6:
		return sizeof(struct baton_conn_brief) + sizeof(union baton_addr);
	default:
		return 0;
	}
}

/* Return: 0, or -EINVAL for briefs that are not whole, of no like, or too many. */
static int count_briefs(const struct nlattr *attr, struct baton_sync_in *in)
{
	const struct baton_conn_brief *brief;
	u32 left = nla_len(attr), size = 0, last = U32_MAX;

	for (in->briefs = brief = nla_data(attr); left >= sizeof(*brief); in->count++) {
		/* what came before is mostly of the same like */
		if (brief->like != last) {
			last = brief->like;
			size = last < in->like_count ? brief_size(&in->likes[last]) : 0;
		}
		if (!size || size > left || in->count == BATON_SYNC_RECORDS_MAX)
			return -EINVAL;
		brief = (const void *)brief + size;
		left -= size;
	}
	return left || !in->count ? -EINVAL : 0;
}

/* Attributes are aligned to 4 bytes, likes to 8. */
static bool can_read_at(const void *likes)
{
	return IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) ||
	       IS_ALIGNED((unsigned long)likes, __alignof__(struct baton_conn_record));
}

int baton_nl_sync_apply_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SYNC_A_MAX + 1];
	struct baton_conn_record *copy = NULL;
	struct baton_sync_in in = { };
	struct nlattr *likes;
	int err;

	err = parse_sync(info, tb);
	if (err)
		return err;
	likes = tb[BATON_SYNC_A_LIKES];
	if (!tb[BATON_SYNC_A_EPOCH] || !likes || !tb[BATON_SYNC_A_BRIEFS]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BATON_A_SYNC],
				    "records are applied with their epoch and their likes: one is missing");
		return -EINVAL;
	}
	if (!nla_len(likes) || nla_len(likes) % sizeof(*copy)) {
		NL_SET_ERR_MSG_ATTR(info->extack, likes, "the likes have a broken length");
		return -EINVAL;
	}
	if (!can_read_at(nla_data(likes))) {
		copy = kvmalloc(nla_len(likes), GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		nla_memcpy(copy, likes, nla_len(likes));
	}
	in.likes = copy ?: nla_data(likes);
	in.like_count = nla_len(likes) / sizeof(*copy);
	err = count_briefs(tb[BATON_SYNC_A_BRIEFS], &in);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, tb[BATON_SYNC_A_BRIEFS],
				    "the briefs have a broken length, or are of a like that is missing or has no family");
	else
		err = apply(info, nla_get_u32(tb[BATON_SYNC_A_EPOCH]), &in);
	kvfree(copy);
	return err;
}

static int put_digest(struct sk_buff *skb, struct baton_net *bn)
{
	struct nlattr *nest = nla_nest_start(skb, BATON_A_SYNC);
	struct baton_sync_view view;
	struct nlattr *digests;

	if (!nest)
		return -EMSGSIZE;
	digests = nla_reserve_64bit(skb, BATON_SYNC_A_DIGESTS, BATON_DIGEST_BUCKETS * sizeof(u64),
				    BATON_SYNC_A_PAD);
	if (!digests)
		return -EMSGSIZE;
	baton_sync_digest_read(bn, nla_data(digests), &view);
	if (put_view(skb, view.seq, view.pending, view.flags) ||
	    nla_put_u32(skb, BATON_SYNC_A_SYNCED, view.synced) ||
	    nla_put_u32(skb, BATON_SYNC_A_UNSYNCED, view.unsynced))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int baton_nl_sync_digest_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, REPLY_OTHER + BATON_DIGEST_BUCKETS * sizeof(u64));
	if (err)
		return err;
	err = put_digest(reply.skb, baton_nl_bn(info));
	return baton_nl_reply_end(&reply, info, err);
}

int baton_nl_sync_prune_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[BATON_SYNC_A_MAX + 1];
	struct baton_nl_reply reply;
	const u8 *bucket_map = NULL;
	struct nlattr *nest;
	u32 removed = 0;
	int err;

	err = parse_sync(info, tb);
	if (err)
		return err;
	if (!tb[BATON_SYNC_A_EPOCH] || !tb[BATON_SYNC_A_VERSION_BEFORE]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[BATON_A_SYNC],
				    "pruning needs an epoch and a version: one is missing");
		return -EINVAL;
	}
	if (tb[BATON_SYNC_A_BUCKET_MAP])
		bucket_map = nla_data(tb[BATON_SYNC_A_BUCKET_MAP]);
	err = baton_nl_reply_begin(&reply, info, REPLY_OTHER);
	if (err)
		return err;
	err = baton_sync_prune(baton_nl_bn(info), nla_get_u32(tb[BATON_SYNC_A_EPOCH]), bucket_map,
			       nla_get_u64(tb[BATON_SYNC_A_VERSION_BEFORE]), &removed, info->extack);
	if (!err) {
		nest = nla_nest_start(reply.skb, BATON_A_SYNC);
		if (!nest || nla_put_u32(reply.skb, BATON_SYNC_A_APPLIED, removed))
			err = -EMSGSIZE;
		else
			nla_nest_end(reply.skb, nest);
	}
	return baton_nl_reply_end(&reply, info, err);
}
