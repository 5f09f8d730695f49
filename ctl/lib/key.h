/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key that the two nodes share: 32 random bytes, in the file as one line of base64.
 * Whoever reads it can speak for the peer, so a file that others can read is no key.
 */
#ifndef BATON_LIB_KEY_H
#define BATON_LIB_KEY_H

#include <stddef.h>
#include <stdint.h>

#define BATON_KEY_PATH	"/etc/baton/sync.key"
#define BATON_KEY_CREDENTIAL	"credential:"	/* then its name, in place of a path */
#define BATON_KEY_BYTES	32
#define BATON_KEY_OWNER	"baton-syncd"	/* gets a key that root writes */

/**
 * baton_key_load - read @path; "credential:NAME" is the credential of that name that systemd
 * gave us, in $CREDENTIALS_DIRECTORY
 * @key: written only on success; wipe it with explicit_bzero() after use
 *
 * Return: 0; -ENOENT: no file, or no credentials here; -EACCES: not readable for us; -EPERM: readable or writable
 * for group or others; -EINVAL: not a regular file, or not 32 bytes of base64. @err is
 * one sentence with what to do.
 */
int baton_key_load(const char *path, uint8_t key[BATON_KEY_BYTES], char *err, size_t err_size);

/**
 * baton_key_generate - write a new key to @path, mode 0600, owned by BATON_KEY_OWNER where
 * that user exists and the caller may give files away
 *
 * Return: 0; -EEXIST: never overwrites; other negative errno. @err as above.
 */
int baton_key_generate(const char *path, char *err, size_t err_size);

#endif /* BATON_LIB_KEY_H */
