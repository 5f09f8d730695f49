// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Beats on every path that corosync has: one socket for each pair of addresses in its node list, bound and
 * connected, so that the kernel hands over nothing from elsewhere. What is lost is lost: the next one
 * says it again. With the first beat of a contract its last one is left with the kernel, for when there is
 * nobody else to send it. A node's key outlives its agent, not its boot: an agent that starts anew has to be
 * believed when it says that nobody is to succeed it (succession.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/ip.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"
#include "beat.h"
#include "err.h"
#include "pulse.h"

#define BATCH	64	/* datagrams that are read at once; the newest counts */

struct path {
	int fd;
	sd_event_source *io;
	struct baton_will_path ends;
};

struct baton_ha_pulse {
	struct baton_ha_agent *agent;
	uint32_t nodeid;
	uint32_t peer;
	struct path path[BATON_HA_PATH_MAX];
	unsigned int paths;
	bool own_key_known;
	bool peer_key_known;
	uint8_t own_key[BATON_HA_BEAT_KEY];
	uint8_t peer_key[BATON_HA_BEAT_KEY];
	uint64_t heard_seq;
	struct baton_ha_beat will;	/* what lies with the kernel; epoch 0: nothing */
	uint64_t sent, heard, refused;
};

static uint64_t boot_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* --- keys --- */

static void load_key(struct baton_ha_pulse *p)
{
	int fd = open(p->agent->options.beat_key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	p->own_key_known = read(fd, p->own_key, sizeof(p->own_key)) == sizeof(p->own_key);
	close(fd);
}

static void store_key(struct baton_ha_pulse *p)
{
	const char *path = p->agent->options.beat_key;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good = fd >= 0 && write(fd, p->own_key, sizeof(p->own_key)) == sizeof(p->own_key);

	if (!good)
		baton_ha_report(p->agent, LOG_WARNING, "beat_key", "%s cannot be written: %s", path,
				baton_err_text(errno));
	if (fd >= 0)
		close(fd);
}

const uint8_t *baton_ha_pulse_key(struct baton_ha_pulse *p)
{
	if (!p->own_key_known) {
		randombytes_buf(p->own_key, sizeof(p->own_key));
		p->own_key_known = true;
		store_key(p);
	}
	return p->own_key;
}

void baton_ha_pulse_learn(struct baton_ha_pulse *p, const uint8_t *key)
{
	if (p->peer_key_known && !sodium_memcmp(p->peer_key, key, sizeof(p->peer_key)))
		return;
	memcpy(p->peer_key, key, sizeof(p->peer_key));
	p->peer_key_known = true;
	p->heard_seq = 0;
}

/* --- hearing and saying --- */

static int on_datagram(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_pulse *p = arg;
	struct baton_ha_event ev = { .type = BATON_HA_EV_BEAT };
	uint8_t buf[BATON_HA_BEAT_SIZE + 1];
	bool any = false;
	ssize_t size;

	(void)source;
	(void)revents;
	for (int i = 0; i < BATCH; i++) {
		size = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (size < 0)
			continue;	/* the peer's port was closed a moment ago */
		switch (p->peer_key_known ? baton_ha_beat_decode(buf, size, p->peer, p->peer_key,
								 &p->heard_seq, &ev.beat) : -EBADMSG) {
		case 0:
			any = true;
			p->heard++;
			break;
		case -EALREADY:		/* came by the other path before */
			break;
		default:
			p->refused++;
			break;
		}
	}
	if (any)
		baton_ha_feed(p->agent, &ev);
	return 0;
}

/* Of a contract that is over it says nothing that anybody believes, so it need not be taken back at once. */
static void leave_will(struct baton_ha_pulse *p, const struct baton_ha_beat *beat)
{
	struct baton_ha_beat last = { .epoch = beat->epoch, .number = beat->number, .last = 1 };
	struct baton_will_path path[BATON_WILL_PATHS];
	uint8_t buf[BATON_HA_BEAT_SIZE];
	unsigned int count = 0;
	int error;

	if (p->will.epoch == last.epoch && p->will.number == last.number)
		return;
	for (; count < p->paths && count < BATON_WILL_PATHS; count++)
		path[count] = p->path[count].ends;
	baton_ha_beat_encode(&last, p->nodeid, boot_usec(), p->own_key, buf);
	error = baton_ha_kernel_will(p->agent->kernel, last.epoch, buf, sizeof(buf), path, count);
	if (error)
		baton_ha_report(p->agent, LOG_WARNING, "will", "%s", baton_ha_kernel_error(p->agent->kernel));
	p->will = last;		/* also if not: the next contract will have another try */
}

void baton_ha_pulse_send(struct baton_ha_pulse *p, const struct baton_ha_beat *beat)
{
	uint8_t buf[BATON_HA_BEAT_SIZE];

	/* Without a key nobody was ever offered anything. */
	if (!p->own_key_known || !p->paths)
		return;
	if (beat->lease_ms)
		leave_will(p, beat);
	baton_ha_beat_encode(beat, p->nodeid, boot_usec(), p->own_key, buf);
	for (unsigned int i = 0; i < p->paths; i++)
		if (send(p->path[i].fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			p->sent++;
}

/* --- paths --- */

static void close_paths(struct baton_ha_pulse *p)
{
	for (unsigned int i = 0; i < p->paths; i++) {
		sd_event_source_disable_unref(p->path[i].io);
		close(p->path[i].fd);
	}
	p->paths = 0;
}

static int address(const char *text, uint16_t port, struct addrinfo **ret)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM };
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	return getaddrinfo(text, service, &hints, ret) ? -EINVAL : 0;
}

static int open_socket(const struct addrinfo *own, const struct addrinfo *peer)
{
	const int tos = IPTOS_CLASS_CS6, priority = 6;
	int fd = socket(own->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	/* Both are for better times only. */
	if (own->ai_family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	else
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	(void)setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
	if (!bind(fd, own->ai_addr, own->ai_addrlen) && !connect(fd, peer->ai_addr, peer->ai_addrlen))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static void set_ends(struct baton_will_path *ret, const struct sockaddr *own, const struct sockaddr *peer)
{
	const struct sockaddr_in *own4 = (const void *)own, *peer4 = (const void *)peer;
	const struct sockaddr_in6 *own6 = (const void *)own, *peer6 = (const void *)peer;

	*ret = (struct baton_will_path){ .family = (uint8_t)own->sa_family };
	if (own->sa_family == AF_INET) {
		ret->own_port = own4->sin_port;
		ret->peer_port = peer4->sin_port;
		ret->own.v4 = own4->sin_addr.s_addr;
		ret->peer.v4 = peer4->sin_addr.s_addr;
		return;
	}
	ret->own_port = own6->sin6_port;
	ret->peer_port = peer6->sin6_port;
	memcpy(&ret->own, &own6->sin6_addr, sizeof(ret->own));
	memcpy(&ret->peer, &peer6->sin6_addr, sizeof(ret->peer));
}

static int open_path(struct baton_ha_pulse *p, const struct baton_ha_path *addresses)
{
	struct addrinfo *own = NULL, *peer = NULL;
	struct path *path = &p->path[p->paths];
	uint16_t port = p->agent->config.ha.succession_port;
	int error;

	error = address(addresses->own, port, &own);
	if (!error)
		error = address(addresses->peer, port, &peer);
	if (!error && own->ai_family != peer->ai_family)
		error = -EAFNOSUPPORT;
	if (!error)
		error = path->fd = open_socket(own, peer);
	if (error >= 0) {
		set_ends(&path->ends, own->ai_addr, peer->ai_addr);
		error = sd_event_add_io(p->agent->event, &path->io, path->fd, EPOLLIN, on_datagram, p);
		if (error >= 0)
			p->paths++;
		else
			close(path->fd);
	}
	if (own)
		freeaddrinfo(own);
	if (peer)
		freeaddrinfo(peer);
	return error < 0 ? error : 0;
}

void baton_ha_pulse_paths(struct baton_ha_pulse *p, uint32_t nodeid, uint32_t peer,
			  const struct baton_ha_path *list, unsigned int count)
{
	if (!p->agent->config.ha.succession_ms)
		return;
	close_paths(p);
	p->will = (struct baton_ha_beat){ 0 };
	p->nodeid = nodeid;
	p->peer = peer;
	for (unsigned int i = 0; i < count && i < BATON_HA_PATH_MAX; i++) {
		int error = open_path(p, &list[i]);

		if (error)
			baton_ha_report(p->agent, LOG_WARNING, "beat_path",
					"no beats from %s to %s: %s", list[i].own, list[i].peer,
					error == -EINVAL ? "corosync's node list has names, addresses are needed" :
					baton_err_text(error));
	}
	baton_ha_report(p->agent, LOG_INFO, "beat_path", "%u paths", p->paths);
}

void baton_ha_pulse_counters(const struct baton_ha_pulse *p, struct baton_ha_pulse_counters *ret)
{
	*ret = (struct baton_ha_pulse_counters){
		.paths = p->paths, .sent = p->sent, .heard = p->heard, .refused = p->refused };
}

int baton_ha_pulse_new(struct baton_ha_pulse **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_pulse *p;

	if (sodium_init() < 0)
		return -ENOSYS;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->agent = agent;
	if (agent->config.ha.succession_ms)
		load_key(p);
	*ret = p;
	return 0;
}

void baton_ha_pulse_free(struct baton_ha_pulse *p)
{
	if (!p)
		return;
	close_paths(p);
	sodium_memzero(p, sizeof(*p));
	free(p);
}
