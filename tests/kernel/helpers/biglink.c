// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * biglink: lets an interface send and gather TCP segments that are larger together than an IPv4 packet can
 * say it is, as `ip link set gso_ipv4_max_size` of later releases does.
 *
 *	biglink INTERFACE BYTES
 *
 * Exit status: 0; 1 refused, or the kernel does not know of it; 2 usage.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* of Linux 6.3, which headers may be older than */
#define GSO_IPV4_MAX_SIZE	63
#define GRO_IPV4_MAX_SIZE	64

static const unsigned short kinds[] = {
	IFLA_GSO_MAX_SIZE, IFLA_GRO_MAX_SIZE, GSO_IPV4_MAX_SIZE, GRO_IPV4_MAX_SIZE,
};

struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
	struct {
		struct rtattr header;
		uint32_t value;
	} size[sizeof(kinds) / sizeof(*kinds)];
};

/* 0 or -errno */
static int send_request(int fd, struct request *r)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[sizeof(struct request)];
	} answer;

	if (send(fd, r, sizeof(*r), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

int main(int argc, char **argv)
{
	struct request r = {
		.header = { .nlmsg_len = sizeof(r), .nlmsg_type = RTM_NEWLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.link = { .ifi_family = AF_UNSPEC },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), err;

	if (argc != 3 || fd < 0)
		return 2;
	r.link.ifi_index = (int)if_nametoindex(argv[1]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		r.size[i].header.rta_len = sizeof(r.size[i]);
		r.size[i].header.rta_type = kinds[i];
		r.size[i].value = (uint32_t)strtoul(argv[2], NULL, 10);
	}
	err = r.link.ifi_index ? send_request(fd, &r) : -ENODEV;
	if (err)
		fprintf(stderr, "biglink: %s: %s\n", argv[1], strerror(-err));
	close(fd);
	return err ? 1 : 0;
}
