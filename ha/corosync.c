// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to corosync, and sending; what it tells is membership.c.
 *
 * One connection is made of two (libcpg, libquorum) that live and die together. Corosync may go at
 * any time; then every view is void, and we try again, at first often. Reading the configuration map
 * happens while connecting, never later: between a verdict and a promotion nothing but callbacks runs.
 * Sending is an exchange with the local corosync. One that hangs takes us with it until the watchdog
 * strikes; no lease is renewed in that time, which is the right thing for a node without a cluster.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include "beat.h"
#include "corosync_private.h"
#include "message.h"
#include "pulse.h"

#define RETRY_MIN_MS	100
#define RETRY_MAX_MS	2000
#define RESEND_MS	5

static const struct cpg_name group_name = { .length = 8, .value = "baton-ha" };

static void drop(struct baton_ha_corosync *c, const char *why);

/* --- sending --- */

static cs_error_t send_now(struct baton_ha_corosync *c, const struct baton_ha_message *m)
{
	uint8_t buf[BATON_HA_MESSAGE_SIZE + BATON_HA_BEAT_KEY];
	struct iovec iov = { buf, BATON_HA_MESSAGE_SIZE };

	baton_ha_message_encode(m, buf);
	if (m->type == BATON_HA_MSG_OFFER) {
		memcpy(buf + BATON_HA_MESSAGE_SIZE, baton_ha_pulse_key(c->agent->pulse),
		       BATON_HA_BEAT_KEY);
		iov.iov_len = sizeof(buf);
	}
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
	if (c->queued == BATON_HA_QUEUE_MAX) {
		c->broken = true;
		wake_in(c, 0);
		return;
	}
	c->queue[c->queued++] = *m;
	send_queue(c);
	if (c->broken)
		wake_in(c, 0);
}

int baton_ha_corosync_send_record(struct baton_ha_corosync *c, void *buf, size_t size)
{
	struct iovec iov = { buf, size };

	if (!c->joined || c->broken)
		return -ENOTCONN;
	return cpg_mcast_joined(c->cpg, CPG_TYPE_AGREED, &iov, 1) == CS_OK ? 0 : -EAGAIN;
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
	cpg_model_v1_data_t calls = {
		.model = CPG_MODEL_V1,
		.cpg_deliver_fn = baton_ha_on_message,
		.cpg_confchg_fn = baton_ha_on_group,
		.cpg_totem_confchg_fn = baton_ha_on_totem,
		.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF,
	};
	cs_error_t error;
	int fd;

	error = cpg_model_initialize(&c->cpg, CPG_MODEL_V1, (cpg_model_data_t *)&calls, c);
	if (error != CS_OK)
		return error;
	error = cpg_local_get(c->cpg, &c->nodeid);
	if (error == CS_OK)
		error = cpg_fd_get(c->cpg, &fd);
	if (error == CS_OK && watch(c, 0, fd, on_cpg) < 0)
		error = CS_ERR_NO_RESOURCES;
	if (error == CS_OK)
		error = cpg_join(c->cpg, &group_name);
	if (error != CS_OK)
		cpg_finalize(c->cpg);
	return error;
}

/* The list comes with the verdict as well. */
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

static cs_error_t connect_quorum(struct baton_ha_corosync *c)
{
	quorum_model_v1_data_t calls = {
		.model = QUORUM_MODEL_V1,
		.quorum_notify_fn = baton_ha_on_verdict,
		.nodelist_notify_fn = on_nodelist,
	};
	cs_error_t error;
	uint32_t type;
	int fd;

	error = quorum_model_initialize(&c->quorum, QUORUM_MODEL_V1,
					(quorum_model_data_t *)&calls, &type, c);
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
		/* The peer tells one that was stopped from one that died: it waits longer. */
		cpg_leave(c->cpg, &group_name);
		quorum_finalize(c->quorum);
		cpg_finalize(c->cpg);
	}
	sd_event_source_disable_unref(c->retry);
	free(c);
}
