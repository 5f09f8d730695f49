/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame around every message: who sent it, in which order, under which key. Pure: bytes
 * in, bytes out. proto/WIRE.md draws it.
 */
#ifndef BATON_SYNCD_FRAME_H
#define BATON_SYNCD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATON_FRAME_MAGIC	0x42744e31u	/* "BtN1" */
#define BATON_FRAME_VERSION	1	/* what we write */
#define BATON_FRAME_READER	1	/* the newest min_reader that we satisfy */
#define BATON_FRAME_HEADER	44
#define BATON_FRAME_TAG		16
#define BATON_FRAME_OVERHEAD	(BATON_FRAME_HEADER + BATON_FRAME_TAG)
#define BATON_FRAME_MAX		9216	/* a datagram is never longer, whatever the MTU */
#define BATON_FRAME_KEY		32
#define BATON_SESSION_SIZE	16
#define BATON_KEY_SLOTS		4
#define BATON_LINKS		4

/** struct baton_session - a random name for one life of a daemon */
struct baton_session {
	uint8_t bytes[BATON_SESSION_SIZE];
};

/** struct baton_frame - header fields, host byte order */
struct baton_frame {
	uint8_t version;
	uint8_t min_reader;
	uint8_t key_id;
	struct baton_session session;
	uint32_t epoch;
	uint64_t seq;			/* from 1, never twice in a session: it is half of the nonce */
	uint64_t fingerprint;		/* of the sender's services and servers */
	uint8_t link;			/* not on the wire: where it came in, 0 .. BATON_LINKS - 1 */
};

/** enum baton_refusal - every way in which a datagram is not listened to */
enum baton_refusal {
	BATON_REFUSAL_NONE,
	BATON_REFUSAL_TRUNCATED,	/* shorter than a header and a tag */
	BATON_REFUSAL_MALFORMED,	/* not our magic, a zero version, or no message inside */
	BATON_REFUSAL_MIN_READER,	/* the sender says that we are too old to understand it */
	BATON_REFUSAL_KEY_ID,		/* a key that we do not have */
	BATON_REFUSAL_AUTH,		/* the tag is wrong: another key, or tampered with */
	BATON_REFUSAL_NO_KEY,		/* sealed without a key, and we want one */
	BATON_REFUSAL_OWN,		/* our own datagram, come back */
	BATON_REFUSAL_REPLAY,		/* seen before, or too old to tell */
	BATON_REFUSAL_FOREIGN,		/* a session that has not proven to be alive */
	BATON_REFUSAL_OLD_EPOCH,	/* data of a node that has lost its role since */
	BATON_REFUSAL_COUNT
};

#define BATON_KEY_NONE		0	/* key id of what is sealed with 32 zero bytes: no secret */
#define BATON_SESSIONS_KNOWN	8	/* a power of two */

/** struct baton_session_key - what a key is for the datagrams of one session; kept, for it takes a hash */
struct baton_session_key {
	bool valid;
	uint8_t id;
	struct baton_session session;
	uint8_t key[BATON_FRAME_KEY];
};

/**
 * struct baton_keyring - keys by id; slots with id 0 are empty
 * @open: BATON_KEY_NONE may be used, both ways: for a pair on its way to a key, or a laboratory
 * @sealed, @opened: frame.c's, zero in a new ring; a key that was used is never changed, only the whole ring
 */
struct baton_keyring {
	bool open;
	struct {
		uint8_t id;
		uint8_t key[BATON_FRAME_KEY];
	} slot[BATON_KEY_SLOTS];
	struct baton_session_key sealed, opened[BATON_SESSIONS_KNOWN];
};

/** Name of a refusal as in status, e.g. "auth". */
const char *baton_refusal_name(enum baton_refusal r);

/**
 * baton_frame_seal - make a datagram
 * @frame: every field but version and min_reader, which are ours, is written as given
 * @payload, @size: plaintext; @out may overlap it only when @payload == @out + BATON_FRAME_HEADER
 * @out: at least BATON_FRAME_OVERHEAD + @size bytes
 *
 * Return: bytes written, or -ENOKEY when the ring has no key with frame->key_id, or -EMSGSIZE.
 */
long baton_frame_seal(struct baton_keyring *ring, const struct baton_frame *frame,
		      const uint8_t *payload, size_t size, uint8_t *out);

/**
 * baton_frame_open - check and decrypt a datagram
 * @own: session whose datagrams are our own echo; they cost no decryption
 * @frame: filled as far as the header could be read
 * @out: gets the plaintext, at least @size bytes; nothing is to be read from it unless the
 *	result is BATON_REFUSAL_NONE
 * @out_size: bytes of plaintext
 */
enum baton_refusal baton_frame_open(struct baton_keyring *ring,
				    const struct baton_session *own,
				    const uint8_t *datagram, size_t size,
				    struct baton_frame *frame, uint8_t *out, size_t *out_size);

#endif /* BATON_SYNCD_FRAME_H */
