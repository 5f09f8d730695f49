// SPDX-License-Identifier: GPL-2.0-only
/*
 * FTP: services with BATON_SERVICE_F_FTP, and no others.
 *
 * By NAT: what client and server say on the control connection is read, and the data connection that it
 * announces is expected (expect.c). Where the server names its own address, or a port that cannot
 * be the client's to connect to, the announcement is written anew, as long as it was: so sequence
 * numbers stay what they are, nothing has to be remembered, and a control connection goes on through
 * another director as any other. What is cut in two by segments, encrypted, or said without enough words to
 * make room, is left as it is.
 *
 * By DR and tunnels we do not hear the server. A client that is remembered (persistence) gets its
 * server for data, too: any port above the privileged ones that has no service, and the answers to
 * what the server opens from port 20.
 *
 * A data connection belongs to the service of its control connection; what tells them apart is the port.
 */
#include <linux/tcp.h>
#include <net/checksum.h>
#include "conn_find.h"
#include "core/ftp.h"
#include "expect.h"
#include "ftp.h"
#include "path.h"
#include "stats.h"

#define CONTROL_PORT	21
#define DATA_PORT	20
#define PRIVILEGED	1024	/* ports below are nobody's for data */
#define TEXT_MAX	2048U	/* larger packets announce nothing */

/* The packet's @line, at @at of it, says something else from now on. */
static void rewrite(struct baton_ctx *ctx, unsigned int at, const struct baton_ftp_line *line,
		    const union baton_addr *addr, __be16 port)
{
	/* the checksum counts pairs of bytes, from the header on */
	unsigned int begin = line->words & ~1U, len = line->end - begin;
	struct sk_buff *skb = ctx->skb;
	__wsum before;
	u8 *text;

	if (!baton_skb_writable(skb, skb->len))
		return;
	text = skb->data + at;
	before = csum_partial(text + begin, len, 0);
	if (!baton_ftp_write(text, line, addr, ntohs(port)) || skb->ip_summed == CHECKSUM_PARTIAL)
		return;
	csum_replace_by_diff(&((struct tcphdr *)(skb->data + ctx->pkt.l4))->check,
			     csum_sub(csum_partial(text + begin, len, 0), before));
}

static void expect_active(struct baton_ctx *ctx, const struct baton_conn *conn, __be16 port)
{
	struct baton_expected new = {
		.active = true,
		.port = port,
		.vport = htons(ntohs(conn->vport) - 1),
		.from = htons(ntohs(conn->dport) - 1),
	};

	baton_conn_tuple(conn, BATON_TO_SERVER, &new.control);
	baton_addr_set(&new.server, conn->family, baton_conn_addr(conn, BATON_ADDR_SERVER));
	baton_expect_add(ctx->bn, &new);
}

static void expect_passive(struct baton_ctx *ctx, const struct baton_conn *conn, unsigned int at,
			   const struct baton_ftp_line *line)
{
	struct baton_expected new = { .port = htons(line->port), .vport = htons(line->port) };
	bool named = line->kind == BATON_FTP_PASSIVE, own;
	__be16 port;

	baton_conn_tuple(conn, BATON_TO_SERVER, &new.control);
	baton_addr_set(&new.server, conn->family, baton_conn_addr(conn, BATON_ADDR_SERVER));
	own = named && baton_addr_equal(&line->addr, &new.server, AF_INET);
	/* a third one's address is not for us; the virtual one is what some are configured to say */
	if (line->port < PRIVILEGED ||
	    (named && !own && !baton_addr_equal(&line->addr, &new.control.daddr, AF_INET)))
		return;
	port = baton_expect_add(ctx->bn, &new);
	if (port && (own || port != new.port))
		rewrite(ctx, at, line, &new.control.daddr, port);
}

void baton_ftp_hear(struct baton_ctx *ctx, const struct baton_conn *conn, enum baton_dir dir)
{
	bool reply = dir == BATON_TO_CLIENT;
	struct sk_buff *skb = ctx->skb;
	struct baton_ftp_line line = { };
	unsigned int at;

	at = ctx->pkt.l4 + 4 * ((struct tcphdr *)(skb->data + ctx->pkt.l4))->doff;
	if (at < ctx->pkt.header_len || at >= skb->len || skb->len - at > TEXT_MAX ||
	    skb_is_gso(skb) || !pskb_may_pull(skb, skb->len))
		return;
	while (baton_ftp_find(reply, skb->data + at, skb->len - at, line.next, &line)) {
		if (line.kind == BATON_FTP_PORT)
			expect_active(ctx, conn, htons(line.port));
		else if (line.kind == BATON_FTP_EXTENDED || conn->family == AF_INET)
			expect_passive(ctx, conn, at, &line);
	}
}

static bool is_plain_syn(const struct baton_pkt *pkt)
{
	const u8 mask = BATON_TCP_SYN | BATON_TCP_ACK | BATON_TCP_RST | BATON_TCP_FIN;

	return pkt->tuple.protocol == IPPROTO_TCP && (pkt->tcp_flags & mask) == BATON_TCP_SYN;
}

/* The control connection tells who serves. A record could not tell a peer of other ports than these. */
static struct baton_conn *open_data(struct baton_ctx *ctx, const struct baton_expected *e,
				    struct baton_tuple *client, struct baton_conn_new *args)
{
	const struct baton_conn *control;
	struct baton_conn *conn;
	enum baton_dir dir;

	control = baton_conn_lookup(ctx->bn, &e->control, &dir);
	if (!control || dir != BATON_TO_SERVER || control->method != BATON_METHOD_NAT ||
	    READ_ONCE(control->server->method) != BATON_METHOD_NAT)
		return NULL;
	client->saddr = e->control.saddr;
	client->daddr = e->control.daddr;
	client->dport = e->vport;
	client->family = e->control.family;
	client->protocol = IPPROTO_TCP;
	args->client = client;
	args->daddr = &e->server;
	args->server = control->server;
	args->unsynced = e->vport != args->dport || ntohs(e->vport) < ntohs(control->vport);
	conn = baton_conn_insert(ctx->bn, args, baton_conn_hash(client));
	if (IS_ERR(conn)) {
		baton_drop(ctx->bn, conn == ERR_PTR(-ENOMEM) ? BATON_DROP_NO_MEMORY :
				    conn == ERR_PTR(-ENOSPC) ? BATON_DROP_TABLE_FULL :
							       BATON_DROP_CLASH);
		return conn;
	}
	baton_stats_conn(conn->server->stats);
	return conn;
}

struct baton_conn *baton_ftp_open(struct baton_ctx *ctx)
{
	struct baton_conn_new args = { .state = BATON_STATE_TCP_SYN_RECV };
	struct baton_tuple client = { .sport = ctx->pkt.tuple.sport };
	struct baton_expected e;

	if (!is_plain_syn(&ctx->pkt) || !baton_gate_open(&ctx->bn->gate) ||
	    !baton_expect_take(ctx->bn, &ctx->pkt.tuple, false, &e))
		return NULL;
	args.dport = e.port;
	return open_data(ctx, &e, &client, &args);
}

struct baton_conn *baton_ftp_answer(struct baton_ctx *ctx)
{
	struct baton_conn_new args = { .state = BATON_STATE_TCP_SYN_SENT };
	struct baton_tuple client = { };
	struct baton_expected e;

	if (!is_plain_syn(&ctx->pkt) || !baton_gate_open(&ctx->bn->gate) ||
	    !baton_expect_take(ctx->bn, &ctx->pkt.tuple, true, &e))
		return NULL;
	client.sport = e.port;
	args.dport = ctx->pkt.tuple.sport;
	return open_data(ctx, &e, &client, &args);
}

bool baton_ftp_is_answer(const struct baton_ctx *ctx, const struct baton_service *svc)
{
	const u8 mask = BATON_TCP_SYN | BATON_TCP_ACK | BATON_TCP_RST;

	return READ_ONCE(svc->flags) & BATON_SERVICE_F_FTP &&
	       ctx->pkt.tuple.dport == htons(DATA_PORT) &&
	       (ctx->pkt.tcp_flags & mask) == (BATON_TCP_SYN | BATON_TCP_ACK);
}

struct baton_service *baton_ftp_service(struct baton_ctx *ctx)
{
	const struct baton_tuple *tuple = &ctx->pkt.tuple;
	struct baton_service_key key = {
		.addr = tuple->daddr, .port = htons(CONTROL_PORT),
		.family = tuple->family, .protocol = IPPROTO_TCP,
	};
	struct baton_service *svc;

	if (tuple->protocol != IPPROTO_TCP || !(ctx->pkt.tcp_flags & BATON_TCP_SYN) ||
	    (ntohs(tuple->dport) < PRIVILEGED && tuple->dport != htons(DATA_PORT)))
		return NULL;
	svc = baton_service_find_rcu(ctx->bn, &key);
	if (!svc || !(READ_ONCE(svc->flags) & BATON_SERVICE_F_FTP) ||
	    !baton_persist_knows(ctx->bn, svc, &tuple->saddr))
		return NULL;
	return svc;
}
