// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nlfuzz SEED COUNT: sends COUNT messages to the module's generic netlink family, each a
 * plausible request that was damaged: attributes of random type, length and content, nested to
 * three levels, random commands and flags, cut at a random byte. Whatever the kernel answers
 * is read and thrown away; that it still answers properly is checked at the end by the script.
 *
 * Exit status: 0; 1 the family is not there or the socket broke; 2 usage.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/baton.h>

#define MESSAGE_MAX	4096

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	/* xorshift64: small, seeded, the same everywhere */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (uint32_t)(state >> 16) % below : 0;
}

/* Values that checks get wrong: nothing, the ends of ranges, a bit more. */
static uint32_t edge(void)
{
	static const uint32_t values[] = {
		0, 1, 2, 3, 4, 6, 10, 16, 17, 255, 256, 600, 601, 65535, 65536, 86400, 86401,
		BATON_EPOCH_MAX, BATON_EPOCH_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff,
	};

	return draw(4) ? values[draw(sizeof(values) / sizeof(*values))] : draw(0xffffffff);
}

static size_t fill(uint8_t *to, size_t space)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 4, 4, 4, 8, 15, 16, 16, 17, 80, 128, 160, 800 };
	size_t len = sizes[draw(sizeof(sizes) / sizeof(*sizes))];
	uint32_t value = edge();

	if (len > space)
		len = space;
	for (size_t i = 0; i < len; i++)
		to[i] = draw(3) ? (uint8_t)(value >> (8 * (i % 4))) : (uint8_t)draw(256);
	return len;
}

/* A sequence of attributes at @to, at most @space bytes; what it took. */
static size_t attributes(uint8_t *to, size_t space, unsigned int depth)
{
	unsigned int count = 1 + draw(depth ? 8 : 4);
	size_t used = 0, len;
	struct nlattr head;

	while (count-- && used + NLA_HDRLEN + 64 < space) {
		uint8_t *body = to + used + NLA_HDRLEN;
		size_t room = space - used - NLA_HDRLEN;

		head.nla_type = (uint16_t)draw(20);
		if (depth < 3 && draw(2)) {
			len = attributes(body, room / 2, depth + 1);
			head.nla_type |= draw(8) ? NLA_F_NESTED : 0;
		} else {
			len = fill(body, room);
		}
		head.nla_len = (uint16_t)(NLA_HDRLEN + len);
		if (!draw(50))
			head.nla_len = (uint16_t)draw(65536);
		memcpy(to + used, &head, sizeof(head));
		used += NLA_ALIGN(NLA_HDRLEN + len);
		if (used > space)
			return space;
	}
	return used;
}

static size_t message(uint8_t *buf, int family, uint32_t seq)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct genlmsghdr *genl = (struct genlmsghdr *)(buf + NLMSG_HDRLEN);
	size_t len = NLMSG_HDRLEN + GENL_HDRLEN;

	memset(buf, 0, MESSAGE_MAX);
	genl->cmd = (uint8_t)(draw(20) ? 1 + draw(BATON_CMD_MAX) : draw(256));
	genl->version = (uint8_t)(draw(20) ? BATON_GENL_VERSION : draw(256));
	len += attributes(buf + len, MESSAGE_MAX - len, 0);
	if (!draw(20))
		len = NLMSG_HDRLEN + draw((uint32_t)(len - NLMSG_HDRLEN));
	nlh->nlmsg_len = (uint32_t)len;
	nlh->nlmsg_type = (uint16_t)family;
	nlh->nlmsg_seq = seq;
	nlh->nlmsg_flags = NLM_F_REQUEST | (draw(2) ? NLM_F_ACK : 0) | (draw(4) ? 0 : NLM_F_DUMP);
	return len;
}

static void swallow(int fd)
{
	static char buf[1 << 17];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

int main(int argc, char **argv)
{
	struct nl_sock *sock = nl_socket_alloc();
	static uint8_t buf[MESSAGE_MAX];
	unsigned long count;
	int family, fd;

	if (argc != 3 || !sock) {
		fprintf(stderr, "usage: nlfuzz SEED COUNT\n");
		return 2;
	}
	state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL + 1;
	count = strtoul(argv[2], NULL, 0);
	if (genl_connect(sock) < 0 || (family = genl_ctrl_resolve(sock, BATON_GENL_NAME)) < 0) {
		fprintf(stderr, "nlfuzz: no generic netlink family %s\n", BATON_GENL_NAME);
		return 1;
	}
	fd = nl_socket_get_fd(sock);
	for (unsigned long i = 0; i < count; i++) {
		size_t len = message(buf, family, (uint32_t)i);

		if (send(fd, buf, len, 0) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EBUSY) {
			perror("nlfuzz: send");
			return 1;
		}
		swallow(fd);
	}
	printf("sent %lu\n", count);
	nl_socket_free(sock);
	return 0;
}
