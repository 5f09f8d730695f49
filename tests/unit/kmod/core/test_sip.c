// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a Call-ID is found, where none is, that nothing beyond the bytes given is read, and its hash. */
#include <stdio.h>
#include "unit.h"
#include "kmod/core/sip.c"

/* In memory of its own size, so that the sanitizer sees a step too far. */
static int find(const char *text, size_t len, char *id)
{
	u8 *copy = malloc(len ? len : 1);
	const u8 *at;
	size_t n = 0;

	assert_non_null(copy);
	memcpy(copy, text, len);
	at = baton_sip_call_id(copy, len, &n);
	if (at) {
		assert_true(at >= copy && at + n <= copy + len && n && n <= BATON_SIP_CALL_ID_MAX);
		memcpy(id, at, n);
	}
	id[at ? n : 0] = '\0';
	free(copy);
	return at ? (int)n : -1;
}

#define INVITE "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK\r\n"

static void found(void **state)
{
	static const struct {
		const char *text, *id;
	} good[] = {
		{ INVITE "Call-ID: a84b4c76e66710@pc33\r\nCSeq: 1 INVITE\r\n\r\n", "a84b4c76e66710@pc33" },
		{ "SIP/2.0 200 OK\r\ni: x\r\n", "x" },
		{ "sip/2.0 180 Ringing\nI\t:\tshort \t\n\n", "short" },
		{ INVITE "CALL-ID :one\r\nCall-ID: two\r\n", "one" },
		{ INVITE "In-Reply-To: other\r\nCall-Identity: no\r\nCall-ID:a b\r\n", "a" },
	};
	char id[BATON_SIP_CALL_ID_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		find(good[i].text, strlen(good[i].text), id);
		assert_string_equal(id, good[i].id);
	}
}

static void not_found(void **state)
{
	static const char *const bad[] = {
		"", "\r\n", "SIP/2.0", "SIP/2.0\r\nCall-ID: x\r\n", "GET / HTTP/1.1\r\nCall-ID: x\r\n",
		" SIP/2.0\r\nCall-ID: \r\n", INVITE "\r\nCall-ID: body\r\n", INVITE "Call-ID: cut",
		INVITE "Call-ID\r\n", INVITE "Call-ID:\r\n", INVITE "Call-ID:   \r\n",
		INVITE " Call-ID: folded\r\n", INVITE "i x\r\n",
	};
	char id[BATON_SIP_CALL_ID_MAX + 1], text[600];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (find(bad[i], strlen(bad[i]), id) >= 0)
			fail_msg("%zu: '%s'", i, id);
	for (int len = BATON_SIP_CALL_ID_MAX - 1; len <= BATON_SIP_CALL_ID_MAX + 1; len++) {
		int n = snprintf(text, sizeof(text), INVITE "Call-ID: %0*d\r\n", len, 1);

		assert_int_equal(find(text, (size_t)n, id), len > BATON_SIP_CALL_ID_MAX ? -1 : len);
	}
}

/* Every beginning of a message, and a message with every byte changed. */
static void damaged(void **state)
{
	static const char whole[] = INVITE "Call-ID: a84b4c76e66710@pc33\r\n\r\n";
	char text[sizeof(whole)], id[BATON_SIP_CALL_ID_MAX + 1];

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 5; len++)
		assert_int_equal(find(whole, len, id), -1);
	for (size_t i = 0; i < sizeof(whole) - 1; i++)
		for (unsigned int c = 0; c < 256; c++) {
			memcpy(text, whole, sizeof(whole));
			text[i] = (char)c;
			find(text, sizeof(whole) - 1, id);
		}
}

static uint64_t hash(const char *id)
{
	__be32 addr;
	__be16 port;

	baton_sip_hash((const u8 *)id, strlen(id), &addr, &port);
	assert_int_not_equal(port, 0);
	return (uint64_t)be32toh(addr) << 16 | be16toh(port);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Other releases, and machines of the other byte order, must find the same. */
static void hashes(void **state)
{
	enum { MANY = 100000 };
	uint64_t *of = calloc(MANY, sizeof(*of));
	unsigned int low = 0;
	char id[32];

	(void)state;
	assert_non_null(of);
	assert_int_equal(hash("a84b4c76e66710@pc33"), 0x532b409610dc);
	assert_int_equal(hash("x"), 0x397311a55668);
	assert_int_not_equal(hash("x"), hash("X"));
	assert_int_not_equal(hash("12345678"), hash("123456789"));
	assert_int_not_equal(hash("1234567812345678"), hash("12345678"));
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(id, sizeof(id), "%x@example.org", i);
		of[i] = hash(id);
		low += of[i] >> 47 & 1;
	}
	qsort(of, MANY, sizeof(*of), by_number);
	for (unsigned int i = 1; i < MANY; i++)
		assert_int_not_equal(of[i - 1], of[i]);
	assert_in_range(low, MANY / 2 - MANY / 100, MANY / 2 + MANY / 100);
	free(of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(not_found),
		cmocka_unit_test(damaged),
		cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests_name("kmod/core/sip", tests, NULL, NULL);
}
