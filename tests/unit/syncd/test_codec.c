// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* libs: libprotobuf-c libsodium */
/* Messages: what is written is read back, and how many bytes a connection costs. */
#include "codec_unit.h"

#define ETHERNET	14

/* As many records as fit into one datagram; returns how many. */
static unsigned int fill(struct baton_conn_record (*make)(uint32_t, uint64_t), bool dead)
{
	struct baton_fill f = begun();
	unsigned int n = 0;

	for (; n < BATON_BATCH_RECORDS; n++) {
		in[n] = make(n, 1000 + n);
		if (dead) {
			in[n] = deletion(in[n], 1000 + n);
			memset(&in[n].daddr, 0, sizeof(in[n].daddr));
			in[n].dport = 0;
			in[n].svc_port = in[n].vport;
		}
		number_as(n, 7);
		if (add_to(&f, n) > PAYLOAD)
			break;
	}
	return n;
}

static double bytes_each(struct baton_conn_record (*make)(uint32_t, uint64_t), bool dead,
			 const char *what)
{
	unsigned int n = fill(make, dead);
	long size = write_batch(n, UINT64_MAX, PAYLOAD);
	double each = (double)(size + BATON_FRAME_OVERHEAD + 28 + ETHERNET) / n;

	assert_true(size > 0);
	print_message("%s: %u in %ld bytes of message, %.2f bytes each with all headers\n", what, n,
		      size, each);
	return each;
}

static void cost(void **state)
{
	(void)state;
	assert_true(bytes_each(record4, false, "new IPv4 connections") <= 13);
	fresh(NULL);
	assert_true(bytes_each(record6, false, "new IPv6 connections") <= 26);
	fresh(NULL);
	assert_true(bytes_each(record4, true, "IPv4 deletions") <= 6);
}

static void columns(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		in[i] = i % 3 ? record4(i, 500 + i) : record6(i, 500 + i);
		number(i);
	}
	assert_int_equal(read_back(write_batch(100, UINT64_MAX, PAYLOAD * 2)), 100);
	assert_true(reader.msg.batch->id == 1);
	assert_int_equal(reader.msg.batch->bulk, 3);
	assert_int_equal(reader.msg.batch->covers, 100);
	assert_true(reader.msg.batch->replaced_in == 9);
	/* IPv4 first, then IPv6, each in the order of versions. */
	for (unsigned int i = 0, v4 = 0, v6 = 66; i < 100; i++)
		assert_same(&in[i], &out[i % 3 ? v4++ : v6++]);
}

static void gaps_in_versions(void **state)
{
	uint64_t version = BATON_VERSION(3, 77);

	(void)state;
	for (unsigned int i = 0; i < 50; i++) {
		in[i] = record4(i, version);
		in[i].state = 1 + i % 9;
		in[i].timeout = i * 3;
		in[i].idle = i;
		in[i].method = i & 1;
		version += 1 + (i % 7 == 0) * i * 1000;
		number(i);
	}
	assert_int_equal(read_back(write_batch(50, UINT64_MAX, PAYLOAD)), 50);
	for (unsigned int i = 0; i < 50; i++)
		assert_same(&in[i], &out[i]);
}

static void any_port_service(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		in[i] = record4(i, 10 + i);
		in[i].svc_port = 0;
		in[i].vport = htons(1000 + i);
		in[i].dport = i % 2 ? in[i].vport : htons(8080);
		number(i);
	}
	/* Not one entry per port. */
	assert_true(tx.servers <= 16);
	assert_int_equal(tx.services, 1);
	assert_int_equal(read_back(write_batch(40, UINT64_MAX, PAYLOAD)), 40);
	for (unsigned int i = 0; i < 40; i++)
		assert_same(&in[i], &out[i]);
}

static void range_of_ports(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		in[i] = record4(i, 10 + i);
		in[i].svc_port = htons(1000);
		in[i].vport = htons(1000 + i);
		in[i].dport = in[i].vport;
		number(i);
	}
	assert_true(tx.servers <= 16);
	assert_int_equal(tx.services, 1);
	assert_int_equal(read_back(write_batch(40, UINT64_MAX, PAYLOAD)), 40);
	for (unsigned int i = 0; i < 40; i++)
		assert_same(&in[i], &out[i]);
	/* no range has ports below its first */
	in[0].svc_port = htons(2000);
	in[0].vport = htons(1999);
	number(0);
	assert_int_equal(read_back(write_batch(1, UINT64_MAX, PAYLOAD)), -EBADMSG);
}

static void mark_some(unsigned int i)
{
	in[i] = i % 4 ? record4(i, 10 + i) : record6(i, 10 + i);
	if (i % 3)
		return;
	in[i].mark = 0x80000007;
	in[i].svc_port = 0;
	in[i].vaddr.bytes[3] = i + 1;
	in[i].vport = htons(1000 + i);
	in[i].dport = i % 2 ? in[i].vport : htons(8080);
	if (i % 5)
		return;
	in[i].protocol = BATON_PROTOCOL_TEMPLATE;
	memset(&in[i].vaddr, 0, sizeof(in[i].vaddr));
	in[i].vaddr.v4 = htonl(in[i].mark);
	in[i].cport = in[i].vport = in[i].dport = 0;
}

/* Of a service by mark each record has its own address, among records of other services. */
static void marks(void **state)
{
	Baton__Columns c;
	uint32_t none = 0;

	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		mark_some(i);
		number(i);
	}
	/* of each family one with an address, the mark for connections, and for templates */
	assert_int_equal(tx.services, 6);
	assert_int_equal(read_back(write_batch(60, UINT64_MAX, PAYLOAD * 2)), 60);
	for (unsigned int i = 0, v4 = 0, v6 = 45; i < 60; i++)
		assert_same(&in[i], &out[i % 4 ? v4++ : v6++]);
	/* no entry of a mark has an address, and no record of one has none */
	c = *reader.msg.batch->columns[0];
	c.virtual4 = &none;
	c.n_virtual4 = 1;
	reader.msg.batch->columns[0] = &c;
	assert_int_equal(baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns), -EBADMSG);
	in[0] = deletion(in[3], 100);
	in[0].cport = 0;
	number(0);
	assert_int_equal(tx.services, 6);
	memset(&in[0].daddr, 0, sizeof(in[0].daddr));
	in[0].dport = 0;
	number(0);
	assert_int_equal(read_back(write_batch(1, UINT64_MAX, PAYLOAD)), 1);
	assert_same(&in[0], &out[0]);
}

/* What is counted while a batch is collected is never less than it becomes. */
static void marks_have_room(void **state)
{
	struct baton_fill f = begun();
	size_t bound = 0;

	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		mark_some(i);
		bound = add_to(&f, i);
		number(i);
	}
	assert_true(write_batch(60, UINT64_MAX, PAYLOAD * 4) <= (long)bound);
}

/* The same of whatever comes together, record by record, with all that is told of services and servers. */
static void anything_has_room(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (unsigned int round = 0; round < 300; round++) {
		struct baton_fill f = begun();
		uint64_t version = 1;

		baton_dict_tx_reset(&tx);
		likes = 0;
		for (unsigned int i = 0; i < 40; i++) {
			unsigned int dice = rand_r(&seed);
			size_t bound;

			version += dice % 8 ? 1 : 1 + dice % 1000;
			if (dice & 0x700)
				in[i] = dice & 0x1000 ? record6(dice, version) : record4(dice, version);
			else
				mark_some(i);
			in[i].version = version;
			if (round % 3 && !(dice & 0xe000))
				in[i].timeout = in[i].idle = dice >> 3;
			if (round % 2 && !(dice & 0x70000) && !in[i].mark) {
				in[i].flags = BATON_CONN_F_DELETED;
				memset(&in[i].daddr, 0, sizeof(in[i].daddr));
			}
			bound = add_to(&f, i);
			number(i);
			if (bound == SIZE_MAX)
				break;
			assert_in_range(write_batch(i + 1, 0, PAYLOAD * 4), 1, bound);
		}
	}
}

/* Of a deletion the tuple arrives, and a version that is not below its own. */
static void deletions(void **state)
{
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < 120; i++) {
		in[i] = i % 4 ? deletion(record4(i, 0), 900 + i) : record4(i, 900 + i);
		if (i % 4) {
			memset(&in[i].daddr, 0, sizeof(in[i].daddr));
			in[i].dport = 0;
			in[i].svc_port = i % 5 ? in[i].vport : 0;
		}
		number(i);
	}
	assert_int_equal(read_back(write_batch(120, UINT64_MAX, PAYLOAD)), 120);
	for (unsigned int i = 0; i < 120; i++)
		for (unsigned int j = 0; j < 120; j++) {
			if (out[j].caddr.v4 != in[i].caddr.v4 || out[j].cport != in[i].cport)
				continue;
			found++;
			assert_int_equal(out[j].flags, in[i].flags);
			assert_int_equal(out[j].vport, in[i].vport);
			assert_int_equal(out[j].protocol, in[i].protocol);
			assert_memory_equal(&out[j].vaddr, &in[i].vaddr, sizeof(in[i].vaddr));
			if (in[i].flags)
				assert_true(out[j].version >= in[i].version && out[j].version < 900 + 120);
			else
				assert_same(&in[i], &out[j]);
		}
	assert_int_equal(found, 120);
}

static void dictionary_asked_for(void **state)
{
	long size;

	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		in[i] = record4(i, 10 + i);
		number(i);
	}
	/* The batch that told of the entries tells them again when it is sent again. */
	size = write_batch(20, 0, PAYLOAD);
	assert_int_equal(baton_msg_read(&reader, buf, size), 0);
	assert_int_equal(reader.msg.raw->n_services, 1);
	assert_int_equal(reader.msg.raw->n_servers, 8);
	assert_int_equal(baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns), -ENOKEY);
	assert_int_equal(unknowns, 8);
	size = baton_dict_write(&tx, unknown, unknowns, buf, PAYLOAD);
	assert_true(size > 0);
	assert_int_equal(baton_msg_read(&reader, buf, size), 0);
	assert_null(reader.msg.batch);
	assert_int_equal(baton_msg_learn(&reader.msg, &rx), 0);
	/* A later batch does not tell them, and is read all the same. */
	for (unsigned int i = 0; i < 20; i++) {
		tx.server_sent[like[item[i].like].fill.server] = 5;
		tx.service_sent[1] = 5;
	}
	size = write_batch(20, UINT64_MAX, PAYLOAD);
	assert_int_equal(read_back(size), 20);
	assert_int_equal(reader.msg.raw->n_servers, 0);
	assert_same(&in[19], &out[19]);
}

/* Exactly so many bytes, whatever the lengths' own lengths are. */
static void padded_hello(void **state)
{
	struct baton_msg_hello h = { .node = 42, .peers = 1 };
	long least = baton_msg_write(&h, NULL, NULL, buf, sizeof(buf));

	(void)state;
	for (h.pad_to = 0; h.pad_to <= 9100; h.pad_to++) {
		long n = baton_msg_write(&h, NULL, NULL, buf, sizeof(buf));

		if ((long)h.pad_to >= least + 8)
			assert_in_range(n, h.pad_to - 1, h.pad_to);
		else
			assert_int_equal(n, least);
	}
	h.pad_to = 1172;
	assert_int_equal(baton_msg_write(&h, NULL, NULL, buf, sizeof(buf)), 1172);
	assert_int_equal(baton_msg_read(&reader, buf, 1172), 0);
	assert_int_equal(reader.msg.hello.peers, 1);
}

static void states(void **state)
{
	struct baton_msg_hello h = { .node = 42, .role = BATON_ROLE_ACTIVE, .peers = 2 };
	struct baton_msg_source s = { .last = 9, .connections = 8, .unsynced = 7, .pending = 6 };
	struct baton_msg_ack a = {
		.start = 4, .position = 1000, .ranges = 2, .unknowns = 1, .want_marks = true,
		.warm = true, .equal_at = 3, .equal_age = 5, .synced = 6, .parked_service = 7,
		.parked_server = 8, .refused = 9, .bulk_done = 10, .resync_id = 11,
	};
	uint8_t marks[BATON_DIGEST_BUCKETS];
	long n;

	(void)state;
	memset(marks, 7, sizeof(marks));
	memset(h.peer, 3, sizeof(h.peer));
	memset(a.session.bytes, 5, sizeof(a.session));
	memset(a.resync_buckets, 0x55, sizeof(a.resync_buckets));
	a.missing[0].first = 1001;
	a.missing[0].count = 2;
	a.missing[1].first = 1010;
	a.missing[1].count = 5;
	a.unknown[0] = 17 | BATON_UNKNOWN_SERVICE;
	s.digest.present = true;
	s.digest.position = 9;
	s.digest.marks = marks;
	s.bulk.id = 2;
	s.bulk.walked = true;
	s.bulk.total = 77;
	n = baton_msg_write(&h, &s, &a, buf, sizeof(buf));
	assert_true(n > 0);
	assert_int_equal(baton_msg_write(&h, &s, &a, buf, n - 1), -EMSGSIZE);
	assert_int_equal(baton_msg_read(&reader, buf, n), 0);
	assert_true(reader.msg.has_hello && reader.msg.has_source && reader.msg.has_ack);
	for (unsigned int i = 0; i < 2; i++)
		assert_memory_equal(&reader.msg.hello.peer[i], &h.peer[i],
				    offsetof(struct baton_msg_peer, largest) + sizeof(uint32_t));
	assert_memory_equal(reader.msg.source.digest.marks, marks, sizeof(marks));
	assert_int_equal(reader.msg.source.bulk.total, 77);
	assert_int_equal(reader.msg.ack.ranges, 2);
	assert_memory_equal(reader.msg.ack.missing, a.missing, 2 * sizeof(a.missing[0]));
	assert_int_equal(reader.msg.ack.unknown[0], 17 | BATON_UNKNOWN_SERVICE);
	assert_memory_equal(reader.msg.ack.resync_buckets, a.resync_buckets, BATON_MAP_SIZE);
	assert_int_equal(reader.msg.ack.refused, 9);
	assert_int_equal(reader.msg.ack.resync_id, 11);
}

/* The smallest link that we accept still carries all marks. */
static void marks_fit(void **state)
{
	struct baton_msg_source s = {
		.last = UINT64_MAX / 2, .connections = UINT32_MAX, .unsynced = UINT32_MAX,
		.pending = UINT32_MAX,
	};
	uint8_t marks[BATON_DIGEST_BUCKETS] = { 0 };

	(void)state;
	s.digest.present = true;
	s.digest.position = UINT64_MAX / 2;
	s.digest.marks = marks;
	assert_true(baton_msg_write(NULL, &s, NULL, buf, 1280 - 48 - BATON_FRAME_OVERHEAD) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padded_hello),
		cmocka_unit_test_setup(cost, fresh),
		cmocka_unit_test_setup(columns, fresh),
		cmocka_unit_test_setup(gaps_in_versions, fresh),
		cmocka_unit_test_setup(any_port_service, fresh),
		cmocka_unit_test_setup(range_of_ports, fresh),
		cmocka_unit_test_setup(marks, fresh),
		cmocka_unit_test_setup(anything_has_room, fresh),
		cmocka_unit_test_setup(marks_have_room, fresh),
		cmocka_unit_test_setup(deletions, fresh),
		cmocka_unit_test_setup(dictionary_asked_for, fresh),
		cmocka_unit_test_setup(states, fresh),
		cmocka_unit_test_setup(marks_fit, fresh),
	};

	return cmocka_run_group_tests_name("syncd/codec", tests, NULL, NULL);
}
