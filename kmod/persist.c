// SPDX-License-Identifier: GPL-2.0-only
/*
 * Persistence: who comes again gets the same server. A template is a connection of its own kind (see
 * BATON_PROTOCOL_TEMPLATE): it is in the table, on the wheel, listed, killed and synced like
 * any other, but no packet is ever of it, and it does not load its server.
 *
 * A template must not end before the connections that were opened by it. Nobody counts those: a
 * connection of a persistent service is visited by the wheel at least twice in a template's
 * lifetime, and each visit renews the template that it finds. So it does not matter in which
 * order a standby learns of both, nor that one was killed by hand.
 *
 * Of a service that goes by Call-ID (sip.c) each call has a template, too, with a hash of the Call-ID in the
 * place of the client. Each of its messages renews it, connections do not: they may carry many calls.
 *
 * Until a client has finished a handshake its template is in the state of a connection that opens:
 * it lasts no longer than that, and the peer does not hear of it. So forged addresses cost little.
 */
#include "conn.h"
#include "conn_find.h"
#include "core/tcp_state.h"
#include "destset.h"
#include "net.h"
#include "path.h"
#include "service.h"
#include "sip.h"
#include "sync.h"

static struct baton_tuple tuple_of(const struct baton_service *svc, u8 prefix,
				   const union baton_addr *client)
{
	struct baton_tuple tuple = {
		.saddr = *client,
		.daddr = svc->key.addr,
		.dport = svc->key.port,
		.family = svc->key.family,
		.protocol = svc->key.protocol | BATON_PROTOCOL_TEMPLATE,
	};

	if (svc->key.mark)
		tuple.daddr.v4 = cpu_to_be32(svc->key.mark);
	baton_addr_cut(&tuple.saddr, tuple.family, prefix);
	return tuple;
}

/* The template's that the packet should find */
static struct baton_tuple tuple_for(struct baton_ctx *ctx, const struct baton_service *svc, u8 prefix)
{
	struct baton_tuple tuple = tuple_of(svc, prefix, &ctx->pkt.tuple.saddr);

	if (baton_sip_is_heard(svc))
		baton_sip_call(ctx, &tuple);
	return tuple;
}

static struct baton_conn *find(struct baton_net *bn, const struct baton_tuple *tuple)
{
	enum baton_dir dir;

	return baton_conn_lookup(bn, tuple, &dir);
}

/* Weight 0 and overload are for strangers: a known client is still served, if the service wants that. */
static bool keeps(const struct baton_service *svc, const struct baton_server *server)
{
	if (READ_ONCE(server->dead) || READ_ONCE(server->draining))
		return false;
	return READ_ONCE(server->weight) ||
	       !(READ_ONCE(svc->flags) & BATON_SERVICE_F_EXPIRE_QUIESCENT);
}

/* The template that @conn should have been opened by, if its service is persistent. */
static struct baton_conn *template_of(struct baton_net *bn, const struct baton_conn *conn)
{
	const struct baton_service *svc = conn->server->service;
	u8 prefix = READ_ONCE(svc->persist_prefix);
	struct baton_tuple tuple;
	union baton_addr client;
	struct baton_conn *template;

	if (!prefix)
		return NULL;
	baton_addr_set(&client, conn->family, baton_conn_addr(conn, BATON_ADDR_CLIENT));
	tuple = tuple_of(svc, prefix, &client);
	template = find(bn, &tuple);
	return template && template->server == conn->server ? template : NULL;
}

static struct baton_server *remember(struct baton_net *bn, const struct baton_tuple *tuple,
				     struct baton_service *svc, struct baton_server *server,
				     u8 state)
{
	struct baton_conn_new args = {
		.client = tuple,
		.daddr = &server->addr,
		.dport = server->port ?: svc->key.port,
		.state = baton_state_opening(state) ? state : BATON_STATE_TEMPLATE,
		.server = server,
	};
	struct baton_conn *conn = baton_conn_insert(bn, &args, baton_conn_hash(tuple));

	if (!IS_ERR(conn)) {
		baton_sync_mark(bn, conn);
		return server;
	}
	/* another CPU was faster: all of this client's connections go its way */
	conn = conn == ERR_PTR(-EEXIST) ? find(bn, tuple) : NULL;
	return conn ? conn->server : server;
}

/* The server that is remembered, if it is one still. */
static struct baton_server *recall(struct baton_net *bn, const struct baton_service *svc,
				   const struct baton_tuple *tuple)
{
	struct baton_conn *conn = find(bn, tuple);

	if (!conn)
		return NULL;
	if (keeps(svc, conn->server)) {
		baton_conn_touch(conn);
		return conn->server;
	}
	baton_conn_kill(bn, conn);
	return NULL;
}

struct baton_server *baton_persist_pick(struct baton_ctx *ctx, struct baton_service *svc, u8 state)
{
	u8 prefix = READ_ONCE(svc->persist_prefix);
	struct baton_server *server;
	struct baton_tuple tuple;

	if (likely(!prefix))
		return baton_destset_pick_rcu(svc, &ctx->pkt.tuple);
	tuple = tuple_for(ctx, svc, prefix);
	server = recall(ctx->bn, svc, &tuple);
	if (server)
		return server;
	server = baton_destset_pick_rcu(svc, &ctx->pkt.tuple);
	return server ? remember(ctx->bn, &tuple, svc, server, state) : NULL;
}

struct baton_server *baton_persist_call(struct baton_ctx *ctx, struct baton_server *server)
{
	struct baton_service *svc = server->service;
	struct baton_tuple tuple = tuple_of(svc, 0, &ctx->pkt.tuple.saddr);
	struct baton_server *known;

	if (!baton_sip_call(ctx, &tuple))
		return server;
	known = recall(ctx->bn, svc, &tuple);
	if (known || !keeps(svc, server))
		return known ?: server;
	return remember(ctx->bn, &tuple, svc, server, BATON_STATE_UDP);
}

bool baton_persist_knows(struct baton_net *bn, const struct baton_service *svc,
			 const union baton_addr *client)
{
	u8 prefix = READ_ONCE(svc->persist_prefix);
	struct baton_tuple tuple;
	struct baton_conn *conn;

	if (!prefix)
		return false;
	tuple = tuple_of(svc, prefix, client);
	conn = find(bn, &tuple);
	return conn && READ_ONCE(conn->server->method) != BATON_METHOD_NAT;
}

void baton_persist_assure(struct baton_net *bn, const struct baton_conn *conn)
{
	struct baton_conn *template = template_of(bn, conn);
	u8 state = template ? READ_ONCE(template->state) : BATON_STATE_NONE;

	if (baton_state_opening(state) &&
	    baton_conn_change(bn, template, state, BATON_STATE_TEMPLATE))
		baton_sync_mark(bn, template);
}

u32 baton_persist_visit(struct baton_net *bn, const struct baton_conn *conn, u32 delay)
{
	const struct baton_service *svc = conn->server->service;
	struct baton_conn *template;

	if (likely(!READ_ONCE(svc->persist_prefix)) || baton_conn_is_template(conn))
		return delay;
	template = template_of(bn, conn);
	if (template && READ_ONCE(template->state) == BATON_STATE_TEMPLATE)
		baton_conn_touch(template);
	/* a little time if it is just being changed */
	return min(delay, max(READ_ONCE(svc->timeout[BATON_STATE_TEMPLATE]) / 2, (u32)HZ));
}
