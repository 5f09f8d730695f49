// SPDX-License-Identifier: GPL-2.0-or-later
/* libs: libsodium */
/*
 * The daemon puts a record into the same bucket as the module does: the same function of the same
 * fields. The numbers are the module's own; tests/kernel compares whole tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <env.h>

#include "kmod/core/digest.h"
#include "records.h"
#include "syncd/tuple.h"

static uint32_t by_the_module(const struct baton_conn_record *r)
{
	return baton_digest_bucket(baton_digest_tuple(r->family, r->protocol, r->caddr.bytes, r->vaddr.bytes,
						      r->cport, r->vport));
}

static void same_as_the_module(void **state)
{
	uint8_t seen[BATON_DIGEST_BUCKETS] = { 0 };
	unsigned int used = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		struct baton_conn_record four = record4(i, 1), six = record6(i, 1), gone;

		gone = deletion(four, 2);
		assert_int_equal(baton_tuple_bucket(&four), by_the_module(&four));
		assert_int_equal(baton_tuple_bucket(&gone), by_the_module(&four));
		assert_int_equal(baton_tuple_bucket(&six), by_the_module(&six));
		used += !seen[baton_tuple_bucket(&four)]++;
	}
	assert_true(used > BATON_DIGEST_BUCKETS * 99 / 100);
}

static void numbers(void **state)
{
	struct baton_conn_record r = record4(1, 1);

	(void)state;
	assert_int_equal(baton_tuple_bucket(&r), 94);
	r.protocol |= BATON_PROTOCOL_TEMPLATE;
	r.cport = 0;
	assert_int_equal(baton_tuple_bucket(&r), 196);
	r = record6(1, 1);
	assert_int_equal(baton_tuple_bucket(&r), 760);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_the_module),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
