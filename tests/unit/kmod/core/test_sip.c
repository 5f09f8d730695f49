// SPDX-License-Identifier: GPL-2.0-or-later
/* links: kmod/core/sip.c */
/* Where a Call-ID is found, where none is, and that nothing beyond the bytes given is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kmod/core/sip.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(not_found),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests_name("kmod/core/sip", tests, NULL, NULL);
}
