// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ftpd: a small FTP server for the kernel test scripts, one process a session. It lets everybody in,
 * reads and writes files of one folder, and opens data connections both ways (RFC 959, RFC 2428).
 *
 * Usage: ftpd ADDRESS:PORT FOLDER [PASSIVE-PORT]
 *
 * Data ports are PASSIVE-PORT, or any; active data comes from the port before PORT. A file of the name
 * "slow" is sent at 160 kB a second.
 */
#include "netpeer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define PACE_MS 100		/* of each 16 KiB */

struct session {
	int fd;
	struct endpoint own;		/* this end of the control connection */
	struct endpoint client;		/* active: where to connect to */
	int listener;			/* passive; -1: active */
	unsigned int passive_port;
};

__attribute__((format(printf, 2, 3)))
static void say(const struct session *s, const char *format, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 2, format, ap);
	va_end(ap);
	if (n < 0 || n > (int)sizeof(line) - 3)
		exit(1);
	memcpy(line + n, "\r\n", 2);
	if (write(s->fd, line, (size_t)n + 2) < 0)
		exit(1);
}

static void set_port(struct endpoint *e, unsigned int port)
{
	/* in the same place in both families */
	e->addr.in.sin_port = htons((uint16_t)port);
}

static unsigned int port_of(const struct endpoint *e)
{
	return ntohs(e->addr.in.sin_port);
}

static int bound(const struct session *s, unsigned int port)
{
	struct endpoint at = s->own;
	int fd = socket(at.addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	set_port(&at, port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 && bind(fd, &at.addr.sa, at.len) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void cmd_passive(struct session *s, bool extended)
{
	struct endpoint at = s->own;
	const uint8_t *a = (const uint8_t *)&at.addr.in.sin_addr;
	unsigned int port;

	if (s->listener >= 0)
		close(s->listener);
	s->listener = bound(s, s->passive_port);
	if (s->listener < 0 || listen(s->listener, 1) < 0 ||
	    getsockname(s->listener, &at.addr.sa, &at.len) < 0) {
		say(s, "425 %s", strerror(errno));
		return;
	}
	port = port_of(&at);
	if (extended)
		say(s, "229 Entering Extended Passive Mode (|||%u|)", port);
	else
		say(s, "227 Entering Passive Mode (%u,%u,%u,%u,%u,%u).", a[0], a[1], a[2], a[3],
		    port >> 8, port & 255);
}

static void active(struct session *s, bool understood)
{
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
	say(s, understood ? "200 PORT is fine" : "501 What port?");
}

static void cmd_port(struct session *s, const char *text)
{
	unsigned int v[6];
	char endpoint[64];

	if (sscanf(text, "%u,%u,%u,%u,%u,%u", v, v + 1, v + 2, v + 3, v + 4, v + 5) != 6) {
		active(s, false);
		return;
	}
	snprintf(endpoint, sizeof(endpoint), "%u.%u.%u.%u:%u", v[0], v[1], v[2], v[3], v[4] << 8 | v[5]);
	active(s, !endpoint_parse("tcp", endpoint, &s->client));
}

static void cmd_eprt(struct session *s, const char *text)
{
	char address[64], endpoint[80];
	unsigned int family, port;

	if (sscanf(text, "|%u|%63[^|]|%u|", &family, address, &port) != 3) {
		active(s, false);
		return;
	}
	snprintf(endpoint, sizeof(endpoint), family == 2 ? "[%s]:%u" : "%s:%u", address, port);
	active(s, !endpoint_parse("tcp", endpoint, &s->client));
}

static int open_data(struct session *s)
{
	struct pollfd p = { .fd = s->listener, .events = POLLIN };
	int fd;

	if (s->listener >= 0)
		return poll(&p, 1, PATIENCE_MS) == 1 ? accept(s->listener, NULL, NULL) : -1;
	fd = bound(s, port_of(&s->own) - 1);
	if (fd >= 0 && connect(fd, &s->client.addr.sa, s->client.len) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void copy(int from, int to, bool slow)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		if (write(to, buf, (size_t)n) != n)
			exit(1);
		if (slow)
			poll(NULL, 0, PACE_MS);
	}
}

static void cmd_transfer(struct session *s, const char *name, bool store)
{
	int file, fd;

	file = strchr(name, '/') ? -1 : open(name, store ? O_CREAT | O_TRUNC | O_WRONLY : O_RDONLY, 0644);
	if (file < 0) {
		say(s, "550 %s", strerror(errno));
		return;
	}
	say(s, "150 Here it comes");
	fd = open_data(s);
	if (fd < 0) {
		say(s, "425 No data connection");
	} else {
		copy(store ? fd : file, store ? file : fd, !strcmp(name, "slow"));
		close(fd);
		say(s, "226 Done");
	}
	close(file);
}

static void obey(struct session *s, const char *line)
{
	const char *words = strchr(line, ' ');

	words = words ? words + 1 : "";
	if (!strncasecmp(line, "USER", 4) || !strncasecmp(line, "PASS", 4))
		say(s, "230 Welcome");
	else if (!strcasecmp(line, "PWD"))
		say(s, "257 \"/\"");
	else if (!strcasecmp(line, "PASV") && s->own.addr.sa.sa_family == AF_INET)
		cmd_passive(s, false);
	else if (!strcasecmp(line, "EPSV"))
		cmd_passive(s, true);
	else if (!strncasecmp(line, "PORT ", 5))
		cmd_port(s, words);
	else if (!strncasecmp(line, "EPRT ", 5))
		cmd_eprt(s, words);
	else if (!strncasecmp(line, "RETR ", 5))
		cmd_transfer(s, words, false);
	else if (!strncasecmp(line, "STOR ", 5))
		cmd_transfer(s, words, true);
	else if (!strncasecmp(line, "TYPE", 4) || !strncasecmp(line, "NOOP", 4))
		say(s, "200 As you like");
	else if (!strcasecmp(line, "QUIT"))
		say(s, "221 Goodbye");
	else
		say(s, "502 No");
}

static int session(int fd, unsigned int passive_port)
{
	struct session s = { .fd = fd, .listener = -1, .passive_port = passive_port };
	FILE *in = fdopen(fd, "r");
	char line[512];

	s.own.len = sizeof(s.own.addr);
	if (!in || getsockname(fd, &s.own.addr.sa, &s.own.len) < 0)
		return 1;
	say(&s, "220 Who is it?");
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\r\n")] = '\0';
		obey(&s, line);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct session s = { .listener = -1 };
	int fd, client;

	if (argc < 3 || endpoint_parse("tcp", argv[1], &s.own) || chdir(argv[2])) {
		fputs("usage: ftpd ADDRESS:PORT FOLDER [PASSIVE-PORT]\n", stderr);
		return 2;
	}
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	fd = bound(&s, port_of(&s.own));
	if (fd < 0 || listen(fd, 64) < 0) {
		perror("ftpd: cannot listen");
		return 1;
	}
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (!fork()) {
			close(fd);
			return session(client, argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 0);
		}
		close(client);
	}
	return 1;
}
