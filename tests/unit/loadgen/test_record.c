// SPDX-License-Identifier: GPL-2.0-or-later
/* links: tests/loadgen/record.c */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/loadgen/record.h"

#define MS	1000000ull
#define EPOCH	1700000000000000000ull

static struct baton_record rec;

static struct baton_now at(uint64_t ms)
{
	return (struct baton_now){ .mono = 5 * MS + ms * MS, .real = EPOCH + ms * MS };
}

static int fresh(void **state)
{
	(void)state;
	baton_record_free(&rec);
	memset(&rec, 0, sizeof(rec));
	return 0;
}

static void busy(uint64_t ms)
{
	assert_int_equal(baton_record_done(&rec, BATON_KIND_BUSY, 1, 2 * MS, at(ms)), 0);
}

static void longest_gap(void **state)
{
	(void)state;
	busy(0);
	assert_int_equal(rec.gap.ns, 0);
	baton_record_start(&rec, at(10));
	busy(15);
	busy(65);
	busy(70);
	assert_int_equal(rec.gap.ns, 50 * MS);
	assert_int_equal(rec.gap.began_real, EPOCH + 15 * MS);
	baton_record_stop(&rec, at(100));
	busy(500);
	assert_int_equal(rec.gap.ns, 50 * MS);
}

static void first_and_last_interval_count(void **state)
{
	(void)state;
	baton_record_start(&rec, at(0));
	busy(40);
	busy(45);
	assert_int_equal(rec.gap.ns, 40 * MS);
	baton_record_stop(&rec, at(100));
	assert_int_equal(rec.gap.ns, 55 * MS);
	assert_int_equal(rec.gap.began_real, EPOCH + 45 * MS);
}

static void others_do_not_fill_a_gap(void **state)
{
	(void)state;
	baton_record_start(&rec, at(0));
	assert_int_equal(baton_record_done(&rec, BATON_KIND_NEW, 9, MS, at(5)), 0);
	assert_int_equal(baton_record_done(&rec, BATON_KIND_SILENT, 8, MS, at(6)), 0);
	busy(10);
	assert_int_equal(rec.gap.ns, 10 * MS);
	assert_int_equal(rec.n, 3);
}

/* A stepped wall clock is written down as it was and changes no gap. */
static void wall_clock_steps(void **state)
{
	struct baton_now now = at(20);

	(void)state;
	baton_record_start(&rec, at(0));
	busy(10);
	now.real -= 3600000 * MS;
	assert_int_equal(baton_record_done(&rec, BATON_KIND_BUSY, 1, MS, now), 0);
	assert_int_equal(rec.gap.ns, 10 * MS);
}

static void gap_belongs_to_the_mark_before_its_end(void **state)
{
	(void)state;
	baton_record_start(&rec, at(0));
	busy(1);
	assert_int_equal(baton_record_mark(&rec, "fault", at(3)), 0);
	busy(21);
	baton_record_interval(&rec, 30 * MS);
	assert_int_equal(baton_record_mark(&rec, "later", at(22)), 0);
	busy(24);
	baton_record_interval(&rec, 7 * MS);
	assert_int_equal(rec.marks[0].gap.ns, 20 * MS);
	assert_int_equal(rec.marks[0].gap.began_real, EPOCH + 1 * MS);
	assert_int_equal(rec.marks[1].gap.ns, 3 * MS);
	assert_int_equal(rec.marks[0].worst_conn_ns, 30 * MS);
	assert_int_equal(rec.marks[1].worst_conn_ns, 7 * MS);
	assert_int_equal(rec.worst_conn_ns, 30 * MS);
}

static void marks_have_limits(void **state)
{
	(void)state;
	assert_int_equal(baton_record_mark(&rec, "", at(0)), -EINVAL);
	assert_int_equal(baton_record_mark(&rec, "a b", at(0)), -EINVAL);
	assert_int_equal(baton_record_mark(&rec, "a\nb", at(0)), -EINVAL);
	assert_int_equal(baton_record_mark(&rec, "12345678901234567890123456789012", at(0)),
			 -EINVAL);
	for (int i = 0; i < BATON_MARKS_MAX; i++)
		assert_int_equal(baton_record_mark(&rec, "Power-off_1.2", at(0)), 0);
	assert_int_equal(baton_record_mark(&rec, "x", at(0)), -ENOSPC);
}

static void percentiles(void **state)
{
	(void)state;
	assert_true(baton_record_percentile(&rec, 0.5) == 0);
	for (uint64_t i = 1; i <= 101; i++)
		baton_record_done(&rec, BATON_KIND_BUSY, 1, (102 - i) * MS, at(i));
	baton_record_done(&rec, BATON_KIND_NEW, 1, 9999 * MS, at(200));
	assert_true(baton_record_percentile(&rec, 0) == 1000);
	assert_true(baton_record_percentile(&rec, 0.5) == 51000);
	assert_true(baton_record_percentile(&rec, 0.99) == 100000);
	assert_true(baton_record_percentile(&rec, 1) == 101000);
}

static void csv(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	baton_record_mark(&rec, "fault", at(1));
	busy(2);
	baton_record_done(&rec, BATON_KIND_NEW, 12, 1234567, at(3));
	assert_int_equal(baton_record_csv(&rec, out), 0);
	fclose(out);
	assert_string_equal(text,
			    "# mark fault 1700000000.001000\n"
			    "time_s,kind,connection,latency_us\n"
			    "1700000000.002000,busy,1,2000\n"
			    "1700000000.003000,new,12,1234\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(longest_gap, fresh),
		cmocka_unit_test_setup(first_and_last_interval_count, fresh),
		cmocka_unit_test_setup(others_do_not_fill_a_gap, fresh),
		cmocka_unit_test_setup(wall_clock_steps, fresh),
		cmocka_unit_test_setup(gap_belongs_to_the_mark_before_its_end, fresh),
		cmocka_unit_test_setup(marks_have_limits, fresh),
		cmocka_unit_test_setup(percentiles, fresh),
		cmocka_unit_test_setup_teardown(csv, fresh, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
