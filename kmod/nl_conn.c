// SPDX-License-Identifier: GPL-2.0-only
/*
 * CONN_GET: a dump of the connections, packed. A dump takes no lock that the
 * packet path could meet; it walks the table one hash bucket at a time.
 */
#include <linux/slab.h>
#include "nl_cmd.h"

void baton_nl_conn_record(struct baton_net *bn, const struct baton_conn *conn,
			  struct baton_conn_record *rec)
{
	baton_conn_record(bn, conn, rec);
	rec->version = READ_ONCE(conn->version);
}

/* what a dump is asked for; zero family: not given */
struct conn_filter {
	struct baton_service_key	service;
	struct baton_server_key		server;
	union baton_addr		client;
	u8				client_family;
};

/* in cb->ctx */
struct conn_cursor {
	struct conn_filter	*filter;	/* NULL: everything */
	u64			at;		/* hash bucket, see baton_conn_walk() */
	u32			skip;		/* connections of it that were given already */
	bool			done;
};

static int parse_filter(struct nlattr *attr, struct conn_filter *filter,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BATON_FILTER_A_MAX + 1];
	struct nlattr *service[BATON_SERVICE_A_MAX + 1];
	struct nlattr *server[BATON_SERVER_A_MAX + 1];
	struct nlattr *client;
	int err;

	err = nla_parse_nested(tb, BATON_FILTER_A_MAX, attr, NULL, extack);
	if (!err && tb[BATON_FILTER_A_SERVICE])
		err = baton_nl_parse_service(tb[BATON_FILTER_A_SERVICE], service, &filter->service,
					     extack);
	if (!err && tb[BATON_FILTER_A_SERVER])
		err = baton_nl_parse_server(tb[BATON_FILTER_A_SERVER], server, &filter->server,
					    extack);
	client = tb[BATON_FILTER_A_CLIENT];
	if (err || !client)
		return err;
	filter->client_family = nla_len(client) == sizeof(__be32) ? AF_INET : AF_INET6;
	return baton_nl_parse_addr(client, filter->client_family, &filter->client, extack);
}

int baton_nl_conn_start(struct netlink_callback *cb)
{
	struct nlattr *attr = genl_info_dump(cb)->attrs[BATON_A_FILTER];
	struct conn_cursor *cursor = (struct conn_cursor *)cb->ctx;
	struct conn_filter *filter;
	int err;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	if (!attr)
		return 0;
	filter = kzalloc(sizeof(*filter), GFP_KERNEL);
	if (!filter)
		return -ENOMEM;
	err = parse_filter(attr, filter, cb->extack);
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

static bool same_addr(const struct baton_conn *conn, enum baton_conn_addr which, u8 family,
		      const union baton_addr *addr)
{
	return conn->family == family &&
	       !memcmp(baton_conn_addr(conn, which), addr, baton_addr_len(family));
}

static bool selected(const struct conn_filter *filter, const struct baton_conn *conn)
{
	const struct baton_server *server = conn->server;

	if (!filter)
		return true;
	if (filter->service.family &&
	    (filter->service.port != server->service->key.port ||
	     filter->service.protocol != conn->protocol ||
	     !same_addr(conn, BATON_ADDR_VIRTUAL, filter->service.family, &filter->service.addr)))
		return false;
	if (filter->server.family &&
	    (filter->server.port != server->port ||
	     !same_addr(conn, BATON_ADDR_SERVER, filter->server.family, &filter->server.addr)))
		return false;
	return !filter->client_family ||
	       same_addr(conn, BATON_ADDR_CLIENT, filter->client_family, &filter->client);
}

struct conn_walk {
	struct baton_net		*bn;
	const struct conn_filter	*filter;
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

	if (!selected(walk->filter, conn) || walk->seen++ < walk->skip)
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
	struct conn_walk walk = {
		.bn = baton_net(sock_net(skb->sk)), .filter = cursor->filter,
	};
	struct nlattr *attr;
	int room;
	void *hdr;

	if (cursor->done)
		return 0;
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
