// SPDX-License-Identifier: GPL-2.0-or-later
/* links: tests/loadgen/series.c */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/loadgen/series.h"

static struct baton_series series;
static struct baton_bins bins;

static int read_text(const char *text, unsigned long *line)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	int err;

	baton_series_free(&series);
	err = baton_series_read(&series, in, line);
	fclose(in);
	return err;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

static void file_is_read(void **state)
{
	unsigned long line;

	(void)state;
	assert_int_equal(read_text("# mark fault 1000.5\n# a remark\n"
				   "time_s,kind,connection,latency_us\n"
				   "1000.3,busy,1,20\n1000.1,busy,1,20\n1000.2,new,5,7\n",
				   &line), 0);
	assert_int_equal(series.n_busy, 2);
	assert_true(near(series.busy[0], 1000.1));
	assert_int_equal(series.n_other, 1);
	assert_true(near(baton_series_find(&series, "fault")->at, 1000.5));
	assert_null(baton_series_find(&series, "other"));
}

static void wrong_line_is_named(void **state)
{
	unsigned long line;

	(void)state;
	assert_int_equal(read_text("1000.3,busy,1,20\nrubbish\n", &line), -EINVAL);
	assert_int_equal(line, 2);
	assert_int_equal(read_text("nan,busy,1,20\n", &line), -EINVAL);
}

static void marks_are_in_order(void **state)
{
	(void)state;
	baton_series_free(&series);
	assert_int_equal(baton_series_mark(&series, "c", 3), 0);
	assert_int_equal(baton_series_mark(&series, "a", 1), 0);
	assert_int_equal(baton_series_mark(&series, "b", 2), 0);
	assert_string_equal(series.marks[0].name, "a");
	assert_string_equal(series.marks[1].name, "b");
	assert_string_equal(series.marks[2].name, "c");
	assert_int_equal(baton_series_mark(&series, "", 2), -EINVAL);
	assert_int_equal(baton_series_mark(&series, "12345678901234567890123456789012", 2), -EINVAL);
}

static void bins_around_the_fault(void **state)
{
	unsigned long line;

	(void)state;
	read_text("99.00,busy,1,1\n99.95,busy,1,1\n99.99,new,1,1\n100.45,busy,1,1\n"
		  "100.46,busy,1,1\n100.55,silent,1,1\n103,busy,1,1\n", &line);
	assert_int_equal(baton_bins_make(&bins, &series, 100, 0.1, 0.5, 0.1), 0);
	assert_int_equal(bins.n, 6);
	assert_int_equal(bins.busy[0], 1);
	assert_int_equal(bins.other[0], 1);
	assert_int_equal(bins.busy[5], 2);
	assert_int_equal(bins.peak, 2);
	assert_int_equal(bins.total, 3);
	baton_bins_free(&bins);
}

/* The longest interval that touches the window, also where it ends outside of it. */
static void gap_in_the_window(void **state)
{
	unsigned long line;

	(void)state;
	read_text("90,busy,1,1\n99.8,busy,1,1\n99.9,busy,1,1\n100.4,busy,1,1\n100.5,new,1,1\n"
		  "100.7,busy,1,1\n110,busy,1,1\n150,busy,1,1\n", &line);
	assert_int_equal(baton_bins_make(&bins, &series, 100, 0.15, 0.6, 0.05), 0);
	assert_true(near(bins.gap_from, -0.1));
	assert_true(near(bins.gap_to, 0.4));
	baton_bins_free(&bins);
	assert_int_equal(baton_bins_make(&bins, &series, 100, 0.15, 0.8, 0.05), 0);
	assert_true(near(bins.gap_to, 10));
	baton_bins_free(&bins);
}

static void ceiling(void **state)
{
	uint32_t even[] = { 10, 11, 0, 9, 10, 10, 12, 10, 11, 10 };
	uint32_t burst[] = { 10, 11, 0, 343, 10, 10, 12, 10, 11, 10, 10, 10, 10 };
	uint32_t none[] = { 0, 0 };

	(void)state;
	assert_int_equal(baton_plot_ceiling(even, 10), 12);
	assert_in_range(baton_plot_ceiling(burst, 13), 12, 40);
	assert_int_equal(baton_plot_ceiling(none, 2), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_read),
		cmocka_unit_test(wrong_line_is_named),
		cmocka_unit_test(marks_are_in_order),
		cmocka_unit_test(bins_around_the_fault),
		cmocka_unit_test(gap_in_the_window),
		cmocka_unit_test(ceiling),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	baton_series_free(&series);
	return failed;
}
