// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/frame.c */
/* libs: libsodium */
/*
 * The frame: what is sealed opens again, and every reason to refuse a datagram is found out:
 * each single bit of one is flipped, it is cut at each length, and keys and sessions are wrong.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "syncd/frame.h"

static const struct baton_session own = { "own session 1234" };
static struct baton_keyring ring, other_ring;
static const uint8_t text[] = "some connections";

static const struct baton_frame head = {
	.key_id = 7, .session = { "peer session 567" }, .epoch = 0xabcde,
	.seq = 0x0102030405060708, .fingerprint = 0x1122334455667788,
};

static int setup(void **state)
{
	(void)state;
	ring.slot[1].id = 7;
	memset(ring.slot[1].key, 0x42, BATON_FRAME_KEY);
	other_ring = ring;
	other_ring.slot[1].key[5] ^= 1;
	return sodium_init() < 0;
}

static size_t seal(uint8_t *out)
{
	long n = baton_frame_seal(&ring, &head, text, sizeof(text), out);

	assert_int_equal(n, sizeof(text) + BATON_FRAME_OVERHEAD);
	return n;
}

static enum baton_refusal open_with(struct baton_keyring *r, const uint8_t *p, size_t n)
{
	struct baton_frame f;
	uint8_t out[256];
	size_t size;

	return baton_frame_open(r, &own, p, n, &f, out, &size);
}

static void round_trip(void **state)
{
	uint8_t d[256], out[256];
	size_t n = seal(d), size;
	struct baton_frame f;

	(void)state;
	assert_int_equal(baton_frame_open(&ring, &own, d, n, &f, out, &size), BATON_REFUSAL_NONE);
	assert_int_equal(size, sizeof(text));
	assert_memory_equal(out, text, size);
	assert_int_equal(f.version, BATON_FRAME_VERSION);
	assert_int_equal(f.epoch, head.epoch);
	assert_true(f.seq == head.seq);
	assert_true(f.fingerprint == head.fingerprint);
	assert_memory_equal(&f.session, &head.session, sizeof(f.session));
	/* The header is where WIRE.md says, in network byte order. */
	assert_memory_equal(d, "BtN1\x01\x01\x07\x00", 8);
	assert_memory_equal(d + 28, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
	/* Nothing of the text is readable. */
	assert_null(memmem(d, n, text, 8));
}

static void in_place(void **state)
{
	uint8_t d[256], want[256];
	size_t n = seal(want);

	(void)state;
	memcpy(d + BATON_FRAME_HEADER, text, sizeof(text));
	assert_int_equal(baton_frame_seal(&ring, &head, d + BATON_FRAME_HEADER, sizeof(text), d), n);
	assert_memory_equal(d, want, n);
}

static void every_bit_counts(void **state)
{
	uint8_t d[256];
	size_t n = seal(d);

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		enum baton_refusal why;

		d[bit / 8] ^= 1 << bit % 8;
		why = open_with(&ring, d, n);
		if (bit / 8 < 4)
			assert_int_equal(why, BATON_REFUSAL_MALFORMED);
		else if (bit / 8 == 6)
			assert_int_equal(why, BATON_REFUSAL_KEY_ID);
		else if (bit / 8 == 4)
			/* version 1 with bit 0 flipped is 0 */
			assert_int_equal(why, bit % 8 ? BATON_REFUSAL_AUTH : BATON_REFUSAL_MALFORMED);
		else
			assert_int_equal(why, BATON_REFUSAL_AUTH);
		d[bit / 8] ^= 1 << bit % 8;
	}
	assert_int_equal(open_with(&ring, d, n), BATON_REFUSAL_NONE);
}

static void every_length(void **state)
{
	uint8_t d[256];
	size_t n = seal(d);

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(open_with(&ring, d, i), i < BATON_FRAME_OVERHEAD ?
				 BATON_REFUSAL_TRUNCATED : BATON_REFUSAL_AUTH);
}

static void wrong_key(void **state)
{
	uint8_t d[256];
	size_t n = seal(d);

	(void)state;
	assert_int_equal(open_with(&other_ring, d, n), BATON_REFUSAL_AUTH);
	assert_int_equal(open_with(&(struct baton_keyring){ 0 }, d, n), BATON_REFUSAL_KEY_ID);
	assert_int_equal(baton_frame_seal(&(struct baton_keyring){ 0 }, &head, text, 1, d), -ENOKEY);
}

/* Without a key only where the ring says so, and then in both directions. */
static void no_key(void **state)
{
	struct baton_keyring open = ring;
	struct baton_frame f = head;
	uint8_t d[256];
	long n;

	(void)state;
	f.key_id = BATON_KEY_NONE;
	assert_int_equal(baton_frame_seal(&ring, &f, text, sizeof(text), d), -ENOKEY);
	open.open = true;
	n = baton_frame_seal(&open, &f, text, sizeof(text), d);
	assert_int_equal(n, sizeof(text) + BATON_FRAME_OVERHEAD);
	assert_int_equal(open_with(&open, d, n), BATON_REFUSAL_NONE);
	assert_int_equal(open_with(&ring, d, n), BATON_REFUSAL_NO_KEY);
	assert_int_equal(open_with(&(struct baton_keyring){ .open = true }, d, n), BATON_REFUSAL_NONE);
	/* What has a key still needs it. */
	n = seal(d);
	assert_int_equal(open_with(&(struct baton_keyring){ .open = true }, d, n),
			 BATON_REFUSAL_KEY_ID);
	assert_int_equal(open_with(&open, d, n), BATON_REFUSAL_NONE);
}

static void own_echo(void **state)
{
	struct baton_frame f = head;
	uint8_t d[256];
	long n;

	(void)state;
	f.session = own;
	n = baton_frame_seal(&ring, &f, text, sizeof(text), d);
	assert_int_equal(open_with(&ring, d, n), BATON_REFUSAL_OWN);
}

/* A newer sender's datagram, made as it would: only the authentic one may say that we are too old. */
static void newer_min_reader(void **state)
{
	uint8_t d[256], nonce[24];
	size_t n = seal(d);
	unsigned long long sealed;

	(void)state;
	d[4] = 9;
	d[5] = BATON_FRAME_READER + 1;
	assert_int_equal(open_with(&ring, d, n), BATON_REFUSAL_AUTH);
	memcpy(nonce, d + 8, 16);
	memcpy(nonce + 16, d + 28, 8);
	crypto_aead_xchacha20poly1305_ietf_encrypt(d + 44, &sealed, text, sizeof(text), d, 44, NULL,
						   nonce, ring.slot[1].key);
	assert_int_equal(open_with(&ring, d, n), BATON_REFUSAL_MIN_READER);
	/* A newer version that we may read is read. */
	d[5] = BATON_FRAME_READER;
	crypto_aead_xchacha20poly1305_ietf_encrypt(d + 44, &sealed, text, sizeof(text), d, 44, NULL,
						   nonce, ring.slot[1].key);
	assert_int_equal(open_with(&ring, d, n), BATON_REFUSAL_NONE);
}

/* What is remembered of a session is never taken for another one, or for another key. */
static void sessions_in_turn(void **state)
{
	struct baton_keyring keys = { .slot = { { .id = 1, .key = { 1 } }, { .id = 2, .key = { 2 } } } };

	(void)state;
	for (unsigned int i = 0; i < 500; i++) {
		struct baton_frame f = { .key_id = 1 + i % 3 % 2, .session = { { (uint8_t)(i % 7), 1 } }, .seq = i + 1 };
		uint8_t d[256], plain[sizeof(text)], nonce[24];
		long n;

		f.session.bytes[15] = i / 11 % 2;
		n = baton_frame_seal(&keys, &f, text, sizeof(text), d);
		assert_int_equal(n, sizeof(text) + BATON_FRAME_OVERHEAD);
		assert_int_equal(open_with(&keys, d, n), BATON_REFUSAL_NONE);
		memcpy(nonce, d + 8, 16);
		memcpy(nonce + 16, d + 28, 8);
		assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, d + 44, n - 44, d, 44, nonce,
									    keys.slot[f.key_id - 1].key), 0);
		assert_memory_equal(plain, text, sizeof(text));
		d[6] = 3 - f.key_id;
		assert_int_equal(open_with(&keys, d, n), BATON_REFUSAL_AUTH);
		d[6] = 3;
		assert_int_equal(open_with(&keys, d, n), BATON_REFUSAL_KEY_ID);
	}
}

static void too_long(void **state)
{
	static uint8_t big[BATON_FRAME_MAX + 64], d[BATON_FRAME_MAX + 64];

	(void)state;
	assert_int_equal(baton_frame_seal(&ring, &head, big,
					  BATON_FRAME_MAX - BATON_FRAME_OVERHEAD + 1, d), -EMSGSIZE);
	assert_int_equal(baton_frame_seal(&ring, &head, big,
					  BATON_FRAME_MAX - BATON_FRAME_OVERHEAD, d),
			 BATON_FRAME_MAX);
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < BATON_REFUSAL_COUNT; i++)
		assert_non_null(baton_refusal_name(i));
	assert_string_equal(baton_refusal_name(BATON_REFUSAL_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(in_place),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(every_length),
		cmocka_unit_test(wrong_key),
		cmocka_unit_test(no_key),
		cmocka_unit_test(own_echo),
		cmocka_unit_test(newer_min_reader),
		cmocka_unit_test(sessions_in_turn),
		cmocka_unit_test(too_long),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("syncd/frame", tests, setup, NULL);
}
