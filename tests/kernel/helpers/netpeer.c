// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netpeer: the clients of the kernel test scripts. Each question is one line; the server
 * (netpeer_serve.c) answers with its name and the line, so a script sees which real server a
 * connection reached.
 *
 * Exit status: 0 all was answered; 1 something was not (the reason is printed); 2 usage.
 */
#include "netpeer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MS	3000	/* under emulation a round trip may take a while */

static const char usage[] =
"netpeer serve NAME tcp|udp|sctp ADDRESS:PORT	answer \"NAME line\" until killed\n"
"netpeer ask tcp|udp|sctp ADDRESS:PORT [TEXT]		one question; prints the answer\n"
"netpeer many tcp|udp|sctp ADDRESS:PORT COUNT	COUNT connections one after the other; prints how\n"
"						many each server answered\n"
"netpeer hold tcp|udp|sctp ADDRESS:PORT COUNT [silent]	COUNT connections at once, kept; commands on\n"
"						stdin: ask, close, reset\n"
"netpeer again tcp|sctp ADDRESS:PORT COUNT	the same from one port, each when the one before has ended;\n"
"						also prints how long the slowest took to begin\n"
"netpeer spray udp ADDRESS:PORT COUNT		one datagram from each of COUNT source ports\n"
"netpeer stream udp ADDRESS:PORT PER_SECOND		numbered datagrams until stdin says so; prints how many were\n"
"						lost, or answered twice\n"
"netpeer big udp ADDRESS:PORT BYTES			one datagram in one piece; prints the size of the\n"
"						answer, or the path MTU that an ICMP error gave\n"
"An IPv6 ADDRESS stands in brackets.\n";

/* Names that scripts compare with; strerror() is for people. */
static const char *why(int err)
{
	switch (err) {
	case ECONNREFUSED:	return "refused";
	case ECONNRESET:	return "reset";
	case ETIMEDOUT:		return "timeout";
	case EHOSTUNREACH:	return "unreachable";
	case ENETUNREACH:	return "net-unreachable";
	case EMSGSIZE:		return "too-big";
	case EPIPE:		return "closed";
	default:		return strerror(err);
	}
}

/* One line out, one line back. 0 or -errno. */
static int ask(int fd, const char *text, char *answer, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (dprintf(fd, "%s\n", text) < 0)
		return -errno;
	n = poll(&p, 1, ANSWER_MS);
	if (!n)
		return -ETIMEDOUT;
	n = recv(fd, answer, size - 1, 0);
	if (n < 0)
		return -errno;
	if (!n)
		return -EPIPE;
	answer[n] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return 0;
}

static int cmd_ask(const struct endpoint *to, const char *text)
{
	char answer[2048];
	int fd, ret;

	fd = endpoint_connect(to, ANSWER_MS);
	ret = fd < 0 ? fd : ask(fd, text, answer, sizeof(answer));
	puts(ret ? why(-ret) : answer);
	return ret ? 1 : 0;
}

struct tally {
	char name[32];
	unsigned int count;
};

static void tally_add(struct tally *t, size_t size, const char *answer)
{
	size_t len = strcspn(answer, " ");

	for (size_t i = 0; i < size; i++) {
		if (!t[i].count)
			snprintf(t[i].name, sizeof(t[i].name), "%.*s", (int)len, answer);
		if (strlen(t[i].name) == len && !strncmp(t[i].name, answer, len)) {
			t[i].count++;
			return;
		}
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tally *)a)->name, ((const struct tally *)b)->name);
}

static void tally_print(struct tally *t, size_t size)
{
	size_t used = 0;

	while (used < size && t[used].count)
		used++;
	qsort(t, used, sizeof(*t), by_name);
	for (size_t i = 0; i < used; i++)
		printf("%s%s=%u", i ? " " : "", t[i].name, t[i].count);
}

static void tally_end(struct tally *t, size_t size)
{
	tally_print(t, size);
	putchar('\n');
}

static int cmd_many(const struct endpoint *to, unsigned int count)
{
	struct tally t[16] = { 0 };
	char answer[2048];
	int fd, ret = 0;

	while (count--) {
		fd = endpoint_connect(to, ANSWER_MS);
		ret = fd < 0 ? fd : ask(fd, "who", answer, sizeof(answer));
		tally_add(t, 16, ret ? why(-ret) : answer);
		if (fd >= 0)
			close(fd);
	}
	tally_end(t, 16);
	return 0;
}

static void tally_tell(void *t, const char *answer)
{
	tally_add(t, 16, answer);
}

static int cmd_again(const struct endpoint *to, unsigned int count)
{
	struct tally t[16] = { 0 };
	int wait = netpeer_again(to, count, tally_tell, t);

	tally_print(t, 16);
	printf(" wait_ms=%d\n", wait);
	return 0;
}

struct held {
	int fd;
	char server[32];	/* empty: never asked */
};

static int hold_ask(struct held *h, unsigned int count, struct tally *t)
{
	char answer[2048];
	unsigned int ok = 0;
	int ret;

	for (unsigned int i = 0; i < count; i++) {
		ret = ask(h[i].fd, "who", answer, sizeof(answer));
		answer[strcspn(answer, " ")] = '\0';
		if (ret)
			snprintf(answer, sizeof(answer), "%s", why(-ret));
		else if (*h[i].server && strcmp(h[i].server, answer))
			snprintf(answer, sizeof(answer), "another-server");
		else
			ok++;
		if (!ret)
			snprintf(h[i].server, sizeof(h[i].server), "%.31s", answer);
		tally_add(t, 16, answer);
	}
	return ok == count ? 0 : 1;
}

/* With a reset, where there is one, or in the usual way */
static void hold_end(const struct held *h, unsigned int count, bool reset)
{
	const struct linger now = { .l_onoff = 1 };

	for (unsigned int i = 0; i < count; i++) {
		if (reset)
			setsockopt(h[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(h[i].fd);
	}
}

/* Answers on stdout: "ready s1=5 s2=5", "ask s1=5 s2=5" or "ask s1=5 reset=5", "close", "reset". */
static int cmd_hold(const struct endpoint *to, unsigned int count, bool silent)
{
	struct held *h = calloc(count, sizeof(*h));
	struct tally t[16] = { 0 };
	char line[64];
	int bad = 0;

	if (!h)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned int i = 0; i < count; i++) {
		h[i].fd = endpoint_connect(to, ANSWER_MS);
		if (h[i].fd < 0) {
			printf("connect %s\n", why(-h[i].fd));
			return 1;
		}
	}
	bad = silent ? 0 : hold_ask(h, count, t);
	printf("ready ");
	tally_end(t, 16);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		memset(t, 0, sizeof(t));
		printf("%s ", line);
		if (!strcmp(line, "ask"))
			bad |= hold_ask(h, count, t);
		else if (!strcmp(line, "close") || !strcmp(line, "reset"))
			hold_end(h, count, *line == 'r');
		tally_end(t, 16);
	}
	free(h);
	return bad;
}

/* The sockets stay open to the end: a port that is free again may be given out twice. */
static int cmd_spray(const struct endpoint *to, unsigned int count)
{
	struct rlimit files = { .rlim_cur = count + 64, .rlim_max = count + 64 };

	if (count + 64 > 1024 && setrlimit(RLIMIT_NOFILE, &files))
		return 1;
	for (unsigned int i = 0; i < count; i++) {
		int fd = endpoint_connect(to, ANSWER_MS);

		if (fd < 0 || dprintf(fd, "spray\n") < 0)
			return 1;
	}
	return 0;
}

static int cmd_big(const struct endpoint *to, unsigned int bytes)
{
	char *buf = calloc(1, 65536);
	struct pollfd p = { .events = POLLIN };
	int mtu = 0;
	ssize_t n;

	p.fd = endpoint_connect(to, ANSWER_MS);
	if (!buf || p.fd < 0 || bytes > 65000)
		return 2;
	endpoint_dont_fragment(p.fd);
	memset(buf, 'x', bytes);
	n = send(p.fd, buf, bytes, 0);
	if (n == (ssize_t)bytes && poll(&p, 1, ANSWER_MS) == 1) {
		n = recv(p.fd, buf, 65536, 0);
		if (n >= 0) {
			printf("answer %zd\n", n);
			return 0;
		}
	}
	if (errno == EMSGSIZE && !endpoint_mtu(p.fd, &mtu))
		printf("mtu %d\n", mtu);
	else
		puts(n < 0 ? why(errno) : "timeout");
	free(buf);
	return 1;
}

int main(int argc, char **argv)
{
	struct endpoint to;
	const char *cmd = argc > 1 ? argv[1] : "";
	int at = !strcmp(cmd, "serve") ? 3 : 2;
	unsigned int count;

	if (argc < at + 2 || endpoint_parse(argv[at], argv[at + 1], &to) < 0) {
		fputs(usage, stderr);
		return 2;
	}
	count = argc > 4 ? (unsigned int)strtoul(argv[4], NULL, 10) : 0;
	if (!strcmp(cmd, "serve"))
		return netpeer_serve(argv[2], &to);
	if (!strcmp(cmd, "ask"))
		return cmd_ask(&to, argc > 4 ? argv[4] : "hello");
	if (!strcmp(cmd, "many") && count)
		return cmd_many(&to, count);
	if (!strcmp(cmd, "again") && count)
		return cmd_again(&to, count);
	if (!strcmp(cmd, "hold") && count)
		return cmd_hold(&to, count, argc > 5);
	if (!strcmp(cmd, "stream") && count)
		return netpeer_stream(&to, count);
	if (!strcmp(cmd, "spray") && count)
		return cmd_spray(&to, count);
	if (!strcmp(cmd, "big") && count)
		return cmd_big(&to, count);
	fputs(usage, stderr);
	return 2;
}
