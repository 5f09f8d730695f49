// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/enquiry.c ha/record.c ha/timeline.c */
/* A rehearsal's questions on the wire: there and back, cut short anywhere, out of range. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <ha/enquiry.h>
#include <ha/record.h>

static const struct baton_ha_enquiry some[] = {
	{ .kind = BATON_HA_SAMPLE_ASKED, .target = 7, .number = 1ULL << 40, .cursor = 12345678901234 },
	{ .kind = BATON_HA_SAMPLE_GIVEN, .target = 1, .count = 3, .number = 5, .cursor = 9 },
	{ .kind = BATON_HA_SAMPLE_GIVEN, .target = 1, .failed = true, .number = 6 },
	{ .kind = BATON_HA_MATCH_ASKED, .target = 2, .count = BATON_MATCH_MAX, .number = 7 },
	{ .kind = BATON_HA_MATCH_GIVEN, .target = 3, .count = BATON_MATCH_MAX, .number = 8 },
};

static void there_and_back(void **arg)
{
	uint8_t body[BATON_HA_ENQUIRY_BODY], buf[BATON_HA_ENQUIRY_MAX], *copy;
	struct baton_ha_enquiry q, got;
	size_t size;

	(void)arg;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		q = some[i];
		q.body = body;
		size = baton_ha_enquiry_encode(&q, buf);
		assert_int_equal(baton_ha_enquiry_decode(buf, size, &got), 0);
		assert_int_equal(got.kind, q.kind);
		assert_int_equal(got.failed, q.failed);
		assert_int_equal(got.target, q.target);
		assert_int_equal(got.count, q.count);
		assert_int_equal(got.number, q.number);
		assert_int_equal(got.cursor, q.cursor);
		assert_memory_equal(got.body, body, baton_ha_enquiry_size(q.kind, q.count));
		/* cut short: in memory of its own, so that a read beyond it is seen */
		for (size_t cut = 0; cut < size; cut++) {
			copy = malloc(cut + !cut);
			memcpy(copy, buf, cut);
			assert_int_equal(baton_ha_enquiry_decode(copy, cut, &got), -EPROTO);
			free(copy);
		}
	}
}

static void out_of_range(void **arg)
{
	uint8_t buf[BATON_HA_ENQUIRY_MAX + 1000] = { 0 };
	struct baton_ha_enquiry got;

	(void)arg;
	baton_ha_enquiry_encode(&some[0], buf);
	buf[6] = BATON_HA_RECORD_GIVEN;
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), -EPROTO);
	buf[6] = BATON_HA_MATCH_GIVEN + 1;
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), -EPROTO);
	buf[6] = BATON_HA_MATCH_ASKED;
	buf[12] = BATON_MATCH_MAX + 1;
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), -EPROTO);
	buf[12] = 1;
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), 0);
	buf[4] = buf[5] = BATON_HA_ENQUIRY_VERSION + 1;
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), -EPROTONOSUPPORT);
	buf[5] = 1;			/* a later writer that says that we may read it */
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), 0);
	buf[0] ^= 1;
	assert_int_equal(baton_ha_enquiry_decode(buf, sizeof(buf), &got), -EPROTO);
}

/* An agent that knows timelines alone takes none of these for one, nor for a message. */
static void no_timeline(void **arg)
{
	uint8_t body[BATON_HA_ENQUIRY_BODY] = { 0 }, buf[BATON_HA_ENQUIRY_MAX];
	struct baton_ha_record record;
	struct baton_ha_enquiry q;
	size_t size;

	(void)arg;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		q = some[i];
		q.body = body;
		size = baton_ha_enquiry_encode(&q, buf);
		assert_true(baton_ha_record_is(buf, size));
		assert_int_equal(baton_ha_record_decode(buf, size, &record), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(out_of_range),
		cmocka_unit_test(no_timeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
