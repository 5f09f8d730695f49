// SPDX-License-Identifier: GPL-2.0-only
/*
 * The standby's side: records of the active node become connections.
 *
 * What is killed here leaves no tombstone: the peer said so itself, or is
 * about to be asked again. All under sync.mutex.
 */
#include <linux/hash.h>
#include <linux/netlink.h>
#include "conn_find.h"
#include "core/sync_rule.h"
#include "net.h"
#include "service.h"

/*
 * A promotion first sets role and epoch, then waits for sync.mutex to start the new
 * epoch's versions, then opens the gate: so what was let in here before is in the table
 * by then, and nothing of its own or an older epoch comes in later.
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

/* Records of before that were found good, by a few bits of their servers: see alike(). */
#define KNOWN 32

struct known {
	const struct baton_conn_record	*rec;	/* NULL: none */
	struct baton_server		*server;
};

/* As long as one RCU read section, which keeps the servers. */
struct apply {
	struct baton_net	*bn;
	u32			epoch;
	struct known		known[KNOWN];
};

static struct known *known_of(struct apply *apply, const struct baton_conn_record *rec)
{
	u32 bits = (__force u32)(rec->daddr.v6[0] ^ rec->daddr.v6[3]) ^ (__force u16)rec->dport;

	return &apply->known[hash_32(bits, ilog2(KNOWN))];
}

/*
 * Apart from its client and its age a record is as another one that was good and had a server:
 * then it is good too, and has the same.
 */
static bool alike(const struct baton_conn_record *a, const struct baton_conn_record *b)
{
	return !memcmp(&a->vaddr, &b->vaddr, 2 * sizeof(a->vaddr)) && a->vport == b->vport &&
	       a->dport == b->dport && a->svc_port == b->svc_port && a->family == b->family &&
	       a->protocol == b->protocol && a->state == b->state && a->method == b->method &&
	       a->flags == b->flags && a->mark == b->mark && a->reserved == b->reserved;
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
	struct known *known = known_of(apply, rec);
	struct baton_server *server;

	if (known->rec && alike(known->rec, rec))
		return known->server;
	server = get_server_rcu(apply->bn, rec, ret_reject);
	if (server) {
		baton_server_put(server);
		*known = (struct known) { .rec = rec, .server = server };
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

static enum baton_reject insert(struct apply *apply, const struct baton_conn_record *rec,
				const struct baton_tuple *client)
{
	struct baton_conn_new args = {
		.client = client, .daddr = &rec->daddr, .dport = rec->dport,
		.state = rec->state, .method = rec->method, .learned = true,
	};
	enum baton_reject reject = BATON_REJECT_NONE;
	u32 hash = baton_conn_hash(client);
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
	const struct known *known = known_of(apply, rec);

	if (known->rec && alike(known->rec, rec))
		return baton_record_check_rest(rec, apply->epoch) == BATON_REJECT_NONE;
	return baton_record_check(rec, apply->epoch) == BATON_REJECT_NONE;
}

static enum baton_reject apply_one(struct apply *apply, const struct baton_conn_record *rec,
				   bool *ret_stale)
{
	struct baton_tuple tuple = client_tuple(rec);
	struct baton_net *bn = apply->bn;
	struct baton_conn *conn;

	if (!is_good(apply, rec))
		return BATON_REJECT_INVALID;
	bn->sync.seq = max(bn->sync.seq, rec->version);
	conn = find(bn, &tuple, BATON_TO_SERVER);
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
		return insert(apply, rec, &tuple);
	case BATON_RECORD_INSERT:
		return insert(apply, rec, &tuple);
	}
	return BATON_REJECT_INVALID;
}

#define APPLY_TURN 32	/* records before somebody else may run */

/* Records @from and following, in one RCU read section. Return: the first that is left. */
static u32 apply_some(struct baton_net *bn, u32 epoch, const struct baton_conn_record *records,
		      u32 from, u32 count, struct baton_sync_applied *ret)
{
	struct apply apply = { .bn = bn, .epoch = epoch };
	u32 i, end = min(count, from + APPLY_TURN);

	rcu_read_lock();
	for (i = from; i < end; i++) {
		enum baton_reject reject;
		bool stale = false;

		reject = apply_one(&apply, &records[i], &stale);
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

int baton_sync_apply(struct baton_net *bn, u32 epoch, const struct baton_conn_record *records,
		     u32 count, struct baton_sync_applied *ret, struct netlink_ext_ack *extack)
{
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
	while (i < count) {
		i = apply_some(bn, epoch, records, i, count, ret);
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
