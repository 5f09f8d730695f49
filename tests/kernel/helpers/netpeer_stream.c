// SPDX-License-Identifier: GPL-2.0-or-later
/* A stream of numbered datagrams, each of which is answered once, or was lost on the way. */
#include "netpeer.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STREAM_MAX	(1u << 20)
#define LAST_MS		3000	/* for the answers that are still under way at the end */

struct stream {
	int fd;
	unsigned int sent, answered, duplicated, reordered, refused;
	unsigned int newest;		/* highest number that was answered, plus one */
	uint64_t period;		/* ns */
	uint64_t next, heard, gap, wait;
	uint64_t *at;			/* [number]: when it was sent; 0 after its answer */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void answered(struct stream *s, unsigned int number)
{
	uint64_t now = now_ns();

	if (number >= s->sent)
		return;
	if (!s->at[number]) {
		s->duplicated++;
		return;
	}
	if (now - s->at[number] > s->wait)
		s->wait = now - s->at[number];
	if (s->heard && now - s->heard > s->gap)
		s->gap = now - s->heard;
	if (number < s->newest)
		s->reordered++;
	else
		s->newest = number + 1;
	s->heard = now;
	s->at[number] = 0;
	s->answered++;
}

/* "NAME NUMBER" */
static void hear(struct stream *s)
{
	char buf[128], *number;
	ssize_t n;

	while ((n = recv(s->fd, buf, sizeof(buf) - 1, MSG_DONTWAIT)) >= 0) {
		buf[n] = '\0';
		number = strchr(buf, ' ');
		if (number)
			answered(s, (unsigned int)strtoul(number, NULL, 10));
	}
	if (errno != EAGAIN)
		s->refused++;
}

static void speak(struct stream *s)
{
	while (s->sent < STREAM_MAX && now_ns() >= s->next) {
		s->at[s->sent] = now_ns();
		if (dprintf(s->fd, "%u\n", s->sent) < 0)
			s->refused++;
		s->sent++;
		s->next += s->period;
	}
}

/* Until there is something on standard input, or its end; then until all is answered. */
static void run(struct stream *s)
{
	struct pollfd p[2] = { { .fd = s->fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
	uint64_t end = 0;

	while (!end || (s->answered < s->sent && now_ns() < end)) {
		uint64_t now = now_ns();
		uint64_t until = end ? end : s->next;
		uint64_t left = until > now ? until - now : 0;
		struct timespec ts = { (time_t)(left / 1000000000), (long)(left % 1000000000) };

		if (ppoll(p, end ? 1 : 2, &ts, NULL) > 0) {
			if (p[0].revents)
				hear(s);
			if (!end && p[1].revents)
				end = now_ns() + LAST_MS * UINT64_C(1000000);
		}
		if (!end)
			speak(s);
	}
}

int netpeer_stream(const struct endpoint *to, unsigned int per_second)
{
	struct stream s = { .fd = endpoint_connect(to, LAST_MS), .period = 1000000000 / per_second };

	s.at = calloc(STREAM_MAX, sizeof(*s.at));
	if (s.fd < 0 || !s.at)
		return 1;
	puts("ready");
	fflush(stdout);
	s.next = now_ns();
	run(&s);
	printf("sent=%u lost=%u duplicated=%u reordered=%u refused=%u gap_us=%llu wait_us=%llu\n", s.sent,
	       s.sent - s.answered, s.duplicated, s.reordered, s.refused,
	       (unsigned long long)s.gap / 1000, (unsigned long long)s.wait / 1000);
	return s.answered == s.sent && !s.duplicated && !s.refused ? 0 : 1;
}
