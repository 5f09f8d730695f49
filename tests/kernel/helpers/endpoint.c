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
	char host[64];
	const char *colon = strchr(text, ':');
	unsigned long port;

	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	port = strtoul(colon + 1, NULL, 10);
	*ret = (struct endpoint) {
		.type = strcmp(protocol, "udp") ? SOCK_STREAM : SOCK_DGRAM,
		.addr = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) },
	};
	if (port > 65535 || inet_pton(AF_INET, host, &ret->addr.sin_addr) != 1)
		return -EINVAL;
	return strcmp(protocol, "tcp") && strcmp(protocol, "udp") ? -EINVAL : 0;
}

int endpoint_connect(const struct endpoint *to, int ms)
{
	int fd = socket(AF_INET, to->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to->addr, sizeof(to->addr)) < 0) {
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

void endpoint_dont_fragment(int fd)
{
	int on = 1, discover = IP_PMTUDISC_DO;

	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof(discover));
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

int endpoint_mtu(int fd, int *ret)
{
	socklen_t len = sizeof(*ret);

	return getsockopt(fd, IPPROTO_IP, IP_MTU, ret, &len) ? -errno : 0;
}
