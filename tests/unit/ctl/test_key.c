// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/key.c ctl/lib/err.c */
/* libs: libsodium */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "key.h"

static char dir[] = "/tmp/baton-key-XXXXXX";
static char path[64];
static char err[512];
static uint8_t key[BATON_KEY_BYTES];

static void put(const char *text, mode_t mode)
{
	FILE *out;

	unlink(path);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, mode), 0);
}

#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void generated_keys_load(void **state)
{
	uint8_t other[BATON_KEY_BYTES];
	struct stat st;

	(void)state;
	unlink(path);
	assert_int_equal(baton_key_generate(path, err, sizeof(err)), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 45);
	assert_int_equal(baton_key_load(path, key, err, sizeof(err)), 0);
	unlink(path);
	assert_int_equal(baton_key_generate(path, err, sizeof(err)), 0);
	assert_int_equal(baton_key_load(path, other, err, sizeof(err)), 0);
	assert_memory_not_equal(key, other, sizeof(key));
}

static void never_overwrites(void **state)
{
	(void)state;
	put(ZEROS "\n", 0600);
	assert_int_equal(baton_key_generate(path, err, sizeof(err)), -EEXIST);
	assert_non_null(strstr(err, "not overwritten"));
	assert_int_equal(baton_key_load(path, key, err, sizeof(err)), 0);
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key[i], 0);
}

static void newline_is_optional(void **state)
{
	(void)state;
	put(ZEROS, 0600);
	assert_int_equal(baton_key_load(path, key, err, sizeof(err)), 0);
	put(ZEROS, 0400);
	assert_int_equal(baton_key_load(path, key, err, sizeof(err)), 0);
}

/* systemd shows a credential's access list as the group's bits; others have no business in it. */
static void credentials(void **state)
{
	(void)state;
	put(ZEROS "\n", 0440);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(baton_key_load("credential:sync.key", key, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "LoadCredential=sync.key:FILE"));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
	assert_int_equal(baton_key_load("credential:sync.key", key, err, sizeof(err)), 0);
	assert_int_equal(baton_key_load("credential:other", key, err, sizeof(err)), -ENOENT);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(baton_key_load("credential:sync.key", key, err, sizeof(err)), -EPERM);
	assert_int_equal(chmod(path, 0460), 0);
	assert_int_equal(baton_key_load("credential:sync.key", key, err, sizeof(err)), -EPERM);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void open_files_are_refused(void **state)
{
	static const mode_t open[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0666 };

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		put(ZEROS "\n", open[i]);
		assert_int_equal(baton_key_load(path, key, err, sizeof(err)), -EPERM);
		assert_non_null(strstr(err, "chmod 600"));
	}
}

static void wrong_content_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "\n", "AAAA\n", ZEROS "A\n", ZEROS "\n\n", ZEROS " ", " " ZEROS "\n",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",	/* 33 bytes */
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n",	/* 31 bytes */
		"AAAAAAAAAAAAAAAAAAAAAA!AAAAAAAAAAAAAAAAAAAA=\n",
		"AAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAAAAAAA=\n",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH\3478=\n",	/* libsodium takes \347 for a digit */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i], 0600);
		memset(key, 0x5a, sizeof(key));
		if (baton_key_load(path, key, err, sizeof(err)) != -EINVAL)
			fail_msg("accepted '%s'", bad[i]);
		for (size_t j = 0; j < sizeof(key); j++)
			assert_int_equal(key[j], 0x5a);
		assert_non_null(strstr(err, "genkey"));
	}
}

static void what_is_no_file(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(baton_key_load(path, key, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "genkey"));
	assert_int_equal(baton_key_load(dir, key, err, sizeof(err)), -EINVAL);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(baton_key_load(path, key, err, sizeof(err)), -EINVAL);
	assert_int_equal(baton_key_generate("/nonexistent/key", err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "directory"));
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sync.key", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_keys_load),
		cmocka_unit_test(never_overwrites),
		cmocka_unit_test(newline_is_optional),
		cmocka_unit_test(credentials),
		cmocka_unit_test(open_files_are_refused),
		cmocka_unit_test(wrong_content_is_refused),
		cmocka_unit_test(what_is_no_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
