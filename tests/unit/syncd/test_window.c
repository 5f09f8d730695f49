// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/brief.c syncd/window.c syncd/window_put.c syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* libs: libprotobuf-c libsodium */
/*
 * The window: full datagrams, only the newest record of a connection, positions that go on, and
 * a bound on everything. What it writes is read back.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "brief.h"
#include "records.h"
#include "syncd/window.h"

#define BUDGET	1412

static struct baton_window *w;
static struct baton_dict_rx rx;
static struct baton_reader reader;
static struct baton_conn_record out[BATON_BATCH_RECORDS];
static uint8_t buf[BUDGET];

static int fresh(void **state)
{
	static const uint8_t key[BATON_HASH_KEY] = "test";

	(void)state;
	free(w);
	w = calloc(1, sizeof(*w));
	baton_window_init(w, BUDGET, key);
	baton_dict_rx_reset(&rx);
	return 0;
}

static int done(void **state)
{
	(void)state;
	free(w);
	w = NULL;
	return 0;
}

static int put(const struct baton_conn_record *records, uint32_t count, uint32_t bulk)
{
	static struct baton_briefs b;

	baton_briefs_pack(&b, records, count);
	return baton_window_put(w, b.like, b.like_count, b.brief, count, bulk);
}

static int try_add(const struct baton_conn_record r, uint32_t bulk)
{
	return put(&r, 1, bulk);
}

/* As a drain gives them: @count with the numbers from @first on. */
static void add_many(struct baton_conn_record (*make)(uint32_t i), uint32_t first, uint32_t count)
{
	static struct baton_conn_record records[BATON_SYNC_RECORDS_MAX];

	assert_true(count <= BATON_SYNC_RECORDS_MAX);
	for (uint32_t i = 0; i < count; i++)
		records[i] = make(first + i);
	assert_int_equal(put(records, count, 0), 0);
}

static void add(const struct baton_conn_record r, uint32_t bulk)
{
	assert_int_equal(try_add(r, bulk), 0);
}

/* The records of a batch as the peer reads them. */
static unsigned int sent(uint64_t id, const Baton__Batch **batch)
{
	uint32_t unknown[BATON_ACK_UNKNOWN];
	unsigned int unknowns;
	long n = baton_window_write(w, id, 0, buf, sizeof(buf));
	int count;

	assert_true(n > 0);
	assert_int_equal(baton_msg_read(&reader, buf, n), 0);
	assert_int_equal(baton_msg_learn(&reader.msg, &rx), 0);
	*batch = reader.msg.batch;
	count = baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns);
	assert_true(count >= 0);
	return count;
}

static void fills_datagrams(void **state)
{
	const Baton__Batch *b;
	unsigned int total = 0;

	(void)state;
	for (unsigned int i = 0; i < 5000; i++)
		add(record4(i, 1 + i), 0);
	baton_window_close(w);
	assert_true(w->next - w->first < 5000 / 150);
	for (uint64_t id = w->first; id < w->next; id++) {
		unsigned int n = sent(id, &b);

		assert_true(out[0].version == total + 1);
		assert_true(id + 1 == w->next || reader.msg.raw->n_servers || n > 150);
		total += n;
	}
	assert_int_equal(total, 5000);
}

static void newest_only(void **state)
{
	const Baton__Batch *b;
	struct baton_conn_record r;

	(void)state;
	add(record4(1, 10), 0);
	add(record4(2, 11), 0);
	baton_window_close(w);
	r = record4(1, 12);
	r.state = BATON_STATE_TCP_FIN_WAIT;
	add(r, 0);
	add(deletion(record4(2, 0), 13), 0);
	add(record4(3, 14), 0);
	add(record4(3, 15), 0);
	baton_window_close(w);
	assert_int_equal(baton_window_live(w), 3);
	assert_int_equal(baton_window_live_deletions(w), 1);
	/* The first batch stands for its position only, and says where its records went. */
	assert_int_equal(sent(1, &b), 0);
	assert_true(b->replaced_in == 2);
	assert_int_equal(sent(2, &b), 3);
	assert_true(b->id == 2);
	for (unsigned int i = 0; i < 3; i++)
		assert_true(out[i].version >= 12 && out[i].version != 14);
}

static void bulk_counts(void **state)
{
	const Baton__Batch *b;

	(void)state;
	add(record4(1, 1), 0);
	for (unsigned int i = 0; i < 10; i++)
		add(record4(i, 10 + i), 4);
	add(record4(3, 30), 0);
	baton_window_close(w);
	/* Changes and a walk do not share a batch. */
	assert_true(w->next == 4);
	assert_int_equal(sent(1, &b), 0);
	assert_int_equal(b->bulk, 0);
	assert_int_equal(sent(2, &b), 9);
	assert_int_equal(b->bulk, 4);
	assert_int_equal(b->covers, 10);
	assert_true(b->replaced_in == 3);
	assert_int_equal(sent(3, &b), 1);
	assert_int_equal(b->bulk, 0);
}

static void acknowledged(void **state)
{
	const Baton__Batch *b;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		add(record4(i, 1 + i), 0);
		baton_window_close(w);
	}
	/* What was never sent cannot have arrived. */
	baton_window_ack(w, 3);
	assert_int_equal(baton_window_live(w), 3);
	w->unsent = 3;
	baton_window_ack(w, 1);
	assert_int_equal(baton_window_live(w), 2);
	assert_null(baton_window_find(w, 1));
	assert_int_equal(baton_window_write(w, 1, 0, buf, sizeof(buf)), -ENOENT);
	/* The connection is unknown to the window again, and positions go on. */
	add(record4(0, 9), 0);
	baton_window_close(w);
	assert_int_equal(sent(4, &b), 1);
	assert_true(b->replaced_in == 0);
}

static void restart(void **state)
{
	const Baton__Batch *b;
	uint64_t start, next = 0;
	unsigned int total = 0;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		add(record4(i % 700, 1 + i), i > 500);
		if (i % 10 == 0)
			baton_window_close(w);
	}
	w->unsent = 30;
	baton_window_ack(w, 5);
	baton_dict_tx_forget(&w->dict);
	start = baton_window_restart(w);
	assert_true(start > 100 && w->first == start && w->unsent == start);
	assert_true(w->next - start < 10);
	for (uint64_t id = start; id < w->next; id++) {
		unsigned int n = sent(id, &b);

		for (unsigned int i = 0; i < n; i++) {
			assert_true(out[i].version > next);
			next = out[i].version;
		}
		total += n;
	}
	assert_int_equal(total, baton_window_live(w));
	/* Still one record each. */
	add(record4(650, 2000), 0);
	assert_int_equal(baton_window_live(w), total);
}

/* A standby may have what it did not acknowledge: a deletion cut anew still has to be newer. */
static void restart_deletions(void **state)
{
	const Baton__Batch *b;
	uint64_t start;

	(void)state;
	add(record4(1, 100), 0);
	add(record4(2, 101), 0);
	baton_window_close(w);
	add(deletion(record4(1, 0), 900), 0);
	baton_window_close(w);
	add(record4(2, 1000), 0);
	baton_window_close(w);
	add(deletion(record4(2, 0), 1650), 0);
	start = baton_window_restart(w);
	assert_int_equal(sent(start, &b), 2);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(out[i].flags, BATON_CONN_F_DELETED);
		assert_true(out[i].version > 1000 && out[i].version <= 1650);
	}
}

static struct baton_conn_record new4(uint32_t i)
{
	return record4(i, 2 + i);
}

static struct baton_conn_record new6(uint32_t i)
{
	return record6(i, 2 + i);
}

static struct baton_conn_record deleted4(uint32_t i)
{
	return deletion(record4(i, 0), 2 + i);
}

static void bounded(void **state)
{
	unsigned int i = 0;

	(void)state;
	while (baton_window_room(w) >= BATON_SYNC_RECORDS_MAX)
		for (unsigned int j = 0; j < 2; j++, i += BATON_SYNC_RECORDS_MAX / 2)
			add_many(new4, i, BATON_SYNC_RECORDS_MAX / 2);
	assert_true(i > 30000 && i <= BATON_WINDOW_SLOTS);
	while (!try_add(new4(i), 0))
		i++;
	assert_true(i <= BATON_WINDOW_SLOTS);
	w->unsent = w->next;
	baton_window_ack(w, w->next - 1);
	assert_true(baton_window_room(w) >= BATON_SYNC_RECORDS_MAX);
	/* One record a batch is bounded as well. */
	fresh(NULL);
	for (i = 0; baton_window_room(w) >= BATON_SYNC_RECORDS_MAX; i++) {
		add(record4(i, 1 + i), 0);
		baton_window_close(w);
	}
	assert_true(w->next - w->first < BATON_WINDOW_BATCHES);
	/* So are likes, if each drain brings its own. */
	fresh(NULL);
	for (i = 0; baton_window_room(w) >= BATON_SYNC_RECORDS_MAX; i++)
		add(new4(i), 0);
	assert_true(i > BATON_WINDOW_LIKES / 2 && i <= BATON_WINDOW_LIKES);
	baton_window_close(w);
	w->unsent = w->next;
	baton_window_ack(w, w->next - 1);
	assert_true(baton_window_room(w) >= BATON_SYNC_RECORDS_MAX);
}

/* Records, chains and likes where the ring ends and goes on at its beginning. */
static void goes_round(void **state)
{
	const Baton__Batch *b;
	uint64_t version = 0, first;

	(void)state;
	for (unsigned int round = 0; round < 5; round++) {
		for (unsigned int i = 0; i < 45; i++, version += 450) {
			add_many(new4, (uint32_t)version, 450);
			/* never empty, so that the memory is not begun anew */
			while (w->unsent < w->next)
				sent(w->unsent++, &b);
			baton_window_ack(w, w->next - 1);
			assert_true(baton_window_live(w) > 0);
		}
		add_many(new4, (uint32_t)version, 450);
		version += 450;
		baton_window_close(w);
		for (uint64_t id = w->first; id < w->next; id++) {
			unsigned int n = sent(id, &b);

			for (unsigned int i = 1; i < n; i++)
				assert_true(out[i].version == out[0].version + i);
			assert_true(id + 1 < w->next || out[n - 1].version == version + 1);
		}
		/* Only the newest one, wherever the older one lies. */
		first = w->first;
		for (unsigned int i = 1; i <= 100; i++)
			add(record4((uint32_t)version - i, version + 1 + i), 0);
		version += 200;
		add(new4((uint32_t)version), 0);
		version++;
		while (first < w->next)
			sent(first++, &b);
		assert_int_equal(w->dead, 100);
	}
}

/* However its records are replaced, a batch never outgrows the datagram that it was made for. */
static void resend_fits(void **state)
{
	(void)state;
	srand(4);
	for (unsigned int run = 0; run < 30; run++) {
		unsigned int n = 500, version = 1;

		fresh(NULL);
		for (unsigned int i = 0; i < n; i++) {
			if (rand() % 3)
				add(record4(i, version), 0);
			else
				add(deletion(record4(i, 0), version), 0);
			version += 1 + rand() % (1 + run % 4);
		}
		baton_window_close(w);
		for (unsigned int round = 0; round < 20; round++) {
			const Baton__Batch *b;

			for (unsigned int i = 0; i < round; i++)
				add(record4(rand() % n, version++), 0);
			baton_window_close(w);
			for (uint64_t id = 1; id < w->next; id++)
				sent(id, &b);
		}
	}
}

/* Ethernet, IPv4, UDP and the frame, as at 1500 bytes. */
#define AROUND	(14 + 20 + 8 + BATON_FRAME_OVERHEAD)

/* Bytes on the wire, in tenths, for each of 20,000 records that @make makes. */
static unsigned int tenths(struct baton_conn_record (*make)(uint32_t i))
{
	const unsigned int count = 20000;
	uint64_t bytes = 0;

	fresh(NULL);
	/* the service is known by a connection that lives */
	add(record4(count, 1), 0);
	for (unsigned int i = 0; i < count; i += 500)
		add_many(make, i, 500);
	baton_window_close(w);
	for (uint64_t id = w->first; id < w->next; id++) {
		long n = baton_window_write(w, id, 0, buf, sizeof(buf));

		assert_true(n > 0);
		bytes += AROUND + (uint64_t)n;
	}
	print_message("%.2f bytes each, %u a datagram\n", (double)bytes / count, count / (unsigned int)(w->next - w->first));
	return (unsigned int)(10 * bytes / count);
}

/* All headers counted, clients anywhere, eight servers: a change that makes records longer is found here. */
static void bytes_on_the_wire(void **state)
{
	(void)state;
	assert_true(tenths(new4) <= 90);
	assert_true(tenths(new6) <= 225);
	assert_true(tenths(deleted4) <= 59);
}

/* Runs of a like, and in some phases what breaks them, and connections that come again. */
static struct baton_conn_record mixed(uint32_t i)
{
	static uint64_t version;
	uint32_t phase = i / 450, client = phase & 1 && i % 9 == 0 ? i / 2 : i, server = i % 290 == 50 ? i : 0;
	bool v6 = phase % 5 == 3 && i % 40 > 20;
	struct baton_conn_record r;

	if (!i)
		version = 2;
	version += 1 + (phase & 2 && i % 70 == 5) * 300000;
	r = v6 ? record6(client, version) : record4(client, version);
	/* one server most of the time, so that likes go on */
	r.daddr = v6 ? record6(server, 0).daddr : record4(server, 0).daddr;
	if (i % 30 == 7)
		r.cport = htons(i % 60 == 7 ? 99 : 9999);
	if (phase % 4 == 2 && i % 40 > 30)
		r.idle = 3;
	return phase & 4 && i % 200 > 190 ? deletion(r, version) : r;
}

/* All batches of @total records that are put @each at a time, one behind the other. Return: bytes. */
static size_t written(uint32_t total, uint32_t each, uint8_t *to, size_t size)
{
	uint32_t plain = 0;
	size_t n = 0;

	fresh(NULL);
	for (uint32_t i = 0; i < total; i += each)
		add_many(mixed, i, each < total - i ? each : total - i);
	baton_window_close(w);
	for (uint64_t id = w->first; id < w->next; id++) {
		long bytes = baton_window_write(w, id, UINT64_MAX, to + n, size - n < BUDGET ? size - n : BUDGET);

		assert_true(bytes > 0);
		/* what is known of the items saves a look at them and nothing else */
		plain += baton_window_find(w, id)->plain;
		baton_window_find(w, id)->plain = 0;
		assert_int_equal(baton_window_write(w, id, UINT64_MAX, buf, sizeof(buf)), bytes);
		assert_memory_equal(to + n, buf, bytes);
		n += bytes;
	}
	/* when there are several servers, a record that comes alone may have a new one */
	assert_true(each == 1 || plain > total / 10);
	return n;
}

static void together_or_alone(void **state)
{
	static uint8_t alone[200 * BUDGET], together[200 * BUDGET];
	size_t n = written(6000, 1, alone, sizeof(alone));
	uint32_t live = baton_window_live(w);

	(void)state;
	assert_true(live < 5950 && live > 5000);
	assert_int_equal(written(6000, 600, together, sizeof(together)), n);
	assert_memory_equal(alone, together, n);
	assert_int_equal(baton_window_live(w), live);
}

static struct baton_conn_record one_server(uint32_t i)
{
	struct baton_conn_record r = record4(i, i + 1);

	r.daddr = record4(0, 0).daddr;
	return r;
}

/* Likes that differ in nothing do not end a run: only the first two of a batch are looked at. */
static void plain_goes_on(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1400; i += 7)
		add_many(one_server, i, 7);
	baton_window_close(w);
	assert_true(w->next - w->first > 5);
	for (uint64_t id = w->first; id < w->next; id++) {
		const struct baton_window_batch *b = baton_window_find(w, id);

		assert_int_equal(b->plain, b->end - b->begin - 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fills_datagrams, fresh),
		cmocka_unit_test_setup(newest_only, fresh),
		cmocka_unit_test_setup(bulk_counts, fresh),
		cmocka_unit_test_setup(acknowledged, fresh),
		cmocka_unit_test_setup(restart, fresh),
		cmocka_unit_test_setup(restart_deletions, fresh),
		cmocka_unit_test_setup(bounded, fresh),
		cmocka_unit_test_setup(goes_round, fresh),
		cmocka_unit_test_setup(resend_fits, fresh),
		cmocka_unit_test_setup(bytes_on_the_wire, fresh),
		cmocka_unit_test_setup(together_or_alone, fresh),
		cmocka_unit_test_setup(plain_goes_on, fresh),
	};

	return cmocka_run_group_tests_name("syncd/window", tests, NULL, done);
}
