// SPDX-License-Identifier: GPL-2.0-only
/*
 * CONN_SAMPLE, CONN_MATCH: some connections of one node, and what their packets would meet on
 * the other, by the lookup that packets do. For a rehearsal: neither changes anything, no matter
 * which of the nodes is active.
 */
#include "nl_cmd.h"
#include "sync.h"

/* A sample looks at no more than this many connections, and leaves a crowd as it finds it. */
#define SAMPLE_VISITS 1024
#define SAMPLE_STEPS 256

struct sample {
	struct baton_net		*bn;
	struct baton_conn_record	*records;
	u32				count;
	u32				visited;
};

static bool take_one(struct baton_conn *conn, void *arg)
{
	struct baton_conn_record *rec;
	struct sample *sample = arg;

	sample->visited++;
	if (sample->count == BATON_MATCH_MAX || baton_conn_is_template(conn))
		return false;
	rec = &sample->records[sample->count++];
	baton_nl_conn_record(sample->bn, conn, rec);
	if (!baton_sync_wants(conn))
		rec->flags |= BATON_CONN_F_LEFT_OUT;
	return false;
}

static u64 take_some(struct sample *sample, u64 cursor)
{
	u32 step = 0;

	do {
		cursor = baton_conn_walk(sample->bn, cursor, take_one, sample);
		cond_resched();
	} while (cursor && sample->count < BATON_MATCH_MAX && sample->visited < SAMPLE_VISITS &&
		 ++step < SAMPLE_STEPS);
	return cursor;
}

int baton_nl_conn_sample_cmd(struct sk_buff *skb, struct genl_info *info)
{
	u32 room = BATON_MATCH_MAX * sizeof(struct baton_conn_record);
	struct sample sample = { .bn = baton_nl_bn(info) };
	struct baton_nl_reply reply;
	struct nlattr *attr;
	u64 cursor;
	int err;

	if (!info->attrs[BATON_A_CURSOR]) {
		NL_SET_ERR_MSG(info->extack, "a sample needs a cursor: a place in the table");
		return -EINVAL;
	}
	err = baton_nl_reply_begin(&reply, info, 2 * nla_total_size_64bit(sizeof(u64)) +
				   nla_total_size_64bit(room));
	if (err)
		return err;
	cursor = nla_get_u64(info->attrs[BATON_A_CURSOR]);
	attr = nla_reserve_64bit(reply.skb, BATON_A_RECORDS, room, BATON_A_PAD);
	if (!attr)
		return baton_nl_reply_end(&reply, info, -EMSGSIZE);
	sample.records = nla_data(attr);
	cursor = take_some(&sample, cursor);
	baton_nl_trim(reply.skb, attr, sample.count * sizeof(*sample.records));
	if (nla_put_u64_64bit(reply.skb, BATON_A_CURSOR, cursor, BATON_A_PAD))
		err = -EMSGSIZE;
	return baton_nl_reply_end(&reply, info, err);
}

/* Attributes are aligned to 4 bytes, records to 8; and CONN_GET's flags are not SYNC_APPLY's. */
static u8 match_one(struct baton_net *bn, const void *at)
{
	struct baton_conn_record rec;

	memcpy(&rec, at, sizeof(rec));
	rec.flags &= __BATON_CONN_F_APPLY;
	return baton_sync_match(bn, &rec);
}

int baton_nl_conn_match_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *records = info->attrs[BATON_A_RECORDS];
	u32 size = sizeof(struct baton_conn_record), count, i;
	struct baton_net *bn = baton_nl_bn(info);
	struct baton_nl_reply reply;
	struct nlattr *attr;
	u8 *match;
	int err;

	if (!records || !nla_len(records) || nla_len(records) % size) {
		NL_SET_ERR_MSG(info->extack, "a match needs whole records");
		return -EINVAL;
	}
	count = nla_len(records) / size;
	err = baton_nl_reply_begin(&reply, info, nla_total_size(BATON_MATCH_MAX));
	if (err)
		return err;
	attr = nla_reserve(reply.skb, BATON_A_MATCHES, count);
	if (!attr)
		return baton_nl_reply_end(&reply, info, -EMSGSIZE);
	match = nla_data(attr);
	rcu_read_lock();
	for (i = 0; i < count; i++)
		match[i] = match_one(bn, nla_data(records) + i * size);
	rcu_read_unlock();
	return baton_nl_reply_end(&reply, info, 0);
}
