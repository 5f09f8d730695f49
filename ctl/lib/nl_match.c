// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include <string.h>

struct sample {
	struct baton_conn_record *records;
	uint32_t count;
	uint64_t next;
	bool answered;
};

static int read_sample(struct nlattr **attr, void *arg)
{
	struct sample *s = arg;

	if (s->answered || !attr[BATON_A_CURSOR])
		return -EPROTO;
	s->answered = true;
	s->next = baton_nl_u64(attr[BATON_A_CURSOR]);
	return baton_nl_get_records(attr[BATON_A_RECORDS], s->records, BATON_MATCH_MAX, &s->count);
}

int baton_nl_conn_sample(struct baton_nl *nl, uint64_t *cursor,
			 struct baton_conn_record records[BATON_MATCH_MAX], uint32_t *ret_count)
{
	static const char what[] = "sample the connections";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_CONN_SAMPLE, 0, 32);
	struct sample s = { .records = records };
	int error;

	if (msg && nla_put_u64(msg, BATON_A_CURSOR, *cursor) < 0)
		return baton_nl_too_large(nl, msg, what);
	error = baton_nl_ask(nl, msg, NULL, what, read_sample, &s);
	if (error)
		return error;
	if (!s.answered)
		return baton_nl_fail(nl, -EPROTO, "cannot %s: the module gave no answer", what);
	*cursor = s.next;
	*ret_count = s.count;
	return 0;
}

struct matches {
	uint8_t *match;
	uint32_t count;
	bool answered;
};

static int read_matches(struct nlattr **attr, void *arg)
{
	struct nlattr *in = attr[BATON_A_MATCHES];
	struct matches *m = arg;

	if (m->answered || !in || nla_len(in) != (int)m->count)
		return -EPROTO;
	m->answered = true;
	memcpy(m->match, nla_data(in), m->count);
	return 0;
}

int baton_nl_conn_match(struct baton_nl *nl, const struct baton_conn_record *records, uint32_t count,
			uint8_t matches[BATON_MATCH_MAX])
{
	static const char what[] = "match the connections";
	size_t size = count * sizeof(*records);
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_CONN_MATCH, 0, 16 + size);
	struct matches m = { .match = matches, .count = count };
	int error;

	if (msg && (count > BATON_MATCH_MAX || nla_put(msg, BATON_A_RECORDS, (int)size, records) < 0))
		return baton_nl_too_large(nl, msg, what);
	error = baton_nl_ask(nl, msg, NULL, what, read_matches, &m);
	if (!error && !m.answered)
		return baton_nl_fail(nl, -EPROTO, "cannot %s: the module gave no answer", what);
	return error;
}
