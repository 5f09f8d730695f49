// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>

static int read_info(struct nlattr **attr, void *arg)
{
	struct nlattr *in[BATON_INFO_A_MAX + 1];
	struct baton_info *info = arg;

	if (!attr[BATON_A_INFO] ||
	    nla_parse_nested(in, BATON_INFO_A_MAX, attr[BATON_A_INFO], NULL) < 0)
		return -EPROTO;
	info->abi = baton_nl_u32(in[BATON_INFO_A_ABI]);
	if (in[BATON_INFO_A_VERSION])
		nla_strlcpy(info->version, in[BATON_INFO_A_VERSION], sizeof(info->version));
	info->features = baton_nl_u64(in[BATON_INFO_A_FEATURES]);
	info->conn_count = baton_nl_u32(in[BATON_INFO_A_CONN_COUNT]);
	info->conn_buckets = baton_nl_u32(in[BATON_INFO_A_CONN_BUCKETS]);
	info->conn_size = baton_nl_u32(in[BATON_INFO_A_CONN_SIZE]);
	info->service_count = baton_nl_u32(in[BATON_INFO_A_SERVICE_COUNT]);
	info->generation = baton_nl_u32(in[BATON_INFO_A_GENERATION]);
	info->adopted = baton_nl_u64(in[BATON_INFO_A_ADOPTED]);
	info->evicted = baton_nl_u64(in[BATON_INFO_A_EVICTED]);
	info->revived = baton_nl_u64(in[BATON_INFO_A_REVIVED]);
	info->thinning = in[BATON_INFO_A_THINNING] && nla_get_u8(in[BATON_INFO_A_THINNING]);
	info->digest_buckets = baton_nl_u32(in[BATON_INFO_A_DIGEST_BUCKETS]);
	return attr[BATON_A_GATE] ? baton_nl_get_gate(attr[BATON_A_GATE], &info->gate) : 0;
}

int baton_nl_info(struct baton_nl *nl, struct baton_info *ret)
{
	struct baton_info info = {};
	int error;

	error = baton_nl_call(nl, baton_nl_request(nl, BATON_CMD_INFO_GET, 0, 0),
			      "read the module's state", read_info, &info);
	if (!error)
		*ret = info;
	return error;
}
