// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/frame.c syncd/codec.c syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/dict.c syncd/rice.c build/proto/sync.pb-c.c */
/* libs: libprotobuf-c libsodium */
/*
 * Recorded datagrams, tests/golden/wire/NAME.bin: what we write today has to be what was written
 * then, byte by byte, and what was written then has to mean what it meant. Those of a later version
 * ("newer-*") say what an old reader does with a new writer, "older-*" the reverse: what some field
 * or column did not exist for is zero.
 *
 * A deliberate change of the wire: new files by BATON_GOLDEN_WRITE=1, next to the old ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sodium.h>

#include "records.h"
#include "syncd/codec.h"
#include "syncd/fill.h"

#define FOLDER	"tests/golden/wire/"

static struct baton_keyring ring;
static const struct baton_session session = { "golden session.." };
static const struct baton_session other = { "another session." };
static struct baton_dict_tx tx;
static struct baton_dict_rx rx;
static struct baton_reader reader;
static uint8_t plain[BATON_FRAME_MAX], datagram[BATON_FRAME_MAX], file[BATON_FRAME_MAX + 1];

static int setup(void **state)
{
	(void)state;
	ring.slot[0].id = 1;
	for (int i = 0; i < BATON_FRAME_KEY; i++)
		ring.slot[0].key[i] = i;
	return sodium_init() < 0;
}

static int fresh(void **state)
{
	(void)state;
	baton_dict_tx_reset(&tx);
	baton_dict_rx_reset(&rx);
	return 0;
}

static size_t load(const char *name)
{
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s.bin", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("no %s; tests run from the top of the tree", path);
	n = fread(file, 1, sizeof(file), f);
	fclose(f);
	return n;
}

static void store(const char *name, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s.bin", name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(datagram, 1, n, f), n);
	fclose(f);
}

static enum baton_refusal open_file(const char *name, struct baton_frame *head)
{
	size_t n = load(name), size;
	enum baton_refusal why = baton_frame_open(&ring, &other, file, n, head, plain, &size);

	if (why == BATON_REFUSAL_NONE)
		assert_int_equal(baton_msg_read(&reader, plain, size), 0);
	return why;
}

/* Seal plain[] and compare with the file; then read the file. */
static void check(const char *name, long size)
{
	struct baton_frame head = {
		.key_id = 1, .session = session, .epoch = 5, .seq = 0x1000,
		.fingerprint = 0x0123456789abcdef,
	};
	long n;

	assert_true(size > 0);
	n = baton_frame_seal(&ring, &head, plain, size, datagram);
	assert_true(n > 0);
	if (getenv("BATON_GOLDEN_WRITE"))
		store(name, n);
	assert_int_equal(load(name), n);
	assert_memory_equal(file, datagram, n);
	assert_int_equal(open_file(name, &head), BATON_REFUSAL_NONE);
	assert_int_equal(head.epoch, 5);
	assert_true(head.seq == 0x1000);
}

static long write_batch(const struct baton_conn_record *r, unsigned int n)
{
	const struct baton_batch_head head = { .id = 300, .bulk = 2, .covers = n };
	struct baton_batch_item item[16];
	struct baton_like like[16];

	for (unsigned int i = 0; i < n; i++) {
		item[i] = (struct baton_batch_item){
			.like = i, .cport = r[i].cport, .idle = r[i].idle, .client = r[i].caddr,
		};
		like[i].record = r[i];
		baton_fill_like(&like[i].fill, &r[i], baton_dict_number(&tx, &r[i]), &tx);
		baton_fill_tell(&like[i].fill, &tx, head.id);
	}
	return baton_batch_write(&head, item, n, like, &tx, 0, plain, sizeof(plain));
}

static int read_batch(struct baton_conn_record *out)
{
	uint32_t unknown[BATON_ACK_UNKNOWN];
	unsigned int unknowns;

	assert_int_equal(baton_msg_learn(&reader.msg, &rx), 0);
	assert_non_null(reader.msg.batch);
	return baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns);
}

static void connections(void **state)
{
	static struct baton_conn_record r[5], out[BATON_BATCH_RECORDS];

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		r[i] = record4(i, BATON_VERSION(5, 100 + i));
	r[4].state = BATON_STATE_TCP_FIN_WAIT;
	r[4].timeout = 120;
	check("connections", write_batch(r, 5));
	assert_int_equal(read_batch(out), 5);
	assert_memory_equal(out, r, sizeof(r));
	assert_int_equal(reader.msg.batch->bulk, 2);
}

static void connections6(void **state)
{
	static struct baton_conn_record r[2], out[BATON_BATCH_RECORDS];

	(void)state;
	r[0] = record6(1, BATON_VERSION(5, 100));
	r[1] = record6(2, BATON_VERSION(5, 107));
	check("connections6", write_batch(r, 2));
	assert_int_equal(read_batch(out), 2);
	assert_memory_equal(out, r, sizeof(r));
}

/* Of one service by mark a connection to each of two addresses, its template, and another service's. */
static void marks(void **state)
{
	static struct baton_conn_record r[4], out[BATON_BATCH_RECORDS];

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		r[i] = record4(i, BATON_VERSION(5, 100 + i));
	for (unsigned int i = 0; i < 3; i++) {
		r[i].mark = 7;
		r[i].svc_port = 0;
	}
	r[1].vaddr.v4 = htonl(0xc0000265);
	r[1].vport = r[1].dport = htons(443);
	r[2].protocol = BATON_PROTOCOL_TEMPLATE;
	r[2].state = BATON_STATE_TEMPLATE;
	r[2].vaddr.v4 = htonl(7);
	r[2].cport = r[2].vport = r[2].dport = 0;
	check("marks", write_batch(r, 4));
	assert_int_equal(read_batch(out), 4);
	assert_memory_equal(out, r, sizeof(r));
}

static void deletions(void **state)
{
	static struct baton_conn_record r[6], out[BATON_BATCH_RECORDS];

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		r[i] = deletion(record4(i, 0), BATON_VERSION(5, 200 + i));
		memset(&r[i].daddr, 0, sizeof(r[i].daddr));
		r[i].dport = 0;
		r[i].svc_port = r[i].vport;
	}
	check("deletions", write_batch(r, 6));
	assert_int_equal(read_batch(out), 6);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(out[i].flags, BATON_CONN_F_DELETED);
		assert_true(out[i].version == BATON_VERSION(5, 205));
		assert_true(!i || ntohl(out[i].caddr.v4) > ntohl(out[i - 1].caddr.v4));
	}
}

static void hello(void **state)
{
	struct baton_msg_hello h = { .node = 0x1122334455667788, .role = 1, .peers = 1 };
	struct baton_msg_source s = { .last = 300, .connections = 1000, .unsynced = 3 };

	(void)state;
	h.peer[0] = (struct baton_msg_peer){
		.session = other, .challenge = 0xaaaa, .echo = 0xbbbb, .start = 290,
		.resync_seen = 1, .resync_bulk = 2,
	};
	s.digest.present = true;
	s.digest.position = 300;
	memset(s.digest.sum, 0x5a, sizeof(s.digest.sum));
	s.bulk.id = 2;
	s.bulk.begin_version = BATON_VERSION(5, 99);
	s.bulk.first = 299;
	s.bulk.announced = 1000;
	memset(s.bulk.buckets, 0xff, sizeof(s.bulk.buckets));
	check("hello", baton_msg_write(&h, &s, NULL, plain, sizeof(plain)));
	assert_true(reader.msg.hello.peer[0].start == 290);
	assert_true(reader.msg.hello.peer[0].echo == 0xbbbb);
	assert_int_equal(reader.msg.source.connections, 1000);
	assert_true(reader.msg.source.bulk.begin_version == BATON_VERSION(5, 99));
}

static void ack(void **state)
{
	struct baton_msg_ack a = {
		.session = other, .start = 290, .position = 295, .ranges = 2, .unknowns = 1,
		.want_marks = true, .equal_at = 280, .equal_age = 1500, .synced = 900,
		.parked_service = 4, .resync_id = 1,
	};

	(void)state;
	a.missing[0].first = 296;
	a.missing[0].count = 2;
	a.missing[1].first = 299;
	a.missing[1].count = 1;
	a.unknown[0] = 12;
	a.resync_buckets[0] = 0x80;
	check("ack", baton_msg_write(NULL, NULL, &a, plain, sizeof(plain)));
	assert_true(reader.msg.ack.missing[1].first == 299);
	assert_int_equal(reader.msg.ack.unknown[0], 12);
	assert_int_equal(reader.msg.ack.resync_buckets[0], 0x80);
}

/* Seal @n bytes of plain[] as a writer of that version; ours can only be of its own. */
static void store_as(const char *name, uint8_t version, uint8_t min_reader, size_t n)
{
	unsigned long long sealed;
	uint8_t nonce[24];

	memcpy(datagram, "BtN1\x02\x01\x01\x00", 8);
	datagram[4] = version;
	datagram[5] = min_reader;
	memcpy(datagram + 8, session.bytes, 16);
	memcpy(datagram + 24, "\0\0\0\5\0\0\0\0\0\0\x10\1\0\0\0\0\0\0\0\0", 20);
	memcpy(nonce, datagram + 8, 16);
	memcpy(nonce + 16, datagram + 28, 8);
	crypto_aead_xchacha20poly1305_ietf_encrypt(datagram + 44, &sealed, plain, n, datagram, 44, NULL,
						   nonce, ring.slot[0].key);
	store(name, 44 + sealed);
}

/* As a later writer would: version 2 and fields of the message that we do not know. */
static void make_newer(const char *name, uint8_t min_reader)
{
	static const uint8_t later[] = { 0xfa, 0x01, 3, 'n', 'e', 'w', 0x80, 0x02, 5 };
	struct baton_conn_record r = record4(1, BATON_VERSION(5, 100));
	long n = write_batch(&r, 1);

	memcpy(plain + n, later, sizeof(later));
	store_as(name, 2, min_reader, n + sizeof(later));
}

/* Three fields that nobody knows yet: a number, a packed column, eight bytes. */
static void add_unknown(ProtobufCMessage *m, unsigned int tag)
{
	static uint8_t number[] = { 0xac, 0x02 }, column[] = { 3, 1, 2, 3 }, bytes[8] = "later on";
	static ProtobufCMessageUnknownField field[16][3];
	static unsigned int used;
	ProtobufCMessageUnknownField *f = field[used++ % 16];

	f[0] = (ProtobufCMessageUnknownField){ tag, PROTOBUF_C_WIRE_TYPE_VARINT, sizeof(number), number };
	f[1] = (ProtobufCMessageUnknownField){ tag + 1, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
					       sizeof(column), column };
	f[2] = (ProtobufCMessageUnknownField){ tag + 2, PROTOBUF_C_WIRE_TYPE_64BIT, sizeof(bytes), bytes };
	m->n_unknown_fields = 3;
	m->unknown_fields = f;
}

static void forget_unknown(ProtobufCMessage *m)
{
	/* They are not the allocator's. */
	m->n_unknown_fields = 0;
	m->unknown_fields = NULL;
}

/* Take the message in plain[] apart and put it together with unknown fields in each part. */
static void make_newer_within(const char *name, long n)
{
	Baton__Message *m = baton__message__unpack(NULL, n, plain);
	ProtobufCMessage *part[16];
	unsigned int parts = 0;
	size_t size;

	assert_non_null(m);
	part[parts++] = &m->base;
	if (m->batch) {
		part[parts++] = &m->batch->base;
		part[parts++] = &m->batch->columns[0]->base;
		part[parts++] = &m->batch->deletions[0]->base;
		part[parts++] = &m->services[0]->base;
		part[parts++] = &m->servers[0]->base;
	} else {
		part[parts++] = &m->hello->base;
		part[parts++] = &m->hello->peers[0]->base;
		part[parts++] = &m->source->base;
		part[parts++] = &m->source->digest->base;
		part[parts++] = &m->source->bulk->base;
		part[parts++] = &m->ack->base;
		part[parts++] = &m->ack->resync->base;
	}
	for (unsigned int i = 0; i < parts; i++)
		add_unknown(part[i], 100);
	size = baton__message__pack(m, plain);
	for (unsigned int i = 0; i < parts; i++)
		forget_unknown(part[i]);
	baton__message__free_unpacked(m, NULL);
	store_as(name, 2, 1, size);
}

static void newer(void **state)
{
	struct baton_conn_record want = record4(1, BATON_VERSION(5, 100));
	static struct baton_conn_record out[BATON_BATCH_RECORDS];
	struct baton_frame head;

	(void)state;
	if (getenv("BATON_GOLDEN_WRITE"))
		make_newer("newer-readable", 1);
	assert_int_equal(open_file("newer-readable", &head), BATON_REFUSAL_NONE);
	assert_int_equal(head.version, 2);
	assert_int_equal(read_batch(out), 1);
	assert_memory_equal(out, &want, sizeof(want));
}

static void newer_refused(void **state)
{
	struct baton_frame head;

	(void)state;
	if (getenv("BATON_GOLDEN_WRITE"))
		make_newer("newer-refused", 2);
	assert_int_equal(open_file("newer-refused", &head), BATON_REFUSAL_MIN_READER);
	assert_int_equal(head.min_reader, 2);
}

static void newer_batch(void **state)
{
	static struct baton_conn_record r[4], out[BATON_BATCH_RECORDS];
	struct baton_frame head;

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		r[i] = record4(i, BATON_VERSION(5, 100 + i));
	r[3] = deletion(r[3], r[3].version);
	memset(&r[3].daddr, 0, sizeof(r[3].daddr));
	r[3].dport = 0;
	r[3].svc_port = r[3].vport;
	if (getenv("BATON_GOLDEN_WRITE"))
		make_newer_within("newer-batch", write_batch(r, 4));
	assert_int_equal(open_file("newer-batch", &head), BATON_REFUSAL_NONE);
	assert_int_equal(head.version, 2);
	assert_int_equal(read_batch(out), 4);
	/* Deletions are read first. */
	assert_int_equal(out[0].flags, BATON_CONN_F_DELETED);
	assert_memory_equal(&out[0].caddr, &r[3].caddr, sizeof(r[3].caddr));
	assert_memory_equal(&out[1], r, 3 * sizeof(r[0]));
}

static void newer_state(void **state)
{
	struct baton_msg_hello h = { .node = 0x1122334455667788, .role = 1, .peers = 1 };
	struct baton_msg_source s = { .last = 300, .connections = 1000, .unsynced = 3 };
	struct baton_msg_ack a = { .session = other, .start = 290, .position = 295, .resync_id = 1 };
	struct baton_frame head;

	(void)state;
	h.peer[0] = (struct baton_msg_peer){ .session = other, .challenge = 0xaaaa, .echo = 0xbbbb };
	s.digest.present = true;
	s.digest.position = 300;
	s.bulk.id = 2;
	s.bulk.total = 77;
	s.bulk.walked = true;
	a.resync_buckets[0] = 0x80;
	if (getenv("BATON_GOLDEN_WRITE"))
		make_newer_within("newer-state", baton_msg_write(&h, &s, &a, plain, sizeof(plain)));
	assert_int_equal(open_file("newer-state", &head), BATON_REFUSAL_NONE);
	assert_true(reader.msg.has_hello && reader.msg.has_source && reader.msg.has_ack);
	assert_true(reader.msg.hello.peer[0].echo == 0xbbbb);
	assert_true(reader.msg.source.digest.position == 300);
	assert_int_equal(reader.msg.source.bulk.total, 77);
	assert_true(reader.msg.ack.position == 295);
	assert_int_equal(reader.msg.ack.resync_buckets[0], 0x80);
}

/* Of a time when a batch was nothing but clients and their servers. */
static void make_older(const char *name)
{
	uint32_t client[] = { 0x0a000001, 0x0a000002 }, port[] = { 40000, 40001 }, server[] = { 1 };
	uint8_t vip[] = { 192, 0, 2, 100 }, real[] = { 198, 51, 100, 21 };
	Baton__Message m = BATON__MESSAGE__INIT;
	Baton__Batch b = BATON__BATCH__INIT;
	Baton__Columns c = BATON__COLUMNS__INIT, *columns[] = { &c };
	Baton__Service svc = BATON__SERVICE__INIT, *services[] = { &svc };
	Baton__Server srv = BATON__SERVER__INIT, *servers[] = { &srv };

	m.batch = &b;
	b.id = 7;
	b.n_columns = m.n_services = m.n_servers = 1;
	b.columns = columns;
	c.count = c.n_client4 = c.n_client_port = 2;
	c.version = BATON_VERSION(5, 100);
	c.client4 = client;
	c.client_port = port;
	c.n_server = 1;
	c.server = server;
	m.services = services;
	svc.id = srv.id = srv.service = 1;
	svc.family = srv.family = 2;
	svc.protocol = 6;
	svc.address = (ProtobufCBinaryData){ sizeof(vip), vip };
	svc.port = 80;
	m.servers = servers;
	srv.address = (ProtobufCBinaryData){ sizeof(real), real };
	srv.port = 8080;
	store_as(name, 1, 1, baton__message__pack(&m, plain));
}

static void older(void **state)
{
	static struct baton_conn_record out[BATON_BATCH_RECORDS];
	struct baton_frame head;

	(void)state;
	if (getenv("BATON_GOLDEN_WRITE"))
		make_older("older-batch");
	assert_int_equal(open_file("older-batch", &head), BATON_REFUSAL_NONE);
	assert_int_equal(head.version, 1);
	assert_int_equal(read_batch(out), 2);
	assert_int_equal(reader.msg.batch->bulk, 0);
	assert_int_equal(reader.msg.batch->replaced_in, 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(ntohl(out[i].caddr.v4), 0x0a000001 + i);
		assert_int_equal(ntohs(out[i].cport), 40000 + i);
		assert_int_equal(ntohl(out[i].daddr.v4), 0xc6336415);
		assert_int_equal(ntohs(out[i].dport), 8080);
		assert_true(out[i].version == BATON_VERSION(5, 100 + i));
		assert_int_equal(out[i].state, 0);
		assert_int_equal(out[i].timeout, 0);
		assert_int_equal(out[i].idle, 0);
		assert_int_equal(out[i].flags, 0);
		assert_int_equal(out[i].method, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(connections, fresh),
		cmocka_unit_test_setup(connections6, fresh),
		cmocka_unit_test_setup(marks, fresh),
		cmocka_unit_test_setup(deletions, fresh),
		cmocka_unit_test_setup(hello, fresh),
		cmocka_unit_test_setup(ack, fresh),
		cmocka_unit_test_setup(newer, fresh),
		cmocka_unit_test_setup(newer_refused, fresh),
		cmocka_unit_test_setup(newer_batch, fresh),
		cmocka_unit_test_setup(newer_state, fresh),
		cmocka_unit_test_setup(older, fresh),
	};

	return cmocka_run_group_tests_name("syncd/golden", tests, setup, NULL);
}
