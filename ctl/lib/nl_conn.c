// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include <stdlib.h>
#include "addr.h"

static int put_filter(struct nl_msg *msg, const struct baton_conn_filter *f)
{
	struct nlattr *nest = nla_nest_start(msg, BATON_A_FILTER);

	if (!nest)
		return -EMSGSIZE;
	if (f->service && baton_nl_put_key(msg, BATON_FILTER_A_SERVICE, f->service))
		return -EMSGSIZE;
	if (f->server && baton_nl_put_server_key(msg, BATON_FILTER_A_SERVER, f->server))
		return -EMSGSIZE;
	if (f->client && (nla_put(msg, BATON_FILTER_A_CLIENT,
				  (int)baton_addr_size(f->client_family),
				  f->client->bytes) < 0 ||
			  nla_put_u8(msg, BATON_FILTER_A_CLIENT_PREFIX, f->client_prefix) < 0))
		return -EMSGSIZE;
	if (f->client_port && nla_put_u16(msg, BATON_FILTER_A_CLIENT_PORT, *f->client_port) < 0)
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static bool is_empty(const struct baton_conn_filter *f)
{
	return !f->service && !f->server && !f->client && !f->client_port;
}

struct walk {
	baton_conn_fn fn;
	void *arg;
	struct baton_conn_record *room;	/* as many as fit into one message */
};

#define ROOM (BATON_NL_BUF / sizeof(struct baton_conn_record))

static int read_batch(struct nlattr **attr, void *arg)
{
	struct walk *walk = arg;
	uint32_t count;
	int ret;

	ret = baton_nl_get_records(attr[BATON_A_RECORDS], walk->room, ROOM, &count);
	if (ret)
		return ret;
	return count ? walk->fn(walk->room, count, walk->arg) : 0;
}

/*
 * A dump of connections is not repeated when services changed meanwhile: the table lives,
 * and every connection that exists from begin to end is reported in any case.
 */
int baton_nl_conn_dump(struct baton_nl *nl, const struct baton_conn_filter *filter,
		       baton_conn_fn fn, void *arg)
{
	static const char what[] = "list the connections";
	struct walk walk = { .fn = fn, .arg = arg };
	struct nl_msg *msg;
	int error;

	walk.room = calloc(ROOM, sizeof(*walk.room));
	if (!walk.room)
		return baton_nl_fail(nl, -ENOMEM, "cannot %s: not enough memory", what);
	msg = baton_nl_request(nl, BATON_CMD_CONN_GET, NLM_F_DUMP, 256);
	if (msg && filter && !is_empty(filter) &&
	    put_filter(msg, filter))
		error = baton_nl_too_large(nl, msg, what);
	else
		error = baton_nl_call(nl, msg, what, read_batch, &walk);
	free(walk.room);
	return error;
}

struct kill {
	uint64_t cursor;
	uint64_t killed;
};

static int read_kill(struct nlattr **attr, void *arg)
{
	struct kill *kill = arg;

	if (!attr[BATON_A_CURSOR] || !attr[BATON_A_KILLED])
		return -EPROTO;
	kill->cursor = baton_nl_u64(attr[BATON_A_CURSOR]);
	kill->killed += baton_nl_u32(attr[BATON_A_KILLED]);
	return 0;
}

int baton_nl_conn_kill(struct baton_nl *nl, const struct baton_conn_filter *filter,
		       uint64_t *killed)
{
	static const char what[] = "kill the connections";
	struct kill kill = {};
	struct nl_msg *msg;
	int error;

	do {
		msg = baton_nl_request(nl, BATON_CMD_CONN_KILL, 0, 256);
		if (msg && (put_filter(msg, filter) ||
			    nla_put_u64(msg, BATON_A_CURSOR, kill.cursor) < 0))
			return baton_nl_too_large(nl, msg, what);
		error = baton_nl_call(nl, msg, what, read_kill, &kill);
	} while (!error && kill.cursor);
	*killed = kill.killed;
	return error;
}
