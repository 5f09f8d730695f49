// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ha/timeline.c ha/timeline_file.c ha/timeline_keeper.c ha/scribe.c ha/record.c */
/* The ring of the last events; that it outlives a process; its form on the wire. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <ha/record.h>
#include <ha/timeline.h>

static void oldest_first_and_oldest_gone(void **arg)
{
	struct baton_ha_timeline t;
	char text[16];

	(void)arg;
	baton_ha_timeline_init(&t);
	for (unsigned int i = 0; i < BATON_HA_TIMELINE_MAX + 5; i++) {
		snprintf(text, sizeof(text), "%u", i);
		baton_ha_timeline_add(&t, i, 2 * i, "event", text);
		assert_int_equal(baton_ha_timeline_get(&t, t.count - 1)->usec, i);
	}
	assert_int_equal(t.count, BATON_HA_TIMELINE_MAX);
	assert_string_equal(baton_ha_timeline_get(&t, 0)->detail, "5");
}

static void long_texts_are_cut(void **arg)
{
	struct baton_ha_timeline t;
	char text[300];

	(void)arg;
	baton_ha_timeline_init(&t);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	baton_ha_timeline_add(&t, 1, 1, text, text);
	assert_int_equal(strlen(baton_ha_timeline_get(&t, 0)->event), sizeof(t.ring[0].event) - 1);
	assert_int_equal(strlen(baton_ha_timeline_get(&t, 0)->detail),
			 sizeof(t.ring[0].detail) - 1);
}

static void outlives_its_process(void **arg)
{
	char path[] = "/tmp/test_timeline.XXXXXX";
	int fd = mkstemp(path), error = 1;
	struct baton_ha_timeline *t;

	(void)arg;
	assert_true(fd >= 0);
	t = baton_ha_timeline_open(path, &error);	/* an empty file is none */
	assert_non_null(t);
	assert_int_equal(error, 0);
	assert_int_equal(t->count, 0);
	baton_ha_timeline_add(t, 5, 6, "gate_open", "epoch 7");
	baton_ha_timeline_close(t);
	t = baton_ha_timeline_open(path, &error);
	assert_int_equal(t->count, 1);
	assert_int_equal(baton_ha_timeline_get(t, 0)->mono, 6);
	assert_string_equal(baton_ha_timeline_get(t, 0)->detail, "epoch 7");
	t->next = BATON_HA_TIMELINE_MAX;		/* nothing in it is believed */
	baton_ha_timeline_close(t);
	t = baton_ha_timeline_open(path, &error);
	assert_int_equal(t->count, 0);
	baton_ha_timeline_close(t);
	t = baton_ha_timeline_open("/nonexistent/timeline", &error);
	assert_int_equal(error, -ENOENT);
	baton_ha_timeline_add(t, 5, 6, "still", "works");
	assert_int_equal(t->count, 1);
	baton_ha_timeline_close(t);
	close(fd);
	unlink(path);
}

static void outlives_its_machine(void **arg)
{
	char dir[] = "/tmp/test_keeper.XXXXXX", path[64];
	struct baton_ha_timeline_keeper *k = NULL;
	struct baton_ha_timeline t, got;
	FILE *out;

	(void)arg;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/timeline", dir);
	baton_ha_timeline_init(&got);
	assert_false(baton_ha_timeline_recall(&got, dir, 1, 1));
	assert_false(baton_ha_timeline_recall(&got, "/nonexistent", 1, 1));
	assert_int_equal(baton_ha_timeline_keeper_new(&k, "/nonexistent"), -ENOENT);
	assert_int_equal(baton_ha_timeline_keeper_new(&k, dir), 0);
	baton_ha_timeline_init(&t);
	baton_ha_timeline_add(&t, 5000000, 900, "gate_open", "epoch 7");
	baton_ha_timeline_keep(k, &t);
	baton_ha_timeline_add(&t, 6000000, 1000900, "last_heard", "the end");
	baton_ha_timeline_keep(k, &t);
	baton_ha_timeline_keeper_free(k, true);
	/* Booted 3 s ago, ten seconds after the end: seven seconds before the clock began. */
	assert_true(baton_ha_timeline_recall(&got, dir, 16000000, 3000000));
	assert_int_equal(got.count, 2);
	assert_int_equal((int64_t)baton_ha_timeline_get(&got, 1)->mono, -7000000);
	assert_int_equal((int64_t)baton_ha_timeline_get(&got, 0)->mono, -8000000);
	assert_string_equal(baton_ha_timeline_get(&got, 1)->detail, "the end");
	/* By a clock that was set back nothing lies in the future. */
	assert_true(baton_ha_timeline_recall(&got, dir, 5500000, 3000000));
	assert_int_equal(baton_ha_timeline_get(&got, 1)->mono, 3000000);
	assert_int_equal(baton_ha_timeline_get(&got, 0)->mono, 2000000);
	/* Not waited for: written or not, what is there is whole. */
	assert_int_equal(baton_ha_timeline_keeper_new(&k, dir), 0);
	baton_ha_timeline_add(&t, 7000000, 2000900, "agent", "not waited for");
	baton_ha_timeline_keep(k, &t);
	baton_ha_timeline_keeper_free(k, false);
	assert_true(baton_ha_timeline_recall(&got, dir, 16000000, 3000000));
	assert_true(got.count == 2 || got.count == 3);
	out = fopen(path, "r+");
	assert_non_null(out);
	fputs("torn", out);
	fclose(out);
	baton_ha_timeline_init(&got);
	assert_false(baton_ha_timeline_recall(&got, dir, 16000000, 3000000));
	assert_int_equal(got.count, 0);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

/* Its file cannot be opened until somebody reads it: as a disk that does not answer. */
static void waits_for_no_disk_that_hangs(void **arg)
{
	char dir[] = "/tmp/test_hang.XXXXXX", path[64], got[512];
	struct baton_ha_timeline_keeper *k = NULL;
	struct timespec began, ended;
	struct baton_ha_timeline t;
	size_t size = 0;
	ssize_t n;
	int fd;

	(void)arg;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/timeline.new", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(baton_ha_timeline_keeper_new(&k, dir), 0);
	baton_ha_timeline_init(&t);
	baton_ha_timeline_add(&t, 1, 1, "agent", "first");
	clock_gettime(CLOCK_MONOTONIC, &began);
	baton_ha_timeline_keep(k, &t);
	baton_ha_timeline_keeper_free(k, true);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_in_range(ended.tv_sec - began.tv_sec, 1, 5);
	/* The thread has it still, and what it wrote is whole. */
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	while ((n = read(fd, got, sizeof(got))) > 0)
		size += (size_t)n;
	assert_int_equal(size, sizeof(t));
	close(fd);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

static void given_is_what_was_noted(void **arg)
{
	struct baton_ha_record r = { .kind = BATON_HA_RECORD_GIVEN, .target = 2, .asked = 11,
		.heard = 22, .given = 33 }, got;
	uint8_t buf[BATON_HA_RECORD_MAX];
	struct baton_ha_timeline t;
	struct baton_ha_moment m;
	size_t size;

	(void)arg;
	baton_ha_timeline_init(&t);
	for (unsigned int i = 0; i < BATON_HA_TIMELINE_MAX; i++)
		baton_ha_timeline_add(&t, 100 + i, 200 + i, "event", i ? "plain" : "\x1b[2J\xff");
	size = baton_ha_record_encode(&r, &t, buf);
	assert_int_equal(size, BATON_HA_RECORD_MAX);
	assert_true(baton_ha_record_is(buf, size));
	assert_int_equal(baton_ha_record_decode(buf, size, &got), 0);
	assert_int_equal(got.count, BATON_HA_TIMELINE_MAX);
	assert_int_equal(got.target, 2);
	assert_int_equal(got.asked + got.heard + got.given, 66);
	baton_ha_record_moment(&got, 0, &m);
	assert_string_equal(m.detail, "?[2J?");
	baton_ha_record_moment(&got, BATON_HA_TIMELINE_MAX - 1, &m);
	assert_int_equal(m.usec, 100 + BATON_HA_TIMELINE_MAX - 1);
	assert_int_equal(m.mono, 200 + BATON_HA_TIMELINE_MAX - 1);
	assert_string_equal(m.detail, "plain");
	for (size_t cut = 0; cut < size; cut += 7)
		assert_int_equal(baton_ha_record_decode(buf, cut, &got), -EPROTO);
	buf[12] = 0xff;
	assert_int_equal(baton_ha_record_decode(buf, size, &got), -EPROTO);
	buf[5] = BATON_HA_RECORD_VERSION + 1;
	assert_int_equal(baton_ha_record_decode(buf, size, &got), -EPROTONOSUPPORT);
}

static void clocks_are_set_against_each_other(void **arg)
{
	/* The peer's clock is 5000 ahead; 40 there, 10 to answer, 60 back. */
	struct baton_ha_record r = { .asked = 1000, .heard = 6040, .given = 6050 };
	struct baton_ha_offset o;

	(void)arg;
	assert_true(baton_ha_record_offset(&r, 1110, &o));
	assert_int_equal(o.error, 50);
	assert_in_range(o.usec, 5000 - 50, 5000 + 50);
	r.heard = 40;
	r.given = 50;			/* behind */
	assert_true(baton_ha_record_offset(&r, 1110, &o));
	assert_true(o.usec >= -1000 - 50 && o.usec <= -1000 + 50);
	assert_false(baton_ha_record_offset(&r, 999, &o));
	assert_false(baton_ha_record_offset(&r, 1005, &o));	/* answered for longer than it took */
	r.given = UINT64_MAX;
	assert_false(baton_ha_record_offset(&r, 1110, &o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oldest_first_and_oldest_gone), cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(outlives_its_process), cmocka_unit_test(outlives_its_machine),
		cmocka_unit_test(waits_for_no_disk_that_hangs),
		 cmocka_unit_test(given_is_what_was_noted),
		cmocka_unit_test(clocks_are_set_against_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
