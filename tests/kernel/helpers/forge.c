// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forge: sends TCP segments without data in anybody's name.
 *
 *	forge FLAGS SOURCE:PORT DESTINATION:PORT SEQUENCE ACKNOWLEDGEMENT
 *
 * FLAGS are letters: S, A, F, R. The kernel finds the way and looks at nothing. An IPv6 address
 * stands in brackets.
 *
 * Exit status: 0; 1 not sent; 2 usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "checksum.h"

/* What the checksum covers, with enough of the IP header that is not sent. */
struct segment {
	uint8_t addr[32];
	struct tcphdr tcp;
};

static int send4(const struct baton_service_key *to, const struct segment *s)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP }, .tcp = s->tcp };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	memcpy(&packet.ip.saddr, s->addr, 4);
	memcpy(&packet.ip.daddr, s->addr + 4, 4);
	packet.ip.tot_len = htons(sizeof(packet));
	sin.sin_addr.s_addr = to->addr.v4;
	return sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&sin, sizeof(sin)) < 0;
}

static int send6(const struct baton_service_key *to, const struct segment *s)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct {
		struct ip6_hdr ip;
		struct tcphdr tcp;
	} packet = { .tcp = s->tcp };
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);

	packet.ip.ip6_flow = htonl(6u << 28);
	packet.ip.ip6_plen = htons(sizeof(s->tcp));
	packet.ip.ip6_nxt = IPPROTO_TCP;
	packet.ip.ip6_hlim = 64;
	memcpy(&packet.ip.ip6_src, s->addr, 16);
	memcpy(&packet.ip.ip6_dst, s->addr + 16, 16);
	memcpy(&sin6.sin6_addr, to->addr.bytes, 16);
	return sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&sin6, sizeof(sin6)) < 0;
}

static int usage(void)
{
	fputs("usage: forge FLAGS SOURCE:PORT DESTINATION:PORT SEQUENCE ACKNOWLEDGEMENT\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct baton_service_key from, to;
	struct segment s = { 0 };
	size_t len;
	char err[160];

	if (argc != 6 || baton_service_key_parse("tcp", argv[2], &from, err, sizeof(err)) ||
	    baton_service_key_parse("tcp", argv[3], &to, err, sizeof(err)) || from.family != to.family)
		return usage();
	len = to.family == AF_INET ? 4 : 16;
	memcpy(s.addr, from.addr.bytes, len);
	memcpy(s.addr + len, to.addr.bytes, len);
	s.tcp.source = from.port;
	s.tcp.dest = to.port;
	s.tcp.seq = htonl((uint32_t)strtoul(argv[4], NULL, 0));
	s.tcp.ack_seq = htonl((uint32_t)strtoul(argv[5], NULL, 0));
	s.tcp.doff = 5;
	s.tcp.window = htons(1000);
	s.tcp.syn = strchr(argv[1], 'S') != NULL;
	s.tcp.ack = strchr(argv[1], 'A') != NULL;
	s.tcp.fin = strchr(argv[1], 'F') != NULL;
	s.tcp.rst = strchr(argv[1], 'R') != NULL;
	s.tcp.check = checksum_fold(checksum_add(&s.tcp, sizeof(s.tcp), checksum_add(s.addr, 2 * len, IPPROTO_TCP + sizeof(s.tcp))));
	if (to.family == AF_INET ? send4(&to, &s) : send6(&to, &s)) {
		fprintf(stderr, "forge: not sent: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
