// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syncfeed: puts the module's sync commands to the test with tables that no traffic made. Runs in
 * the namespace that it talks to; record I is a connection of client 10.0.0.0 + I / 50000, port
 * 10000 + I % 50000, to 192.0.2.100:7000 over TCP, at server 198.51.100.21:7000.
 *
 *	syncfeed apply EPOCH FIRST COUNT VERSION	established; record FIRST + N has VERSION + N * 10000
 *	syncfeed delete EPOCH FIRST COUNT VERSION	deletions
 *	syncfeed read MAX COUNT		walk everything; all of records 0 .. COUNT-1 must appear
 *	syncfeed dump COUNT		the same with the dump that people use
 *	syncfeed drain MAX		until nothing is left
 *	syncfeed lose COUNT		COUNT drains of one record whose answers are never read
 *	syncfeed prune EPOCH VERSION
 *	syncfeed digest			sum over all buckets, counts
 *	syncfeed buckets COUNT		there are COUNT connections, and the buckets that the daemon puts them in
 *					are those that have a digest
 *	syncfeed garbage SEED COUNT	COUNT batches of damaged records, epoch 3 or older; the answer must add up;
 *					and as many of damaged briefs, which are refused or applied
 *	syncfeed broken			batches of which nothing may be applied, and the sentences of their refusals
 *
 * Prints one line. Exit status: 0; 1 refused ("ERRNO: sentence") or wrong; 2 usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "brief.h"
#include "nl_priv.h"
#include "syncd/tuple.h"

#define PORTS	50000
#define STEP	10000ULL	/* a read meanwhile hands out versions, too: room for them */
#define BATCH	BATON_SYNC_RECORDS_MAX

static struct baton_conn_record batch[BATCH];
static struct baton_sync_result result;
static struct baton_nl *nl;

static void must(int ret)
{
	if (ret >= 0)
		return;
	printf("%s: %s\n", strerrorname_np(-ret), baton_nl_error(nl));
	exit(1);
}

static void make(struct baton_conn_record *rec, uint32_t i, uint64_t version, uint32_t flags)
{
	memset(rec, 0, sizeof(*rec));
	rec->version = version;
	rec->caddr.v4 = htonl(0x0a000000 + i / PORTS);
	rec->cport = htons((uint16_t)(10000 + i % PORTS));
	rec->vaddr.v4 = htonl(0xc0000264);
	rec->daddr.v4 = htonl(0xc6336415);
	rec->vport = rec->dport = rec->svc_port = htons(7000);
	rec->family = AF_INET;
	rec->protocol = IPPROTO_TCP;
	rec->state = BATON_STATE_TCP_ESTABLISHED;
	rec->method = BATON_METHOD_NAT;
	rec->flags = flags;
}

/* The number of a record, or a large one when it is not ours. */
static uint32_t number(const struct baton_conn_record *rec)
{
	return (ntohl(rec->caddr.v4) - 0x0a000000) * PORTS + ntohs(rec->cport) - 10000;
}

static int apply(uint32_t epoch, uint32_t first, uint32_t count, uint64_t version, uint32_t flags)
{
	uint32_t applied = 0, stale = 0, rejected = 0, n;

	for (uint32_t done = 0; done < count; done += n) {
		n = count - done < BATCH ? count - done : BATCH;
		for (uint32_t i = 0; i < n; i++)
			make(&batch[i], first + done + i,
			     BATON_VERSION(epoch, version + (done + i) * STEP), flags);
		must(baton_nl_sync_apply(nl, epoch, batch, n, &result));
		applied += result.applied;
		stale += result.stale;
		rejected += result.rejected;
	}
	printf("applied=%u stale=%u rejected=%u", applied, stale, rejected);
	if (rejected)
		printf(" reason=%u", result.reject[0].reason);
	puts("");
	return 0;
}

struct seen {
	uint8_t *map;
	uint32_t count, first, twice, foreign;
};

static int note(const struct baton_conn_record *records, size_t count, void *arg)
{
	struct seen *seen = arg;

	for (size_t i = 0; i < count; i++) {
		uint32_t no = number(&records[i]);

		if (no >= seen->count)
			seen->foreign++;
		else if (seen->map[no]++)
			seen->twice++;
		else
			seen->first++;
	}
	return 0;
}

/* "twice" is allowed while the table changes its size: the scripts say when it has to be 0. */
static int report(const struct seen *seen, uint32_t calls)
{
	printf("seen=%u missing=%u twice=%u others=%u calls=%u\n", seen->first,
	       seen->count - seen->first, seen->twice, seen->foreign, calls);
	return seen->first == seen->count ? 0 : 1;
}

static void expand(const struct baton_sync_batch *b)
{
	const uint8_t *p = b->briefs;

	for (uint32_t i = 0; i < b->count; i++)
		p = baton_brief_next(b->likes, p, &batch[i]);
}

static int read_all(uint32_t max, uint32_t count)
{
	struct seen seen = { .map = calloc(count + 1, 1), .count = count };
	struct baton_sync_batch b = { 0 };
	uint64_t newest = 0;
	uint32_t calls = 0;

	do {
		must(baton_nl_sync_read(nl, b.cursor, max, NULL, &b));
		expand(&b);
		note(batch, b.count, &seen);
		for (uint32_t i = 0; i < b.count; i++) {
			if (batch[i].version <= newest || batch[i].version > b.seq) {
				printf("version %#llx after %#llx, seq %#llx\n",
				       (unsigned long long)batch[i].version,
				       (unsigned long long)newest, (unsigned long long)b.seq);
				return 1;
			}
			newest = batch[i].version;
		}
		calls++;
	} while (b.cursor);
	return report(&seen, calls);
}

static int dump_all(uint32_t count)
{
	struct seen seen = { .map = calloc(count + 1, 1), .count = count };

	must(baton_nl_conn_dump(nl, NULL, note, &seen));
	return report(&seen, 1);
}

static int drain(uint32_t max)
{
	uint32_t records = 0, deleted = 0, calls = 0, overrun = 0;
	struct baton_sync_batch b;

	do {
		must(baton_nl_sync_drain(nl, max, &b));
		expand(&b);
		for (uint32_t i = 0; i < b.count; i++)
			deleted += batch[i].flags & BATON_CONN_F_DELETED;
		records += b.count;
		overrun += !!(b.flags & BATON_SYNC_F_OVERRUN);
		calls++;
	} while (b.flags & BATON_SYNC_F_MORE);
	printf("records=%u deleted=%u overrun=%u\n", records, deleted, overrun);
	return 0;
}

/* The socket takes one answer, the others the kernel cannot deliver. */
static int lose(uint32_t count)
{
	struct nl_msg *msg;
	struct nlattr *nest;

	nl_socket_set_buffer_size(nl->sk, 1, 0);
	while (count--) {
		msg = baton_nl_request(nl, BATON_CMD_SYNC_DRAIN, 0, 64);
		nest = nla_nest_start(msg, BATON_A_SYNC);
		nla_put_u32(msg, BATON_SYNC_A_MAX_RECORDS, 1);
		nla_nest_end(msg, nest);
		if (nl_send_auto(nl->sk, msg) < 0)
			return 1;
		nlmsg_free(msg);
	}
	puts("sent");
	return 0;
}

static int digest(void)
{
	struct baton_sync_digest d;
	uint64_t sum = 0;
	unsigned int used = 0;

	must(baton_nl_sync_digest(nl, &d));
	for (size_t i = 0; i < BATON_DIGEST_BUCKETS; i++) {
		sum = sum * 31 + d.bucket[i];
		used += !!d.bucket[i];
	}
	printf("sum=%016llx used=%u synced=%u unsynced=%u pending=%u flags=%u\n",
	       (unsigned long long)sum, used, d.synced, d.unsynced, d.pending, d.flags);
	return 0;
}

static int note_bucket(const struct baton_conn_record *records, size_t count, void *arg)
{
	uint32_t *in = arg;

	for (size_t i = 0; i < count; i++)
		in[baton_tuple_bucket(&records[i])]++;
	return 0;
}

static int buckets(uint32_t count)
{
	uint32_t in[BATON_DIGEST_BUCKETS] = { 0 }, found = 0, wrong = 0;
	struct baton_sync_digest d;

	must(baton_nl_conn_dump(nl, NULL, note_bucket, in));
	must(baton_nl_sync_digest(nl, &d));
	for (size_t i = 0; i < BATON_DIGEST_BUCKETS; i++) {
		found += in[i];
		wrong += !in[i] != !d.bucket[i];
	}
	printf("connections=%u wrong=%u\n", found, wrong);
	return found == count && !wrong ? 0 : 1;
}

static void damage(void *what, size_t size)
{
	uint8_t *bytes = what;
	static const uint8_t edges[] = { 0, 1, 2, 6, 10, 11, 12, 17, 127, 128, 254, 255 };

	for (long n = random() % 4; n > 0; n--)
		bytes[random() % (long)size] = random() % 2 ? edges[random() % 12] : (uint8_t)random();
}

/* An attribute of its own length, whatever is in it. Return: as baton_nl_call(). */
static int apply_raw(int attr, const void *likes, size_t like_size, const void *briefs, size_t size)
{
	struct nl_msg *msg = baton_nl_request(nl, BATON_CMD_SYNC_APPLY, 0, 256 + like_size + size);
	struct nlattr *nest;

	if (!msg)
		return -ENOMEM;
	nest = nla_nest_start(msg, BATON_A_SYNC);
	nla_put_u32(msg, BATON_SYNC_A_EPOCH, 3);
	nla_put(msg, attr, (int)like_size, likes);
	if (briefs)
		nla_put(msg, BATON_SYNC_A_BRIEFS, (int)size, briefs);
	nla_nest_end(msg, nest);
	return baton_nl_call(nl, msg, "apply", NULL, NULL);
}

static int damaged_briefs(uint32_t *invalid)
{
	static struct baton_briefs b;
	uint32_t size = (uint32_t)(1 + random() % BATCH);
	int ret;

	for (uint32_t i = 0; i < size; i++)
		make(&batch[i], (uint32_t)(random() % 5000), BATON_VERSION(1, (uint64_t)random()), 0);
	baton_briefs_pack(&b, batch, size);
	for (unsigned int n = 0; n < 3; n++)
		damage(b.brief, b.size);
	ret = apply_raw(BATON_SYNC_A_LIKES, b.like, b.like_count * sizeof(b.like[0]), b.brief,
			b.size - (random() % 4 ? 0 : (size_t)random() % 16));
	*invalid += ret == -EINVAL;
	return ret == -EINVAL ? 0 : ret;
}

static int must_refuse(const char *what, int ret)
{
	printf("%s: %s\n", what, ret == -EINVAL ? baton_nl_reason(nl) : ret ? "another error" : "applied");
	return ret != -EINVAL;
}

static int broken(void)
{
	struct {
		struct baton_conn_brief brief;
		__be32 client;
	} b[BATCH + 1] = { 0 };
	int bad = 0;

	make(&batch[0], 1, BATON_VERSION(3, 1), 0);
	bad += must_refuse("records", apply_raw(BATON_SYNC_A_RECORDS, batch, 88, NULL, 0));
	bad += must_refuse("no briefs", apply_raw(BATON_SYNC_A_LIKES, batch, 88, NULL, 0));
	bad += must_refuse("empty", apply_raw(BATON_SYNC_A_LIKES, batch, 88, b, 0));
	bad += must_refuse("like cut", apply_raw(BATON_SYNC_A_LIKES, batch, 87, b, 16));
	bad += must_refuse("brief cut", apply_raw(BATON_SYNC_A_LIKES, batch, 88, b, 15));
	bad += must_refuse("rest", apply_raw(BATON_SYNC_A_LIKES, batch, 88, b, 20));
	bad += must_refuse("too many", apply_raw(BATON_SYNC_A_LIKES, batch, 88, b, sizeof(b)));
	b[1].brief.like = 1;
	bad += must_refuse("no like", apply_raw(BATON_SYNC_A_LIKES, batch, 88, b, 32));
	batch[0].family = AF_UNSPEC;
	bad += must_refuse("no family", apply_raw(BATON_SYNC_A_LIKES, batch, 88, b, 16));
	return !!bad;
}

static int garbage(unsigned int seed, uint32_t count)
{
	uint32_t applied = 0, stale = 0, rejected = 0, refused = 0, invalid = 0;
	int ret;

	srandom(seed);
	for (uint32_t n = 0; n < count; n++) {
		uint32_t size = (uint32_t)(1 + random() % BATCH);

		for (uint32_t i = 0; i < size; i++) {
			make(&batch[i], (uint32_t)(random() % 5000),
			     BATON_VERSION(random() % 3, (uint64_t)random()),
			     random() % 4 ? 0 : BATON_CONN_F_DELETED);
			damage(&batch[i], sizeof(batch[i]));
			/* a like of no family is refused with all the others: see broken() */
			if (batch[i].family != AF_INET6)
				batch[i].family = AF_INET;
		}
		ret = baton_nl_sync_apply(nl, random() % 8 ? 3 : 2, batch, size, &result);
		if (ret == -ESTALE) {
			refused++;
			continue;
		}
		must(ret);
		if (result.applied + result.stale + result.rejected != size) {
			printf("%u records gave %u + %u + %u answers\n", size, result.applied,
			       result.stale, result.rejected);
			return 1;
		}
		applied += result.applied;
		stale += result.stale;
		rejected += result.rejected;
		must(damaged_briefs(&invalid));
	}
	printf("invalid=%u ", invalid);
	printf("applied=%u stale=%u rejected=%u refused=%u\n", applied, stale, rejected, refused);
	return 0;
}

static int prune(uint32_t epoch, uint64_t version)
{
	uint32_t removed = 0;

	must(baton_nl_sync_prune(nl, epoch, NULL, BATON_VERSION(epoch, version), &removed));
	printf("removed=%u\n", removed);
	return 0;
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";
	uint32_t n[4] = { 0 };
	char err[512];

	for (int i = 0; i < 4 && i + 2 < argc; i++)
		n[i] = (uint32_t)strtoul(argv[i + 2], NULL, 0);
	if (baton_nl_open(&nl, err, sizeof(err)) < 0) {
		printf("%s\n", err);
		return 1;
	}
	if (!strcmp(cmd, "apply") && argc == 6)
		return apply(n[0], n[1], n[2], n[3], 0);
	if (!strcmp(cmd, "delete") && argc == 6)
		return apply(n[0], n[1], n[2], n[3], BATON_CONN_F_DELETED);
	if (!strcmp(cmd, "read") && argc == 4)
		return read_all(n[0], n[1]);
	if (!strcmp(cmd, "dump") && argc == 3)
		return dump_all(n[0]);
	if (!strcmp(cmd, "drain") && argc == 3)
		return drain(n[0]);
	if (!strcmp(cmd, "lose") && argc == 3)
		return lose(n[0]);
	if (!strcmp(cmd, "prune") && argc == 4)
		return prune(n[0], n[1]);
	if (!strcmp(cmd, "digest"))
		return digest();
	if (!strcmp(cmd, "buckets") && argc == 3)
		return buckets(n[0]);
	if (!strcmp(cmd, "garbage") && argc == 4)
		return garbage(n[0], n[1]);
	if (!strcmp(cmd, "broken"))
		return broken();
	fprintf(stderr, "usage: see the top of syncfeed.c\n");
	return 2;
}
