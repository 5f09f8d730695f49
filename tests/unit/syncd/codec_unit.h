/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the codec share: a writer, a reader, and records that go from one to the other. */
#ifndef BATON_TEST_CODEC_UNIT_H
#define BATON_TEST_CODEC_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "records.h"
#include "syncd/codec.h"
#include "syncd/fill.h"

#define PAYLOAD		(1500 - 28 - BATON_FRAME_OVERHEAD)

static struct baton_dict_tx tx;
static struct baton_dict_rx rx;
static struct baton_reader reader;
static struct baton_conn_record in[BATON_BATCH_RECORDS], out[BATON_BATCH_RECORDS];
static struct baton_batch_item item[BATON_BATCH_RECORDS];
static uint8_t buf[BATON_FRAME_MAX];
static uint32_t unknown[BATON_ACK_UNKNOWN];
static unsigned int unknowns;

static unsigned int likes;

static inline int fresh(void **state)
{
	(void)state;
	likes = 0;
	baton_dict_tx_reset(&tx);
	baton_dict_rx_reset(&rx);
	return 0;
}

/* The kinds of records so far: the same like whenever it comes again. */
static struct baton_like like[1024];

static inline struct baton_like *like_of(const struct baton_conn_record *r)
{
	struct baton_like *l = &like[likes];
	int server = baton_dict_number(&tx, r);

	assert_true(server > 0);
	memset(l, 0, sizeof(*l));
	l->record = *r;
	l->record.version &= ~(uint64_t)UINT32_MAX;
	l->record.caddr = (union baton_addr){ .v6 = { 0 } };
	l->record.cport = 0;
	l->record.idle = 0;
	for (unsigned int i = 0; i < likes; i++)
		if (!memcmp(&like[i].record, &l->record, sizeof(l->record)))
			return &like[i];
	baton_fill_like(&l->fill, r, server, &tx);
	assert_true(++likes < sizeof(like) / sizeof(like[0]));
	return l;
}

static inline struct baton_fill begun(void)
{
	static uint64_t turn;
	struct baton_fill f = { .turn = turn };

	baton_fill_begin(&f);
	turn += 1000000;	/* more than there are in any batch */
	return f;
}

static inline size_t add_to(struct baton_fill *f, unsigned int i)
{
	return baton_fill_add_like(f, &like_of(&in[i])->fill, in[i].version, in[i].cport, in[i].idle, &tx);
}

static inline void number_as(unsigned int i, uint64_t id)
{
	struct baton_like *l = like_of(&in[i]);

	item[i] = (struct baton_batch_item){
		.version = (uint32_t)in[i].version, .like = (uint16_t)(l - like), .cport = in[i].cport,
		.idle = in[i].idle, .client = in[i].caddr,
	};
	baton_fill_tell(&l->fill, &tx, id);
}

static inline void number(unsigned int i)
{
	number_as(i, 1);
}

static inline long write_batch(unsigned int n, uint64_t told, size_t size)
{
	const struct baton_batch_head head = { .id = 1, .bulk = 3, .covers = n, .replaced_in = 9 };

	return baton_batch_write(&head, item, n, like, &tx, told, buf, size);
}

static inline int read_back(long size)
{
	assert_true(size > 0);
	assert_int_equal(baton_msg_read(&reader, buf, size), 0);
	assert_int_equal(baton_msg_learn(&reader.msg, &rx), 0);
	assert_non_null(reader.msg.batch);
	return baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns);
}

static inline void assert_same(const struct baton_conn_record *a, const struct baton_conn_record *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

#endif /* BATON_TEST_CODEC_UNIT_H */
