// SPDX-License-Identifier: GPL-2.0-only
/*
 * CONN_GET: a dump of the connections, packed. A dump takes no lock that the
 * packet path could meet; it walks the table one hash bucket at a time. CONN_KILL: the
 * same walk with the same filter, by cursor.
 */
#include <linux/slab.h>
#include "nl_cmd.h"

void baton_nl_conn_record(struct baton_net *bn, const struct baton_conn *conn,
			  struct baton_conn_record *rec)
{
	baton_conn_record(bn, conn, rec);
	rec->version = READ_ONCE(conn->version);
}

/* in cb->ctx */
struct conn_cursor {
	struct baton_conn_filter	*filter;	/* NULL: everything */
	u64			at;		/* hash bucket, see baton_conn_walk() */
	u32			skip;		/* connections of it that were given already */
	bool			begun;
	bool			done;
};

/* Not before the first message: what is refused at the start of a dump has no sentence in Linux 6.1. */
static int begin(struct netlink_callback *cb, struct conn_cursor *cursor)
{
	struct nlattr *attr = genl_info_dump(cb)->attrs[BATON_A_FILTER];
	struct baton_conn_filter *filter;
	int err;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	cursor->begun = true;
	if (!attr)
		return 0;
	filter = kzalloc(sizeof(*filter), GFP_KERNEL);
	if (!filter)
		return -ENOMEM;
	err = baton_nl_parse_filter(attr, filter, cb->extack);
	if (err)
		kfree(filter);
	else
		cursor->filter = filter;
	return err;
}

int baton_nl_conn_done(struct netlink_callback *cb)
{
	struct conn_cursor *cursor = (struct conn_cursor *)cb->ctx;

	kfree(cursor->filter);
	return 0;
}

struct conn_walk {
	struct baton_net		*bn;
	const struct baton_conn_filter	*filter;
	struct baton_conn_record	*records;
	u32				count;
	u32				room;
	u32				seen;	/* selected ones in this hash bucket */
	u32				skip;
	bool				full;
};

/* False always: the walk then returns at the end of the hash bucket, which is what can be repeated. */
static bool walk_one(struct baton_conn *conn, void *arg)
{
	struct conn_walk *walk = arg;

	if (!baton_nl_selected(walk->filter, conn) || walk->seen++ < walk->skip)
		return false;
	if (walk->count == walk->room)
		walk->full = true;
	else
		baton_nl_conn_record(walk->bn, conn, &walk->records[walk->count++]);
	return false;
}

/*
 * A hash bucket that does not fit is given whole in the next message. Only when a
 * message holds not even one is a bucket split, by a count that a change in between may
 * shift.
 */
static void fill(struct conn_walk *walk, struct conn_cursor *cursor)
{
	while (!walk->full) {
		u32 begin = walk->count;
		u64 next;

		walk->seen = 0;
		walk->skip = cursor->skip;
		next = baton_conn_walk(walk->bn, cursor->at, walk_one, walk);
		if (!walk->full) {
			cursor->at = next;
			cursor->skip = 0;
			cursor->done = !next;
			if (cursor->done)
				return;
		} else if (begin) {
			walk->count = begin;
		} else {
			cursor->skip += walk->count;
		}
		cond_resched();
	}
}

int baton_nl_conn_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct conn_cursor *cursor = (struct conn_cursor *)cb->ctx;
	struct conn_walk walk = { .bn = baton_net(sock_net(skb->sk)) };
	struct nlattr *attr;
	int room, err;
	void *hdr;

	if (cursor->done)
		return 0;
	if (!cursor->begun)
		baton_nl_hark(walk.bn);
	err = cursor->begun ? 0 : begin(cb, cursor);
	if (err)
		return err;
	walk.filter = cursor->filter;
	cb->seq = READ_ONCE(walk.bn->generation) + 1;	/* 0 means no check */
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &baton_nl_family,
			  NLM_F_MULTI, BATON_CMD_CONN_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	room = min_t(int, skb_tailroom(skb), U16_MAX) - 2 * (int)nla_total_size_64bit(0);
	if (room < (int)sizeof(struct baton_conn_record))
		goto err_size;
	walk.room = room / sizeof(struct baton_conn_record);
	attr = nla_reserve_64bit(skb, BATON_A_RECORDS, walk.room * sizeof(*walk.records),
				 BATON_A_PAD);
	if (!attr)
		goto err_size;
	walk.records = nla_data(attr);
	fill(&walk, cursor);
	baton_nl_trim(skb, attr, walk.count * sizeof(*walk.records));
	genlmsg_end(skb, hdr);
	return skb->len;

err_size:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

/* One call of CONN_KILL looks at about this many connections. */
#define KILL_VISITS 8192

struct conn_kill {
	struct baton_net		*bn;
	const struct baton_conn_filter	*filter;
	u32				visited;
	u32				killed;
};

/* False always: the walk then returns at the end of the hash bucket, where the work is counted. */
static bool kill_one(struct baton_conn *conn, void *arg)
{
	struct conn_kill *kill = arg;

	kill->visited++;
	if (baton_nl_selected(kill->filter, conn)) {
		baton_conn_kill(kill->bn, conn);
		kill->killed++;
	}
	return false;
}

static int kill_some(struct genl_info *info, struct conn_kill *kill)
{
	u64 cursor = nla_get_u64(info->attrs[BATON_A_CURSOR]);
	struct baton_nl_reply reply;
	int err;

	err = baton_nl_reply_begin(&reply, info, 2 * nla_total_size_64bit(sizeof(u64)));
	if (err)
		return err;
	do {
		cursor = baton_conn_walk(kill->bn, cursor, kill_one, kill);
		cond_resched();
	} while (cursor && kill->visited < KILL_VISITS);
	if (nla_put_u64_64bit(reply.skb, BATON_A_CURSOR, cursor, BATON_A_PAD) ||
	    nla_put_u32(reply.skb, BATON_A_KILLED, kill->killed))
		err = -EMSGSIZE;
	return baton_nl_reply_end(&reply, info, err);
}

/*
 * On a standby a kill would only make the table differ from the active's, which would send the
 * connection again.
 */
int baton_nl_conn_kill_cmd(struct sk_buff *skb, struct genl_info *info)
{
	struct conn_kill kill = { .bn = baton_nl_bn(info) };
	struct baton_conn_filter filter = { };
	int err;

	if (!info->attrs[BATON_A_FILTER] || !info->attrs[BATON_A_CURSOR]) {
		NL_SET_ERR_MSG(info->extack, "a kill needs a filter and a cursor: one is missing");
		return -EINVAL;
	}
	err = baton_nl_parse_filter(info->attrs[BATON_A_FILTER], &filter, info->extack);
	if (err)
		return err;
	if (baton_nl_filter_empty(&filter)) {
		NL_SET_ERR_MSG(info->extack, "the filter is empty: name a service, a server or a client");
		return -EINVAL;
	}
	if (!baton_gate_open(&kill.bn->gate)) {
		NL_SET_ERR_MSG(info->extack,
			       "this node is not active: connections are killed on the node that serves them");
		return -EBUSY;
	}
	kill.filter = &filter;
	return kill_some(info, &kill);
}
