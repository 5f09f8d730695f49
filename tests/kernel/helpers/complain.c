// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * complain: sends an ICMP error in anybody's name about a packet that nobody has to have sent.
 *
 *	complain TYPE CODE INFO SOURCE:0 DESTINATION:0 tcp|udp QUOTED:PORT QUOTED:PORT [BYTES]
 *
 * INFO is the number behind the checksum. What is quoted is the whole packet, which holds eight bytes of
 * data and has right checksums, or, with BYTES, so much of what follows its IP header. The kernel finds the
 * way and looks at nothing. An IPv6 address stands in brackets.
 *
 * Exit status: 0; 1 not sent; 2 usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "checksum.h"

#define DATA_LEN 8

/* A packet that grows from its end to its beginning */
struct message {
	uint8_t bytes[256];
	size_t begin;
};

static void *push(struct message *m, size_t len)
{
	m->begin -= len;
	return m->bytes + m->begin;
}

/* what checksums of the transport, and of ICMPv6, cover besides it */
static uint32_t pseudo(const struct baton_service_key *from, const struct baton_service_key *to,
		       size_t len, uint8_t protocol)
{
	size_t n = from->family == AF_INET ? 4 : 16;

	return checksum_add(from->addr.bytes, n,
			    checksum_add(to->addr.bytes, n, (uint32_t)len + protocol));
}

static void push_ip(struct message *m, const struct baton_service_key *from,
		    const struct baton_service_key *to, size_t len, uint8_t protocol)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 60, .protocol = protocol, .saddr = from->addr.v4,
			    .daddr = to->addr.v4, .tot_len = htons((uint16_t)(sizeof(ip) + len)) };
	struct ip6_hdr ip6 = { .ip6_flow = htonl(6u << 28), .ip6_plen = htons((uint16_t)len),
			       .ip6_nxt = protocol, .ip6_hlim = 60 };

	if (from->family == AF_INET) {
		ip.check = checksum_fold(checksum_add(&ip, sizeof(ip), 0));
		memcpy(push(m, sizeof(ip)), &ip, sizeof(ip));
		return;
	}
	memcpy(&ip6.ip6_src, from->addr.bytes, 16);
	memcpy(&ip6.ip6_dst, to->addr.bytes, 16);
	memcpy(push(m, sizeof(ip6)), &ip6, sizeof(ip6));
}

/* What is complained of; returns how long it is behind its IP header. */
static size_t quote(struct message *m, const struct baton_service_key *from, const struct baton_service_key *to)
{
	struct tcphdr tcp = { .source = from->port, .dest = to->port, .doff = 5, .ack = 1, .psh = 1,
			      .seq = htonl(12345), .ack_seq = htonl(54321), .window = htons(1000) };
	struct udphdr udp = { .source = from->port, .dest = to->port, .len = htons(sizeof(udp) + DATA_LEN) };
	size_t len = DATA_LEN + (from->protocol == IPPROTO_TCP ? sizeof(tcp) : sizeof(udp));
	uint32_t sum;

	memset(push(m, DATA_LEN), 'q', DATA_LEN);
	sum = checksum_add(m->bytes + m->begin, DATA_LEN, pseudo(from, to, len, from->protocol));
	if (from->protocol == IPPROTO_TCP) {
		tcp.check = checksum_fold(checksum_add(&tcp, sizeof(tcp), sum));
		memcpy(push(m, sizeof(tcp)), &tcp, sizeof(tcp));
	} else {
		udp.check = checksum_fold(checksum_add(&udp, sizeof(udp), sum));
		memcpy(push(m, sizeof(udp)), &udp, sizeof(udp));
	}
	push_ip(m, from, to, len, from->protocol);
	return len;
}

static int send_message(const struct message *m, size_t len, const struct baton_service_key *to)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = to->addr.v4 };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	const void *sa = to->family == AF_INET ? (const void *)&sin : &sin6;
	int fd = socket(to->family, SOCK_RAW, IPPROTO_RAW);

	memcpy(&sin6.sin6_addr, to->addr.bytes, 16);
	return sendto(fd, m->bytes + m->begin, len, 0, sa,
		      to->family == AF_INET ? sizeof(sin) : sizeof(sin6)) != (ssize_t)len;
}

static int usage(void)
{
	fputs("usage: complain TYPE CODE INFO SOURCE:0 DESTINATION:0 tcp|udp QUOTED:PORT QUOTED:PORT [BYTES]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct message m = { .begin = sizeof(m.bytes) };
	struct baton_service_key at[4];
	size_t len, kept;
	uint32_t info;
	uint8_t *icmp;
	bool is_v4;
	char err[160];

	if (argc < 9 || argc > 10)
		return usage();
	for (int i = 0; i < 4; i++)
		if (baton_service_key_parse(argv[6], argv[i + (i < 2 ? 4 : 5)], &at[i], err, sizeof(err)) ||
		    at[i].family != at[0].family)
			return usage();
	is_v4 = at[0].family == AF_INET;
	len = quote(&m, &at[2], &at[3]);
	kept = argc > 9 ? strtoul(argv[9], NULL, 10) : len;
	if (kept > len || kept % 2)
		return usage();
	len = kept + (is_v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr)) + 8;
	icmp = push(&m, 8);
	info = htonl((uint32_t)strtoul(argv[3], NULL, 0));
	memset(icmp, 0, 8);
	icmp[0] = (uint8_t)atoi(argv[1]);
	icmp[1] = (uint8_t)atoi(argv[2]);
	memcpy(icmp + 4, &info, sizeof(info));
	memcpy(icmp + 2, &(uint16_t){ checksum_fold(checksum_add(icmp, len,
	       is_v4 ? 0 : pseudo(&at[0], &at[1], len, IPPROTO_ICMPV6))) }, sizeof(uint16_t));
	push_ip(&m, &at[0], &at[1], len, is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	len += is_v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	if (send_message(&m, len, &at[1])) {
		fprintf(stderr, "complain: not sent: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
