// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel gate in a shared file, in place of the module: the agent is linked with this instead of the
 * library's netlink client. The file outlives the agent as the kernel does. $BATON_FAKE_GATE names it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "fake_lan.h"
#include "nl.h"

#define CONNS		4
#define LEFT_OUT	0x80000000u

/* Read by the tests as well: keep in step with pair.py. */
struct shared {
	uint32_t role;
	uint32_t epoch;
	uint32_t lease_ms;
	uint32_t announced;
	int64_t until;			/* CLOCK_MONOTONIC, ns; of a limited lease */
	uint32_t fail_open;		/* this many GATE_SETs to active fail */
	uint32_t sets;
	uint32_t guarded;		/* addresses in the list of VIP_SET */
	uint32_t relay_ms;		/* of the last GATE_SET to standby that had any */
	uint32_t probed;
	uint32_t owner;			/* somebody on the LAN answers what is asked */
	int64_t opened;			/* CLOCK_MONOTONIC, ns; anew, last */
	int64_t first;			/* ... that the first packet went through; the tests write it */
	struct {			/* the table; the tests write it */
		uint32_t id;		/* 0: none */
		uint32_t server;	/* LEFT_OUT: policy keeps it from the peer */
	} conn[CONNS];
	uint32_t vmacs;			/* link addresses in that list */
	uint32_t pad;
};

struct baton_nl {
	struct shared *gate;
	const char *error;
};

struct baton_nl_events {
	int fd;
	baton_nl_event_fn fn;
	void *arg;
	struct baton_nl_answer answer;	/* to be told, when the descriptor is readable */
};

static struct baton_nl_events *listener;	/* the agent has one */

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int baton_nl_open(struct baton_nl **ret, char *err, size_t err_size)
{
	const char *path = getenv("BATON_FAKE_GATE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct baton_nl *nl;

	if (fd < 0) {
		snprintf(err, err_size, "the kernel module baton is not loaded");
		return -ENOENT;
	}
	nl = calloc(1, sizeof(*nl));
	nl->gate = mmap(NULL, sizeof(*nl->gate), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	nl->error = "";
	*ret = nl;
	return 0;
}

void baton_nl_close(struct baton_nl *nl)
{
	if (!nl)
		return;
	munmap(nl->gate, sizeof(*nl->gate));
	free(nl);
}

const char *baton_nl_error(const struct baton_nl *nl)
{
	return nl->error;
}

const char *baton_nl_reason(const struct baton_nl *nl)
{
	return nl->error;
}

static bool is_open(const struct shared *g)
{
	return g->role == BATON_ROLE_ACTIVE && (!g->lease_ms || now_ns() < g->until);
}

static int fail(struct baton_nl *nl, int error, const char *text)
{
	nl->error = text;
	return error;
}

static void set_lease(struct shared *g, uint32_t lease_ms)
{
	g->until = now_ns() + lease_ms * 1000000LL;
	g->lease_ms = lease_ms;
}

int baton_nl_gate_get(struct baton_nl *nl, struct baton_gate *ret)
{
	struct shared *g = nl->gate;
	int64_t left = (g->until - now_ns()) / 1000000;

	*ret = (struct baton_gate){
		.role = g->role,
		.epoch = g->epoch,
		.lease_ms = g->lease_ms,
		.lease_left_ms = g->lease_ms && left > 0 ? left : 0,
		.state = g->role == BATON_ROLE_STANDBY ? BATON_GATE_SHUT :
			 is_open(g) ? BATON_GATE_OPEN : BATON_GATE_EXPIRED,
		.opened_ns = (uint64_t)g->opened,
		.announced_ns = (uint64_t)g->opened,
		.first_ns = (uint64_t)g->first,
	};
	return 0;
}

int baton_nl_gate_set(struct baton_nl *nl, const struct baton_gate *gate)
{
	struct shared *g = nl->gate;

	if (gate->epoch < g->epoch)
		return fail(nl, -ESTALE, "the epoch is lower than the present one");
	if (gate->role == BATON_ROLE_ACTIVE && gate->epoch == g->epoch && !is_open(g))
		return fail(nl, -ESTALE, "the role of this epoch has lapsed");
	if (gate->role == BATON_ROLE_ACTIVE && g->fail_open) {
		g->fail_open--;
		return fail(nl, -ENOBUFS, "made to fail");
	}
	if (gate->role == BATON_ROLE_ACTIVE && gate->epoch > g->epoch) {
		g->opened = now_ns();
		g->first = 0;
	}
	g->role = gate->role;
	g->epoch = gate->epoch;
	g->sets++;
	if (gate->relay_ms)
		g->relay_ms = gate->relay_ms;
	set_lease(g, gate->lease_ms);
	return 0;
}

int baton_nl_lease_renew(struct baton_nl *nl, uint32_t epoch, uint32_t lease_ms)
{
	struct shared *g = nl->gate;

	if (epoch != g->epoch || g->role != BATON_ROLE_ACTIVE)
		return fail(nl, -ESTALE, "another epoch");
	if (!is_open(g))
		return fail(nl, -ETIME, "the lease has run out");
	set_lease(g, lease_ms);
	return 0;
}

int baton_nl_announce(struct baton_nl *nl, unsigned int ifindex, uint8_t family,
		      const union baton_addr *addr)
{
	if (!is_open(nl->gate))
		return fail(nl, -EPERM, "the gate is not open");
	nl->gate->announced++;
	return fake_announce(ifindex, family, addr);
}

int baton_nl_probe(struct baton_nl *nl, uint32_t number, const struct baton_probe_target *list,
		   uint32_t count)
{
	if (!count || !list[0].ifindex)
		return fail(nl, -EINVAL, "nothing to ask for");
	nl->gate->probed++;
	if (!nl->gate->owner || !listener)
		return 0;
	listener->answer = (struct baton_nl_answer){ .number = number, .ifindex = list[0].ifindex,
		.family = list[0].family, .addr = list[0].addr, .mac = { 2, 0, 0, 0, 0, 0x77 } };
	return eventfd_write(listener->fd, 1) ? -errno : 0;
}

int baton_nl_vip_set(struct baton_nl *nl, const struct baton_vip_addr *list, uint32_t count,
		     const uint8_t (*vmac)[BATON_VMAC_LEN], uint32_t vmacs)
{
	(void)list;
	nl->gate->guarded = count;
	nl->gate->vmacs = vmacs;
	for (uint32_t i = 0; i < vmacs; i++)
		if (vmac[i][0] & 1)
			return fail(nl, -EADDRNOTAVAIL, "no unicast address");
	return 0;
}

int baton_nl_will_set(struct baton_nl *nl, uint32_t epoch, const void *word, uint32_t size,
		      const struct baton_will_path *path, uint32_t count)
{
	(void)nl;
	(void)epoch;
	(void)word;
	(void)size;
	(void)path;
	(void)count;
	return 0;
}

int baton_nl_info(struct baton_nl *nl, struct baton_info *ret)
{
	*ret = (struct baton_info){ .conn_count = CONNS };
	return baton_nl_gate_get(nl, &ret->gate);
}

int baton_nl_conn_sample(struct baton_nl *nl, uint64_t *cursor,
			 struct baton_conn_record records[BATON_MATCH_MAX], uint32_t *ret_count)
{
	*ret_count = 0;
	for (; *cursor < CONNS; ++*cursor) {
		uint32_t id = nl->gate->conn[*cursor].id, server = nl->gate->conn[*cursor].server;

		if (id)
			records[(*ret_count)++] = (struct baton_conn_record){
				.family = AF_INET, .caddr.v4 = htonl(id), .daddr.v4 = htonl(server & ~LEFT_OUT),
				.flags = server & LEFT_OUT ? BATON_CONN_F_LEFT_OUT : 0,
			};
	}
	*cursor = 0;
	return 0;
}

int baton_nl_conn_match(struct baton_nl *nl, const struct baton_conn_record *records, uint32_t count,
			uint8_t matches[BATON_MATCH_MAX])
{
	for (uint32_t i = 0; i < count; i++) {
		matches[i] = BATON_MATCH_NONE;
		for (unsigned int at = 0; at < CONNS; at++)
			if (nl->gate->conn[at].id == ntohl(records[i].caddr.v4))
				matches[i] = (nl->gate->conn[at].server & ~LEFT_OUT) ==
					     ntohl(records[i].daddr.v4) ? BATON_MATCH_SAME : BATON_MATCH_OTHER;
	}
	return 0;
}

int baton_nl_events_open(struct baton_nl_events **ret, const char *group, baton_nl_event_fn fn,
			 void *arg, char *err, size_t err_size)
{
	struct baton_nl_events *ev = calloc(1, sizeof(*ev));

	(void)group;
	(void)err;
	(void)err_size;
	ev->fn = fn;
	ev->arg = arg;
	ev->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	listener = ev;
	*ret = ev;
	return 0;
}

int baton_nl_events_fd(const struct baton_nl_events *ev)
{
	return ev->fd;
}

int baton_nl_events_dispatch(struct baton_nl_events *ev)
{
	struct baton_nl_event event = { .type = BATON_NL_EVENT_PROBE, .answer = ev->answer };
	eventfd_t times;

	if (!eventfd_read(ev->fd, &times))
		ev->fn(&event, ev->arg);
	return 0;
}

void baton_nl_events_close(struct baton_nl_events *ev)
{
	if (!ev)
		return;
	listener = NULL;
	close(ev->fd);
	free(ev);
}
