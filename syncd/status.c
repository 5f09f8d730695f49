// SPDX-License-Identifier: GPL-2.0-or-later
/* Status in words: the control socket's objects and the line for systemd. */
#include <sodium.h>
#include <stdio.h>

#include "syncd.h"

static void add_int(json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)v));
}

static void add_bool(json_object *o, const char *key, bool v)
{
	json_object_object_add(o, key, json_object_new_boolean(v));
}

static const char *role_name(uint8_t role)
{
	return role == BATON_ROLE_ACTIVE ? "active" : "standby";
}

static void add_session(json_object *o, const struct baton_session *s)
{
	char hex[2 * BATON_SESSION_SIZE + 1];

	sodium_bin2hex(hex, sizeof(hex), s->bytes, BATON_SESSION_SIZE);
	json_object_object_add(o, "session", json_object_new_string(hex));
}

/* As text: JSON's numbers are not so large everywhere. */
static void add_fingerprint(json_object *o, uint64_t fingerprint)
{
	char hex[17];

	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)fingerprint);
	json_object_object_add(o, "config", json_object_new_string(hex));
}

/* -1 where there has been none. */
static void add_age(json_object *o, const char *key, bool known, uint64_t at, uint64_t now)
{
	json_object_object_add(o, key, json_object_new_int64(
		!known ? -1 : now > at ? (int64_t)((now - at) / 1000) : 0));
}

static json_object *peer_json(const struct baton_engine_status *st, uint64_t now)
{
	json_object *o = json_object_new_object();

	add_bool(o, "present", st->peers != 0);
	add_age(o, "last_heard_ms", st->peer_known, st->peer_heard, now);
	add_bool(o, "quiet", st->peer_quiet);
	if (st->peer_known) {
		add_session(o, &st->peer);
		add_int(o, "epoch", st->peer_epoch);
		json_object_object_add(o, "role", json_object_new_string(role_name(st->peer_role)));
		add_fingerprint(o, st->peer_fingerprint);
		add_bool(o, "config_equal", st->config_equal);
	}
	add_int(o, "count", st->peers);
	return o;
}

static json_object *lost_json(const struct baton_engine_status *st)
{
	json_object *o = json_object_new_object();

	add_int(o, "unsynced", st->lost_unsynced);
	add_int(o, "policy", st->lost_policy);
	add_int(o, "in_flight", st->lost_in_flight);
	add_int(o, "unknown_service", st->lost_service);
	add_int(o, "unknown_server", st->lost_server);
	add_int(o, "refused", st->lost_refused);
	return o;
}

static json_object *traffic_json(const struct baton_engine_status *st, bool tx)
{
	json_object *o = json_object_new_object();

	add_int(o, "datagrams", tx ? st->tx_datagrams : st->rx_datagrams);
	add_int(o, "bytes", tx ? st->tx_bytes : st->rx_bytes);
	add_int(o, "records", tx ? st->tx_records : st->rx_records);
	add_int(o, tx ? "resends" : "gaps", tx ? st->tx_resends : st->rx_gaps);
	if (!tx)
		add_int(o, "duplicates", st->rx_duplicates);
	return o;
}

static void add_work(json_object *o, const struct baton_engine_status *st)
{
	json_object *bulk = json_object_new_object(), *lag = json_object_new_object();
	json_object *rejects = json_object_new_object();

	add_bool(bulk, "running", st->bulk_running);
	add_int(bulk, "announced", st->bulk_announced);
	add_int(bulk, "done", st->bulk_done);
	add_int(bulk, "walks", st->bulks);
	add_int(bulk, "reruns", st->bulk_reruns);
	json_object_object_add(o, "bulk", bulk);
	add_int(lag, "pending", st->lag_pending);
	add_int(lag, "unacked", st->lag_unacked);
	add_int(lag, "oldest_ms", st->lag_oldest / 1000);
	json_object_object_add(o, "lag", lag);
	json_object_object_add(o, "tx", traffic_json(st, true));
	json_object_object_add(o, "rx", traffic_json(st, false));
	for (int i = BATON_REFUSAL_NONE + 1; i < BATON_REFUSAL_COUNT; i++)
		add_int(rejects, baton_refusal_name(i), st->refusals[i]);
	json_object_object_add(o, "rejects", rejects);
	add_int(o, "adopted", st->adopted);
	add_int(o, "datagram", st->datagram);
	add_int(o, "datagram_limit", st->datagram_limit);
	add_int(o, "left_behind", st->left_behind);
	add_int(o, "overruns", st->overruns);
	add_int(o, "kernel_errors", st->kernel_errors);
}

json_object *baton_syncd_status_json(const struct syncd *d)
{
	json_object *o = json_object_new_object();
	struct baton_engine_status st;
	uint64_t now = baton_syncd_now();

	baton_engine_status(d->engine, now, &st);
	add_bool(o, "ok", true);
	json_object_object_add(o, "version", json_object_new_string(BATON_RELEASE));
	json_object_object_add(o, "role", json_object_new_string(role_name(st.role)));
	add_int(o, "epoch", st.epoch);
	add_int(o, "epoch_heard", st.epoch_heard);
	add_session(o, &st.session);
	add_fingerprint(o, st.fingerprint);
	add_int(o, "uptime_ms", (now - d->started) / 1000);
	add_bool(o, "sending", st.source);
	json_object_object_add(o, "peer", peer_json(&st, now));
	add_bool(o, "warm", st.warm);
	add_age(o, "warm_age_ms", st.proven, st.proof_at, now);
	add_bool(o, "digests_equal", st.digests_equal);
	add_int(o, "buckets_differing", st.buckets_differing);
	add_int(o, "connections", st.connections);
	add_int(o, "would_survive", st.would_survive);
	json_object_object_add(o, "lost_by_reason", lost_json(&st));
	add_work(o, &st);
	json_object_object_add(o, "auth", baton_syncd_keys_json(d));
	json_object_object_add(o, "links", baton_syncd_transport_json(d->transport));
	return o;
}

json_object *baton_syncd_change_json(const struct baton_engine_status *st)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "role", json_object_new_string(role_name(st->role)));
	add_int(o, "epoch", st->epoch);
	add_bool(o, "warm", st->warm);
	add_bool(o, "peer_present", st->peers != 0);
	add_bool(o, "peer_quiet", st->peer_quiet);
	add_int(o, "peer_epoch", st->peer_known ? st->peer_epoch : 0);
	json_object_object_add(o, "peer_role", json_object_new_string(
		st->peer_known ? role_name(st->peer_role) : "standby"));
	add_int(o, "connections", st->connections);
	add_int(o, "would_survive", st->would_survive);
	json_object_object_add(o, "lost_by_reason", lost_json(st));
	return o;
}

void baton_syncd_status_line(const struct syncd *d, char *buf, size_t size)
{
	struct baton_engine_status st;

	baton_engine_status(d->engine, baton_syncd_now(), &st);
	snprintf(buf, size, "%s, epoch %u, %s, %s: %u of %u connections would survive a failover",
		 role_name(st.role), st.epoch, st.peers ? "peer heard" : "no peer",
		 st.warm ? "warm" : "not warm", st.would_survive, st.connections);
}
