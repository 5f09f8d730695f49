// SPDX-License-Identifier: GPL-2.0-only
/*
 * The standby's side: records of the active node become connections.
 *
 * What is killed here leaves no tombstone: the peer said so itself, or is
 * about to be asked again. All under sync.mutex.
 */
#include <linux/netlink.h>
#include "conn_find.h"
#include "core/sync_rule.h"
#include "net.h"
#include "nl.h"
#include "service.h"

/*
 * A promotion first sets role and epoch, then waits for sync.mutex to start the new
 * epoch's versions, then opens the gate: so what was let in here before is in the table
 * by then, and nothing of its own or an older epoch comes in later. sync.mutex held.
 */
static int check_receiver(struct baton_net *bn, u32 epoch, struct netlink_ext_ack *extack)
{
	u32 own = READ_ONCE(bn->gate.epoch);

	if (baton_gate_open(&bn->gate)) {
		NL_SET_ERR_MSG(extack, "this node is active: its own connections are the newest");
		return -EBUSY;
	}
	if (epoch < own) {
		NL_SET_ERR_MSG(extack, "the records come from an older epoch than this node's");
		return -ESTALE;
	}
	if (epoch == own && READ_ONCE(bn->gate.role) == BATON_ROLE_ACTIVE) {
		NL_SET_ERR_MSG(extack, "this node is or was the active one of that epoch itself");
		return -ESTALE;
	}
	/* A daemon that started anew does not know whom the one before it has listened to. */
	if (epoch < bn->sync.learned) {
		NL_SET_ERR_MSG(extack, "the records come from an older epoch than some that are here");
		return -ESTALE;
	}
	bn->sync.learned = epoch;
	return 0;
}

static void kill_quietly(struct baton_net *bn, struct baton_conn *conn)
{
	__baton_sync_forget(bn, conn);
	baton_conn_kill(bn, conn);
}

static struct baton_conn *find(struct baton_net *bn, const struct baton_tuple *tuple,
			       enum baton_dir dir)
{
	struct baton_conn *conn;
	enum baton_dir found;

	conn = baton_conn_lookup(bn, tuple, &found);
	return conn && found == dir ? conn : NULL;
}

static struct baton_tuple client_tuple(const struct baton_conn_record *rec)
{
	return (struct baton_tuple) {
		.saddr = rec->caddr, .daddr = rec->vaddr,
		.sport = rec->cport, .dport = rec->vport,
		.family = rec->family, .protocol = rec->protocol,
	};
}

static bool same_server(const struct baton_conn *conn, const struct baton_conn_record *rec)
{
	return conn->dport == rec->dport && conn->method == rec->method &&
	       conn->server->service->key.mark == rec->mark &&
	       conn->server->family == baton_record_server_family(rec) &&
	       baton_addr_equal(&conn->server->addr, &rec->daddr, conn->server->family);
}

/* As long as one RCU read section, which keeps the servers: a turn. */
struct apply {
	struct baton_net		*bn;
	const struct baton_sync_in	*in;
	u32				epoch;
	u32				turn;		/* from 1 on */
	bool				untold;		/* nobody listened when it began */
	u32				like;		/* that @rec is of */
	struct baton_conn_record	rec;		/* the one that is applied */
};

/* Return: the next brief. */
static const struct baton_conn_brief *expand(struct apply *apply, const struct baton_conn_brief *brief)
{
	const struct baton_conn_record *like = &apply->in->likes[brief->like];
	struct baton_conn_record *rec = &apply->rec;
	u32 addr;

	if (brief->like != apply->like) {
		*rec = *like;
		apply->like = brief->like;
	}
	addr = likely(like->family == AF_INET) ? sizeof(rec->caddr.v4) : sizeof(rec->caddr);
	rec->version = like->version + brief->version;
	rec->cport = brief->cport;
	rec->idle = brief->idle;
	if (likely(like->family == AF_INET))
		rec->caddr = (union baton_addr) { .v6 = { *(const __be32 *)(brief + 1) } };
	else
		memcpy(&rec->caddr, brief + 1, sizeof(rec->caddr));
	return (const void *)(brief + 1) + addr;
}

/* Return: the server, or NULL with the reason in @ret_reject. */
static struct baton_server *get_server_rcu(struct baton_net *bn,
					   const struct baton_conn_record *rec,
					   enum baton_reject *ret_reject)
{
	struct baton_service_key key = { .family = rec->family, .mark = rec->mark };
	u8 family = baton_record_server_family(rec);
	struct baton_server *server;
	struct baton_service *svc;

	if (!rec->mark) {
		key.addr = rec->vaddr;
		key.port = rec->svc_port;
		key.protocol = rec->protocol & ~BATON_PROTOCOL_TEMPLATE;
	}
	svc = baton_service_find_rcu(bn, &key);
	*ret_reject = BATON_REJECT_NO_SERVICE;
	if (!svc)
		return NULL;
	*ret_reject = BATON_REJECT_NO_SERVER;
	server = baton_server_get_rcu(svc, family, &rec->daddr, rec->dport);
	/* a server with port 0 serves whatever port the client asked for */
	if (!server && rec->dport == rec->vport)
		server = baton_server_get_rcu(svc, family, &rec->daddr, 0);
	/* nor does that of a data connection say anything */
	if (!server && rec->dport == rec->vport && rec->vport != rec->svc_port &&
	    READ_ONCE(svc->flags) & BATON_SERVICE_F_FTP)
		server = baton_server_get_any_rcu(svc, family, &rec->daddr);
	return server;
}

/* The server, under RCU only: an insertion takes its reference itself, or finds it dead. */
static struct baton_server *server_of(struct apply *apply, const struct baton_conn_record *rec,
				      enum baton_reject *ret_reject)
{
	struct baton_sync_like *known = &apply->in->known[apply->like];
	struct baton_server *server;

	if (known->turn == apply->turn)
		return known->server;
	server = get_server_rcu(apply->bn, rec, ret_reject);
	if (server) {
		baton_server_put(server);
		known->server = server;
		known->turn = apply->turn;
	}
	return server;
}

/*
 * Two connections cannot share the tuple of their replies. On the active only one of them
 * can exist, and it is the newer: the other's deletion is still on its way.
 */
static bool clear_reply_tuple(struct baton_net *bn, const struct baton_conn_record *rec)
{
	struct baton_tuple tuple = {
		.saddr = rec->daddr, .daddr = rec->caddr,
		.sport = rec->dport, .dport = rec->cport,
		.family = rec->family, .protocol = rec->protocol,
	};
	struct baton_conn *other = find(bn, &tuple, BATON_TO_CLIENT);

	if (!other || other->version >= rec->version)
		return false;
	kill_quietly(bn, other);
	return true;
}

/* @hash: of @client */
static enum baton_reject insert(struct apply *apply, const struct baton_conn_record *rec,
				const struct baton_tuple *client, u32 hash)
{
	struct baton_conn_new args = {
		.client = client, .daddr = &rec->daddr, .dport = rec->dport,
		.state = rec->state, .method = rec->method, .learned = true, .untold = apply->untold,
	};
	enum baton_reject reject = BATON_REJECT_NONE;
	struct baton_net *bn = apply->bn;
	struct baton_conn *conn;

	args.server = server_of(apply, rec, &reject);
	if (!args.server)
		return reject;
	local_bh_disable();
	conn = baton_conn_insert(bn, &args, hash);
	if (conn == ERR_PTR(-EADDRINUSE) && clear_reply_tuple(bn, rec))
		conn = baton_conn_insert(bn, &args, hash);
	local_bh_enable();
	switch (PTR_ERR_OR_ZERO(conn)) {
	case 0:
		break;
	case -ENOSPC:
		return BATON_REJECT_TABLE_FULL;
	case -ENOENT:
		return BATON_REJECT_NO_SERVER;
	default:
		return BATON_REJECT_NO_MEMORY;
	}
	/* false: its service was removed just now, and the connection with it */
	if (!__baton_sync_commit(bn, conn, rec->version, rec->state))
		return BATON_REJECT_NO_SERVICE;
	return BATON_REJECT_NONE;
}

static enum baton_reject update(struct baton_net *bn, struct baton_conn *conn,
				const struct baton_conn_record *rec)
{
	baton_conn_set_state(bn, conn, rec->state);
	set_bit(BATON_CONN_LEARNED, &conn->flags);
	/* false: it is being killed; the same record may come again and find it gone */
	if (!__baton_sync_commit(bn, conn, rec->version, rec->state))
		return BATON_REJECT_NO_MEMORY;
	return BATON_REJECT_NONE;
}

static bool is_good(struct apply *apply, const struct baton_conn_record *rec)
{
	struct baton_sync_like *known = &apply->in->known[apply->like];

	if (!known->checked) {
		known->checked = true;
		known->bad = baton_record_check_like(rec) != BATON_REJECT_NONE;
	}
	return !known->bad && baton_record_check_rest(rec, apply->epoch) == BATON_REJECT_NONE;
}

static enum baton_reject apply_one(struct apply *apply, bool *ret_stale)
{
	const struct baton_conn_record *rec = &apply->rec;
	struct baton_tuple tuple = client_tuple(rec);
	struct baton_net *bn = apply->bn;
	u32 hash = baton_conn_hash(&tuple);
	struct baton_conn *conn;
	enum baton_dir dir;

	if (!is_good(apply, rec))
		return BATON_REJECT_INVALID;
	bn->sync.seq = max(bn->sync.seq, rec->version);
	conn = baton_conn_find(bn->conns, &tuple, hash, &dir);
	if (conn && dir != BATON_TO_SERVER)
		conn = NULL;
	switch (baton_record_judge(rec, conn, conn ? conn->version : 0,
				   conn && same_server(conn, rec))) {
	case BATON_RECORD_STALE:
		*ret_stale = true;
		return BATON_REJECT_NONE;
	case BATON_RECORD_NOTHING:
		return BATON_REJECT_NONE;
	case BATON_RECORD_KILL:
		kill_quietly(bn, conn);
		return BATON_REJECT_NONE;
	case BATON_RECORD_UPDATE:
		return update(bn, conn, rec);
	case BATON_RECORD_REPLACE:
		kill_quietly(bn, conn);
		return insert(apply, rec, &tuple, hash);
	case BATON_RECORD_INSERT:
		return insert(apply, rec, &tuple, hash);
	}
	return BATON_REJECT_INVALID;
}

enum baton_match baton_sync_match(struct baton_net *bn, const struct baton_conn_record *rec)
{
	struct baton_tuple tuple = client_tuple(rec);
	enum baton_reject reject;
	struct baton_server *server;
	struct baton_conn *conn;

	if (baton_record_check_like(rec) != BATON_REJECT_NONE || rec->flags & BATON_CONN_F_DELETED)
		return BATON_MATCH_INVALID;
	conn = find(bn, &tuple, BATON_TO_SERVER);
	if (conn)
		return same_server(conn, rec) ? BATON_MATCH_SAME : BATON_MATCH_OTHER;
	server = get_server_rcu(bn, rec, &reject);
	if (!server)
		return reject == BATON_REJECT_NO_SERVICE ? BATON_MATCH_NO_SERVICE :
							   BATON_MATCH_NO_SERVER;
	baton_server_put(server);
	return BATON_MATCH_NONE;
}

#define APPLY_TURN 32	/* records before somebody else may run */

/* Records @from and following, in one RCU read section. Return: the first that is left. */
static u32 apply_some(struct apply *apply, const struct baton_conn_brief **brief, u32 from,
		      struct baton_sync_applied *ret)
{
	u32 i, end = min(apply->in->count, from + APPLY_TURN);

	rcu_read_lock();
	apply->turn++;
	apply->untold = !baton_nl_conn_heard(apply->bn);
	for (i = from; i < end; i++) {
		enum baton_reject reject;
		bool stale = false;

		*brief = expand(apply, *brief);
		reject = apply_one(apply, &stale);
		if (reject != BATON_REJECT_NONE) {
			ret->reject[ret->rejects][0] = i;
			ret->reject[ret->rejects++][1] = reject;
		} else if (stale) {
			ret->stale++;
		} else {
			ret->applied++;
		}
	}
	rcu_read_unlock();
	return end;
}

int baton_sync_apply(struct baton_net *bn, u32 epoch, const struct baton_sync_in *in,
		     struct baton_sync_applied *ret, struct netlink_ext_ack *extack)
{
	struct apply apply = { .bn = bn, .in = in, .epoch = epoch, .like = U32_MAX };
	const struct baton_conn_brief *brief = in->briefs;
	struct baton_sync *sync = &bn->sync;
	u32 i = 0;
	int err;

	mutex_lock(&sync->mutex);
	err = check_receiver(bn, epoch, extack);
	if (err)
		goto unlock;
	sync->follows = true;
	__baton_sync_enable(bn);
	/*
	 * Deletions from a time when this node was active must not be handed out any more: their
	 * tuples may be alive again on the node that is active now.
	 */
	if (atomic_read(&sync->tombstones))
		__baton_sync_sweep(bn);
	while (i < in->count) {
		i = apply_some(&apply, &brief, i, ret);
		cond_resched();
	}
unlock:
	mutex_unlock(&sync->mutex);
	return err;
}

struct prune {
	struct baton_net	*bn;
	const u8		*bucket_map;
	u64			version_before;
};

static bool prune_match(struct baton_conn *conn, void *arg)
{
	const struct prune *prune = arg;

	if (!test_bit(BATON_CONN_SYNCED, &conn->flags) || conn->version >= prune->version_before ||
	    !baton_bucket_selected(prune->bucket_map, baton_sync_bucket(conn)))
		return false;
	__baton_sync_forget(prune->bn, conn);
	return true;
}

int baton_sync_prune(struct baton_net *bn, u32 epoch, const u8 *bucket_map, u64 version_before,
		     u32 *ret_removed, struct netlink_ext_ack *extack)
{
	struct baton_sync *sync = &bn->sync;
	struct prune prune = {
		.bn = bn, .bucket_map = bucket_map, .version_before = version_before,
	};
	int err;

	mutex_lock(&sync->mutex);
	err = check_receiver(bn, epoch, extack);
	if (!err) {
		if (atomic_read(&sync->tombstones))
			__baton_sync_sweep(bn);
		*ret_removed = baton_conn_kill_if(bn, prune_match, &prune);
	}
	mutex_unlock(&sync->mutex);
	return err;
}
