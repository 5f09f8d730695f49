// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "frame.h"

/*
 * XChaCha20-Poly1305, in its two halves: the key and the first 16 bytes of the nonce, which are the session, are
 * hashed to another key, by which ChaCha20-Poly1305 seals with the rest of the nonce. The first half is the same
 * for a whole session.
 */
_Static_assert(BATON_FRAME_KEY == crypto_core_hchacha20_KEYBYTES, "key");
_Static_assert(BATON_FRAME_KEY == crypto_core_hchacha20_OUTPUTBYTES, "key of a session");
_Static_assert(BATON_FRAME_KEY == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "key of a session");
_Static_assert(BATON_FRAME_TAG == crypto_aead_chacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(BATON_SESSION_SIZE == crypto_core_hchacha20_INPUTBYTES, "first half of the nonce");
_Static_assert(4 + 8 == crypto_aead_chacha20poly1305_ietf_NPUBBYTES, "second half of the nonce");

/* Offsets of the header's fields; see the picture in proto/WIRE.md. */
enum {
	OFF_MAGIC = 0,
	OFF_VERSION = 4,
	OFF_MIN_READER = 5,
	OFF_KEY_ID = 6,
	OFF_RESERVED = 7,
	OFF_SESSION = 8,
	OFF_EPOCH = 24,
	OFF_SEQ = 28,
	OFF_FINGERPRINT = 36,
};

const char *baton_refusal_name(enum baton_refusal r)
{
	static const char *const names[BATON_REFUSAL_COUNT] = {
		[BATON_REFUSAL_NONE]		= "none",
		[BATON_REFUSAL_TRUNCATED]	= "truncated",
		[BATON_REFUSAL_MALFORMED]	= "malformed",
		[BATON_REFUSAL_MIN_READER]	= "min_reader",
		[BATON_REFUSAL_KEY_ID]		= "key_id",
		[BATON_REFUSAL_AUTH]		= "auth",
		[BATON_REFUSAL_NO_KEY]		= "no_key",
		[BATON_REFUSAL_OWN]		= "own",
		[BATON_REFUSAL_REPLAY]		= "replay",
		[BATON_REFUSAL_FOREIGN]		= "foreign",
		[BATON_REFUSAL_OLD_EPOCH]	= "old_epoch",
	};

	return (unsigned int)r < BATON_REFUSAL_COUNT ? names[r] : "unknown";
}

static const uint8_t *key_find(const struct baton_keyring *ring, uint8_t id)
{
	static const uint8_t none[BATON_FRAME_KEY];

	if (id == BATON_KEY_NONE)
		return ring->open ? none : NULL;
	for (unsigned int i = 0; i < BATON_KEY_SLOTS; i++)
		if (ring->slot[i].id == id)
			return ring->slot[i].key;
	return NULL;
}

static void put_be32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

static void put_be64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof(v));
}

static uint32_t get_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static uint64_t get_be64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* @known: where it is, if it was used lately. Return: NULL: the ring has no such key. */
static const uint8_t *session_key(const struct baton_keyring *ring, struct baton_session_key *known, uint8_t id,
				  const struct baton_session *session)
{
	const uint8_t *key;

	if (known->valid && known->id == id && !memcmp(&known->session, session, sizeof(*session)))
		return known->key;
	key = key_find(ring, id);
	if (!key)
		return NULL;
	crypto_core_hchacha20(known->key, session->bytes, key, NULL);
	known->session = *session;
	known->id = id;
	known->valid = true;
	return known->key;
}

/* A session is random and a sequence number is used once in it, so a nonce never repeats. */
static void make_nonce(uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES], const uint8_t *header)
{
	memset(nonce, 0, 4);
	memcpy(nonce + 4, header + OFF_SEQ, 8);
}

long baton_frame_seal(struct baton_keyring *ring, const struct baton_frame *frame,
		      const uint8_t *payload, size_t size, uint8_t *out)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
	const uint8_t *key = session_key(ring, &ring->sealed, frame->key_id, &frame->session);
	unsigned long long sealed;

	if (!key)
		return -ENOKEY;
	if (size > BATON_FRAME_MAX - BATON_FRAME_OVERHEAD)
		return -EMSGSIZE;

	put_be32(out + OFF_MAGIC, BATON_FRAME_MAGIC);
	out[OFF_VERSION] = BATON_FRAME_VERSION;
	out[OFF_MIN_READER] = BATON_FRAME_READER;
	out[OFF_KEY_ID] = frame->key_id;
	out[OFF_RESERVED] = 0;
	memcpy(out + OFF_SESSION, frame->session.bytes, BATON_SESSION_SIZE);
	put_be32(out + OFF_EPOCH, frame->epoch);
	put_be64(out + OFF_SEQ, frame->seq);
	put_be64(out + OFF_FINGERPRINT, frame->fingerprint);
	make_nonce(nonce, out);

	if (crypto_aead_chacha20poly1305_ietf_encrypt(out + BATON_FRAME_HEADER, &sealed, payload, size, out,
						      BATON_FRAME_HEADER, NULL, nonce, key) < 0)
		return -EMSGSIZE;
	return (long)(BATON_FRAME_HEADER + sealed);
}

enum baton_refusal baton_frame_open(struct baton_keyring *ring,
				    const struct baton_session *own,
				    const uint8_t *datagram, size_t size,
				    struct baton_frame *frame, uint8_t *out, size_t *out_size)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
	struct baton_session_key *known;
	unsigned long long opened;
	const uint8_t *key;

	memset(frame, 0, sizeof(*frame));
	*out_size = 0;
	if (size < BATON_FRAME_OVERHEAD)
		return BATON_REFUSAL_TRUNCATED;
	if (get_be32(datagram + OFF_MAGIC) != BATON_FRAME_MAGIC || !datagram[OFF_VERSION] ||
	    size > BATON_FRAME_MAX)
		return BATON_REFUSAL_MALFORMED;

	frame->version = datagram[OFF_VERSION];
	frame->min_reader = datagram[OFF_MIN_READER];
	frame->key_id = datagram[OFF_KEY_ID];
	memcpy(frame->session.bytes, datagram + OFF_SESSION, BATON_SESSION_SIZE);
	frame->epoch = get_be32(datagram + OFF_EPOCH);
	frame->seq = get_be64(datagram + OFF_SEQ);
	frame->fingerprint = get_be64(datagram + OFF_FINGERPRINT);

	if (!memcmp(frame->session.bytes, own->bytes, BATON_SESSION_SIZE))
		return BATON_REFUSAL_OWN;
	known = &ring->opened[frame->session.bytes[0] & (BATON_SESSIONS_KNOWN - 1)];
	key = session_key(ring, known, frame->key_id, &frame->session);
	if (!key)
		return frame->key_id == BATON_KEY_NONE ? BATON_REFUSAL_NO_KEY :
							 BATON_REFUSAL_KEY_ID;
	make_nonce(nonce, datagram);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, &opened, NULL, datagram + BATON_FRAME_HEADER,
						      size - BATON_FRAME_HEADER, datagram, BATON_FRAME_HEADER,
						      nonce, key) < 0)
		return BATON_REFUSAL_AUTH;
	/* Only an authentic sender may tell us that we are too old, else anybody could. */
	if (frame->min_reader > BATON_FRAME_READER)
		return BATON_REFUSAL_MIN_READER;
	*out_size = opened;
	return BATON_REFUSAL_NONE;
}
