// SPDX-License-Identifier: GPL-2.0-only
/*
 * SIP over UDP: services with BATON_SERVICE_F_SIP, and no others. Each of their messages is read, in both
 * directions: that of a known call goes to the call's server, whatever address, port or connection it comes
 * by; what has no Call-ID, or a new one, goes where its connection goes. A call is remembered by a
 * template (persist.c), in which a hash of the Call-ID is in the place of the client.
 *
 * The hash has 48 bits and no secret, so that both directors agree about it and nothing has to be told
 * first. Who makes two Call-IDs meet gains what everybody can have who sends one Call-ID twice: one
 * server for both. In the table such templates are as scattered as all else, by the table's own
 * secrets; and of a million calls two meet by chance once in some hundred runs, which does no harm.
 *
 * A NAT server may send of its own accord: a call that it begins, or an answer to what came by a connection that
 * is another server's. That becomes a connection of the service; if there is one with the same
 * client already, or the service wants none, it is rewritten all the same.
 */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include "conn_find.h"
#include "core/sip.h"
#include "sip.h"
#include "stats.h"
#include "sync.h"

#define TEXT_MAX 4096U	/* bytes of a message in which its Call-ID has to be */

bool baton_sip_call(struct baton_ctx *ctx, struct baton_tuple *tuple)
{
	unsigned int at = ctx->pkt.header_len, len;
	struct sk_buff *skb = ctx->skb;
	const u8 *id;
	size_t id_len;

	if (ctx->pkt.kind != BATON_PKT_FLOW || ctx->pkt.tuple.protocol != IPPROTO_UDP || at >= skb->len)
		return false;
	len = min(skb->len - at, TEXT_MAX);
	/* several in one buffer go where the first one goes */
	if (skb_is_gso(skb))
		len = min_t(unsigned int, len, skb_shinfo(skb)->gso_size);
	if (!pskb_may_pull(skb, at + len))
		return false;
	id = baton_sip_call_id(skb->data + at, len, &id_len);
	if (!id)
		return false;
	memset(&tuple->saddr, 0, sizeof(tuple->saddr));
	baton_sip_hash(id, id_len, &tuple->saddr.v4, &tuple->sport);
	return true;
}

static bool is_taken(struct baton_ctx *ctx, const struct baton_tuple *tuple)
{
	enum baton_dir dir;

	return baton_conn_lookup(ctx->bn, tuple, &dir);
}

/* The answers of @server to this packet would be those of a connection through another virtual address. */
static bool clashes(struct baton_ctx *ctx, const struct baton_server *server)
{
	struct baton_tuple answer = baton_tuple_reverse(&ctx->pkt.tuple);

	answer.saddr = server->addr;
	answer.sport = server->port ?: answer.sport;
	return READ_ONCE(server->method) == BATON_METHOD_NAT && is_taken(ctx, &answer);
}

struct baton_server *baton_sip_elsewhere(struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct baton_server *server = baton_persist_call(ctx, conn->server);

	return server == conn->server || clashes(ctx, server) ? conn->server : server;
}

static struct hlist_head *bucket_of(struct baton_net *bn, u8 family, const union baton_addr *addr)
{
	u32 hash = jhash2((const u32 *)addr, baton_addr_len(family) / sizeof(u32), 0);

	return &bn->servers[hash >> (32 - BATON_SERVER_HASH_BITS)];
}

void baton_sip_add(struct baton_net *bn, struct baton_server *server)
{
	lockdep_assert_held(&bn->config_mutex);
	hlist_add_head_rcu(&server->by_addr, bucket_of(bn, server->family, &server->addr));
}

/* Whoever stands on it goes on in the same chain, also if it comes back at once. */
void baton_sip_del(struct baton_server *server)
{
	lockdep_assert_held(&server->service->bn->config_mutex);
	hlist_del_init_rcu(&server->by_addr);
}

void baton_sip_count(struct baton_net *bn, u32 before, u32 after)
{
	u32 count = bn->sip_count;

	lockdep_assert_held(&bn->config_mutex);
	count += !!(after & BATON_SERVICE_F_SIP) - !!(before & BATON_SERVICE_F_SIP);
	WRITE_ONCE(bn->sip_count, count);
}

/* By which port of the virtual address what @server sends is seen; a server with a port has one. */
static __be16 port_of(const struct baton_server *server, __be16 own)
{
	return server->port ? server->service->key.port : own;
}

/* Does it serve clients from the port @own? With more than one port to a service, servers have the client's. */
static bool serves_from(struct baton_net *bn, const struct baton_server *server, __be16 own)
{
	const struct baton_service *svc = server->service;
	struct baton_tuple tuple = {
		.daddr = svc->key.addr, .dport = own,
		.family = svc->key.family, .protocol = svc->key.protocol,
	};

	if (server->port)
		return server->port == own;
	return baton_service_match_rcu(bn, &tuple, 0) == svc;
}

static struct baton_server *find_rcu(struct baton_net *bn, const struct baton_tuple *tuple)
{
	struct baton_server *server;

	hlist_for_each_entry_rcu(server, bucket_of(bn, tuple->family, &tuple->saddr), by_addr)
		if (server->family == tuple->family &&
		    baton_addr_equal(&server->addr, &tuple->saddr, tuple->family) &&
		    baton_sip_is_heard(server->service) && !READ_ONCE(server->dead) &&
		    READ_ONCE(server->method) == BATON_METHOD_NAT &&
		    serves_from(bn, server, tuple->sport))
			return server;
	return NULL;
}

/* What it sends to a service it sends as a client. */
struct baton_server *baton_sip_find_sender(struct baton_ctx *ctx)
{
	const struct baton_tuple *tuple = &ctx->pkt.tuple;
	struct baton_tuple call = { };
	struct baton_server *server;

	if (!baton_gate_open(&ctx->bn->gate))
		return NULL;
	server = find_rcu(ctx->bn, tuple);
	if (!server || baton_service_match_rcu(ctx->bn, tuple, ctx->skb->mark))
		return NULL;
	return baton_sip_call(ctx, &call) ? server : NULL;
}

static unsigned int answer_once(struct baton_ctx *ctx, const struct baton_conn_new *args)
{
	struct baton_once once;

	baton_conn_once(&once, args);
	baton_persist_call(ctx, args->server);
	baton_stats_out(args->server->stats, baton_skb_packets(ctx->skb), ctx->skb->len);
	return baton_xmit_nat_reply(ctx, &once.conn);
}

unsigned int baton_sip_out(struct baton_ctx *ctx, struct baton_server *server)
{
	const struct baton_service *svc = server->service;
	struct baton_tuple client = baton_tuple_reverse(&ctx->pkt.tuple);
	struct baton_conn_new args = {
		.client = &client,
		.daddr = &server->addr,
		.dport = ctx->pkt.tuple.sport,
		.state = BATON_STATE_UDP,
		.server = server,
	};
	struct baton_conn *conn;

	client.daddr = svc->key.addr;
	client.dport = port_of(server, args.dport);
	if (READ_ONCE(svc->flags) & BATON_SERVICE_F_ONEPACKET || is_taken(ctx, &client))
		return answer_once(ctx, &args);
	conn = baton_conn_insert(ctx->bn, &args, baton_conn_hash(&client));
	if (IS_ERR(conn))
		return answer_once(ctx, &args);
	baton_stats_conn(server->stats);
	baton_sync_mark(ctx->bn, conn);
	return baton_out(ctx, conn);
}
