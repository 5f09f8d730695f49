/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash table of a namespace's connections: between conn.c and conn_table.c only. */
#ifndef BATON_CONN_TABLE_H
#define BATON_CONN_TABLE_H

#include <linux/types.h>

struct baton_conn;
struct baton_net;

/** Alignment of connections: a node's address then tells which of the two nodes it is. */
#define BATON_CONN_ALIGN 64

/**
 * baton_table_add - make a connection visible
 *
 * conn->lock held, BH off. Return: 0, -EEXIST, -EADDRINUSE (the reply tuple), -ENOSPC.
 */
int baton_table_add(struct baton_net *bn, struct baton_conn *conn);
/** conn->lock held, BH off, BATON_CONN_DEAD set by the caller. */
void baton_table_del(struct baton_net *bn, struct baton_conn *conn);
int baton_table_net_init(struct baton_net *bn);
void baton_table_net_exit(struct baton_net *bn);
void baton_table_module_init(void);

#endif /* BATON_CONN_TABLE_H */
