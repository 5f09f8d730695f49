// SPDX-License-Identifier: GPL-2.0-or-later
#include "brief.h"
#include "nl_priv.h"

#include <errno.h>
#include <string.h>

#define MAP_BYTES (BATON_DIGEST_BUCKETS / 8)

struct sync_answer {
	struct baton_nl *nl;
	struct baton_sync_batch *batch;
	struct baton_sync_result *result;
	struct baton_sync_digest *digest;
	uint32_t *removed;
	const struct baton_nl_tail *tail;
	uint32_t sent;			/* records of an apply: bound for the indexes */
	bool answered;
};

static int get_rejects(struct nlattr *attr, uint32_t sent, struct baton_sync_result *ret)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	if (len % sizeof(ret->reject[0]) || len > sizeof(ret->reject))
		return -EPROTO;
	if (len)
		memcpy(ret->reject, nla_data(attr), len);
	ret->rejected = (uint32_t)(len / sizeof(ret->reject[0]));
	for (uint32_t i = 0; i < ret->rejected; i++)
		if (ret->reject[i].index >= sent)
			return -EPROTO;
	return 0;
}

/* The likes are copied, because netlink aligns to 4 and they want 8; there are few of them. */
static int get_records(struct baton_nl *nl, struct nlattr **in, struct baton_sync_batch *ret)
{
	struct nlattr *briefs = in[BATON_SYNC_A_BRIEFS];
	int count = baton_nl_get_records(in[BATON_SYNC_A_LIKES], nl->records, BATON_SYNC_RECORDS_MAX,
					 &ret->like_count);

	ret->likes = nl->records;
	ret->briefs = briefs ? nla_data(briefs) : NULL;
	if (!count && briefs)
		count = baton_brief_count(ret->likes, ret->like_count, ret->briefs,
					  (size_t)nla_len(briefs));
	ret->count = count > 0 ? (uint32_t)count : 0;
	return count < 0 ? count : 0;
}

static int get_batch(struct baton_nl *nl, struct nlattr **in, struct baton_sync_batch *ret)
{
	int error = get_records(nl, in, ret);

	if (error)
		return error;
	ret->seq = baton_nl_u64(in[BATON_SYNC_A_SEQ]);
	ret->cursor = baton_nl_u64(in[BATON_SYNC_A_CURSOR]);
	ret->pending = baton_nl_u32(in[BATON_SYNC_A_PENDING]);
	ret->flags = baton_nl_u32(in[BATON_SYNC_A_FLAGS]);
	return 0;
}

static int get_digest(struct nlattr **in, struct baton_sync_digest *ret)
{
	struct nlattr *digests = in[BATON_SYNC_A_DIGESTS];

	/* The number of buckets is part of the sync protocol: no other is understood. */
	if (!digests || nla_len(digests) != (int)sizeof(ret->bucket))
		return -EPROTO;
	memcpy(ret->bucket, nla_data(digests), sizeof(ret->bucket));
	ret->seq = baton_nl_u64(in[BATON_SYNC_A_SEQ]);
	ret->synced = baton_nl_u32(in[BATON_SYNC_A_SYNCED]);
	ret->unsynced = baton_nl_u32(in[BATON_SYNC_A_UNSYNCED]);
	ret->pending = baton_nl_u32(in[BATON_SYNC_A_PENDING]);
	ret->flags = baton_nl_u32(in[BATON_SYNC_A_FLAGS]);
	return 0;
}

static int read_sync(struct nlattr **attr, void *arg)
{
	struct nlattr *in[BATON_SYNC_A_MAX + 1];
	struct sync_answer *a = arg;

	if (a->answered || !attr[BATON_A_SYNC] ||
	    nla_parse_nested(in, BATON_SYNC_A_MAX, attr[BATON_A_SYNC], NULL) < 0)
		return -EPROTO;
	a->answered = true;
	if (a->batch)
		return get_batch(a->nl, in, a->batch);
	if (a->digest)
		return get_digest(in, a->digest);
	if (a->removed) {
		*a->removed = baton_nl_u32(in[BATON_SYNC_A_APPLIED]);
		return 0;
	}
	a->result->applied = baton_nl_u32(in[BATON_SYNC_A_APPLIED]);
	a->result->stale = baton_nl_u32(in[BATON_SYNC_A_STALE]);
	return get_rejects(in[BATON_SYNC_A_REJECTED], a->sent, a->result);
}

/* A sync command is answered exactly once: an ack alone would mean a lost batch. */
static int call(struct baton_nl *nl, struct nl_msg *msg, const char *what,
		struct sync_answer *a)
{
	int ret;

	a->nl = nl;
	ret = baton_nl_ask(nl, msg, a->tail, what, read_sync, a);
	if (!ret && !a->answered)
		return baton_nl_fail(nl, -EPROTO, "cannot %s: the module gave no answer", what);
	return ret;
}

int baton_nl_sync_drain(struct baton_nl *nl, uint32_t max_records, struct baton_sync_batch *ret)
{
	static const char what[] = "drain the changes";
	struct baton_sync_batch batch = {};
	struct sync_answer a = { .batch = &batch };
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_SYNC_DRAIN, 0, 64);
	struct nlattr *nest;
	int error;

	if (!msg)
		return call(nl, NULL, what, &a);
	nest = nla_nest_start(msg, BATON_A_SYNC);
	if (!nest || (max_records &&
		      nla_put_u32(msg, BATON_SYNC_A_MAX_RECORDS, max_records) < 0))
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end_keep_empty(msg, nest);
	error = call(nl, msg, what, &a);
	if (!error)
		*ret = batch;
	return error;
}

int baton_nl_sync_read(struct baton_nl *nl, uint64_t cursor, uint32_t max_records,
		       const uint8_t *bucket_map, struct baton_sync_batch *ret)
{
	static const char what[] = "read the table";
	struct baton_sync_batch batch = {};
	struct sync_answer a = { .batch = &batch };
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_SYNC_READ, 0, 128 + MAP_BYTES);
	struct nlattr *nest;
	int error;

	if (!msg)
		return call(nl, NULL, what, &a);
	nest = nla_nest_start(msg, BATON_A_SYNC);
	if (!nest || nla_put_u64(msg, BATON_SYNC_A_CURSOR, cursor) < 0 ||
	    (max_records && nla_put_u32(msg, BATON_SYNC_A_MAX_RECORDS, max_records) < 0) ||
	    (bucket_map && nla_put(msg, BATON_SYNC_A_BUCKET_MAP, MAP_BYTES, bucket_map) < 0))
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	error = call(nl, msg, what, &a);
	if (!error)
		*ret = batch;
	return error;
}

int baton_nl_sync_apply(struct baton_nl *nl, uint32_t epoch,
			const struct baton_conn_record *records, uint32_t count,
			struct baton_sync_result *ret)
{
	static const char what[] = "apply the records";
	struct baton_nl_tail tail = { .bytes = nl->briefs->brief };
	struct sync_answer a = { .result = ret, .sent = count, .tail = &tail };
	struct nlattr *nest, *attr;
	struct nl_msg *msg;
	size_t likes;

	memset(ret, 0, offsetof(struct baton_sync_result, reject));
	if (count > BATON_SYNC_RECORDS_MAX)
		return baton_nl_fail(nl, -E2BIG, "cannot %s: %u are more than %u", what, count,
				     BATON_SYNC_RECORDS_MAX);
	baton_briefs_pack(nl->briefs, records, count);
	tail.size = nl->briefs->size;
	likes = nl->briefs->like_count * sizeof(*records);
	msg = baton_nl_request(nl, BATON_CMD_SYNC_APPLY, 0, 64 + likes);
	if (!msg)
		return call(nl, NULL, what, &a);
	nest = nla_nest_start(msg, BATON_A_SYNC);
	if (!nest || nla_put_u32(msg, BATON_SYNC_A_EPOCH, epoch) < 0 ||
	    nla_put(msg, BATON_SYNC_A_LIKES, (int)likes, nl->briefs->like) < 0)
		return baton_nl_too_large(nl, msg, what);
	attr = nla_reserve(msg, BATON_SYNC_A_BRIEFS, 0);
	if (!attr)
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	/* the tail is theirs */
	attr->nla_len += tail.size;
	nest->nla_len += tail.size;
	return call(nl, msg, what, &a);
}

int baton_nl_sync_digest(struct baton_nl *nl, struct baton_sync_digest *ret)
{
	struct sync_answer a = { .digest = ret };

	return call(nl, baton_nl_request(nl, BATON_CMD_SYNC_DIGEST, 0, 0),
		    "read the digests", &a);
}

int baton_nl_sync_prune(struct baton_nl *nl, uint32_t epoch, const uint8_t *bucket_map,
			uint64_t version_before, uint32_t *ret_removed)
{
	static const char what[] = "prune the table";
	uint32_t removed = 0;
	struct sync_answer a = { .removed = &removed };
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_SYNC_PRUNE, 0, 128 + MAP_BYTES);
	struct nlattr *nest;
	int error;

	if (!msg)
		return call(nl, NULL, what, &a);
	nest = nla_nest_start(msg, BATON_A_SYNC);
	if (!nest || nla_put_u32(msg, BATON_SYNC_A_EPOCH, epoch) < 0 ||
	    (bucket_map &&
	     nla_put(msg, BATON_SYNC_A_BUCKET_MAP, MAP_BYTES, bucket_map) < 0) ||
	    nla_put_u64(msg, BATON_SYNC_A_VERSION_BEFORE, version_before) < 0)
		return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	error = call(nl, msg, what, &a);
	if (!error && ret_removed)
		*ret_removed = removed;
	return error;
}
