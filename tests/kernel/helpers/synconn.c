// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * synconn: opens TCP connections at a director without a client or a server: a SYN and an ACK each, from
 * addresses that nobody has. With direct routing the director sees no more of a real one either.
 *
 * Each connection has a client and a port of its own, scattered over 10.0.0.0/8 or as many addresses of
 * fd80::/64, and ports 10000 to 59999.
 *
 *	synconn open INTERFACE MAC VIP:PORT FIRST COUNT
 *		prints "count=N elapsed_ns=N"; nothing is waited for
 *	synconn flood INTERFACE MAC VIP:PORT FIRST COUNT
 *		the same without the ACKs: none is ever finished
 *	synconn lag baton NS INTERFACE MAC VIP:PORT FIRST COUNT
 *		one at a time; how long until the module of namespace NS has one more
 *	synconn lag ip_vs NS@DEVICE INTERFACE MAC VIP:PORT FIRST COUNT
 *		the same until a datagram to port 8848 arrives there
 *		both print "lag_us=N", a line each
 *	synconn again NS INTERFACE MAC VIP:PORT FIRST COUNT UNTIL
 *		ACKs of opened connections over and over; for each 2048 a line "KIND NS", what one took in our own
 *		time on the processor. KIND is quiet, or bulk while the module of namespace NS has more and more
 *		connections. Ends when it has UNTIL
 *
 * Exit status: 0; 1 failed; 2 usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "checksum.h"
#include "nl.h"

#define PORTS		50000u
#define BURST		64
#define BLOCK		2048
#define POLL_NS		100000		/* how exactly a lag is seen */
#define PATIENCE_NS	20000000000ull
#define IPVS_SYNC_PORT	8848

struct frame {
	uint8_t unused[2];		/* so that what follows is aligned */
	struct ether_header eth;
	union {
		struct {
			struct iphdr ip;
			struct tcphdr tcp;
		} v4;
		struct {
			struct ip6_hdr ip;
			struct tcphdr tcp;
		} v6;
	};
};

static int out;
static struct baton_service_key vip;
static uint8_t to[ETH_ALEN], from[ETH_ALEN];

static void die(const char *what)
{
	fprintf(stderr, "synconn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void nap_ns(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	nanosleep(&ts, NULL);
}

static void make_tcp(struct tcphdr *tcp, uint32_t port, bool syn)
{
	tcp->source = htons((uint16_t)port);
	tcp->dest = vip.port;
	tcp->seq = htonl(syn ? 1 : 2);
	tcp->ack_seq = htonl(syn ? 0 : 1);
	tcp->doff = 5;
	tcp->syn = syn;
	tcp->ack = !syn;
	tcp->window = htons(65535);
}

static size_t make4(struct frame *f, uint32_t client, uint32_t port, bool syn)
{
	struct iphdr *ip = &f->v4.ip;
	struct tcphdr *tcp = &f->v4.tcp;

	f->eth.ether_type = htons(ETHERTYPE_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(f->v4));
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	ip->saddr = htonl(0x0a000000 + client);
	ip->daddr = vip.addr.v4;
	ip->check = checksum_fold(checksum_add(ip, sizeof(*ip), 0));
	make_tcp(tcp, port, syn);
	tcp->check = checksum_fold(checksum_add(tcp, sizeof(*tcp), checksum_add(&ip->saddr, 8, IPPROTO_TCP + sizeof(*tcp))));
	return sizeof(f->eth) + sizeof(f->v4);
}

static size_t make6(struct frame *f, uint32_t client, uint32_t port, bool syn)
{
	struct ip6_hdr *ip = &f->v6.ip;
	struct tcphdr *tcp = &f->v6.tcp;
	uint32_t tail = htonl(client);

	f->eth.ether_type = htons(ETHERTYPE_IPV6);
	ip->ip6_flow = htonl(6u << 28);
	ip->ip6_plen = htons(sizeof(*tcp));
	ip->ip6_nxt = IPPROTO_TCP;
	ip->ip6_hlim = 64;
	ip->ip6_src.s6_addr[0] = 0xfd;
	ip->ip6_src.s6_addr[1] = 0x80;
	memcpy(&ip->ip6_src.s6_addr[12], &tail, 4);
	memcpy(&ip->ip6_dst, vip.addr.bytes, 16);
	make_tcp(tcp, port, syn);
	tcp->check = checksum_fold(checksum_add(tcp, sizeof(*tcp), checksum_add(&ip->ip6_src, 32, IPPROTO_TCP + sizeof(*tcp))));
	return sizeof(f->eth) + sizeof(f->v6);
}

static size_t make(struct frame *f, uint32_t i, bool syn)
{
	/* Multiplied by an odd number, 2^24 numbers stay different. */
	uint32_t client = (i * 10368889u) & 0xffffff, port = 10000 + i * 7919u % PORTS;

	memset(f, 0, sizeof(*f));
	memcpy(f->eth.ether_dhost, to, ETH_ALEN);
	memcpy(f->eth.ether_shost, from, ETH_ALEN);
	return vip.family == AF_INET ? make4(f, client, port, syn) : make6(f, client, port, syn);
}

/* The SYNs and the ACKs of so many, or either alone. */
static void send_some(uint32_t first, uint32_t count, bool syns, bool acks)
{
	static struct frame frame[2 * BURST];
	struct mmsghdr msg[2 * BURST] = { 0 };
	struct iovec iov[2 * BURST];
	unsigned int n = 0, sent = 0;

	for (uint32_t i = 0; i < count; i++)
		for (int ack = !syns; ack <= acks; ack++, n++) {
			iov[n].iov_base = &frame[n].eth;
			iov[n].iov_len = make(&frame[n], first + i, !ack);
			msg[n].msg_hdr.msg_iov = &iov[n];
			msg[n].msg_hdr.msg_iovlen = 1;
		}
	while (sent < n) {
		int ret = sendmmsg(out, msg + sent, n - sent, 0);

		if (ret < 0)
			die("cannot send");
		sent += (unsigned int)ret;
	}
}

static void open_out(const char *interface, const char *mac)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };

	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1], &to[2], &to[3], &to[4], &to[5]) != 6) {
		fprintf(stderr, "synconn: %s is no MAC address\n", mac);
		exit(2);
	}
	from[0] = 2;
	out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (!ll.sll_ifindex || out < 0 || bind(out, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		die(interface);
}

static void enter(const char *space)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", space);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(space);
	close(fd);
}

static struct baton_nl *peer_module(const char *space)
{
	struct baton_nl *nl;
	char err[256];

	enter(space);
	if (baton_nl_open(&nl, err, sizeof(err)) < 0) {
		fprintf(stderr, "synconn: %s: %s\n", space, err);
		exit(1);
	}
	return nl;
}

static uint32_t count_of(struct baton_nl *nl)
{
	struct baton_info info;

	if (baton_nl_info(nl, &info)) {
		fprintf(stderr, "synconn: %s\n", baton_nl_error(nl));
		exit(1);
	}
	return info.conn_count;
}

static int peer_wire(char *where)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	char *device = strchr(where, '@');
	int fd;

	if (!device)
		return -1;
	*device++ = 0;
	enter(where);
	ll.sll_ifindex = (int)if_nametoindex(device);
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));
	if (!ll.sll_ifindex || fd < 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		die(device);
	return fd;
}

/* The next datagram of ip_vs's daemon. Return: false when none comes for long. */
static bool datagram(int fd)
{
	uint64_t end = now_ns() + PATIENCE_NS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} head;

	while (now_ns() < end && poll(&p, 1, 1000) >= 0) {
		ssize_t n = recv(fd, &head, sizeof(head), MSG_DONTWAIT);

		if (n == sizeof(head) && head.ip.protocol == IPPROTO_UDP &&
		    head.udp.dest == htons(IPVS_SYNC_PORT))
			return true;
	}
	return false;
}

static bool one_more(struct baton_nl *nl, uint32_t before)
{
	uint64_t end = now_ns() + PATIENCE_NS;

	while (count_of(nl) == before) {
		if (now_ns() > end)
			return false;
		nap_ns(POLL_NS);
	}
	return true;
}

static int lag(bool ip_vs, char *where, uint32_t first, uint32_t count)
{
	struct baton_nl *nl = ip_vs ? NULL : peer_module(where);
	int wire = ip_vs ? peer_wire(where) : -1;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t before = nl ? count_of(nl) : 0;
		uint64_t begin = now_ns();

		send_some(first + i, 1, true, true);
		if (nl ? !one_more(nl, before) : !datagram(wire)) {
			fprintf(stderr, "synconn: connection %u never came\n", first + i);
			return 1;
		}
		printf("lag_us=%llu\n", (unsigned long long)(now_ns() - begin) / 1000);
		/* At any moment of whatever has a period there, and idle again. */
		nap_ns(100000000 + (uint64_t)random() % 300000000);
	}
	return 0;
}

static int again(const char *space, uint32_t first, uint32_t count, uint32_t until)
{
	struct baton_nl *nl = peer_module(space);
	uint32_t at = 0, before, there = count_of(nl);
	uint64_t end = now_ns() + PATIENCE_NS;

	do {
		uint64_t ran = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

		for (int i = 0; i < BLOCK / BURST; i++, at = (at + BURST) % (count - count % BURST))
			send_some(first + at, BURST, false, true);
		ran = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - ran;
		before = there;
		there = count_of(nl);
		printf("%s %llu\n", there > before && before ? "bulk" : "quiet", (unsigned long long)ran / BLOCK);
		if (now_ns() > end)
			return 1;
	} while (there < until);
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: see the top of synconn.c\n");
	return 2;
}

int main(int argc, char **argv)
{
	bool lags = argc == 9 && !strcmp(argv[1], "lag"), more = argc == 9 && !strcmp(argv[1], "again");
	bool half = argc == 7 && !strcmp(argv[1], "flood");
	char **arg = argv + (lags ? 4 : more ? 3 : 2), err[128];
	uint32_t first, count;
	uint64_t begin;

	if (!lags && !more && !half && (argc != 7 || strcmp(argv[1], "open") != 0))
		return usage();
	open_out(arg[0], arg[1]);
	if (baton_service_key_parse("tcp", arg[2], &vip, err, sizeof(err))) {
		fprintf(stderr, "synconn: %s\n", err);
		return 2;
	}
	first = (uint32_t)strtoul(arg[3], NULL, 10);
	count = (uint32_t)strtoul(arg[4], NULL, 10);
	if (lags)
		return lag(!strcmp(argv[2], "ip_vs"), argv[3], first, count);
	if (more)
		return count < BURST ? usage() : again(argv[2], first, count, (uint32_t)strtoul(arg[5], NULL, 10));
	begin = now_ns();
	for (uint32_t n, done = 0; done < count; done += n) {
		n = count - done < BURST ? count - done : BURST;
		send_some(first + done, n, true, !half);
	}
	printf("count=%u elapsed_ns=%llu\n", count, (unsigned long long)(now_ns() - begin));
	return 0;
}
