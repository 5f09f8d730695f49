// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "err.h"

/* Records in one CONN_EVENT: bounded by what fits into the buffer. */
#define ROOM (BATON_NL_BUF / sizeof(struct baton_conn_record))

struct baton_nl_events {
	struct nl_sock *sk;
	uint16_t family;
	bool counted;			/* every message of the group bears a number */
	bool seen;			/* next_seq is valid */
	uint32_t next_seq;
	baton_nl_event_fn fn;
	void *arg;
	uint8_t *buf;
	struct baton_conn_record *records;
};

static int find_group(const char *group, uint16_t *family, uint32_t *id,
		      char *err, size_t err_size)
{
	struct baton_nl *nl;
	int error;

	error = baton_nl_handle_new(&nl, err, err_size);
	if (error)
		return error;
	error = baton_nl_resolve(nl, group, id);
	if (error)
		baton_err_set(err, err_size, error, "%s", nl->error);
	*family = nl->family;
	baton_nl_close(nl);
	return error;
}

int baton_nl_events_open(struct baton_nl_events **ret, const char *group,
			 baton_nl_event_fn fn, void *arg, char *err, size_t err_size)
{
	struct baton_nl_events *ev = calloc(1, sizeof(*ev));
	uint32_t id = 0;
	int error;

	if (ev) {
		ev->buf = malloc(BATON_NL_BUF);
		ev->records = calloc(ROOM, sizeof(*ev->records));
	}
	if (!ev || !ev->buf || !ev->records) {
		baton_nl_events_close(ev);
		return baton_err_set(err, err_size, -ENOMEM, "%s", baton_err_text(ENOMEM));
	}
	ev->fn = fn;
	ev->arg = arg;
	ev->counted = !strcmp(group, BATON_MCGRP_MONITOR);
	error = find_group(group, &ev->family, &id, err, err_size);
	if (!error)
		error = baton_nl_socket(&ev->sk, err, err_size);
	if (!error && nl_socket_add_memberships(ev->sk, (int)id, 0) < 0)
		error = baton_err_set(err, err_size, errno ? -errno : -EIO,
				      "cannot join the event group '%s': %s", group,
				      baton_err_text(errno ? errno : EIO));
	if (!error && fcntl(nl_socket_get_fd(ev->sk), F_SETFL, O_NONBLOCK))
		error = baton_err_set(err, err_size, -errno, "%s", baton_err_text(errno));
	if (error) {
		baton_nl_events_close(ev);
		return error;
	}
	*ret = ev;
	return 0;
}

int baton_nl_events_fd(const struct baton_nl_events *ev)
{
	return nl_socket_get_fd(ev->sk);
}

void baton_nl_events_close(struct baton_nl_events *ev)
{
	if (!ev)
		return;
	if (ev->sk)
		nl_socket_free(ev->sk);
	free(ev->records);
	free(ev->buf);
	free(ev);
}

static void report_lost(struct baton_nl_events *ev)
{
	struct baton_nl_event event = { .type = BATON_NL_EVENT_LOST };

	ev->fn(&event, ev->arg);
}

/* Numbers may arrive late when two CPUs publish at once; only a jump ahead is a loss. */
static void count_message(struct baton_nl_events *ev, uint32_t seq)
{
	if (!ev->counted)
		return;
	if (ev->seen && (int32_t)(seq - ev->next_seq) > 0)
		report_lost(ev);
	if (!ev->seen || (int32_t)(seq - ev->next_seq) >= 0)
		ev->next_seq = seq + 1;
	ev->seen = true;
}

static int decode(struct baton_nl_events *ev, uint8_t cmd, struct nlattr **attr,
		  struct baton_nl_event *event)
{
	switch (cmd) {
	case BATON_CMD_SYNC_WAKE:
		event->type = BATON_NL_EVENT_WAKE;
		return 0;
	case BATON_CMD_GATE_EVENT:
		event->type = BATON_NL_EVENT_GATE;
		return baton_nl_get_gate(attr[BATON_A_GATE], &event->gate);
	case BATON_CMD_PROBE_EVENT:
		event->type = BATON_NL_EVENT_PROBE;
		return baton_nl_get_answer(attr[BATON_A_PROBE], &event->answer);
	case BATON_CMD_SERVICE_EVENT:
		event->type = BATON_NL_EVENT_SERVICE;
		return baton_nl_get_service(attr[BATON_A_SERVICE], &event->service);
	case BATON_CMD_SERVER_EVENT:
		event->type = BATON_NL_EVENT_SERVER;
		if (baton_nl_get_service(attr[BATON_A_SERVICE], &event->service))
			return -EPROTO;
		return baton_nl_get_server(attr[BATON_A_SERVER], &event->server);
	case BATON_CMD_CONN_EVENT:
		event->type = BATON_NL_EVENT_CONN;
		event->records = ev->records;
		return baton_nl_get_records(attr[BATON_A_RECORDS], ev->records, ROOM,
					    &event->count);
	default:
		return -EOPNOTSUPP;	/* a newer module tells more than we know */
	}
}

static void dispatch_one(struct baton_nl_events *ev, struct nlmsghdr *hdr)
{
	struct nlattr *attr[BATON_NL_ATTRS];
	struct baton_nl_event event = {};
	struct genlmsghdr *genl;

	if (hdr->nlmsg_type != ev->family || !genlmsg_valid_hdr(hdr, 0))
		return;
	genl = genlmsg_hdr(hdr);
	if (nla_parse(attr, BATON_NL_ATTRS - 1, genlmsg_attrdata(genl, 0),
		      genlmsg_attrlen(genl, 0), NULL) < 0)
		return;
	if (attr[BATON_A_MONITOR_SEQ]) {
		event.seq = baton_nl_u32(attr[BATON_A_MONITOR_SEQ]);
		count_message(ev, event.seq);
	}
	event.event = baton_nl_u8(attr[BATON_A_EVENT]);
	if (!decode(ev, genl->cmd, attr, &event))
		ev->fn(&event, ev->arg);
}

int baton_nl_events_dispatch(struct baton_nl_events *ev)
{
	struct sockaddr_nl from = {};
	struct iovec iov = { ev->buf, BATON_NL_BUF };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct nlmsghdr *hdr;
	ssize_t got;
	int len;

	for (;;) {
		msg.msg_name = &from;
		msg.msg_namelen = sizeof(from);
		got = recvmsg(nl_socket_get_fd(ev->sk), &msg, MSG_DONTWAIT);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got < 0 && errno != ENOBUFS)
			return -errno;
		if (got < 0 || (msg.msg_flags & MSG_TRUNC)) {
			ev->seen = false;	/* the gap is reported once, here */
			report_lost(ev);
			continue;
		}
		if (from.nl_pid)
			continue;
		len = (int)got;
		for (hdr = (struct nlmsghdr *)ev->buf; nlmsg_ok(hdr, len);
		     hdr = nlmsg_next(hdr, &len))
			dispatch_one(ev, hdr);
	}
}
