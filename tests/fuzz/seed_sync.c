// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turn the recorded datagrams into seeds of fuzz_sync: seed_sync FOLDER FILE... writes for each
 * FILE the datagram itself and, opened with the key of the recordings, its message, once for a
 * standby and once for an active engine.
 */
#include <libgen.h>
#include <sodium.h>
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
	if (door & 1)
		fwrite(length, 1, 2, f);
	fwrite(p, 1, n, f);
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	static uint8_t datagram[BATON_FRAME_MAX], plain[BATON_FRAME_MAX];
	struct baton_keyring ring = { .slot[0].id = 1 };
	struct baton_session own = { "nobody" };

	if (argc < 3 || sodium_init() < 0) {
		fprintf(stderr, "usage: seed_sync FOLDER FILE...\n");
		return 2;
	}
	for (int i = 0; i < BATON_FRAME_KEY; i++)
		ring.slot[0].key[i] = i;
	for (int i = 2; i < argc; i++) {
		struct baton_frame head;
		size_t n, size;
		FILE *f = fopen(argv[i], "rb");

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		n = fread(datagram, 1, sizeof(datagram), f);
		fclose(f);
		if (put(argv[1], basename(argv[i]), 0, datagram, n))
			return 1;
		if (baton_frame_open(&ring, &own, datagram, n, &head, plain, &size))
			continue;
		if (put(argv[1], basename(argv[i]), 1, plain, size) ||
		    put(argv[1], basename(argv[i]), 3, plain, size))
			return 1;
	}
	return 0;
}
