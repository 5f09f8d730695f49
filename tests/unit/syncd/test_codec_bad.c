// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* libs: libprotobuf-c libsodium */
/* Messages that no writer of ours wrote: a reader survives anything, and skips what it does not know. */
#include "codec_unit.h"

/* A batch of one Columns, written field by field: what a reader must not accept. */
static int try_columns(Baton__Columns *c)
{
	Baton__Message m = BATON__MESSAGE__INIT;
	Baton__Batch b = BATON__BATCH__INIT;

	b.id = 1;
	b.columns = &c;
	b.n_columns = 1;
	m.batch = &b;
	assert_true(baton__message__get_packed_size(&m) < sizeof(buf));
	return read_back(baton__message__pack(&m, buf));
}

static void bad_columns(void **state)
{
	uint32_t v[700], one = 1, big = 70000, server = 1;
	uint8_t bytes[32] = { 0 };
	Baton__Columns good = BATON__COLUMNS__INIT, c;

	(void)state;
	in[0] = record4(0, 1);
	number(0);
	read_back(write_batch(1, 0, PAYLOAD));
	for (unsigned int i = 0; i < 700; i++)
		v[i] = i;
	good.count = 3;
	good.version = 5;
	good.client4 = v;
	good.n_client4 = 3;
	good.server = &server;
	good.n_server = 1;
	assert_int_equal(try_columns(&good), 3);
	assert_true(out[2].version == 7);
#define BAD(change) do { c = good; change; assert_int_equal(try_columns(&c), -EBADMSG); } while (0)
	BAD(c.count = 0);
	BAD(c.count = 4);
	BAD(c.count = 2);
	BAD((c.count = 601, c.n_client4 = 601));
	BAD(c.n_client4 = 0);
	BAD((c.state = v, c.n_state = 2));
	BAD((c.client_port = &big, c.n_client_port = 1));
	BAD((c.client6.data = bytes, c.client6.len = 16));
	BAD((c.n_client4 = 0, c.client6.data = bytes, c.client6.len = 16));
	BAD((c.n_client4 = 0, c.client6.data = bytes, c.client6.len = 17));
	BAD(c.n_server = 0);
	BAD((c.server = &big, c.n_server = 1));
	BAD((c.flags = v + 2, c.n_flags = 1));
	BAD((c.state = &big, c.n_state = 1));
	BAD((c.service_port = &one, c.n_service_port = 1));
	BAD(c.gap_shift = 57);
	bytes[0] = 0xff;
	BAD((c.gaps.data = bytes, c.gaps.len = 1));
	BAD((c.version = UINT64_MAX, c.gaps.data = bytes + 1, c.gaps.len = 1));
#undef BAD
}

static void bad_deletions(void **state)
{
	Baton__Deletions d = BATON__DELETIONS__INIT, *p = &d;
	uint8_t bytes[64] = { 0 };
	Baton__Batch b = BATON__BATCH__INIT;

	(void)state;
	in[0] = record4(0, 1);
	number(0);
	read_back(write_batch(1, 0, PAYLOAD));
	b.n_deletions = 1;
	b.deletions = &p;
	d.count = 4;
	d.service = 1;
	d.keys.data = bytes;
	d.keys.len = 1;
	assert_int_equal(baton_batch_read(&b, &rx, out, unknown, &unknowns), 4);
	d.count = 9;
	assert_int_equal(baton_batch_read(&b, &rx, out, unknown, &unknowns), -EBADMSG);
	d.count = 601;
	d.keys.len = 64;
	assert_int_equal(baton_batch_read(&b, &rx, out, unknown, &unknowns), -EBADMSG);
	d.count = 4;
	d.service = 0;
	assert_int_equal(baton_batch_read(&b, &rx, out, unknown, &unknowns), -EBADMSG);
	d.service = 2;
	assert_int_equal(baton_batch_read(&b, &rx, out, unknown, &unknowns), -ENOKEY);
	assert_int_equal(unknown[0], 2 | BATON_UNKNOWN_SERVICE);
	d.service = 1;
	d.shift = 48;
	memset(bytes, 0x7f, sizeof(bytes));
	assert_int_equal(baton_batch_read(&b, &rx, out, unknown, &unknowns), -EBADMSG);
}

/* Unknown fields are skipped: a message of a later version is read for what we know of it. */
static void unknown_fields(void **state)
{
	static const uint8_t later[] = { 0xfa, 0x01, 3, 'n', 'e', 'w', 0x80, 0x02, 5 };
	long n;

	(void)state;
	in[0] = record4(0, 1);
	number(0);
	n = write_batch(1, UINT64_MAX, PAYLOAD);
	memcpy(buf + n, later, sizeof(later));
	assert_int_equal(read_back(n + sizeof(later)), 1);
	assert_same(&in[0], &out[0]);
}

static void damaged(void **state)
{
	uint8_t good[PAYLOAD];
	long n;

	(void)state;
	srand(3);
	for (unsigned int i = 0; i < 60; i++) {
		in[i] = i % 5 ? record4(i, 10 + i) : record6(i, 10 + i);
		number(i);
	}
	n = write_batch(60, 0, PAYLOAD);
	assert_true(n > 0);
	memcpy(good, buf, n);
	for (int run = 0; run < 20000; run++) {
		memcpy(buf, good, n);
		for (int i = rand() % 4; i >= 0; i--)
			buf[rand() % n] = rand();
		if (!baton_msg_read(&reader, buf, run % 3 ? n : rand() % n) &&
		    !baton_msg_learn(&reader.msg, &rx) && reader.msg.batch)
			assert_true(baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns) <=
				    BATON_BATCH_RECORDS);
	}
}

/* Thousands of empty submessages must not be worth more memory than the arena. */
static void arena(void **state)
{
	(void)state;
	for (unsigned int i = 0; i + 2 <= sizeof(buf); i += 2) {
		buf[i] = 5 << 3 | 2;
		buf[i + 1] = 0;
	}
	assert_int_equal(baton_msg_read(&reader, buf, sizeof(buf)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bad_columns, fresh),
		cmocka_unit_test_setup(bad_deletions, fresh),
		cmocka_unit_test_setup(unknown_fields, fresh),
		cmocka_unit_test_setup(damaged, fresh),
		cmocka_unit_test_setup(arena, fresh),
	};

	return cmocka_run_group_tests_name("syncd/codec/bad", tests, NULL, NULL);
}
