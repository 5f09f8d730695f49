// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turn the recorded datagrams into seeds: seed_sync FOLDER DOORS FILE... writes one for each FILE and each digit of
 * DOORS. 0 is the datagram itself; any other digit the message in it, opened with the key of the recordings, behind
 * that door of the fuzzer and its length in two bytes.
 */
#include <libgen.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "syncd/frame.h"

static int put(const char *folder, const char *name, char door, const uint8_t *p, size_t n)
{
	uint8_t length[2] = { n >> 8, n & 255 };
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%d", folder, name, door);
	f = fopen(path, "wb");
	if (!f) {
		perror(path);
		return 1;
	}
	fputc(door, f);
	if (door)
		fwrite(length, 1, 2, f);
	fwrite(p, 1, n, f);
	return fclose(f) != 0;
}

static int seed(const char *folder, const char *doors, char *path)
{
	static uint8_t datagram[BATON_FRAME_MAX], plain[BATON_FRAME_MAX];
	static struct baton_keyring ring = { .slot[0].id = 1 };
	const struct baton_session own = { "nobody" };
	struct baton_frame head;
	FILE *f = fopen(path, "rb");
	size_t n, size;
	bool opens;

	if (!f) {
		perror(path);
		return 1;
	}
	n = fread(datagram, 1, sizeof(datagram), f);
	fclose(f);
	for (int i = 0; i < BATON_FRAME_KEY; i++)
		ring.slot[0].key[i] = i;
	opens = !baton_frame_open(&ring, &own, datagram, n, &head, plain, &size);
	for (; *doors; doors++) {
		int failed = *doors == '0' ? put(folder, basename(path), 0, datagram, n) :
			     opens ? put(folder, basename(path), *doors - '0', plain, size) : 0;

		if (failed)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4 || sodium_init() < 0) {
		fprintf(stderr, "usage: seed_sync FOLDER DOORS FILE...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		if (seed(argv[1], argv[2], argv[i]))
			return 1;
	return 0;
}
