// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams in and out. Every link carries every datagram; the receiver's replay window drops
 * the second copy. Multicast stays on the link (TTL 1) and nothing is ever fragmented: what gets
 * through is for the engine to find out, whatever a router says.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "log.h"
#include "syncd.h"

#define BURST		32		/* datagrams taken in before the loop looks elsewhere */
#define RECEIVE_BUFFER	(8 << 20)
#define SEND_BUFFER	(1 << 20)
#define MTU_DEFAULT	1500
#define MTU_MIN		1280		/* a digest's marks have to fit into one datagram */

_Static_assert(BATON_LINKS >= BATON_SYNC_LINK_MAX, "each link has a replay window");

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct link {
	struct syncd_transport *transport;
	const char *interface;		/* empty: whatever the route says */
	int fd;				/* -1: failed, to be repaired */
	unsigned int index;		/* of the interface, while it is open */
	sd_event_source *source;
	bool complained;
	uint64_t sent, received, errors;
};

struct syncd_transport {
	struct syncd *daemon;
	bool multicast;
	unsigned int mtu;
	unsigned int links;
	struct link link[BATON_SYNC_LINK_MAX];
	union address to;		/* the group; of unicast peers family and port */
	socklen_t to_size;
	unsigned int peers;
	struct {
		union address to;
		const char *interface;	/* empty: on every link */
	} peer[BATON_SYNC_PEER_MAX];
	uint8_t buffer[BURST][BATON_FRAME_MAX + 1];
	uint8_t plain[BATON_FRAME_MAX];
};

static int enable(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int join_v4(const struct syncd_transport *t, const struct link *l, int fd)
{
	struct ip_mreqn req = {
		.imr_multiaddr = t->to.in.sin_addr,
		.imr_ifindex = (int)if_nametoindex(l->interface),
	};
	int err;

	if (!req.imr_ifindex)
		return -ENODEV;
	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req, sizeof(req)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &req, sizeof(req)) < 0)
		return -errno;
	err = enable(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1);
	if (!err)
		err = enable(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	/* Without this every socket would get what any other process joined. */
	return err ? err : enable(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

static int join_v6(const struct syncd_transport *t, const struct link *l, int fd)
{
	struct ipv6_mreq req = {
		.ipv6mr_multiaddr = t->to.in6.sin6_addr,
		.ipv6mr_interface = if_nametoindex(l->interface),
	};
	int err;

	if (!req.ipv6mr_interface)
		return -ENODEV;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &req, sizeof(req)) < 0)
		return -errno;
	err = enable(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)req.ipv6mr_interface);
	if (!err)
		err = enable(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
	return err ? err : enable(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
}

static int bind_link(const struct syncd_transport *t, const struct link *l, int fd)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = t->to.in6.sin6_port };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = t->to.in.sin_port };
	const struct sockaddr *sa;

	if (*l->interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, l->interface,
					strlen(l->interface) + 1) < 0)
		return -errno;
	/* The group itself as local address keeps datagrams to our own addresses out. */
	sa = t->multicast ? &t->to.sa :
	     t->to.sa.sa_family == AF_INET ? (struct sockaddr *)&any4 : (struct sockaddr *)&any6;
	return bind(fd, sa, t->to_size) < 0 ? -errno : 0;
}

static int tune(const struct syncd_transport *t, int fd)
{
	int err;

	/* Beyond the system's limit when we may; else as large as it lets us. */
	if (enable(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER))
		enable(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	if (enable(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER))
		enable(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	err = enable(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (err)
		return err;
	if (t->to.sa.sa_family == AF_INET)
		return enable(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	err = enable(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return err ? err : enable(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
}

static void receive(struct link *l, uint8_t *datagram, size_t size)
{
	struct syncd_transport *t = l->transport;
	struct syncd *d = t->daemon;
	struct baton_frame frame;
	enum baton_refusal why;
	size_t n;

	l->received++;
	why = baton_frame_open(&d->keys, &d->params.session, datagram, size, &frame, t->plain, &n);
	frame.link = l - t->link;
	if (why == BATON_REFUSAL_NONE) {
		struct baton_input in = {
			.type = BATON_IN_FRAME,
			.frame = { .head = &frame, .payload = t->plain, .size = n },
		};

		d->heard[frame.key_id].count++;
		d->heard[frame.key_id].at = baton_syncd_now();
		baton_syncd_feed(d, &in);
	} else {
		baton_engine_refused(d->engine, why);
		baton_syncd_refused(&frame, why);
	}
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *arg)
{
	struct link *l = arg;
	struct syncd_transport *t = l->transport;
	struct mmsghdr msg[BURST];
	struct iovec iov[BURST];
	int n;

	(void)s;
	(void)revents;
	for (unsigned int i = 0; i < BURST; i++) {
		iov[i] = (struct iovec){ t->buffer[i], sizeof(t->buffer[i]) };
		msg[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &iov[i], .msg_iovlen = 1 } };
	}
	/* An error here is that of an earlier send, or of nothing: the loop comes back anyway. */
	n = recvmmsg(fd, msg, BURST, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		receive(l, t->buffer[i], msg[i].msg_len);
	return 0;
}

static void close_link(struct link *l)
{
	l->source = sd_event_source_disable_unref(l->source);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static int open_link(struct link *l)
{
	struct syncd_transport *t = l->transport;
	int fd = socket(t->to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = tune(t, fd);
	if (!err)
		err = bind_link(t, l, fd);
	if (!err && t->multicast)
		err = t->to.sa.sa_family == AF_INET ? join_v4(t, l, fd) : join_v6(t, l, fd);
	if (!err)
		err = sd_event_add_io(t->daemon->event, &l->source, fd, EPOLLIN, on_readable, l);
	if (err < 0) {
		close(fd);
		return err;
	}
	l->fd = fd;
	l->index = if_nametoindex(l->interface);
	return 0;
}

static unsigned int mtu_of(const char *interface, int fd)
{
	struct ifreq req = { 0 };

	if (!*interface)
		return MTU_DEFAULT;
	strncpy(req.ifr_name, interface, sizeof(req.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFMTU, &req) < 0)
		return MTU_DEFAULT;
	return req.ifr_mtu < MTU_MIN ? MTU_MIN : (unsigned int)req.ifr_mtu;
}

static unsigned int smallest_mtu(const struct syncd_transport *t)
{
	unsigned int mtu = BATON_FRAME_MAX;

	for (unsigned int i = 0; i < t->links; i++) {
		unsigned int m;

		if (t->link[i].fd < 0)
			continue;
		m = mtu_of(t->link[i].interface, t->link[i].fd);
		if (m < mtu)
			mtu = m;
	}
	return mtu;
}

static union address make_address(const struct baton_config *c, uint8_t family,
				  const union baton_addr *addr)
{
	union address a = { .sa.sa_family = family };

	if (family == AF_INET) {
		a.in.sin_port = htons(c->sync.port);
		a.in.sin_addr.s_addr = addr->v4;
	} else {
		a.in6.sin6_port = htons(c->sync.port);
		memcpy(&a.in6.sin6_addr, addr->bytes, 16);
	}
	return a;
}

static void set_destination(struct syncd_transport *t)
{
	const struct baton_config *c = &t->daemon->config;
	uint8_t family = c->sync.peers ? c->sync.peer_family : c->sync.group_family;

	t->multicast = !c->sync.peers;
	t->to = make_address(c, family, &c->sync.group);
	t->to_size = family == AF_INET ? sizeof(t->to.in) : sizeof(t->to.in6);
	t->peers = c->sync.peers;
	for (unsigned int i = 0; i < t->peers; i++) {
		t->peer[i].to = make_address(c, family, &c->sync.peer[i].addr);
		t->peer[i].interface = c->sync.peer[i].interface;
	}
}

int baton_syncd_transport_open(struct syncd_transport **ret, struct syncd *d, char *err,
			       size_t size)
{
	struct syncd_transport *t = calloc(1, sizeof(*t));
	unsigned int open = 0;
	int why = -ENODEV;

	if (!t)
		return -ENOMEM;
	t->daemon = d;
	set_destination(t);
	t->links = d->config.sync.interfaces ? d->config.sync.interfaces : 1;
	for (unsigned int i = 0; i < t->links; i++) {
		struct link *l = &t->link[i];
		int e;

		l->transport = t;
		l->interface = d->config.sync.interfaces ? d->config.sync.interface[i] : "";
		l->fd = -1;
		e = open_link(l);
		if (!e) {
			open++;
			continue;
		}
		why = e;
		snprintf(err, size, "cannot use sync link %s: %s; see [sync] in the configuration",
			 *l->interface ? l->interface : "(any)", strerror(-e));
		l->complained = true;
		if (i + 1 < t->links || open)
			baton_log(LOG_WARNING, "%s", err);
	}
	if (!open) {
		baton_syncd_transport_close(t);
		return why;
	}
	t->mtu = smallest_mtu(t);
	*ret = t;
	return 0;
}

void baton_syncd_transport_close(struct syncd_transport *t)
{
	if (!t)
		return;
	for (unsigned int i = 0; i < t->links; i++)
		close_link(&t->link[i]);
	free(t);
}

size_t baton_syncd_transport_payload(const struct syncd_transport *t)
{
	return t->mtu - (t->to.sa.sa_family == AF_INET ? 28 : 48) - BATON_FRAME_OVERHEAD;
}

/* What one link cannot take the others may; what none takes is lost, and that is provided for. */
static void send_failed(struct link *l, int err)
{
	l->errors++;
	switch (err) {
	case ENODEV:
	case ENXIO:
	case EADDRNOTAVAIL:
	case EINVAL:
		close_link(l);
		break;
	case EMSGSIZE:
		l->transport->daemon->restart = true;
		break;
	}
	if (err == EAGAIN || err == ENOBUFS || err == ECONNREFUSED || l->complained)
		return;
	l->complained = true;
	baton_log(LOG_WARNING, "cannot send on sync link %s: %s", l->interface, strerror(err));
}

static void send_to(struct link *l, const union address *to, const uint8_t *datagram, size_t size)
{
	if (l->fd < 0)
		return;
	if (sendto(l->fd, datagram, size, MSG_DONTWAIT, &to->sa, l->transport->to_size) >= 0)
		l->sent++;
	else
		send_failed(l, errno);
}

void baton_syncd_transport_send(struct syncd_transport *t, const uint8_t *datagram, size_t size)
{
	for (unsigned int i = 0; i < t->links; i++) {
		struct link *l = &t->link[i];

		if (t->multicast)
			send_to(l, &t->to, datagram, size);
		for (unsigned int j = 0; j < t->peers; j++) {
			union address to = t->peer[j].to;

			if (*t->peer[j].interface &&
			    strcmp(t->peer[j].interface, l->interface) != 0)
				continue;
			/* A link-local address means something on its own link only. */
			if (to.sa.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&to.in6.sin6_addr))
				to.in6.sin6_scope_id = l->index;
			send_to(l, &to, datagram, size);
		}
	}
}

void baton_syncd_transport_repair(struct syncd_transport *t)
{
	unsigned int mtu;

	for (unsigned int i = 0; i < t->links; i++) {
		struct link *l = &t->link[i];

		if (l->fd >= 0 || open_link(l))
			continue;
		l->complained = false;
		baton_log(LOG_NOTICE, "sync link %s works again", l->interface);
	}
	mtu = smallest_mtu(t);
	if (mtu < t->mtu)
		t->daemon->restart = true;
	t->mtu = mtu;
}

json_object *baton_syncd_transport_json(const struct syncd_transport *t)
{
	json_object *links = json_object_new_array();

	for (unsigned int i = 0; i < t->links; i++) {
		const struct link *l = &t->link[i];
		json_object *o = json_object_new_object();

		json_object_object_add(o, "interface", json_object_new_string(l->interface));
		json_object_object_add(o, "open", json_object_new_boolean(l->fd >= 0));
		json_object_object_add(o, "sent", json_object_new_int64((int64_t)l->sent));
		json_object_object_add(o, "received", json_object_new_int64((int64_t)l->received));
		json_object_object_add(o, "errors", json_object_new_int64((int64_t)l->errors));
		json_object_array_add(links, o);
	}
	return links;
}
