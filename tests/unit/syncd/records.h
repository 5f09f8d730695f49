/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records for the tests of baton-syncd, made from a number. */
#ifndef BATON_TEST_RECORDS_H
#define BATON_TEST_RECORDS_H

#include <arpa/inet.h>
#include <string.h>

#include "model.h"

/* An established TCP connection to 192.0.2.100:80; client addresses look random. */
static inline struct baton_conn_record record4(uint32_t i, uint64_t version)
{
	struct baton_conn_record r;

	memset(&r, 0, sizeof(r));
	r.version = version;
	r.family = AF_INET;
	r.protocol = IPPROTO_TCP;
	r.caddr.v4 = htonl(i * 2654435761u + 12345);
	r.cport = htons(32768 + i * 40503u % 28232);
	r.vaddr.v4 = htonl(0xc0000264);
	r.vport = r.svc_port = htons(80);
	r.daddr.v4 = htonl(0xc6336415 + i % 8);
	r.dport = htons(8080);
	r.state = BATON_STATE_TCP_ESTABLISHED;
	r.timeout = 900;
	return r;
}

static inline struct baton_conn_record record6(uint32_t i, uint64_t version)
{
	struct baton_conn_record r = record4(i, version);

	r.family = AF_INET6;
	memset(&r.caddr, 0, sizeof(r.caddr));
	r.caddr.v6[0] = htonl(0x20010db8);
	r.caddr.v6[2] = htonl(i * 2246822519u);
	r.caddr.v6[3] = htonl(i * 2654435761u + 12345);
	memset(&r.vaddr, 0, sizeof(r.vaddr));
	r.vaddr.v6[0] = htonl(0x20010db8);
	r.vaddr.v6[3] = htonl(0x100);
	memset(&r.daddr, 0, sizeof(r.daddr));
	r.daddr.v6[0] = htonl(0xfd000000);
	r.daddr.v6[3] = htonl(0x15 + i % 8);
	return r;
}

/* As the kernel makes it: the tuple and the server, no service port. */
static inline struct baton_conn_record deletion(struct baton_conn_record r, uint64_t version)
{
	r.version = version;
	r.flags = BATON_CONN_F_DELETED;
	r.svc_port = 0;
	r.state = 0;
	r.method = 0;
	r.timeout = 0;
	return r;
}

#endif /* BATON_TEST_RECORDS_H */
