/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of connections: see conn_alloc.c. */
#ifndef BATON_CONN_ALLOC_H
#define BATON_CONN_ALLOC_H

#include <linux/types.h>

struct baton_conn;

/**
 * Room for a connection and its addresses, all zero, or NULL.
 *
 * BH off, also in process context: a packet on this CPU takes from the same. Asserted.
 */
struct baton_conn *baton_conn_alloc(u8 family);
/** Give it back: nobody sees it any more. Any context. */
void baton_conn_release(struct baton_conn *conn);
int baton_conn_alloc_init(void);
void baton_conn_alloc_exit(void);	/* after the last connection */

#endif /* BATON_CONN_ALLOC_H */
