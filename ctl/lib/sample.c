// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample.h"

#include <string.h>
#include <sys/socket.h>
#include "bytes.h"

void baton_sample_put(uint8_t *to, const struct baton_conn_record *r)
{
	memcpy(to, &r->caddr, 16);
	memcpy(to + 16, &r->vaddr, 16);
	memcpy(to + 32, &r->daddr, 16);
	memcpy(to + 48, &r->cport, 2);
	memcpy(to + 50, &r->vport, 2);
	memcpy(to + 52, &r->dport, 2);
	memcpy(to + 54, &r->svc_port, 2);
	to[56] = r->family == AF_INET6 ? 6 : 4;
	to[57] = r->protocol;
	to[58] = r->state;
	to[59] = r->method;
	put32(to + 60, r->flags);
	put32(to + 64, r->mark);
}

bool baton_sample_get(const uint8_t *from, struct baton_conn_record *ret)
{
	if (from[56] != 4 && from[56] != 6)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(&ret->caddr, from, 16);
	memcpy(&ret->vaddr, from + 16, 16);
	memcpy(&ret->daddr, from + 32, 16);
	memcpy(&ret->cport, from + 48, 2);
	memcpy(&ret->vport, from + 50, 2);
	memcpy(&ret->dport, from + 52, 2);
	memcpy(&ret->svc_port, from + 54, 2);
	ret->family = from[56] == 6 ? AF_INET6 : AF_INET;
	ret->protocol = from[57];
	ret->state = from[58];
	ret->method = from[59];
	ret->flags = get32(from + 60);
	ret->mark = get32(from + 64);
	return true;
}
