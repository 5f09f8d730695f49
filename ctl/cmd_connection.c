// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"
#include "tool.h"

struct listing {
	struct baton_writer *out;	/* NULL: only count */
	uint64_t total;
	uint64_t by_state[BATON_STATE_MAX + 1];
	uint64_t synced;
};

static int on_batch(const struct baton_conn_record *records, size_t count, void *arg)
{
	struct listing *l = arg;

	l->total += count;
	for (size_t i = 0; i < count; i++) {
		if (l->out)
			baton_show_connection(l->out, &records[i]);
		if (records[i].state <= BATON_STATE_MAX)
			l->by_state[records[i].state]++;
		l->synced += !!(records[i].flags & BATON_CONN_F_SYNCED);
	}
	return 0;
}

/* Points into @m. */
static struct baton_conn_filter filter_of(const struct baton_conn_match *m)
{
	return (struct baton_conn_filter) {
		.service = m->has_service ? &m->service : NULL,
		.server = m->has_server ? &m->server : NULL,
		.client = m->has_client ? &m->client : NULL,
		.client_family = m->client_family,
		.client_prefix = m->client_prefix,
		.client_port = m->has_client_port ? &m->client_port : NULL,
	};
}

static int walk(struct baton_tool *t, struct listing *l)
{
	struct baton_conn_match m;
	struct baton_conn_filter filter;
	struct baton_nl *nl;
	int status, error;

	if (baton_args_match(&t->args, &m))
		return baton_tool_usage(t);
	filter = filter_of(&m);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	if (l->out)
		baton_write_array(l->out, NULL);
	error = baton_nl_conn_dump(nl, &filter, on_batch, l);
	if (l->out)
		baton_write_end(l->out);
	if (error)
		status = baton_tool_refused(nl, error, "list the connections", NULL);
	baton_nl_close(nl);
	return status;
}

int baton_cmd_connection_list(struct baton_tool *t)
{
	struct listing l = { .out = &t->out };

	return walk(t, &l);
}

int baton_cmd_connection_count(struct baton_tool *t)
{
	struct listing l = {};
	int status = walk(t, &l);

	if (!status)
		baton_show_count(&t->out, l.total, l.synced, l.by_state);
	return status;
}

int baton_cmd_connection_kill(struct baton_tool *t)
{
	struct baton_conn_filter filter;
	struct baton_conn_match m;
	struct baton_nl *nl;
	uint64_t killed;
	int status, error;

	if (!baton_args_left(&t->args)) {
		baton_args_fail(&t->args, "name a service, a server or a client");
		return baton_tool_usage(t);
	}
	if (baton_args_match(&t->args, &m))
		return baton_tool_usage(t);
	filter = filter_of(&m);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	error = baton_nl_conn_kill(nl, &filter, &killed);
	if (error) {
		status = baton_tool_refused(nl, error, "kill the connections", NULL);
	} else {
		baton_write_object(&t->out, NULL);
		baton_write_number(&t->out, "killed", "killed", killed);
		baton_write_end(&t->out);
	}
	baton_nl_close(nl);
	return status;
}
