// SPDX-License-Identifier: GPL-2.0-or-later
#include "netpeer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int endpoint_parse(const char *protocol, const char *text, struct endpoint *ret)
{
	bool v6 = *text == '[';
	const char *colon = strrchr(text, ':');
	const char *end = v6 && colon ? colon - 1 : colon;
	char host[64];
	unsigned long port;

	text += v6;
	if (!colon || end < text || (size_t)(end - text) >= sizeof(host) || (v6 && *end != ']'))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(end - text), text);
	port = strtoul(colon + 1, NULL, 10);
	*ret = (struct endpoint) { .type = strcmp(protocol, "udp") ? SOCK_STREAM : SOCK_DGRAM };
	if (v6) {
		ret->len = sizeof(ret->addr.in6);
		ret->addr.in6.sin6_port = htons((uint16_t)port);
	} else {
		ret->len = sizeof(ret->addr.in);
		ret->addr.in.sin_port = htons((uint16_t)port);
	}
	ret->addr.sa.sa_family = v6 ? AF_INET6 : AF_INET;
	if (port > 65535 || inet_pton(ret->addr.sa.sa_family, host,
				      v6 ? (void *)&ret->addr.in6.sin6_addr :
					   (void *)&ret->addr.in.sin_addr) != 1)
		return -EINVAL;
	if (!strcmp(protocol, "sctp"))
		ret->protocol = IPPROTO_SCTP;
	else if (strcmp(protocol, "tcp") && strcmp(protocol, "udp"))
		return -EINVAL;
	return 0;
}

int endpoint_socket(const struct endpoint *of, int flags)
{
	int fd = socket(of->addr.sa.sa_family, of->type | flags | SOCK_CLOEXEC, of->protocol), one = 1;

	if (fd < 0)
		return -errno;
	if (of->protocol == IPPROTO_SCTP && of->addr.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return fd;
}

int endpoint_connect(const struct endpoint *to, int ms)
{
	int fd = endpoint_socket(to, SOCK_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, &to->addr.sa, to->len) < 0) {
		err = errno;
		if (err == EINPROGRESS) {
			err = poll(&p, 1, ms) ? 0 : ETIMEDOUT;
			if (!err)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
		}
	}
	if (err) {
		close(fd);
		return -err;
	}
	/* Blocking from here on: the callers wait with poll() where they must not hang. */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

static bool is_v6(int fd)
{
	socklen_t len = sizeof(int);
	int family = 0;

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	return family == AF_INET6;
}

void endpoint_dont_fragment(int fd)
{
	int on = 1, discover = IP_PMTUDISC_DO;

	if (is_v6(fd)) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover, sizeof(discover));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	} else {
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof(discover));
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	}
}

int endpoint_mtu(int fd, int *ret)
{
	socklen_t len = sizeof(*ret);
	int failed = is_v6(fd) ? getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, ret, &len) :
				 getsockopt(fd, IPPROTO_IP, IP_MTU, ret, &len);

	return failed ? -errno : 0;
}
