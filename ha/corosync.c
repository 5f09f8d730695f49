// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Corosync: who is in the ring, whose agent is in the group, what the quorum says, and messages.
 *
 * One connection is made of two (libcpg, libquorum) that live and die together. Corosync may go at
 * any time; then every view is void, and we try again, at first often. Reading the configuration map
 * happens while connecting, never later: between a verdict and a promotion nothing but callbacks runs.
 * Sending is an exchange with the local corosync. One that hangs takes us with it until the watchdog
 * strikes; no lease is renewed in that time, which is the right thing for a node without a cluster.
 */
#include <corosync/cmap.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"
#include "message.h"

#define GROUP_NAME	"baton-ha"
#define QUEUE_MAX	16
#define RETRY_MIN_MS	100
#define RETRY_MAX_MS	2000
#define RESEND_MS	5

struct baton_ha_corosync {
	struct baton_ha_agent *agent;
	sd_event_source *retry;		/* connect, or send again */
	sd_event_source *io[2];
	cpg_handle_t cpg;
	quorum_handle_t quorum;
	bool connected;			/* both handles are good */
	bool joined;			/* our own membership was delivered */
	bool broken;			/* seen inside a callback: dropped after it */
	uint64_t backoff_ms;
	uint32_t nodeid;
	uint32_t peer;			/* as configured, or as seen; 0: unknown */

	/* What came before our own membership: told right after it. */
	struct baton_ha_event ring, verdict;

	struct baton_ha_message queue[QUEUE_MAX];
	unsigned int queued;
};

static void drop(struct baton_ha_corosync *c, const char *why);

static bool is_peer(struct baton_ha_corosync *c, uint32_t nodeid)
{
	if (nodeid == c->nodeid)
		return false;
	if (!c->peer)
		c->peer = nodeid;
	return nodeid == c->peer;
}

static struct baton_ha_event view(struct baton_ha_corosync *c, enum baton_ha_event_type type,
				  uint32_t ring_node, uint64_t ring_seq, const uint32_t *members,
				  uint32_t count)
{
	struct baton_ha_event ev = { .type = type,
		.view = { .ring = { ring_node, ring_seq } } };

	for (uint32_t i = 0; i < count; i++)
		if (is_peer(c, members[i]))
			ev.view.peer = true;
	ev.view.peer_nodeid = ev.view.peer ? c->peer : 0;
	return ev;
}

/* --- callbacks: they only feed --- */

static void on_totem(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t count,
		     const uint32_t *members)
{
	struct baton_ha_corosync *c;

	if (cpg_context_get(handle, (void **)&c) != CS_OK)
		return;
	c->ring = view(c, BATON_HA_EV_RING, ring.nodeid, ring.seq, members, count);
	if (!c->joined)
		return;
	baton_ha_report(c->agent, LOG_INFO, "membership", "ring %u.%llu, peer %s", ring.nodeid,
			(unsigned long long)ring.seq, c->ring.view.peer ? "in" : "out");
	baton_ha_feed(c->agent, &c->ring);
}

static void on_verdict(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring,
		       uint32_t count, const uint32_t *members)
{
	struct baton_ha_corosync *c;

	if (quorum_context_get(handle, (const void **)&c) != CS_OK)
		return;
	c->verdict = view(c, BATON_HA_EV_VERDICT, ring.nodeid, ring.seq, members, count);
	c->verdict.view.quorate = quorate;
	if (!c->joined)
		return;
	baton_ha_report(c->agent, LOG_INFO, "verdict", "ring %u.%llu, %s, peer %s", ring.nodeid,
			(unsigned long long)ring.seq, quorate ? "quorate" : "not quorate",
			c->verdict.view.peer ? "in" : "out");
	baton_ha_feed(c->agent, &c->verdict);
}

static void on_nodelist(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t count,
			const uint32_t *members, uint32_t joined_count, const uint32_t *joined,
			uint32_t left_count, const uint32_t *left)
{
	(void)handle;
	(void)ring;
	(void)count;
	(void)members;
	(void)joined_count;
	(void)joined;
	(void)left_count;
	(void)left;
}

static uint32_t number(cmap_handle_t map, const char *key)
{
	uint32_t value = 0;

	return cmap_get_uint32(map, key, &value) == CS_OK ? value : 0;
}

/* The node list has a gap where a node was taken out: look a little further. */
static uint32_t other_node(cmap_handle_t map, uint32_t self)
{
	char key[64];
	uint32_t id;

	for (int i = 0; i < 16; i++) {
		snprintf(key, sizeof(key), "nodelist.node.%d.nodeid", i);
		id = number(map, key);
		if (id && id != self)
			return id;
	}
	return 0;
}

static void read_map(struct baton_ha_corosync *c, struct baton_ha_cluster *ret)
{
	uint8_t two_node = 0;
	cmap_handle_t map;

	*ret = (struct baton_ha_cluster){ .nodeid = c->nodeid };
	if (cmap_initialize(&map) != CS_OK)
		return;
	ret->token_ms = number(map, "runtime.config.totem.token");
	ret->consensus_ms = number(map, "runtime.config.totem.consensus");
	if (cmap_get_uint8(map, "runtime.votequorum.two_node", &two_node) != CS_OK)
		cmap_get_uint8(map, "quorum.two_node", &two_node);
	ret->two_node = two_node;
	ret->peer = other_node(map, c->nodeid);
	cmap_finalize(map);
}

/* We are a member: from here on views and messages have an order. */
static void joined(struct baton_ha_corosync *c)
{
	struct baton_ha_agent *agent = c->agent;
	struct baton_ha_event ev = { .type = BATON_HA_EV_CLUSTER_UP };

	read_map(c, &ev.cluster);
	c->joined = true;
	c->peer = ev.cluster.peer;
	c->backoff_ms = 0;
	baton_ha_report(agent, LOG_NOTICE, "cluster_up", "node %u, peer %u, token %u, consensus %u%s",
			c->nodeid, c->peer, ev.cluster.token_ms, ev.cluster.consensus_ms,
			ev.cluster.two_node ? ", two_node" : "");
	baton_ha_feed(agent, &ev);
	if (agent->ha.lease_ms < agent->config.ha.lease_ms)
		baton_ha_report(agent, LOG_WARNING, "lease",
				"%u ms is too long for token %u and consensus %u: using %u ms",
				agent->config.ha.lease_ms, ev.cluster.token_ms,
				ev.cluster.consensus_ms, agent->ha.lease_ms);
	if (c->ring.type == BATON_HA_EV_RING)
		baton_ha_feed(agent, &c->ring);
	if (c->verdict.type == BATON_HA_EV_VERDICT)
		baton_ha_feed(agent, &c->verdict);
}

static const struct cpg_address *find(struct baton_ha_corosync *c, bool self,
				      const struct cpg_address *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (self ? list[i].nodeid == c->nodeid && list[i].pid == (uint32_t)getpid() :
			   is_peer(c, list[i].nodeid))
			return &list[i];
	return NULL;
}

static void on_group(cpg_handle_t handle, const struct cpg_name *name,
		     const struct cpg_address *members, size_t count,
		     const struct cpg_address *left, size_t left_count,
		     const struct cpg_address *arrived, size_t arrived_count)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_GROUP };
	const struct cpg_address *gone;
	struct baton_ha_corosync *c;

	(void)name;
	(void)arrived;
	(void)arrived_count;
	if (cpg_context_get(handle, (void **)&c) != CS_OK)
		return;
	if (!c->joined && find(c, true, members, count))
		joined(c);
	if (!c->joined)
		return;
	gone = find(c, false, left, left_count);
	if (gone) {
		baton_ha_report(c->agent, LOG_NOTICE, "peer_agent", "left: %s",
				gone->reason == CPG_REASON_PROCDOWN ? "its process died" :
				gone->reason == CPG_REASON_NODEDOWN ? "its node is down" :
				gone->reason == CPG_REASON_LEAVE ? "it was stopped" : "unknown");
		baton_ha_feed(c->agent, &ev);
	}
	ev.view.peer = find(c, false, members, count);
	ev.view.peer_nodeid = c->peer;
	if (ev.view.peer && !c->agent->ha.peer.in_group)
		baton_ha_report(c->agent, LOG_INFO, "peer_agent", "joined");
	baton_ha_feed(c->agent, &ev);
}

static void on_message(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid,
		       uint32_t pid, void *data, size_t size)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_MESSAGE };
	struct baton_ha_corosync *c;
	int error;

	(void)name;
	if (cpg_context_get(handle, (void **)&c) != CS_OK || !c->joined)
		return;
	if (nodeid == c->nodeid ? pid != (uint32_t)getpid() : !is_peer(c, nodeid))
		return;
	error = baton_ha_message_decode(data, size, &ev.from.message);
	if (error) {
		baton_ha_report(c->agent, LOG_WARNING, "message", "from node %u: %s", nodeid,
				error == -EPROTONOSUPPORT ? "of a newer version" : "malformed");
		return;
	}
	ev.from.self = nodeid == c->nodeid;
	baton_ha_feed(c->agent, &ev);
}

/* --- sending --- */

static cs_error_t send_now(struct baton_ha_corosync *c, const struct baton_ha_message *m)
{
	uint8_t buf[BATON_HA_MESSAGE_SIZE];
	struct iovec iov = { buf, sizeof(buf) };

	baton_ha_message_encode(m, buf);
	return cpg_mcast_joined(c->cpg, CPG_TYPE_AGREED, &iov, 1);
}

static void wake_in(struct baton_ha_corosync *c, uint64_t ms)
{
	sd_event_source_set_time_relative(c->retry, ms * 1000);
	sd_event_source_set_enabled(c->retry, SD_EVENT_ONESHOT);
}

static void send_queue(struct baton_ha_corosync *c)
{
	unsigned int done = 0;
	cs_error_t error = CS_OK;

	while (done < c->queued && error == CS_OK) {
		error = send_now(c, &c->queue[done]);
		done += error == CS_OK;
	}
	c->queued -= done;
	memmove(c->queue, c->queue + done, c->queued * sizeof(c->queue[0]));
	if (error == CS_ERR_TRY_AGAIN)
		wake_in(c, RESEND_MS);
	else if (error != CS_OK)
		c->broken = true;
}

void baton_ha_corosync_send(struct baton_ha_corosync *c, const struct baton_ha_message *m)
{
	if (!c->joined || c->broken)
		return;
	/* A greeting that still waits is replaced by the newer one. */
	if (m->type == BATON_HA_MSG_HELLO && c->queued &&
	    c->queue[c->queued - 1].type == BATON_HA_MSG_HELLO)
		c->queued--;
	if (c->queued == QUEUE_MAX) {
		c->broken = true;
		wake_in(c, 0);
		return;
	}
	c->queue[c->queued++] = *m;
	send_queue(c);
	if (c->broken)
		wake_in(c, 0);
}

/* --- the connection --- */

static int on_cpg(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_corosync *c = arg;

	(void)source;
	(void)fd;
	if (cpg_dispatch(c->cpg, CS_DISPATCH_ALL) != CS_OK || c->broken ||
	    revents & (EPOLLHUP | EPOLLERR))
		drop(c, "the connection was lost");
	return 0;
}

static int on_quorum(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_corosync *c = arg;

	(void)source;
	(void)fd;
	if (quorum_dispatch(c->quorum, CS_DISPATCH_ALL) != CS_OK || c->broken ||
	    revents & (EPOLLHUP | EPOLLERR))
		drop(c, "the connection was lost");
	return 0;
}

static int watch(struct baton_ha_corosync *c, int slot, int fd, sd_event_io_handler_t fn)
{
	int error = sd_event_add_io(c->agent->event, &c->io[slot], fd, EPOLLIN, fn, c);

	if (error < 0)
		return error;
	return sd_event_source_set_priority(c->io[slot], BATON_HA_PRIORITY_CLUSTER + slot);
}

static cs_error_t connect_cpg(struct baton_ha_corosync *c)
{
	cpg_model_v1_data_t model = {
		.model = CPG_MODEL_V1,
		.cpg_deliver_fn = on_message,
		.cpg_confchg_fn = on_group,
		.cpg_totem_confchg_fn = on_totem,
		.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF,
	};
	struct cpg_name name = { .length = strlen(GROUP_NAME), .value = GROUP_NAME };
	cs_error_t error;
	int fd;

	error = cpg_model_initialize(&c->cpg, CPG_MODEL_V1, (cpg_model_data_t *)&model, c);
	if (error != CS_OK)
		return error;
	error = cpg_local_get(c->cpg, &c->nodeid);
	if (error == CS_OK)
		error = cpg_fd_get(c->cpg, &fd);
	if (error == CS_OK && watch(c, 0, fd, on_cpg) < 0)
		error = CS_ERR_NO_RESOURCES;
	if (error == CS_OK)
		error = cpg_join(c->cpg, &name);
	if (error != CS_OK)
		cpg_finalize(c->cpg);
	return error;
}

static cs_error_t connect_quorum(struct baton_ha_corosync *c)
{
	quorum_model_v1_data_t model = {
		.model = QUORUM_MODEL_V1,
		.quorum_notify_fn = on_verdict,
		.nodelist_notify_fn = on_nodelist,
	};
	cs_error_t error;
	uint32_t type;
	int fd;

	error = quorum_model_initialize(&c->quorum, QUORUM_MODEL_V1,
					(quorum_model_data_t *)&model, &type, c);
	if (error != CS_OK)
		return error;
	error = quorum_fd_get(c->quorum, &fd);
	if (error == CS_OK && watch(c, 1, fd, on_quorum) < 0)
		error = CS_ERR_NO_RESOURCES;
	if (error == CS_OK)
		error = quorum_trackstart(c->quorum, CS_TRACK_CURRENT | CS_TRACK_CHANGES);
	if (error != CS_OK)
		quorum_finalize(c->quorum);
	return error;
}

static void unwatch(struct baton_ha_corosync *c)
{
	c->io[0] = sd_event_source_disable_unref(c->io[0]);
	c->io[1] = sd_event_source_disable_unref(c->io[1]);
}

static void connect_again(struct baton_ha_corosync *c)
{
	c->backoff_ms = c->backoff_ms ? c->backoff_ms * 2 : RETRY_MIN_MS;
	if (c->backoff_ms > RETRY_MAX_MS)
		c->backoff_ms = RETRY_MAX_MS;
	wake_in(c, c->backoff_ms);
}

static void connect_now(struct baton_ha_corosync *c)
{
	cs_error_t error;

	c->ring.type = BATON_HA_EV_TICK;	/* nothing seen yet */
	c->verdict.type = BATON_HA_EV_TICK;
	error = connect_cpg(c);
	if (error == CS_OK) {
		error = connect_quorum(c);
		if (error != CS_OK)
			cpg_finalize(c->cpg);
	}
	if (error == CS_OK) {
		c->connected = true;
		return;
	}
	unwatch(c);
	if (!c->backoff_ms)
		baton_ha_report(c->agent, LOG_WARNING, "no_cluster", "%s",
				error == CS_ERR_ACCESS || error == CS_ERR_SECURITY ?
				"corosync refuses us: it needs an uidgid entry for this user" :
				"corosync is not running: start it with systemctl start corosync");
	connect_again(c);
}

static void drop(struct baton_ha_corosync *c, const char *why)
{
	bool was_joined = c->joined;

	unwatch(c);
	quorum_finalize(c->quorum);
	cpg_finalize(c->cpg);
	c->connected = false;
	c->joined = false;
	c->broken = false;
	c->queued = 0;
	c->backoff_ms = 0;
	if (was_joined) {
		baton_ha_report(c->agent, LOG_WARNING, "cluster_down", "%s", why);
		baton_ha_feed(c->agent,
			      &(struct baton_ha_event){ .type = BATON_HA_EV_CLUSTER_DOWN });
	}
	connect_again(c);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_corosync *c = arg;

	(void)source;
	(void)usec;
	if (!c->connected)
		connect_now(c);
	else if (!c->broken)
		send_queue(c);
	if (c->broken)
		drop(c, "a message could not be sent");
	return 0;
}

int baton_ha_corosync_new(struct baton_ha_corosync **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_corosync *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->agent = agent;
	error = sd_event_add_time_relative(agent->event, &c->retry, CLOCK_MONOTONIC, 0, 1000,
					   on_retry, c);
	if (error < 0) {
		free(c);
		return error;
	}
	*ret = c;
	return 0;
}

void baton_ha_corosync_free(struct baton_ha_corosync *c)
{
	if (!c)
		return;
	unwatch(c);
	if (c->connected) {
		quorum_finalize(c->quorum);
		cpg_finalize(c->cpg);
	}
	sd_event_source_disable_unref(c->retry);
	free(c);
}
