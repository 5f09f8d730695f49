// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syncpipe: carries the connection table from one network namespace to another, both of this
 * machine, through the module's own commands and without a daemon in between.
 *
 *	syncpipe drain FROM TO	what changed; until nothing is left
 *	syncpipe bulk FROM TO	everything, then a prune of what is not there any more
 *	syncpipe equal FROM TO	compare the digests
 *	syncpipe match FROM TO	what FROM's connections would meet in TO, by the lookup of packets
 *
 * Prints one line of numbers. Exit status: 0; 1 failed, or not equal; 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "brief.h"
#include "nl.h"

struct totals {
	unsigned int read, applied, stale, rejected, deleted, flags;
};

static struct baton_nl *open_in(const char *space)
{
	struct baton_nl *nl = NULL;
	char path[128], err[512];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", space);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
		fprintf(stderr, "syncpipe: namespace %s: %s\n", space, strerror(errno));
		exit(1);
	}
	close(fd);
	if (baton_nl_open(&nl, err, sizeof(err)) < 0) {
		fprintf(stderr, "syncpipe: %s: %s\n", space, err);
		exit(1);
	}
	return nl;
}

static void must(struct baton_nl *nl, int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "syncpipe: %s: %s (%s)\n", what, baton_nl_error(nl), strerror(-ret));
	exit(1);
}

static void apply(struct baton_nl *to, uint32_t epoch, const struct baton_sync_batch *b,
		  struct totals *t)
{
	static struct baton_conn_record records[BATON_SYNC_RECORDS_MAX];
	struct baton_sync_result result;
	const uint8_t *p = b->briefs;

	t->read += b->count;
	t->flags |= b->flags & ~BATON_SYNC_F_MORE;
	for (uint32_t i = 0; i < b->count; i++) {
		p = baton_brief_next(b->likes, p, &records[i]);
		t->deleted += !!(records[i].flags & BATON_CONN_F_DELETED);
	}
	if (!b->count)
		return;
	must(to, baton_nl_sync_apply(to, epoch, records, b->count, &result), "apply");
	t->applied += result.applied;
	t->stale += result.stale;
	t->rejected += result.rejected;
}

static uint32_t epoch_of(struct baton_nl *nl)
{
	struct baton_gate gate;

	must(nl, baton_nl_gate_get(nl, &gate), "gate");
	return gate.epoch;
}

static void drain(struct baton_nl *from, struct baton_nl *to, struct totals *t)
{
	uint32_t epoch = epoch_of(from);
	struct baton_sync_batch b;

	do {
		must(from, baton_nl_sync_drain(from, 0, &b), "drain");
		apply(to, epoch, &b, t);
	} while (b.flags & BATON_SYNC_F_MORE);
}

static uint32_t bulk(struct baton_nl *from, struct baton_nl *to, struct totals *t)
{
	uint32_t epoch = epoch_of(from), removed = 0;
	struct baton_sync_digest *begin = malloc(sizeof(*begin));
	struct baton_sync_batch b = { 0 };

	if (!begin)
		exit(1);
	must(from, baton_nl_sync_digest(from, begin), "digest");
	do {
		must(from, baton_nl_sync_read(from, b.cursor, 0, NULL, &b), "read");
		apply(to, epoch, &b, t);
	} while (b.cursor);
	must(to, baton_nl_sync_prune(to, epoch, NULL, begin->seq + 1, &removed), "prune");
	free(begin);
	return removed;
}

static int equal(struct baton_nl *from, struct baton_nl *to)
{
	struct baton_sync_digest *d = calloc(2, sizeof(*d));
	unsigned int differing = 0;
	bool same;

	if (!d)
		exit(1);
	must(from, baton_nl_sync_digest(from, &d[0]), "digest");
	must(to, baton_nl_sync_digest(to, &d[1]), "digest");
	for (size_t i = 0; i < BATON_DIGEST_BUCKETS; i++)
		differing += d[0].bucket[i] != d[1].bucket[i];
	same = !differing && d[0].synced == d[1].synced;
	printf("%s differing=%u synced=%u,%u pending=%u unsynced=%u\n", same ? "equal" : "different",
	       differing, d[0].synced, d[1].synced, d[0].pending, d[0].unsynced);
	free(d);
	return same ? 0 : 1;
}

/* The whole table, piece by piece. */
static int match(struct baton_nl *from, struct baton_nl *to)
{
	static const char *const names[__BATON_MATCH_MAX] = {
		[BATON_MATCH_SAME] = "same", [BATON_MATCH_OTHER] = "other", [BATON_MATCH_NONE] = "none",
		[BATON_MATCH_NO_SERVICE] = "no_service", [BATON_MATCH_NO_SERVER] = "no_server",
		[BATON_MATCH_INVALID] = "invalid",
	};
	struct baton_conn_record records[BATON_MATCH_MAX];
	unsigned int seen[__BATON_MATCH_MAX] = { 0 };
	uint8_t matches[BATON_MATCH_MAX];
	unsigned int left_out = 0;
	uint64_t cursor = 0;
	uint32_t count;

	do {
		must(from, baton_nl_conn_sample(from, &cursor, records, &count), "sample");
		if (count)
			must(to, baton_nl_conn_match(to, records, count, matches), "match");
		for (uint32_t i = 0; i < count; i++) {
			left_out += !!(records[i].flags & BATON_CONN_F_LEFT_OUT);
			seen[matches[i] < __BATON_MATCH_MAX ? matches[i] : BATON_MATCH_INVALID]++;
		}
	} while (cursor);
	for (unsigned int i = 0; i < __BATON_MATCH_MAX; i++)
		printf("%s=%u ", names[i], seen[i]);
	printf("left_out=%u\n", left_out);
	return 0;
}

int main(int argc, char **argv)
{
	struct totals t = { 0 };
	struct baton_nl *from, *to;
	uint32_t removed = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: syncpipe drain|bulk|equal|match FROM TO\n");
		return 2;
	}
	from = open_in(argv[2]);
	to = open_in(argv[3]);
	if (!strcmp(argv[1], "equal"))
		return equal(from, to);
	if (!strcmp(argv[1], "match"))
		return match(from, to);
	if (!strcmp(argv[1], "drain"))
		drain(from, to, &t);
	else if (!strcmp(argv[1], "bulk"))
		removed = bulk(from, to, &t);
	else
		return 2;
	printf("read=%u deleted=%u applied=%u stale=%u rejected=%u pruned=%u overrun=%d\n", t.read,
	       t.deleted, t.applied, t.stale, t.rejected, removed, !!(t.flags & BATON_SYNC_F_OVERRUN));
	return 0;
}
