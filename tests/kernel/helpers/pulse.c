// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pulse: how long do packets stand still? Datagrams of one flow leave at even distances, go through a
 * director, and come back to the interface they left by; the kernel notes when each arrives.
 *
 *	pulse INTERFACE MAC VIP:PORT
 *		until standard input ends; prints "begun" when the first is back, at the end
 *		"pulses=N lost=N usual_us=N worst_us=N over_1ms=N": distances between two that came one after
 *		the other, the median and the largest, and how many were more than a millisecond
 *
 * The distances are made by the interface: give it a qdisc that paces (tbf). Here is only taken care that its queue
 * does not run dry while this process waits for a processor. Sending, pacing, forwarding and noting the
 * time then are work of softirqs alone: what stands still is softirqs, not processes.
 *
 * Exit status: 0; 1 failed; 2 usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "checksum.h"

#define SOURCE		0xcb007132	/* 203.0.113.50 */
#define ROUND_MS	10		/* between two looks: few packets each, since on 6.1 those of others wait
					 * while this process runs and ksoftirqd has work
					 */
#define BUFFER		(16 << 20)	/* of either socket: some thousands of packets */
#define MILLION		1000000
#define FINEST_US	10		/* distances are told apart so finely, up to COUNTERS of them */
#define COUNTERS	1000

struct frame {
	uint8_t unused[2];		/* so that what follows is aligned */
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	uint32_t number;
};

static struct baton_service_key vip;
static uint8_t to[ETH_ALEN];
static uint16_t port;			/* our own: an earlier pulse may still be in the queue */
static uint32_t next;
static uint64_t seen, lost, last_ns, worst_ns, long_ones, distance[COUNTERS];

static void die(const char *what)
{
	fprintf(stderr, "pulse: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make(struct frame *f, uint32_t number)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->eth.ether_dhost, to, ETH_ALEN);
	f->eth.ether_shost[0] = 2;
	f->eth.ether_type = htons(ETHERTYPE_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.tot_len = htons(sizeof(f->ip) + sizeof(f->udp) + sizeof(f->number));
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_UDP;
	f->ip.saddr = htonl(SOURCE);
	f->ip.daddr = vip.addr.v4;
	f->ip.check = checksum_fold(checksum_add(&f->ip, sizeof(f->ip), 0));
	f->udp.source = port;
	f->udp.dest = vip.port;
	f->udp.len = htons(sizeof(f->udp) + sizeof(f->number));
	f->number = number;
}

/* As many as fit into the queue. */
static void send_more(int fd)
{
	static uint32_t number;
	struct frame f;

	for (;;) {
		make(&f, number);
		if (send(fd, &f.eth, sizeof(f) - sizeof(f.unused), MSG_DONTWAIT) < 0)
			break;
		number++;
	}
	if (errno != EAGAIN && errno != ENOBUFS)
		die("cannot send");
}

static void note(uint32_t number, uint64_t ns)
{
	uint64_t gap = ns - last_ns;

	/* A clock that was set back in between tells no distance. */
	if (seen && number == next && ns >= last_ns) {
		distance[gap / (FINEST_US * 1000) < COUNTERS ? gap / (FINEST_US * 1000) : COUNTERS - 1]++;
		worst_ns = gap > worst_ns ? gap : worst_ns;
		long_ones += gap > MILLION;
	}
	lost += number - next;
	if (!seen++) {
		puts("begun");
		fflush(stdout);
	}
	next = number + 1;
	last_ns = ns;
}

/* What has come in the meantime. */
static void receive(int fd)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct timespec at;
	struct frame f;
	ssize_t n;

	for (;;) {
		struct iovec iov = { &f.eth, sizeof(f) - sizeof(f.unused) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };

		n = recvmsg(fd, &msg, MSG_DONTWAIT);
		if (n < 0)
			return;
		if (n != (ssize_t)iov.iov_len || f.udp.source != port || !CMSG_FIRSTHDR(&msg))
			continue;
		memcpy(&at, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(at));
		note(f.number, (uint64_t)at.tv_sec * 1000 * MILLION + (uint64_t)at.tv_nsec);
	}
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), size = BUFFER, on = 1;

	if (!ll.sll_ifindex || fd < 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		die(interface);
	return fd;
}

static unsigned int median(void)
{
	uint64_t sum = 0, all = 0;
	unsigned int i;

	for (i = 0; i < COUNTERS; i++)
		all += distance[i];
	for (i = 0; i < COUNTERS - 1; i++) {
		sum += distance[i];
		if (2 * sum > all)
			break;
	}
	return i * FINEST_US;
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char err[128];
	int fd;

	if (argc != 4 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1], &to[2], &to[3],
				&to[4], &to[5]) != 6 ||
	    baton_service_key_parse("udp", argv[3], &vip, err, sizeof(err)) || vip.family != AF_INET) {
		fprintf(stderr, "usage: see the top of pulse.c\n");
		return 2;
	}
	fd = open_socket(argv[1]);
	port = htons((uint16_t)(10000 + getpid() % 50000));
	do {
		send_more(fd);
		receive(fd);
	} while (poll(&in, 1, ROUND_MS) == 0);
	receive(fd);
	printf("pulses=%llu lost=%llu usual_us=%u worst_us=%llu over_1ms=%llu\n", (unsigned long long)seen,
	       (unsigned long long)lost, median(), (unsigned long long)worst_ns / 1000, (unsigned long long)long_ones);
	return 0;
}
