// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include <string.h>

/*
 * A packed array whose length the module's release decides: what is missing stays zero,
 * what is newer than this program is left out.
 */
static int get_array(struct nlattr *attr, void *to, size_t size, size_t max)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	memset(to, 0, size * max);
	if (len % size)
		return -EPROTO;
	if (len > size * max)
		len = size * max;
	if (len)
		memcpy(to, nla_data(attr), len);
	return 0;
}

struct counters {
	struct baton_stats *total;
	uint64_t *drops;
};

static int read_stats(struct nlattr **attr, void *arg)
{
	struct counters *c = arg;

	if (!attr[BATON_A_STATS] || baton_nl_get_stats(attr[BATON_A_STATS], c->total))
		return -EPROTO;
	return get_array(attr[BATON_A_DROPS], c->drops, sizeof(*c->drops), BATON_DROP_COUNT);
}

int baton_nl_stats(struct baton_nl *nl, struct baton_stats *total,
		   uint64_t drops[BATON_DROP_COUNT])
{
	struct counters c = { .total = total, .drops = drops };

	return baton_nl_call(nl, baton_nl_request(nl, BATON_CMD_STATS_GET, 0, 0),
			     "read the counters", read_stats, &c);
}

static int read_tunables(struct nlattr **attr, void *arg)
{
	struct nlattr *in[BATON_TUNABLE_A_MAX + 1];
	struct baton_tunables *t = arg;

	if (!attr[BATON_A_TUNABLES] ||
	    nla_parse_nested(in, BATON_TUNABLE_A_MAX, attr[BATON_A_TUNABLES], NULL) < 0)
		return -EPROTO;
	for (unsigned int i = BATON_TUNABLE_A_TIMEOUTS + 1; i <= BATON_TUNABLE_A_MAX; i++)
		t->value[i] = baton_nl_u32(in[i]);
	return get_array(in[BATON_TUNABLE_A_TIMEOUTS], t->timeouts, sizeof(t->timeouts[0]),
			 BATON_STATE_MAX + 1);
}

int baton_nl_tunables_get(struct baton_nl *nl, struct baton_tunables *ret)
{
	return baton_nl_call(nl, baton_nl_request(nl, BATON_CMD_TUNABLE_GET, 0, 0),
			     "read the tunables", read_tunables, ret);
}

int baton_nl_tunables_set(struct baton_nl *nl, const struct baton_tunables *t)
{
	static const char what[] = "set the tunables";
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_TUNABLE_SET, 0, 256);
	struct nlattr *nest;

	if (!msg)
		return baton_nl_call(nl, NULL, what, NULL, NULL);
	nest = nla_nest_start(msg, BATON_A_TUNABLES);
	if (!nest ||
	    nla_put(msg, BATON_TUNABLE_A_TIMEOUTS, sizeof(t->timeouts), t->timeouts) < 0)
		return baton_nl_too_large(nl, msg, what);
	for (unsigned int i = BATON_TUNABLE_A_TIMEOUTS + 1; i <= BATON_TUNABLE_A_MAX; i++)
		if (t->set & 1u << i && nla_put_u32(msg, (int)i, t->value[i]) < 0)
			return baton_nl_too_large(nl, msg, what);
	nla_nest_end(msg, nest);
	return baton_nl_call(nl, msg, what, NULL, NULL);
}
