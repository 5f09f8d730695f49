// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/brief.c */
/* Records packed and unpacked again, and what is refused of briefs that somebody else made. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "brief.h"
#include "tests/unit/syncd/records.h"

static struct baton_conn_record in[BATON_SYNC_RECORDS_MAX], out;
static struct baton_briefs b;

static void pack_and_compare(uint32_t count)
{
	const uint8_t *p = b.brief;

	baton_briefs_pack(&b, in, count);
	assert_int_equal(baton_brief_count(b.like, b.like_count, b.brief, b.size), count);
	for (uint32_t i = 0; i < count; i++) {
		p = baton_brief_next(b.like, p, &out);
		assert_memory_equal(&in[i], &out, sizeof(out));
	}
	assert_ptr_equal(p, b.brief + b.size);
}

static void few_bytes(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		in[i] = record4(i, BATON_VERSION(3, 1000 + i));
	pack_and_compare(600);
	assert_int_equal(b.size, 600 * 16);
	assert_int_equal(b.like_count, 8);	/* its servers */
	for (uint32_t i = 0; i < 600; i++)
		in[i] = record6(i, BATON_VERSION(3, 1000 + i));
	pack_and_compare(600);
	assert_int_equal(b.size, 600 * 28);
	assert_int_equal(b.like_count, 8);
}

/* No two with anything in common, versions that go back, and ones too far apart for a brief. */
static void anything(void **state)
{
	unsigned int seed = 7;

	(void)state;
	for (unsigned int round = 0; round < 50; round++) {
		for (uint32_t i = 0; i < 600; i++) {
			unsigned int dice = rand_r(&seed);

			in[i] = dice & 1 ? record4(dice, 0) : record6(dice, 0);
			in[i].version = BATON_VERSION(3 + (dice & 2), (uint64_t)dice << (dice & 8 ? 12 : 0));
			if (dice & 16)
				in[i].vport = htons((uint16_t)dice);
			if (dice & 32)
				in[i].timeout = dice;
			if (dice & 64)
				in[i].idle = dice >> 3;
			if (dice & 128)
				in[i].mark = dice % 5;
			if (!(dice & 0x300))
				in[i] = deletion(in[i], in[i].version);
		}
		pack_and_compare(600);
	}
	for (uint32_t i = 0; i < 600; i++) {
		in[i] = record4(i, 1);
		in[i].vport = htons((uint16_t)i);
	}
	pack_and_compare(600);
	assert_int_equal(b.like_count, 600);
	pack_and_compare(0);
}

static int count(size_t size)
{
	/* exactly as long as it is said, so that a byte too many is seen */
	uint8_t *copy = malloc(size ? size : 1);
	int n;

	assert_non_null(copy);
	memcpy(copy, b.brief, size);
	n = baton_brief_count(b.like, b.like_count, copy, size);
	free(copy);
	return n;
}

static void refused(void **state)
{
	struct baton_conn_brief *first = (struct baton_conn_brief *)b.brief;

	(void)state;
	in[0] = record4(1, 1);
	in[1] = record6(2, 2);
	baton_briefs_pack(&b, in, 2);
	assert_int_equal(b.size, 44);
	for (size_t size = 0; size < 44; size++)
		assert_int_equal(count(size), size == 0 ? 0 : size == 16 ? 1 : -EPROTO);
	assert_int_equal(count(44), 2);
	first->like = 2;
	assert_int_equal(count(44), -EPROTO);
	first->like = UINT16_MAX;
	assert_int_equal(count(44), -EPROTO);
	first->like = 0;
	b.like[0].family = 0;
	assert_int_equal(count(44), -EPROTO);
	b.like[0].family = AF_INET;
	b.like_count = 1;
	assert_int_equal(count(44), -EPROTO);
}

static void too_many(void **state)
{
	static _Alignas(4) uint8_t many[(BATON_SYNC_RECORDS_MAX + 1) * 16];

	(void)state;
	in[0] = record4(1, 1);
	baton_briefs_pack(&b, in, 1);
	assert_int_equal(baton_brief_count(b.like, 1, many, sizeof(many) - 16), BATON_SYNC_RECORDS_MAX);
	assert_int_equal(baton_brief_count(b.like, 1, many, sizeof(many)), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_bytes),
		cmocka_unit_test(anything),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
