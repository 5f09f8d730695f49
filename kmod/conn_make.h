/* SPDX-License-Identifier: GPL-2.0-only */
/* Between conn_make.c and conn.c only: what both do to a connection. */
#ifndef BATON_CONN_MAKE_H
#define BATON_CONN_MAKE_H

#include "conn.h"
#include "destset.h"

/** baton_conn_recount - as baton_server_recount(); but a template does not load its server */
static __always_inline void baton_conn_recount(struct baton_conn *conn, int active, int inactive)
{
	if (likely(!baton_conn_is_template(conn)))
		baton_server_recount(conn->server, active, inactive);
}

/** Give its memory back: nobody sees it any more. Any context. */
void baton_conn_release(struct baton_conn *conn);
int baton_conn_make_init(void);
void baton_conn_make_exit(void);	/* after the last connection */

#endif /* BATON_CONN_MAKE_H */
