// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sipua: one end of SIP calls for the kernel test scripts, on one UDP socket.
 *
 * Usage: sipua NAME ADDRESS:PORT
 *
 * A line "ADDRESS:PORT CALL-ID" on standard input sends a request of that call; with the Call-ID "-" it
 * sends what SIP keeps ways open with, which is no message. Requests are answered in our name. Each datagram
 * that comes is told in a line:
 *
 *	asked ADDRESS:PORT CALL-ID		a request
 *	NAME ADDRESS:PORT CALL-ID		an answer, and who gave it ("-": to what is no message)
 */
#include "netpeer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fd;
static const char *name;

/* The value of a header field of @text, cut out of a copy; empty if there is none. */
static const char *field(const char *text, const char *which, char *buf, size_t size)
{
	const char *at = strstr(text, which);

	snprintf(buf, size, "%s", at ? at + strlen(which) : "");
	buf[strcspn(buf, "\r\n")] = '\0';
	return buf;
}

static const char *where(const struct endpoint *e, char *buf, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (e->addr.sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &e->addr.in.sin_addr, host, sizeof(host));
		snprintf(buf, size, "%s:%u", host, ntohs(e->addr.in.sin_port));
	} else {
		inet_ntop(AF_INET6, &e->addr.in6.sin6_addr, host, sizeof(host));
		snprintf(buf, size, "[%s]:%u", host, ntohs(e->addr.in6.sin6_port));
	}
	return buf;
}

static void say(const struct endpoint *to, const char *text)
{
	if (sendto(fd, text, strlen(text), 0, &to->addr.sa, to->len) < 0)
		perror("sipua: send");
}

static void request(const char *target, const char *call)
{
	struct endpoint to;
	char text[1024];

	if (endpoint_parse("udp", target, &to) < 0) {
		fprintf(stderr, "sipua: '%s' is not an endpoint\n", target);
		exit(2);
	}
	snprintf(text, sizeof(text),
		 "OPTIONS sip:service@example.org SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s.example.org;branch=z9hG4bK776asdhds\r\n"
		 "Max-Forwards: 70\r\nTo: <sip:service@example.org>\r\n"
		 "From: <sip:%s@example.org>;tag=1928301774\r\n"
		 "Call-ID: %s\r\nCSeq: 63104 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		 name, name, call);
	say(&to, strcmp(call, "-") ? text : "\r\n\r\n");
}

static void hear(void)
{
	struct endpoint from = { .len = sizeof(from.addr) };
	char text[2048], call[300], who[64], at[80], answer[512];
	ssize_t n = recvfrom(fd, text, sizeof(text) - 1, 0, &from.addr.sa, &from.len);

	if (n < 0)
		return;
	text[n] = '\0';
	where(&from, at, sizeof(at));
	field(text, "Call-ID: ", call, sizeof(call));
	if (!strcmp(text, "\r\n\r\n")) {
		snprintf(answer, sizeof(answer), "Server: %s\r\n", name);
		say(&from, answer);
	} else if (strncmp(text, "SIP/2.0 ", 8) && strncmp(text, "Server: ", 8)) {
		printf("asked %s %s\n", at, call);
		snprintf(answer, sizeof(answer), "SIP/2.0 200 OK\r\nCall-ID: %s\r\nServer: %s\r\n\r\n",
			 call, name);
		say(&from, answer);
	} else {
		printf("%s %s %s\n", field(text, "Server: ", who, sizeof(who)), at, *call ? call : "-");
	}
}

int main(int argc, char **argv)
{
	struct pollfd p[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
	char line[512], target[100], call[300];
	struct endpoint own;

	if (argc != 3 || endpoint_parse("udp", argv[2], &own) < 0) {
		fputs("usage: sipua NAME ADDRESS:PORT\n", stderr);
		return 2;
	}
	name = argv[1];
	fd = endpoint_socket(&own, 0);
	if (fd < 0 || bind(fd, &own.addr.sa, own.len) < 0) {
		perror("sipua: bind");
		return 1;
	}
	/* a line at a time, and none that poll() does not know of */
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	p[1].fd = fd;
	while (poll(p, 2, -1) > 0) {
		if (p[1].revents)
			hear();
		if (!p[0].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			break;
		if (sscanf(line, "%99s %299s", target, call) == 2)
			request(target, call);
	}
	return 0;
}
