/* SPDX-License-Identifier: GPL-2.0-only */
/* FTP's second connections: see ftp.c. Hooks, BH off, inside an RCU read section. */
#ifndef BATON_FTP_H
#define BATON_FTP_H

#include "conn.h"
#include "net.h"
#include "service.h"

struct baton_ctx;

/** baton_ftp_is_control - a connection on which others are announced, and not one of those */
static inline bool baton_ftp_is_control(const struct baton_conn *conn)
{
	const struct baton_service *svc = conn->server->service;

	return unlikely(READ_ONCE(svc->flags) & BATON_SERVICE_F_FTP) &&
	       conn->vport == svc->key.port && conn->method == BATON_METHOD_NAT;
}

/** Is a data connection expected that has not come yet? */
static inline bool baton_ftp_waits(const struct baton_net *bn)
{
	return unlikely(READ_ONCE(bn->expects.waiting));
}

/** A packet of a control connection, before it is rewritten. Moves headers. */
void baton_ftp_hear(struct baton_ctx *ctx, const struct baton_conn *conn, enum baton_dir dir);
/** A client's packet of no connection: the data connection that it opens; NULL: none; ERR_PTR: dropped. */
struct baton_conn *baton_ftp_open(struct baton_ctx *ctx);
/** The same for a server's packet. */
struct baton_conn *baton_ftp_answer(struct baton_ctx *ctx);
/** Does the packet for the service @svc answer a data connection that a server opened past us? */
bool baton_ftp_is_answer(const struct baton_ctx *ctx, const struct baton_service *svc);
/** The service to whose data connections a packet for no service may belong; NULL: none. */
struct baton_service *baton_ftp_service(struct baton_ctx *ctx);

#endif /* BATON_FTP_H */
